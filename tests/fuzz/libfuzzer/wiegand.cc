// A reader's wires, and the format that a server gave to them. The first line is the format (its
// text, ReversalType, SiteCode, parted by blanks; none: those of a fresh box); then three bytes a
// pulse: line and width, and how long after the one before.
#include <vector>

#include "engine/base/log.h"
#include "hal/reader_port.h"
#include "push/text.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

std::vector<hal::CardFormat> formats_of(std::string_view line) {
  if (line.empty()) return hal::default_card_formats();
  hal::CardFormatText text;
  text.format = push::take_word(line);
  text.reversal = static_cast<unsigned>(push::whole_number(push::take_word(line)).value_or(0) % 8);
  text.site_code =
      static_cast<std::uint32_t>(push::whole_number(push::take_word(line)).value_or(0));
  text.ext_site_codes = push::take_word(line);
  text.ext_parity = push::take_word(line);
  const auto format = hal::CardFormat::parse(text);
  if (!format) {
    require(!format.error().text.empty(), "a format that is none says why");
    return {};
  }
  require(format->bits() >= hal::CardFormat::bits_min, "short frames are keys");
  require(format->bits() <= limits::frame_bits_max, "no format is longer than a frame");
  return {*format};
}

void check(const std::vector<Input>& inputs) {
  for (const auto& input : inputs) {
    require(std::holds_alternative<CardRead>(input) || std::holds_alternative<BadFrame>(input) ||
                std::holds_alternative<KeyPressed>(input),
            "a reader tells cards, keys and bad frames");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (set_log_level(LogLevel::error), true);
  static_cast<void>(quiet);
  fuzz::Input input(data, size);
  hal::ReaderPort port(ReaderId{1});
  port.set_formats(formats_of(input.line()));
  std::vector<Input> told;
  Uptime now{1s};
  std::uint64_t pulses = 0;
  while (!input.empty()) {
    const auto line = input.byte();
    const auto wait = std::chrono::nanoseconds(10'000ll * (input.byte() | input.byte() << 8));
    while (port.deadline() && *port.deadline() <= now + wait) {
      const auto due = *port.deadline();
      now = std::max(now, due);
      port.time_passed(now, told);
      require(!port.deadline() || *port.deadline() > due, "a gap ends once");
    }
    now += wait;
    if (line == 0xFF) {
      port.pulses_lost({ReaderId{1}, 1}, told);
      continue;
    }
    ++pulses;
    port.pulse({.reader = ReaderId{1},
                .one = (line & 1) != 0,
                .at = now,
                .width = std::chrono::microseconds(line >> 1),
                .ahead = {}},
               told);
  }
  port.time_passed(now + 1s, told);
  check(told);
  require(!port.deadline(), "after a second of silence no frame is under way");
  const auto& counts = port.counts();
  require(
      counts.frames + counts.keys + counts.bad_frames + counts.noise <= pulses + 2 * told.size(),
      "nothing is counted that did not come");
  require(told.size() <= pulses + counts.bad_frames, "a pulse tells one thing at most");
  return 0;
}
