// Events and states on their way to the server.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Uploading : public World {
 protected:
  void expect_everything_there_once() {
    EXPECT_THAT(server_.missing_events(), IsEmpty());
    EXPECT_EQ(server_.needlessly_repeated_events(), 0u);
    const auto events = server_.events();
    const auto stored = box_->events();
    ASSERT_EQ(events.size(), stored.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].index, stored[i].index()) << "in order";
    }
    EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
    EXPECT_THAT(server_.complaints(), IsEmpty());
  }
};

TEST_F(Uploading, offers_an_event_within_a_second) {
  go_online();
  run(5s);
  const auto before = server_.count(Kind::rtlog);
  box_->swipe(1, 0x123456);
  run(500ms);
  EXPECT_EQ(server_.count(Kind::rtlog), before + 1);
  EXPECT_EQ(server_.events().back().code, 27u);
  expect_everything_there_once();
}

TEST_F(Uploading, sends_live_events_one_by_one) {
  go_online();
  run(5s);
  for (int i = 0; i < 20; ++i) {
    make_events(2);
    run(1s);
  }
  EXPECT_EQ(server_.most_events_in_a_request(), 1u);
  expect_everything_there_once();
}

TEST_F(Uploading, brings_the_events_of_an_outage_in_order_and_in_batches) {
  go_online();
  run(5s);
  network_ = false;
  run(20s);
  make_events(250);
  run(60s);
  network_ = true;
  run(60s);
  EXPECT_EQ(server_.most_events_in_a_request(), 100u);
  expect_everything_there_once();
}

TEST_F(Uploading, batches_nothing_for_an_older_server) {
  server_.change([](fake::Settings& s) { s.configure("PushProtVer", "3.0.1"); });
  make_events(50);
  go_online();
  run(10s);
  EXPECT_EQ(server_.most_events_in_a_request(), 1u);
  expect_everything_there_once();
}

TEST_F(Uploading, goes_on_singly_when_the_server_counts_one_of_many) {
  server_.change([](fake::Settings& s) { s.reads_first_line_only = true; });
  server_.inject(
      {.what = Fault::What::say, .target_has = "rtlog", .reply = fake::text_reply("OK:0")});
  make_events(50);
  go_online();
  run(30s);
  expect_everything_there_once();
}

TEST_F(Uploading, goes_on_in_batches_after_a_server_in_trouble) {
  make_events(250);
  server_.inject({.what = Fault::What::say,
                  .target_has = "rtlog",
                  .times = 2,
                  .reply = fake::status_reply(500)});
  go_online();
  run(60s);
  // 100, 100, 50 and a few that came meanwhile, after two that were refused.
  EXPECT_LE(server_.count(Kind::rtlog), 10u);
  EXPECT_EQ(server_.most_events_in_a_request(), 100u);
  expect_everything_there_once();
}

TEST_F(Uploading, goes_on_singly_where_batch_after_batch_is_refused) {
  make_events(250);
  server_.inject({.what = Fault::What::say,
                  .target_has = "rtlog",
                  .times = 3,
                  .reply = fake::status_reply(500)});
  go_online();
  run(120s);
  EXPECT_EQ(server_.most_events_in_a_request(), 1u);
  expect_everything_there_once();
}

