// Base64 (RFC 4648) piece by piece, so that a file need not be in memory twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lintel::push {

class Base64Encoder {
 public:
  // Appends what these bytes make whole.
  void add(std::string_view bytes, std::string& out);
  // Appends the rest, with its padding.
  void finish(std::string& out);

 private:
  void encode(std::string& out);
  std::uint32_t bits_ = 0;
  unsigned held_ = 0;  // bytes
};
std::string base64(std::string_view bytes);

class Base64Decoder {
 public:
  // Appends the bytes that are whole. Line ends and blanks are passed over. False: the text is no
  // base64, now and from now on.
  bool add(std::string_view text, std::string& out);
  // Could the text end here?
  [[nodiscard]] bool complete() const { return sound_ && held_ == 0; }

 private:
  std::uint32_t bits_ = 0;
  unsigned held_ = 0;     // letters
  unsigned padding_ = 0;  // of the last group
  bool ended_ = false;
  bool sound_ = true;
};

}  // namespace lintel::push
