// Servers that answer anything to anything: nothing crashes, nothing is believed, no busy loop.
#include <random>

#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class HostileServer : public World {
 protected:
  // No more requests than a patient device makes.
  void expect_patience(std::chrono::seconds time) {
    const auto before = server_.requests().empty() ? 0 : server_.requests().back().number;
    run(time);
    const auto after = server_.requests().empty() ? 0 : server_.requests().back().number;
    EXPECT_LE(after - before, 40u + 6u * static_cast<unsigned>(time.count()));
  }
};

TEST_F(HostileServer, may_answer_every_request_wrongly) {
  const std::vector<Fault> faults = {
      {.what = Fault::What::say, .times = 0, .reply = fake::html_page()},
      {.what = Fault::What::say, .times = 0, .reply = fake::html_page(404)},
      {.what = Fault::What::say, .times = 0, .reply = fake::status_reply(405)},
      {.what = Fault::What::say, .times = 0, .reply = fake::status_reply(500)},
      {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("404")},
      {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("OK")},
      {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("")},
      {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("RegistryCode=x")},
      {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("C:1:REBOOT\n", 500)},
      {.what = Fault::What::close, .times = 0},
      {.what = Fault::What::garbage, .times = 0},
      {.what = Fault::What::truncate, .times = 0},
      {.what = Fault::What::delay, .times = 0, .reply = {}, .delay = 60s},
  };
  look_every_ = 5s;
  for (const bool while_online : {false, true}) {
    for (const auto& fault : faults) {
      restart_push();
      if (while_online) go_online();
      make_events(1);
      server_.inject(fault);
      expect_patience(60s);
      server_.clear_faults();
      run(40s);
      EXPECT_TRUE(online());
      server_.forget_registration();
      run(20s);
      EXPECT_TRUE(online());
    }
  }
  run(60s);
  EXPECT_GE(server_.events().size() + 30, box_->events().size());
}

TEST_F(HostileServer, may_answer_with_random_bytes) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 300; ++round) {
    std::string body(random() % 60, '\0');
    for (char& c : body) {
      c = static_cast<char>(random() % 256);
    }
    server_.inject(
        {.what = Fault::What::say,
         .target_has = std::vector<std::string>{"cdata", "registry", "push", "ping", "getrequest",
                                                "devicecmd", "rtdata"}[random() % 7],
         .times = 1 + static_cast<unsigned>(random() % 3),
         .reply = {static_cast<int>(random() % 600), {}, body}});
    expect_patience(5s);
  }
  server_.clear_faults();
  run(120s);
  EXPECT_TRUE(online());
  EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
}

TEST_F(HostileServer, may_register_us_and_then_know_us_never) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "getrequest",
                  .times = 0,
                  .reply = fake::status_reply(401)});
  run(300s);
  EXPECT_LT(server_.count(Kind::connect), 30u);
  EXPECT_FALSE(online());
}

TEST_F(HostileServer, may_send_a_session_id_that_would_forge_a_header) {
  server_.inject({.what = Fault::What::say,
                  .target_has = "ping",
                  .reply = fake::text_reply("SessionID=a\x01\x02\r\n")});
  run(10s);
  EXPECT_TRUE(online());
  for (const auto& seen : server_.requests()) {
    for (const auto& [name, value] : seen.request.headers) {
      EXPECT_EQ(value.find_first_of("\r\n\x01"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace lintel::push
