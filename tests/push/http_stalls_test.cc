// A reply that stops, ends or breaks at each of its bytes, and one that never ends: the exchange is
// over by its deadline, and what came is never taken for a whole reply.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <thread>

#include "engine/core/limits.h"
#include "push/http.h"
#include "tests/push/raw_crowd.h"

namespace lintel::push {
namespace {

using namespace std::chrono_literals;
using Script = RawCrowd::Script;
using Time = std::chrono::steady_clock;

struct Ended {
  Result<HttpReply> reply = fail(Errc::invalid, "not asked");
  Time::duration took{};
};

HttpRequest request(std::size_t number, const std::string& method) {
  return {method, "/iclock/ping?n=" + std::to_string(number) + "&SN=1", {{"Accept", "*"}}, ""};
}

// One exchange with each script, many at a time, each on a transport of its own.
std::vector<Ended> ask_all(const RawCrowd& server, std::size_t count,
                           std::chrono::milliseconds timeout, const std::string& method = "GET") {
  constexpr std::size_t at_once = 48;
  std::vector<Ended> ended(count);
  for (std::size_t first = 0; first < count; first += at_once) {
    std::vector<std::thread> askers;
    for (std::size_t n = first; n < std::min(count, first + at_once); ++n) {
      askers.emplace_back([&, n] {
        HttpTransport transport(server.address(), nullptr);
        const auto start = Time::now();
        ended[n].reply = transport.exchange(request(n, method), timeout);
        ended[n].took = Time::now() - start;
      });
    }
    for (auto& asker : askers)
      asker.join();
  }
  return ended;
}

const std::string replies[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\r\nC:1:DATA COUNT user",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n13\r\nC:1:DATA COUNT user\r\n0\r\n\r\n"};

std::vector<Script> prefixes(const std::string& reply, Script::Then then) {
  std::vector<Script> scripts;
  for (std::size_t length = 0; length < reply.size(); ++length) {
    scripts.push_back({.bytes = reply.substr(0, length), .then = then});
  }
  return scripts;
}

// The deadline is met even when two cores are busy with other tests.
constexpr auto much_too_late = 8s;

TEST(AReplyThatStalls, at_any_byte_ends_the_exchange_in_time) {
  for (const auto& reply : replies) {
    RawCrowd server(prefixes(reply, Script::Then::hold));
    const auto ended = ask_all(server, reply.size(), 200ms);
    for (std::size_t n = 0; n < ended.size(); ++n) {
      ASSERT_FALSE(ended[n].reply) << "stalled after " << n << " bytes";
      EXPECT_EQ(ended[n].reply.error().code, Errc::timeout) << "after " << n << " bytes";
      EXPECT_LT(ended[n].took, much_too_late) << "after " << n << " bytes";
    }
  }
}

TEST(AReplyThatEnds, at_any_byte_before_its_last_is_none) {
  for (const auto* method : {"GET", "POST"}) {
    for (const auto& reply : replies) {
      RawCrowd server(prefixes(reply, Script::Then::close));
      const auto ended = ask_all(server, reply.size(), 5s, method);
      for (std::size_t n = 0; n < ended.size(); ++n) {
        ASSERT_FALSE(ended[n].reply) << "cut after " << n << " bytes";
        EXPECT_EQ(ended[n].reply.error().code, Errc::io) << "after " << n << " bytes";
      }
    }
  }
}

TEST(AReplyThatIsReset, at_any_byte_is_none) {
  for (const auto& reply : replies) {
    RawCrowd server(prefixes(reply, Script::Then::reset));
    const auto ended = ask_all(server, reply.size(), 5s);
    for (std::size_t n = 0; n < ended.size(); ++n) {
      ASSERT_FALSE(ended[n].reply) << "reset after " << n << " bytes";
      EXPECT_EQ(ended[n].reply.error().code, Errc::io) << "after " << n << " bytes";
    }
  }
}

// Each byte comes within the time of a read, and the last one never within the exchange's.
TEST(AReplyThatDrips, ends_with_the_deadline_and_not_with_its_bytes) {
  RawCrowd server({{.bytes = replies[0] + std::string(1000, ' '), .drip = 30ms},
                   {.bytes = replies[1].substr(0, 60),
                    .then = Script::Then::repeat,
                    .again = " ",
                    .drip = 30ms}});
  for (const auto& ended : ask_all(server, 2, 300ms)) {
    ASSERT_FALSE(ended.reply);
    EXPECT_EQ(ended.reply.error().code, Errc::timeout);
    EXPECT_LT(ended.took, much_too_late);
  }
}

// ---- without an end

struct Endless {
  const char* name;
  std::string start, again;
};

void PrintTo(const Endless& endless, std::ostream* out) {
  *out << endless.name;
}

class AnEndlessReply : public ::testing::TestWithParam<Endless> {};

TEST_P(AnEndlessReply, is_given_up_by_its_size_or_its_time) {
  RawCrowd server(
      {{.bytes = GetParam().start, .then = Script::Then::repeat, .again = GetParam().again}});
  HttpTransport transport(server.address(), nullptr);
  const auto start = Time::now();
  const auto reply = transport.exchange(request(0, "GET"), 1s);
  EXPECT_FALSE(reply);
  EXPECT_LT(Time::now() - start, much_too_late);
}

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Of, AnEndlessReply,
    ::testing::Values(
        Endless{"chunks", chunked, "400\r\n" + std::string(1024, 'x') + "\r\n"},
        Endless{"chunks_of_a_byte", chunked, "1\r\nx\r\n"}, Endless{"chunk_size", chunked, "0"},
        Endless{"chunk_extension", chunked + "5;", "a=b;"},
        Endless{"trailers", chunked + "0\r\n", "Trailer: x\r\n"},
        Endless{"body", ok + "\r\n", std::string(1024, 'x')},
        Endless{"headers", ok, "X-Header: x\r\n"},
        Endless{"folded_header", ok + "X-Header: x\r\n", " and more\r\n"},
        Endless{"header_value", ok + "X-Header: ", "x"}, Endless{"header_name", ok, "X"},
        Endless{"status_line", "HTTP/1.1 200 ", "OK"}, Endless{"empty_lines", "", "\r\n"},
        Endless{"continuations", "", "HTTP/1.1 100 Continue\r\n\r\n"}),
    [](const auto& endless) { return endless.param.name; });

}  // namespace
}  // namespace lintel::push
