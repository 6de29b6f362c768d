// The console over a network: https with the controller's own certificate, and nobody sees anything
// who has not signed in.
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/fake_server/certificates.h"
#include "tests/web/demo_engine.h"
#include "tests/web/program.h"
#include "tests/web/visitor.h"
#include "web/redirect.h"
#include "web/server.h"
#include "web/ui_files.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using web::SignIn;

// Looks again and again until it is so.
bool eventually(const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 10);
  }
  return true;
}

const std::string code = "K7WQ-4MXP-2R";  // of nobody's controller

// ---- who may come in, in simulated time

struct AtTheDoor : testing::Test {
  SignIn sign_in{code};
  SignIn::Time now{1000h};
};

TEST_F(AtTheDoor, ComesInWithTheCodeAndStaysWhileThere) {
  const auto answer = sign_in.open(code, now);
  ASSERT_EQ(answer.outcome, SignIn::Outcome::open);
  EXPECT_EQ(answer.session.size(), 64u);
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(sign_in.use(answer.session, now += 14min)) << i;
  EXPECT_FALSE(sign_in.use(answer.session, now += 15min)) << "nobody was there for a while";
}

TEST_F(AtTheDoor, LeavesAfterTwelveHoursInAnyCase) {
  const auto session = sign_in.open(code, now).session;
  const auto end = now + 12h;
  while (now + 10min < end)
    EXPECT_TRUE(sign_in.use(session, now += 10min));
  EXPECT_FALSE(sign_in.use(session, end));
}

TEST_F(AtTheDoor, GivesEachSessionAnotherName) {
  EXPECT_NE(sign_in.open(code, now).session, sign_in.open(code, now).session);
}

TEST_F(AtTheDoor, IsClosedAfterTwentyWrongCodesAlsoForTheRightOne) {
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(sign_in.open("K7WQ-4MXP-2S", now += 1min).outcome, SignIn::Outcome::wrong);
  EXPECT_EQ(sign_in.open(code, now).outcome, SignIn::Outcome::too_many);
  EXPECT_EQ(sign_in.open(code, now + 39min).outcome, SignIn::Outcome::too_many);
  EXPECT_EQ(sign_in.open(code, now + 41min).outcome, SignIn::Outcome::open)
      << "an hour after the first one";
}

TEST_F(AtTheDoor, HasSeatsForThirtyTwo) {
  const auto first = sign_in.open(code, now).session;
  const auto second = sign_in.open(code, now += 1s).session;
  for (int i = 0; i < 30; ++i)
    sign_in.open(code, now += 1s);
  EXPECT_TRUE(sign_in.use(first, now += 1s));
  sign_in.open(code, now += 1s);
  EXPECT_TRUE(sign_in.use(first, now));
  EXPECT_FALSE(sign_in.use(second, now)) << "the one that was idle longest has gone";
}

TEST_F(AtTheDoor, KnowsNoSessionThatNobodyOpened) {
  const auto session = sign_in.open(code, now).session;
  for (const auto& other : {std::string(), std::string(64, '0'), session.substr(1), session + "0"})
    EXPECT_FALSE(sign_in.use(other, now)) << other;
  sign_in.close(session);
  EXPECT_FALSE(sign_in.use(session, now));
}

TEST(Cookies, AreReadAmongOthers) {
  EXPECT_EQ(web::session_of("__Host-lintel=abc"), "abc");
  EXPECT_EQ(web::session_of("a=b; __Host-lintel=abc; c=d"), "abc");
  EXPECT_EQ(web::session_of("a=__Host-lintel=abc; __Host-lintelx=1"), "");
  EXPECT_EQ(web::session_of("__Host-lintel"), "");
  EXPECT_THAT(web::session_cookie("abc"), HasSubstr("__Host-lintel=abc; Path=/; Secure; HttpOnly; "
                                                    "SameSite=Strict"));
  EXPECT_THAT(web::session_cookie(""), HasSubstr("Max-Age=0"));
}

TEST(HttpsAddress, IsWhatWasAskedForAndNothingElse) {
  EXPECT_EQ(web::https_address("lintel-7.local", 443), "https://lintel-7.local/");
  EXPECT_EQ(web::https_address("192.0.2.7:80", 443), "https://192.0.2.7/");
  EXPECT_EQ(web::https_address("[2001:db8::7]:80", 8443), "https://[2001:db8::7]:8443/");
  for (const char* no : {"", "a/b", "a b", "a@b", "a\r\nX: y", ":80", "[::1", "a:99999", "a?b"})
    EXPECT_EQ(web::https_address(no, 443), "") << no;
}

// ---- over real TLS

