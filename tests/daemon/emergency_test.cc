// What holds the whole house: emergency, fire, the reset of anti-passback; and what the rules keep
// over a restart.
#include <gtest/gtest.h>

#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;

class WholeHouse : public InProcess {
 protected:
  void SetUp() override {
    InProcess::SetUp();
    box().update("user", {"Pin=7\tCardNo=4660001"});
    box().update("userauthorize", {"Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"});
  }
  static pb::Request control(pb::Control::Verb verb, unsigned place, unsigned seconds = 0) {
    pb::Request request;
    request.mutable_control()->set_verb(verb);
    request.mutable_control()->set_place(place);
    request.mutable_control()->set_seconds(seconds);
    return request;
  }
  static pb::Request emergency(unsigned mode) { return control(pb::Control::EMERGENCY, 0, mode); }
  static pb::Request reset(const std::string& pin) {
    auto request = control(pb::Control::RESET_PASSBACK, 0);
    request.mutable_control()->set_pin(pin);
    return request;
  }
  std::vector<unsigned> codes() {
    std::vector<unsigned> all;
    for (const auto& event : box().events())
      all.push_back(event.code());
    return all;
  }
  void restart() {
    box().kill();
    ASSERT_TRUE(box().start());
  }
};

TEST_F(WholeHouse, dual_open_opens_every_door_and_dual_close_shuts_it) {
  EXPECT_EQ(0, box().ask(emergency(1)).code());
  for (unsigned door = 1; door <= 4; ++door)
    EXPECT_TRUE(box().board.lock(door)) << door;
  EXPECT_TRUE(box().status().door(0).emergency_open());
  EXPECT_EQ(0, box().ask(emergency(2)).code());
  for (unsigned door = 1; door <= 4; ++door)
    EXPECT_FALSE(box().board.lock(door)) << door;
  EXPECT_TRUE(box().status().door(0).locked_down());
  const auto refused = box().ask(control(pb::Control::OPEN, 1, 5));
  EXPECT_EQ(-12, refused.code());
  EXPECT_EQ("The door is in lockdown, or a dual-close holds; end that first.", refused.error());
  EXPECT_EQ(0, box().ask(emergency(0)).code());
  EXPECT_FALSE(box().status().door(0).locked_down());
  box().swipe(1, 4660001);
  EXPECT_TRUE(box().board.lock(1));
}

TEST_F(WholeHouse, an_emergency_outlasts_a_restart) {
  EXPECT_EQ(0, box().ask(emergency(2)).code());
  restart();
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_TRUE(box().status().door(0).locked_down());
  EXPECT_EQ(0, box().ask(emergency(1)).code());
  restart();
  EXPECT_TRUE(box().board.lock(3));
}

TEST_F(WholeHouse, a_door_told_to_stay_open_does_so_over_a_restart) {
  EXPECT_EQ(0, box().ask(control(pb::Control::NORMAL_OPEN, 2)).code());
  restart();
  EXPECT_TRUE(box().board.lock(2));
  EXPECT_TRUE(box().status().door(1).normal_open());
}

TEST_F(WholeHouse, a_fire_opens_every_door_and_its_status_says_so) {
  box().board.input({InputKind::fire, 0}, Level::active);
  box().settle();
  EXPECT_TRUE(box().board.lock(4));
  EXPECT_TRUE(box().status().door(3).fire());
  restart();
  EXPECT_TRUE(box().board.lock(4)) << "it still burns";
  box().board.input({InputKind::fire, 0}, Level::inactive);
  box().settle();
  EXPECT_FALSE(box().board.lock(4));
  EXPECT_FALSE(box().status().door(3).fire());
}

TEST_F(WholeHouse, an_interlock_refuses_a_command_in_words) {
  ASSERT_EQ(0, box().update("DevParameters", {"ID=1\tName=InterLock\tValue=1"}).code());
  EXPECT_EQ(0, box().ask(control(pb::Control::OPEN, 1, 5)).code());
  const auto refused = box().ask(control(pb::Control::OPEN, 2, 5));
  EXPECT_EQ(-12, refused.code());
  EXPECT_EQ("Another door of its interlock is open or released; shut that one first.",
            refused.error());
  EXPECT_FALSE(box().board.lock(2));
}

TEST_F(WholeHouse, an_auxiliary_output_that_is_disabled_is_refused_in_words) {
  ASSERT_EQ(0, box().update("AuxOut", {"ID=1\tDisable=1"}).code());
  auto on = control(pb::Control::AUX_OUTPUT, 1);
  on.mutable_control()->set_on(true);
  const auto refused = box().ask(on);
  EXPECT_EQ(-12, refused.code());
  EXPECT_EQ("The auxiliary output is disabled, or its schedule keeps it off.", refused.error());
}

