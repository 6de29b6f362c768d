// The small parts: addresses, waits, character sets, packets, limits.
#include "push/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/limits.h"
#include "push/backoff.h"
#include "push/charset.h"
#include "push/command.h"
#include "push/digest.h"
#include "push/packets.h"
#include "push/server_address.h"

namespace lintel::push {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

std::string url_of(const std::optional<ServerAddress>& address) {
  return address ? address->url() : "nothing";
}

TEST(AnAddress, is_scheme_host_and_port) {
  EXPECT_EQ(url_of(parse_address("http://192.0.2.1:8088")), "http://192.0.2.1:8088");
  EXPECT_EQ(url_of(parse_address("https://push.example/")), "https://push.example:443");
  EXPECT_EQ(url_of(parse_address("http://push.example")), "http://push.example:80");
  EXPECT_EQ(url_of(parse_address("http://[2001:db8::1]:81")), "http://[2001:db8::1]:81");
  for (const auto* wrong :
       {"", "push.example", "ftp://a", "http://", "http://a:0", "http://a:65536", "http://a:b",
        "http://user@a", "http://a/path", "http://a b", "http://a\r\nHost: b", "http://a:80:90"}) {
    EXPECT_EQ(url_of(parse_address(wrong)), "nothing") << wrong;
  }
}

TEST(TheServersOwnAddress, wins_over_the_configuration_file) {
  const auto file = parse_address("http://192.0.2.1:8088");
  EXPECT_EQ(url_of(choose_address(file, "", "")), "http://192.0.2.1:8088");
  EXPECT_EQ(url_of(choose_address(file, "0.0.0.0", "")), "http://192.0.2.1:8088");
  EXPECT_EQ(url_of(choose_address(file, "192.0.2.9", "8089")), "http://192.0.2.9:8089");
  EXPECT_EQ(url_of(choose_address(file, "192.0.2.9", "")), "http://192.0.2.9:8088");
  EXPECT_EQ(url_of(choose_address(file, "", "8089")), "http://192.0.2.1:8089");
  EXPECT_EQ(url_of(choose_address(file, "https://push.example", "")), "https://push.example:443");
  EXPECT_EQ(url_of(choose_address(std::nullopt, "192.0.2.9", "8089")), "http://192.0.2.9:8089");
  EXPECT_EQ(url_of(choose_address(std::nullopt, "", "8089")), "nothing");
  EXPECT_EQ(url_of(choose_address(file, "a b\r\n", "8089")), "http://192.0.2.1:8088");
}

TEST(TheServersOwnAddress, never_leads_from_https_down_to_http) {
  const auto file = parse_address("https://push.example:8443");
  EXPECT_EQ(url_of(choose_address(file, "192.0.2.9", "8089")), "https://192.0.2.9:8089");
  EXPECT_EQ(url_of(choose_address(file, "http://192.0.2.9", "8089")), "https://192.0.2.9:8089");
}

TEST(WaitsAfterFailures, are_short_once_then_anywhere_and_then_steady) {
  std::vector<std::chrono::nanoseconds> seconds;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Backoff backoff(seed);
    const auto first = backoff.next(30s);
    EXPECT_GE(first, 800ms);
    EXPECT_LE(first, 1200ms);
    seconds.push_back(backoff.next(30s));
    for (int more = 0; more < 5; ++more) {
      const auto wait = backoff.next(30s);
      EXPECT_GE(wait, 27s);
      EXPECT_LE(wait, 33s);
    }
    backoff.reset();
    EXPECT_LE(backoff.next(30s), 1200ms);
  }
  // Of a thousand about as many in each part of the time: whoever returns, returns alone.
  std::sort(seconds.begin(), seconds.end());
  EXPECT_GE(seconds.front(), 1s);
  EXPECT_LE(seconds.back(), 30s);
  for (std::size_t part = 1; part < 10; ++part) {
    const auto expected = 1s + std::chrono::milliseconds(2900 * part);
    EXPECT_NEAR(std::chrono::duration<double>(seconds[part * 100]).count(),
                std::chrono::duration<double>(expected).count(), 2.0);
  }
}

TEST(WaitsAfterFailures, stay_within_a_short_ErrorDelay) {
  Backoff backoff(3);
  for (int tries = 0; tries < 20; ++tries) {
    const auto wait = backoff.next(1s);
    EXPECT_GE(wait, 800ms);
    EXPECT_LE(wait, 1200ms);
  }
}

TEST(WaitsAfterFailures, differ_between_controllers_and_repeat_with_the_seed) {
  std::vector<std::chrono::nanoseconds> waits;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    waits.push_back(Backoff(seed).spread(30s));
    EXPECT_EQ(waits.back(), Backoff(seed).spread(30s));
  }
  const auto [low, high] = std::minmax_element(waits.begin(), waits.end());
  EXPECT_LT(*low, 26s);
  EXPECT_GT(*high, 34s);
}