struct Secured : testing::Test {
  Secured() : files(fake::Authority::self_signed(folder.path(""), "127.0.0.1")) {
    play_an_afternoon(engine);
    serve(files);
  }
  void serve(const fake::Authority::Files& with) {
    auto started = web::Server::start({"127.0.0.1", 0}, engine.links(), {},
                                      web::Security{with.certificate, with.key, code});
    ASSERT_TRUE(started) << started.error().text;
    server = std::move(*started);
  }
  // As a browser that believes this certificate and no other.
  Answer https(const std::string& method, const std::string& path, const Headers& headers = {},
               const std::string& body = "") {
    namespace net = Poco::Net;
    net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, files.certificate,
                                                 net::Context::VERIFY_STRICT, 9, false);
    net::HTTPSClientSession session("127.0.0.1", server->port(), context);
    net::HTTPRequest request(method, path, "HTTP/1.1");
    for (const auto& [name, value] : headers)
      request.set(name, value);
    if (!body.empty() || method == "POST")
      request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body;
    net::HTTPResponse response;
    Answer answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
    answer.status = response.getStatus();
    for (const auto& [name, value] : response)
      answer.headers[name] = value;
    return answer;
  }
  Answer post(const std::string& path, const std::string& json, Headers headers = {}) {
    headers.insert({"Content-Type", "application/json"});
    headers.insert({"Origin", "https://127.0.0.1:" + std::to_string(server->port())});
    return https("POST", path, headers, json);
  }
  // The cookie of somebody who has signed in.
  std::string cookie() {
    const auto answer = post("/api/session/open", "{\"code\":\"" + code + "\"}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto set = answer.headers.at("Set-Cookie");
    return set.substr(0, set.find(';'));
  }

  TempFolder folder;
  fake::Authority::Files files;
  FakeEngine engine;
  std::unique_ptr<web::Server> server;
};

TEST_F(Secured, ShowsThePageAndNothingElseToStrangers) {
  for (const auto& file : web::ui_files())
    EXPECT_EQ(https("GET", std::string(file.path)).status, 200) << file.path;
  EXPECT_EQ(https("GET", "/").status, 200);
  for (const char* path : {"/api/status", "/api/events", "/api/stream", "/api/whatever"}) {
    const auto answer = https("GET", path);
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_THAT(answer.body, Not(HasSubstr("3383154200002"))) << path;
  }
  EXPECT_EQ(post("/api/passback/reset", "{}").status, 401);
  EXPECT_EQ(post("/api/session/close", "{}").status, 401);
  EXPECT_EQ(https("GET", "/api/session").body, R"({"needed":true,"open":false})");
}

