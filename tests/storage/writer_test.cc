// Stories of the storage thread: its queues, its groups, and what it says when the disk does not
// answer. Most run inline, where the test says when the thread works; the last ones with the real
// thread.
#include "storage/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

#include "engine/core/limits.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/event_words.h"
#include "tests/storage/kept_words.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WriterTest : public testing::Test {
 protected:
  CrashVfs disk;
  std::unique_ptr<Writer> writer;
  std::vector<std::string> told;  // what the done functions said, in order

  Store open_store() { return must(Store::open("store.db", {.vfs = disk.name()})); }
  EventJournal open_journal(EventJournal::Capacity capacity = {}) {
    return must(EventJournal::open("events.db", capacity, {.vfs = disk.name()}));
  }
  void start(Writer::Mode mode = Writer::Mode::inline_for_tests,
             EventJournal::Capacity capacity = {}) {
    writer.reset();
    writer = std::make_unique<Writer>(open_store(), open_journal(capacity), mode);
  }

  std::function<void(Result<void>)> tell(std::string name) {
    return [this, name = std::move(name)](Result<void> result) {
      told.push_back(name + (result ? " ok" : ": " + result.error().text));
    };
  }
  Result<void> post_row(const std::string& row, bool fails = false) {
    return writer->post({.work = [row, fails](Store& store, EventJournal&) -> Result<void> {
                           if (auto done = put(store, "user", row); !done) return done;
                           if (fails) return fail(Errc::refused, "not wanted");
                           return {};
                         },
                         .done = tell(row)});
  }
  // Only what is on disk counts: the writer is dropped first.
  Rows rows_on_disk() {
    writer.reset();
    auto store = open_store();
    return rows_of(store, "user");
  }
  std::vector<StoredEvent> events_on_disk() {
    writer.reset();
    return must(open_journal().read(0, 100'000));
  }
  std::vector<std::string> kept_on_disk() {
    writer.reset();
    return texts_of(must(open_journal().kept()));
  }
};

bool readable(int fd, int wait_ms) {
  pollfd poll{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&poll, 1, wait_ms) == 1;
}

// ---- groups

TEST_F(WriterTest, WhatWasPostedIsToldOnlyWhenItIsDurable) {
  start();
  must(post_row("Pin=1"));
  EXPECT_FALSE(readable(writer->fd(), 0));
  writer->take_done();
  EXPECT_THAT(told, IsEmpty());
  writer->pump();
  EXPECT_TRUE(readable(writer->fd(), 0));
  EXPECT_THAT(told, IsEmpty());  // told on the loop's thread
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("Pin=1 ok"));
  EXPECT_FALSE(readable(writer->fd(), 0));
}

TEST_F(WriterTest, JobsThatGatheredShareOneCommitAndKeepTheirOrder) {
  start();
  const std::size_t before = disk.steps();
  must(post_row("Pin=1"));
  writer->pump();
  const std::size_t one = disk.steps() - before;
  for (int pin = 2; pin <= 11; ++pin)
    must(post_row("Pin=" + std::to_string(pin)));
  writer->pump();
  EXPECT_LT(disk.steps() - before - one, 5 * one);
  writer->take_done();
  EXPECT_THAT(told,
              ElementsAre("Pin=1 ok", "Pin=2 ok", "Pin=3 ok", "Pin=4 ok", "Pin=5 ok", "Pin=6 ok",
                          "Pin=7 ok", "Pin=8 ok", "Pin=9 ok", "Pin=10 ok", "Pin=11 ok"));
}

TEST_F(WriterTest, AJobThatFailsTakesBackItsOwnChangesOnly) {
  start();
  must(post_row("Pin=1"));
  must(post_row("Pin=2", true));
  must(post_row("Pin="));
  must(post_row("Pin=3"));
  writer->pump();
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("Pin=1 ok", "Pin=2: not wanted",
                                HasSubstr("Pin=: update user: the key field Pin"), "Pin=3 ok"));
  EXPECT_THAT(rows_on_disk(), ElementsAre("Pin=1", "Pin=3"));
}