TEST(Names, become_utf8_whole_or_not_at_all) {
  EXPECT_EQ(to_utf8("Ada"), "Ada");
  EXPECT_EQ(to_utf8("\xe5\xbc\xa0"), "\xe5\xbc\xa0");
  EXPECT_EQ(to_utf8("\xd5\xc5"), "\xe5\xbc\xa0");
  EXPECT_EQ(to_utf8("\x90\x30\x81\x30"), "\xf0\x90\x80\x80");  // four bytes in GB18030
  EXPECT_EQ(to_utf8("\xff\xff"), std::nullopt);
  EXPECT_EQ(to_utf8("Ada \xd5"), std::nullopt);  // cut in the middle of a character
  EXPECT_EQ(to_utf8(""), "");
}

TEST(Utf8, has_no_long_forms_and_no_surrogates) {
  EXPECT_TRUE(valid_utf8("\xf4\x8f\xbf\xbf"));
  EXPECT_FALSE(valid_utf8("\xc0\x80"));
  EXPECT_FALSE(valid_utf8("\xe0\x80\x80"));
  EXPECT_FALSE(valid_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(valid_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(valid_utf8("\xe5\xbc"));
  EXPECT_FALSE(valid_utf8("\x80"));
}

TEST(Digests, are_those_of_the_standards) {
  EXPECT_EQ(hex_lower(md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex_lower(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Rows, are_lines_in_small_names_that_no_value_can_forge) {
  pb::Page page;
  page.add_field("Pin");
  page.add_field("CardNo");
  for (const auto* value : {"1", "77", "2\t3\r\n", ""}) {
    page.add_value(value);
  }
  EXPECT_THAT(row_lines("user", page),
              ElementsAre("user pin=1\tcardno=77\r\n", "user pin=2 3  \tcardno=\r\n"));
}

TEST(Packets, are_filled_row_by_row_and_no_row_is_parted) {
  Packer packer(10);
  PacketCounter plan(10);
  std::vector<std::string> bodies;
  for (const std::string line :
       {"aaaa\r\n", "bbb\r\n", "c\r\n", "a row that is larger\r\n", "d\r\n"}) {
    plan.add(line.size());
    if (auto full = packer.add(line)) bodies.push_back(full->body);
  }
  if (auto last = packer.finish()) bodies.push_back(last->body);
  EXPECT_THAT(bodies, ElementsAre("aaaa\r\n", "bbb\r\nc\r\n", "a row that is larger\r\n", "d\r\n"));
  EXPECT_EQ(plan.packets(), bodies.size());
  EXPECT_EQ(plan.rows(), 5u);
  EXPECT_FALSE(packer.finish());
}

std::int32_t code_of(const std::string& text) {
  const auto list = split_commands(text, "3383154200002");
  if (list.commands.size() != 1) return 0;
  const auto intention = parse_command(list.commands[0]);
  const auto* refusal = std::get_if<Refusal>(&intention);
  return refusal ? refusal->code : 0;
}

TEST(ACommand, may_have_4_MiB_and_not_a_byte_more) {
  const std::string head = "C:1:DATA UPDATE biophoto PIN=1\tContent=";
  EXPECT_EQ(code_of(head + std::string(limits::command_bytes_max - head.size(), 'A')), 0);
  EXPECT_EQ(code_of(head + std::string(limits::command_bytes_max - head.size() + 1, 'A')), -106);
}

TEST(ACommand, may_have_10000_records_and_not_one_more) {
  std::string text = "C:1:DATA UPDATE user Pin=0";
  for (std::size_t i = 1; i < limits::records_per_command_max; ++i) {
    text += "\nPin=" + std::to_string(i);
  }
  EXPECT_EQ(code_of(text), 0);
  EXPECT_EQ(code_of(text + "\nPin=x"), -106);
}

TEST(AReply, may_have_10000_commands) {
  std::string text;
  for (std::size_t i = 0; i <= limits::commands_per_reply_max; ++i) {
    text += "C:" + std::to_string(i) + ":DATA COUNT user\n";
  }
  const auto list = split_commands(text, "3383154200002");
  EXPECT_EQ(list.commands.size(), limits::commands_per_reply_max);
  EXPECT_EQ(list.dropped, 1u);
}

TEST(TheSameCommand, is_the_same_id_with_the_same_whole_text) {
  const auto key_of = [](const std::string& text) {
    const auto list = split_commands(text, "3383154200002");
    return std::get<pb::Delete>(parse_command(list.commands.at(0))).command();
  };
  const auto key = key_of("C:7:DATA DELETE user Pin=1");
  EXPECT_EQ(key.id(), "7");
  EXPECT_EQ(hex_lower(key.digest()), hex_lower(sha256("C:7:DATA DELETE user Pin=1")));
  EXPECT_EQ(key_of("C:7:DATA DELETE user Pin=1\r\n\r\n").digest(), key.digest());
  EXPECT_NE(key_of("C:7:DATA DELETE user Pin=1\nPin=2").digest(), key.digest());
}

}  // namespace
}  // namespace lintel::push
