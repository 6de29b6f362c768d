// Chance by a seed: the same seed gives the same life, on every machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lintel::sim {

class Chance {
 public:
  // Mixed, so that one seed's numbers are not another's, a few later.
  explicit Chance(std::uint64_t seed) : state_(mixed(seed + 1)) {}

  std::uint64_t next() {  // splitmix64
    state_ += 0x9E3779B97F4A7C15u;
    return mixed(state_);
  }
  // REQUIRES: count is not 0.
  unsigned below(unsigned count) { return static_cast<unsigned>(next() % count); }
  unsigned between(unsigned low, unsigned high) { return low + below(high - low + 1); }
  bool percent(unsigned chance) { return below(100) < chance; }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(static_cast<unsigned>(choices.size()))];
  }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(static_cast<unsigned>(choices.size()))];
  }
  std::chrono::nanoseconds up_to(std::chrono::nanoseconds most) {
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(next() % (static_cast<std::uint64_t>(most.count()) + 1)));
  }

 private:
  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace lintel::sim