TEST_F(WriterTest, AReaderSeesWhatWasPostedBeforeIt) {
  start();
  std::uint64_t seen = 0, events = 0;
  must(post_row("Pin=1"));
  ASSERT_TRUE(writer->post_event(event_number(1)));
  must(writer->post({.work = [&](Store& store, EventJournal& journal) -> Result<void> {
                       seen = count_of(store, "user");
                       events = journal.stored();
                       return {};
                     },
                     .done = tell("read"),
                     .writes = false}));
  must(post_row("Pin=2"));
  writer->pump();
  EXPECT_EQ(seen, 1U);
  EXPECT_EQ(events, 1U);
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("Pin=1 ok", "read ok", "Pin=2 ok"));
}

TEST_F(WriterTest, AReaderAloneWritesNothing) {
  start();
  const std::size_t before = disk.steps();
  must(writer->post({.work = [](Store& store, EventJournal&) -> Result<void> {
                       count_of(store, "user");
                       return {};
                     },
                     .done = tell("read"),
                     .writes = false}));
  writer->pump();
  EXPECT_EQ(disk.steps(), before);
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("read ok"));
}

TEST_F(WriterTest, AJobMayBePostedFromWhatWasTold) {
  start();
  must(writer->post({.work = [](Store&, EventJournal&) -> Result<void> { return {}; },
                     .done = [this](Result<void>) { must(post_row("Pin=2")); }}));
  writer->pump();
  writer->take_done();
  writer->pump();
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("Pin=2 ok"));
}

TEST_F(WriterTest, AJobMayMoveTheUploadCursor) {
  start();
  ASSERT_TRUE(writer->post_event(event_number(1)));
  must(writer->post({.work = [](Store&, EventJournal& journal) { return journal.confirm(1); },
                     .done = tell("confirm")}));
  must(writer->post({.work = [](Store&, EventJournal& journal) { return journal.confirm(2); },
                     .done = tell("confirm")}));
  writer->pump();
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("confirm ok", HasSubstr("confirm: confirm events up to 2")));
  writer.reset();
  EXPECT_EQ(open_journal().confirmed(), 1U);
}

TEST_F(WriterTest, ACommitThatFailsIsTheErrorOfEveryJobInIt) {
  start();
  must(post_row("Pin=1"));
  must(post_row("Pin=2", true));
  must(writer->post({.work = [](Store&, EventJournal&) -> Result<void> { return {}; },
                     .done = tell("read"),
                     .writes = false}));
  disk.fail(CrashVfs::Fault::disk_full, 0, true);
  writer->pump();
  writer->take_done();
  EXPECT_THAT(told,
              ElementsAre(HasSubstr("Pin=1: commit to the configuration store: the disk is full"),
                          "Pin=2: not wanted", HasSubstr("the disk is full")));
  disk.heal();
  told.clear();
  must(post_row("Pin=3"));
  writer->pump();
  writer->take_done();
  EXPECT_THAT(told, ElementsAre("Pin=3 ok"));
  EXPECT_THAT(rows_on_disk(), ElementsAre("Pin=3"));
}

