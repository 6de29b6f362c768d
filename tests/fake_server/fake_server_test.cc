// The fake server must notice what it is there to notice; else every test that leans on it is worth
// nothing.
#include "tests/fake_server/fake_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/fake_server/fake_transport.h"
#include "tests/fake_server/scripted_device.h"

namespace lintel::fake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Online : testing::Test {
  Online() { device.register_and_configure(); }
  FakeServer server;
  ScriptedDevice device{server};
};

TEST(FakeServer, SpeaksTheDigestsAndSecondsOfTheText) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(appendix_5_seconds(2000, 1, 1, 0), 0u);
  EXPECT_EQ(appendix_5_seconds(2017, 1, 10, 49'729), 17u * 12 * 31 * 86'400 + 9 * 86'400 + 49'729);
  EXPECT_EQ(appendix_5_seconds_utc(951'782'400 + 5), appendix_5_seconds(2000, 2, 29, 5));
}

TEST(FakeServer, AStrangerIsToldToRegisterAndThenServed) {
  FakeServer server;
  ScriptedDevice device(server);
  EXPECT_EQ(device.get("cdata?pushver=3.1.2&options=all"), "OK");
  EXPECT_EQ(device.send("GET", "getrequest?SN=" + scripted_serial).reply.status, 401);
  device.register_and_configure();
  EXPECT_EQ(device.get("getrequest"), "OK");
  EXPECT_EQ(device.get("ping"), "OK");
  EXPECT_EQ(server.registry().at("LockCount"), "4");
  EXPECT_EQ(server.count(Kind::connect), 2u);
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, AKnownDeviceGetsItsRegistrationWithTheConnection) {
  FakeServer& known = server;
  ScriptedDevice again(known);
  const auto text = again.get("cdata?pushver=3.1.2&options=all");
  EXPECT_THAT(text, HasSubstr("registry=ok\r\nRegistryCode=code1\r\n"));
  EXPECT_THAT(text, HasSubstr("RequestDelay=2\r\n"));
  known.forget_registration();
  EXPECT_EQ(again.get("cdata?pushver=3.1.2&options=all"), "OK");
  EXPECT_EQ(device.send("GET", "ping?SN=" + scripted_serial).reply.status, 401);
}

TEST(FakeServer, RegistrationIsRefusedInEachWayOfTheField) {
  using Registration = Settings::Registration;
  FakeServer server;
  ScriptedDevice device(server);
  const auto registered_with = [&](Registration policy) {
    server.change([&](Settings& settings) { settings.registration = policy; });
    return device.send("POST", "registry?SN=" + scripted_serial, "DeviceType=acc,a=1").reply;
  };
  EXPECT_EQ(registered_with(Registration::status_406).status, 406);
  EXPECT_EQ(registered_with(Registration::status_401).status, 401);
  EXPECT_EQ(registered_with(Registration::body_406).body, "406");
  EXPECT_EQ(registered_with(Registration::empty_body).body, "");
  EXPECT_THAT(registered_with(Registration::open).body, HasSubstr("RegistryCode="));
  server.change([](Settings& settings) { settings.serial = "another"; });
  EXPECT_EQ(registered_with(Registration::open).status, 406);
}

TEST_F(Online, AWrongTokenIsCountedAndTurnedAway) {
  device.use_session("not the session");
  EXPECT_EQ(device.send("GET", "ping?SN=" + scripted_serial).reply.status, 401);
  EXPECT_EQ(server.wrong_tokens(), 1u);
  EXPECT_THAT(server.complaints(), ElementsAre(HasSubstr("a wrong token")));
}

TEST_F(Online, ANewSessionIsTheOnlyOneThatCounts) {
  server.change([](Settings& settings) { settings.configure("SessionID", "second"); });
  device.configure();
  EXPECT_EQ(device.get("ping"), "OK");
  device.use_session("30BFB04B2C8AECC72C01C03BFD549D15");
  device.get("ping");
  EXPECT_EQ(server.wrong_tokens(), 1u);
}

TEST_F(Online, ASessionThatTheDeviceMayNotHaveHeardOfDoesNotLockItOut) {
  server.change([](Settings& settings) { settings.configure("SessionID", "second"); });
  server.inject({.what = Fault::What::drop_answer, .target_has = "/push"});
  device.configure();
  device.use_session("30BFB04B2C8AECC72C01C03BFD549D15");
  EXPECT_EQ(device.get("ping"), "OK");
  device.use_session("second");
  EXPECT_EQ(device.get("ping"), "OK");
}

