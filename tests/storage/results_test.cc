// Stories of commands whose results the server does not have yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/limits.h"
#include "storage/store.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/old_store.h"
#include "tests/storage/power_cut.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t all = limits::results_max + 1;

// "7 0 DATA UPDATE": id, result and words of each that waits.
Rows waiting(Store& store, std::size_t most = all) {
  Rows rows;
  for (const auto& command : must(store.unreported_commands(most))) {
    EXPECT_TRUE(command.finished);
    rows.push_back(command.id + " " + std::to_string(command.result) + " " + command.words);
  }
  return rows;
}

class Results : public testing::Test {
 protected:
  CrashVfs disk;
  Store store = must(Store::open(file_name, on(disk)));

  void reopen() {
    store = [&] {
      { const Store closed = std::move(store); }
      return must(Store::open(file_name, on(disk)));
    }();
  }
  template <class Change>
  void commit(Change change) {
    must(store.begin());
    change();
    must(store.commit());
  }
  void remember(int id, std::int32_t result = 0, bool finished = true) {
    must(store.remember_command({.id = std::to_string(id),
                                 .digest = "digest",
                                 .at = 1000 + id,
                                 .result = result,
                                 .finished = finished,
                                 .words = "DATA UPDATE"}));
  }
  void report(int id) { must(store.command_reported(std::to_string(id), "digest")); }
};

TEST_F(Results, WaitInTheOrderOfTheirEndsUntilTheServerHasThem) {
  commit([&] {
    remember(1, 0, false);
    remember(2, -11);
    remember(3);
    remember(1, 7);
  });
  reopen();
  EXPECT_THAT(waiting(store),
              ElementsAre("2 -11 DATA UPDATE", "3 0 DATA UPDATE", "1 7 DATA UPDATE"));
  EXPECT_THAT(waiting(store, 1), ElementsAre("2 -11 DATA UPDATE"));
  commit([&] {
    report(2);
    report(1);
    report(99);
  });
  reopen();
  EXPECT_THAT(waiting(store), ElementsAre("3 0 DATA UPDATE"));
  EXPECT_TRUE(must(store.find_command("2", "digest", 0))) << "it is still known";
}

TEST_F(Results, OfAnotherTextUnderTheSameIdAreNotTheSame) {
  commit([&] {
    remember(1);
    must(store.command_reported("1", "another digest"));
  });
  EXPECT_THAT(waiting(store), ElementsAre("1 0 DATA UPDATE"));
}

TEST_F(Results, OfACommandCarriedOutAgainLaterWaitAgain) {
  commit([&] {
    remember(1);
    report(1);
    remember(1, -12);
  });
  EXPECT_THAT(waiting(store), ElementsAre("1 -12 DATA UPDATE"));
}

TEST_F(Results, ACommandThatHasNotEndedHasNone) {
  commit([&] {
    remember(1, 0, false);
    report(1);
  });
  EXPECT_THAT(waiting(store), IsEmpty());
  commit([&] { remember(1, -19); });
  EXPECT_THAT(waiting(store), ElementsAre("1 -19 DATA UPDATE"));
}

TEST_F(Results, WhatNeverEndedEndsAtTheStartExceptWhatLivesOn) {
  commit([&] {
    for (int id = 1; id <= 4; ++id)
      remember(id, 0, id == 2);
    report(2);
  });
  commit([&] {
    EXPECT_EQ(2U, must(store.finish_commands(-12, [](const ExecutedCommand& command) {
                EXPECT_EQ("digest", command.digest);
                return command.id == "3";
              })));
  });
  EXPECT_THAT(waiting(store), ElementsAre("1 -12 DATA UPDATE", "4 -12 DATA UPDATE"));
  EXPECT_FALSE(must(store.find_command("3", "digest", 0))->finished);
  commit([&] { EXPECT_EQ(1U, must(store.finish_commands(-12))); });
  EXPECT_EQ(3U, waiting(store).size());
}

TEST_F(Results, TenThousandWaitAndThenTheOldestGo) {
  const auto most = static_cast<int>(limits::results_max);
  commit([&] {
    for (int id = 1; id <= most; ++id)
      remember(id);
  });
  EXPECT_EQ(limits::results_max, waiting(store).size());
  commit([&] {
    for (int id = most + 1; id <= most + 5; ++id)
      remember(id);
  });
  auto rows = waiting(store);
  ASSERT_EQ(limits::results_max, rows.size());
  EXPECT_EQ("6 0 DATA UPDATE", rows.front());
  EXPECT_EQ(std::to_string(most + 5) + " 0 DATA UPDATE", rows.back());
}

TEST_F(Results, AreNeverForgottenForCommandsThatTheServerHas) {
  commit([&] {
    remember(1);
    for (int id = 2; id <= 3000; ++id) {
      remember(id);
      report(id);
    }
    remember(3001);
  });
  EXPECT_THAT(waiting(store), ElementsAre("1 0 DATA UPDATE", "3001 0 DATA UPDATE"));
  EXPECT_FALSE(must(store.find_command("2000", "digest", 0)));
  EXPECT_TRUE(must(store.find_command("2001", "digest", 0)));
}

