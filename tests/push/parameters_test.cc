// What the server's configuration decides besides delays: who may be connected, what is handed on
// to the engine, which clock counts; and a network that changes under the conversation.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Configured : public World {
 protected:
  void server_says(std::string_view name, std::optional<std::string> value) {
    server_.change([&](fake::Settings& s) { s.configure(name, std::move(value)); });
  }
  std::string option(const std::string& name) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    return box_->ask(request).options().option(0).value();
  }
};

// ---- levels of security

TEST_F(Configured, levels_of_security_are_equal_or_nobody_is_connected) {
  struct Levels {
    unsigned ours;
    std::optional<std::string> theirs;
    bool fit;
  };
  const Levels cases[] = {{0, std::nullopt, true},  {0, "0", true}, {0, "", true},
                          {0, "1", false},          {3, "3", true}, {3, "2", false},
                          {3, std::nullopt, false}, {0, "9", true}, {4, "four", false}};
  for (const auto& [ours, theirs, fit] : cases) {
    server_says("SvrNSLevel", theirs);
    server_.forget_registration();
    configure_level(ours);
    run(10s);
    EXPECT_EQ(online(), fit) << ours << " and " << theirs.value_or("none");
    EXPECT_EQ(server_.registry().at("DevNSLevel"), std::to_string(ours));
  }
}

TEST_F(Configured, a_server_of_another_level_is_asked_again_after_ErrorDelay) {
  server_says("SvrNSLevel", "2");
  configure_level(3);
  run(2s);
  EXPECT_EQ(link().state(), "waiting");
  EXPECT_THAT(link().last_error(), HasSubstr("security level 2, this controller 3"));
  EXPECT_EQ(server_.registry().at("DevNSLevel"), "3");
  EXPECT_EQ(server_.count(Kind::getrequest), 0u);
  EXPECT_EQ(server_.count(Kind::rtlog), 0u);
  run(200s);
  const auto times = times_of(Kind::connect);
  ASSERT_GT(times.size(), 4u);
  for (std::size_t i = 1; i < times.size(); ++i) {
    EXPECT_GE(times[i] - times[i - 1], 24s);
    EXPECT_LE(times[i] - times[i - 1], 37s);
  }
  server_says("SvrNSLevel", "3");
  run(40s);
  EXPECT_TRUE(online());
}

// ---- what is handed on

TEST_F(Configured, qr_codes_and_the_unit_of_temperature_are_handed_on_where_they_differ) {
  server_says("QRCodeDecryptType", "2");
  server_says("QRCodeDecryptKey", "made-up-key");
  server_says("IRTempUnitTrans", "1");
  go_online();
  EXPECT_EQ(option("QRCodeDecryptType"), "2");
  EXPECT_EQ(option("QRCodeDecryptKey"), "made-up-key");
  EXPECT_EQ(option("IRTempUnitTrans"), "1");
  server_says("QRCodeDecryptType", "7");
  server_says("IRTempUnitTrans", "hot");
  restart_push();
  go_online();
  EXPECT_EQ(option("QRCodeDecryptType"), "2") << "what cannot be changes nothing";
  EXPECT_EQ(option("IRTempUnitTrans"), "1");
}

TEST_F(Configured, parameters_count_in_either_reply) {
  go_online();
  server_says("RequestDelay", "7");
  server_says("SvrNSLevel", "0");
  // A server that knows us says everything in its first answer; this one says nothing afterwards.
  restart_push();
  server_.inject({.what = Fault::What::say,
                  .target_has = "/push",
                  .reply = fake::text_reply("ServerName=Fake\r\n")});
  go_online();
  const auto before = times_of(Kind::getrequest).size();
  run(30s);
  const auto times = times_of(Kind::getrequest);
  ASSERT_GT(times.size(), before + 2);
  EXPECT_EQ(times.back() - times[times.size() - 2], 7s);
}

// ---- which clock

