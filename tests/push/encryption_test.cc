// The exchange of keys and factors, and what is sealed with what comes out of it: against vectors
// that another library computed, against the fake server's own side of it, and against whoever
// stands in between.
#include <openssl/evp.h>

#include "push/key_exchange.h"
#include "push/sealed_transport.h"
#include "push/text.h"
#include "tests/push/vectors.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Fault;
using fake::Kind;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

// ---- vectors

std::string bytes_of_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string bytes_of_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int count = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  bytes.resize(static_cast<std::size_t>(std::max(count, 0)));  // zeros at its end do no harm here
  return bytes;
}

// Gives these bytes, and then nothing more.
Random known(std::string bytes) {
  return [bytes, at = std::size_t{0}](unsigned char* to, std::size_t count) mutable {
    if (at + count > bytes.size()) return false;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, to);
    at += count;
    return true;
  };
}

struct Vectors {
  std::vector<std::vector<std::string>> given;
  std::vector<std::string> meaning;
  Vectors() {
    for (const auto& vector : read_vectors("encryption.txt")) {
      auto& lines = given.emplace_back();
      std::string_view rest = vector.bytes;
      while (!rest.empty()) {
        lines.emplace_back(take_until(rest, '\n'));
      }
      meaning.push_back(vector.meaning.at(0));
    }
  }
};
enum { device_key, server_key, r1, r2, session_key, request_frame, reply_frame, empty_frame };

TEST(TheScheme, computes_what_another_library_computes) {
  const Vectors v;
  auto device = KeyExchange::with_key(bytes_of_base64(v.given[device_key][0]),
                                      known(bytes_of_hex(v.meaning[r1])));
  ASSERT_TRUE(device);
  EXPECT_EQ(device->public_key(), v.meaning[device_key]);
  ASSERT_TRUE(device->take_public_key(v.meaning[server_key]));
  ASSERT_TRUE(device->factor());
  const auto cipher = device->take_factor(v.given[r2][0]);
  ASSERT_TRUE(cipher);
  EXPECT_EQ(cipher->open(bytes_of_hex(v.meaning[reply_frame]), v.given[reply_frame][1]), "OK");
  EXPECT_EQ(
      hex_lower(KeyExchange::session_key(bytes_of_hex(v.meaning[r1]), bytes_of_hex(v.meaning[r2]))),
      v.meaning[session_key]);
}

TEST(TheScheme, encrypts_a_factor_for_the_other_key_only) {
  const Vectors v;
  const std::string zeros(KeyExchange::factor_bytes, '\0');
  auto server = KeyExchange::with_key(bytes_of_base64(v.given[server_key][0]), known(zeros));
  ASSERT_TRUE(server);
  EXPECT_EQ(server->public_key(), v.meaning[server_key]);
  ASSERT_TRUE(server->take_public_key(v.meaning[device_key]));
  ASSERT_TRUE(server->factor());
  const auto cipher = server->take_factor(v.given[r1][0]);
  ASSERT_TRUE(cipher);
  const SessionCipher same(KeyExchange::session_key(zeros, bytes_of_hex(v.meaning[r1])));
  EXPECT_EQ(cipher->open(*same.seal("hello", "x"), "x"), "hello");
  EXPECT_FALSE(server->take_factor(v.given[r2][0])) << "that one is for the device";
}

TEST(TheScheme, frames_as_the_vectors_say) {
  const Vectors v;
  for (const auto which : {request_frame, reply_frame, empty_frame}) {
    const auto& given = v.given[which];
    const SessionCipher cipher(bytes_of_hex(v.meaning[session_key]), known(bytes_of_hex(given[0])));
    const std::string plain = given.size() > 2 ? bytes_of_hex(given[2]) : "";
    EXPECT_EQ(hex_lower(cipher.seal(plain, given[1]).value_or("")), v.meaning[which]);
    EXPECT_EQ(cipher.open(bytes_of_hex(v.meaning[which]), given[1]), plain);
    EXPECT_EQ(cipher.seal(plain, given[1]), std::nullopt) << "no random bytes, no frame";
  }
  EXPECT_EQ(bound_request("01", "GET", "/x"), "request 01 GET /x");
  EXPECT_EQ(bound_reply("01", 200), "reply 01 200");
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
}

TEST(AFrame, is_none_when_a_bit_of_it_is_another_or_it_is_cut) {
  const SessionCipher cipher(std::string(32, 'k'));
  const SessionCipher other(std::string(32, 'K'));
  const std::string frame = *cipher.seal("time=2026-11-22 14:05:09", "bound");
  EXPECT_TRUE(cipher.open(frame, "bound"));
  EXPECT_FALSE(cipher.open(frame, "Bound"));
  EXPECT_FALSE(other.open(frame, "bound"));
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string changed = frame;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(cipher.open(changed, "bound")) << bit;
  }
  for (std::size_t length = 0; length < frame.size(); ++length) {
    EXPECT_FALSE(cipher.open(std::string_view(frame).substr(0, length), "bound")) << length;
  }
  EXPECT_FALSE(cipher.open(frame + 'x', "bound"));
}