TEST_F(Secured, ShowsEverythingToWhoeverHasSignedIn) {
  const auto mine = cookie();
  EXPECT_EQ(https("GET", "/api/session", {{"Cookie", mine}}).body,
            R"({"needed":true,"open":true})");
  EXPECT_EQ(https("GET", "/api/status", {{"Cookie", mine}}).status, 200);
  EXPECT_EQ(https("GET", "/api/events", {{"Cookie", mine}}).status, 200);
  EXPECT_EQ(post("/api/passback/reset", "{\"pin\":\"5\"}", {{"Cookie", mine}}).status, 200);
  EXPECT_EQ(engine.last_control().pin(), "5");
  const auto bye = post("/api/session/close", "{}", {{"Cookie", mine}});
  EXPECT_EQ(bye.status, 200);
  EXPECT_THAT(bye.headers.at("Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(https("GET", "/api/status", {{"Cookie", mine}}).status, 401);
}

TEST_F(Secured, TakesAFirmwareOfWhoeverHasSignedInAndTellsHowItEnds) {
  const std::string bytes(700'000, 'f');  // several pieces
  const Headers as_bytes = {{"Content-Type", "application/octet-stream"}};
  EXPECT_EQ(post("/api/firmware/bring", "f", as_bytes).status, 401);  // a long one is hung up on
  EXPECT_EQ(https("GET", "/api/firmware").status, 401);
  auto mine = as_bytes;
  mine["Cookie"] = cookie();
  engine.end_firmware_with(-24, "The signature is wrong: <b>");
  const auto brought = post("/api/firmware/bring", bytes, mine);
  EXPECT_EQ(brought.status, 200) << brought.body;
  EXPECT_EQ(brought.body, R"({"number":1})");
  EXPECT_TRUE(engine.firmware() == bytes);
  EXPECT_THAT(https("GET", "/api/firmware", mine).body, HasSubstr("\"installing\":true"));
  const auto ended = https("GET", "/api/firmware", mine).body;
  EXPECT_THAT(ended, HasSubstr("\"ended\":true,\"code\":-24"));
  EXPECT_THAT(ended, HasSubstr("The signature is wrong"));
  EXPECT_THAT(ended, Not(HasSubstr("<b>")));
}

TEST_F(Secured, TakesAFirmwareInNoOtherWay) {
  const std::string bytes(1000, 'f');
  const auto mine = cookie();
  const auto bring = [&](Headers headers) {
    headers.insert({"Cookie", mine});
    headers.insert({"Content-Type", "application/octet-stream"});
    return post("/api/firmware/bring", bytes, std::move(headers)).status;
  };
  EXPECT_EQ(bring({{"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(bring({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_EQ(bring({{"Content-Type", "application/json"}}), 415);
  EXPECT_EQ(https("GET", "/api/firmware/bring", {{"Cookie", mine}}).status, 405);
  EXPECT_EQ(engine.firmware(), "");
  engine.refuse_with("Another firmware is under way, brought by the server.");
  const auto refused = post("/api/firmware/bring", bytes,
                            {{"Cookie", mine}, {"Content-Type", "application/octet-stream"}});
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("brought by the server"));
}

TEST_F(Secured, TakesNoCodeFromAnotherSitesPage) {
  const auto body = "{\"code\":\"" + code + "\"}";
  for (const char* origin : {"https://evil.example", "http://127.0.0.1", "null"})
    EXPECT_EQ(post("/api/session/open", body, {{"Origin", origin}}).status, 403) << origin;
  EXPECT_EQ(https("GET", "/api/session/open").status, 405);
  EXPECT_EQ(post("/api/session/open", "{}").status, 400);
  EXPECT_EQ(post("/api/session/open", R"({"code":7})").status, 400);
  EXPECT_EQ(post("/api/session/open", "{\"code\":\"" + std::string(300, 'x') + "\"}").status, 413);
}

TEST_F(Secured, SaysWhenItIsEnoughOfWrongCodes) {
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(post("/api/session/open", R"({"code":"wrong"})").status, 403);
  const auto answer = post("/api/session/open", "{\"code\":\"" + code + "\"}");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.at("Retry-After"), "3600");
}

TEST_F(Secured, TellsWhoWatchesWhetherTheEngineAnswers) {
  EXPECT_TRUE(eventually([&] { return https("GET", "/health").status == 200; }));
  engine.leave();
  EXPECT_TRUE(eventually([&] { return https("GET", "/health").status == 503; }));
}

TEST_F(Secured, AsksBrowsersToComeBackOverHttpsOnly) {
  const auto answer = https("GET", "/");
  EXPECT_EQ(answer.headers.at("Strict-Transport-Security"), "max-age=31536000");
  EXPECT_THAT(answer.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
}

TEST_F(Secured, SpeaksNoPlainHttp) {
  Visitor visitor(server->port());
  visitor.send("GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  EXPECT_THAT(visitor.until_the_end(), Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(Secured, IsNotHeldUpByThoseWhoOnlyKnock) {
  std::vector<std::unique_ptr<Visitor>> idle;
  for (int i = 0; i < 12; ++i)
    idle.push_back(std::make_unique<Visitor>(server->port()));  // no handshake follows
  EXPECT_EQ(https("GET", "/").status, 200);
}

TEST_F(Secured, SaysWhichCertificateCannotBeUsed) {
  std::ofstream(folder.path("no.pem")) << "nothing\n";
  const auto started = web::Server::start({"127.0.0.1", 0}, engine.links(), {},
                                          web::Security{folder.path("no.pem"), files.key, code});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().text, HasSubstr("no.pem"));
}

TEST(Redirect, SendsEverybodyToHttps) {
  const auto redirect = web::Redirect::start({"127.0.0.1", 0}, 8443);
  ASSERT_TRUE(redirect) << redirect.error().text;
  const auto answer = ask((*redirect)->port(), "/api/status?x=1", {{"Host", "lintel-7.local"}});
  EXPECT_EQ(answer.status, 308);
  EXPECT_EQ(answer.headers.at("Location"), "https://lintel-7.local:8443/");
  EXPECT_EQ(ask((*redirect)->port(), "/", {{"Host", "a@b"}}).status, 400);
}

// ---- the program

struct SecuredProgram : testing::Test {
  std::string config(const std::string& web) {
    const std::string file = folder.path("lintel.conf");
    std::ofstream(file) << "[device]\nserial = S1\n[storage]\npath = " << folder.path("state")
                        << "\n[api]\nsocket = " << folder.path("engine.sock") << "\n[web]\n"
                        << web;
    return file;
  }
  std::string complaint_about(const std::string& web) {
    Program program("lintel-web", {"--config", config(web)});
    auto said = program.complaints();
    EXPECT_EQ(program.exit_code(), 2) << said;
    return said;
  }
  TempFolder folder;
};

TEST_F(SecuredProgram, WantsAllOfItsSettingsOrNone) {
  EXPECT_THAT(complaint_about("listen = 0.0.0.0:8443\ncertificate = a.pem\nkey = a.key\n"),
              HasSubstr("certificate, key and claim go together"));
  EXPECT_THAT(complaint_about("listen = 127.0.0.1:8080\nredirect = 127.0.0.1:8081\n"),
              HasSubstr("redirect needs them"));
  std::ofstream(folder.path("claim")) << "short\n";
  EXPECT_THAT(complaint_about("listen = 0.0.0.0:8443\ncertificate = a.pem\nkey = a.key\nclaim = " +
                              folder.path("claim") + "\n"),
              HasSubstr("must be a file with the code"));
}

}  // namespace
}  // namespace lintel::test
