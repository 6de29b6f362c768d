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

struct Wrong {
  const char* name;
  Fault fault;
};

class WrongAnswers : public HostileServer, public ::testing::WithParamInterface<Wrong> {};

// To a device that connects, and to one that is online.
TEST_P(WrongAnswers, to_everything_are_survived_and_not_believed) {
  look_every_ = 5s;
  for (const bool while_online : {false, true}) {
    restart_push();
    if (while_online) go_online();
    make_events(1);
    const auto confirmed = box_->status().confirmed_event();
    const bool takes_everything = GetParam().fault.reply.body == "OK";
    server_.inject(GetParam().fault);
    expect_patience(60s);
    if (!takes_everything) {
      EXPECT_EQ(box_->status().confirmed_event(), confirmed);
    }
    server_.clear_faults();
    run(50s);
    EXPECT_TRUE(online());
    EXPECT_EQ(box_->status().confirmed_event(), box_->status().last_event());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Servers, WrongAnswers,
    ::testing::Values(
        Wrong{"page", {.what = Fault::What::say, .times = 0, .reply = fake::html_page()}},
        Wrong{"page_404", {.what = Fault::What::say, .times = 0, .reply = fake::html_page(404)}},
        Wrong{"status_405",
              {.what = Fault::What::say, .times = 0, .reply = fake::status_reply(405)}},
        Wrong{"status_500",
              {.what = Fault::What::say, .times = 0, .reply = fake::status_reply(500)}},
        Wrong{"text_404", {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("404")}},
        Wrong{"text_OK", {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("OK")}},
        Wrong{"nothing", {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("")}},
        Wrong{"code",
              {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("RegistryCode=x")}},
        Wrong{"command_500",
              {.what = Fault::What::say, .times = 0, .reply = fake::text_reply("C:1:REBOOT", 500)}},
        Wrong{"close", {.what = Fault::What::close, .times = 0}},
        Wrong{"garbage", {.what = Fault::What::garbage, .times = 0}},
        Wrong{"silence", {.what = Fault::What::delay, .times = 0, .reply = {}, .delay = 60s}}),
    [](const auto& wrong) { return wrong.param.name; });

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
