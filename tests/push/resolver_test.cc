// Names: found, unknown, and asked of somebody who does not answer.
#include "push/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "push/http.h"
#include "push/limits.h"
#include "tests/push/raw_crowd.h"

namespace lintel::push {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using Time = std::chrono::steady_clock;

// A name server that answers when it is told to. Threads of a Resolver may outlive a test.
class NameServer {
 public:
  Resolver::Lookup lookup() {
    return [inside = inside_](const std::string&) -> Result<std::string> {
      std::unique_lock lock(inside->mutex);
      ++inside->asked;
      inside->changed.notify_all();
      inside->changed.wait(lock, [&] { return inside->answer.has_value(); });
      return *inside->answer;
    };
  }
  void answer(Result<std::string> answer) {
    const std::lock_guard lock(inside_->mutex);
    inside_->answer = std::move(answer);
    inside_->changed.notify_all();
  }
  [[nodiscard]] unsigned asked() const {
    const std::lock_guard lock(inside_->mutex);
    return inside_->asked;
  }
  ~NameServer() { answer(fail(Errc::io, "the test is over")); }

 private:
  struct Inside {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Result<std::string>> answer;
    unsigned asked = 0;
  };
  std::shared_ptr<Inside> inside_ = std::make_shared<Inside>();
};

TEST(AnAddress, that_is_numeric_is_not_looked_up) {
  NameServer names;
  Resolver resolver(names.lookup());
  for (const auto* address : {"127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"}) {
    const auto found = resolver.resolve(address, Time::now());
    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(*found, address);
  }
  EXPECT_EQ(names.asked(), 0u);
}

TEST(AName, that_the_system_knows_is_found) {
  const auto found = Resolver::of_the_system().resolve("localhost", Time::now() + 10s);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_TRUE(*found == "127.0.0.1" || *found == "::1") << *found;
}

TEST(AName, that_nobody_knows_is_no_connection) {
  NameServer names;
  names.answer(fail(Errc::io, "push.example has no address: unknown"));
  Resolver resolver(names.lookup());
  HttpTransport transport({false, "push.example", 80}, nullptr, resolver);
  const auto reply = transport.exchange({"GET", "/", {}, ""}, 5s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io);
  EXPECT_EQ(reply.error().text,
            "no connection to http://push.example:80: push.example has no address: unknown");
  EXPECT_FALSE(resolver.resolve("push.example", Time::now() + 5s));
  EXPECT_EQ(names.asked(), 2u) << "a failure is not kept";
}

TEST(AResolverThatHangs, ends_the_exchange_with_its_deadline_and_costs_one_thread) {
  NameServer names;
  Resolver resolver(names.lookup());
  for (int tries = 0; tries < 20; ++tries) {
    HttpTransport transport({false, "push.example", 80}, nullptr, resolver);
    const auto start = Time::now();
    const auto reply = transport.exchange({"GET", "/", {}, ""}, 20ms);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_LT(Time::now() - start, 8s);
  }
  EXPECT_LE(names.asked(), 1u);
}

TEST(AResolverThatHangs, holds_up_no_other_name_until_too_many_hang) {
  NameServer names;
  Resolver resolver(names.lookup());
  for (std::size_t n = 0; n < limits::lookups_max; ++n) {
    const auto hanging = resolver.resolve("n" + std::to_string(n) + ".example", Time::now());
    EXPECT_EQ(hanging.error().code, Errc::timeout);
  }
  const auto next = resolver.resolve("one-more.example", Time::now() + 8s);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Errc::io);
  EXPECT_THAT(next.error().text, HasSubstr("too many other names hang"));
}

TEST(AnAnswerThatComesLate, serves_the_next_who_asks) {
  NameServer names;
  Resolver resolver(names.lookup());
  EXPECT_FALSE(resolver.resolve("push.example", Time::now() + 1ms));
  names.answer("127.0.0.1");
  const auto found = resolver.resolve("push.example", Time::now() + 8s);
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(*found, "127.0.0.1");
  EXPECT_EQ(names.asked(), 1u);
}

TEST(SeveralWhoAsk, for_one_name_are_all_answered_by_one_lookup) {
  NameServer names;
  Resolver resolver(names.lookup());
  std::vector<Result<std::string>> found(8, fail(Errc::invalid, "not asked"));
  std::vector<std::thread> askers;
  for (auto& each : found) {
    askers.emplace_back([&] { each = resolver.resolve("push.example", Time::now() + 10s); });
  }
  while (names.asked() == 0)
    std::this_thread::yield();
  names.answer("192.0.2.9");
  for (auto& asker : askers)
    asker.join();
  for (const auto& each : found) {
    ASSERT_TRUE(each) << each.error().text;
    EXPECT_EQ(*each, "192.0.2.9");
  }
  EXPECT_GE(names.asked(), 1u);
}

TEST(AResolver, may_go_while_a_lookup_hangs) {
  NameServer names;
  {
    Resolver resolver(names.lookup());
    EXPECT_FALSE(resolver.resolve("push.example", Time::now() + 1ms));
  }
  names.answer("127.0.0.1");
  EXPECT_LE(names.asked(), 1u);
}

TEST(TheNameOfAServer, stands_in_the_request_and_its_address_does_not) {
  RawCrowd server({{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"}});
  Resolver resolver([](const std::string&) { return Result<std::string>("127.0.0.1"); });
  const auto port = server.address().port;
  HttpTransport transport({false, "push.example", port}, nullptr, resolver);
  ASSERT_TRUE(transport.exchange({"GET", "/?n=0&", {{"Accept", "*"}}, ""}, 5s));
  EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nHost: push.example:" + std::to_string(port)));
}

}  // namespace
}  // namespace lintel::push
