// What the engine keeps for a server that is away, and for a push that dies: results of commands,
// rows of an enrolment, frames of a reader under test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/box/box.h"
#include "tests/fake_server/demo_people.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t first_card = 1'000'001, second_card = 1'000'002;

struct WhatIsKept : testing::Test {
  void SetUp() override {
    // Whatever gets lost stays lost: this server hands out once.
    box.server.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
    box.start_all();
  }
  void TearDown() override {
    EXPECT_THAT(box.server.complaints(), IsEmpty());
    EXPECT_THAT(box.server.missing_events(), IsEmpty());
  }
  bool answered(const std::vector<std::string>& ids, std::chrono::milliseconds most) {
    return box.server.wait_until(
        [&] {
          return std::all_of(ids.begin(), ids.end(),
                             [&](const auto& id) { return box.server.code(id).has_value(); });
        },
        most);
  }
  Box box;
};

TEST_F(WhatIsKept, of_commands_comes_when_push_is_killed_before_the_server_has_the_results) {
  box.server.inject({.what = fake::Fault::What::close, .target_has = "/devicecmd", .times = 0});
  std::vector<std::string> ids;
  for (const char* command : {"DATA UPDATE user Pin=7\tName=Ada", "SET OPTIONS Door1Drivertime=5",
                              "DATA UPDATE user Name=Nobody", "CONTROL DEVICE 01010105"})
    ids.push_back(box.server.queue(command));
  ASSERT_TRUE(eventually([&] { return box.lock(1); }, 30s)) << "the last of them is carried out";
  box.kill(Part::push);
  for (const auto& id : ids)
    EXPECT_FALSE(box.server.code(id)) << "the server has nothing yet";
  box.server.clear_faults();
  box.start(Part::push);
  ASSERT_TRUE(answered(ids, 60s));
  EXPECT_EQ(box.server.code(ids[0]), 0);
  EXPECT_EQ(box.server.code(ids[1]), 0);
  EXPECT_LT(box.server.code(ids[2]).value_or(0), 0);
  EXPECT_EQ(box.server.code(ids[3]), 0);
  const auto opened = [&] {
    const auto events = box.server.events();
    return std::count_if(events.begin(), events.end(), [](const auto& e) { return e.code == 8; });
  };
  EXPECT_TRUE(box.server.wait_until([&] { return opened() > 0; }, 20s));
  EXPECT_EQ(opened(), 1);
}

TEST_F(WhatIsKept, of_a_reader_under_test_comes_in_order_after_both_were_away) {
  box.send({"CONTROL DEVICE 09010000"});
  box.server_dies();
  for (const auto card : {first_card, second_card})
    box.swipe(1, card);
  box.kill(Part::push);
  EXPECT_THAT(box.server.tabledata("testdata"), IsEmpty());
  box.server_returns();
  box.start(Part::push);
  ASSERT_TRUE(
      box.server.wait_until([&] { return box.server.tabledata("testdata").size() >= 2; }, 60s));
  EXPECT_THAT(box.server.tabledata("testdata"),
              ElementsAre(HasSubstr("bits=" + fake::frame26(first_card)),
                          HasSubstr("bits=" + fake::frame26(second_card))));
}

TEST_F(WhatIsKept, of_an_enrolment_opens_the_door_and_is_with_the_server) {
  box.send(person(1, first_card));
  box.send({"SET OPTIONS Door1Intertime=0"});
  const auto id = box.server.queue("ENROLL_INFO TYPE=0\tPIN=1\tMODE=1");
  // Until the command has come it is a stranger's.
  EXPECT_TRUE(eventually(
      [&] {
        box.swipe(1, second_card);
        return box.server.code(id).has_value();
      },
      30s));
  EXPECT_EQ(box.server.code(id), 0);
  EXPECT_THAT(box.server.tabledata("EnrollInfoData"),
              ElementsAre(HasSubstr("TMP=" + std::to_string(second_card))));
  box.kill(Part::engine);
  box.start(Part::engine);
  ASSERT_TRUE(box.deciding());
  box.swipe(3, second_card);
  EXPECT_TRUE(box.lock(2)) << "and the card is the person's, also after a restart";
}

}  // namespace
}  // namespace lintel::box