TEST_F(WriterTest, AFullQueueIsAnAnswer) {
  start();
  for (std::size_t i = 0; i < limits::job_queue_max; ++i)
    must(post_row("Pin=1"));
  const auto refused = post_row("Pin=2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  writer->pump();
  must(post_row("Pin=3"));
  writer->pump();
  writer->take_done();
  EXPECT_EQ(told.size(), limits::job_queue_max + 1);
  EXPECT_THAT(rows_on_disk(), ElementsAre("Pin=1", "Pin=3"));
}

TEST_F(WriterTest, DroppingItWithoutWorkIsAPowerCut) {
  start();
  must(post_row("Pin=1"));
  ASSERT_TRUE(writer->post_event(event_number(1)));
  EXPECT_THAT(events_on_disk(), IsEmpty());
  EXPECT_THAT(rows_on_disk(), IsEmpty());
  EXPECT_THAT(told, IsEmpty());
}

// ---- events

TEST_F(WriterTest, EventsGoToTheJournalInOrderAndTheNewestIsTold) {
  start();
  for (unsigned n = 1; n <= 2500; ++n)
    ASSERT_TRUE(writer->post_event(event_number(n)));
  EXPECT_EQ(writer->take_done().last_index, 0U);
  writer->pump();
  EXPECT_TRUE(readable(writer->fd(), 0));
  EXPECT_EQ(writer->take_done().last_index, 2500U);
  EXPECT_EQ(writer->take_done().last_index, 0U);
  const auto events = events_on_disk();
  ASSERT_EQ(events.size(), 2500U);
  for (unsigned n = 1; n <= 2500; ++n)
    EXPECT_TRUE(same_event(events[n - 1].event, event_number(n)));
}

TEST_F(WriterTest, ANearlyFullJournalAndWhatItDroppedAreTold) {
  start(Writer::Mode::inline_for_tests, {.events = 100, .dropped_at_once = 10});
  for (unsigned n = 1; n <= 95; ++n)
    ASSERT_TRUE(writer->post_event(event_number(n)));
  writer->pump();
  auto durable = writer->take_done();
  EXPECT_TRUE(durable.nearly_full);
  EXPECT_EQ(durable.dropped, 0U);
  for (unsigned n = 96; n <= 101; ++n)
    ASSERT_TRUE(writer->post_event(event_number(n)));
  writer->pump();
  durable = writer->take_done();
  EXPECT_FALSE(durable.nearly_full);
  EXPECT_EQ(durable.dropped, 10U);
}

TEST_F(WriterTest, EventsWaitForADiskThatDoesNotAnswer) {
  start();
  ASSERT_TRUE(writer->post_event(event_number(1)));
  writer->pump();
  disk.fail(CrashVfs::Fault::disk_full, 0, true);
  for (unsigned n = 2; n <= 5; ++n)
    ASSERT_TRUE(writer->post_event(event_number(n)));
  writer->take_done();
  writer->pump();
  EXPECT_TRUE(readable(writer->fd(), 0));  // so that somebody asks
  EXPECT_THAT(writer->trouble(), HasSubstr("append 4 events to the journal: the disk is full"));
  EXPECT_EQ(writer->take_done().last_index, 0U);
  ASSERT_TRUE(writer->post_event(event_number(6)));
  writer->pump();
  EXPECT_THAT(writer->trouble(), HasSubstr("append 5 events"));
  disk.heal();
  writer->pump();
  EXPECT_EQ(writer->trouble(), "");
  EXPECT_EQ(writer->take_done().last_index, 6U);
  const auto events = events_on_disk();
  ASSERT_EQ(events.size(), 6U);
  for (unsigned n = 1; n <= 6; ++n)
    EXPECT_TRUE(same_event(events[n - 1].event, event_number(n)));
}

TEST_F(WriterTest, EventsThatFindNoPlaceAreCounted) {
  start();
  disk.fail(CrashVfs::Fault::change_fails, 0, true);
  for (std::size_t n = 0; n < limits::event_queue_max; ++n)
    ASSERT_TRUE(writer->post_event(event_number(1)));
  EXPECT_EQ(writer->lost_events(), 0U);
  EXPECT_FALSE(writer->post_event(event_number(2)));
  EXPECT_FALSE(writer->post_event(event_number(3)));
  EXPECT_EQ(writer->lost_events(), 2U);
  disk.heal();
  writer->pump();
  EXPECT_TRUE(writer->post_event(event_number(4)));
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, limits::event_queue_max + 1);
}

// ---- what events leave behind

const KeptKey alarms_of_door_1 = key_of(KeptKind::alarms, 1);

TEST_F(WriterTest, KeptRowsGoToTheJournalWithTheEventsAroundThem) {
  start();
  const std::size_t before = disk.steps();
  ASSERT_TRUE(writer->post_event(event_number(1)));
  writer->pump();
  const std::size_t one = disk.steps() - before;
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 1)));
  ASSERT_TRUE(writer->post_event(event_number(2)));
  ASSERT_TRUE(writer->post_kept(erase_kept(alarms_of_door_1)));
  ASSERT_TRUE(writer->post_kept(put_kept(key_of(KeptKind::passage, 3, "7"), 17, 2)));
  ASSERT_TRUE(writer->post_event(event_number(3)));
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 4)));
  writer->pump();
  EXPECT_LT(disk.steps() - before - one, 3 * one) << "more than one transaction";
  EXPECT_EQ(writer->take_done().last_index, 3U);
  EXPECT_EQ(writer->trouble(), "");
  EXPECT_EQ(events_on_disk().size(), 3U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("1 3 7 = 17 2", "6 1 - = 4 0"));
}