TEST(AKey, of_another_kind_or_size_is_not_taken) {
  auto exchange = KeyExchange::make();
  ASSERT_TRUE(exchange);
  for (const std::string& text : {std::string(), std::string("QUJD"), std::string("no base64!!!"),
                                  std::string(5000, 'A'), std::string("=")}) {
    EXPECT_FALSE(exchange->take_public_key(text)) << text.substr(0, 20);
  }
  std::string own = exchange->public_key();
  EXPECT_FALSE(exchange->take_public_key(own.substr(0, own.size() / 2)));
  own.insert(64, "\r\n ");
  EXPECT_TRUE(exchange->take_public_key(own)) << "line breaks do no harm";
}

// ---- in conversation

class Encrypted : public World {
 protected:
  Encrypted() {
    server_.change([](fake::Settings& s) { s.encryption = true; });
    encryption_ = true;
    restart_push();
  }
  std::vector<Kind> first_kinds(std::size_t count) {
    std::vector<Kind> kept;
    for (const auto kind : kinds()) {
      if (kind != Kind::rtlog && kind != Kind::rtstate) kept.push_back(kind);
    }
    kept.resize(std::min(kept.size(), count));
    return kept;
  }
};

TEST_F(Encrypted, keys_and_factors_come_before_the_registration) {
  go_online();
  EXPECT_THAT(first_kinds(5), ElementsAre(Kind::connect, Kind::exchange, Kind::exchange,
                                          Kind::registry, Kind::configure));
  const auto exchanged = requests_of(Kind::exchange);
  EXPECT_EQ(exchanged[0].request.target, "/iclock/exchange?SN=3383154200002&type=publickey");
  EXPECT_THAT(exchanged[0].request.body, ::testing::StartsWith("PublicKey=MII"));
  EXPECT_EQ(exchanged[1].request.target, "/iclock/exchange?SN=3383154200002&type=factors");
  EXPECT_THAT(exchanged[1].request.body, ::testing::StartsWith("Factors="));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Encrypted, both_lanes_seal_everything_that_follows) {
  std::vector<std::string> wire;
  on_wire_ = [&](const HttpRequest& request, Result<HttpReply>& reply) {
    wire.push_back(request.body);
    if (reply) wire.push_back(reply->body);
  };
  go_online();
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1\tName=Grace"), 0);
  box_->swipe(1, 0x123456);
  run(5s);
  EXPECT_THAT(server_.events(), Not(IsEmpty()));
  EXPECT_THAT(server_.missing_events(), IsEmpty());
  for (const auto& seen : server_.requests()) {
    EXPECT_EQ(seen.sealed, seen.kind != Kind::connect && seen.kind != Kind::exchange);
  }
  for (const auto* secret : {"Grace", "eventaddr", "DATA UPDATE", "~DeviceName", "Return="}) {
    EXPECT_THAT(wire, Each(Not(HasSubstr(secret))));
  }
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Encrypted, each_connection_has_keys_of_its_own) {
  go_online();
  network_ = false;
  run(60s);
  network_ = true;
  ASSERT_TRUE(run_until([&] { return online(); }, 60s));
  const auto exchanged = requests_of(Kind::exchange);
  ASSERT_EQ(exchanged.size(), 4u);
  EXPECT_NE(exchanged[0].request.body, exchanged[2].request.body);
  EXPECT_NE(exchanged[1].request.body, exchanged[3].request.body);
}

TEST_F(Encrypted, nothing_is_exchanged_with_a_server_that_is_too_old) {
  for (const char* version : {"3.0.1", "nonsense"}) {
    server_.change([&](fake::Settings& s) { s.configure("PushProtVer", version); });
    restart_push();
    go_online();
    run(2s);
  }
  EXPECT_EQ(server_.count(Kind::exchange), 0u);
}

TEST_F(Encrypted, nothing_is_exchanged_unless_it_is_configured) {
  encryption_ = false;
  restart_push();
  go_online();
  EXPECT_EQ(server_.count(Kind::exchange), 0u);
}

