// How a connection comes about, and what happens when it does not.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
using Registration = fake::Settings::Registration;

class Connecting : public World {
 protected:
  std::vector<Kind> conversation_kinds() {
    std::vector<Kind> kept;
    for (const auto kind : kinds()) {
      if (kind != Kind::rtlog && kind != Kind::rtstate) kept.push_back(kind);
    }
    return kept;
  }
};

TEST_F(Connecting, goes_in_the_order_of_the_text) {
  run(1s);
  EXPECT_THAT(conversation_kinds(),
              ElementsAre(Kind::connect, Kind::registry, Kind::configure, Kind::ping, Kind::options,
                          Kind::time, Kind::getrequest));
  EXPECT_THAT(server_.complaints(), IsEmpty());
  EXPECT_EQ(server_.wrong_tokens(), 0u);
  EXPECT_TRUE(link().online());
  EXPECT_EQ(link().state(), "online");
  EXPECT_EQ(link().server(), "http://192.0.2.1:8088");
  EXPECT_EQ(link().server_version(), "3.1.2");
  EXPECT_EQ(link().last_error(), "");
}

TEST_F(Connecting, tells_at_registration_what_the_box_is) {
  go_online();
  const auto registry = server_.registry();
  EXPECT_EQ(registry.at("~DeviceName"), "Test box");
  EXPECT_EQ(registry.at("LockCount"), "4");
  EXPECT_EQ(registry.at("ReaderCount"), "8");
  EXPECT_EQ(registry.at("MaxPackageSize"), "2048000");
  EXPECT_THAT(server_.options(), Contains(::testing::Pair("LockCount", "4")));
}

TEST_F(Connecting, is_not_needed_again_by_a_server_that_knows_us) {
  go_online();
  network_ = false;
  run(60s);
  EXPECT_FALSE(online());
  EXPECT_FALSE(link().online());
  network_ = true;
  run(60s);
  EXPECT_TRUE(online());
  EXPECT_EQ(server_.count(Kind::registry), 1u);
  EXPECT_EQ(server_.count(Kind::connect), 2u);
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Connecting, is_refused_in_four_ways_and_tried_again_after_ErrorDelay) {
  for (const auto way : {Registration::status_406, Registration::status_401, Registration::body_406,
                         Registration::empty_body}) {
    server_.change([&](fake::Settings& s) { s.registration = way; });
    const auto before = times_of(Kind::registry).size();
    run(200s);
    const auto times = times_of(Kind::registry);
    ASSERT_GT(times.size(), before + 3) << static_cast<int>(way);
    for (std::size_t i = before + 1; i < times.size(); ++i) {
      EXPECT_GE(times[i] - times[i - 1], 24s);  // 30 s, 20 % earlier
      EXPECT_LE(times[i] - times[i - 1], 37s);
    }
    EXPECT_FALSE(link().online());
  }
  EXPECT_EQ(server_.count(Kind::configure), 0u);
  server_.change([](fake::Settings& s) { s.registration = Registration::open; });
  run(40s);
  EXPECT_TRUE(online());
}

TEST_F(Connecting, starts_over_when_the_server_forgets_us) {
  go_online();
  server_.forget_registration();
  run(10s);
  EXPECT_TRUE(online());
  EXPECT_EQ(server_.count(Kind::registry), 2u);
  EXPECT_EQ(server_.count(Kind::connect), 2u);
}

TEST_F(Connecting, starts_over_when_an_upload_shows_that_we_are_forgotten) {
  server_.change([](fake::Settings& s) { s.configure("RequestDelay", "600"); });
  go_online();
  run(2s);
  server_.forget_registration();
  make_events(1);
  run(10s);
  EXPECT_EQ(server_.count(Kind::registry), 2u);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
  EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
}

TEST_F(Connecting, obeys_RequestDelay) {
  server_.change([](fake::Settings& s) { s.configure("RequestDelay", "7"); });
  go_online();
  run(70s);
  const auto times = times_of(Kind::getrequest);
  ASSERT_GE(times.size(), 9u);
  // Only the first pause is shorter: it gives this controller a phase of its own.
  EXPECT_LE(times[1] - times[0], 7s);
  for (std::size_t i = 2; i < times.size(); ++i) {
    EXPECT_EQ(times[i] - times[i - 1], 7s);
  }
}

TEST_F(Connecting, tries_soon_once_and_then_about_every_ErrorDelay) {
  server_.change([](fake::Settings& s) { s.configure("ErrorDelay", "40"); });
  go_online();
  server_.inject({.what = Fault::What::close, .target_has = "", .times = 0});
  const auto before = times_of(Kind::connect).size();
  run(600s);
  const auto times = times_of(Kind::connect);
  ASSERT_GT(times.size(), before + 10);
  EXPECT_LT(times.size(), before + 30);
  for (std::size_t i = before + 1; i < times.size(); ++i) {
    EXPECT_LE(times[i] - times[i - 1], 44s);
    EXPECT_GE(times[i] - times[i - 1], i < before + 3 ? 800ms : 36s);
  }
}

TEST_F(Connecting, follows_a_session_id_that_changes) {
  go_online();
  // The strict server now knows the session after the next ping or getrequest only.
  server_.change([](fake::Settings& s) { s.checks_tokens = false; });
  server_.inject({.what = Fault::What::say,
                  .target_has = "getrequest",
                  .reply = fake::text_reply("OK\r\nSessionID=0123456789ABCDEF\r\n")});
  run(5s);
  const auto cookie = requests_of(Kind::getrequest).back().request.headers.at(0).second;
  EXPECT_EQ(cookie, "token=" + fake::md5_hex("code13383154200002"
                                             "0123456789ABCDEF"));
  EXPECT_TRUE(online());
}

