// Replies that are whole and wrong: other places to go to, lengths that lie, bodies that would
// swell, statuses of every kind. What a reply says is given on as it is; nothing else is done.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "push/http.h"
#include "push/message.h"
#include "tests/push/raw_crowd.h"

namespace lintel::push {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Script = RawCrowd::Script;

HttpRequest request(std::size_t number = 0, const std::string& method = "GET") {
  return {method, "/iclock/ping?n=" + std::to_string(number) + "&SN=1", {{"Accept", "*"}}, ""};
}

std::string with(const std::string& headers, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + headers + "\r\n" + body;
}

Result<HttpReply> answer_to(const std::string& bytes) {
  RawCrowd server({{.bytes = bytes, .then = Script::Then::close}});
  HttpTransport transport(server.address(), nullptr);
  return transport.exchange(request(), 5s);
}

// ---- elsewhere

class ARedirect : public ::testing::TestWithParam<int> {};

TEST_P(ARedirect, is_a_reply_and_no_way_to_go) {
  RawCrowd elsewhere({{.bytes = with("Content-Length: 2\r\n", "OK")}});
  const auto status = std::to_string(GetParam());
  const auto redirect = [&](const std::string& to) {
    return "HTTP/1.1 " + status + " Go\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
  };
  RawCrowd server({{.bytes = redirect(elsewhere.address().url() + "/iclock/ping?n=0&SN=1")},
                   {.bytes = redirect("/iclock/ping?n=2&SN=1")},
                   {.bytes = with("Content-Length: 2\r\n", "OK")}});
  HttpTransport transport(server.address(), nullptr);
  for (const std::size_t n : {0u, 1u}) {
    for (const auto* method : {"GET", "POST"}) {
      const auto reply = transport.exchange(request(n, method), 5s);
      ASSERT_TRUE(reply) << reply.error().text;
      EXPECT_EQ(reply->status, GetParam());
      EXPECT_NE(verdict(*reply).kind, Verdict::Kind::taken);
    }
  }
  EXPECT_EQ(elsewhere.connections(), 0u) << "another server is never spoken to";
  EXPECT_EQ(server.requests().size(), 4u) << "nor is this one asked for what it points to";
}

INSTANTIATE_TEST_SUITE_P(Of, ARedirect, ::testing::Values(300, 301, 302, 303, 305, 307, 308));

TEST(AReply, of_each_error_status_is_a_reply_that_takes_nothing) {
  std::vector<Script> scripts;
  for (int status = 400; status < 600; ++status) {
    scripts.push_back(
        {.bytes = "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 2\r\n\r\nOK"});
  }
  RawCrowd server(scripts);
  HttpTransport transport(server.address(), nullptr);
  for (int status = 400; status < 600; ++status) {
    const auto reply = transport.exchange(request(static_cast<std::size_t>(status - 400)), 5s);
    ASSERT_TRUE(reply) << status << ": " << reply.error().text;
    EXPECT_EQ(reply->status, status);
    EXPECT_NE(verdict(*reply).kind, Verdict::Kind::taken) << status;
  }
}

// ---- lengths

TEST(ALength, that_lies_makes_no_reply) {
  for (const auto* headers :
       {"Content-Length: 3\r\n",  // one more than there is
        "Content-Length: -2\r\n", "Content-Length: 2x\r\n", "Content-Length: 0x2\r\n",
        "Content-Length: 99999999999999999999\r\n", "Content-Length: 18446744073709551614\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 3\r\ncontent-length: 2\r\n",
        "Content-Length: 2, 3\r\n"}) {
    const auto reply = answer_to(with(headers, "OK"));
    EXPECT_FALSE(reply) << headers;
  }
}

TEST(ALength, that_is_said_twice_alike_is_one) {
  const auto reply = answer_to(with("Content-Length: 2\r\nContent-Length: 2\r\n", "OK"));
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(reply->body, "OK");
}

// Bytes beyond the reply would be the answer to the next request: a server in the middle could put
// commands there. The connection is not used again.
TEST(ALength, that_is_too_short_answers_no_second_request) {
  const std::string hidden = with("Content-Length: 4\r\n", "EVIL");
  RawCrowd server(
      {{.bytes = with("Content-Length: 2\r\n", "OK" + hidden)},
       {.bytes = with("Transfer-Encoding: chunked\r\n", "2\r\nOK\r\n0\r\n\r\n" + hidden)},
       {.bytes =
            with("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\nOK\r\n0\r\n\r\n")},
       {.bytes = "HTTP/1.1 204 No Content\r\n\r\n" + hidden},
       {.bytes = with("Content-Length: 4\r\n", "good")}});
  for (const std::size_t first : {0u, 1u, 2u, 3u}) {
    HttpTransport transport(server.address(), nullptr);
    const auto connections = server.connections();
    const auto reply = transport.exchange(request(first), 5s);
    ASSERT_TRUE(reply) << reply.error().text;
    EXPECT_EQ(reply->body, first == 3 ? "" : "OK");
    const auto next = transport.exchange(request(4), 5s);
    ASSERT_TRUE(next) << next.error().text;
    EXPECT_EQ(next->body, "good") << first;
    EXPECT_EQ(server.connections(), connections + 2) << first;
  }
}

// ---- bodies that would swell

TEST(ACompressedBody, is_neither_asked_for_nor_unpacked) {
  // What `gzip` makes of nothing but zeros: each of these bytes would become a thousand.
  std::string bomb("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10);
  bomb.resize(1 << 20, '\0');
  RawCrowd server({{.bytes = with("Content-Encoding: gzip\r\nContent-Length: " +
                                      std::to_string(bomb.size()) + "\r\n",
                                  bomb)}});
  HttpTransport transport(server.address(), nullptr);
  const auto reply = transport.exchange(request(), 5s);
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(reply->body, bomb);
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Encoding")));
}

TEST(ATransferEncoding, that_we_do_not_know_is_not_undone) {
  const auto reply =
      answer_to(with("Transfer-Encoding: gzip\r\nContent-Length: 4\r\n", "\x1f\x8b\x08\x01"));
  if (reply) {
    EXPECT_EQ(reply->body, "\x1f\x8b\x08\x01");
  }
}

// ---- noise

TEST(RandomBytes, are_no_reply_of_200) {
  constexpr std::size_t rounds = 400;
  static const std::string beginnings[] = {"", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\nContent-Length: ",
                                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                                           "HTTP/1.1 200 OK\r\nContent-Length: 80\r\n"};
  std::mt19937 random(20261126);
  std::vector<Script> scripts;
  for (std::size_t n = 0; n < rounds; ++n) {
    std::string bytes = beginnings[random() % std::size(beginnings)];
    for (auto count = random() % 80; count > 0; --count)
      bytes += static_cast<char>(random() % 256);
    scripts.push_back({.bytes = bytes, .then = Script::Then::close});
  }
  RawCrowd server(scripts);
  HttpTransport transport(server.address(), nullptr);
  for (std::size_t n = 0; n < rounds; ++n) {
    const auto reply = transport.exchange(request(n), 5s);
    EXPECT_TRUE(!reply || reply->status != 200) << n << ": " << scripts[n].bytes;
  }
}

// ---- before the first byte of HTTP

// Each piece of the handshake comes within the time of a read.
TEST(AHandshake, that_drips_ends_with_the_deadline) {
  std::string record("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03", 11);
  record.resize(16000, 'x');
  RawCrowd server({{.bytes = record, .drip = 30ms, .at_once = true}});
  auto tls = HttpTransport::make_tls({});
  ASSERT_TRUE(tls);
  HttpTransport transport(server.address(true), *tls);
  const auto start = std::chrono::steady_clock::now();
  const auto reply = transport.exchange(request(), 300ms);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::timeout) << reply.error().text;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 8s);
}

TEST(AHandshake, of_random_bytes_or_none_is_no_connection) {
  for (const auto& script :
       {Script{.bytes = "HTTP/1.1 200 OK\r\n\r\nOK", .then = Script::Then::close, .at_once = true},
        Script{.bytes = std::string(400, '\x16'), .then = Script::Then::close, .at_once = true},
        Script{.bytes = "x", .then = Script::Then::reset, .at_once = true},
        Script{.bytes = "", .then = Script::Then::close, .at_once = true}}) {
    RawCrowd server({script});
    auto tls = HttpTransport::make_tls({});
    ASSERT_TRUE(tls);
    HttpTransport transport(server.address(true), *tls);
    const auto reply = transport.exchange(request(), 5s);
    ASSERT_FALSE(reply);
    EXPECT_NE(reply.error().code, Errc::timeout) << reply.error().text;
    EXPECT_THAT(reply.error().text, HasSubstr(server.address(true).url()));
  }
}

}  // namespace
}  // namespace lintel::push
