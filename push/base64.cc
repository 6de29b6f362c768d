#include "push/base64.h"

namespace lintel::push {
namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

void Base64Encoder::encode(std::string& out) {
  for (unsigned letter = 0; letter < 4; ++letter) {
    out += letter <= held_ ? letters[(bits_ >> (18 - 6 * letter)) & 63] : '=';
  }
  bits_ = held_ = 0;
}

void Base64Encoder::add(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    bits_ |= std::uint32_t{static_cast<unsigned char>(c)} << (16 - 8 * held_);
    if (++held_ == 3) encode(out);
  }
}

void Base64Encoder::finish(std::string& out) {
  if (held_ > 0) encode(out);
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  Base64Encoder encoder;
  encoder.add(bytes, out);
  encoder.finish(out);
  return out;
}

bool Base64Decoder::add(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == ' ' || c == '\t') continue;
    const bool pads = c == '=';
    const int value = pads ? 0 : value_of(c);
    // Padding stands in the last two places of the last group only.
    if (value < 0 || ended_ || (pads && held_ < 2) || (!pads && padding_ > 0)) sound_ = false;
    if (!sound_) return false;
    if (pads) ++padding_;
    bits_ = bits_ << 6 | static_cast<std::uint32_t>(value);
    if (++held_ < 4) continue;
    for (unsigned byte = 0; byte < 3 - padding_; ++byte) {
      out += static_cast<char>(bits_ >> (16 - 8 * byte) & 255);
    }
    ended_ = padding_ > 0;
    bits_ = held_ = 0;
  }
  return sound_;
}

}  // namespace lintel::push