TEST_F(WriterTest, AKeptRowAloneIsNoNewsOfEvents) {
  start();
  ASSERT_TRUE(writer->post_event(event_number(1)));
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, 1U);
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 1)));
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, 0U);
  // And does not take away the news that nobody has fetched.
  ASSERT_TRUE(writer->post_event(event_number(2)));
  writer->pump();
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 2)));
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, 2U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("6 1 - = 2 0"));
}

TEST_F(WriterTest, KeptRowsKeepTheirOrderOverManyGroups) {
  start();
  for (unsigned n = 1; n <= 2500; ++n) {
    ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, n)));
    if (n % 500 == 0) {
      ASSERT_TRUE(writer->post_event(event_number(n / 500)));
    }
    if (n == 1700) {
      ASSERT_TRUE(writer->post_kept(erase_kind(KeptKind::passage)));
    }
    ASSERT_TRUE(writer->post_kept(put_kept(key_of(KeptKind::passage, n % 4), n)));
  }
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, 5U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("1 0 - = 2500 0", "1 1 - = 2497 0", "1 2 - = 2498 0",
                                          "1 3 - = 2499 0", "6 1 - = 2500 0"));
}

TEST_F(WriterTest, KeptRowsWaitWithTheEventsForADiskThatDoesNotAnswer) {
  start();
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 1)));
  writer->pump();
  disk.fail(CrashVfs::Fault::disk_full, 0, true);
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 2)));
  writer->pump();
  EXPECT_THAT(writer->trouble(), HasSubstr("append 1 kept row to the journal: the disk is full"));
  ASSERT_TRUE(writer->post_event(event_number(1)));
  ASSERT_TRUE(writer->post_kept(put_kept(key_of(KeptKind::lockdown, 2), 1)));
  writer->pump();
  EXPECT_THAT(writer->trouble(), HasSubstr("append 1 event and 2 kept rows to the journal"));
  disk.heal();
  writer->pump();
  EXPECT_EQ(writer->trouble(), "");
  EXPECT_EQ(writer->take_done().last_index, 1U);
  EXPECT_EQ(events_on_disk().size(), 1U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("5 2 - = 1 0", "6 1 - = 2 0"));
}

TEST_F(WriterTest, WhatWaitsIsGoneByAPowerCutAndTheStateIsThatOfTheEventsOnDisk) {
  start();
  ASSERT_TRUE(writer->post_event(event_number(1)));
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 1)));
  writer->pump();
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 2)));
  ASSERT_TRUE(writer->post_event(event_number(2)));
  EXPECT_EQ(events_on_disk().size(), 1U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("6 1 - = 1 0"));
}

TEST_F(WriterTest, AKeptRowThatFindsNoPlaceIsToldUntilTheEnd) {
  start();
  disk.fail(CrashVfs::Fault::change_fails, 0, true);
  for (std::size_t n = 0; n < limits::event_queue_max; n += 2) {  // both share the room
    ASSERT_TRUE(writer->post_event(event_number(1)));
    ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 1)));
  }
  EXPECT_FALSE(writer->post_event(event_number(2)));
  EXPECT_EQ(writer->trouble(), "");  // a lost event is counted, and a counter tells of it
  EXPECT_FALSE(readable(writer->fd(), 0));
  EXPECT_FALSE(writer->post_kept(put_kept(alarms_of_door_1, 2)));
  EXPECT_TRUE(readable(writer->fd(), 0));  // so that somebody asks
  EXPECT_EQ(writer->lost_events(), 1U);
  EXPECT_EQ(writer->lost_kept(), 1U);
  const auto told_of_it = HasSubstr("1 change of what the rules must remember found no place");
  EXPECT_THAT(writer->trouble(), told_of_it);
  writer->pump();
  EXPECT_THAT(writer->trouble(), HasSubstr("append 500 events and 500 kept rows to the journal"));
  EXPECT_THAT(writer->trouble(), told_of_it);
  disk.heal();
  writer->pump();
  ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, 3)));
  writer->pump();
  EXPECT_EQ(writer->take_done().last_index, limits::event_queue_max / 2);
  EXPECT_THAT(writer->trouble(), told_of_it);  // although the disk is well again
  EXPECT_THAT(kept_on_disk(), ElementsAre("6 1 - = 3 0"));
  start();
  EXPECT_EQ(writer->trouble(), "");
}