TEST_F(Online, WithoutASessionTheTokenIsMadeOfTheEmptyOne) {
  server.change([](Settings& settings) { settings.configure("SessionID", std::nullopt); });
  server.forget_registration();
  device.register_and_configure();
  EXPECT_EQ(device.get("ping"), "OK");
  EXPECT_EQ(server.wrong_tokens(), 0u);
}

TEST_F(Online, EventsAreKeptInOrder) {
  for (const std::uint64_t index : {7u, 8u, 9u})
    EXPECT_EQ(device.send_event(index), "OK");
  ASSERT_THAT(server.events(), SizeIs(3));
  EXPECT_EQ(server.events()[2].index, 9u);
  EXPECT_EQ(server.events()[2].code, 27u);
  EXPECT_EQ(server.events()[2].address, 1u);
  EXPECT_THAT(server.missing_events(), IsEmpty());
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, AGapALateEventAndANeedlessRepeatAreSeen) {
  device.send_event(1);
  device.send_event(5);
  device.send_event(3);
  device.send_event(5);
  EXPECT_THAT(server.missing_events(), ElementsAre(2u, 4u));
  EXPECT_EQ(server.needlessly_repeated_events(), 1u);
  EXPECT_THAT(server.complaints(), ElementsAre(HasSubstr("index 3 came after 5")));
}

TEST_F(Online, ARepeatIsExcusedWhenTheAnswerWasLost) {
  server.inject({.what = Fault::What::drop_answer, .target_has = "table=rtlog"});
  const auto lost =
      device.send("POST", "cdata?table=rtlog&SN=" + scripted_serial, ScriptedDevice::event_line(1));
  EXPECT_EQ(lost.wire, Wire::closed);
  device.send_event(1);
  EXPECT_EQ(server.repeated_events(), 1u);
  EXPECT_EQ(server.needlessly_repeated_events(), 0u);
  EXPECT_THAT(server.events(), SizeIs(1));
}

TEST_F(Online, AnotherEventUnderTheSameIndexIsSeen) {
  device.send_event(1, 27);
  device.send_event(1, 0);
  EXPECT_THAT(server.complaints(), ElementsAre(HasSubstr("came again with another event")));
}

TEST_F(Online, AnEventThatIsNotAsTheTextSaysIsSeen) {
  const std::string good = ScriptedDevice::event_line(1);
  device.post("cdata?table=rtlog", "pin=0\t" + good);
  EXPECT_THAT(server.complaints().back(), HasSubstr("does not stand in its place"));
  device.post("cdata?table=rtlog", "time=yesterday\t" + good.substr(good.find('\t') + 1));
  EXPECT_THAT(server.complaints(), testing::Contains(HasSubstr("the time is not")));
  device.post("cdata?table=rtlog", good.substr(0, good.rfind('\t')));
  EXPECT_THAT(server.complaints(), testing::Contains(HasSubstr("an event without index")));
  device.post("cdata?table=rtlog", good + "\tcolour=red");
  EXPECT_THAT(server.complaints(), testing::Contains(HasSubstr("no field \"colour\"")));
}

TEST_F(Online, AServerThatReadsOneLineLosesTheOthersOfABatch) {
  server.change([](Settings& settings) { settings.reads_first_line_only = true; });
  device.post("cdata?table=rtlog",
              ScriptedDevice::event_line(1) + "\r\n" + ScriptedDevice::event_line(2) + "\r\n");
  EXPECT_THAT(server.events(), SizeIs(1));
  EXPECT_EQ(server.most_events_in_a_request(), 2u);
}

TEST_F(Online, StatesAreChecked) {
  device.post("cdata?table=rtstate",
              "time=2026-11-22 14:05:09\tsensor=01\trelay=00\talarm=0000000000000000");
  EXPECT_THAT(server.states(), SizeIs(1));
  EXPECT_THAT(server.complaints(), IsEmpty());
  device.post("cdata?table=rtstate", "time=2026-11-22 14:05:09\tsensor=01\talarm=00");
  EXPECT_THAT(server.complaints(), SizeIs(1));
}

