// The board file: which line of which chip is what at the doors. An INI file that an installer
// reads beside the wiring; hal/boards has one for each supported board, hal/boards/README.md says
// what may stand in it.
//
//   [door1]
//   lock   = GPIO17 high fail-secure
//   sensor = GPIO27 high pull-up
//
// A mistake is told with its line and with what is allowed; a file with one changes nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/types.h"
#include "hal/board.h"

namespace lintel::hal {

// A line of a chip: by its name alone (the kernel looks through all chips), or by chip and offset.
struct LineAddress {
  std::string chip;  // name, label or path of the chip; empty: `name` is looked for
  unsigned offset = 0;
  std::string name;
  bool operator==(const LineAddress&) const = default;
};
// "GPIO17", or "gpiochip0:17".
[[nodiscard]] std::string text_of(const LineAddress& address);

enum class Bias : std::uint8_t { as_is, none, pull_up, pull_down };

struct DigitalInput {
  LineAddress at;
  bool active_low = true;  // the level at which a contact is active, a reader's wire pulsed
  Bias bias = Bias::pull_up;
  std::chrono::microseconds debounce{0};
};

// An analogue channel behind a pull-up, with resistors at the contact: R in series with it, and R
// across it. Closed R, open 2 R, cut nothing, shorted 0.
struct SupervisedInput {
  std::string device;  // name of the IIO device: "ads1015", or "iio:device0"
  unsigned channel = 0;
  unsigned full_scale = 0;  // the raw value at the pull-up's own voltage
  unsigned pull_up_ohms = 0;
  bool active_open = false;  // active when the contact is open
};

struct BoardInput {
  InputLine line;
  std::optional<DigitalInput> digital;  // one of the two
  std::optional<SupervisedInput> supervised;
};

struct BoardOutput {
  OutputLine line;
  LineAddress at;
  bool active_low = false;  // the level at which the relay pulls, the LED shines
  // fail-safe: the lock is held by current, and is released without. Driving it (1 at the engine)
  // takes the current away.
  bool fail_safe = false;
  // What the line does when the output is driven, and at rest. Active as active_low says.
  [[nodiscard]] bool energised(bool driven) const { return driven != fail_safe; }
};

struct BoardReader {
  ReaderId reader{};
  DigitalInput d0, d1;
  // What a frame proves where the server has not said otherwise (ReaderProperty): a card, or that
  // the reader has recognised somebody, whose ID it sends.
  Proof proof = Proof::card;
};

struct BoardFile {
  std::string name;  // for people: "Raspberry Pi 4, two doors"
  Layout layout;
  std::vector<BoardReader> readers;
  std::vector<BoardInput> inputs;
  std::vector<BoardOutput> outputs;          // locks first
  std::array<std::string, indicators> leds;  // by Indicator: names in /sys/class/leds; empty: none
  std::optional<DigitalInput> reset_button;  // held at power-up: factory reset
  // What each reader's frames prove, reader 1 first.
  [[nodiscard]] std::vector<Proof> proofs() const;
};

namespace board_limits {
inline constexpr std::size_t file_bytes_max = 64 << 10;
inline constexpr std::size_t line_bytes_max = 190;
inline constexpr std::size_t name_bytes_max = 60;
inline constexpr std::chrono::milliseconds debounce_max{300};
}  // namespace board_limits

// Errors are sentences: 'board.conf line 12: [door1] sensor: the line GPIO17 is [door1] lock
// already (line 7); give each its own'.
Result<BoardFile> parse_board_file(std::string_view text, const std::string& file_name);
Result<BoardFile> read_board_file(const std::string& path);

}  // namespace lintel::hal
