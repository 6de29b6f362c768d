// The words of the core: doors, readers, people, lines, time. Plain values, no behaviour.
//
// Numbers of doors, readers, inputs and outputs count from 1, as on the terminal block.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string_view>

namespace lintel {

// ---- time

// Monotonic time since an arbitrary start; never set, never runs backwards. Pulses and timers use
// it.
struct UptimeClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<UptimeClock>;
  static constexpr bool is_steady = true;
};
using Uptime = UptimeClock::time_point;

// Civil (local wall-clock) time, in seconds. Schedules use it.
using CivilTime = std::chrono::local_seconds;

// The time that comes in with every input.
struct Moment {
  Uptime uptime{};
  CivilTime civil{};
  bool trusted = true;  // false: the wall clock may be wrong; nothing that depends on it is granted
};

// ---- places

enum class DoorId : std::uint8_t {};
enum class ReaderId : std::uint8_t {};
constexpr unsigned number(DoorId door) {
  return static_cast<unsigned>(door);
}
constexpr unsigned number(ReaderId reader) {
  return static_cast<unsigned>(reader);
}

// Which way a reader lets people pass. `system` stands in events that no reader caused.
enum class InOut : std::uint8_t { in = 0, out = 1, system = 2 };

// What the box has. Door d has readers 2d-1 (in) and 2d (out).
struct Layout {
  unsigned doors = 0;
  unsigned aux_inputs = 0;
  unsigned aux_outputs = 0;
  [[nodiscard]] constexpr unsigned readers() const { return 2 * doors; }
};
constexpr DoorId door_of(ReaderId reader) {
  return DoorId{static_cast<std::uint8_t>((number(reader) + 1) / 2)};
}
constexpr InOut way_of(ReaderId reader) {
  return number(reader) % 2 == 1 ? InOut::in : InOut::out;
}

enum class InputKind : std::uint8_t {
  door_sensor,    // number: door. active: the door is open, whatever the wiring
  exit_button,    // number: door. active: pressed (REX)
  aux,            // number: auxiliary input
  reader_tamper,  // number: reader. active: its cover is off
  tamper,         // number 0. active: the controller's own cover is off
  fire,           // number 0. active: fire
  mains,          // number 0. active: mains power has failed
  battery,        // number 0. active: the battery has failed
};
struct InputLine {
  InputKind kind{};
  std::uint8_t number = 0;
  auto operator<=>(const InputLine&) const = default;
};
// cut and shorted come from supervised inputs only.
enum class Level : std::uint8_t { inactive, active, cut, shorted };

enum class OutputKind : std::uint8_t {
  lock,           // number: door. on: released
  aux,            // number: auxiliary output
  reader_led,     // number: reader. on: green
  reader_buzzer,  // number: reader
};
struct OutputLine {
  OutputKind kind{};
  std::uint8_t number = 0;
  auto operator<=>(const OutputLine&) const = default;
};

// ---- people

// A user ID as the server gave it: 1 to 24 bytes of printable ASCII. "007" and "7" are two people.
class Pin {
 public:
  static constexpr std::size_t bytes_max = 24;
  constexpr Pin() = default;

  // Nothing if the text is empty, too long or has a byte that is not printable ASCII or is a blank.
  static std::optional<Pin> from(std::string_view text) {
    if (text.empty() || text.size() > bytes_max) return std::nullopt;
    for (const char c : text) {
      if (c <= ' ' || c > '~') return std::nullopt;
    }
    Pin pin;
    std::memcpy(pin.bytes_.data(), text.data(), text.size());
    pin.size_ = static_cast<std::uint8_t>(text.size());
    return pin;
  }

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }  // nobody: the server is told "0"
  bool operator==(const Pin& other) const { return view() == other.view(); }
  auto operator<=>(const Pin& other) const { return view() <=> other.view(); }

 private:
  std::array<char, bytes_max> bytes_{};
  std::uint8_t size_ = 0;
};

// A card number, as many bits as the reader sends. 0: no card.
struct CardNo {
  std::uint64_t value = 0;
  auto operator<=>(const CardNo&) const = default;
};

// Kinds of proof, as bits; the new form of the protocol (9.5.1) uses the same positions.
enum class Proof : std::uint16_t {
  face = 1u << 1,
  palm_print = 1u << 2,
  palm_vein = 1u << 3,
  fingerprint = 1u << 4,
  finger_vein = 1u << 5,
  voice = 1u << 6,
  iris = 1u << 7,
  retina = 1u << 8,
  password = 1u << 9,
  user_id = 1u << 10,
  card = 1u << 11,
  qr_code = 1u << 12,
};
constexpr std::uint16_t bit(Proof proof) {
  return static_cast<std::uint16_t>(proof);
}
inline constexpr std::uint16_t proofs_all_of = 1;  // position 0: all of them, else any one

// How somebody showed who he is, in the codes of appendix 3 (0-29); 200 where nobody did.
enum class VerifyCode : std::uint16_t {
  automatic = 0,
  fingerprint = 1,
  user_id = 2,
  password = 3,
  card = 4,
  card_or_password = 7,
  card_and_password = 11,
  none = 200,
};

}  // namespace lintel

template <>
struct std::hash<lintel::Pin> {
  std::size_t operator()(const lintel::Pin& pin) const {
    return std::hash<std::string_view>{}(pin.view());
  }
};
template <>
struct std::hash<lintel::CardNo> {
  // Card numbers of one site are neighbours: spread them (a multiplicative hash, 64 bits).
  std::size_t operator()(lintel::CardNo card) const {
    std::uint64_t x = card.value * 0x9E3779B97F4A7C15u;
    return static_cast<std::size_t>(x ^ (x >> 32));
  }
};
