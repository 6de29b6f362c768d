// The exchange of keys with a server that may be anybody, and the frames that come afterwards. The
// first byte says what the rest is.
#include <algorithm>
#include <string>

#include "engine/base/check.h"
#include "push/key_exchange.h"
#include "push/session_cipher.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;
using push::KeyExchange;
using push::SessionCipher;

namespace {

constexpr std::string_view bound = "reply 00 200";

KeyExchange made() {
  auto exchange = KeyExchange::make();
  DOOR_CHECK(exchange);
  return *std::move(exchange);
}

// Ours, as it is when the server's factor is awaited.
KeyExchange& device() {
  static KeyExchange exchange = [] {
    auto ours = made();
    const auto server = made();
    DOOR_CHECK(ours.take_public_key(server.public_key()));
    DOOR_CHECK(ours.factor());
    return ours;
  }();
  return exchange;
}

// Somebody who has our public key, and therefore can write a factor for us.
const std::string& right_factor() {
  static const std::string factor = [] {
    auto server = made();
    DOOR_CHECK(server.take_public_key(device().public_key()));
    return server.factor().value_or("");
  }();
  return factor;
}

void take_key(std::string_view text) {
  static KeyExchange exchange = made();
  if (!exchange.take_public_key(text)) return;
  // It may be a key with which nothing can be encrypted; that has to be said, no more.
  if (const auto factor = exchange.factor()) {
    require(factor->size() >= 344 && factor->size() <= 684, "a factor is as long as the key");
  }
}

void take_factor(std::string_view text) {
  require(device().take_factor(text) == nullptr, "a factor that is not for us makes no key");
}

// The right one, with some of it written over: the rest of the input says where and with what.
void change_factor(fuzz::Input input) {
  std::string factor = right_factor();
  const std::size_t at = input.byte() * factor.size() / 256;
  for (std::size_t i = at; i < factor.size() && !input.empty(); ++i)
    factor[i] = static_cast<char>(input.byte());
  const bool taken = device().take_factor(factor) != nullptr;
  require(taken || factor != right_factor(), "the right factor is taken, whatever came before it");
}

void open_frame(const std::string& frame) {
  const auto nonce = [&frame](unsigned char* bytes, std::size_t count) {
    std::copy_n(frame.begin(), count, bytes);
    return true;
  };
  const SessionCipher cipher(std::string(SessionCipher::key_bytes, 'k'), nonce);
  const auto plain = cipher.open(frame, bound);
  if (plain) require(cipher.seal(*plain, bound) == frame, "a frame is what its text is sealed to");
}

// The rest is sealed, and then one bit of the frame turned over.
void turn_a_bit(fuzz::Input input) {
  const unsigned where = input.byte();
  const unsigned bit = input.byte() % 8u;
  const SessionCipher cipher(std::string(SessionCipher::key_bytes, 'k'));
  auto frame = cipher.seal(input.rest(), bound);
  require(frame && frame->size() == input.rest().size() + SessionCipher::overhead_bytes, "sealed");
  require(cipher.open(*frame, bound) == input.rest(), "what is sealed can be opened");
  require(!cipher.open(*frame, "reply 00 404"), "and means nothing elsewhere");
  char& byte = (*frame)[where * frame->size() / 256];
  byte = static_cast<char>(byte ^ (1 << bit));
  require(!cipher.open(*frame, bound), "what was changed on the way is not opened");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.byte() % 5) {
    case 0:
      take_key(input.rest());
      break;
    case 1:
      take_factor(input.rest());
      break;
    case 2:
      change_factor(input);
      break;
    case 3:
      open_frame(std::string(input.rest()));
      break;
    default:
      turn_a_bit(input);
  }
  return 0;
}
