// How long to wait after a failure: first 1 s, then twice as long each time up to the server's
// ErrorDelay, each spread by 20 % either way, so that a thousand controllers do not return at the
// same moment. The same seed gives the same waits.
#pragma once

#include <chrono>
#include <cstdint>

namespace lintel::push {

class Backoff {
 public:
  explicit Backoff(std::uint64_t seed) : state_(seed) {}

  // The next wait; `most` is the longest, before it is spread.
  std::chrono::nanoseconds next(std::chrono::seconds most);
  // 80 % to 120 % of the wait.
  std::chrono::nanoseconds spread(std::chrono::nanoseconds wait);
  // It worked: the next failure waits shortly again.
  void reset() { failures_ = 0; }

 private:
  std::uint64_t state_;
  unsigned failures_ = 0;
};

}  // namespace lintel::push
