// From the server's command and the reader's pulses to the relay and the journal, in one process.
#include <gtest/gtest.h>

#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;

class Doors : public InProcess {
 protected:
  void SetUp() override {
    InProcess::SetUp();
    box().update("user", {"Pin=7\tCardNo=4660001\tPassword=2468\tName=Ada"});
    box().update("userauthorize", {"Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3"});
  }
  // The codes recorded since the start, without the start itself.
  std::vector<unsigned> codes() {
    std::vector<unsigned> all;
    for (const auto& event : box().events()) {
      if (event.code() != 206) all.push_back(event.code());
    }
    return all;
  }
};

TEST_F(Doors, a_swipe_opens_the_door_for_its_time_and_is_recorded) {
  box().swipe(1, 4660001);
  EXPECT_TRUE(box().board.lock(1));
  box().pass(6s);
  EXPECT_FALSE(box().board.lock(1));
  const auto events = box().events();
  ASSERT_EQ(2u, events.size());
  EXPECT_EQ(206u, events[0].code());
  EXPECT_EQ(0u, events[1].code());
  EXPECT_EQ("7", events[1].pin());
  EXPECT_EQ(4660001u, events[1].card());
  EXPECT_EQ(1u, events[1].address());
  EXPECT_EQ(0u, events[1].way());
  EXPECT_EQ(4u, events[1].verify());
  EXPECT_EQ(26u, events[1].bits());
  EXPECT_FALSE(events[1].why().empty());
  EXPECT_EQ(2u, events[1].index());
}

TEST_F(Doors, a_stranger_and_a_door_without_privilege_stay_shut) {
  box().swipe(1, 999);
  box().swipe(5, 4660001);  // door 3
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_FALSE(box().board.lock(3));
  EXPECT_EQ((std::vector<unsigned>{27, 23}), codes());
}

TEST_F(Doors, a_deleted_person_is_refused_at_once) {
  pb::Request request;
  request.mutable_delete_()->set_table("user");
  auto& condition = *request.mutable_delete_()->add_any()->add_all();
  condition.set_field("Pin");
  condition.set_value("7");
  EXPECT_EQ(0, box().ask(request).code());
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_EQ((std::vector<unsigned>{27}), codes());
}

TEST_F(Doors, everything_is_there_again_after_a_restart) {
  box().update("timezone", {"TimezoneId=2\tMonTime1=" + std::to_string((830u << 16) + 1200)});
  box().update("user", {"Pin=8\tCardNo=4660002"});
  box().update("userauthorize", {"Pin=8\tAuthorizeTimezoneId=2\tAuthorizeDoorId=1"});
  box().update("mulcarduser", {"Pin=7\tCardNo=47A1\tLossCardFlag=1"});
  box().set_option("Door1Drivertime", "2");
  box().kill();
  ASSERT_TRUE(box().start());
  box().swipe(1, 4660002);  // Monday 08:00: too early
  EXPECT_FALSE(box().board.lock(1));
  box().pass(1h);
  box().swipe(1, 4660002);
  EXPECT_TRUE(box().board.lock(1));
  box().pass(3s);
  EXPECT_FALSE(box().board.lock(1));
  box().swipe(1, 0x47A1);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_EQ((std::vector<unsigned>{21, 0, 38}), codes());
}

TEST_F(Doors, a_visitor_is_gone_when_the_day_is_over) {
  box().update("user", {"Pin=8\tCardNo=4660002"});
  box().update("extuser", {"Pin=8\tFunSwitch=2"});
  box().update("userauthorize", {"Pin=8\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1"});
  box().swipe(1, 4660002);
  EXPECT_EQ(2u, box().status().users());
  box().pass(17h);  // from 08:00 into the next day
  box().swipe(1, 4660002);
  EXPECT_EQ((std::vector<unsigned>{0, 27}), codes());
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_EQ(1u, box().status().users()) << "the tables forgot the visitor, too";
  box().swipe(1, 4660001);
  EXPECT_EQ((std::vector<unsigned>{0, 27, 0}), codes()) << "and only the visitor";
}

TEST_F(Doors, an_exit_button_works_at_its_times) {
  const auto press = [&] {
    box().board.input({InputKind::exit_button, 1}, Level::active);
    box().pass(1s);
    box().board.input({InputKind::exit_button, 1}, Level::inactive);
    box().pass(1s);
  };
  box().update("timezone", {"TimezoneId=2\tSunTime1=2359"});  // today is Monday
  box().update("InputIOSetting", {"Number=1\tInType=0\tTimeZoneId=2"});
  press();
  EXPECT_FALSE(box().board.lock(1));
  box().update("InputIOSetting", {"Number=1\tInType=0\tTimeZoneId=1"});
  press();
  EXPECT_TRUE(box().board.lock(1));
  EXPECT_EQ((std::vector<unsigned>{64, 202}), codes());
}

