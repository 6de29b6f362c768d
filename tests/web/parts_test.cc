// The small parts of the console, one by one: JSON, addresses, the feed.
#include <gtest/gtest.h>

#include "tests/web/fake_engine.h"
#include "web/address.h"
#include "web/feed.h"
#include "web/json.h"
#include "web/views.h"

namespace lintel::web {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Json, EscapesWhatCouldEndATextALineOrAScript) {
  EXPECT_EQ(json_text("say \"hi\"\\\n\t"), R"("say \u0022hi\u0022\u005c\u000a\u0009")");
  EXPECT_EQ(json_text("</script>&'"), R"("\u003c/script\u003e\u0026\u0027")");
  EXPECT_EQ(json_text("a\xe2\x80\xa8z\xe2\x80\xa9"), R"("a\u2028z\u2029")");
  EXPECT_EQ(json_text(std::string("nul\0l", 5)), R"("nul\u0000l")");
}

TEST(Json, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(json_text("Gr\xc3\xbc\xc3\x9f \xe5\xbc\xa0 \xf0\x9f\x9a\xaa"),
            "\"Gr\xc3\xbc\xc3\x9f \xe5\xbc\xa0 \xf0\x9f\x9a\xaa\"");
  EXPECT_EQ(json_text("\xff"), R"("\ufffd")");
  EXPECT_EQ(json_text("cut \xe5\xbc"), R"("cut \ufffd\ufffd")");
  EXPECT_EQ(json_text("\xc0\xaf"), R"("\ufffd\ufffd")");            // overlong
  EXPECT_EQ(json_text("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // half a surrogate
  EXPECT_EQ(json_text("\xf5\x80\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(Json, WritesObjectsAndArrays) {
  EXPECT_EQ(JsonObject().str(), "{}");
  EXPECT_EQ(JsonObject().number("a", 1).signed_number("b", -60).flag("c", true).str(),
            R"({"a":1,"b":-60,"c":true})");
  EXPECT_EQ(JsonArray().json("1").json("2").str(), "[1,2]");
}

TEST(Views, TellACardOnlyWhereNobodyOwnsIt) {
  auto stranger = test::event(27, 1, "0", "refused: not registered", "Nobody's.");
  stranger.set_card(18446744073709551615u);
  EXPECT_NE(to_json(stranger).find(R"("card":"18446744073709551615")"), std::string::npos);
  auto known = test::event(0, 1, "5", "opened", "");
  known.set_card(7654321);
  EXPECT_EQ(to_json(known).find("7654321"), std::string::npos);
}

TEST(Address, MustBeALoopbackOneUnlessTheConsoleIsSecured) {
  EXPECT_EQ(listen_address("0.0.0.0:443", true)->host, "0.0.0.0");
  EXPECT_EQ(listen_address("127.0.0.1:8080")->host, "127.0.0.1");
  EXPECT_EQ(listen_address("127.3.2.1:80")->port, 80);
  EXPECT_EQ(listen_address("localhost:8080")->host, "127.0.0.1");
  EXPECT_EQ(listen_address("[::1]:8080")->host, "::1");
  for (const char* open : {"0.0.0.0:80", "192.168.1.5:80", "[::]:80"}) {
    const auto address = listen_address(open);
    ASSERT_FALSE(address) << open;
    EXPECT_EQ(address.error().code, Errc::unsupported) << open;
    EXPECT_NE(address.error().text.find("wants https and a code"), std::string::npos);
  }
  for (const char* wrong : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999",
                            "[::1:80", "127.0.0.1:80x", "door.example.org:80"}) {
    ASSERT_FALSE(listen_address(wrong)) << wrong;
    EXPECT_EQ(listen_address(wrong).error().code, Errc::invalid) << wrong;
  }
}

TEST(Address, TheHostHeaderMustNameLoopback) {
  for (const char* fine : {"localhost", "LocalHost:8080", "127.0.0.1:9", "[::1]:8080", "[::1]"})
    EXPECT_TRUE(host_allowed(fine)) << fine;
  for (const char* foreign :
       {"", "evil.example.org", "localhost.evil.example.org", "127.0.0.1.evil.example.org",
        "localhost:80@evil", "192.168.1.5", "[::2]", "[::1", "[localhost]", "localhost:x", "::1"})
    EXPECT_FALSE(host_allowed(foreign)) << foreign;
}

// ---- the feed

pb::Events events(std::uint64_t first, std::uint64_t last) {
  pb::Events some;
  for (auto index = first; index <= last; ++index)
    some.add_event()->set_index(index);
  some.set_last_index(last);
  return some;
}

TEST(Feed, GivesANewReaderWhatIsThereAndThenWhatComes) {
  Feed feed;
  feed.add(events(1, 3));
  Feed::Cursor cursor;
  auto news = feed.wait(cursor, seconds(0));
  EXPECT_EQ(news.events.size(), 3u);
  EXPECT_EQ(news.missed, 0u);
  EXPECT_TRUE(news.status);
  news = feed.wait(cursor, milliseconds(0));
  EXPECT_TRUE(news.events.empty());
  EXPECT_FALSE(news.status);
  feed.add(events(4, 4));
  news = feed.wait(cursor, seconds(0));
  ASSERT_EQ(news.events.size(), 1u);
  EXPECT_EQ(news.events.front().index, 4u);
}

TEST(Feed, CountsWhatAReaderMissed) {
  Feed feed;
  feed.add(events(1, 300));
  Feed::Cursor cursor{.state = 0, .event = 10};
  const auto news = feed.wait(cursor, seconds(0));
  EXPECT_EQ(news.events.size(), Feed::events_kept);
  EXPECT_EQ(news.missed, 300 - Feed::events_kept - 10);
}

TEST(Feed, TellsAReaderOfAnotherJournalToBeginAnew) {
  Feed feed;
  feed.add(events(1, 5));
  Feed::Cursor cursor{.state = 0, .event = 90};
  const auto news = feed.wait(cursor, seconds(0));
  EXPECT_TRUE(news.began_anew);
  EXPECT_EQ(news.events.size(), 5u);
  EXPECT_FALSE(feed.wait(cursor, milliseconds(0)).began_anew);
}

TEST(Feed, DoesNotTakeALateReaderForOneOfAnotherJournalBeforeItKnowsItsOwn) {
  Feed feed;
  Feed::Cursor cursor{.state = 0, .event = 90};
  EXPECT_FALSE(feed.wait(cursor, seconds(0)).began_anew);
  feed.add(events(80, 91));
  const auto news = feed.wait(cursor, seconds(0));
  ASSERT_EQ(news.events.size(), 1u);
  EXPECT_EQ(news.missed, 0u);
}

TEST(Feed, WakesAReaderWhenItEnds) {
  Feed feed;
  Feed::Cursor cursor;
  feed.wait(cursor, seconds(0));
  std::thread ending([&] { feed.close(); });
  EXPECT_TRUE(feed.wait(cursor, seconds(20)).closed);
  ending.join();
}

TEST(Feed, KeepsTheLastStateWhileTheEngineIsAway) {
  Feed feed;
  EXPECT_NE(feed.status_json().find(R"("answers":false)"), std::string::npos);
  pb::Status status;
  status.set_time("2026-11-22 14:05:09");
  status.set_serial("S1");
  feed.engine_answers(status);
  feed.engine_away("the engine has closed the connection");
  const auto json = feed.status_json();
  EXPECT_NE(json.find(R"("answers":false,"last_heard":"2026-11-22 14:05:09")"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("serial":"S1")"), std::string::npos);
}

}  // namespace
}  // namespace lintel::web