TEST_F(Online, CommandsGoOutOnceAndTheirResultsComeBack) {
  const auto first = server.queue("DATA COUNT user");
  const auto second = server.queue("SET OPTIONS Door1Drivertime=5");
  EXPECT_EQ(device.get("getrequest"),
            "C:1:DATA COUNT user\r\nC:2:SET OPTIONS Door1Drivertime=5\r\n");
  EXPECT_EQ(device.get("getrequest"), "OK");
  EXPECT_EQ(server.open_commands(), 2u);
  device.post("querydata?type=count&cmdid=1&tablename=user&count=1&packcnt=1&packidx=1", "user=6");
  device.post("devicecmd", "ID=1&Return=6&CMD=DATA COUNT\nID=2&Return=-11&CMD=SET OPTIONS\n");
  EXPECT_EQ(server.counted(first), 6u);
  EXPECT_EQ(server.code(first), 6);
  EXPECT_EQ(server.code(second), -11);
  EXPECT_EQ(server.open_commands(), 0u);
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, ACommandWithoutAResultGoesOutAgain) {
  server.queue("DATA COUNT user");
  device.get("getrequest");
  device.get("getrequest");
  EXPECT_EQ(device.get("getrequest"), "OK");
  EXPECT_EQ(device.get("getrequest"), "C:1:DATA COUNT user\r\n");
}

TEST_F(Online, RepeatedIdsAreAnsweredOneByOne) {
  server.queue_as("0", "SET OPTIONS Door1Drivertime=5");
  server.queue_as("0", "DATA DELETE user *");
  device.get("getrequest");
  device.post("devicecmd", "ID=0&Return=0&CMD=SET OPTIONS");
  EXPECT_EQ(server.open_commands(), 1u);
  device.post("devicecmd", "ID=0&Return=0&CMD=DATA DELETE");
  EXPECT_EQ(server.open_commands(), 0u);
  EXPECT_THAT(server.results("0"), SizeIs(2));
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, RawTextGoesOutAsItIs) {
  server.queue_raw("C:5:DATA  QUERY\tnonsense\nno command at all\n");
  EXPECT_EQ(device.get("getrequest"), "C:5:DATA  QUERY\tnonsense\nno command at all\n");
  EXPECT_EQ(device.get("getrequest"), "OK");
}

TEST_F(Online, ResultsThatFitNoCommandAreSeen) {
  server.queue("DATA COUNT user");
  device.get("getrequest");
  device.post("devicecmd", "ID=77&Return=0&CMD=DATA COUNT");
  device.post("devicecmd", "ID=1&return=0&CMD=DATA COUNT");
  device.post("devicecmd", "ID=1&Return=0&CMD=COUNT");
  device.post("devicecmd", "ID=1&Return=zero&CMD=DATA COUNT");
  EXPECT_THAT(server.complaints(),
              ElementsAre(HasSubstr("never handed out"), HasSubstr("a result is not"),
                          HasSubstr("first two words"), HasSubstr("a result is not")));
}

TEST_F(Online, AQueryIsPutTogetherFromItsPackets) {
  const auto id = server.queue("DATA QUERY tablename=user,fielddesc=*,filter=*");
  device.get("getrequest");
  const std::string target = "querydata?type=tabledata&cmdid=1&tablename=user&";
  EXPECT_EQ(device.post(target + "count=2&packcnt=2&packidx=1", "user pin=1\r\nuser pin=2\r\n"),
            "user=2");
  device.post(target + "count=1&packcnt=2&packidx=2", "user pin=3\r\n");
  device.post("devicecmd", "ID=1&Return=3&CMD=DATA QUERY");
  EXPECT_THAT(server.rows(id), ElementsAre("user pin=1", "user pin=2", "user pin=3"));
  EXPECT_EQ(server.packets(id), 2u);
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, AQueryThatDoesNotAddUpIsSeen) {
  server.queue("DATA QUERY tablename=user,fielddesc=*,filter=*");
  device.get("getrequest");
  const std::string target = "querydata?type=tabledata&cmdid=1&tablename=user&";
  device.post(target + "count=3&packcnt=3&packidx=2", "user pin=1\r\n\r\npin=2");
  device.post("devicecmd", "ID=1&Return=4&CMD=DATA QUERY");
  EXPECT_THAT(server.complaints(),
              testing::IsSupersetOf({HasSubstr("does not end with CRLF"),
                                     HasSubstr("does not begin with the name of its table"),
                                     HasSubstr("came out of order"),
                                     HasSubstr("before all of its packets came"),
                                     HasSubstr("brought 3 rows and answered 4")}));
}

TEST_F(Online, OptionsComeAskedAndUnasked) {
  device.post("cdata?table=options", "~SerialNumber=1,LockCount=4,IPAddress=");
  EXPECT_EQ(server.options().at("LockCount"), "4");
  const auto id = server.queue("GET OPTIONS LockCount,FirmVer");
  device.get("getrequest");
  device.post("querydata?type=options&cmdid=1&tablename=options&count=1&packcnt=1&packidx=1",
              "LockCount=4,FirmVer=1\r\n");
  device.post("devicecmd", "ID=1&Return=0&CMD=GET OPTIONS");
  EXPECT_EQ(server.got_options(id).at("FirmVer"), "1");
  EXPECT_THAT(server.complaints(), IsEmpty());
}

