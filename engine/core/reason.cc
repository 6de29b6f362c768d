#include "engine/core/reason.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lintel {

namespace {

// In the order of the enum. These words stand in journals: they are never changed, only added to.
constexpr std::array names{
    "none",
    "frame_format",
    "reader_disabled",
    "door_disabled",
    "lockdown",
    "door_locked",
    "lockout",
    "registered",
    "password",
    "password_ambiguous",
    "card_lost",
    "blacklist",
    "validity",
    "privilege",
    "time_zone",
    "clock_untrusted",
    "door_period",
    "interval",
    "first_card",
    "anti_passback",
    "interlock",
    "verification_mode",
    "parts_timeout",
    "multi_card",
    "granted",
    "super_user",
    "emergency_password",
    "first_card_open",
    "duress",
    "super_gesture",
    "exit_button",
    "exit_button_locked",
    "exit_button_period",
    "normal_open_zone",
    "normal_open_cancelled",
    "normal_open_enabled",
    "scheduled_output",
    "first_card_over",
    "fire",
    "emergency",
    "remote",
    "linkage",
    "sensor",
    "no_release",
    "held",
    "line",
    "line_fault",
    "input_zone",
    "doorbell",
    "passback_reset",
    "system",
};
static_assert(names.size() == static_cast<std::size_t>(Rule::last_rule) + 1);

void append(std::string& text, std::string_view key, std::uint32_t value) {
  if (value == 0) return;
  text.append(" ").append(key).append("=").append(std::to_string(value));
}

std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// "key=value" into its place. False: no such key, or no such number.
bool read_field(std::string_view word, Reason& reason) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = word.substr(0, equals), digits = word.substr(equals + 1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  if (key == "record") {
    reason.record = value;
  } else if (key == "detail") {
    reason.detail = value;
  } else if (key == "refused_by") {
    reason.refused_by = value;
  } else if (key == "door" && value <= 255) {
    reason.door = DoorId{static_cast<std::uint8_t>(value)};
  } else if (key == "reader" && value <= 255) {
    reason.reader = ReaderId{static_cast<std::uint8_t>(value)};
  } else {
    return false;
  }
  return true;
}

}  // namespace

const char* name_of(Rule rule) {
  const auto index = static_cast<std::size_t>(rule);
  return index < names.size() ? names[index] : names[0];
}

std::string to_text(const Reason& reason) {
  std::string text = name_of(reason.rule);
  append(text, "record", reason.record);
  append(text, "detail", reason.detail);
  append(text, "door", number(reason.door));
  append(text, "reader", number(reason.reader));
  append(text, "refused_by", reason.refused_by);
  return text;
}

std::optional<Reason> reason_from_text(std::string_view text) {
  const auto name = std::find(names.begin(), names.end(), next_word(text));
  if (name == names.end()) return std::nullopt;
  Reason reason{.rule = static_cast<Rule>(name - names.begin())};
  while (!text.empty()) {
    if (!read_field(next_word(text), reason)) return std::nullopt;
  }
  return reason;
}

}  // namespace lintel
