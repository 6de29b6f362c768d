// The power is cut between any two changes of the disk: after a restart everything acknowledged is
// there, nothing is there by half, and the files are sound.
#include "tests/storage/power_cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "storage/journal.h"
#include "storage/store.h"
#include "storage/writer.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/event_words.h"
#include "tests/storage/kept_words.h"
#include "tests/storage/old_journal.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories

// ---- the journal

std::string in_one_line(std::span<const Kept> kept) {
  std::string text;
  for (const std::string& row : texts_of(kept))
    text += "; " + row;
  return text;
}

std::string state_of(EventJournal& journal) {
  return std::to_string(journal.first_index()) + ".." + std::to_string(journal.last_index()) +
         " confirmed " + std::to_string(journal.confirmed()) + in_one_line(must(journal.kept()));
}

// What the append after event `last` leaves behind: how many events there are, and rows that come
// and go.
std::vector<Kept> kept_after(unsigned last) {
  std::vector<Kept> rows = {put_kept(key_of(KeptKind::passage, last % 5, "7"), last),
                            put_kept(key_of(KeptKind::alarms, 1), last)};
  if (last % 4 == 0) rows.push_back(erase_kept(key_of(KeptKind::passage, (last + 1) % 5, "7")));
  if (last % 9 == 0) rows.push_back(erase_kind(KeptKind::passage));
  return rows;
}

constexpr EventJournal::Capacity small = {.events = 40, .dropped_at_once = 15};

