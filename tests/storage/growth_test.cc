// How large the journal becomes, who goes first, and what an event costs the card.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "storage/journal.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories

// As a swipe is recorded.
Event swipe() {
  Event event;
  event.code = EventCode::opened;
  event.time = CivilTime(std::chrono::seconds(1'800'000'000));
  event.pin = Pin::from("1234567").value();
  event.card.value = 7'654'321;
  event.address = 1;
  event.card_bits = 26;
  event.reason.rule = Rule::granted;
  return event;
}

class GrowthTest : public testing::Test {
 protected:
  // File and log together.
  [[nodiscard]] std::uint64_t bytes() const {
    std::error_code none;
    const auto log = std::filesystem::file_size(path + "-wal", none);
    return std::filesystem::file_size(path) + (none ? 0 : log);
  }
  TempFolder folder;
  std::string path = folder.file("events.db");
};

TEST_F(GrowthTest, AJournalThatIsFullGrowsNoMoreHoweverMuchHappens) {
  auto journal = must(EventJournal::open(path, {.events = 2'000, .dropped_at_once = 100}));
  const std::vector<Event> some(50, swipe());
  std::uint64_t when_full = 0;
  for (int append = 1; append <= 2'000; ++append) {
    must(journal.append(some));
    EXPECT_LE(journal.stored(), 2'000u);
    if (append == 200) when_full = bytes();
  }
  EXPECT_EQ(journal.last_index(), 100'000u);
  EXPECT_LE(bytes(), when_full + when_full / 10);
  EXPECT_LT(std::filesystem::file_size(path), 2'000u * 200) << "200 bytes an event, and no more";
}

TEST_F(GrowthTest, WhatTheServerHasGoesFirstAndTheLossOfMoreIsCounted) {
  auto journal = must(EventJournal::open(path, {.events = 100, .dropped_at_once = 50}));
  must(journal.append(std::vector<Event>(100, swipe())));
  must(journal.confirm(10));
  const auto room = must(journal.append(std::vector<Event>(5, swipe())));
  EXPECT_EQ(room.dropped, 10u) << "not fifty: the server wants the others";
  EXPECT_EQ(room.unsent_dropped, 0u);
  const auto lossy = must(journal.append(std::vector<Event>(10, swipe())));
  EXPECT_EQ(lossy.dropped, 50u);
  EXPECT_EQ(lossy.unsent_dropped, 50u);
  must(journal.confirm(journal.first_index() + 19));
  must(journal.append(std::vector<Event>(45, swipe())));
  const auto both = must(journal.append(std::vector<Event>(50, swipe())));
  EXPECT_EQ(both.dropped, 50u);
  EXPECT_EQ(both.unsent_dropped, 30u) << "twenty of the fifty are with the server";
}

// All that the process hands to write().
std::uint64_t written() {
  std::ifstream io("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (io >> name >> value)
    if (name == "wchar:") return value;
  return 0;
}

TEST_F(GrowthTest, WearOfAnEventIsMeasured) {
  if (written() == 0) GTEST_SKIP() << "the kernel does not count";
  auto journal = must(EventJournal::open(path, {}));
  const auto cost = [&](std::size_t at_once) {
    constexpr std::size_t events = 10'000;
    const std::vector<Event> some(at_once, swipe());
    const auto before = written();
    for (std::size_t done = 0; done < events; done += at_once)
      must(journal.append(some));
    return (written() - before) / events;
  };
  const auto alone = cost(1), in_company = cost(100);
  std::cout << "bytes written for an event alone: " << alone << ", of a hundred: " << in_company
            << "\n";
  EXPECT_LT(alone, 20'000u);
  EXPECT_LT(in_company, 1'000u);
}

}  // namespace
}  // namespace lintel::storage