TEST_F(Online, TheTimeIsTold) {
  server.change([](Settings& settings) {
    settings.utc_now = [] { return std::int64_t{951'782'405}; };
    settings.zone_minutes = -210;
  });
  EXPECT_EQ(device.get("rtdata?type=time"),
            "DateTime=" + std::to_string(appendix_5_seconds(2000, 2, 29, 5)) + ",ServerTZ=-0330");
}

TEST_F(Online, WhatNobodyAsksAServerForIsSeen) {
  EXPECT_EQ(device.send("GET", "secrets?SN=1").reply.status, 404);
  EXPECT_THAT(server.complaints(), SizeIs(1));
}

TEST_F(Online, FaultsHitTheRequestsTheyAreMeantFor) {
  server.inject({.what = Fault::What::say,
                 .target_has = "ping",
                 .after = 1,
                 .times = 2,
                 .reply = text_reply("404")});
  EXPECT_EQ(device.get("ping"), "OK");
  EXPECT_EQ(device.get("getrequest"), "OK");
  EXPECT_EQ(device.get("ping"), "404");
  EXPECT_EQ(device.get("ping"), "404");
  EXPECT_EQ(device.get("ping"), "OK");
  server.inject({.what = Fault::What::say, .times = 0, .reply = html_page(500)});
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(device.get("ping"), HasSubstr("<html>"));
  server.clear_faults();
  EXPECT_EQ(device.get("ping"), "OK");
}

TEST_F(Online, AFaultBeforeTheServerLooksLeavesNoTrace) {
  server.inject({.what = Fault::What::close, .target_has = "rtlog"});
  server.inject({.what = Fault::What::garbage, .target_has = "rtlog"});
  device.send_event(1);
  device.send_event(1);
  EXPECT_THAT(server.events(), IsEmpty());
}

TEST_F(Online, TheTransportTellsWhatAClientWouldSee) {
  std::chrono::milliseconds waited{};
  FakeTransport transport(server, [&](std::chrono::milliseconds time) { waited += time; });
  const push::HttpRequest ping{"GET", "/iclock/secrets?SN=1", {}, ""};
  const auto error_of = [&] { return transport.exchange(ping, std::chrono::seconds(10)).error(); };

  transport.connect(false);
  const auto requests_before = server.requests().size();
  EXPECT_EQ(error_of().code, Errc::io);
  EXPECT_EQ(server.requests().size(), requests_before);
  transport.connect(true);
  EXPECT_EQ(transport.exchange(ping, std::chrono::seconds(10))->status, 404);

  server.inject({.what = Fault::What::truncate});
  EXPECT_EQ(error_of().code, Errc::io);
  server.inject({.what = Fault::What::delay, .delay = std::chrono::seconds(4)});
  EXPECT_TRUE(transport.exchange(ping, std::chrono::seconds(10)).has_value());
  EXPECT_EQ(waited, std::chrono::seconds(4));
  server.inject({.what = Fault::What::delay, .delay = std::chrono::seconds(40)});
  EXPECT_EQ(error_of().code, Errc::timeout);
  EXPECT_EQ(waited, std::chrono::seconds(14));
  server.inject({.reply = text_reply(std::string(9u << 20, 'x'))});
  server.inject({.what = Fault::What::say, .reply = text_reply(std::string(9u << 20, 'x'))});
  EXPECT_EQ(error_of().code, Errc::io);
  EXPECT_EQ(error_of().code, Errc::full);
}

TEST_F(Online, ListenersHearWhatHappens) {
  std::vector<std::string> heard;
  Listeners listeners;
  listeners.event = [&](const Event& event) {
    heard.push_back("event " + std::to_string(event.index));
    server.queue("DATA COUNT user");  // a listener may use the server
  };
  listeners.result = [&](const std::string& id, const std::string& command, int code) {
    heard.push_back(id + " " + command + " " + std::to_string(code));
  };
  server.listen(listeners);
  device.send_event(1);
  device.get("getrequest");
  device.post("devicecmd", "ID=1&Return=-13&CMD=DATA COUNT");
  EXPECT_THAT(heard, ElementsAre("event 1", "1 DATA COUNT -13"));
}

TEST_F(Online, WaitingEndsWhenItIsTrueAndWhenTimeIsUp) {
  std::thread other([&] { device.send_event(1); });
  EXPECT_TRUE(
      server.wait_until([&] { return !server.events().empty(); }, std::chrono::seconds(20)));
  other.join();
  EXPECT_FALSE(server.wait_until([] { return false; }, std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace lintel::fake
