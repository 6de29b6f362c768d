// CONTROL DEVICE AABBCCDD[EE] (chapter 9.4): each letter pair a byte in two hexadecimal digits.
// AA is what to do; EE names the operator and changes nothing.

#include <array>
#include <optional>

#include "push/command.h"

namespace lintel::push {
namespace {

constexpr unsigned place_max = 0x10;

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<unsigned> byte_at(std::string_view digits, std::size_t index) {
  if (digits.size() < 2 * index + 2) return std::nullopt;
  const auto high = digit(digits[2 * index]);
  const auto low = digit(digits[2 * index + 1]);
  if (!high || !low) return std::nullopt;
  return *high * 16 + *low;
}

Refusal bad(const char* sentence) {
  return {code::bad_parameter, sentence};
}

using Parsed = std::variant<Refusal, pb::Control>;

pb::Control control(pb::Control::Verb verb, unsigned place) {
  pb::Control control;
  control.set_verb(verb);
  control.set_place(place);
  return control;
}

Parsed parse_output(unsigned place, unsigned kind, unsigned how) {
  constexpr unsigned off = 0;
  constexpr unsigned for_good = 0xFF;
  constexpr unsigned lock = 1;
  constexpr unsigned aux_output = 2;
  if (kind == aux_output) {
    auto wish = control(pb::Control::AUX_OUTPUT, place);
    wish.set_on(how != off);
    if (how != for_good) wish.set_seconds(how);
    return wish;
  }
  if (kind != lock) return bad("The third byte is 01 for the lock or 02 for the auxiliary output.");
  if (how == off) return control(pb::Control::CLOSE, place);
  if (how == for_good) return control(pb::Control::NORMAL_OPEN, place);
  auto wish = control(pb::Control::OPEN, place);
  wish.set_seconds(how);
  return wish;
}

Parsed parse_switch(pb::Control::Verb verb, unsigned place, unsigned value) {
  if (value > 1) return bad("The third byte is 00 or 01.");
  auto wish = control(verb, place);
  wish.set_on(value == 1);
  return wish;
}

// Of the whole box: what stands where others name a door says which one.
Parsed parse_emergency(unsigned mode) {
  constexpr unsigned dual_close = 2;
  if (mode > dual_close) {
    return bad("The second byte is 00 to end it, 01 for dual-open or 02 for dual-close.");
  }
  auto wish = control(pb::Control::EMERGENCY, 0);
  wish.set_seconds(mode);
  return wish;
}

}  // namespace

Parsed parse_control(std::string_view digits) {
  constexpr unsigned known_max = 0x12;
  constexpr unsigned elevator_outputs = 0x11;  // from here on 32 bytes follow, a bit a floor
  const auto what = byte_at(digits, 0);
  if (!what) return bad("CONTROL DEVICE takes 8 or 10 hexadecimal digits.");
  if (*what == 0 || *what > known_max) {
    return Refusal{code::no_such_command, "There is no such control command."};
  }
  if (*what >= elevator_outputs) {
    return Refusal{code::not_on_this_box, "This box controls no elevator."};
  }
  std::array<unsigned, 4> bytes{};
  for (std::size_t i = 0; i < digits.size() / 2 && i < 5; ++i) {
    const auto byte = byte_at(digits, i);
    if (!byte) return bad("CONTROL DEVICE takes 8 or 10 hexadecimal digits.");
    if (i < bytes.size()) bytes[i] = *byte;
  }
  if (digits.size() != 8 && digits.size() != 10) {
    return bad("CONTROL DEVICE takes 8 or 10 hexadecimal digits.");
  }
  const unsigned place = bytes[1];
  if (*what == 7) return parse_emergency(place);
  if (*what > 6 || *what == 5) {
    return Refusal{code::not_on_this_box, "This box does not carry out this control command."};
  }
  if (place > place_max) return bad("Doors and devices are numbered 01 to 10, hexadecimal.");
  switch (*what) {
    case 1:
      return parse_output(place, bytes[2], bytes[3]);
    case 2:
      return control(pb::Control::CANCEL_ALARM, place);
    case 3:
      if (place != 0) {
        return Refusal{code::not_on_this_box, "This box has no sub-devices to restart."};
      }
      return control(pb::Control::RESTART, 0);
    case 4:
      return parse_switch(pb::Control::NORMAL_OPEN_TODAY, place, bytes[2]);
    default:
      return parse_switch(pb::Control::LOCK, place, bytes[2]);
  }
}

bool is_momentary(pb::Control::Verb verb) {
  switch (verb) {
    case pb::Control::OPEN:
    case pb::Control::CLOSE:
    case pb::Control::AUX_OUTPUT:
    case pb::Control::CANCEL_ALARM:
    case pb::Control::RESTART:
      return true;
    default:
      return false;
  }
}

}  // namespace lintel::push
