// What happened in a run, line by line: hashed, so that two runs can be compared, and the newest
// lines kept, so that a failure can be read.
#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>

#include "engine/core/types.h"

namespace lintel::sim {

class Trace {
 public:
  // A file that gets every line; null: none.
  explicit Trace(std::FILE* file = nullptr) : file_(file) {}

  void add(Uptime at, const std::string& text) {
    const auto ns = at.time_since_epoch().count();
    std::string line = std::to_string(ns / 1'000'000'000) + ".";
    const std::string rest = std::to_string(ns % 1'000'000'000);
    line += std::string(9 - rest.size(), '0') + rest + " " + text;
    for (const char c : line) {  // FNV-1a
      hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
    ++lines_;
    if (file_ != nullptr) std::fprintf(file_, "%s\n", line.c_str());
    newest_.push_back(std::move(line));
    if (newest_.size() > kept_max) newest_.pop_front();
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::string newest() const {
    std::string text;
    for (const auto& line : newest_)
      text += line + "\n";
    return text;
  }

 private:
  static constexpr std::size_t kept_max = 60;
  std::FILE* file_;
  std::uint64_t hash_ = 0xCBF29CE484222325u;
  std::uint64_t lines_ = 0;
  std::deque<std::string> newest_;
};

}  // namespace lintel::sim
