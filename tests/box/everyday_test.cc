// The appliance as a customer has it: three programs, a board, a server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/box/box.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr std::uint32_t card = 1'000'001;
constexpr std::uint32_t unknown_card = 1'000'099;

// Events of this code that the server has.
std::size_t count_of(const fake::FakeServer& server, unsigned code) {
  const auto events = server.events();
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.code == code; }));
}

struct ABox : testing::Test {
  void SetUp() override {
    box.start_all();
    if (HasFatalFailure()) return;
    auto commands = person(1, card);
    commands.emplace_back("SET OPTIONS Door1Intertime=0,Door2Intertime=0");
    box.send(commands);
  }
  void TearDown() override {
    EXPECT_THAT(box.server.complaints(), IsEmpty());
    EXPECT_THAT(box.server.missing_events(), IsEmpty());
    EXPECT_EQ(box.server.needlessly_repeated_events(), 0u);
  }
  Box box;
};

TEST_F(ABox, OpensTheDoorAndTellsTheServerWithinASecond) {
  std::vector<std::chrono::steady_clock::duration> delays;
  for (std::size_t swipe = 1; swipe <= 5; ++swipe) {
    const auto start = std::chrono::steady_clock::now();
    box.swipe(1, card);
    EXPECT_TRUE(box.lock(1));
    EXPECT_FALSE(box.lock(2));
    ASSERT_TRUE(box.server.wait_until([&] { return count_of(box.server, 0) == swipe; }, 20s));
    delays.push_back(std::chrono::steady_clock::now() - start);
  }
  std::sort(delays.begin(), delays.end());
  EXPECT_LT(delays[2], 1s) << "the middle one of five";
  const auto events = box.server.events();
  const auto opened =
      std::find_if(events.begin(), events.end(), [](const auto& e) { return e.code == 0; });
  ASSERT_NE(opened, events.end());
  EXPECT_EQ(opened->pin, "1");
  EXPECT_EQ(opened->card, std::to_string(card));
  EXPECT_EQ(opened->address, 1u);
  EXPECT_EQ(opened->way, 0u);

  EXPECT_EQ(box.ask("advance 6").rfind("ok", 0), 0u);
  EXPECT_FALSE(box.lock(1)) << "the lock time is over";
}

TEST_F(ABox, RefusesAStrangerAndSaysSo) {
  box.swipe(1, unknown_card);
  EXPECT_FALSE(box.lock(1));
  EXPECT_TRUE(box.server.wait_until([&] { return count_of(box.server, 27) == 1; }, 20s));
}

TEST_F(ABox, OpensTheDoorWithPushAndWebDead) {
  box.kill(Part::push);
  box.kill(Part::web);
  box.swipe(3, card);
  EXPECT_TRUE(box.lock(2));
  box.swipe(1, unknown_card);
  EXPECT_FALSE(box.lock(1));
  box.start(Part::push);
  box.start(Part::web);
  EXPECT_TRUE(box.server.wait_until(
      [&] { return count_of(box.server, 0) == 1 && count_of(box.server, 27) == 1; }, 30s));
}

TEST_F(ABox, KeepsWhatHappenedWhileTheServerWasDead) {
  const auto before = box.server.events().size();
  box.server_dies();
  for (int i = 0; i < 50; ++i) {
    box.swipe(1, i % 2 == 0 ? card : unknown_card);
    EXPECT_EQ(box.ask("advance 1").rfind("ok", 0), 0u);
  }
  EXPECT_EQ(box.server.events().size(), before);
  box.server_returns();
  EXPECT_TRUE(box.server.wait_until(
      [&] { return count_of(box.server, 0) == 25 && count_of(box.server, 27) == 25; }, 60s));
}

TEST_F(ABox, RegistersAnewAtAServerThatHasForgottenIt) {
  box.server.forget_registration();
  box.swipe(1, card);
  EXPECT_TRUE(box.server.wait_until([&] { return count_of(box.server, 0) == 1; }, 30s));
  EXPECT_EQ(box.server.count(fake::Kind::registry), 2u);
}

TEST_F(ABox, OpensADoorOnceForACommandThatTheServerRepeats) {
  box.server.inject(
      {.what = fake::Fault::What::drop_answer, .target_has = "/devicecmd", .times = 2});
  const auto id = box.server.queue("CONTROL DEVICE 01010105");
  EXPECT_TRUE(box.server.wait_until([&] { return box.server.results(id).size() >= 2; }, 60s));
  EXPECT_TRUE(box.server.wait_until([&] { return count_of(box.server, 8) > 0; }, 20s));
  EXPECT_EQ(count_of(box.server, 8), 1u);
}

TEST_F(ABox, OpensNoDoorAgainWhenTheEngineRestartsAfterACommand) {
  box.send({"CONTROL DEVICE 01010105"});
  EXPECT_TRUE(box.lock(1));
  box.kill(Part::engine);
  box.start(Part::engine);
  ASSERT_TRUE(box.deciding());
  EXPECT_FALSE(box.lock(1));
  box.swipe(1, unknown_card);
  EXPECT_TRUE(box.server.wait_until([&] { return count_of(box.server, 27) == 1; }, 30s));
  EXPECT_EQ(count_of(box.server, 8), 1u) << "an answered command has its event";
  EXPECT_FALSE(box.lock(1));
}

}  // namespace
}  // namespace lintel::box
