// Stories of the event journal.
#include "storage/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/event_words.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
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
  must(journal.append(events_from(11, 1)));
  EXPECT_EQ(journal.confirmed(), 2U);
  EXPECT_THAT(indexes(2), ElementsAre(6, 7, 8, 9, 10, 11));
  EXPECT_EQ(must(journal.count({.new_records = true})), 6U);
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

TEST_F(JournalTest, ASecondEngineIsTurnedAway) {
  const auto second = EventJournal::open(folder.file("events.db"), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().text, HasSubstr("open event journal"));
}

}  // namespace
}  // namespace lintel::storage
