// Files by HTTP, against a server on loopback: in pieces, held nowhere, and ended in time. And
// Test Host, which only connects.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <thread>

#include "engine/base/unique_fd.h"
#include "push/http.h"
#include "push/test_host.h"
#include "tests/fake_server/http_front.h"

namespace lintel::push {
namespace {

using fake::Answer;
using fake::HttpFront;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Listens; answers the first request with these bytes and then falls silent.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes) : bytes_(std::move(bytes)) {
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
  ~OneAnswer() { close(); }
  void close() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    listener_.reset();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] ServerAddress address() const { return {false, "127.0.0.1", port_}; }
  // What the first peer has said; only after close().
  [[nodiscard]] const std::string& heard() const { return heard_; }

 private:
  void serve() {
    const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
    char buffer[4096];
    while (peer && heard_.find("\r\n\r\n") == std::string::npos) {
      const auto got = ::recv(peer.get(), buffer, sizeof buffer, 0);
      if (got <= 0) return;
      heard_.append(buffer, static_cast<std::size_t>(got));
    }
    if (!peer) return;
    (void)::send(peer.get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
    while (::recv(peer.get(), buffer, sizeof buffer, 0) > 0) {
    }
  }

  std::string bytes_, heard_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

HttpRequest get() {
  return {"GET", "/data/emfw.cfg", {{"User-Agent", "iClock Proxy/1.09"}}, ""};
}

ServerAddress address_of(const HttpFront& front) {
  return {false, "127.0.0.1", front.port()};
}

HttpFront::Handler always(HttpReply reply) {
  return [reply = std::move(reply)](const HttpRequest&) { return Answer{reply}; };
}

TEST(AFile, comes_in_pieces_and_may_be_larger_than_any_reply) {
  std::string file(20u << 20, 'x');
  for (std::size_t i = 0; i < file.size(); i += 4093) {
    file[i] = static_cast<char>(i);
  }
  for (const bool chunked : {false, true}) {
    const HttpFront front(always({200, {}, file}), {.chunked = chunked});
    HttpTransport transport(address_of(front), nullptr);
    std::size_t largest = 0, at = 0;
    bool same = true;
    const auto reply = transport.fetch(get(), 5s, [&](const HttpReply& head, auto piece) {
      same = same && head.status == 200 && file.compare(at, piece.size(), piece) == 0;
      at += piece.size();
      largest = std::max(largest, piece.size());
      return true;
    });
    ASSERT_TRUE(reply) << reply.error().text;
    EXPECT_TRUE(same);
    EXPECT_EQ(at, file.size());
    EXPECT_LE(largest, 8192u);
    EXPECT_EQ(reply->body, "");
  }
}

TEST(AFile, that_is_not_wanted_any_more_is_left) {
  const HttpFront front(always({200, {}, std::string(1u << 20, 'x')}), {});
  HttpTransport transport(address_of(front), nullptr);
  std::size_t got = 0;
  const auto reply = transport.fetch(get(), 5s, [&](const HttpReply&, auto piece) {
    got += piece.size();
    return got < 20'000;
  });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::invalid);
  EXPECT_LT(got, 40'000u);
  // The line serves again.
  EXPECT_TRUE(transport.fetch(get(), 5s, [](const HttpReply&, auto) { return true; }));
}

TEST(AFile, that_comes_compressed_is_refused) {
  const HttpFront front(always({200, {{"Content-Encoding", "gzip"}}, "\x1f\x8b"}), {});
  HttpTransport transport(address_of(front), nullptr);
  bool called = false;
  const auto reply = transport.fetch(get(), 5s, [&](const HttpReply&, auto) {
    called = true;
    return true;
  });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::unsupported);
  EXPECT_FALSE(called);
}

TEST(AFile, of_which_there_is_an_error_page_is_no_file) {
  const HttpFront front(
      [](const HttpRequest&) {
        return Answer{{302, {{"Location", "http://198.51.100.7/"}}, "moved"}};
      },
      {});
  HttpTransport transport(address_of(front), nullptr);
  bool called = false;
  const auto reply = transport.fetch(get(), 5s, [&](const HttpReply&, auto) {
    called = true;
    return true;
  });
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 302);
  EXPECT_FALSE(called);
}

TEST(AFile, that_breaks_off_has_given_what_came) {
  const HttpFront front(
      [](const HttpRequest&) {
        return Answer{{200, {}, std::string(30'000, 'x')}, fake::Wire::truncated};
      },
      {});
  HttpTransport transport(address_of(front), nullptr);
  std::size_t got = 0;
  const auto reply = transport.fetch(get(), 5s, [&](const HttpReply&, auto piece) {
    got += piece.size();
    return true;
  });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io);
  EXPECT_EQ(got, 15'000u);
}

TEST(AFile, that_stalls_is_given_up_in_time) {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}) {
    OneAnswer server(bytes);
    HttpTransport transport(server.address(), nullptr);
    const auto start = std::chrono::steady_clock::now();
    const auto reply = transport.fetch(get(), 150ms, [](const HttpReply&, auto) { return true; });
    ASSERT_FALSE(reply) << bytes;
    EXPECT_EQ(reply.error().code, Errc::timeout) << bytes;
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  }
}

TEST(AFile, is_asked_for_as_it_is) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  {
    HttpTransport transport(server.address(), nullptr);
    auto request = get();
    request.headers.emplace_back("Range", "bytes=0-1048575");
    EXPECT_TRUE(transport.fetch(request, 5s, [](const HttpReply&, auto) { return true; }));
  }
  server.close();
  EXPECT_THAT(server.heard(), HasSubstr("GET /data/emfw.cfg HTTP/1.1\r\n"));
  EXPECT_THAT(server.heard(), HasSubstr("Range: bytes=0-1048575\r\n"));
  EXPECT_THAT(server.heard(), Not(HasSubstr("Accept-Encoding")));
}

// ---- Test Host

TEST(AHost, that_listens_is_found_and_hears_nothing) {
  OneAnswer server("");
  EXPECT_TRUE(connects_to("127.0.0.1", server.port(), 5s));
  EXPECT_FALSE(connects_to("[::1]", server.port(), 5s));
  server.close();
  EXPECT_EQ(server.heard(), "");
}

TEST(AHost, that_does_not_listen_is_not_found) {
  OneAnswer server("");
  const auto port = server.port();
  server.close();
  EXPECT_FALSE(connects_to("127.0.0.1", port, 5s));
  EXPECT_FALSE(connects_to("no-such-host.invalid", 80, 2s));
}

}  // namespace
}  // namespace lintel::push
