// What happened in a week: hashed to the byte, so that two weeks can be compared, and the newest
// lines kept, so that a failure can be read. Lines are written out only for those who read them.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "engine/core/types.h"

namespace lintel::week {

class Chronicle {
 public:
  explicit Chronicle(std::FILE* file) : file_(file) {}

  void add(const Moment& now, std::string_view text) {
    Line& line = newest_[lines_++ % newest_.size()];
    line.at = now;
    line.size = std::min(text.size(), line.text.size());
    text.copy(line.text.data(), line.size);
    mix(static_cast<std::uint64_t>(now.uptime.time_since_epoch().count()));
    for (const char c : text)
      mix(static_cast<unsigned char>(c));
    if (file_ != nullptr) std::fprintf(file_, "%s\n", in_words(line).c_str());
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::string newest() const;

 private:
  struct Line {
    Moment at;
    std::size_t size = 0;
    std::array<char, 200> text{};
  };
  static std::string in_words(const Line& line);
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001B3u; }  // FNV-1a

  std::FILE* file_;
  std::uint64_t hash_ = 0xCBF29CE484222325u;
  std::uint64_t lines_ = 0;
  std::array<Line, 40> newest_;
};

}  // namespace lintel::week
