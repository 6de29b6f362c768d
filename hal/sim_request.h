// What a peer of the simulated board may ask, read from one line of text.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/types.h"

namespace lintel::hal::sim {

struct SendFrame {  // wiegand READER BITS
  ReaderId reader{};
  std::vector<bool> bits;
};
struct PressKeys {  // keys READER DIGITS
  ReaderId reader{};
  std::vector<std::uint8_t> keys;
};
struct SetInput {  // input NAME LEVEL
  InputLine line;
  Level level{};
};
struct ListOutputs {};  // outputs
struct Watch {};        // watch
struct SetClock {       // clock YYYY-MM-DDTHH:MM:SS
  CivilTime civil{};
};
struct AdvanceBy {  // advance SECONDS
  std::chrono::nanoseconds by{};
};
using Request =
    std::variant<SendFrame, PressKeys, SetInput, ListOutputs, Watch, SetClock, AdvanceBy>;

inline constexpr std::size_t frame_bits_max = 512;  // more than a frame may have, to try that out
inline constexpr std::size_t keys_max = 64;
inline constexpr std::chrono::seconds advance_max = std::chrono::hours(24 * 366);
inline constexpr int year_min = 1970;
inline constexpr int year_max = 2099;

// Fails with a whole sentence that says what is wrong and what is allowed.
[[nodiscard]] Result<Request> read_request(std::string_view line, const Layout& layout);

}  // namespace lintel::hal::sim