// ---- anti-passback

TEST_F(WholeHouse, passages_outlast_a_restart_until_they_are_reset) {
  ASSERT_EQ(0, box().update("DevParameters", {"ID=1\tName=AntiPassback\tValue=16"}).code());
  box().set_option("Door1SensorType", "0");
  box().swipe(1, 4660001);
  EXPECT_TRUE(box().board.lock(1));
  box().pass(6s);
  restart();
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_EQ(24u, codes().back());
  EXPECT_EQ(0, box().ask(reset("8"), pb::ROLE_TECHNICIAN).code());
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1)) << "somebody else's passages were forgotten";
  EXPECT_EQ(0, box().ask(reset("7"), pb::ROLE_WEB).code());
  EXPECT_EQ(4900u, codes().back());
  box().swipe(1, 4660001);
  EXPECT_TRUE(box().board.lock(1));
  box().pass(6s);
  restart();
  EXPECT_EQ(0, box().ask(reset(""), pb::ROLE_PUSH).code());
  restart();
  box().swipe(1, 4660001);
  EXPECT_TRUE(box().board.lock(1)) << "and forgotten it stays";
}

// ---- who may, and in which range

TEST_F(WholeHouse, technicians_and_console_may_reset_anti_passback_and_control_nothing_else) {
  for (const auto role : {pb::ROLE_TECHNICIAN, pb::ROLE_WEB}) {
    for (int verb = 0; verb <= pb::Control::Verb_MAX; ++verb) {
      if (verb == pb::Control::RESET_PASSBACK) continue;
      const auto reply = box().ask(control(static_cast<pb::Control::Verb>(verb), 0, 1), role);
      EXPECT_EQ(-8, reply.code()) << verb;
    }
  }
  for (unsigned door = 1; door <= 4; ++door)
    EXPECT_FALSE(box().board.lock(door));
}

TEST_F(WholeHouse, what_is_out_of_its_range_is_refused_and_does_nothing) {
  const pb::Request wrong[] = {
      emergency(3),
      control(pb::Control::EMERGENCY, 1, 1),
      control(pb::Control::RESET_PASSBACK, 1),
      reset("a b"),
      reset(std::string(25, '1')),
      control(static_cast<pb::Control::Verb>(pb::Control::Verb_MAX + 1), 0)};
  const auto before = codes();
  for (const auto& request : wrong) {
    const auto reply = box().ask(request);
    EXPECT_EQ(-11, reply.code());
    EXPECT_FALSE(reply.error().empty());
  }
  EXPECT_EQ(before, codes());
  EXPECT_FALSE(box().status().door(0).emergency_open());
}

// ---- temporary users

class Visitors : public WholeHouse {
 protected:
  void SetUp() override {
    WholeHouse::SetUp();
    box().update("user", {"Pin=9\tCardNo=4660009"});
    box().update("extuser", {"Pin=9\tFunSwitch=2"});
    box().update("userauthorize", {"Pin=9\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1"});
  }
  std::uint64_t rows(const std::string& table) {
    pb::Request request;
    request.mutable_count()->set_table(table);
    return box().ask(request).rows();
  }
};

TEST_F(Visitors, go_with_all_their_rows_when_their_day_is_over) {
  box().pass(15h);  // Monday, 23:00
  EXPECT_EQ(2u, rows("user"));
  box().pass(2h);
  EXPECT_EQ(1u, rows("user"));
  EXPECT_EQ(0u, rows("extuser"));
  EXPECT_EQ(1u, rows("userauthorize"));
  EXPECT_EQ(1u, box().status().users());
  box().swipe(1, 4660009);
  EXPECT_FALSE(box().board.lock(1));
  restart();
  EXPECT_EQ(1u, box().status().users());
}

TEST_F(Visitors, go_at_the_start_when_their_day_went_by_while_nobody_was_there) {
  box().kill();
  box().clock.advance(24h);
  ASSERT_TRUE(box().start());
  EXPECT_EQ(1u, rows("user"));
  EXPECT_EQ(1u, box().status().users());
}

TEST_F(Visitors, stay_for_their_day_whatever_restarts_there_are) {
  restart();
  box().pass(1h);
  restart();
  EXPECT_EQ(2u, rows("user"));
}

}  // namespace
}  // namespace lintel::test
