// Why was it decided so, and would it be today? Questions about events of the journal.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;

class PastEvents : public InProcess {
 protected:
  void SetUp() override {
    InProcess::SetUp();
    box().update("timezone", {"TimezoneId=2\tMonTime1=" + std::to_string((900u << 16) + 1200)});
    box().update("user", {"Pin=7\tCardNo=4660001", "Pin=8\tCardNo=4660002"});
    box().update("userauthorize", {"Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=3",
                                   "Pin=8\tAuthorizeTimezoneId=2\tAuthorizeDoorId=1"});
  }

  pb::Reply explain(std::uint64_t index, pb::Role role = pb::ROLE_TECHNICIAN) {
    pb::Request request;
    request.mutable_explain()->set_event(index);
    return box().ask(request, role);
  }
  // The rung of this rule; an empty one: there is none.
  static pb::Rung rung(const pb::Explanation& explanation, const std::string& rule) {
    const auto& ladder = explanation.ladder();
    const auto found =
        std::find_if(ladder.begin(), ladder.end(), [&](const auto& r) { return r.rule() == rule; });
    return found == ladder.end() ? pb::Rung{} : *found;
  }
  std::uint64_t newest() { return box().status().last_event(); }

  static pb::Request portion(std::uint32_t days, std::uint64_t after) {
    pb::Request request;
    request.mutable_replay()->set_days(days);
    request.mutable_replay()->set_after(after);
    return request;
  }
};

// ---- explain

TEST_F(PastEvents, a_refusal_is_explained_by_the_reason_that_was_stored_with_it) {
  box().update("user", {"Pin=8\tDisable=1"});  // on the blacklist, and too early: both refuse
  box().swipe(1, 4660002);
  const auto index = newest();
  // What holds today plays no part.
  box().update("user", {"Pin=8\tDisable=0"});
  box().update("userauthorize", {"Pin=8\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"});
  const auto reply = explain(index);
  ASSERT_EQ(0, reply.code()) << reply.error();
  const auto& told = reply.explanation();
  EXPECT_FALSE(told.granted());
  EXPECT_EQ(39u, told.code());
  EXPECT_EQ("The person is on the blacklist.", told.words());
  EXPECT_EQ(index, told.event().index());
  EXPECT_EQ("8", told.event().pin());
  EXPECT_EQ(static_cast<int>(rungs), told.ladder_size()) << "the complete ladder";
  const auto stop = rung(told, "blacklist");
  EXPECT_TRUE(stop.reached() && !stop.passed());
  EXPECT_EQ("The person is on the blacklist.", stop.words());
  const auto above = rung(told, "registered");
  EXPECT_TRUE(above.reached() && above.passed());
  const auto also = rung(told, "time_zone");
  EXPECT_TRUE(!also.reached() && !also.passed()) << "it would have refused as well";
  const auto below = rung(told, "interval");
  EXPECT_TRUE(!below.reached() && below.passed());
}

TEST_F(PastEvents, a_grant_has_passed_every_rung) {
  box().swipe(1, 4660001);
  const auto told = explain(newest()).explanation();
  EXPECT_TRUE(told.granted());
  EXPECT_EQ(0u, told.code());
  EXPECT_EQ(static_cast<int>(rungs), told.ladder_size());
  for (const auto& one : told.ladder())
    EXPECT_TRUE(one.reached() && one.passed()) << one.rule();
}

TEST_F(PastEvents, what_decided_nothing_about_a_person_is_words_alone) {
  box().board.input({InputKind::door_sensor, 1}, Level::active);
  box().settle();
  const auto told = explain(newest()).explanation();
  EXPECT_EQ(0, told.ladder_size());
  EXPECT_FALSE(told.words().empty());
  EXPECT_EQ(newest(), told.event().index());
  EXPECT_FALSE(told.granted());
}

TEST_F(PastEvents, an_event_that_the_journal_does_not_have_is_said_to_be_none) {
  const auto reply = explain(newest() + 1);
  EXPECT_EQ(-11, reply.code());
  EXPECT_EQ("The journal has no event " + std::to_string(newest() + 1) + ".", reply.error());
  EXPECT_EQ(-11, explain(UINT64_MAX).code());
  EXPECT_EQ(-8, explain(1, pb::ROLE_PUSH).code());
}