TEST_F(Connecting, works_without_a_session_id) {
  server_.change([](fake::Settings& s) { s.configure("SessionID", std::nullopt); });
  run(10s);
  EXPECT_TRUE(online());
  EXPECT_EQ(server_.wrong_tokens(), 0u);
  const auto cookie = requests_of(Kind::getrequest).back().request.headers.at(0).second;
  EXPECT_EQ(cookie, "token=" + fake::md5_hex("code13383154200002"));
}

TEST_F(Connecting, sets_the_clock_by_the_server) {
  server_.change([&](fake::Settings& s) {
    s.utc_now = [&] { return box_->clock.utc().time_since_epoch().count() + 3600; };
    s.zone_minutes = -210;
  });
  const auto before = box_->clock.utc();
  go_online();
  const auto gone = box_->clock.utc() - before;
  EXPECT_GE(gone, 3600s);
  EXPECT_LE(gone, 3660s);
  EXPECT_EQ(box_->status().zone_minutes(), -210);
}

TEST_F(Connecting, asks_the_time_once_a_connection_and_once_a_day) {
  server_.change([](fake::Settings& s) { s.configure("RequestDelay", "600"); });
  look_every_ = 1min;
  go_online();
  EXPECT_EQ(server_.count(Kind::time), 1u);
  box_->kill();  // a day passes quickly without it
  run(23h);
  ASSERT_TRUE(box_->start());
  run(30min);
  EXPECT_EQ(server_.count(Kind::time), 1u);
  run(31min);
  EXPECT_EQ(server_.count(Kind::time), 2u);
}

TEST_F(Connecting, passes_over_a_time_that_it_does_not_understand) {
  const auto before = box_->clock.utc();
  server_.inject({.what = Fault::What::say,
                  .target_has = "rtdata",
                  .reply = fake::text_reply("DateTime=1790000000,ServerTZ=+0000")});
  go_online();
  EXPECT_LE(box_->clock.utc() - before, 60s);
}

TEST_F(Connecting, idles_without_a_server_and_says_so) {
  configure(std::nullopt);
  run(300s);
  EXPECT_EQ(link().state(), "no server");
  EXPECT_EQ(link().server(), "");
  EXPECT_THAT(connected_to_, IsEmpty());
  // The console may name one later.
  box_->set_option("WebServerIP", "192.0.2.77");
  box_->set_option("WebServerPort", "8099");
  run(5s);
  EXPECT_TRUE(online());
  EXPECT_EQ(link().server(), "http://192.0.2.77:8099");
}

TEST_F(Connecting, moves_to_the_address_that_the_server_sets_after_telling_it_so) {
  go_online();
  const auto id = server_.queue("SET OPTIONS WebServerIP=192.0.2.9,WebServerPort=8089");
  run(20s);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(server_.results(id).size(), 1u);
  EXPECT_TRUE(online());
  EXPECT_EQ(connected_to_.back().url(), "http://192.0.2.9:8089");
  EXPECT_EQ(link().server(), "http://192.0.2.9:8089");
  restart_push();  // and it stays there
  run(5s);
  EXPECT_EQ(connected_to_.back().url(), "http://192.0.2.9:8089");
}

TEST_F(Connecting, uploads_the_options_again_when_one_has_changed) {
  go_online();
  run(5s);
  EXPECT_EQ(server_.count(Kind::options), 1u);
  box_->set_option("WebServerPort", "8088");
  run(5s);
  EXPECT_EQ(server_.count(Kind::options), 2u);
  EXPECT_EQ(server_.options().at("WebServerPort"), "8088");
  run(60s);
  EXPECT_EQ(server_.count(Kind::options), 2u);
}

TEST_F(Connecting, keeps_its_options_to_itself_when_told_so) {
  box_->set_option("PushOptionsFlag", "0");
  go_online();
  run(60s);
  EXPECT_EQ(server_.count(Kind::options), 0u);
}

TEST_F(Connecting, survives_a_restart_of_the_engine) {
  go_online();
  box_->kill();
  run(30s);
  EXPECT_GT(server_.count(Kind::ping), 1u) << "the server must not forget us meanwhile";
  ASSERT_TRUE(box_->start());
  run(10s);
  EXPECT_TRUE(online());
  EXPECT_EQ(server_.count(Kind::registry), 1u);
  EXPECT_EQ(link().state(), "online") << "the new engine is told anew";
  EXPECT_EQ(do_command("DATA UPDATE user Pin=5"), 0);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
}

TEST_F(Connecting, waits_for_an_engine_that_is_not_there_yet) {
  engine_reachable_ = false;
  restart_push();
  run(60s);
  EXPECT_THAT(connected_to_, IsEmpty());
  engine_reachable_ = true;
  run(5s);
  EXPECT_TRUE(online());
}

TEST_F(Connecting, stays_with_a_server_that_holds_a_getrequest_back) {
  go_online();
  server_.inject({.what = Fault::What::delay,
                  .target_has = "getrequest",
                  .times = 3,
                  .reply = {},
                  .delay = 60s});
  run(45s);
  EXPECT_TRUE(online());
  EXPECT_EQ(server_.count(Kind::connect), 1u);
  EXPECT_GE(server_.count(Kind::ping), 4u);
}

TEST_F(Connecting, tells_why_in_words_and_without_secrets) {
  server_.inject({.what = Fault::What::say, .times = 0, .reply = fake::html_page()});
  run(5s);
  EXPECT_EQ(link().state(), "waiting");
  EXPECT_EQ(link().last_error(), "the server answers with status 200 and a web page");
}

}  // namespace
}  // namespace lintel::push
