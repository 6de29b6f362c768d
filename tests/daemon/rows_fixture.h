// What the storage thread makes of a request, without an engine around it: the gate, a store and a
// journal in a directory of their own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/daemon/gate.h"
#include "tests/in_process/box.h"

namespace lintel::test {

class Rows : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/lintel-rows-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(path));
    directory_ = path;
    auto store = storage::Store::open(directory_ + "/lintel.db");
    ASSERT_TRUE(store) << store.error().text;
    store_.emplace(*std::move(store));
    auto journal = storage::EventJournal::open(directory_ + "/events.db", {});
    ASSERT_TRUE(journal) << journal.error().text;
    journal_.emplace(*std::move(journal));
  }
  void TearDown() override {
    store_.reset();
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }

  // As the storage thread does it: kept if it was taken, as if it had never been asked if not.
  pb::Reply ask(const pb::Request& request) {
    EXPECT_TRUE(store_->begin());
    EXPECT_TRUE(store_->savepoint());
    auto outcome = gate_.execute(pb::ROLE_PUSH, request.SerializeAsString(), utc_, *store_,
                                 *journal_, system_);
    EXPECT_TRUE(outcome) << outcome.error().text;
    if (outcome->reply.code() < 0) {
      store_->rollback();
    } else {
      EXPECT_TRUE(store_->release());
      EXPECT_TRUE(store_->commit());
      effects_ = std::move(outcome->effects);
    }
    return outcome->reply;
  }
  pb::Reply update(const std::string& table, const std::vector<std::string>& rows) {
    return ask(update_of(table, rows));
  }
  // Every row of the table, or those of which the field has this value.
  pb::Reply erase(const std::string& table, const std::string& field = "",
                  const std::string& value = "") {
    pb::Request request;
    request.mutable_delete_()->set_table(table);
    auto& where = *request.mutable_delete_()->add_any();
    if (!field.empty()) {
      auto& condition = *where.add_all();
      condition.set_field(field);
      condition.set_value(value);
    }
    return ask(request);
  }
  pb::Reply set_option(const std::string& name, const std::string& value) {
    pb::Request request;
    auto& option = *request.mutable_set_options()->add_option();
    option.set_name(name);
    option.set_value(value);
    return ask(request);
  }
  std::string option(const std::string& name) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    const auto reply = ask(request);
    return reply.options().option_size() == 1 ? reply.options().option(0).value() : "(no answer)";
  }
  std::uint64_t count(const std::string& table) {
    return store_->count(*storage::find_table(table), {}).value_or(999'999);
  }

  // The rules as the last request handed them to the doors, and as a start would find them.
  Rules rules() {
    auto stored = daemon::stored_rules(*store_, facts_);
    EXPECT_TRUE(stored) << stored.error().text;
    EXPECT_TRUE(effects_.rules) << "the doors were not told";
    EXPECT_EQ(*stored, effects_.rules.value_or(*stored));
    return *std::move(stored);
  }
  // The row is refused with -11, and the sentence has these words; nothing is told to the doors.
  void refuses(const std::string& table, const std::string& row, const std::string& words) {
    effects_ = {};
    const auto before = count(table);
    const auto reply = update(table, {row});
    EXPECT_EQ(-11, reply.code()) << table << " " << row << ": " << reply.error();
    EXPECT_NE(std::string::npos, reply.error().find(words)) << reply.error();
    EXPECT_EQ(before, count(table));
    EXPECT_FALSE(effects_.rules);
  }

  daemon::SystemView system_{
      .network = true, .wifi = true, .mobile = true, .now = {}, .machine = {}};
  daemon::Effects effects_;  // of the last request that was taken
  daemon::Facts facts_{"1", "Test box", "memory", {4, 4, 4}, false};
  daemon::Gate gate_{facts_};
  std::optional<storage::Store> store_;
  std::optional<storage::EventJournal> journal_;
  std::chrono::sys_seconds utc_{std::chrono::seconds(1'795'000'000)};

 private:
  std::string directory_;
};

}  // namespace lintel::test
