// The power is cut between any two changes of the disk: after a restart everything acknowledged is
// there, nothing is there by half, and the files are sound.
//
// For each cut the disk is rebuilt four times: with what was synced only, with everything, and
// twice with a random half of the sectors that were on their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <functional>

#include "storage/checked_vfs.h"
#include "storage/journal.h"
#include "storage/store.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/event_words.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories

constexpr const char* file_name = "file.db";

OpenOptions on(const CrashVfs& disk, Durability durability = Durability::full) {
  return {.vfs = disk.name(),
          .durability = durability,
          .checkpoint_pages = 10};  // checkpoints among the cuts
}

// "" when SQLite finds nothing wrong in the file.
std::string integrity(const CrashVfs& disk) {
  const auto vfs = CheckedVfs::over(disk.name());
  sqlite3* handle = nullptr;
  std::string answer = "not opened";
  sqlite3_open_v2(file_name, &handle, SQLITE_OPEN_READWRITE, vfs->name());
  sqlite3_exec(handle, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    const auto* text = sqlite3_column_text(statement, 0);
    answer = reinterpret_cast<const char*>(text);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return answer == "ok" ? "" : "integrity: " + answer;
}

// What a run promised: the state that was acknowledged at each step of the disk.
struct Acknowledged {
  std::size_t step = 0;
  std::string state;
};
using History = std::vector<Acknowledged>;

struct Count {
  int images = 0, wrong = 0, damaged = 0;
  std::string first;  // what was wrong first
};

// Rebuilds the disk after each cut and asks `state_after` what a restart finds: the state last
// acknowledged, or the one on its way. An error of `state_after` is damage.
Count cut_everywhere(const CrashVfs& disk, const History& history,
                     const std::function<Result<std::string>(CrashVfs&)>& state_after,
                     std::size_t stride = 1) {
  Count count;
  std::size_t acknowledged = 0;
  for (std::size_t step = 0; step <= disk.steps(); step += stride) {
    while (acknowledged + 1 < history.size() && history[acknowledged + 1].step <= step)
      ++acknowledged;
    for (const auto& [left, seed] : {std::pair{CrashVfs::Left::synced, 0U},
                                     {CrashVfs::Left::all, 0U},
                                     {CrashVfs::Left::some, 1U},
                                     {CrashVfs::Left::some, 2U}}) {
      CrashVfs after(disk.after_cut(step, left, seed * 1000 + step));
      const auto state = state_after(after);
      ++count.images;
      const bool on_its_way =
          acknowledged + 1 < history.size() && state && *state == history[acknowledged + 1].state;
      if (state && (*state == history[acknowledged].state || on_its_way)) continue;
      if (!state) ++count.damaged;
      ++count.wrong;
      if (count.first.empty()) {
        count.first = "cut " + std::to_string(step) + " left " +
                      std::to_string(static_cast<int>(left)) + " seed " + std::to_string(seed) +
                      ": " + (state ? *state : state.error().text) + "\n  instead of " +
                      history[acknowledged].state;
      }
    }
  }
  return count;
}

// ---- the journal

std::string state_of(const EventJournal& journal) {
  return std::to_string(journal.first_index()) + ".." + std::to_string(journal.last_index()) +
         " confirmed " + std::to_string(journal.confirmed());
}

constexpr EventJournal::Capacity small = {.events = 40, .dropped_at_once = 15};

// One by one, in batches, with confirmations, drops and a deletion of everything.
History busy_journal(CrashVfs& disk, Durability durability) {
  History history = {{0, "1..0 confirmed 0"}};
  auto journal = must(EventJournal::open(file_name, small, on(disk, durability)));
  const auto acknowledge = [&] { history.push_back({disk.steps(), state_of(journal)}); };
  for (unsigned round = 1; round <= 24; ++round) {
    must(journal.append(
        events_from(static_cast<unsigned>(journal.last_index()) + 1, round % 5 == 0 ? 4 : 1)));
    acknowledge();
    if (round % 7 == 0) {
      must(journal.confirm(journal.last_index() - 1));
      acknowledge();
    }
    if (round == 12) {
      must(journal.erase_all());
      acknowledge();
    }
  }
  return history;
}

Result<std::string> journal_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto journal = EventJournal::open(file_name, small, on(disk));
    if (!journal) return fail(journal.error());
    state = state_of(*journal);
    const auto events = journal->read(0, 1000);
    if (!events) return fail(events.error());
    if (events->size() != journal->stored()) state += ", a gap";
    std::uint64_t expected = journal->first_index();
    for (const StoredEvent& event : *events) {
      if (event.index != expected++) state += ", a gap";
      if (!same_event(event.event, event_number(static_cast<unsigned>(event.index))))
        state += ", half an event";
    }
    // And it goes on.
    const auto more =
        journal->append(events_from(static_cast<unsigned>(journal->last_index()) + 1, 1));
    if (!more) return fail(more.error());
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

TEST(PowerCut, NoAcknowledgedEventIsLostAndNoneIsThereByHalf) {
  CrashVfs disk;
  const History history = busy_journal(disk, Durability::full);
  const Count count = cut_everywhere(disk, history, journal_after_restart);
  EXPECT_EQ(count.wrong, 0) << count.first;
  EXPECT_GT(count.images, 500);
}

TEST(PowerCut, TheHarnessSeesWhatSynchronousNormalLoses) {
  CrashVfs disk;
  const History history = busy_journal(disk, Durability::normal);
  const Count count = cut_everywhere(disk, history, journal_after_restart);
  EXPECT_GT(count.wrong, count.images / 10);
}

TEST(PowerCut, TheHarnessSeesWhatSynchronousOffDamages) {
  CrashVfs disk;
  const History history = busy_journal(disk, Durability::none);
  const Count count = cut_everywhere(disk, history, journal_after_restart);
  EXPECT_GT(count.damaged, 0);
}

// ---- the store

std::string dump(Store& store) {
  std::string text;
  for (const char* name : {"user", "userauthorize", "timezone"}) {
    for (const std::string& row : rows_of(store, name))
      text += row + "; ";
  }
  must(store.each_option(
      [&](auto name, auto value) { text += std::string(name) + "=" + std::string(value) + "; "; }));
  const auto command = must(store.find_command("1", "digest", 0));
  return text + (command ? "command at " + std::to_string(command->at) : "no command");
}

// A new store has some hundred steps behind it: their cuts are a test of their own.
CrashVfs::Files new_store() {
  CrashVfs disk;
  { must(Store::open(file_name, on(disk))); }
  return disk.files();
}

// Downloads, changes and deletions, each with its options and command in one transaction.
History busy_store(CrashVfs& disk, Durability durability) {
  History history = {{0, "no command"}};
  auto store = must(Store::open(file_name, on(disk, durability)));
  for (int round = 1; round <= 5; ++round) {
    must(store.begin());
    must(store.savepoint());
    for (int pin = 1; pin <= 8; ++pin) {
      const std::string text = std::to_string(round * 5 + pin);
      must(put(store, "user",
               "Pin=" + text + " Name=" + std::string(200, static_cast<char>('a' + round))));
      must(put(store, "userauthorize",
               "Pin=" + text + " AuthorizeTimezoneId=1 AuthorizeDoorId=3 DevID=1"));
    }
    must(store.release());
    must(store.savepoint());
    must(put(store, "timezone", "TimezoneId=99"));
    store.rollback_to_savepoint();
    if (round == 3) must(erase_from(store, "user"));
    must(store.set_option("DateTime", std::to_string(round)));
    must(store.remember_command({.id = "1", .digest = "digest", .at = round, .finished = true}));
    must(store.commit());
    history.push_back({disk.steps(), dump(store)});
  }
  return history;
}

Result<std::string> store_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto store = Store::open(file_name, on(disk));
    if (!store) return fail(store.error());
    try {
      state = dump(*store);
    } catch (const std::exception& error) {
      return fail(Errc::corrupt, error.what());
    }
    if (auto done = commit_row(*store, "holiday", "Holiday=20260101"); !done)
      return fail(done.error());
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

TEST(PowerCut, ACommandIsInTheStoreWholeOrNotAtAll) {
  CrashVfs disk(new_store());
  const History history = busy_store(disk, Durability::full);
  const Count count = cut_everywhere(disk, history, store_after_restart);
  EXPECT_EQ(count.wrong, 0) << count.first;
  EXPECT_GT(count.images, 200);
}

TEST(PowerCut, AStoreWhoseMakingWasCutShortIsMadeAgain) {
  CrashVfs disk;
  { must(Store::open(file_name, on(disk))); }
  const Count count = cut_everywhere(disk, {{0, "no command"}}, store_after_restart, 11);
  EXPECT_EQ(count.wrong, 0) << count.first;
}

TEST(PowerCut, TheHarnessSeesWhatAStoreWithoutSyncsLoses) {
  CrashVfs disk(new_store());
  const History history = busy_store(disk, Durability::none);
  const Count count = cut_everywhere(disk, history, store_after_restart);
  EXPECT_GT(count.wrong, count.images / 4);
  EXPECT_GT(count.damaged, 0);
}

}  // namespace
}  // namespace lintel::storage