TEST_F(PastEvents, the_future_says_of_each_rung_whether_it_was_reached) {
  pb::Request question;
  question.mutable_explain()->set_reader(5);
  question.mutable_explain()->set_pin("7");
  const auto told = box().ask(question, pb::ROLE_TECHNICIAN).explanation();
  EXPECT_TRUE(rung(told, "registered").reached());
  EXPECT_TRUE(rung(told, "registered").passed());
  EXPECT_EQ("", rung(told, "registered").words()) << "a rung that passes has refused nothing";
  EXPECT_TRUE(rung(told, "privilege").reached());
  EXPECT_FALSE(rung(told, "privilege").passed());
  EXPECT_FALSE(rung(told, "interval").reached());
}

// ---- replay

TEST_F(PastEvents, a_replay_tells_what_would_be_decided_otherwise_today) {
  box().swipe(1, 4660001);  // 7 is let in
  box().pass(10s);
  box().swipe(1, 4660002);  // 8 comes too early
  const auto early = newest();
  box().swipe(1, 999);  // nobody, then and now
  const auto link = box().link(pb::ROLE_TECHNICIAN);
  auto reply = link->call(portion(1, 0), 1s);
  ASSERT_TRUE(reply && reply->code() == 0) << reply->error();
  EXPECT_EQ(3u, reply->replayed().decisions());
  EXPECT_EQ(0, reply->replayed().difference_size());
  EXPECT_EQ(0u, reply->replayed().next());

  box().update("userauthorize", {"Pin=8\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1"});
  reply = link->call(portion(1, 0), 1s);
  ASSERT_TRUE(reply);
  ASSERT_EQ(1, reply->replayed().difference_size());
  const auto& one = reply->replayed().difference(0);
  EXPECT_EQ(early, one.event().index());
  EXPECT_EQ(21u, one.event().code());
  EXPECT_TRUE(one.granted());
  EXPECT_EQ(0u, one.code());
  EXPECT_EQ("the door was opened after verification", one.what());
  EXPECT_FALSE(one.words().empty());
  EXPECT_FALSE(box().board.lock(1)) << "nothing moves";
}

TEST_F(PastEvents, a_replay_goes_back_only_as_many_days_as_it_is_told) {
  box().swipe(1, 4660001);
  box().pass(72h);
  box().swipe(1, 4660001);
  const auto link = box().link(pb::ROLE_TECHNICIAN);
  EXPECT_EQ(1u, link->call(portion(2, 0), 1s)->replayed().decisions());
  EXPECT_EQ(2u, link->call(portion(4, 0), 1s)->replayed().decisions());
}

TEST_F(PastEvents, a_long_replay_comes_in_portions_of_one_rehearsal) {
  for (int i = 0; i < 1'100; ++i)
    box().swipe(1, 999);
  box().update("user", {"Pin=9\tCardNo=999"});
  box().update("userauthorize", {"Pin=9\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1"});
  const auto link = box().link(pb::ROLE_TECHNICIAN);
  std::uint64_t after = 0, decisions = 0;
  int portions = 0, differences = 0;
  do {
    const auto reply = link->call(portion(1, after), 1s);
    ASSERT_TRUE(reply && reply->code() == 0) << reply->error();
    EXPECT_TRUE(reply->replayed().next() == 0 || reply->replayed().next() > after);
    after = reply->replayed().next();
    decisions += reply->replayed().decisions();
    differences += reply->replayed().difference_size();
    ++portions;
  } while (after != 0);
  EXPECT_EQ(1'100u, decisions);
  EXPECT_EQ(1'100, differences);
  EXPECT_EQ(3, portions);
}

TEST_F(PastEvents, each_peer_has_a_replay_of_its_own_that_goes_on_where_it_was) {
  for (int i = 0; i < 600; ++i)
    box().swipe(1, 999);
  const auto one = box().link(pb::ROLE_TECHNICIAN);
  const auto other = box().link(pb::ROLE_TECHNICIAN);
  const auto next = one->call(portion(1, 0), 1s)->replayed().next();
  ASSERT_NE(0u, next);
  EXPECT_EQ(-11, other->call(portion(1, next), 1s)->code()) << "the other has begun none";
  EXPECT_EQ(-11, one->call(portion(1, next - 1), 1s)->code());
  EXPECT_EQ(0u, one->call(portion(1, next), 1s)->replayed().next());
  EXPECT_EQ(-11, one->call(portion(1, next), 1s)->code()) << "that one is over";
}

TEST_F(PastEvents, a_replay_is_for_technicians_and_in_its_range) {
  for (const auto role : {pb::ROLE_PUSH, pb::ROLE_WEB})
    EXPECT_EQ(-8, box().ask(portion(1, 0), role).code());
  for (const std::uint32_t days : {0u, 3661u})
    EXPECT_EQ(-11, box().ask(portion(days, 0), pb::ROLE_TECHNICIAN).code());
}

}  // namespace
}  // namespace lintel::test
