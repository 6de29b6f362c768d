// CONTROL DEVICE AABBCCDD[EE] (chapter 9.4): each letter pair a byte in two hexadecimal digits.
// AA is what to do; EE names the operator and changes nothing.

#include <algorithm>
#include <array>
#include <optional>

#include "push/command_parts.h"
#include "push/text.h"

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

using Parsed = std::variant<Refusal, Acknowledged, pb::Control>;
using Bytes = std::array<unsigned, 4>;

pb::Control control(pb::Control::Verb verb, unsigned place) {
  pb::Control control;
  control.set_verb(verb);
  control.set_place(place);
  return control;
}

Parsed parse_output(const Bytes& bytes) {
  constexpr unsigned off = 0;
  constexpr unsigned for_good = 0xFF;
  constexpr unsigned lock = 1;
  constexpr unsigned aux_output = 2;
  const auto [what, place, kind, how] = bytes;
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

Parsed parse_cancel_alarm(const Bytes& bytes) {
  return control(pb::Control::CANCEL_ALARM, bytes[1]);
}

Parsed parse_restart(const Bytes& bytes) {
  if (bytes[1] == 0) return control(pb::Control::RESTART, 0);
  return Refusal{code::not_on_this_box, "This box has no sub-devices to restart."};
}

template <pb::Control::Verb verb>
Parsed parse_switch(const Bytes& bytes) {
  if (bytes[2] > 1) return bad("The third byte is 00 or 01.");
  auto wish = control(verb, bytes[1]);
  wish.set_on(bytes[2] == 1);
  return wish;
}

// The box knows of its battery only whether it is fine or low, which stands among the alarms of
// the state.
Parsed parse_battery(const Bytes&) {
  return Acknowledged{.states_anew = true};
}

// Of the whole box: what stands where others name a door says which one.
Parsed parse_emergency(const Bytes& bytes) {
  constexpr unsigned dual_close = 2;
  const unsigned mode = bytes[1];
  if (mode > dual_close) {
    return bad("The second byte is 00 to end it, 01 for dual-open or 02 for dual-close.");
  }
  auto wish = control(pb::Control::EMERGENCY, 0);
  wish.set_seconds(mode);
  return wish;
}

// The text's table starts the test with 01, its example with 00.
Parsed parse_wiegand_test(const Bytes& bytes) {
  constexpr unsigned stop = 2;
  if (bytes[1] > stop) return bad("The second byte is 01 to start the test, 02 to stop it.");
  auto wish = control(pb::Control::WIEGAND_TEST, 0);
  wish.set_on(bytes[1] != stop);
  return wish;
}

Parsed parse_network(const Bytes& bytes) {
  constexpr unsigned ways = 4;
  if (bytes[1] == 0 || bytes[1] > ways) return bad("The second byte is 01 to 04.");
  auto wish = control(pb::Control::SWITCH_NETWORK, 0);
  wish.set_seconds(bytes[1]);
  return wish;
}

Parsed parse_sub_devices(const Bytes&) {
  return Acknowledged{};  // there are none, and so none that is not connected
}

// `places`: BB names a door, an output or a device. `function`: as in the table of command.cc.
struct Row {
  unsigned what;
  bool places;
  Parsed (*parse)(const Bytes& bytes);
  std::optional<unsigned> function = std::nullopt;
};

constexpr std::array table = {
    Row{0x01, true, parse_output},
    Row{0x02, true, parse_cancel_alarm},
    Row{0x03, true, parse_restart},
    Row{0x04, true, parse_switch<pb::Control::NORMAL_OPEN_TODAY>},
    Row{0x05, false, parse_battery},
    Row{0x06, true, parse_switch<pb::Control::LOCK>},
    Row{0x07, false, parse_emergency},
    Row{0x09, false, parse_wiegand_test, 10},
    Row{0x0B, false, parse_network},
    Row{0x0D, false, parse_sub_devices},
};

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
  Bytes bytes{};
  for (std::size_t i = 0; i < digits.size() / 2 && i < 5; ++i) {
    const auto byte = byte_at(digits, i);
    if (!byte) return bad("CONTROL DEVICE takes 8 or 10 hexadecimal digits.");
    if (i < bytes.size()) bytes[i] = *byte;
  }
  if (digits.size() != 8 && digits.size() != 10) {
    return bad("CONTROL DEVICE takes 8 or 10 hexadecimal digits.");
  }
  const auto* row = std::find_if(table.begin(), table.end(),
                                 [&](const Row& candidate) { return candidate.what == *what; });
  if (row == table.end()) {
    return Refusal{code::not_on_this_box, "This box does not carry out this control command."};
  }
  if (row->places && bytes[1] > place_max) {
    return bad("Doors and devices are numbered 01 to 10, hexadecimal.");
  }
  return row->parse(bytes);
}

Intention parse_control_device(const CommandText& command, std::string_view rest) {
  auto parsed = parse_control(trimmed(rest));
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  if (const auto* answer = std::get_if<Acknowledged>(&parsed)) return *answer;
  auto& control = std::get<pb::Control>(parsed);
  set_key(command, control);
  return std::move(control);
}

void add_control_functions(std::vector<unsigned>& positions) {
  for (const Row& row : table) {
    if (row.function) positions.push_back(*row.function);
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
