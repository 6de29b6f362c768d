#include "push/backoff.h"

#include <algorithm>

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
  constexpr unsigned doublings_max = 12;
  const std::chrono::seconds doubled(1U << std::min(failures_, doublings_max));
  ++failures_;
  return spread(std::max(std::chrono::seconds(1), std::min(doubled, most)));
}

std::chrono::nanoseconds Backoff::spread(std::chrono::nanoseconds wait) {
  const auto permille = static_cast<std::int64_t>(800 + next_random(state_) % 401);
  return wait / 1000 * permille;
}

}  // namespace lintel::push
