// The image, in QEMU, as a customer has it: nothing in it but what ships (card.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <sstream>

#include "tests/box/box.h"
#include "tests/image/card.h"

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ACard, DecidesAtItsDoorsAndTellsTheServer) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  EXPECT_FALSE(lock(1));
  EXPECT_TRUE(opens(1));
  EXPECT_TRUE(box::eventually([&] { return !lock(1); }, soon)) << "the lock time is over";
  EXPECT_TRUE(hears(0, 1));
  EXPECT_EQ(machine->agent("pull door1.rex down"), "ok");
  EXPECT_TRUE(box::eventually([&] { return lock(1); }, soon)) << "the exit button";
  EXPECT_EQ(machine->agent("pull door1.rex up"), "ok");
  EXPECT_EQ(machine->agent("pull fire up"), "ok");
  EXPECT_TRUE(box::eventually([&] { return lock(1) && !lock(2); }, soon))
      << "in a fire the strike is released, and the magnet, which is held by current, is not held";
  EXPECT_EQ(machine->agent("pull fire down"), "ok");
  EXPECT_THAT(server.complaints(), IsEmpty());

  // The same start: the console over https with a certificate of its own, and no other door.
  std::string body;
  ASSERT_TRUE(box::eventually([&] { return console_says("/health", body) == 200; }, start_time))
      << body;
  EXPECT_EQ(console_says("/api/status", body), 401) << body;
  EXPECT_EQ(machine->agent("listening"), "ok 443 53/local 80")
      << "53: the resolver's, for us alone";

  for (const char* program : {"lintel-engine", "lintel-push", "lintel-web", "lintel-guard"}) {
    const auto said = machine->agent(std::string("process ") + program);
    EXPECT_THAT(said, HasSubstr("NoNewPrivs=1")) << program;
    EXPECT_THAT(said, HasSubstr("Seccomp=2")) << program;
    EXPECT_THAT(said, testing::Not(HasSubstr("Uid=0 "))) << program;
  }
  EXPECT_THAT(machine->agent("process lintel-engine"), HasSubstr("CapEff=0000000000000000"));
}

// The engine, push: the service manager waits for each turn of theirs. Of the others nobody waits
// for one; that they stand still is theirs alone.
TEST_F(ACard, GoesOnWhenAnyOfItsProgramsDiesOrHangs) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  const std::vector<std::pair<std::string, int>> accidents = {
      {"lintel-engine", SIGKILL}, {"lintel-engine", SIGSTOP}, {"lintel-guard", SIGKILL},
      {"lintel-engine", SIGKILL}, {"lintel-push", SIGKILL},   {"lintel-push", SIGSTOP},
      {"lintel-web", SIGKILL},    {"lintel-system", SIGKILL},
  };
  for (const auto& [name, number] : accidents) {
    SCOPED_TRACE(name + " and signal " + std::to_string(number));
    const auto begin = std::chrono::steady_clock::now();
    const auto before = pid_of(name);
    ASSERT_THAT(before, testing::Not(IsEmpty()));
    ASSERT_EQ(machine->agent("signal " + name + " " + std::to_string(number)), "ok " + before);
    EXPECT_TRUE(box::eventually(
        [&] {
          const auto now = pid_of(name);
          return !now.empty() && now != before;
        },
        start_time))
        << "it was not started again";
    ASSERT_TRUE(box::eventually([&] { return decides(); }, start_time / 2));
    std::printf("%s, signal %d: the doors are decided about again within %.1f s\n", name.c_str(),
                number,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  EXPECT_TRUE(opens(1));
  EXPECT_TRUE(hears(0, 1, start_time));
  std::string body;
  EXPECT_TRUE(box::eventually([&] { return console_says("/health", body) == 200; }, start_time))
      << body;
}

TEST_F(ACard, OpensItsDoorsWithAFullDiskAndKeepsWhatItCan) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  ASSERT_EQ(machine->agent("fill /data 0", 240s), "ok");
  EXPECT_TRUE(opens(1)) << "the disk is nobody's business at the door";
  EXPECT_TRUE(box::eventually([&] { return !lock(1); }, soon));
  ASSERT_EQ(machine->agent("unfill /data"), "ok");
  EXPECT_TRUE(hears(0, 1, start_time)) << "it is told when there is room again";
}

TEST_F(ACard, StartsWithAClockOf1970) {
  Machine::Options options;
  options.clock = "1970-01-02T00:00:00";
  power_on(options);
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  ASSERT_NO_FATAL_FAILURE(wait_for_server());
  send(box::person(1, card));
  EXPECT_TRUE(opens(1)) << "the server has told the time by now";
}

// Numbers in words: a report, with nothing to pass or fail but that there are numbers.
std::vector<long> microseconds(const std::string& said) {
  std::istringstream in(said);
  std::string ok;
  in >> ok;
  std::vector<long> all;
  for (long one = 0; in >> one;)
    if (one >= 0) all.push_back(one);
  std::sort(all.begin(), all.end());
  return all;
}

std::string middle_and_worst(const std::vector<long>& sorted) {
  if (sorted.empty()) return "nothing";
  return std::to_string(sorted[sorted.size() / 2]) + " us in the median, " +
         std::to_string(sorted[sorted.size() * 9 / 10]) + " us of nine in ten, " +
         std::to_string(sorted.back()) + " us at most";
}

TEST_F(ACard, IsMeasured) {
  ASSERT_NO_FATAL_FAILURE(power_on_with_somebody());
  send({"SET OPTIONS Door1Drivertime=1"});
  machine->reset();
  ASSERT_NO_FATAL_FAILURE(wait_for_doors());
  const auto clock = machine->agent("clock");
  std::printf("measured: the second start's first decision came %s s after the kernel began\n",
              clock.substr(clock.rfind(' ') + 1).c_str());
  ASSERT_NO_FATAL_FAILURE(wait_for_server());
  ::poll(nullptr, 0, 30'000);  // at rest
  for (const char* program :
       {"lintel-engine", "lintel-push", "lintel-web", "lintel-guard", "lintel-system"})
    std::printf("measured: %s at rest: %s\n", program,
                machine->agent(std::string("process ") + program).c_str());
  const auto memory = machine->bytes("read /proc/meminfo");
  std::printf("measured: of the machine's memory\n%s\n",
              memory.substr(0, memory.find("Buffers")).c_str());

  const auto engine = microseconds(machine->agent("latency door1.rex door1.lock 30 1500", 300s));
  ASSERT_EQ(machine->agent("bare 23 24"), "ok");
  const auto bare = microseconds(machine->agent("latency spare.in spare.out 30 200", 300s));
  ASSERT_GE(engine.size(), 25u) << "the button did not open the door";
  ASSERT_GE(bare.size(), 25u);
  std::printf("measured: from an edge to a level, a bare program: %s\n",
              middle_and_worst(bare).c_str());
  std::printf("measured: from the exit button's edge to the lock's level, the engine: %s\n",
              middle_and_worst(engine).c_str());
}

}  // namespace
}  // namespace lintel::image