TEST_F(Results, ChangeInATransactionOnly) {
  EXPECT_EQ(Errc::invalid, store.command_reported("1", "digest").error().code);
  EXPECT_EQ(Errc::invalid, store.finish_commands(-12).error().code);
  EXPECT_EQ(Errc::invalid, store.remember_command({.id = "1"}).error().code);
}

// ---- a file of an older program

TEST(OldStore, GoesForwardAndNobodyWaitsForWhatItsCommandsDid) {
  CrashVfs disk;
  make_old_store(file_name, on(disk));
  auto store = must(Store::open(file_name, on(disk)));
  EXPECT_EQ("4", must(store.option("LockCount")));
  EXPECT_THAT(waiting(store), IsEmpty());
  const auto refused = must(store.find_command("221", "d1", 0));
  ASSERT_TRUE(refused);
  EXPECT_EQ(-11, refused->result);
  EXPECT_EQ("", refused->words);
  must(store.begin());
  EXPECT_EQ(1U, must(store.finish_commands(-12)));
  must(store.remember_command(
      {.id = "223", .digest = "d3", .at = 3, .finished = true, .words = "SET OPTIONS"}));
  EXPECT_EQ(1U, must(store.add_upload("user", "content")));
  must(store.commit());
  EXPECT_THAT(waiting(store), ElementsAre("222 -12 ", "223 0 SET OPTIONS"));
}

// What is found after a restart, and that the file takes what a new one takes.
Result<std::string> old_store_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto store = Store::open(file_name, on(disk));
    if (!store) return fail(store.error());
    const auto option = store->option("LockCount");
    const auto command = store->find_command("221", "d1", 0);
    const auto results = store->unreported_commands(all);
    if (!option || !command || !results || !*command) return fail(Errc::corrupt, "cannot be read");
    state = option->value_or("no option") + " " + std::to_string((*command)->result) + " " +
            std::to_string(results->size()) + " wait";
    must(store->begin());
    if (must(store->add_upload("user", "content")) != 1) return fail(Errc::corrupt, "a number");
    must(store->commit());
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

TEST(OldStore, GoesForwardWholeOrIsTheOldOneStillWhereverThePowerIsCut) {
  CrashVfs old;
  make_old_store(file_name, on(old));
  CrashVfs disk(old.files());
  { must(Store::open(file_name, on(disk))); }
  const Count count = cut_everywhere(disk, {{0, "4 -11 0 wait"}}, old_store_after_restart);
  EXPECT_EQ(0, count.wrong) << count.first;
  EXPECT_GT(count.images, 40);
}

// ---- power cuts

std::string state_of(Store& store) {
  std::string state;
  for (const auto& command : must(store.unreported_commands(all)))
    state += command.id + "=" + std::to_string(command.result) + " ";
  for (const auto& upload : must(store.uploads(0, 100, 1000)))
    state += std::to_string(upload.number) + ":" + upload.content + " ";
  return state;
}

// Every result that was acknowledged is there, and none that was reported.
Result<std::string> results_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto store = Store::open(file_name, on(disk));
    if (!store) return fail(store.error());
    try {
      state = state_of(*store);
    } catch (const std::exception& error) {
      return fail(Errc::corrupt, error.what());
    }
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

// Commands end and are reported, uploads come and go; never more than some at a time.
History busy_results(CrashVfs& disk, Durability durability) {
  History history = {{0, ""}};
  auto store = must(Store::open(file_name, on(disk, durability)));
  for (int round = 1; round <= 12; ++round) {
    must(store.begin());
    must(store.remember_command({.id = std::to_string(round),
                                 .digest = "digest",
                                 .at = round,
                                 .result = -round,
                                 .finished = true}));
    const auto number = must(store.add_upload("user", std::string(40, 'a')));
    if (round % 3 == 0) must(store.command_reported(std::to_string(round - 1), "digest"));
    if (round % 4 == 0) must(store.uploads_confirmed(number - 1));
    must(store.commit());
    history.push_back({disk.steps(), state_of(store)});
  }
  return history;
}

CrashVfs::Files new_store() {
  CrashVfs disk;
  { must(Store::open(file_name, on(disk))); }
  return disk.files();
}

TEST(ResultsCut, NoneIsLostAndNoneComesBackWhereverThePowerIsCut) {
  CrashVfs disk(new_store());
  const History history = busy_results(disk, Durability::full);
  const Count count = cut_everywhere(disk, history, results_after_restart);
  EXPECT_EQ(0, count.wrong) << count.first;
  EXPECT_GT(count.images, 200);
}

TEST(ResultsCut, TheHarnessSeesWhatAStoreWithoutSyncsLoses) {
  CrashVfs disk(new_store());
  const History history = busy_results(disk, Durability::normal);
  const Count count = cut_everywhere(disk, history, results_after_restart);
  EXPECT_GT(count.wrong, count.images / 10);
}

}  // namespace
}  // namespace lintel::storage
