#include "engine/daemon/row_reader.h"

#include <algorithm>
#include <iterator>

#include "engine/daemon/conversion.h"

namespace lintel::daemon {

std::string interval_field(std::size_t day, std::size_t slot) {
  constexpr const char* days[] = {"Sun", "Mon", "Tue",  "Wed",  "Thu",
                                  "Fri", "Sat", "Hol1", "Hol2", "Hol3"};
  static_assert(std::size(days) == days_of_a_zone);
  return std::string(days[day]) + "Time" + std::to_string(slot + 1);
}

std::string_view RowReader::text(std::string_view field) const {
  const auto found = std::find_if(row_.begin(), row_.end(), [&](const NamedValue& value) {
    return same_name(value.field, field);
  });
  return found == row_.end() ? std::string_view() : found->value;
}

void RowReader::refuse(std::string_view field, std::string_view allowed) {
  if (error_) return;
  error_ = Error{Errc::invalid, std::string(field) + " must " + std::string(allowed)};
}

std::optional<std::uint64_t> RowReader::whole(std::string_view field, std::uint64_t low,
                                              std::uint64_t high) {
  const auto value = text(field);
  if (value.empty()) return std::nullopt;
  const auto number = parse_number(value);
  if (number && *number >= low && *number <= high) return number;
  refuse(field, "be a number from " + std::to_string(low) + " to " + std::to_string(high));
  return std::nullopt;
}

DoorId RowReader::door(std::string_view field) {
  const auto number = whole(field, 1, 255);
  if (!number) refuse(field, "be in every row");
  return DoorId{static_cast<std::uint8_t>(number.value_or(0))};
}

Interval RowReader::interval(std::string_view field) {
  const auto value = text(field);
  const auto wire = value.empty() ? 0 : parse_number(value);
  const auto interval = wire && *wire <= 0xffff'ffff
                            ? Interval::from_wire(static_cast<std::uint32_t>(*wire))
                            : std::nullopt;
  if (!interval) refuse(field, "be (HHMM of the start << 16) + HHMM of the end");
  return interval.value_or(Interval{});
}

Pin RowReader::pin(std::string_view field) {
  const auto value = text(field);
  const auto pin = Pin::from(value);
  if (pin) return *pin;
  refuse(field,
         value.empty() ? "be in every row" : "have 1 to 24 printable characters and no blank");
  return {};
}

CardNo RowReader::card(std::string_view field) {
  const auto card = parse_card(text(field));
  if (!card) refuse(field, "be a decimal number, or its bytes in hex as [15CD5B07]");
  return card.value_or(CardNo{});
}

CardNo RowReader::hex_card(std::string_view field) {
  const auto card = parse_hex_card(text(field));
  if (card && card->value != 0) return *card;
  refuse(field,
         text(field).empty() ? "be in every row" : "be a card number in hex, at most 16 digits");
  return {};
}

Password RowReader::password(std::string_view field) {
  const auto password = Password::from(text(field));
  if (!password) refuse(field, "have at most 8 printable characters");
  return password.value_or(Password{});
}

std::optional<CivilTime> RowReader::limit(std::string_view field, bool end) {
  const auto limit = parse_limit(text(field), end);
  if (!limit) refuse(field, "be 0, a date such as 20261122, or seconds of appendix 5");
  return limit.value_or(std::nullopt);
}

ModeCode RowReader::mode(std::string_view field) {
  const auto value = text(field);
  if (value.empty() || value == "255") return mode_none;
  const auto mode = mode_code(value);
  if (!mode) {
    refuse(field, "be a verification mode from 0 to 29, 16 digits of the new form, or 255 (none)");
  }
  return mode.value_or(mode_none);
}

ModeCode RowReader::mode_of_person(std::string_view field) {
  return text(field) == "0" ? mode_none : mode(field);
}

}  // namespace lintel::daemon