// ---- the thread

TEST_F(WriterTest, TheThreadFinishesWhatIsQueuedBeforeItStops) {
  start(Writer::Mode::thread);
  for (int pin = 1; pin <= 200; ++pin)
    must(post_row("Pin=" + std::to_string(pin)));
  for (unsigned n = 1; n <= 3000; ++n)
    ASSERT_TRUE(writer->post_event(event_number(n)));
  writer.reset();
  EXPECT_EQ(rows_on_disk().size(), 200U);
  EXPECT_EQ(events_on_disk().size(), 3000U);
}

TEST_F(WriterTest, TheLoopIsRungAndHearsEverythingInOrder) {
  start(Writer::Mode::thread);
  std::vector<std::string> expected;
  std::uint64_t last_index = 0;
  for (unsigned n = 1; n <= 300; ++n) {
    ASSERT_TRUE(writer->post_event(event_number(n)));
    const std::string row = "Pin=" + std::to_string(n);
    while (!post_row(row)) {
      ASSERT_TRUE(readable(writer->fd(), 10'000));
      writer->take_done();
    }
    expected.push_back(row + " ok");
  }
  while (told.size() < 300 || last_index < 300) {
    ASSERT_TRUE(readable(writer->fd(), 10'000)) << told.size() << " " << last_index;
    const auto durable = writer->take_done();
    EXPECT_TRUE(durable.last_index == 0 || durable.last_index > last_index);
    if (durable.last_index != 0) last_index = durable.last_index;
  }
  EXPECT_EQ(told, expected);
}

TEST_F(WriterTest, TheThreadTriesAgainByItself) {
  start(Writer::Mode::thread);
  disk.fail(CrashVfs::Fault::disk_full, 0, true);
  ASSERT_TRUE(writer->post_event(event_number(1)));
  ASSERT_TRUE(readable(writer->fd(), 10'000));
  EXPECT_EQ(writer->take_done().last_index, 0U);
  EXPECT_NE(writer->trouble(), "");
  disk.heal();
  ASSERT_TRUE(readable(writer->fd(), 10'000));
  EXPECT_EQ(writer->take_done().last_index, 1U);
  EXPECT_EQ(writer->trouble(), "");
}

TEST_F(WriterTest, TheThreadKeepsWhatWasPostedInTheMidstOfItsWork) {
  start(Writer::Mode::thread);
  for (unsigned n = 1; n <= 3000; ++n) {
    ASSERT_TRUE(writer->post_kept(put_kept(alarms_of_door_1, n)));
    ASSERT_TRUE(writer->post_event(event_number(n)));
    if (n % 3 == 0) {
      ASSERT_TRUE(writer->post_kept(erase_kept(alarms_of_door_1)));
    }
    ASSERT_TRUE(writer->post_kept(put_kept(key_of(KeptKind::passage, n % 2, "7"), n)));
  }
  writer.reset();
  EXPECT_EQ(events_on_disk().size(), 3000U);
  EXPECT_THAT(kept_on_disk(), ElementsAre("1 0 7 = 3000 0", "1 1 7 = 2999 0"));
}

TEST_F(WriterTest, TheThreadIsLessUrgentThanTheOneThatDecides) {
  start(Writer::Mode::thread);
  const int mine = ::getpriority(PRIO_PROCESS, 0);
  int its = mine;
  std::thread::id id;
  must(writer->post({.work = [&](Store&, EventJournal&) -> Result<void> {
                       its = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
                       id = std::this_thread::get_id();
                       return {};
                     },
                     .done = tell("asked"),
                     .writes = false}));
  ASSERT_TRUE(readable(writer->fd(), 10'000));
  writer->take_done();
  EXPECT_NE(id, std::this_thread::get_id());
  EXPECT_EQ(its, std::min(mine + 5, 19));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), mine);
}

}  // namespace
}  // namespace lintel::storage
