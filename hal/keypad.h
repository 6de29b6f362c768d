// Keypads send each key as a frame of its own: 4 bits, the key, or 8 bits, the key with its
// complement in front of it. 0-9 are digits, 10 is *, 11 is #.
#pragma once

#include <cstdint>
#include <optional>

#include "hal/wiegand.h"

namespace lintel::hal {

inline constexpr unsigned key_bits_short = 4;
inline constexpr unsigned key_bits_long = 8;

// Nothing: the frame is no key.
[[nodiscard]] std::optional<std::uint8_t> key_of(const Frame& frame);

}  // namespace lintel::hal
