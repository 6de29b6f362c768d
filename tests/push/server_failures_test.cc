// What a server may answer and what may happen to the clock, to a device that is online: it comes
// back by itself, does nothing that it was not told, and loses nothing.
#include "engine/base/log.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Failing : public World {
 protected:
  Failing() { set_log_level(LogLevel::error); }
  ~Failing() override { set_log_level(LogLevel::info); }

  void answer_all_with(HttpReply reply) {
    server_.inject({.what = Fault::What::say, .times = 0, .reply = std::move(reply)});
  }
  void expect_all_well_again() {
    server_.clear_faults();
    EXPECT_TRUE(run_until([&] { return online(); }, 60s));
    run(5s);
    EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
    EXPECT_THAT(server_.missing_events(), IsEmpty());
    EXPECT_EQ(box_->status().users(), 0u) << "nobody was told to add one";
  }
  // Jumps under the feet of a conversation, and everything goes on.
  void expect_untouched(const std::function<void()>& jump) {
    go_online();
    run(10s);
    const auto connections = server_.count(Kind::connect);
    jump();
    const auto polls = server_.count(Kind::getrequest);
    make_events(2);
    run(60s);
    EXPECT_TRUE(online());
    EXPECT_EQ(server_.count(Kind::connect), connections) << "no time of day ends a connection";
    const auto more = server_.count(Kind::getrequest) - polls;
    EXPECT_GE(more, 28u);
    EXPECT_LE(more, 33u);
    EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
    EXPECT_THAT(server_.missing_events(), IsEmpty());
    EXPECT_EQ(do_command("DATA COUNT user"), 0);
  }
};

TEST_F(Failing, with_any_status_of_refusal_or_error_is_waited_out) {
  look_every_ = 5s;
  std::vector<int> statuses = {451, 499, 520, 599, 100, 102, 999};
  for (int status = 400; status <= 431; ++status)
    statuses.push_back(status);
  for (int status = 500; status <= 511; ++status)
    statuses.push_back(status);
  for (const int status : statuses) {
    SCOPED_TRACE(status);
    go_online();
    make_events(1);
    const auto confirmed = box_->status().confirmed_event();
    answer_all_with(fake::text_reply("OK\r\nC:1:DATA UPDATE user Pin=1\r\n", status));
    run(20s);
    EXPECT_FALSE(online());
    EXPECT_EQ(box_->status().confirmed_event(), confirmed);
    expect_all_well_again();
  }
}

TEST_F(Failing, with_a_redirect_sends_us_nowhere) {
  for (const int status : {301, 302, 303, 307, 308}) {
    SCOPED_TRACE(status);
    go_online();
    answer_all_with({status, {{"Location", "http://198.51.100.9/iclock/"}}, "OK"});
    run(20s);
    EXPECT_FALSE(online());
    expect_all_well_again();
  }
  for (const auto& address : connected_to_)
    EXPECT_EQ(address, (ServerAddress{false, "192.0.2.1", 8088}));
}

TEST_F(Failing, with_compressed_bodies_tells_us_nothing) {
  go_online();
  make_events(1);
  std::string bomb("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10);
  bomb.resize(100'000, '\0');
  answer_all_with({200, {{"Content-Encoding", "gzip"}}, bomb});
  run(20s);
  EXPECT_FALSE(online());
  expect_all_well_again();
}

TEST_F(Failing, at_each_of_its_answers_in_turn_loses_nothing) {
  for (const auto what : {Fault::What::close, Fault::What::garbage, Fault::What::drop_answer,
                          Fault::What::truncate, Fault::What::delay}) {
    for (const auto* target : {"cdata", "registry", "/push", "ping", "table=options", "rtdata",
                               "getrequest", "devicecmd", "querydata", "rtlog", "rtstate"}) {
      SCOPED_TRACE(target + std::string(" ") + std::to_string(static_cast<int>(what)));
      server_.inject({.what = what, .target_has = target, .times = 1, .reply = {}, .delay = 60s});
      server_.forget_registration();
      make_events(1);
      const auto id = server_.queue("DATA COUNT user");
      EXPECT_TRUE(run_until([&] { return online() && server_.code(id).has_value(); }, 150s));
      EXPECT_EQ(server_.code(id), 0);
      expect_all_well_again();
    }
  }
}

// ---- coming back

// The network is often there later than we are, after a power cut: a clock that nobody has set yet
// must not wait for its turn.
TEST_F(Failing, when_we_start_does_not_delay_the_first_time_and_the_first_options) {
  network_ = false;
  restart_push();
  run(100s);
  network_ = true;
  ASSERT_TRUE(run_until([&] { return online(); }, 60s));
  EXPECT_EQ(server_.count(Kind::time), 1u);
  EXPECT_EQ(server_.count(Kind::options), 1u);
}

TEST_F(Failing, while_we_are_online_is_caught_up_with_within_two_minutes) {
  go_online();
  network_ = false;
  run(100s);
  network_ = true;
  ASSERT_TRUE(run_until([&] { return online(); }, 36s));
  const auto connects = server_.count(Kind::connect);
  run(121s);
  EXPECT_EQ(server_.count(Kind::connect), connects);
  EXPECT_EQ(server_.count(Kind::time), 2u);
  EXPECT_EQ(server_.count(Kind::options), 2u);
  EXPECT_EQ(server_.count(Kind::ping), 1u)
      << "that a server lives that has just come back is known";
}

TEST_F(Failing, and_forgetting_us_gets_our_options_at_once) {
  go_online();
  network_ = false;
  run(100s);
  network_ = true;
  server_.forget_registration();
  ASSERT_TRUE(run_until([&] { return online(); }, 36s));
  EXPECT_EQ(server_.count(Kind::registry), 2u);
  EXPECT_EQ(server_.count(Kind::options), 2u);
}

// ---- clocks

constexpr auto ten_years = std::chrono::hours(24 * 3652);

TEST_F(Failing, clocks_may_be_set_ten_years_ahead_at_the_board) {
  expect_untouched([&] { ASSERT_TRUE(box_->clock.set_utc(box_->clock.utc() + ten_years)); });
}

TEST_F(Failing, clocks_may_be_set_back_to_1970_at_the_board) {
  expect_untouched([&] { ASSERT_TRUE(box_->clock.set_utc(std::chrono::sys_seconds{})); });
}

TEST_F(Failing, clocks_may_be_set_ten_years_ahead_by_the_server) {
  expect_untouched([&] {
    const auto utc = (box_->clock.utc() + ten_years).time_since_epoch().count();
    EXPECT_EQ(
        do_command("SET OPTIONS DateTime=" + std::to_string(fake::appendix_5_seconds_utc(utc))), 0);
  });
}

TEST_F(Failing, clocks_may_be_set_back_to_the_first_moment_that_a_server_can_say) {
  expect_untouched([&] {
    (void)do_command("SET OPTIONS DateTime=0");  // the year 2000: whether that is taken or not
  });
}

}  // namespace
}  // namespace lintel::push
