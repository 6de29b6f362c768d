// What a hostile page, a hostile local program or a broken client may send to the console.
#include <gtest/gtest.h>

#include <thread>

#include "tests/web/demo_engine.h"
#include "tests/web/visitor.h"
#include "web/server.h"

namespace lintel::test {
namespace {

class Hostile : public testing::Test {
 protected:
  Hostile() { play_an_afternoon(engine_); }

  void serve(const web::Limits& limits = {}) {
    auto started = web::Server::start({"127.0.0.1", 0}, engine_.links(), limits);
    ASSERT_TRUE(started) << started.error().text;
    server_ = std::move(*started);
  }
  void TearDown() override {
    // Whatever was done: the console still serves.
    EXPECT_EQ(ask(port(), "/api/status").status, 200);
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  std::string tell(const std::string& bytes) {
    Visitor visitor(port());
    visitor.send(bytes);
    return visitor.until_the_end();
  }

  FakeEngine engine_;
  std::unique_ptr<web::Server> server_;
};

bool begins(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

TEST_F(Hostile, NothingButGetAndHead) {
  serve();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "BREW"}) {
    const auto answer = ask(port(), "/api/status", {}, method);
    EXPECT_EQ(answer.status, 405) << method << answer.body;
    EXPECT_EQ(answer.headers.at("Allow"), "GET, HEAD") << method;
  }
}

TEST_F(Hostile, ABodyIsReadWithinBoundsAndIgnored) {
  serve();
  const std::string head = "POST /api/status HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_TRUE(begins(tell(head + "Content-Length: 5\r\n\r\nhello"), "HTTP/1.1 405"));
  EXPECT_TRUE(begins(tell(head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                     "HTTP/1.1 405"));
  EXPECT_TRUE(begins(tell(head + "Content-Length: 9999999999\r\n\r\n" +
                          std::string(web::Limits::body_bytes_read, 'x')),
                     "HTTP/1.1 405"));
}

// ---- the one action

bool asked_to_reset(const FakeEngine& engine) {
  for (const auto& request : engine.asked()) {
    if (request.has_control()) return true;
  }
  return false;
}

TEST_F(Hostile, NobodyButTheConsolesOwnPageResetsAntiPassback) {
  serve();
  const std::string own = "127.0.0.1:" + std::to_string(port());
  const struct {
    Headers headers;
    int status;
  } cases[] = {
      {{{"Origin", "http://evil.example.org"}}, 403},
      {{{"Origin", "http://" + own + ".evil.example.org"}}, 403},
      {{{"Origin", "https://" + own}}, 403},
      {{{"Origin", "http://localhost:" + std::to_string(port())}}, 403},  // not the Host asked for
      {{{"Origin", "http://127.0.0.1:1"}}, 403},  // another program's page on this machine
      {{{"Origin", "null"}}, 403},
      {{{"Origin", ""}}, 403},
      {{{"Sec-Fetch-Site", "cross-site"}}, 403},
      {{{"Sec-Fetch-Site", "same-site"}}, 403},
      {{{"Host", "evil.example.org"}, {"Origin", "http://evil.example.org"}}, 421},
      {{{"Host", ""}, {"Origin", "http://"}}, 421},
      // What a form of another site may send without being asked first.
      {{{"Content-Type", "text/plain"}}, 415},
      {{{"Content-Type", "application/x-www-form-urlencoded"}}, 415},
      {{{"Content-Type", "multipart/form-data; boundary=application/json"}}, 415},
      {{{"Content-Type", ""}}, 415},
  };
  for (const auto& one : cases) {
    const auto answer = post(port(), "/api/passback/reset", "{}", one.headers);
    EXPECT_EQ(answer.status, one.status) << one.headers.begin()->second << answer.body;
    EXPECT_NE(answer.body.find("\"error\":"), std::string::npos) << answer.body;
  }
  const std::string head =
      "POST /api/passback/reset HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\nHost: localhost\r\n";
  EXPECT_TRUE(begins(tell(head + "\r\n{}"), "HTTP/1.1 403")) << "without an Origin";
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    const auto answer = ask(port(), "/api/passback/reset", {}, method);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers.at("Allow"), "POST");
    EXPECT_EQ(answer.headers.count("Access-Control-Allow-Origin"), 0u);
  }
  EXPECT_EQ(post(port(), "/api/passback/reset?x", "{}").status, 405);
  EXPECT_EQ(post(port(), "/api/passback", "{}").status, 405);
  EXPECT_FALSE(asked_to_reset(engine_));
}

TEST_F(Hostile, AResetThatCouldBeMisreadIsNone) {
  serve();
  for (const char* body : {"",
                           "null",
                           "[]",
                           "\"\"",
                           "{",
                           "}",
                           "{}x",
                           "{}{}",
                           R"({"pin":""})",
                           R"({"pin":5})",
                           R"({"pin":null})",
                           R"({"pin":"5",})",
                           R"({"pin":"5"}})",
                           R"({"pin":"5","pin":"6"})",
                           R"({"Pin":"5"})",
                           R"({"all":true})",
                           R"({"pin":"a b"})",
                           R"({"pin":"\u0035"})",
                           R"({"pin":"5)",
                           R"({"pin")",
                           R"({pin:"5"})",
                           R"({'pin':'5'})",
                           R"({"pin":"\)",
                           "{\"pin\":\"5\n\"}",
                           R"({"pin":"1234567890123456789012345"})",
                           "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(post(port(), "/api/passback/reset", body).status, 400) << body;
  }
  EXPECT_EQ(post(port(), "/api/passback/reset", "{" + std::string(300, ' ') + "}").status, 413);
  const std::string host = "127.0.0.1:" + std::to_string(port());
  const std::string head =
      "POST /api/passback/reset HTTP/1.1\r\nContent-Type: application/json\r\n"
      "Host: " +
      host + "\r\nOrigin: http://" + host + "\r\n";
  Visitor breaks_off(port());
  breaks_off.send(head + "Content-Length: 11\r\n\r\n{}");
  breaks_off.says_no_more();
  EXPECT_FALSE(begins(breaks_off.until_the_end(), "HTTP/1.1 200"));
  EXPECT_TRUE(begins(tell(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
                     "HTTP/1.1 411"));
  EXPECT_FALSE(asked_to_reset(engine_));
}

TEST_F(Hostile, NoPathLeavesTheFolder) {
  serve();
  for (const char* path :
       {"/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/ui/index.html", "/index.html/", "/index.html%00.js", "/./index.html", "/INDEX.HTML",
        "/main.cc", "/api/", "/api/statusx", "http://evil.example.org/index.html", "*"}) {
    const auto answer = tell(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(begins(answer, "HTTP/1.1 404")) << path << "\n" << answer;
    EXPECT_EQ(answer.find("root:"), std::string::npos);
  }
}

TEST_F(Hostile, AForeignHostNameGetsNothing) {
  serve();
  for (const char* host : {"evil.example.org", "127.0.0.1.evil.example.org:8080", "0.0.0.0", ""}) {
    const auto answer = ask(port(), "/api/status", {{"Host", host}});
    EXPECT_EQ(answer.status, 421) << host;
    EXPECT_EQ(answer.body.find("serial"), std::string::npos);
  }
  EXPECT_TRUE(begins(tell("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 421"));
}

TEST_F(Hostile, AnotherSitesPageGetsNeitherDataNorAStream) {
  serve();
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(ask(port(), "/api/status", {{"Sec-Fetch-Site", site}}).status, 403);
    EXPECT_EQ(ask(port(), "/api/stream", {{"Sec-Fetch-Site", site}}).status, 403);
  }
  EXPECT_EQ(ask(port(), "/api/status", {{"Sec-Fetch-Site", "same-origin"}}).status, 200);
  EXPECT_EQ(ask(port(), "/", {{"Sec-Fetch-Site", "cross-site"}}).status, 200);  // a link to it
}

TEST_F(Hostile, LongAndManyHeadersAreRefused) {
  serve();
  const std::string start = "GET /api/status HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_FALSE(
      begins(tell(start + "X: " + std::string(100'000, 'a') + "\r\n\r\n"), "HTTP/1.1 200"));
  EXPECT_FALSE(begins(tell(start + std::string(100'000, 'a') + ": 1\r\n\r\n"), "HTTP/1.1 200"));
  std::string many = start;
  for (int i = 0; i < 1000; ++i)
    many += "X-" + std::to_string(i) + ": 1\r\n";
  EXPECT_FALSE(begins(tell(many + "\r\n"), "HTTP/1.1 200"));
  EXPECT_TRUE(
      begins(tell("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
             "HTTP/1.1 414"));
  EXPECT_FALSE(begins(tell("GET /" + std::string(200'000, 'a')), "HTTP/1.1 200"));
}

TEST_F(Hostile, BytesThatAreNoHttpAreNotAnsweredAsIf) {
  serve();
  const std::string noise[] = {std::string("\0\0\0\0\r\n\r\n", 8),
                               "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                               "\r\n\r\n\r\n\r\n",
                               "GET\r\n\r\n",
                               "GET / HTTP/9.9\r\nHost: localhost\r\n",
                               "GET /\n\n\n",
                               "{\"id\":1}\r\n\r\n"};
  for (const auto& bytes : noise) {
    Visitor visitor(port());
    visitor.send(bytes + "\r\n\r\n");
    visitor.says_no_more();
    EXPECT_FALSE(begins(visitor.until_the_end(), "HTTP/1.1 200")) << bytes;
  }
}

TEST_F(Hostile, ARequestCutAtEveryByteHarmsNothing) {
  serve();
  const std::string whole = "GET /api/status HTTP/1.1\r\nHost: localhost\r\nA: b\r\n\r\n";
  const std::size_t host_known = whole.find("\r\nA");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Visitor visitor(port());
    visitor.send(whole.substr(0, bytes));
    visitor.says_no_more();
    const auto answer = visitor.until_the_end();
    const bool served = begins(answer, "HTTP/1.1 200");
    EXPECT_FALSE(served && bytes < host_known) << bytes << answer;
    EXPECT_TRUE(answer.empty() || begins(answer, "HTTP/1.")) << bytes << answer;
  }
}

TEST_F(Hostile, AClientThatDribblesIsCutOffAfterTheTimeOfARequest) {
  web::Limits limits;
  limits.request_time = std::chrono::milliseconds(50);
  serve(limits);
  Visitor slow(port());
  slow.send("GET /api/status HTTP/1.1\r\nHost: loc");
  EXPECT_EQ(slow.until_the_end(), "");  // ends long before a single read would time out
  Visitor mute(port());
  EXPECT_EQ(mute.until_the_end(), "");
}

TEST_F(Hostile, MoreSilentConnectionsThanThreadsHoldNothingUp) {
  web::Limits limits;
  limits.request_time = std::chrono::milliseconds(50);
  serve(limits);
  std::vector<Visitor> silent;
  for (int i = 0; i < web::Limits::threads + web::Limits::connections_queued + 20; ++i)
    silent.emplace_back(port());
  for (auto& visitor : silent)
    EXPECT_EQ(visitor.until_the_end(), "");
}

TEST_F(Hostile, AConsoleWhoseThreadsAllWaitDoesNotMove) {
  web::Limits limits;
  limits.request_time = limits.socket_time = std::chrono::seconds(30);
  serve(limits);
  EXPECT_TRUE(server_->moves()) << "nobody is there";
  const auto becomes = [&](bool moving) {
    for (int i = 0; i < 1'000; ++i) {  // each question is about the time since the last one
      if (server_->moves() == moving) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  std::vector<Visitor> silent;
  for (int i = 0; i < web::Limits::threads + 4; ++i)
    silent.emplace_back(port());
  EXPECT_TRUE(becomes(false)) << "four wait, and nobody comes to his end";
  silent.clear();
  EXPECT_TRUE(becomes(true));
}

TEST_F(Hostile, AStreamReaderThatDoesNotReadIsDropped) {
  web::Limits limits;
  limits.socket_time = std::chrono::milliseconds(100);
  serve(limits);
  std::vector<Visitor> deaf;
  for (int i = 0; i < web::Limits::streams; ++i) {
    deaf.push_back(open_stream(port()));
    ASSERT_TRUE(deaf.back().hears("retry: "));
  }
  // More than all buffers on the way can hold, for each of them.
  const std::string long_why(500'000, 'y');
  for (int i = 0; i < 30; ++i)
    engine_.happen(event(0, 1, "5", "opened", long_why));
  Answer answer;
  do {
    engine_.happen(event(0, 1, "5", "opened", "one more"));
    answer = ask(port(), "/api/stream", {}, "HEAD");
  } while (answer.status == 503);
  EXPECT_EQ(answer.status, 200);
}

TEST_F(Hostile, AStoredScriptGoesOutAsText) {
  serve();
  engine_.happen(event(27, 1, "</script>", "<script>alert(1)</script>",
                       "two\nlines\r\ndata: {\"forged\":1}\n\nevent: status"));
  const auto answer = ask(port(), "/api/events?most=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find('<'), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("\\u003cscript\\u003ealert(1)"), std::string::npos) << answer.body;
  auto stream = open_stream(port());
  ASSERT_TRUE(stream.hears("alert(1)"));
  EXPECT_EQ(stream.heard().find("\ndata: {\"forged\""), std::string::npos);
}

}  // namespace
}  // namespace lintel::test