TEST(TheDateOfAReply, is_read_in_its_one_form) {
  using namespace std::chrono;
  EXPECT_EQ(parse_http_date("Fri, 03 Jul 2015 06:53:01 GMT"),
            sys_days(2015y / July / 3) + 6h + 53min + 1s);
  EXPECT_EQ(parse_http_date(" Mon, 29 Feb 2016 23:59:59 GMT "),
            sys_days(2016y / February / 29) + 23h + 59min + 59s);
  for (const char* text : {"", "Fri, 03 Jul 2015 06:53:01", "Fri, 03 Jul 2015 06:53:01 CET",
                           "Fri, 31 Jun 2015 06:53:01 GMT", "Fri, 03 Foo 2015 06:53:01 GMT",
                           "Fri, 03 Jul 2015 24:53:01 GMT", "Fri, 03 anF 2015 06:53:01 GMT",
                           "Friday, 03-Jul-15 06:53:01 GMT", "Fri, 3 Jul 2015 06:53:01 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

class Clockless : public Configured {
 protected:
  Clockless() {
    auto reply = fake::status_reply(404);
    reply.headers.emplace_back("Date", "Thu, 03 Jan 2030 06:53:01 GMT");
    server_.inject(
        {.what = Fault::What::say, .target_has = "rtdata", .times = 0, .reply = std::move(reply)});
  }
  bool clock_is_of_2030() {
    using namespace std::chrono;
    const auto distance = box_->clock.utc() - (sys_days(2030y / January / 3) + 6h + 53min + 1s);
    return std::chrono::abs(distance) < 60s;
  }
};

TEST_F(Clockless, the_date_of_the_reply_counts_where_nothing_else_is_known) {
  box_->clock.trusted = false;
  go_online();
  EXPECT_TRUE(clock_is_of_2030());
}

TEST_F(Clockless, a_clock_that_is_trusted_is_not_set_by_a_date) {
  go_online();
  EXPECT_FALSE(clock_is_of_2030());
}

TEST_F(Clockless, what_rtdata_says_counts_more_than_the_date) {
  server_.clear_faults();
  box_->clock.trusted = false;
  go_online();
  EXPECT_FALSE(clock_is_of_2030());
}

// ---- another network

class AnotherNetwork : public Configured {
 protected:
  AnotherNetwork() {
    box_->kill();  // it looks at what the system can do when it starts
    box_->system.can_network = true;
    if (!box_->start()) throw std::runtime_error("the engine does not start");
  }
  // A command of the server, carried out, told, and applied by the system.
  std::string set(const std::string& option) {
    const auto id = server_.queue("SET OPTIONS " + option);
    EXPECT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 10s));
    EXPECT_EQ(server_.code(id), 0) << option;
    return id;
  }
};

TEST_F(AnotherNetwork, is_proved_by_a_new_connection_after_the_server_has_the_result) {
  go_online();
  run(5s);
  auto connections = server_.count(Kind::connect);
  for (const char* option :
       {"IPAddress=192.0.2.77", "NetMask=255.255.255.0", "GATEIPAddress=192.0.2.1"}) {
    const auto id = set(option);
    EXPECT_EQ(server_.count(Kind::connect), connections) << "not before";
    run(20s);
    EXPECT_EQ(server_.count(Kind::connect), ++connections) << option;
    EXPECT_TRUE(online());
    EXPECT_EQ(server_.results(id).size(), 1u);
  }
  run(200s);
  EXPECT_EQ(server_.count(Kind::connect), connections) << "once only";
  EXPECT_EQ(server_.count(Kind::registry), 1u) << "the server knows us as before";
  EXPECT_EQ(option("IPAddress"), "192.0.2.77") << "nothing was taken back";
}

TEST_F(AnotherNetwork, that_leads_nowhere_is_taken_back_and_the_old_one_begun_anew) {
  go_online();
  const auto before = option("IPAddress");
  set("IPAddress=192.0.2.99");
  network_ = false;  // nobody is there
  run(100s);
  EXPECT_FALSE(online());
  EXPECT_EQ(option("IPAddress"), "192.0.2.99");
  run(40s);
  EXPECT_EQ(option("IPAddress"), before) << "after 120 s";
  network_ = true;
  run(60s);
  EXPECT_TRUE(online());
}

TEST_F(Configured, other_options_are_no_new_network) {
  go_online();
  ASSERT_EQ(box_->set_option("Door1Drivertime", "7").code(), 0);
  run(10s);
  EXPECT_EQ(server_.count(Kind::connect), 1u);
}

}  // namespace
}  // namespace lintel::push
