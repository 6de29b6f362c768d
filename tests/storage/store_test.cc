// Stories of the configuration store, and one loop over every table there is.
#include "storage/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/limits.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class StoreTest : public testing::Test {
 protected:
  CrashVfs disk;  // in memory: what a real one does is in database_test.cc
  Store store = must(Store::open("store.db", {.vfs = disk.name()}));

  void reopen() {
    store = [&] {
      { const Store closed = std::move(store); }
      return must(Store::open("store.db", {.vfs = disk.name()}));
    }();
  }
};

// A value for each field that is told apart from every other of its row.
std::string value_of(const TableSchema& schema, std::size_t field, const std::string& row) {
  return row + "-" + std::string(schema.fields[field].name);
}

class EveryTable : public StoreTest, public testing::WithParamInterface<std::string_view> {
 protected:
  const TableSchema& schema = table(GetParam());

  void put_whole_row(const std::string& row) {
    std::vector<int> columns;
    std::vector<std::string> values;
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      columns.push_back(static_cast<int>(i));
      values.push_back(value_of(schema, i, row));
    }
    const std::vector<std::string_view> views(values.begin(), values.end());
    must(store.begin());
    must(store.update(schema, columns, views));
    must(store.commit());
  }

  std::vector<std::vector<std::string>> all_rows(std::span<const Condition> conditions = {}) {
    std::vector<std::vector<std::string>> rows;
    must(store.query(schema, conditions, 0,
                     [&](std::uint64_t, std::span<const std::string_view> values) {
                       rows.emplace_back(values.begin(), values.end());
                       return true;
                     }));
    return rows;
  }
};

TEST_P(EveryTable, GivesBackWhatWasPutIn) {
  put_whole_row("a");
  put_whole_row("b");
  reopen();
  const auto rows = all_rows();
  ASSERT_EQ(rows.size(), 2U);
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    EXPECT_EQ(rows[0][i], value_of(schema, i, "a"));
    EXPECT_EQ(rows[1][i], value_of(schema, i, "b"));
  }
}

TEST_P(EveryTable, PartOfARowLeavesTheOtherFieldsAlone) {
  put_whole_row("a");
  for (std::size_t changed = 0; changed < schema.fields.size(); ++changed) {
    if (schema.fields[changed].key) continue;
    std::vector<int> columns = {static_cast<int>(changed)};
    std::vector<std::string> values = {"new-" + std::to_string(changed)};
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      if (!schema.fields[i].key) continue;
      columns.push_back(static_cast<int>(i));
      values.push_back(value_of(schema, i, "a"));
    }
    const std::vector<std::string_view> views(values.begin(), values.end());
    must(store.begin());
    must(store.update(schema, columns, views));
    must(store.commit());
    const auto rows = all_rows();
    ASSERT_EQ(rows.size(), 1U);
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      const bool is_new = !schema.fields[i].key && i <= changed;
      EXPECT_EQ(rows[0][i], is_new ? "new-" + std::to_string(i) : value_of(schema, i, "a"));
    }
  }
}

TEST_P(EveryTable, CountsQueriesAndDeletesByAnyField) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    for (const char* row : {"a", "b", "c"})
      put_whole_row(row);
    const std::string value = value_of(schema, i, "b");
    const Condition condition{static_cast<int>(i), value};
    EXPECT_EQ(must(store.count(schema, {&condition, 1})), 1U);
    ASSERT_EQ(all_rows({&condition, 1}).size(), 1U);
    std::vector<std::string> shown;
    EXPECT_EQ(must(store.erase(schema, {&condition, 1},
                               [&](std::uint64_t, std::span<const std::string_view> values) {
                                 shown.emplace_back(values[i]);
                                 return true;
                               })),
              1U);
    EXPECT_THAT(shown, ElementsAre(value));
    EXPECT_EQ(must(store.count(schema, {})), 2U);
  }
  EXPECT_EQ(must(store.erase(schema, {}, nullptr)), 2U);
  EXPECT_EQ(must(store.count(schema, {})), 0U);
}