TEST_F(Uploading, does_not_add_up_refusals_that_are_apart) {
  make_events(1'000);
  for (unsigned after = 0; after < 8; after += 2) {
    server_.inject({.what = Fault::What::say,
                    .target_has = "rtlog",
                    .after = after,
                    .reply = fake::status_reply(503)});
  }
  go_online();
  run(120s);
  EXPECT_LE(server_.count(Kind::rtlog), 30u);
  expect_everything_there_once();
}

TEST_F(Uploading, confirms_only_what_the_server_counted) {
  make_events(50);
  go_online();
  run(10s);
  const auto all = box_->status().last_event();
  make_events(40);
  const auto sent = server_.count(Kind::rtlog);
  server_.inject({.what = Fault::What::say,
                  .target_has = "rtlog",
                  .times = 1,
                  .reply = fake::text_reply("OK:15")});
  // 15 were counted but not kept by this server: they are what a lying server loses, and no more.
  ASSERT_TRUE(run_until([&] { return server_.count(Kind::rtlog) > sent; }, 10s));
  run(30s);
  EXPECT_EQ(server_.missing_events().size(), 15u);
  EXPECT_EQ(server_.missing_events().front(), all + 1);
}

TEST_F(Uploading, repeats_only_what_had_no_answer) {
  go_online();
  run(5s);
  server_.inject({.what = Fault::What::drop_answer, .target_has = "rtlog", .times = 3});
  make_events(5);
  run(120s);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
  EXPECT_EQ(server_.needlessly_repeated_events(), 0u);
  EXPECT_LE(server_.repeated_events(), 3u);
  EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
}

TEST_F(Uploading, takes_nothing_but_an_OK_for_an_OK) {
  const std::vector<HttpReply> others = {
      fake::html_page(),       fake::html_page(404),        fake::status_reply(500),
      fake::text_reply("404"), fake::text_reply(""),        fake::text_reply("NO"),
      fake::text_reply("O"),   fake::text_reply("error=0"), fake::text_reply("OK", 404)};
  go_online();
  run(5s);
  for (const auto& reply : others) {
    server_.inject({.what = Fault::What::say, .target_has = "rtlog", .times = 0, .reply = reply});
    make_events(1);
    const auto confirmed = box_->status().confirmed_event();
    run(20s);
    EXPECT_EQ(box_->status().confirmed_event(), confirmed) << reply.body;
    server_.clear_faults();
    run(40s);
    expect_everything_there_once();
  }
}

TEST_F(Uploading, loses_nothing_when_push_dies_at_any_request) {
  make_events(30);
  for (int death = 0; death < 40; ++death) {
    restart_push();
    const auto sent = server_.count(Kind::rtlog);
    if (death % 3 == 0) {
      server_.inject({.what = Fault::What::drop_answer, .target_has = "rtlog", .times = 1});
    }
    run_until([&] { return server_.count(Kind::rtlog) > sent; }, 3s);
    make_events(2);
  }
  run(120s);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
  EXPECT_EQ(server_.needlessly_repeated_events(), 0u);
  EXPECT_EQ(server_.events().size(), box_->events().size());
}

TEST_F(Uploading, loses_nothing_when_the_engine_dies_in_between) {
  go_online();
  for (int death = 0; death < 10; ++death) {
    make_events(3);
    run(death * 37ms);
    box_->kill();
    run(2s);
    ASSERT_TRUE(box_->start());
  }
  run(30s);
  expect_everything_there_once();
}

TEST_F(Uploading, writes_the_verifytype_in_the_form_that_the_server_agreed_to) {
  server_.change([](fake::Settings& s) { s.takes_verify_styles = true; });
  go_online();
  run(5s);
  box_->swipe(1, 0x123456);
  run(1s);
  EXPECT_THAT(server_.events().back().line, HasSubstr("\tverifytype=0000100000000000\t"));
  expect_everything_there_once();
}

TEST_F(Uploading, waits_for_TransInterval_when_not_in_real_time) {
  server_.change([](fake::Settings& s) {
    s.configure("Realtime", "0");
    s.configure("TransInterval", "5");
    s.configure("TransTimes", "23:59");
  });
  go_online();
  const auto start = now();
  make_events(3);
  run(4min);
  EXPECT_EQ(server_.count(Kind::rtlog), 0u);
  EXPECT_EQ(server_.count(Kind::rtstate), 0u);
  run(start + 5min + 10s - now());
  expect_everything_there_once();
  EXPECT_GT(server_.count(Kind::rtstate), 0u);
  const auto sent = server_.count(Kind::rtlog);
  make_events(1);
  run(4min);
  EXPECT_EQ(server_.count(Kind::rtlog), sent);
  run(2min);
  EXPECT_EQ(server_.count(Kind::rtlog), sent + 1);
}

TEST_F(Uploading, goes_at_TransTimes_when_not_in_real_time) {
  // The box's clock shows 08:00.
  look_every_ = 1min;
  server_.change([](fake::Settings& s) {
    s.configure("Realtime", "0");
    s.configure("TransInterval", "1440");
    s.configure("TransTimes", "08:0208:09");
  });
  go_online();
  make_events(1);
  run(90s);
  EXPECT_EQ(server_.count(Kind::rtlog), 0u);
  run(1min);
  expect_everything_there_once();
  const auto times = times_of(Kind::rtlog);
  EXPECT_EQ(box_->events().front().time().substr(0, 14), "2026-11-23 08:");
  make_events(1);
  run(6min);
  EXPECT_EQ(server_.count(Kind::rtlog), times.size());
  run(1min);
  expect_everything_there_once();
}

TEST_F(Uploading, tells_a_state_when_it_changes_and_every_30_s) {
  go_online();
  run(2s);
  EXPECT_EQ(server_.states().size(), 1u);
  EXPECT_THAT(server_.states().back(), HasSubstr("\tsensor=00\trelay=00\talarm=0000000000000000"));
  EXPECT_EQ(do_command("CONTROL DEVICE 01020105"), 0);
  run(1s);
  EXPECT_THAT(server_.states().back(), HasSubstr("\trelay=02\t"));
  run(6s);
  EXPECT_THAT(server_.states().back(), HasSubstr("\trelay=00\t"));
  const auto told = server_.states().size();
  run(300s);
  EXPECT_EQ(server_.states().size(), told + 10);
}

TEST_F(Uploading, goes_on_with_events_when_states_are_not_taken) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "rtstate",
                  .times = 0,
                  .reply = fake::status_reply(404)});
  go_online();
  make_events(5);
  run(3s);
  expect_everything_there_once();
  run(300s);
  EXPECT_LT(server_.count(Kind::rtstate), 30u);
}

TEST_F(Uploading, is_not_delayed_by_a_getrequest_that_hangs) {
  go_online();
  run(3s);
  // 9 s of 10: no timeout, but each getrequest takes its time. Under simulated time the lanes take
  // turns, so what the program's threads do at once happens here between two getrequests.
  server_.inject({.what = Fault::What::delay,
                  .target_has = "getrequest",
                  .times = 3,
                  .reply = {},
                  .delay = 9s});
  make_events(3);
  run(30s);
  expect_everything_there_once();
  EXPECT_TRUE(online());
}

TEST_F(Uploading, drains_a_backlog_as_fast_as_the_server_answers) {
  // Even one by one: each step does one exchange and asks to be called again at once.
  server_.change([](fake::Settings& s) { s.configure("PushProtVer", "3.0.1"); });
  make_events(120);
  go_online();
  const auto start = now();
  ASSERT_TRUE(run_until([&] { return server_.events().size() == box_->events().size(); }, 60s));
  EXPECT_LT(now() - start, 1s) << "the uploader waits for nothing but the server";
}

}  // namespace
}  // namespace lintel::push
