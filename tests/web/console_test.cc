// The console over real HTTP, on loopback, with an engine that the test plays.
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "tests/web/demo_engine.h"
#include "tests/web/visitor.h"
#include "web/server.h"

namespace lintel::test {
namespace {

using Object = Poco::JSON::Object;

Object::Ptr parsed(const std::string& json) {
  return Poco::JSON::Parser().parse(json).extract<Object::Ptr>();
}

class Console : public testing::Test {
 protected:
  Console() { play_an_afternoon(engine_); }

  void serve(const web::Limits& limits = {}) {
    auto started = web::Server::start({"127.0.0.1", 0}, engine_.links(), limits);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  // A console that has heard the engine's state.
  void serve_informed() {
    serve();
    ASSERT_TRUE(open_stream(port()).hears("\"serial\""));
  }

  FakeEngine engine_;
  std::unique_ptr<web::Server> server_;
};

TEST_F(Console, TellsTheWholeStatus) {
  serve_informed();
  const auto answer = ask(port(), "/api/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "application/json");
  const auto status = parsed(answer.body);
  EXPECT_TRUE(status->getObject("engine")->getValue<bool>("answers"));
  EXPECT_EQ(status->getValue<std::string>("serial"), "3383154200002");
  EXPECT_EQ(status->getArray("door")->size(), 4u);
  EXPECT_EQ(status->getArray("door")->getObject(2)->getValue<int>("alarms"), 1);
  EXPECT_EQ(status->getObject("link")->getValue<std::string>("state"), "online");
  EXPECT_EQ(status->getValue<int>("users"), 2431);
}

TEST_F(Console, AnswersWhileTheEngineWasNeverThere) {
  engine_.leave();
  serve();
  const auto answer = ask(port(), "/api/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(parsed(answer.body)->getObject("engine")->getValue<bool>("answers"));
  const auto events = ask(port(), "/api/events");
  EXPECT_EQ(events.status, 503);
  EXPECT_NE(events.body.find("the engine does not answer"), std::string::npos) << events.body;
}

TEST_F(Console, GivesEventsOldestFirst) {
  serve();
  const auto newest = parsed(ask(port(), "/api/events?most=3").body);
  ASSERT_EQ(newest->getArray("event")->size(), 3u);
  EXPECT_EQ(newest->getArray("event")->getObject(0)->getValue<int>("index"), 184215);
  EXPECT_EQ(newest->getValue<int>("last_index"), 184217);
  const auto after = parsed(ask(port(), "/api/events?after=184216&most=500").body);
  ASSERT_EQ(after->getArray("event")->size(), 1u);
  EXPECT_EQ(after->getArray("event")->getObject(0)->getValue<std::string>("pin"), "1007");
}

TEST_F(Console, ReadsTheJournalAgainAfterARestartOfTheEngine) {
  serve();
  EXPECT_EQ(ask(port(), "/api/events?most=1").status, 200);
  engine_.leave();
  engine_.come_back();
  EXPECT_EQ(ask(port(), "/api/events?most=1").status, 200);
}

TEST_F(Console, RefusesAQueryItDoesNotKnow) {
  serve();
  for (const char* query : {"after=x", "most=0", "most=501", "most=-1", "after=1&most=", "limit=3",
                            "after=99999999999999999999", "after=1%20OR%201"}) {
    const auto answer = ask(port(), std::string("/api/events?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_NE(answer.body.find("from 1 to 500"), std::string::npos) << answer.body;
  }
}

TEST_F(Console, PassesOnARefusalOfTheEngineInItsWords) {
  serve();
  engine_.refuse_with("The journal cannot be read: the disk fails.");
  const auto answer = ask(port(), "/api/events");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find("the disk fails"), std::string::npos) << answer.body;
}

TEST_F(Console, AsksOnlyWhatALookerMayAsk) {
  serve_informed();
  ask(port(), "/api/events");
  for (const auto& request : engine_.asked()) {
    EXPECT_TRUE(request.has_get_status() || request.has_pull_events() || request.has_subscribe())
        << request.body_case();
  }
}

TEST_F(Console, TellsWhatHoldsTheWholeHouse) {
  engine_.change([](pb::Status& status) {
    status.mutable_door(0)->set_fire(true);
    status.mutable_door(1)->set_locked_down(true);
    status.mutable_door(2)->set_emergency_open(true);
  });
  serve_informed();
  const auto doors = parsed(ask(port(), "/api/status").body)->getArray("door");
  const auto is = [&](unsigned at, const char* what) {
    return doors->getObject(at)->getValue<bool>(what);
  };
  EXPECT_TRUE(is(0, "fire") && !is(0, "locked_down") && !is(0, "emergency_open"));
  EXPECT_TRUE(!is(1, "fire") && is(1, "locked_down") && !is(1, "emergency_open"));
  EXPECT_TRUE(!is(2, "fire") && !is(2, "locked_down") && is(2, "emergency_open"));
}

TEST_F(Console, ResetsThePassagesOfOnePersonOrOfAll) {
  serve();
  const auto asked = [&] { return engine_.last_control(); };
  EXPECT_EQ(post(port(), "/api/passback/reset", R"({"pin":"5"})").status, 200);
  EXPECT_EQ(asked().verb(), pb::Control::RESET_PASSBACK);
  EXPECT_EQ(asked().pin(), "5");
  EXPECT_EQ(post(port(), "/api/passback/reset", " { \"pin\" : \"a\\\"b\" } ").status, 200);
  EXPECT_EQ(asked().pin(), "a\"b");
  EXPECT_EQ(
      post(port(), "/api/passback/reset", "{}", {{"Content-Type", "Application/JSON; a=b"}}).status,
      200);
  EXPECT_EQ(asked().pin(), "");
  EXPECT_EQ(asked().verb(), pb::Control::RESET_PASSBACK);
}

TEST_F(Console, SaysWhyAResetWasNotDone) {
  serve();
  engine_.refuse_with("There is nobody with the user ID 5.");
  const auto refused = post(port(), "/api/passback/reset", R"({"pin":"5"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("There is nobody with the user ID 5."), std::string::npos);
  engine_.leave();
  const auto away = post(port(), "/api/passback/reset", "{}");
  EXPECT_EQ(away.status, 503);
  EXPECT_NE(away.body.find("the engine does not answer"), std::string::npos) << away.body;
}

TEST_F(Console, StreamsStateAndEventsAsTheyHappen) {
  serve();
  auto stream = open_stream(port());
  EXPECT_TRUE(stream.hears("Content-Type: text/event-stream"));
  EXPECT_TRUE(stream.hears("id: 184217\nevent: event\ndata: {"));
  EXPECT_TRUE(stream.hears("event: status\ndata: {\"engine\":{\"answers\":true"));
  engine_.happen(event(0, 1, "5", "the door was opened after verification", "A new one."));
  EXPECT_TRUE(stream.hears("id: 184218\nevent: event\ndata: {"));
  EXPECT_TRUE(stream.hears("A new one."));
  engine_.change([](pb::Status& status) { status.set_trouble("the disk is full"); });
  EXPECT_TRUE(stream.hears("the disk is full"));
}

TEST_F(Console, GoesOnAfterTheLastEventTheReaderHas) {
  serve();
  auto stream = open_stream(port(), "184216");
  EXPECT_TRUE(stream.hears("id: 184217\n"));
  EXPECT_EQ(stream.heard().find("id: 184216\n"), std::string::npos);
  EXPECT_EQ(stream.heard().find("event: missed"), std::string::npos);
}

TEST_F(Console, SaysHowManyEventsALateReaderMissed) {
  serve();
  auto stream = open_stream(port(), "184200");
  EXPECT_TRUE(stream.hears("event: missed\ndata: {\"count\":7}"));
}

TEST_F(Console, SaysThatTheEngineIsAwayAndThenFetchesWhatHappenedMeanwhile) {
  serve();
  auto stream = open_stream(port());
  EXPECT_TRUE(stream.hears("\"answers\":true"));
  engine_.leave();
  EXPECT_TRUE(stream.hears("\"answers\":false,\"last_heard\":\"2026-11-22 14:05:12\""));
  for (int i = 0; i < 500; ++i)
    engine_.happen(event(0, 1, "5", "opened", "meanwhile"));
  engine_.come_back();
  EXPECT_TRUE(stream.hears("id: 184717\n")) << stream.heard();
}

TEST_F(Console, BeginsAnewWhenTheEngineHasAnotherJournal) {
  serve();
  auto stream = open_stream(port());
  EXPECT_TRUE(stream.hears("id: 184217\n"));
  engine_.leave();
  EXPECT_TRUE(stream.hears("\"answers\":false"));
  engine_.forget_events();
  engine_.happen(event(206, 0, "0", "the controller started", ""));
  engine_.come_back();
  EXPECT_TRUE(stream.hears("event: anew"));
  EXPECT_TRUE(stream.hears("id: 1\nevent: event"));
}

TEST_F(Console, SpeaksOnAStreamThatHasNoNews) {
  web::Limits limits;
  limits.heartbeat = std::chrono::milliseconds(10);
  engine_.leave();
  serve(limits);
  EXPECT_TRUE(open_stream(port()).hears("\n: alive\n\n"));
}

TEST_F(Console, HasEightStreamsAndNoMore) {
  serve();
  std::vector<Visitor> readers;
  for (int i = 0; i < web::Limits::streams; ++i) {
    readers.push_back(open_stream(port()));
    ASSERT_TRUE(readers.back().hears("retry: ")) << i;
  }
  const auto ninth = ask(port(), "/api/stream");
  EXPECT_EQ(ninth.status, 503);
  EXPECT_NE(ninth.body.find("8 windows; close one of them."), std::string::npos) << ninth.body;
  EXPECT_EQ(ask(port(), "/api/status").status, 200);  // the pages are still served
  readers.front().hang_up();
  // Its leaving is noticed at the latest with the next look.
  while (ask(port(), "/api/stream", {}, "HEAD").status == 503) {
  }
  EXPECT_TRUE(open_stream(port()).hears("retry: "));
}

TEST_F(Console, ServesThePagesThatAreCompiledIn) {
  serve();
  const auto page = ask(port(), "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("<title>Lintel</title>"), std::string::npos);
  EXPECT_EQ(page.body, ask(port(), "/index.html").body);
  EXPECT_EQ(ask(port(), "/style.css").headers.at("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(ask(port(), "/icon.svg").headers.at("Content-Type"), "image/svg+xml");
  const auto script = ask(port(), "/console.js");
  EXPECT_EQ(script.headers.at("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(ask(port(), "/console.js", {{"If-None-Match", script.headers.at("ETag")}}).status, 304);
}

TEST_F(Console, AnswersHeadWithoutABody) {
  serve();
  for (const char* path : {"/", "/api/status", "/api/events", "/api/stream", "/nothing"}) {
    const auto head = ask(port(), path, {}, "HEAD");
    EXPECT_EQ(head.status, std::string(path) == "/nothing" ? 404 : 200) << path;
    EXPECT_TRUE(head.body.empty()) << path << head.body;
  }
}

TEST_F(Console, DressesEveryAnswerForTheBrowser) {
  serve();
  for (const char* path : {"/", "/api/status", "/nothing", "/api/events?most=0"}) {
    const auto headers = ask(port(), path).headers;
    EXPECT_EQ(headers.at("Content-Security-Policy").rfind("default-src 'none';", 0), 0u) << path;
    EXPECT_EQ(headers.at("Content-Security-Policy").find("unsafe"), std::string::npos);
    EXPECT_EQ(headers.at("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(headers.at("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(headers.at("Cross-Origin-Resource-Policy"), "same-origin");
    EXPECT_EQ(headers.at("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(headers.count("Server"), 0u);
    EXPECT_EQ(headers.count("Access-Control-Allow-Origin"), 0u);
  }
  EXPECT_EQ(ask(port(), "/").headers.at("Cache-Control"), "no-cache");
  EXPECT_EQ(ask(port(), "/api/status").headers.at("Cache-Control"), "no-store");
}

TEST_F(Console, EndsWhileStreamsAndRequestsAreOpen) {
  serve();
  auto stream = open_stream(port());
  EXPECT_TRUE(stream.hears("retry: "));
  Visitor slow(port());
  slow.send("GET / HTTP/1.1\r\nHost: loc");
  server_.reset();
  stream.until_the_end();
  EXPECT_EQ(slow.until_the_end().find("200 OK"), std::string::npos);
}

TEST_F(Console, SaysWhichAddressItCannotHave) {
  serve();
  const auto second = web::Server::start({"127.0.0.1", port()}, engine_.links());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text.rfind("listen at 127.0.0.1 port " + std::to_string(port()), 0), 0u)
      << second.error().text;
}

}  // namespace
}  // namespace lintel::test