TEST_P(EveryTable, RefusesARowWithoutItsKey) {
  for (std::size_t lacking = 0; lacking < schema.fields.size(); ++lacking) {
    if (!schema.fields[lacking].key) continue;
    std::vector<int> columns;
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      if (i != lacking) columns.push_back(static_cast<int>(i));
    }
    const std::vector<std::string_view> values(columns.size(), "1");
    must(store.begin());
    const auto done = store.update(schema, columns, values);
    if (schema.fields[lacking].may_lack) {
      ASSERT_TRUE(done) << done.error().text;
      must(store.commit());
      EXPECT_EQ(must(store.count(schema, {})), 1U);
      EXPECT_EQ(all_rows()[0][lacking], "");
      must(store.erase(schema, {}, nullptr));
    } else {
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Errc::invalid);
      EXPECT_THAT(done.error().text, HasSubstr(std::string(schema.fields[lacking].name)));
      EXPECT_FALSE(store.in_transaction());
    }
  }
}

std::vector<std::string_view> names_of_all() {
  std::vector<std::string_view> names;
  for (const TableSchema& schema : tables())
    names.push_back(schema.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Schema, EveryTable, testing::ValuesIn(names_of_all()),
                         [](const auto& tested) { return std::string(tested.param); });

// ---- keys and conditions

TEST_F(StoreTest, SevenIsNotZeroSeven) {
  must(commit_row(store, "user", "Pin=7 Name=Ada"));
  must(commit_row(store, "user", "Pin=07 Name=Grace"));
  EXPECT_EQ(count_of(store, "user"), 2U);
  EXPECT_EQ(must(erase_from(store, "user", "Pin=7")), 1U);
  EXPECT_THAT(rows_of(store, "user"), ElementsAre("Pin=07 Name=Grace"));
}

TEST_F(StoreTest, CardsAreTheSameInEitherCaseOfHex) {
  must(commit_row(store, "mulcarduser", "Pin=7 CardNo=DF34AB"));
  must(commit_row(store, "mulcarduser", "Pin=7 CardNo=df34ab LossCardFlag=1"));
  EXPECT_THAT(rows_of(store, "mulcarduser"), ElementsAre("Pin=7 CardNo=DF34AB LossCardFlag=1"));
  EXPECT_EQ(count_of(store, "mulcarduser", "CardNo=dF34aB"), 1U);
  EXPECT_EQ(must(erase_from(store, "mulcarduser", "CardNo=df34ab")), 1U);
}

TEST_F(StoreTest, OtherTextIsComparedByteByByte) {
  must(commit_row(store, "user", "Pin=a Name=Ada"));
  EXPECT_EQ(count_of(store, "user", "Pin=A"), 0U);
  EXPECT_EQ(count_of(store, "user", "Name=ada"), 0U);
}

TEST_F(StoreTest, ValuesAreNeverSql) {
  const std::string evil = "1');DROP/**/TABLE/**/user;--\"'";
  must(commit_row(store, "user", "Pin=" + evil + " Name=%_*"));
  must(commit_row(store, "user", "Pin=2"));
  EXPECT_EQ(count_of(store, "user", "Pin=" + evil), 1U);
  EXPECT_EQ(count_of(store, "user", "Name=%_*"), 1U);
  EXPECT_EQ(count_of(store, "user", "Name=%"), 0U);
  EXPECT_EQ(must(erase_from(store, "user", "Pin='1'/**/OR/**/1")), 0U);
  EXPECT_EQ(count_of(store, "user"), 2U);
}

TEST_F(StoreTest, BytesOfAnyKindComeBack) {
  std::string bytes;
  for (int c = 0; c < 256; ++c)
    bytes += static_cast<char>(c);
  const std::string_view values[] = {"7", bytes};
  const int columns[] = {table("user").field("Pin"), table("user").field("Name")};
  must(store.begin());
  must(store.update(table("user"), columns, values));
  must(store.commit());
  const Condition condition{columns[1], bytes};
  std::string name;
  must(store.query(table("user"), {&condition, 1}, 0,
                   [&](auto, std::span<const std::string_view> row) {
                     name = row[static_cast<std::size_t>(columns[1])];
                     return true;
                   }));
  EXPECT_EQ(name, bytes);
}

TEST_F(StoreTest, ConditionsAreJoinedByAnd) {
  must(commit_row(store, "userauthorize", "Pin=1 AuthorizeTimezoneId=1 AuthorizeDoorId=3 DevID=1"));
  must(commit_row(store, "userauthorize", "Pin=1 AuthorizeTimezoneId=2 AuthorizeDoorId=3 DevID=1"));
  must(commit_row(store, "userauthorize", "Pin=2 AuthorizeTimezoneId=1 AuthorizeDoorId=3 DevID=1"));
  EXPECT_EQ(count_of(store, "userauthorize", "Pin=1 AuthorizeTimezoneId=1"), 1U);
  EXPECT_EQ(count_of(store, "userauthorize", "Pin=1"), 2U);
  EXPECT_EQ(count_of(store, "userauthorize", "Pin=1 Pin=1"), 2U);
  EXPECT_EQ(count_of(store, "userauthorize", "Pin=1 Pin=2"), 0U);
  EXPECT_EQ(must(erase_from(store, "userauthorize", "Pin=1 Pin=2")), 0U);
  EXPECT_THAT(rows_of(store, "userauthorize", "Pin=1 Pin=2"), IsEmpty());
}

TEST_F(StoreTest, AConditionOnAFieldThatIsNotThereDeletesNobody) {
  must(commit_row(store, "user", "Pin=5"));
  for (const int field : {-1, 11, 1000}) {
    const Condition condition{field, "5"};
    const auto erased = store.erase(table("user"), {&condition, 1}, nullptr);
    ASSERT_FALSE(erased);
    EXPECT_EQ(erased.error().code, Errc::invalid);
    EXPECT_FALSE(store.count(table("user"), {&condition, 1}));
    EXPECT_FALSE(store.query(table("user"), {&condition, 1}, 0, [](auto, auto) { return true; }));
  }
  EXPECT_EQ(count_of(store, "user"), 1U);
}

TEST_F(StoreTest, AConditionOnEveryFieldAtOnceIsNotTooMuch) {
  const TableSchema& widest = table("DiffTimezoneVS");
  std::vector<Condition> conditions;
  for (std::size_t i = 0; i < widest.fields.size(); ++i)
    conditions.push_back({static_cast<int>(i), ""});
  EXPECT_EQ(must(store.count(widest, conditions)), 0U);
  conditions.front().value = "1";
  must(commit_row(store, "DiffTimezoneVS", "TimezoneID=1"));
  EXPECT_EQ(must(store.count(widest, conditions)), 1U);
}

TEST_F(StoreTest, ServersThatLeaveOutDevIDMeanOneRow) {
  must(commit_row(store, "userauthorize", "Pin=1 AuthorizeTimezoneId=1 AuthorizeDoorId=1"));
  must(commit_row(store, "userauthorize",
                  "Pin=1 AuthorizeTimezoneId=1 AuthorizeDoorId=1 EndTime=9"));
  EXPECT_THAT(rows_of(store, "userauthorize"),
              ElementsAre("Pin=1 AuthorizeTimezoneId=1 AuthorizeDoorId=1 EndTime=9"));
}

TEST_F(StoreTest, MoreColumnSetsThanAreKeptStillWork) {
  // Each subset of ten fields is a statement of its own.
  must(commit_row(store, "user", "Pin=1"));
  const char* names[] = {"CardNo",  "Password", "Group",    "StartTime",
                         "EndTime", "Name",     "Privilege"};
  for (unsigned subset = 0; subset < 128; ++subset) {
    std::string row = "Pin=1";
    for (unsigned i = 0; i < 7; ++i) {
      if ((subset >> i & 1) != 0) row += " " + std::string(names[i]) + "=" + std::to_string(subset);
    }
    must(commit_row(store, "user", row));
  }
  EXPECT_THAT(rows_of(store, "user"),
              ElementsAre("CardNo=127 Pin=1 Password=127 Group=127 StartTime=127 "
                          "EndTime=127 Name=127 Privilege=127"));
}

// ---- reading

TEST_F(StoreTest, RowsArePagedByRowId) {
  must(store.begin());
  for (int pin = 1; pin <= 10; ++pin)
    must(put(store, "user", "Pin=" + std::to_string(pin)));
  must(store.commit());
  std::vector<std::string> pins;
  std::uint64_t after = 0;
  for (int page = 0; page < 5; ++page) {
    int taken = 0;
    must(store.query(table("user"), {}, after,
                     [&](std::uint64_t id, std::span<const std::string_view> row) {
                       EXPECT_GT(id, after);
                       after = id;
                       pins.emplace_back(row[1]);
                       return ++taken < 3;
                     }));
  }
  EXPECT_THAT(pins, ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"));
  EXPECT_THAT(rows_of(store, "user", "", UINT64_MAX), IsEmpty());
}

TEST_F(StoreTest, ARowMayBeAskedForFromInsideARow) {
  must(commit_row(store, "user", "Pin=1 Name=Ada"));
  must(commit_row(store, "user", "Pin=2 Name=Grace"));
  Rows inner;
  must(store.query(table("user"), {}, 0, [&](auto, auto) {
    for (const std::string& row : rows_of(store, "user"))
      inner.push_back(row);
    return true;
  }));
  EXPECT_THAT(inner, ElementsAre("Pin=1 Name=Ada", "Pin=2 Name=Grace", "Pin=1 Name=Ada",
                                 "Pin=2 Name=Grace"));
}

TEST_F(StoreTest, OneRowIsFoundByItsKey) {
  must(commit_row(store, "DoorParameters", "ID=1 Name=Lock Value=5"));
  must(commit_row(store, "DoorParameters", "ID=2 Name=Lock Value=6"));
  const std::string_view key[] = {"2", "Lock"};
  std::string value;
  EXPECT_TRUE(must(
      store.find(table("DoorParameters"), key, [&](auto, std::span<const std::string_view> row) {
        value = row[2];
        return true;
      })));
  EXPECT_EQ(value, "6");
  const std::string_view nobody[] = {"3", "Lock"};
  EXPECT_FALSE(must(store.find(table("DoorParameters"), nobody, [](auto, auto) { return true; })));
  EXPECT_FALSE(store.find(table("DoorParameters"), std::span(key).first(1),
                          [](auto, auto) { return true; }));
}

// ---- all or none

TEST_F(StoreTest, OneBadRowOfManyChangesNothing) {
  must(commit_row(store, "user", "Pin=1 Name=Ada"));
  const int columns[] = {table("user").field("Pin"), table("user").field("Name")};
  const std::string_view values[] = {"1", "Changed", "2", "New", "", "Nobody"};
  must(store.begin());
  EXPECT_FALSE(store.update(table("user"), columns, values));
  EXPECT_FALSE(store.in_transaction());
  EXPECT_FALSE(store.commit());
  EXPECT_THAT(rows_of(store, "user"), ElementsAre("Pin=1 Name=Ada"));
}

TEST_F(StoreTest, AChangeNeedsATransaction) {
  const auto done = put(store, "user", "Pin=1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::invalid);
  EXPECT_FALSE(store.set_option("LockCount", "4"));
  EXPECT_FALSE(store.remember_command({}));
  EXPECT_FALSE(store.commit());
  must(store.begin());
  EXPECT_FALSE(store.begin());
}

TEST_F(StoreTest, ColumnsNamedTwiceOrHalfARowAreRefused) {
  const int twice[] = {1, 1};
  const std::string_view two[] = {"1", "2"};
  must(store.begin());
  EXPECT_FALSE(store.update(table("user"), twice, two));
  must(store.begin());
  const int columns[] = {1, 6};
  const std::string_view three[] = {"1", "Ada", "2"};
  EXPECT_FALSE(store.update(table("user"), columns, three));
  must(store.begin());
  EXPECT_FALSE(store.update(table("user"), {}, {}));
  EXPECT_EQ(count_of(store, "user"), 0U);
}

TEST_F(StoreTest, ASavepointTakesBackItsOwnJobOnly) {
  must(store.begin());
  must(store.savepoint());
  must(put(store, "user", "Pin=1"));
  must(store.release());
  must(store.savepoint());
  must(put(store, "user", "Pin=2"));
  store.rollback_to_savepoint();
  must(store.savepoint());
  must(put(store, "user", "Pin=3"));
  EXPECT_FALSE(put(store, "user", "Pin="));  // and the row before it goes too
  EXPECT_TRUE(store.in_transaction());
  store.rollback_to_savepoint();
  must(store.commit());
  EXPECT_THAT(rows_of(store, "user"), ElementsAre("Pin=1"));
}

TEST_F(StoreTest, WhatWasNotCommittedIsGoneAfterReopening) {
  must(commit_row(store, "user", "Pin=1"));
  must(store.begin());
  must(put(store, "user", "Pin=2"));
  reopen();
  EXPECT_THAT(rows_of(store, "user"), ElementsAre("Pin=1"));
}

TEST_F(StoreTest, APhotoOfFourMebibytesFitsAndNoMore) {
  const std::string photo(limits::row_bytes_max - 10, 'x');
  must(commit_row(store, "userpic", "pin=1 content=" + photo));
  EXPECT_EQ(rows_of(store, "userpic")[0].size(),
            photo.size() + std::string("pin=1 content=").size());
  const auto too_large = commit_row(store, "userpic", "pin=2 content=" + photo + "xxxxxxxxxxx");
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, Errc::full);
  // A row that grows too large little by little is refused as well.
  const auto grown = commit_row(store, "userpic", "pin=1 url=" + std::string(100'000, 'u'));
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().code, Errc::full);
  EXPECT_EQ(count_of(store, "userpic"), 1U);
  EXPECT_THAT(rows_of(store, "userpic", "pin=1")[0], testing::Not(HasSubstr("url=")));
}

// ---- options

TEST_F(StoreTest, OptionsKeepTheSpellingOfTheFirstTime) {
  must(store.begin());
  must(store.set_option("LockCount", "4"));
  must(store.set_option("lockcount", "2"));
  must(store.set_option("~SerialNumber", ""));
  must(store.commit());
  reopen();
  EXPECT_EQ(must(store.option("LOCKCOUNT")), "2");
  EXPECT_EQ(must(store.option("~SerialNumber")), "");
  EXPECT_EQ(must(store.option("nothing")), std::nullopt);
  Rows all;
  must(store.each_option(
      [&](auto name, auto value) { all.push_back(std::string(name) + "=" + std::string(value)); }));
  EXPECT_THAT(all, ElementsAre("LockCount=2", "~SerialNumber="));
  must(store.begin());
  EXPECT_FALSE(store.set_option("", "1"));
  must(store.begin());
  EXPECT_FALSE(store.set_option(std::string(129, 'n'), "1"));
}

// ---- commands

TEST_F(StoreTest, ACommandIsRecognisedByIdAndTextAndTime) {
  must(store.begin());
  must(store.remember_command(
      {.id = "223", .digest = std::string(32, 'a'), .at = 1000, .result = 0, .finished = false}));
  must(store.commit());
  reopen();
  const auto found = must(store.find_command("223", std::string(32, 'a'), 1000));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->finished);
  EXPECT_EQ(found->at, 1000);
  EXPECT_FALSE(must(store.find_command("223", std::string(32, 'a'), 1001)));
  EXPECT_FALSE(must(store.find_command("223", std::string(32, 'b'), 0)));
  EXPECT_FALSE(must(store.find_command("224", std::string(32, 'a'), 0)));
  must(store.begin());
  must(store.remember_command(
      {.id = "223", .digest = std::string(32, 'a'), .at = 2000, .result = -9, .finished = true}));
  must(store.commit());
  const auto again = must(store.find_command("223", std::string(32, 'a'), 1500));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->finished);
  EXPECT_EQ(again->result, -9);
}

TEST_F(StoreTest, TheLastThousandCommandsThatTheServerHasAreKept) {
  must(store.begin());
  for (int id = 1; id <= 1200; ++id) {
    must(store.remember_command({.id = std::to_string(id), .digest = "d", .at = id}));
    must(store.remember_command(
        {.id = std::to_string(id), .digest = "d", .at = id, .finished = true}));
    must(store.command_reported(std::to_string(id), "d"));
  }
  must(store.remember_command({.id = "1201", .digest = "d", .at = 1201, .finished = true}));
  must(store.commit());
  EXPECT_FALSE(must(store.find_command("200", "d", 0)));
  EXPECT_TRUE(must(store.find_command("201", "d", 0)));
  EXPECT_TRUE(must(store.find_command("1200", "d", 0)));
}

}  // namespace
}  // namespace lintel::storage
