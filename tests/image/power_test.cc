// The power goes at any point of ordinary work: what a server was told is on the disk.
//
// One life of a machine is logged, write by write; then the disk is made as it would have been at
// many points of it. Each time the file system is mended as the initrd does it, and the files are
// opened by the code that the engine opens them with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "storage/journal.h"
#include "storage/store.h"
#include "tests/box/box.h"
#include "tests/image/card.h"
#include "tests/image/disk_log.h"

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

// Something that somebody outside was told, and how many writes the disk had seen by then.
struct Told {
  std::uint64_t writes = 0;
  fake::Event event;  // code 0, index 0: a person, `pin`
  std::string pin;
};

class APowerCut : public ACard {
 protected:
  // The file system of a disk, mended, and what is in a folder of it.
  std::string take_out(const std::string& whole_disk) {
    const auto out = folder + "/out";
    std::filesystem::remove_all(out);
    std::filesystem::create_directories(out);
    const auto place =
        run_tool("/usr/bin/partx", {"-bgr", "-o", "START,SIZE", "-n", "6", whole_disk}, folder);
    std::istringstream in(place);
    std::uint64_t sector = 0, bytes = 0;
    in >> sector >> bytes;
    EXPECT_GT(bytes, 0u) << place;
    const auto data = folder + "/data.img";
    run_tool(
        "/usr/bin/dd",
        {"if=" + whole_disk, "of=" + data, "bs=1M", "iflag=skip_bytes,count_bytes",
         "skip=" + std::to_string(sector * 512), "count=" + std::to_string(bytes), "status=none"},
        folder);
    run_tool("/usr/sbin/e2fsck", {"-fy", data}, folder, 1);  // 1: it has mended something
    run_tool("/usr/sbin/debugfs", {"-R", "rdump /lintel " + out, data}, folder);
    return out + "/lintel";
  }

  std::mutex mutex_;  // guards told_: listeners are called by the server's threads
  std::vector<Told> told_;
};

TEST_F(APowerCut, LosesNothingThatTheServerWasTold) {
  const auto before = folder + "/before.img";
  copy_disk(disk, before);
  const auto log_file = folder + "/writes.log";
  std::ofstream(log_file).close();
  fake::Listeners listeners;
  listeners.event = [&](const fake::Event& event) {
    const auto writes = DiskLog::count(log_file);
    const std::lock_guard lock(mutex_);
    told_.push_back({writes, event, ""});
  };
  server.listen(listeners);
  power_on({.write_log = log_file});
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  ASSERT_NO_FATAL_FAILURE(wait_for_server());
  // Cards are shown, and the server adds one person after the other.
  send(box::person(1, card));
  const auto begin = DiskLog::count(log_file);
  for (unsigned pin = 2; pin < 30; ++pin) {
    send(box::person(pin, card + pin));
    const auto writes = DiskLog::count(log_file);
    {
      const std::lock_guard lock(mutex_);
      told_.push_back({writes, {}, std::to_string(pin)});
    }
    // Whatever comes of it: an open door, a bad frame of a machine that stood still.
    const auto before_it = server.events().size();
    ASSERT_TRUE(box::eventually(
        [&] {
          swipe(1);
          return server.wait_until([&] { return server.events().size() > before_it; }, soon / 10);
        },
        soon));
  }
  machine->cut_power();
  machine.reset();
  const auto log = DiskLog::open(log_file);
  ASSERT_TRUE(log) << log.error().text;
  const auto end = log->writes().size();
  ASSERT_GT(end, begin + 100);

  auto replay = Replay::begin(*log, before);
  ASSERT_TRUE(replay) << replay.error().text;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 chance(seed);
  constexpr int cuts = 150;
  std::vector<std::uint64_t> points;
  for (int i = 0; i < cuts; ++i)
    points.push_back(begin + chance() % (end - begin + 1));
  std::sort(points.begin(), points.end());
  std::size_t checked = 0;
  for (int i = 0; i < cuts; ++i) {
    const auto at = points[static_cast<std::size_t>(i)];
    const auto cache = static_cast<Cache>(i % 3);
    SCOPED_TRACE("cut at write " + std::to_string(at) + " of " + std::to_string(end) + ", cache " +
                 std::to_string(static_cast<int>(cache)));
    ASSERT_TRUE(replay->advance(at));
    const auto cut = folder + "/cut.img";
    copy_disk(before, cut);
    ASSERT_TRUE(replay->spill(cut, cache, chance));
    const auto files = take_out(cut);
    auto journal = storage::EventJournal::open(files + "/events.db", {});
    ASSERT_TRUE(journal) << journal.error().text;
    auto store = storage::Store::open(files + "/lintel.db");
    ASSERT_TRUE(store) << store.error().text;
    for (const auto& told : told_) {
      if (told.writes > at) continue;
      ++checked;
      if (told.pin.empty()) {
        const auto found = journal->read(told.event.index - 1, 1);
        ASSERT_TRUE(found) << found.error().text;
        ASSERT_EQ(found->size(), 1u) << "event " << told.event.index << " is lost";
        EXPECT_EQ(found->front().index, told.event.index);
        EXPECT_EQ(static_cast<unsigned>(found->front().event.code), told.event.code);
      } else {
        const std::string_view key[] = {told.pin};
        const auto found =
            store->find(*storage::find_table("user"), key, [](auto, auto) { return true; });
        ASSERT_TRUE(found) << found.error().text;
        EXPECT_TRUE(*found) << "person " << told.pin << " is lost";
      }
    }
    if (HasFailure()) return;
  }
  std::printf(
      "%d cuts of %llu writes: %zu times something that was told was looked for and found\n", cuts,
      static_cast<unsigned long long>(end - begin), checked);
  EXPECT_GT(checked, static_cast<std::size_t>(cuts));
}

// A switch at the wall, again and again; nothing is replayed here.
TEST_F(APowerCut, IsFollowedByAnOrdinaryStartEachTime) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  std::mt19937_64 chance(std::random_device{}());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(opens(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(chance() % 2'000));
    machine->cut_power();
    power_on();
    ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  }
  EXPECT_TRUE(opens(1));
  EXPECT_TRUE(hears(0, 4, start_time)) << "each was on the disk before the power went, or is told";
  EXPECT_THAT(server.missing_events(), IsEmpty());
  EXPECT_THAT(server.complaints(), IsEmpty());
}

}  // namespace
}  // namespace lintel::image
