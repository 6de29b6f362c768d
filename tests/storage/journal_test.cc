// Stories of the event journal.
#include "storage/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/event_words.h"
#include "tests/storage/kept_words.h"
#include "tests/storage/old_journal.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

class JournalTest : public testing::Test {
 protected:
  TempFolder folder;
  EventJournal journal = open({});

  EventJournal open(EventJournal::Capacity capacity) {
    return must(EventJournal::open(folder.file("events.db"), capacity));
  }
  void reopen(EventJournal::Capacity capacity = {}) {
    { const EventJournal closed = std::move(journal); }
    journal = open(capacity);
  }
  std::vector<std::uint64_t> indexes(std::uint64_t after = 0, const JournalFilter& filter = {}) {
    std::vector<std::uint64_t> all;
    for (const StoredEvent& event : must(journal.read(after, 100'000, filter)))
      all.push_back(event.index);
    return all;
  }
  std::vector<std::string> kept() { return texts_of(must(journal.kept())); }
  // As a technician with a tool, or a newer program, might have left the file.
  void change_file(std::string_view sql) {
    { const EventJournal closed = std::move(journal); }
    {
      const auto no_step = [](Database&) -> Result<void> { return {}; };
      static constexpr Database::Migration steps[] = {no_step, no_step};
      must(must(Database::open(folder.file("events.db"), {"event journal", 0x4c6e4a6e, steps}, {}))
               .run(sql));
    }
    journal = open({});
  }
};

TEST_F(JournalTest, EveryColumnComesBack) {
  must(journal.append(events_from(1, 300)));
  reopen();
  const auto events = must(journal.read(0, 1000));
  ASSERT_EQ(events.size(), 300U);
  for (unsigned n = 1; n <= 300; ++n) {
    EXPECT_EQ(events[n - 1].index, n);
    EXPECT_TRUE(same_event(events[n - 1].event, event_number(n))) << n;
  }
}

TEST_F(JournalTest, AnEventOfNobodyBeforeTheEpochComesBack) {
  Event event;
  event.time = CivilTime(std::chrono::seconds(-5));
  event.card = CardNo{UINT64_MAX};
  event.site_code = UINT32_MAX;
  must(journal.append({&event, 1}));
  const auto events = must(journal.newest(1));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(same_event(events[0].event, event));
  EXPECT_TRUE(events[0].event.pin.empty());
}

TEST_F(JournalTest, IndexesGoOnOverRestartsAndDeletion) {
  EXPECT_EQ(journal.last_index(), 0U);
  EXPECT_EQ(journal.first_index(), 1U);
  EXPECT_EQ(must(journal.append(events_from(1, 3))).last_index, 3U);
  reopen();
  EXPECT_EQ(must(journal.append(events_from(4, 1))).last_index, 4U);
  EXPECT_EQ(must(journal.erase_all()), 4U);
  EXPECT_EQ(journal.stored(), 0U);
  EXPECT_EQ(journal.first_index(), 5U);
  reopen();
  EXPECT_EQ(journal.last_index(), 4U);
  EXPECT_EQ(journal.first_index(), 5U);
  EXPECT_EQ(must(journal.append(events_from(5, 2))).last_index, 6U);
  EXPECT_THAT(indexes(), ElementsAre(5, 6));
  EXPECT_EQ(journal.stored(), 2U);
}

TEST_F(JournalTest, AppendingNothingIsNothing) {
  EXPECT_EQ(must(journal.append({})).last_index, 0U);
  must(journal.append(events_from(1, 2)));
  EXPECT_EQ(must(journal.append({})).last_index, 2U);
  EXPECT_EQ(journal.stored(), 2U);
}

// ---- the upload cursor

TEST_F(JournalTest, TheCursorOnlyMovesForwardAndNeverPastTheNewest) {
  must(journal.append(events_from(1, 5)));
  must(journal.confirm(3));
  EXPECT_EQ(journal.confirmed(), 3U);
  for (const std::uint64_t wrong : {2U, 6U}) {
    const auto done = journal.confirm(wrong);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::invalid);
    EXPECT_EQ(journal.confirmed(), 3U);
  }
  must(journal.confirm(3));
  reopen();
  EXPECT_EQ(journal.confirmed(), 3U);
  EXPECT_THAT(indexes(0, {.new_records = true}), ElementsAre(4, 5));
  EXPECT_THAT(indexes(4, {.new_records = true}), ElementsAre(5));
  EXPECT_EQ(must(journal.count({.new_records = true})), 2U);
  must(journal.erase_all());
  reopen();
  EXPECT_EQ(journal.confirmed(), 3U);
  EXPECT_EQ(must(journal.count({.new_records = true})), 0U);
  must(journal.confirm(5));
}

// ---- reading

TEST_F(JournalTest, ReadsInPagesAndNewestFirst) {
  must(journal.append(events_from(1, 10)));
  std::vector<std::uint64_t> seen;
  for (const StoredEvent& event : must(journal.read(4, 3)))
    seen.push_back(event.index);
  EXPECT_THAT(seen, ElementsAre(5, 6, 7));
  seen.clear();
  for (const StoredEvent& event : must(journal.newest(3)))
    seen.push_back(event.index);
  EXPECT_THAT(seen, ElementsAre(10, 9, 8));
  EXPECT_THAT(indexes(10), IsEmpty());
  EXPECT_THAT(indexes(UINT64_MAX), IsEmpty());
  EXPECT_THAT(must(journal.read(0, 0)), IsEmpty());
  EXPECT_EQ(must(journal.read(0, SIZE_MAX)).size(), 10U);
}

TEST_F(JournalTest, EachFilterTakesWhatItNames) {
  must(journal.append(events_from(1, 100)));
  const auto time = [](unsigned n) { return event_number(n).time; };
  EXPECT_THAT(indexes(0, {.start = time(98)}), ElementsAre(98, 99, 100));
  EXPECT_THAT(indexes(0, {.end = time(2)}), ElementsAre(1, 2));
  EXPECT_THAT(indexes(0, {.start = time(7), .end = time(8)}), ElementsAre(7, 8));
  EXPECT_THAT(indexes(0, {.pin = event_number(5).pin}), ElementsAre(5));
  EXPECT_THAT(indexes(0, {.card = event_number(6).card}), ElementsAre(6));
  EXPECT_THAT(indexes(0, {.code = std::uint16_t{9}}), ElementsAre(9));
  EXPECT_THAT(indexes(0, {.start = time(97), .address = std::uint8_t{1}}), ElementsAre(100));
  EXPECT_THAT(indexes(0, {.pin = Pin::from("nobody")}), IsEmpty());
  EXPECT_EQ(must(journal.count({})), 100U);
  EXPECT_EQ(must(journal.count({.address = std::uint8_t{1}})), 25U);
  EXPECT_EQ(must(journal.count({.start = time(51), .address = std::uint8_t{1}})), 13U);
  must(journal.confirm(90));
  EXPECT_EQ(must(journal.count({.new_records = true, .address = std::uint8_t{1}})), 3U);
}

// ---- room

TEST_F(JournalTest, TheOldestGoInBatchesAndIndexesGoOn) {
  journal.set_capacity({.events = 100, .dropped_at_once = 10});
  EXPECT_EQ(must(journal.append(events_from(1, 100))).dropped, 0U);
  EXPECT_EQ(must(journal.append(events_from(101, 1))).dropped, 10U);
  EXPECT_EQ(journal.first_index(), 11U);
  EXPECT_EQ(journal.stored(), 91U);
  EXPECT_EQ(must(journal.append(events_from(102, 9))).dropped, 0U);
  EXPECT_EQ(must(journal.append(events_from(111, 30))).dropped, 30U);
  reopen({.events = 100, .dropped_at_once = 10});
  EXPECT_EQ(journal.first_index(), 41U);
  EXPECT_EQ(journal.last_index(), 140U);
  EXPECT_EQ(journal.stored(), 100U);
  EXPECT_EQ(indexes().size(), 100U);
  EXPECT_EQ(must(journal.count({.start = CivilTime{}})), 100U);
}

TEST_F(JournalTest, ReadsAndCountsUpToAnIndexAndNoFurther) {
  must(journal.append(events_from(1, 100)));
  EXPECT_THAT(indexes(7, {.through = 10}), ElementsAre(8, 9, 10));
  EXPECT_THAT(indexes(10, {.through = 10}), IsEmpty());
  EXPECT_EQ(must(journal.count({.through = 10})), 10U);
  EXPECT_EQ(must(journal.count({.through = 1'000})), 100U);
  EXPECT_EQ(must(journal.count({.through = UINT64_MAX})), 100U);
  must(journal.confirm(4));
  EXPECT_EQ(must(journal.count({.new_records = true, .through = 10})), 6U);
  EXPECT_THAT(indexes(0, {.new_records = true, .through = 6}), ElementsAre(5, 6));
}

TEST_F(JournalTest, AnAppendLargerThanTheJournalKeepsItsNewest) {
  journal.set_capacity({.events = 10, .dropped_at_once = 1000});
  must(journal.append(events_from(1, 25)));
  EXPECT_EQ(journal.last_index(), 25U);
  EXPECT_THAT(indexes(), ElementsAre(16, 17, 18, 19, 20, 21, 22, 23, 24, 25));
}

TEST_F(JournalTest, TheCursorMayLieBelowWhatWasDropped) {
  journal.set_capacity({.events = 10, .dropped_at_once = 5});
  must(journal.append(events_from(1, 10)));
  must(journal.confirm(2));
  must(journal.append(events_from(11, 3)));  // more than the two that the server has
  EXPECT_EQ(journal.confirmed(), 2U);
  EXPECT_THAT(indexes(2), ElementsAre(6, 7, 8, 9, 10, 11, 12, 13));
  EXPECT_EQ(must(journal.count({.new_records = true})), 8U);
}

TEST_F(JournalTest, ASmallerCapacityCountsFromTheNextAppend) {
  must(journal.append(events_from(1, 50)));
  journal.set_capacity({.events = 20, .dropped_at_once = 5});
  EXPECT_EQ(journal.stored(), 50U);
  EXPECT_EQ(must(journal.append(events_from(51, 1))).dropped, 31U);
  EXPECT_EQ(journal.stored(), 20U);
}

TEST_F(JournalTest, NinetyPerCentIsToldOnceOnTheWayUp) {
  journal.set_capacity({.events = 100, .dropped_at_once = 5});
  EXPECT_FALSE(must(journal.append(events_from(1, 89))).nearly_full);
  EXPECT_TRUE(must(journal.append(events_from(90, 1))).nearly_full);
  EXPECT_FALSE(must(journal.append(events_from(91, 1))).nearly_full);
  reopen({.events = 100, .dropped_at_once = 5});
  EXPECT_FALSE(
      must(journal.append(events_from(92, 40))).nearly_full);  // full, dropped, still above
  must(journal.erase_all());
  EXPECT_FALSE(must(journal.append(events_from(132, 80))).nearly_full);
  EXPECT_TRUE(must(journal.append(events_from(212, 15))).nearly_full);
}

TEST_F(JournalTest, ASmallerJournalMayBeNearlyFullAtOnce) {
  must(journal.append(events_from(1, 50)));
  journal.set_capacity({.events = 55, .dropped_at_once = 5});
  EXPECT_TRUE(must(journal.append(events_from(51, 1))).nearly_full);
}

// ---- what events leave behind

TEST_F(JournalTest, AKeptRowOfEveryKindComesBackInTheOrderOfTheKeys) {
  EXPECT_THAT(kept(), IsEmpty());
  std::vector<Kept> rows;
  std::int64_t value = INT64_MIN;
  for (const KeptKind kind : kept_kinds) {
    rows.push_back(put_kept(key_of(kind), value++, INT64_MAX));
    rows.push_back(put_kept(key_of(kind, 1, "007"), value++, -1));
    rows.push_back(put_kept(key_of(kind, 1, "7"), value++, 0));
    rows.push_back(
        put_kept(key_of(kind, 255, std::string(Pin::bytes_max, '~')), value++, INT64_MIN));
  }
  const auto written = texts_of(rows);
  std::reverse(rows.begin(), rows.end());
  must(journal.append(events_from(1, 3), rows));
  reopen();
  EXPECT_THAT(kept(), ElementsAreArray(written));
  EXPECT_THAT(indexes(), ElementsAre(1, 2, 3));
  const auto read = must(journal.kept());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].change, Kept::Change::put);
    if (i > 0) {
      EXPECT_LT(read[i - 1].key, read[i].key);
    }
  }
}

TEST_F(JournalTest, ThereIsOneRowForEachKeyAndTheLastPutCounts) {
  const auto key = key_of(KeptKind::passage, 3, "7");
  must(journal.append({}, {{put_kept(key, 1, 1), put_kept(key_of(KeptKind::passage, 3, "8"), 5)}}));
  must(journal.append({}, {{put_kept(key, 2, 2), put_kept(key, 3, 0)}}));
  reopen();
  EXPECT_THAT(kept(), ElementsAre("1 3 7 = 3 0", "1 3 8 = 5 0"));
}

TEST_F(JournalTest, ARowOrAKindIsErasedAndTheRestStays) {
  must(journal.append({}, {{put_kept(key_of(KeptKind::passage, 1, "7"), 1),
                            put_kept(key_of(KeptKind::passage, 2, "7"), 2),
                            put_kept(key_of(KeptKind::passage, 2, "8"), 3),
                            put_kept(key_of(KeptKind::alarms, 2), 4)}}));
  must(journal.append({}, {{erase_kept(key_of(KeptKind::passage, 2, "7")),
                            erase_kept(key_of(KeptKind::passage, 9, "9"))}}));
  EXPECT_THAT(kept(), ElementsAre("1 1 7 = 1 0", "1 2 8 = 3 0", "6 2 - = 4 0"));
  // Whatever place and pin say.
  Kept all = erase_kept(key_of(KeptKind::passage, 200, "nobody"));
  all.change = Kept::Change::erase_all;
  must(journal.append({}, {{all}}));
  reopen();
  EXPECT_THAT(kept(), ElementsAre("6 2 - = 4 0"));
}

TEST_F(JournalTest, ChangesOfOneAppendAreMadeInTheirOrder) {
  const auto door = key_of(KeptKind::lockdown, 1), other = key_of(KeptKind::lockdown, 2);
  must(journal.append(
      {}, {{put_kept(door, 1), erase_kept(door), put_kept(door, 2), put_kept(other, 3),
            erase_kind(KeptKind::lockdown), put_kept(other, 4),
            put_kept(key_of(KeptKind::emergency), 1), erase_kept(key_of(KeptKind::emergency))}}));
  EXPECT_THAT(kept(), ElementsAre("5 2 - = 4 0"));
}

TEST_F(JournalTest, KeptRowsAloneUseNoIndexAndDropNothing) {
  must(journal.append(events_from(1, 50)));
  journal.set_capacity({.events = 20, .dropped_at_once = 5});
  const auto done = must(journal.append({}, {{put_kept(key_of(KeptKind::alarms, 1), 8)}}));
  EXPECT_EQ(done.last_index, 50U);
  EXPECT_EQ(done.dropped, 0U);
  EXPECT_EQ(journal.stored(), 50U);
  EXPECT_THAT(kept(), ElementsAre("6 1 - = 8 0"));
}

TEST_F(JournalTest, KeptRowsStayWhenEventsAreErasedOrDropped) {
  journal.set_capacity({.events = 10, .dropped_at_once = 5});
  must(journal.append(events_from(1, 10), {{put_kept(key_of(KeptKind::stay_open, 4), 1)}}));
  must(journal.append(events_from(11, 10)));
  EXPECT_THAT(kept(), ElementsAre("2 4 - = 1 0"));
  must(journal.erase_all());
  EXPECT_THAT(kept(), ElementsAre("2 4 - = 1 0"));
  reopen();
  EXPECT_EQ(journal.stored(), 0U);
  EXPECT_THAT(kept(), ElementsAre("2 4 - = 1 0"));
}

TEST_F(JournalTest, AKindOfANewerProgramIsPassedOverAndStays) {
  must(journal.append({}, {{put_kept(key_of(KeptKind::alarms, 1), 8)}}));
  change_file("INSERT INTO kept VALUES(0, 0, '', 1, 1), (200, 1, '7', 1, 1)");
  EXPECT_THAT(kept(), ElementsAre("6 1 - = 8 0"));
  change_file("DELETE FROM kept WHERE kind=6");
  EXPECT_THAT(kept(), IsEmpty());
  // Both are there still: a row of the same key cannot be inserted once more.
  EXPECT_THROW(change_file("INSERT INTO kept VALUES(200, 1, '7', 2, 2)"), std::runtime_error);
}

TEST_F(JournalTest, AKeptRowThatCannotBeOursIsAnErrorAndTheEventsAreRead) {
  must(journal.append(events_from(1, 2)));
  for (const char* row :
       {"(1, 256, '', 0, 0)", "(1, -1, '', 0, 0)", "(1, 1, 'a b', 0, 0)",
        "(1, 1, '1234567890123456789012345', 0, 0)", "(-1, 0, '', 0, 0)", "(256, 0, '', 0, 0)"}) {
    change_file("DELETE FROM kept");
    change_file("INSERT INTO kept VALUES" + std::string(row));
    const auto rows = journal.kept();
    ASSERT_FALSE(rows) << row;
    EXPECT_EQ(rows.error().code, Errc::corrupt);
    EXPECT_THAT(rows.error().text, HasSubstr("read what the journal keeps: a kept row of kind"));
    EXPECT_THAT(indexes(), ElementsAre(1, 2));
  }
}

// ---- files of an older program

TEST(OldJournal, GoesForwardWithItsEventsItsCursorAndItsIndexes) {
  const TempFolder folder;
  make_old_journal(folder.file("events.db"));
  for (int opened = 1; opened <= 2; ++opened) {
    auto journal = must(EventJournal::open(folder.file("events.db"), {}));
    EXPECT_EQ(journal.confirmed(), 4U);
    EXPECT_EQ(journal.first_index(), 4U);
    EXPECT_EQ(journal.last_index(), 6U);
    const auto events = must(journal.read(0, 10));
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].event.pin, *Pin::from("1004"));
    EXPECT_EQ(to_text(events[0].event.reason), "granted record=1 detail=5 door=1 reader=1");
    EXPECT_EQ(events[1].event.card.value, UINT64_MAX);
    EXPECT_EQ(events[2].event.code, EventCode::device_started);
    for (const StoredEvent& event : events) {
      EXPECT_EQ(event.event.proofs, 0);
      EXPECT_EQ(event.event.link, 0U);
      EXPECT_EQ(event.event.reason.refused_by, 0U);
    }
    EXPECT_THAT(must(journal.kept()), IsEmpty());
  }
}

TEST(OldJournal, TakesWhatANewOneTakes) {
  const TempFolder folder;
  make_old_journal(folder.file("events.db"));
  {
    auto journal = must(EventJournal::open(folder.file("events.db"), {}));
    EXPECT_EQ(must(journal.append(events_from(7, 1), {{put_kept(key_of(KeptKind::alarms, 1), 8)}}))
                  .last_index,
              7U);
  }
  auto journal = must(EventJournal::open(folder.file("events.db"), {}));
  const auto events = must(journal.newest(1));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_TRUE(same_event(events[0].event, event_number(7)));
  EXPECT_THAT(texts_of(must(journal.kept())), ElementsAre("6 1 - = 8 0"));
  EXPECT_EQ(must(journal.count({})), 4U);
}

TEST_F(JournalTest, ASecondEngineIsTurnedAway) {
  const auto second = EventJournal::open(folder.file("events.db"), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().text, HasSubstr("open event journal"));
}

}  // namespace
}  // namespace lintel::storage
