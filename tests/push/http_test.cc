// The one file that knows Poco's client, against servers on loopback: correct ones, lazy ones, and
// ones that must not be spoken to.
#include "push/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <future>
#include <thread>

#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"
#include "push/message.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"

namespace lintel::push {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// A server that reads one request at a time and answers with bytes of the test's choice.
class RawServer {
 public:
  struct Turn {
    std::string bytes;
    bool close = false;     // afterwards
    bool new_peer = false;  // the request comes on a new connection
  };
  explicit RawServer(std::vector<Turn> turns) : turns_(std::move(turns)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 8) != 0) std::abort();
    ::getsockname(listener_.get(), any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (peer_) ::shutdown(peer_.get(), SHUT_RDWR);
    }
    thread_.join();
  }

  [[nodiscard]] ServerAddress address(bool tls = false) const { return {tls, "127.0.0.1", port_}; }
  [[nodiscard]] std::vector<std::string> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  void hang_up() {
    const std::lock_guard lock(mutex_);
    ::shutdown(peer_.get(), SHUT_RDWR);
  }

 private:
  void serve() {
    for (const Turn& turn : turns_) {
      if (!peer_ || turn.new_peer) {
        UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
        if (!peer) return;
        const std::lock_guard lock(mutex_);
        peer_ = std::move(peer);
      }
      if (!read_request()) return;
      for (std::size_t sent = 0; sent < turn.bytes.size();) {
        const auto count =
            ::send(peer_.get(), turn.bytes.data() + sent, turn.bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      const std::lock_guard lock(mutex_);
      if (turn.close) peer_.reset();
    }
    // Stays, so that the client sees neither an answer nor an end.
    if (!peer_) return;
    pollfd wait{peer_.get(), POLLHUP | POLLRDHUP, 0};
    ::poll(&wait, 1, 10'000);
  }

  bool read_request() {
    std::string request;
    char buffer[4096];
    for (;;) {
      const auto head = request.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto length = request.find("Content-Length: ");
        const std::size_t body =
            length < head ? std::stoul(request.substr(length + 16)) : std::size_t{0};
        if (request.size() >= head + 4 + body) break;
      }
      const auto count = ::recv(peer_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) {
        const std::lock_guard lock(mutex_);
        received_.push_back(request);
        return false;
      }
      request.append(buffer, static_cast<std::size_t>(count));
      if (request[0] == 0x16) break;  // TLS begins so; there is no head to wait for
    }
    const std::lock_guard lock(mutex_);
    received_.push_back(request);
    return true;
  }

  std::vector<Turn> turns_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  UniqueFd peer_;
  std::vector<std::string> received_;
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const Messages messages("3383154200002");

Parameters registered() {
  Parameters who;
  who.registry_code = "Uy47fxftP3";
  return who;
}

Result<HttpReply> get(HttpTransport& transport, std::chrono::milliseconds timeout = 5s) {
  return transport.exchange(messages.ping(registered()), timeout);
}

std::string error_of(const Result<HttpReply>& reply) {
  return reply ? "an answer of status " + std::to_string(reply->status) : reply.error().text;
}

TEST(ARequest, goes_over_the_wire_as_the_text_shows_it) {
  RawServer server({{ok("OK")}, {ok("OK")}});
  HttpTransport transport(server.address(), nullptr);
  ASSERT_TRUE(get(transport));
  const auto host = "127.0.0.1:" + std::to_string(server.address().port);
  ASSERT_TRUE(transport.exchange(messages.events(registered(), "time=1\tpin=0"), 5s));
  EXPECT_EQ(server.received().at(0),
            "GET /iclock/ping?SN=3383154200002 HTTP/1.1\r\n"
            "Cookie: token=909c543eb66bf1f43fd9c9c09e42ffb4\r\n"
            "Host: " +
                host +
                "\r\n"
                "User-Agent: iClock Proxy/1.09\r\n"
                "Connection: Keep-Alive\r\n"
                "Accept: application/push\r\n"
                "Accept-Charset: UTF-8\r\n"
                "Accept-Language: zh-CN\r\n\r\n");
  EXPECT_EQ(server.received().at(1),
            "POST /iclock/cdata?SN=3383154200002&table=rtlog HTTP/1.1\r\n"
            "Cookie: token=909c543eb66bf1f43fd9c9c09e42ffb4\r\n"
            "Host: " +
                host +
                "\r\n"
                "User-Agent: iClock Proxy/1.09\r\n"
                "Connection: Keep-Alive\r\n"
                "Accept: application/push\r\n"
                "Accept-Charset: UTF-8\r\n"
                "Accept-Language: zh-CN\r\n"
                "Content-Type: application/push;charset=UTF-8\r\n"
                "Content-Language: zh-CN\r\n"
                "Content-Length: 12\r\n\r\n"
                "time=1\tpin=0");
}

TEST(ARequest, without_a_body_says_so) {
  RawServer server({{ok("")}});
  HttpTransport transport(server.address(), nullptr);
  ASSERT_TRUE(transport.exchange(messages.configuration(registered(), "2026-11-22-14-05-09"), 5s));
  EXPECT_THAT(server.received().at(0), HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST(AReply, may_be_chunked) {
  RawServer server({{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nC:1\r\n10;name=x\r\n:DATA COUNT user\r\n0\r\nTrailer: y\r\n\r\n"},
                    {ok("OK")}});
  HttpTransport transport(server.address(), nullptr);
  const auto reply = get(transport);
  ASSERT_TRUE(reply) << error_of(reply);
  EXPECT_EQ(reply->body, "C:1:DATA COUNT user");
  const auto next = get(transport);  // on the same connection
  ASSERT_TRUE(next) << error_of(next);
  EXPECT_EQ(next->body, "OK");
}

TEST(AReply, may_end_with_the_connection) {
  RawServer server({{"HTTP/1.0 200 OK\r\n\r\nOK\r\n", true}});
  HttpTransport transport(server.address(), nullptr);
  const auto reply = get(transport);
  ASSERT_TRUE(reply) << error_of(reply);
  EXPECT_EQ(reply->body, "OK\r\n");
}

TEST(AReply, of_any_status_is_a_reply_and_redirects_are_not_followed) {
  RawServer server(
      {{"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"},
       {"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n"},
       {"HTTP/1.1 204 No Content\r\n\r\n"}});
  HttpTransport transport(server.address(), nullptr);
  for (const int status : {302, 404, 204}) {
    const auto reply = get(transport);
    ASSERT_TRUE(reply) << error_of(reply);
    EXPECT_EQ(reply->status, status);
  }
  EXPECT_EQ(server.received().size(), 3u);
}

TEST(AReply, that_breaks_off_is_none) {
  const std::string whole[] = {"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nC:1:DATA COUNT user",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                               "chunked\r\n\r\n13\r\nC:1:DATA COUNT user\r\n0\r\n\r\n"};
  for (const auto& text : whole) {
    for (std::size_t length = 0; length < text.size(); length += 3) {
      RawServer server({{text.substr(0, length), true}});
      HttpTransport transport(server.address(), nullptr);
      const auto reply = get(transport);
      ASSERT_FALSE(reply) << "cut at " << length;
      EXPECT_EQ(reply.error().code, Errc::io);
    }
  }
}

TEST(AReply, of_random_bytes_is_none) {
  for (const std::string bytes :
       {"\x16\x03\x01\x02", "hello\r\n\r\n", "HTTP/9.9 999999 x\r\n\r\n", "\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nOK",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOK"}) {
    RawServer server({{bytes, true}});
    HttpTransport transport(server.address(), nullptr);
    const auto reply = get(transport);
    EXPECT_TRUE(!reply || reply->status != 200) << bytes;
  }
}

TEST(AReply, has_at_most_8_MiB) {
  RawServer announced({{"HTTP/1.1 200 OK\r\nContent-Length: 8388609\r\n\r\n"}});
  HttpTransport one(announced.address(), nullptr);
  const auto reply = get(one);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::full);

  std::string endless = "HTTP/1.1 200 OK\r\n\r\n" + std::string(limits::reply_bytes_max + 1, 'x');
  RawServer unannounced({{std::move(endless), true}});
  HttpTransport other(unannounced.address(), nullptr);
  const auto large = get(other);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::full);

  std::string chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7FFFFFFF\r\n";
  RawServer chunked({{std::move(chunks)}});
  HttpTransport third(chunked.address(), nullptr);
  const auto chunk = get(third);
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().code, Errc::full);
}

TEST(AServer, that_says_nothing_is_given_up_in_time) {
  RawServer server({{""}});
  HttpTransport transport(server.address(), nullptr);
  const auto start = std::chrono::steady_clock::now();
  const auto reply = get(transport, 150ms);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

TEST(AServer, that_stops_in_the_middle_is_given_up_in_time) {
  for (const auto* bytes :
       {"HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nO",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nO",
        "HTTP/1.1 200 OK\r\n\r\nO"}) {
    RawServer server({{bytes}});
    HttpTransport transport(server.address(), nullptr);
    const auto reply = get(transport, 150ms);
    ASSERT_FALSE(reply) << bytes;
    EXPECT_EQ(reply.error().code, Errc::timeout) << bytes;
  }
}

TEST(AServer, that_is_not_there_is_no_connection) {
  ServerAddress address;
  {
    RawServer server({});
    address = server.address();
  }
  HttpTransport transport(address, nullptr);
  const auto reply = get(transport);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io);
  EXPECT_THAT(reply.error().text, HasSubstr("no connection to http://127.0.0.1:"));
}

TEST(AKeptConnection, is_used_again) {
  RawServer server({{ok("1")}, {ok("2")}, {ok("3")}});
  HttpTransport transport(server.address(), nullptr);
  for (const auto* expected : {"1", "2", "3"}) {
    const auto reply = get(transport);
    ASSERT_TRUE(reply) << error_of(reply);
    EXPECT_EQ(reply->body, expected);
  }
}

TEST(AKeptConnection, that_the_server_has_closed_is_replaced_unseen) {
  for (const bool post : {false, true}) {
    RawServer server({{ok("1"), true}, {ok("2"), false, true}});
    HttpTransport transport(server.address(), nullptr);
    ASSERT_TRUE(get(transport));
    // The end of the first connection is on its way; it is seen when the next request begins.
    const auto reply =
        post ? transport.exchange(messages.events(registered(), "x"), 5s) : get(transport);
    if (!post) {
      ASSERT_TRUE(reply) << error_of(reply);
    }
    if (reply) {
      EXPECT_EQ(reply->body, "2");
    }
  }
}

TEST(AKeptConnection, that_dies_at_a_GET_is_replaced_once) {
  RawServer server({{ok("1")}, {"", true}, {ok("2"), false, true}});
  HttpTransport transport(server.address(), nullptr);
  ASSERT_TRUE(get(transport));
  const auto reply = get(transport);
  ASSERT_TRUE(reply) << error_of(reply);
  EXPECT_EQ(reply->body, "2");
  EXPECT_EQ(server.received().size(), 3u);
}

TEST(AKeptConnection, that_dies_at_a_POST_is_for_the_conversation_to_decide) {
  RawServer server({{ok("1")}, {"", true}, {ok("2"), false, true}});
  HttpTransport transport(server.address(), nullptr);
  ASSERT_TRUE(get(transport));
  const auto reply = transport.exchange(messages.events(registered(), "x"), 5s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io);
  EXPECT_EQ(server.received().size(), 2u);
}

TEST(AKeptConnection, on_which_half_an_answer_came_is_not_asked_again) {
  RawServer server({{ok("1")}, {"HTTP/1.1 200 OK\r\nContent-Le", true}, {ok("2"), false, true}});
  HttpTransport transport(server.address(), nullptr);
  ASSERT_TRUE(get(transport));
  EXPECT_FALSE(get(transport));
  EXPECT_EQ(server.received().size(), 2u);
}

}  // namespace
}  // namespace lintel::push
