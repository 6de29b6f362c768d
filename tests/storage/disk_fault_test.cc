// The disk fails: the n-th write, sync, removal or read, for every n, once and for ever. Each
// failure is an error in words, nothing is applied by half, and when the disk works again so do we.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "storage/journal.h"
#include "storage/store.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/event_words.h"
#include "tests/storage/kept_words.h"
#include "tests/storage/old_journal.h"
#include "tests/storage/old_store.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories

constexpr const char* file_name = "file.db";

struct Faulty {
  CrashVfs::Fault fault;
  bool for_ever;
  const char* name;
};

class DiskFault : public testing::TestWithParam<Faulty> {
 protected:
  static OpenOptions on(const CrashVfs& disk) {
    return {.vfs = disk.name(), .checkpoint_pages = 4};
  }

  // Runs `story` on a copy of the disk for every n until none fails any more.
  template <class Story>
  void fail_everywhere(const CrashVfs::Files& files, const Story& story) {
    std::size_t n = 0;
    for (bool failed = true; failed; ++n) {
      SCOPED_TRACE("try " + std::to_string(n));
      CrashVfs disk(files);
      disk.fail(GetParam().fault, n, GetParam().for_ever);
      failed = story(disk);
      ASSERT_FALSE(HasFailure());
      ASSERT_LT(n, 10'000U);
    }
    EXPECT_GT(n, 5U) << "the fault was hardly ever met";
  }
};

void expect_told_in_words(const Error& error) {
  EXPECT_NE(error.code, Errc::invalid) << error.text;
  EXPECT_GT(error.text.size(), 15U) << error.text;
}

// ---- the journal

constexpr EventJournal::Capacity small = {.events = 30, .dropped_at_once = 10};

struct Promised {
  std::uint64_t last = 0, confirmed = 0;
  std::set<std::uint64_t> perhaps;  // last indexes of appends that failed: on disk whole, or not
};

// What is kept beside the newest event carries its index, and a row for each rest of it comes and
// goes.
std::vector<Kept> kept_with(std::uint64_t last) {
  const auto value = static_cast<std::int64_t>(last);
  return {erase_kind(KeptKind::alarms), put_kept(key_of(KeptKind::alarms, last % 3), value),
          put_kept(key_of(KeptKind::passage, 1, "7"), value)};
}

void expect_kept_with(EventJournal& journal, std::uint64_t last) {
  const auto rows = must(journal.kept());
  const std::string index = std::to_string(last);
  EXPECT_THAT(texts_of(rows),
              testing::ElementsAre("1 1 7 = " + index + " 0",
                                   "6 " + std::to_string(last % 3) + " - = " + index + " 0"));
}

// Returns what was acknowledged. Goes on after an error, as the storage thread does.
Promised use(EventJournal& journal) {
  Promised promised{journal.last_index(), journal.confirmed(), {}};
  for (unsigned round = 1; round <= 20; ++round) {
    const unsigned count = round % 3 == 0 ? 5 : 1;
    const auto done = journal.append(events_from(static_cast<unsigned>(promised.last) + 1, count),
                                     kept_with(promised.last + count));
    if (done) {
      promised.last = done->last_index;
      promised.perhaps.clear();
    } else {
      expect_told_in_words(done.error());
      promised.perhaps.insert(promised.last + count);
    }
    EXPECT_EQ(journal.last_index(), promised.last);
    if (round % 6 == 0 && promised.last > 0) {
      const auto confirmed = journal.confirm(promised.last);
      if (confirmed) promised.confirmed = promised.last;
      if (!confirmed) expect_told_in_words(confirmed.error());
      EXPECT_EQ(journal.confirmed(), promised.confirmed);
    }
  }
  return promised;
}

void expect_kept(EventJournal& journal, const Promised& promised) {
  if (journal.last_index() != promised.last) {
    EXPECT_TRUE(promised.perhaps.contains(journal.last_index())) << journal.last_index();
  }
  EXPECT_GE(journal.confirmed(), promised.confirmed);
  expect_kept_with(journal, journal.last_index());
  const auto events = must(journal.read(0, 1000));
  ASSERT_EQ(events.size(), journal.stored());
  std::uint64_t expected = journal.first_index();
  for (const StoredEvent& event : events) {
    EXPECT_EQ(event.index, expected++);
    EXPECT_TRUE(same_event(event.event, event_number(static_cast<unsigned>(event.index))));
  }
}

CrashVfs::Files journal_of_three() {
  CrashVfs disk;
  {
    must(must(EventJournal::open(file_name, small, {.vfs = disk.name()}))
             .append(events_from(1, 3), kept_with(3)));
  }
  return disk.files();
}

TEST_P(DiskFault, JournalKeepsItsPromisesAndGoesOn) {
  fail_everywhere(journal_of_three(), [](CrashVfs& disk) {
    Promised promised{3, 0, {}};
    bool failed = false;
    {
      auto journal = EventJournal::open(file_name, small, on(disk));
      if (!journal) {
        expect_told_in_words(journal.error());
      } else {
        promised = use(*journal);
      }
      failed = disk.has_failed();
      disk.heal();
      if (journal) {
        const auto more = journal->append(events_from(static_cast<unsigned>(promised.last) + 1, 1),
                                          kept_with(promised.last + 1));
        EXPECT_TRUE(more) << more.error().text;
        promised = {promised.last + 1, promised.confirmed, {}};
        expect_kept(*journal, promised);
      }
    }
    auto journal = must(EventJournal::open(file_name, small, on(disk)));
    expect_kept(journal, promised);
    return failed;
  });
}

TEST_P(DiskFault, JournalIsWholeWhenTheProgramEndsInTheMidstOfIt) {
  fail_everywhere(journal_of_three(), [](CrashVfs& disk) {
    Promised promised{3, 0, {}};
    {
      auto journal = EventJournal::open(file_name, small, on(disk));
      if (journal) promised = use(*journal);
    }
    const bool failed = disk.has_failed();
    disk.heal();
    auto journal = must(EventJournal::open(file_name, small, on(disk)));
    expect_kept(journal, promised);
    return failed;
  });
}

TEST_P(DiskFault, AnOlderJournalGoesForwardOrIsTheOldOneStill) {
  CrashVfs::Files files;
  {
    CrashVfs disk;
    make_old_journal(file_name, {.vfs = disk.name()});
    files = disk.files();
  }
  fail_everywhere(files, [](CrashVfs& disk) {
    {
      auto journal = EventJournal::open(file_name, small, on(disk));
      if (!journal) expect_told_in_words(journal.error());
    }
    const bool failed = disk.has_failed();
    disk.heal();
    auto journal = must(EventJournal::open(file_name, small, on(disk)));
    EXPECT_EQ(journal.confirmed(), 4U);
    EXPECT_EQ(must(journal.read(0, 10)).size(), 3U);
    EXPECT_THAT(must(journal.kept()), testing::IsEmpty());
    EXPECT_EQ(must(journal.append(events_from(7, 1), kept_with(7))).last_index, 7U);
    expect_kept_with(journal, 7);
    return failed;
  });
}

// ---- the store

// One command of several rows and an option, all of which carry its number.
Result<void> command(Store& store, int number) {
  const std::string text = std::to_string(number);
  auto done = store.begin()
                  .and_then([&] { return store.savepoint(); })
                  .and_then([&] { return put(store, "user", "Pin=1 Name=" + text); })
                  .and_then([&] {
                    return put(store, "user", "Pin=" + text + "000 Name=" + std::string(900, 'n'));
                  })
                  .and_then([&] { return erase_from(store, "holiday"); })
                  .and_then([&](std::uint64_t) { return put(store, "holiday", "Holiday=" + text); })
                  .and_then([&] { return store.set_option("Number", text); })
                  .and_then([&] { return store.release(); })
                  .and_then([&] { return store.commit(); });
  if (!done) {
    store.rollback_to_savepoint();
    store.rollback();
    EXPECT_FALSE(store.in_transaction());
  }
  return done;
}

// The number that every part of the last command carries; -1 when they differ.
int number_in(Store& store) {
  const std::string option = must(store.option("Number")).value_or("0");
  if (option == "0")
    return count_of(store, "user") == 0 && count_of(store, "holiday") == 0 ? 0 : -1;
  const bool same = count_of(store, "user", "Pin=1 Name=" + option) == 1 &&
                    count_of(store, "holiday") == 1 &&
                    count_of(store, "holiday", "Holiday=" + option) == 1 &&
                    count_of(store, "user", "Pin=" + option + "000") == 1;
  return same ? std::stoi(option) : -1;
}

TEST_P(DiskFault, AnOlderStoreGoesForwardOrIsTheOldOneStill) {
  CrashVfs::Files files;
  {
    CrashVfs disk;
    make_old_store(file_name, {.vfs = disk.name()});
    files = disk.files();
  }
  fail_everywhere(files, [](CrashVfs& disk) {
    {
      auto store = Store::open(file_name, on(disk));
      if (!store) expect_told_in_words(store.error());
    }
    const bool failed = disk.has_failed();
    disk.heal();
    auto store = must(Store::open(file_name, on(disk)));
    EXPECT_EQ(must(store.option("LockCount")), "4");
    EXPECT_EQ(must(store.find_command("221", "d1", 0))->result, -11);
    EXPECT_THAT(must(store.unreported_commands(10)), testing::IsEmpty());
    must(store.begin());
    EXPECT_EQ(must(store.add_upload("user", "content")), 1U);
    must(store.commit());
    return failed;
  });
}

TEST_P(DiskFault, StoreAppliesACommandWholeOrNotAtAll) {
  CrashVfs::Files files;
  {
    CrashVfs disk;
    { must(Store::open(file_name, {.vfs = disk.name()})); }
    files = disk.files();
  }
  fail_everywhere(files, [](CrashVfs& disk) {
    int acknowledged = 0;
    std::set<int> perhaps;
    bool failed = false;
    {
      auto store = Store::open(file_name, on(disk));
      if (!store) expect_told_in_words(store.error());
      for (int number = 1; store && number <= 6; ++number) {
        const auto done = command(*store, number);
        if (done) {
          acknowledged = number;
          perhaps.clear();
        } else {
          expect_told_in_words(done.error());
          perhaps.insert(number);
        }
      }
      failed = disk.has_failed();
      if (!GetParam().for_ever && store) {
        disk.heal();  // when there were not enough tries to meet it
        EXPECT_EQ(number_in(*store), acknowledged);
        const auto again = command(*store, 7);
        EXPECT_TRUE(again) << again.error().text;
        acknowledged = 7;
        perhaps.clear();
      }
    }
    disk.heal();
    auto store = must(Store::open(file_name, on(disk)));
    const int number = number_in(store);
    EXPECT_TRUE(number == acknowledged || perhaps.contains(number))
        << number << " after " << acknowledged;
    must(command(store, 8));
    EXPECT_EQ(number_in(store), 8);
    return failed;
  });
}

INSTANTIATE_TEST_SUITE_P(
    Disk, DiskFault,
    testing::Values(Faulty{CrashVfs::Fault::change_fails, false, "ChangeFailsOnce"},
                    Faulty{CrashVfs::Fault::change_fails, true, "ChangesFailForEver"},
                    Faulty{CrashVfs::Fault::disk_full, false, "FullOnce"},
                    Faulty{CrashVfs::Fault::disk_full, true, "FullForEver"},
                    Faulty{CrashVfs::Fault::read_fails, false, "ReadFailsOnce"},
                    Faulty{CrashVfs::Fault::read_fails, true, "ReadsFailForEver"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace lintel::storage
