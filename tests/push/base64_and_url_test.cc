// Base64 in pieces, and the addresses that commands name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "push/base64.h"
#include "push/url.h"

namespace lintel::push {
namespace {

TEST(Base64, is_that_of_the_RFC) {
  for (const auto& [bytes, text] : {std::pair{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xfb\xff\xfe", "+//+"}}) {
    EXPECT_EQ(base64(bytes), text);
  }
}

RC_GTEST_PROP(Base64, comes_back_however_it_is_cut,
              (const std::string& bytes, std::uint8_t cut_at)) {
  const std::size_t cut = 1 + cut_at % 80u;
  std::string text, again;
  Base64Encoder encoder;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    encoder.add(std::string_view(bytes).substr(at, cut), text);
  }
  encoder.finish(text);
  RC_ASSERT(text == base64(bytes));
  Base64Decoder decoder;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    RC_ASSERT(decoder.add(text.substr(at, cut) + "\r\n", again));
  }
  RC_ASSERT(decoder.complete());
  RC_ASSERT(again == bytes);
}

TEST(Base64, that_is_none_is_noticed) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zm9", "Zg==Zg==", "=", "Z===", "Zg=a", "Zm9v!", "%"}) {
    std::string bytes;
    Base64Decoder decoder;
    EXPECT_FALSE(decoder.add(text, bytes) && decoder.complete()) << text;
  }
}

std::string words_of(const std::optional<Url>& url) {
  if (!url) return "none";
  return (url->address ? url->address->url() : "server") + " " + url->target;
}

TEST(Urls, are_read_or_refused) {
  for (const auto& [text, meaning] :
       {std::pair{"http://192.0.2.1:89/data/emfw.cfg", "http://192.0.2.1:89 /data/emfw.cfg"},
        {"HTTPS://push.example/a?b=c#d", "https://push.example:443 /a?b=c"},
        {"http://push.example", "http://push.example:80 /"},
        {"http://push.example?x=http://y", "http://push.example:80 /?x=http://y"},
        {"/data/emfw.cfg", "server /data/emfw.cfg"},
        {"data/emfw.cfg", "server /data/emfw.cfg"},
        {"a?b=c:d", "server /a?b=c:d"},
        {"http://[2001:db8::1]:89/x", "http://[2001:db8::1]:89 /x"},
        {"", "none"},
        {"//push.example/x", "none"},
        {"ftp://push.example/x", "none"},
        {"file:///etc/passwd", "none"},
        {"javascript:x", "none"},
        {"http://u:p@push.example/x", "none"},
        {"http://u@push.example/x", "none"},
        {"http://push.example:99999/x", "none"},
        {"http:///x", "none"},
        {"http://push.example/a b", "none"},
        {"http://push.example/a\r\nHost: x", "none"},
        {"http://push.example/\xc3\xa4", "none"}}) {
    EXPECT_EQ(words_of(parse_url(text)), meaning) << text;
  }
}

TEST(Urls, in_the_disguise_of_the_text_are_seen_through) {
  EXPECT_EQ(without_disguise("http*//localhost*8088\\fireware\\F20\\emfw.cfg"),
            "http://localhost:8088/fireware/F20/emfw.cfg");
  EXPECT_EQ(without_disguise("http://push.example/a*b"), "http://push.example/a*b");
  EXPECT_EQ(without_disguise("\\data\\emfw.cfg"), "/data/emfw.cfg");
}

TEST(Urls, lead_to_the_server_s_own_host_only) {
  const ServerAddress server{false, "push.example", 8088};
  const ServerAddress safe{true, "push.example", 443};
  const auto source = [](const char* url, const ServerAddress& at) {
    return source_of(*parse_url(url), at);
  };
  EXPECT_TRUE(source("/x", server)->is_server);
  EXPECT_TRUE(source("http://PUSH.example:8088/x", server)->is_server);
  EXPECT_FALSE(source("http://push.example:89/x", server)->is_server);
  EXPECT_FALSE(source("https://push.example:8088/x", server)->is_server);
  EXPECT_FALSE(source("http://other.example:8088/x", server));
  EXPECT_FALSE(source("http://push.example.org:8088/x", server));
  EXPECT_FALSE(source("http://push.example/x", safe));
  EXPECT_TRUE(source("https://push.example/x", safe)->is_server);
}

TEST(Urls, as_a_parameter_end_nothing_and_begin_nothing) {
  const ServerAddress server{false, "192.0.2.1", 8088};
  EXPECT_EQ(parameter_of(*parse_url("/a?b=c&SN=1+2"), server),
            "http://192.0.2.1:8088/a?b=c%26SN=1%2B2");
  EXPECT_EQ(parameter_of(*parse_url("http://localhost:80/a"), server), "http://192.0.2.1:80/a");
}

TEST(FileNames, are_the_last_part_of_the_path) {
  EXPECT_EQ(file_name(*parse_url("http://push.example/data/emfw.cfg?v=a/b")), "emfw.cfg");
  EXPECT_EQ(file_name(*parse_url("http://push.example/")), "");
}

}  // namespace
}  // namespace lintel::push
