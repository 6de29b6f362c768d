// Sets of doors and readers, as bits: number 1 lowest.
#pragma once

#include <cstdint>

#include "engine/core/limits.h"
#include "engine/core/types.h"

namespace lintel {

using DoorSet = std::uint32_t;
using ReaderSet = std::uint32_t;
static_assert(limits::doors_max * 2 <= 32);

constexpr DoorSet bit(DoorId door) {
  return DoorSet{1} << (number(door) - 1);
}
constexpr ReaderSet bit(ReaderId reader) {
  return ReaderSet{1} << (number(reader) - 1);
}
constexpr ReaderSet readers_of(DoorId door) {
  return ReaderSet{3} << (2 * number(door) - 2);
}
// The numbers 1 to `count`.
constexpr std::uint32_t first_bits(unsigned count) {
  return count >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << count) - 1;
}

}  // namespace lintel
