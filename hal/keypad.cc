#include "hal/keypad.h"

namespace lintel::hal {
namespace {

constexpr unsigned last_key = 11;  // #

unsigned nibble(const FrameBits& bits, unsigned first) {
  unsigned value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value = value << 1 | (bits[first + i] ? 1u : 0u);
  return value;
}

}  // namespace

std::optional<std::uint8_t> key_of(const Frame& frame) {
  if (!frame.sound()) return std::nullopt;
  if (frame.size != key_bits_short && frame.size != key_bits_long) return std::nullopt;
  const unsigned key = nibble(frame.bits, frame.size - 4);
  if (key > last_key) return std::nullopt;
  if (frame.size == key_bits_long && nibble(frame.bits, 0) != (~key & 0xFu)) return std::nullopt;
  return static_cast<std::uint8_t>(key);
}

}  // namespace lintel::hal