TEST_F(Encrypted, a_server_that_knows_nothing_of_it_is_spoken_to_in_plain) {
  server_.change([](fake::Settings& s) { s.encryption = false; });
  go_online();  // the first answer of a stranger names no version
  restart_push();
  for (const auto& reply : {fake::status_reply(404), fake::html_page(), fake::text_reply("OK"),
                            fake::text_reply(""), fake::status_reply(401)}) {
    server_.inject(
        {.what = Fault::What::say, .target_has = "exchange", .times = 1, .reply = reply});
    const auto before = server_.count(Kind::exchange);
    restart_push();
    go_online();
    run(2s);
    EXPECT_EQ(server_.count(Kind::exchange), before + 1) << reply.status << reply.body;
    EXPECT_TRUE(online());
    EXPECT_FALSE(server_.requests().back().sealed);
  }
}

TEST_F(Encrypted, an_exchange_that_goes_wrong_starts_over) {
  struct Wrong {
    const char* target;
    Fault::What what;
    push::HttpReply reply;
  };
  const Wrong wrongs[] = {
      {"publickey", Fault::What::close, {}},
      {"publickey", Fault::What::truncate, {}},
      {"publickey", Fault::What::garbage, {}},
      {"publickey", Fault::What::say, fake::text_reply("PublicKey=QUJD")},
      {"publickey", Fault::What::say, fake::text_reply("PublicKey=" + std::string(100'000, 'A'))},
      {"factors", Fault::What::close, {}},
      {"factors", Fault::What::say, fake::text_reply("Factors=QUJD")},
      {"factors", Fault::What::say, fake::text_reply("Factors=" + std::string(100'000, 'A'))},
      {"factors", Fault::What::say, fake::status_reply(404)},
      {"factors", Fault::What::say, fake::text_reply("OK")},
  };
  for (const auto& wrong : wrongs) {
    server_.inject({.what = wrong.what, .target_has = wrong.target, .reply = wrong.reply});
    const auto before = server_.count(Kind::connect);
    restart_push();
    ASSERT_TRUE(run_until([&] { return online(); }, 120s)) << wrong.target;
    EXPECT_EQ(server_.count(Kind::connect), before + 2) << wrong.target << " " << wrong.reply.body;
    EXPECT_TRUE(server_.requests().back().sealed);
  }
}

TEST_F(Encrypted, an_answer_of_another_session_is_none) {
  std::string old_factors;
  bool replay = false;
  on_wire_ = [&](const HttpRequest& request, Result<HttpReply>& reply) {
    if (!reply || request.target.find("factors") == std::string::npos) return;
    if (replay) reply->body = old_factors;
    old_factors = reply->body;
    replay = false;
  };
  go_online();
  replay = true;
  restart_push();
  ASSERT_TRUE(run_until([&] { return online(); }, 120s));
  EXPECT_EQ(server_.count(Kind::connect), 3u) << "the replayed factor was for another key";
}

TEST_F(Encrypted, a_reply_that_was_changed_replayed_or_is_plain_is_none_and_all_starts_over) {
  go_online();
  std::string last_reply;
  std::function<void(std::string&)> tamper;
  on_wire_ = [&](const HttpRequest& request, Result<HttpReply>& reply) {
    if (!reply || request.target.find("getrequest") == std::string::npos) return;
    const std::string genuine = reply->body;
    if (tamper) tamper(reply->body);
    tamper = nullptr;
    last_reply = genuine;
  };
  const std::function<void(std::string&)> tampers[] = {
      [](std::string& body) { body.back() = static_cast<char>(body.back() ^ 1); },
      [&](std::string& body) { body = last_reply; },
      [](std::string& body) { body = "C:1:CONTROL DEVICE 01010105"; },
      [](std::string& body) { body = "OK"; },
      [](std::string& body) { body.clear(); },
      [](std::string& body) { body += body; },
  };
  for (const auto& with : tampers) {
    run(10s);
    ASSERT_TRUE(online());
    const auto before = server_.count(Kind::connect);
    tamper = with;
    run(10s);
    EXPECT_EQ(server_.count(Kind::connect), before + 1);
    EXPECT_FALSE(box_->board.lock(1));
  }
}

TEST_F(Encrypted, a_server_that_has_lost_its_keys_is_met_anew) {
  go_online();
  server_.forget_keys();
  server_.forget_registration();
  box_->swipe(1, 0x123456);
  run(120s);
  EXPECT_TRUE(online());
  EXPECT_TRUE(server_.requests().back().sealed);
  EXPECT_THAT(server_.missing_events(), IsEmpty());
}

TEST_F(Encrypted, large_commands_and_answers_come_through) {
  go_online();
  const std::string photo(400'000, 'A');
  EXPECT_EQ(do_command("DATA UPDATE userpic Pin=1\tContent=" + photo), 0);
  const auto id = server_.queue("DATA QUERY tablename=userpic,fielddesc=*,filter=*");
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 60s));
  EXPECT_EQ(server_.code(id), 1);
  EXPECT_THAT(server_.rows(id).at(0), HasSubstr(photo));
}

}  // namespace
}  // namespace lintel::push
