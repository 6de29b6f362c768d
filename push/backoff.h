// How long to wait after a failure, so that one controller is back soon and five thousand do not
// come back at once when their server returns:
//
//   first failure   about 1 s: mostly it was nothing
//   second          1 s to the server's ErrorDelay, by chance: everybody gets a phase of his own
//   and later       ErrorDelay, 10 % more or less: the phases stay as they are spread
//
// Waits that grow by doubling would bring everybody back within the same few seconds after a short
// outage. The same seed gives the same waits.
#pragma once

#include <chrono>
#include <cstdint>

namespace lintel::push {

class Backoff {
 public:
  explicit Backoff(std::uint64_t seed) : state_(seed) {}

  // The next wait, at most 110 % of `most`.
  std::chrono::nanoseconds next(std::chrono::seconds most);
  // 80 % to 120 % of the wait.
  std::chrono::nanoseconds spread(std::chrono::nanoseconds wait);
  // Anywhere from nought to `most`, all alike.
  std::chrono::nanoseconds anywhere(std::chrono::nanoseconds most);
  // It worked: the next failure waits shortly again.
  void reset() { failures_ = 0; }

 private:
  // `low` to `high` thousandths of it, all alike.
  std::chrono::nanoseconds between(unsigned low, unsigned high, std::chrono::nanoseconds wait);

  std::uint64_t state_;
  unsigned failures_ = 0;
};

}  // namespace lintel::push
