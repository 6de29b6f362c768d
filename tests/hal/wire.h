// A reader's two wires, played by hand: frames as strings of 0 and 1, and what the port makes of
// them as text. Frames are encoded here without any of the code under test.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "hal/reader_port.h"

namespace lintel::hal {

using namespace std::chrono_literals;

class Wire {
 public:
  explicit Wire(std::span<const CardFormat> formats = default_card_formats()) : port(ReaderId{3}) {
    port.set_formats(formats);
  }

  // The bits, one pulse each, `interval` apart; the first of them `interval` after the last pulse.
  Wire& send(std::string_view bits, std::chrono::nanoseconds interval = 1ms);
  Wire& pulse(bool one, std::chrono::nanoseconds after, std::chrono::nanoseconds width = 0ns);
  // Time passes without a pulse, and the port is told when it wants to be.
  Wire& silence(std::chrono::nanoseconds length);
  Wire& lose(std::uint32_t pulses);

  // What the port has said since the last call: "card 1234 of 26", "site 7 card 1 of 26", "bad 5",
  // "key 3", parted by "; ".
  std::string said();

  ReaderPort port;
  Uptime now{std::chrono::hours(1)};
  std::vector<Input> inputs;
};

// The number as so many bits, most significant first.
std::string binary(std::uint64_t number, unsigned bits);

// The standard frames, parity included.
std::string frame26(std::uint64_t number);
std::string frame34(std::uint64_t number);
std::string frame35(std::uint64_t number);
std::string frame36(std::uint64_t number);
std::string frame37(std::uint64_t number);
std::string flipped(std::string frame, std::size_t place);  // counted from 1

CardFormat format_of(std::string_view text, std::uint32_t site_code = 0);

}  // namespace lintel::hal