TEST_F(Doors, a_keypad_password_opens_a_door_that_asks_for_it) {
  box().set_option("Door1VerifyType", "3");
  box().type(1, "2468#");
  EXPECT_TRUE(box().board.lock(1));
  EXPECT_EQ((std::vector<unsigned>{207}), codes());
}

TEST_F(Doors, a_reader_with_a_format_of_its_own_takes_that_one_only) {
  box().update("WGFormat", {"ID=9\tCardBit=26\tSiteCode=0\tFormatName=site\tCardFormat="
                            "psssssssscccccccccccccccc"
                            "p:eeeeeeeeeeeeeooooooooooooo"});
  box().update("ReaderWGFormat",
               {"ReaderID=1\tWGFormatID=9\tParityVerifyDisable=0\tReversalType=0"});
  box().swipe(1, (71u << 16) | 1234);  // site 71, card 1234
  const auto events = box().events();
  EXPECT_EQ(1234u, events.back().card());
  EXPECT_EQ(71u, events.back().site_code());
  box().swipe(3, (71u << 16) | 1234);  // door 2 takes the whole payload
  EXPECT_EQ((71u << 16) | 1234u, box().events().back().card());
}

TEST_F(Doors, a_locked_door_stays_locked_over_a_restart) {
  pb::Request lock;
  lock.mutable_control()->set_verb(pb::Control::LOCK);
  lock.mutable_control()->set_place(1);
  lock.mutable_control()->set_on(true);
  EXPECT_EQ(0, box().ask(lock).code());
  box().swipe(1, 4660001);
  box().kill();
  ASSERT_TRUE(box().start());
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_EQ((std::vector<unsigned>{233, 63, 63}), codes());
}

TEST_F(Doors, an_output_that_fails_is_told_and_tried_again) {
  box().board.failing = "line is busy";
  box().swipe(1, 4660001);
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_NE(std::string::npos, box().status().trouble().find("line is busy"));
  box().board.failing.clear();
  box().pass(200ms);
  EXPECT_TRUE(box().board.lock(1));
  EXPECT_EQ("", box().status().trouble());
}

TEST_F(Doors, the_server_link_comes_and_goes_in_the_journal) {
  const auto push = box().link(pb::ROLE_PUSH);
  pb::Request report;
  report.mutable_report_link()->mutable_link()->set_online(true);
  report.mutable_report_link()->mutable_link()->set_state("online");
  ASSERT_TRUE(push->call(report, 1s));
  EXPECT_EQ("online", box().status().link().state());
  report.mutable_report_link()->mutable_link()->set_online(false);
  ASSERT_TRUE(push->call(report, 1s));
  ASSERT_TRUE(push->call(report, 1s));
  EXPECT_EQ((std::vector<unsigned>{214, 105}), codes());
}

TEST_F(Doors, subscribers_are_rung_for_what_they_asked_for) {
  const auto push = box().link(pb::ROLE_PUSH);
  pb::Request subscribe;
  subscribe.mutable_subscribe()->set_events(true);
  subscribe.mutable_subscribe()->set_states(true);
  ASSERT_TRUE(push->call(subscribe, 1s));
  (void)push->next_notice(0ms);
  box().swipe(1, 4660001);
  const auto notice = push->next_notice(0ms);
  ASSERT_TRUE(notice && *notice);
  EXPECT_EQ(2u, (*notice)->last_event());
  EXPECT_TRUE((*notice)->states());
  EXPECT_FALSE((*notice)->options());
}

TEST_F(Doors, explain_tells_what_would_happen_and_touches_nothing) {
  pb::Request question;
  question.mutable_explain()->set_reader(5);
  question.mutable_explain()->set_pin("7");
  const auto reply = box().ask(question, pb::ROLE_TECHNICIAN);
  EXPECT_FALSE(reply.explanation().granted());
  EXPECT_EQ(23u, reply.explanation().code());
  EXPECT_GT(reply.explanation().ladder_size(), 8);
  EXPECT_TRUE(codes().empty());
}

TEST_F(Doors, an_advance_fires_the_timers_on_the_way_in_their_order) {
  box().set_option("Door1KeepOpenTimeZone", "2");
  box().update("timezone", {"TimezoneId=2\tMonTime1=" + std::to_string((900u << 16) + 959)});
  box().board.advance(3h);
  box().settle();
  EXPECT_EQ((std::vector<unsigned>{5, 204}), codes());
  ASSERT_EQ(2u, box().board.changes.size());
  EXPECT_EQ(1h, box().board.changes[1].at - box().board.changes[0].at);
  EXPECT_EQ("2026-11-23 11:00:00", box().status().time());
}

}  // namespace
}  // namespace lintel::test
