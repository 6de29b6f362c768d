#include "push/backoff.h"

#include <algorithm>

#include "push/limits.h"

namespace lintel::push {
namespace {

// splitmix64: small, the same everywhere, and good enough to tell controllers apart.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace

std::chrono::nanoseconds Backoff::next(std::chrono::seconds most) {
  const unsigned failure = failures_;
  failures_ = std::min(failures_ + 1, 2U);
  const auto first = std::min(limits::first_retry, most);
  if (failure == 0) return spread(first);
  if (failure == 1) return first + anywhere(most - first);
  return between(900, 1100, most);
}

std::chrono::nanoseconds Backoff::spread(std::chrono::nanoseconds wait) {
  return between(800, 1200, wait);
}

std::chrono::nanoseconds Backoff::anywhere(std::chrono::nanoseconds most) {
  return between(0, 1000, most);
}

std::chrono::nanoseconds Backoff::between(unsigned low, unsigned high,
                                          std::chrono::nanoseconds wait) {
  constexpr std::uint64_t steps = 1'000'000;  // of which chance takes one
  const auto chosen = static_cast<std::int64_t>(next_random(state_) % (steps + 1));
  const std::int64_t from = wait.count() / 1000 * low;
  const std::int64_t width = wait.count() / 1000 * (high - low);
  return std::chrono::nanoseconds(from + width / static_cast<std::int64_t>(steps) * chosen);
}

}  // namespace lintel::push