// One by one, in batches, with what they leave behind, confirmations, drops and a deletion of
// everything.
History busy_journal(CrashVfs& disk, Durability durability) {
  History history = {{0, "1..0 confirmed 0"}};
  auto journal = must(EventJournal::open(file_name, small, on(disk, durability)));
  const auto acknowledge = [&] { history.push_back({disk.steps(), state_of(journal)}); };
  for (unsigned round = 1; round <= 24; ++round) {
    const auto last = static_cast<unsigned>(journal.last_index());
    must(journal.append(events_from(last + 1, round % 5 == 0 ? 4 : 1), kept_after(last)));
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
    const auto kept = journal->kept();
    if (!kept) return fail(kept.error());
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

// ---- an older journal that goes forward

Result<std::string> old_journal_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto journal = EventJournal::open(file_name, small, on(disk));
    if (!journal) return fail(journal.error());
    const auto kept = journal->kept();
    if (!kept) return fail(kept.error());
    state = state_of(*journal);
    const auto events = journal->read(0, 10);
    if (!events) return fail(events.error());
    for (const StoredEvent& event : *events)
      state += " " + std::to_string(event.index) + std::string(name_of(event.event.reason.rule));
    const auto more = journal->append(events_from(7, 1), kept_after(7));
    if (!more) return fail(more.error());
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

TEST(PowerCut, AnOlderJournalGoesForwardWholeOrIsTheOldOneStill) {
  CrashVfs old;
  make_old_journal(file_name, on(old));
  CrashVfs disk(old.files());
  { must(EventJournal::open(file_name, small, on(disk))); }
  const Count count = cut_everywhere(disk, {{0, "4..6 confirmed 4 4granted 5time_zone 6system"}},
                                     old_journal_after_restart);
  EXPECT_EQ(count.wrong, 0) << count.first;
  EXPECT_GT(count.images, 40);
}

// ---- the queue of events and kept rows

// The state after each prefix of what was posted.
class Posted {
 public:
  void event() {
    ++events_;
    states_.push_back(state());
  }
  void kept(const Kept& row) {
    model_.change(row);
    states_.push_back(state());
  }
  [[nodiscard]] unsigned events() const { return events_; }
  [[nodiscard]] std::string state() const {
    return std::to_string(events_) + " events" + in_one_line(model_.rows());
  }
  std::set<std::string> take_states() {
    std::set<std::string> taken(states_.begin(), states_.end());
    states_.clear();
    return taken;
  }

 private:
  unsigned events_ = 0;
  KeptModel model_;
  std::vector<std::string> states_;
};

// Events and changes in random order, `most` at a time at most. Each put has a value of its own, so
// that no two prefixes look alike.
History busy_queue(CrashVfs& disk, Durability durability, unsigned rounds, unsigned most) {
  CrashVfs other;  // of the store, which has nothing to do
  Posted posted;
  History history = {{0, posted.state()}};
  Writer writer(must(Store::open("store.db", on(other))),
                must(EventJournal::open(file_name, {}, on(disk, durability))),
                Writer::Mode::inline_for_tests);
  std::mt19937_64 chance(17);
  const auto post_kept = [&](const Kept& row) {
    EXPECT_TRUE(writer.post_kept(row));
    posted.kept(row);
  };
  std::int64_t value = 0;
  for (unsigned round = 1; round <= rounds; ++round) {
    for (auto left = most / 2 + chance() % (most / 2); left > 0; --left) {
      const auto key = key_of(kept_kinds[chance() % 3], chance() % 3, chance() % 2 == 0 ? "7" : "");
      switch (chance() % 8) {
        case 0:
          post_kept(erase_kept(key));
          break;
        case 1:
          post_kept(erase_kind(key.kind));
          break;
        case 2:
        case 3:
        case 4:
          post_kept(put_kept(key, ++value));
          break;
        default:
          EXPECT_TRUE(writer.post_event(event_number(posted.events() + 1)));
          posted.event();
      }
    }
    writer.pump();
    history.push_back({disk.steps(), posted.state(), posted.take_states()});
  }
  EXPECT_EQ(writer.trouble(), "");
  return history;
}

Result<std::string> queue_after_restart(CrashVfs& disk) {
  std::string state;
  {
    auto journal = EventJournal::open(file_name, {}, on(disk));
    if (!journal) return fail(journal.error());
    const auto kept = journal->kept();
    if (!kept) return fail(kept.error());
    const auto events = journal->read(0, 10'000);
    if (!events) return fail(events.error());
    state = std::to_string(events->size()) + " events" + in_one_line(*kept);
    unsigned expected = 0;
    for (const StoredEvent& event : *events) {
      if (event.index != ++expected || !same_event(event.event, event_number(expected)))
        state += ", half an event";
    }
    const auto more = journal->append(events_from(expected + 1, 1), kept_after(1));
    if (!more) return fail(more.error());
  }
  if (auto wrong = integrity(disk); !wrong.empty()) return fail(Errc::corrupt, wrong);
  return state;
}

TEST(PowerCut, EventsAndKeptRowsAreThoseUpToOnePointOfTheQueue) {
  CrashVfs disk;
  const History history = busy_queue(disk, Durability::full, 20, 14);
  const Count count = cut_everywhere(disk, history, queue_after_restart);
  EXPECT_EQ(count.wrong, 0) << count.first;
  EXPECT_GT(count.images, 500);
}

TEST(PowerCut, SoTheyAreWhenTheQueueIsLongerThanAGroup) {
  CrashVfs disk;
  const History history = busy_queue(disk, Durability::full, 2, 2500);
  const Count count = cut_everywhere(disk, history, queue_after_restart, 3);
  EXPECT_EQ(count.wrong, 0) << count.first;
  EXPECT_GT(count.images, 100);
}

TEST(PowerCut, TheHarnessSeesWhatTheQueueLosesWithSynchronousNormal) {
  CrashVfs disk;
  const History history = busy_queue(disk, Durability::normal, 20, 14);
  const Count count = cut_everywhere(disk, history, queue_after_restart);
  EXPECT_GT(count.wrong, count.images / 10);
}

TEST(PowerCut, TheHarnessSeesWhatSynchronousOffDoesToTheQueue) {
  CrashVfs disk;
  const History history = busy_queue(disk, Durability::none, 20, 14);
  const Count count = cut_everywhere(disk, history, queue_after_restart);
  EXPECT_GT(count.wrong, count.images / 4);
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
