// New versions on the image: taken, refused, given up, and cut off at any point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "tests/box/box.h"
#include "tests/image/card.h"
#include "tests/image/disk_log.h"

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;

constexpr auto install_time = 900s;  // a download, its signature, 60 MiB to a slot, a start

class AnUpdate : public ACard {
 protected:
  // A card with room for a bundle: the first start makes its data as large as it is.
  void SetUp() override {
    ACard::SetUp();
    if (!disk.empty()) std::filesystem::resize_file(disk, 640u << 20);
  }
  // The slot is good: RAUC has marked it.
  bool becomes_good(std::chrono::milliseconds most) {
    return box::eventually(
        [&] { return machine->agent("exists /data/config/state/good-b") == "ok"; }, most);
  }
};

TEST_F(AnUpdate, ComesByPushAndStays) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  const auto first = version();
  const auto id = upgrade("second.raucb");
  EXPECT_TRUE(server.wait_until([&] { return server.code(id).has_value(); }, install_time));
  ASSERT_EQ(server.code(id), 0);
  ASSERT_TRUE(box::eventually([&] { return version() == "9.1.0"; }, install_time)) << first;
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  EXPECT_TRUE(opens(1)) << "people and rights are where they were";
  ASSERT_TRUE(becomes_good(start_time));

  // From now on this is the version of a start.
  machine->reset();
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  EXPECT_EQ(version(), "9.1.0");

  // Its signer has not allowed to go back.
  const auto older = upgrade("older.raucb");
  EXPECT_TRUE(server.wait_until([&] { return server.code(older).has_value(); }, install_time));
  EXPECT_NE(server.code(older), 0);
  EXPECT_EQ(version(), "9.1.0");
  EXPECT_TRUE(decides());
}

TEST_F(AnUpdate, WhoseEngineDoesNotStartIsGivenUpAfterThreeStarts) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  const auto first = version();
  // Only a version that was good is worth going back to.
  ASSERT_TRUE(box::eventually(
      [&] { return machine->agent("exists /data/config/state/good-a") == "ok"; }, start_time));
  upgrade("broken.raucb");
  ASSERT_TRUE(box::eventually([&] { return version() == "9.2.0"; }, install_time));
  // Three starts, each of 3 minutes and what an emulated machine needs until somebody looks.
  ASSERT_TRUE(box::eventually([&] { return version() == first; }, 2400s));
  EXPECT_THAT(machine->serial(), HasSubstr("slot B, start 3"));
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  EXPECT_TRUE(opens(1)) << "people and rights are where they were";
}

// The log of a whole update's writes; then the disk as it would be had the power gone at some of
// them, and a start from each. LINTEL_CUTS says how many (50).
TEST_F(AnUpdate, CutOffAnywhereStartsTheOldOrTheNewVersion) {
  const auto before = folder + "/before.img";
  copy_disk(disk, before);
  const auto log_file = folder + "/writes.log";
  std::ofstream(log_file).close();
  power_on({.write_log = log_file});
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  ASSERT_NO_FATAL_FAILURE(wait_for_server());
  send(box::person(1, card));
  const auto first = version();
  const auto begin = DiskLog::count(log_file);
  upgrade("second.raucb");
  ASSERT_TRUE(box::eventually([&] { return version() == "9.1.0"; }, install_time));
  ASSERT_TRUE(becomes_good(start_time));
  const auto good = DiskLog::count(log_file);
  ::poll(nullptr, 0, 5'000);  // and a while of ordinary work
  machine->cut_power();
  const auto log = DiskLog::open(log_file);
  ASSERT_TRUE(log) << log.error().text;
  const auto end = log->writes().size();
  ASSERT_GT(end, begin + 100);

  const char* wish = std::getenv("LINTEL_CUTS");
  const int cuts = wish == nullptr ? 50 : std::max(1, std::atoi(wish));
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 chance(seed);
  struct Cut {
    std::uint64_t at;
    Cache cache;
  };
  // Half of them anywhere; half among the last writes, where few decide which version starts.
  std::vector<Cut> plan;
  for (int i = 0; i < cuts; ++i) {
    const auto from = i % 2 == 0 ? begin : std::max(begin, end - (end - begin) / 20);
    plan.push_back({from + chance() % (end - from + 1), static_cast<Cache>(i % 3)});
  }
  plan.back().at = good;
  std::sort(plan.begin(), plan.end(), [](const auto& a, const auto& b) { return a.at < b.at; });

  auto replay = Replay::begin(*log, before);
  ASSERT_TRUE(replay) << replay.error().text;
  std::mutex mutex;  // guards replay, plan's next, what came of it
  std::size_t next = 0, olds = 0, news = 0;
  const auto play = [&] {
    for (;;) {
      std::size_t number = 0;
      const auto own = [&] { return folder + "/cut-" + std::to_string(number); };
      Cut cut{};
      {
        const std::lock_guard lock(mutex);
        if (next == plan.size()) return;
        number = next++;
        cut = plan[number];
        std::filesystem::create_directories(own());
        ASSERT_TRUE(replay->advance(cut.at));
        copy_disk(before, own() + "/card.img");
        ASSERT_TRUE(replay->spill(own() + "/card.img", cut.cache, chance));
      }
      Machine::Options options;
      options.disk = own() + "/card.img";
      options.folder = own();
      Machine cut_off(options);
      const auto where = "cut " + std::to_string(number) + " at write " + std::to_string(cut.at) +
                         " of " + std::to_string(end) + ", cache " +
                         std::to_string(static_cast<int>(cut.cache));
      EXPECT_TRUE(cut_off.wait_for_agent(2 * start_time)) << where;
      EXPECT_TRUE(box::eventually([&] { return decides(cut_off); }, start_time)) << where;
      const auto started = version(cut_off);
      EXPECT_THAT(started, AnyOf(first, "9.1.0")) << where;
      EXPECT_TRUE(cut.at < good || started == "9.1.0") << where << ": it was marked good by then";
      EXPECT_THAT(cut_off.agent("exists /data/lintel/lintel.db"), "ok") << where;
      const std::lock_guard lock(mutex);
      ++(started == first ? olds : news);
      std::printf("%s: starts %s\n", where.c_str(), started.c_str());
      std::fflush(stdout);
      cut_off.cut_power();
      std::filesystem::remove_all(own());
    }
  };
  std::thread second(play);
  play();
  second.join();
  std::printf("%d cuts of %llu writes: %zu started the old version, %zu the new one\n", cuts,
              static_cast<unsigned long long>(end - begin), olds, news);
  EXPECT_EQ(olds + news, static_cast<std::size_t>(cuts));
}

}  // namespace
}  // namespace lintel::image
