#include "engine/daemon/conversion.h"

#include <algorithm>
#include <charconv>

namespace lintel::daemon {
namespace {

using namespace std::chrono;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class T>
std::optional<T> parse_whole(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

tl::unexpected<Error> wrong(std::string_view field, std::string_view allowed) {
  return fail(Errc::invalid, std::string(field) + " must " + std::string(allowed));
}

// A number that a row names, or its default where the row says nothing after the =.
template <class T>
Result<std::optional<T>> number_in(const NamedValue& value, std::uint64_t most) {
  if (value.value.empty()) return T{};
  const auto number = parse_number(value.value);
  if (!number || *number > most)
    return wrong(value.field, "be a number from 0 to " + std::to_string(most));
  return static_cast<T>(*number);
}

Result<std::optional<std::optional<CivilTime>>> limit_in(const NamedValue& value, bool end) {
  const auto limit = parse_limit(value.value, end);
  if (!limit) return wrong(value.field, "be 0, a date such as 20261122, or seconds of appendix 5");
  return *limit;
}

Result<Pin> pin_in(const NamedValue& value) {
  const auto pin = Pin::from(value.value);
  if (!pin) return wrong(value.field, "have 1 to 24 printable characters and no blank");
  return *pin;
}

bool is(const NamedValue& value, std::string_view field) {
  return same_name(value.field, field);
}

// Stores a parsed value, or hands its error up.
template <class Target, class Value>
bool keep(Target& target, Result<Value>&& value, std::optional<Error>& error) {
  if (value) {
    target = *std::move(value);
  } else {
    error = std::move(value).error();
  }
  return !error;
}

constexpr std::string_view day_names[] = {"Sun", "Mon", "Tue",  "Wed",  "Thu",
                                          "Fri", "Sat", "Hol1", "Hol2", "Hol3"};

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<CardNo> parse_card(std::string_view text) {
  if (text.empty()) return CardNo{};
  if (text.front() != '[') {
    const auto number = parse_number(text);
    return number ? std::optional(CardNo{*number}) : std::nullopt;
  }
  if (text.back() != ']' || text.size() < 4 || text.size() > 18 || text.size() % 2 != 0)
    return std::nullopt;
  std::uint64_t card = 0;
  unsigned shift = 0;
  for (std::size_t at = 1; at + 2 < text.size(); at += 2, shift += 8) {
    const auto byte = parse_whole<unsigned>(text.substr(at, 2), 16);
    if (!byte) return std::nullopt;
    card |= static_cast<std::uint64_t>(*byte) << shift;
  }
  return CardNo{card};
}

std::optional<CardNo> parse_hex_card(std::string_view text) {
  const auto number = parse_whole<std::uint64_t>(text, 16);
  return number ? std::optional(CardNo{*number}) : std::nullopt;
}

std::optional<year_month_day> parse_date(std::string_view text) {
  const auto digits = parse_whole<unsigned>(text);
  if (!digits || text.size() != 8) return std::nullopt;
  const year_month_day date{year{static_cast<int>(*digits / 10'000)}, month{*digits / 100 % 100},
                            day{*digits % 100}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<std::optional<CivilTime>> parse_limit(std::string_view text, bool end) {
  using Limit = std::optional<CivilTime>;
  if (text.empty() || text == "0") return Limit{};
  const auto last_second = [&](local_days day) {
    return CivilTime(day) + (end ? seconds(86'399) : seconds(0));
  };
  // Eight digits that begin with 19 or 20 are a date: as seconds they would lie in the year 2000.
  if (text.size() == 8 && (text.substr(0, 2) == "19" || text.substr(0, 2) == "20")) {
    const auto date = parse_date(text);
    if (!date) return std::nullopt;
    return Limit(last_second(local_days(*date)));
  }
  if (const auto number = parse_whole<std::uint32_t>(text)) {
    const auto time = from_protocol_seconds(*number);
    if (!time) return std::nullopt;
    return Limit(*time);
  }
  const auto written = civil_from_text(text);
  if (!written) return std::nullopt;
  return Limit(text.size() == 10 ? last_second(floor<days>(*written)) : *written);
}

std::optional<sys_seconds> parse_utc(std::string_view text) {
  const auto number = parse_whole<std::uint32_t>(text);
  if (!number) return std::nullopt;
  const auto time = from_protocol_seconds(*number);
  // Unix seconds of 2018 to 2040 read as appendix 5 lie after 2046: no clock is set that far ahead.
  if (!time || *time >= CivilTime(local_days(year{2046} / 1 / 1))) return std::nullopt;
  return sys_seconds(time->time_since_epoch());
}

std::optional<minutes> parse_zone(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto number = parse_whole<unsigned>(text.substr(1));
  if (!number || *number % 100 > 59 || *number > 1400) return std::nullopt;
  const minutes offset{*number / 100 * 60 + *number % 100};
  return text[0] == '-' ? -offset : offset;
}

std::string zone_text(minutes offset) {
  const auto size = std::chrono::abs(offset).count();
  std::string digits = std::to_string(size / 60 * 100 + size % 60);
  digits.insert(0, 4 - std::min<std::size_t>(digits.size(), 4), '0');
  return (offset.count() < 0 ? "-" : "+") + digits;
}

Result<UserPatch> user_from(const NamedRow& row) {
  UserPatch user;
  std::optional<Error> error;
  for (const auto& value : row) {
    if (is(value, "Pin")) {
      keep(user.pin, pin_in(value), error);
    } else if (is(value, "CardNo")) {
      user.card = parse_card(value.value);
      if (!user.card)
        return wrong(value.field, "be a decimal number, or its bytes in hex as [15CD5B07]");
    } else if (is(value, "Password")) {
      user.password = Password::from(value.value);
      if (!user.password) return wrong(value.field, "have at most 8 printable characters");
    } else if (is(value, "StartTime")) {
      keep(user.start, limit_in(value, false), error);
    } else if (is(value, "EndTime")) {
      keep(user.end, limit_in(value, true), error);
    } else if (is(value, "Group")) {
      keep(user.group, number_in<std::uint32_t>(value, 0xffff'ffff), error);
    } else if (is(value, "Privilege")) {
      keep(user.privilege, number_in<std::uint8_t>(value, 255), error);
    } else if (is(value, "Verify")) {
      keep(user.verify, number_in<std::uint16_t>(value, 0xffff), error);
    } else if (is(value, "Disable")) {
      keep(user.blacklisted, number_in<bool>(value, 1), error);
    }
    if (error) return fail(*std::move(error));
  }
  if (user.pin.empty()) return wrong("Pin", "be in every row");
  return user;
}

Result<CardPatch> card_from(const NamedRow& row) {
  CardPatch card;
  std::optional<Error> error;
  for (const auto& value : row) {
    if (is(value, "Pin")) {
      keep(card.pin, pin_in(value), error);
    } else if (is(value, "CardNo")) {
      const auto number = parse_hex_card(value.value);
      if (!number || number->value == 0)
        return wrong(value.field, "be a card number in hex, at most 16 digits");
      card.card = *number;
    } else if (is(value, "LossCardFlag")) {
      keep(card.lost, number_in<bool>(value, 1), error);
    } else if (is(value, "CardType")) {
      keep(card.sub_card, number_in<bool>(value, 1), error);
    }
    if (error) return fail(*std::move(error));
  }
  if (card.pin.empty()) return wrong("Pin", "be in every row");
  if (card.card.value == 0) return wrong("CardNo", "be in every row");
  return card;
}

Result<PrivilegePatch> privilege_from(const NamedRow& row) {
  PrivilegePatch privilege;
  std::optional<Error> error;
  for (const auto& value : row) {
    if (is(value, "Pin")) {
      keep(privilege.pin, pin_in(value), error);
    } else if (is(value, "AuthorizeTimezoneId")) {
      std::optional<std::uint32_t> zone;
      if (keep(zone, number_in<std::uint32_t>(value, 0xffff), error)) privilege.timezone = *zone;
    } else if (is(value, "AuthorizeDoorId")) {
      std::optional<std::uint32_t> doors;
      if (keep(doors, number_in<std::uint32_t>(value, 0xffff'ffff), error))
        privilege.doors = *doors;
    } else if (is(value, "StartTime")) {
      keep(privilege.start, limit_in(value, false), error);
    } else if (is(value, "EndTime")) {
      keep(privilege.end, limit_in(value, true), error);
    }
    if (error) return fail(*std::move(error));
  }
  if (privilege.pin.empty()) return wrong("Pin", "be in every row");
  return privilege;
}

Result<Timezone> timezone_from(const NamedRow& row) {
  Timezone zone;
  for (const auto& value : row) {
    if (is(value, "TimezoneId")) {
      const auto id = parse_number(value.value);
      if (!id || *id < 1 || *id > 0xffff) return wrong(value.field, "be a number from 1 to 65535");
      zone.id = static_cast<TimezoneId>(*id);
    } else if (is(value, "StartTime") || is(value, "EndTime")) {
      const bool end = is(value, "EndTime");
      const auto limit = parse_limit(value.value, end);
      if (!limit)
        return wrong(value.field, "be 0, a date such as 20261122, or seconds of appendix 5");
      (end ? zone.validity.end : zone.validity.start) = *limit;
    } else {
      for (std::size_t day = 0; day < days_of_a_zone; ++day) {
        const auto name = day_names[day];
        if (value.field.size() != name.size() + 5 ||
            !same_name(value.field.substr(0, name.size()), name))
          continue;
        const auto slot = static_cast<std::size_t>(value.field.back() - '1');
        const auto wire = value.value.empty() ? 0 : parse_whole<std::uint32_t>(value.value);
        const auto interval = wire ? Interval::from_wire(*wire) : std::nullopt;
        if (!interval || slot >= intervals_of_a_day) {
          return wrong(value.field, "be (HHMM of the start << 16) + HHMM of the end");
        }
        zone.days[day][slot] = *interval;
      }
    }
  }
  if (zone.id == 0) return wrong("TimezoneId", "be in every row");
  return zone;
}

Result<Holiday> holiday_from(const NamedRow& row) {
  Holiday holiday;
  bool dated = false;
  for (const auto& value : row) {
    const auto number = parse_number(value.value);
    if (is(value, "Holiday")) {
      const auto date = parse_date(value.value);
      if (!date) return wrong(value.field, "be a date such as 20261225");
      holiday.date = *date;
      dated = true;
    } else if (is(value, "HolidayType")) {
      if (!number || *number < 1 || *number > 3) return wrong(value.field, "be 1, 2 or 3");
      holiday.type = static_cast<std::uint8_t>(*number);
    } else if (is(value, "Loop")) {
      if (!number || *number < 1 || *number > 2)
        return wrong(value.field, "be 1 (each year) or 2 (that date only)");
      holiday.every_year = *number == 1;
    }
  }
  if (!dated) return wrong("Holiday", "be in every row");
  return holiday;
}

namespace {

void apply_patch(const UserPatch& patch, People& people) {
  const User* old = people.by_pin(patch.pin);
  User user = old != nullptr ? *old : User{};
  user.pin = patch.pin;
  if (patch.card) user.card = *patch.card;
  if (patch.password) user.password = *patch.password;
  if (patch.start) user.validity.start = *patch.start;
  if (patch.end) user.validity.end = *patch.end;
  if (patch.group) user.group = *patch.group;
  if (patch.privilege) user.privilege = *patch.privilege;
  if (patch.verify) user.verify = *patch.verify;
  if (patch.blacklisted) user.blacklisted = *patch.blacklisted;
  people.apply(user);
}

void apply_patch(const CardPatch& patch, People& people) {
  UserCard card{patch.pin, patch.card, patch.lost.value_or(people.by_card(patch.card).lost),
                patch.sub_card.value_or(false)};
  people.apply(card);
}

void apply_patch(const PrivilegePatch& patch, People& people) {
  Privilege privilege{patch.pin, patch.timezone, patch.doors, {}};
  if (!patch.start || !patch.end) {
    for (const auto& old : people.privileges(patch.pin)) {
      if (old.timezone == patch.timezone && old.doors == patch.doors)
        privilege.validity = old.validity;
    }
  }
  if (patch.start) privilege.validity.start = *patch.start;
  if (patch.end) privilege.validity.end = *patch.end;
  people.apply(privilege);
}

template <class Change>
void apply_patch(const Change& change, People& people) {
  people.apply(change);
}

}  // namespace

void apply(const PeopleEdit& edit, People& people) {
  std::visit([&](const auto& change) { apply_patch(change, people); }, edit);
}

void fill(pb::StoredEvent& out, const storage::StoredEvent& stored) {
  const Event& event = stored.event;
  out.set_index(stored.index);
  out.set_code(number(event.code));
  out.set_time(to_text(event.time));
  out.set_time_second(to_protocol_seconds(event.time));
  out.set_pin(event.pin.empty() ? "0" : std::string(event.pin.view()));
  out.set_card(event.card.value);
  out.set_site_code(event.site_code);
  out.set_address(event.address);
  out.set_way(static_cast<std::uint32_t>(event.way));
  out.set_verify(static_cast<std::uint32_t>(event.verify));
  out.set_bits(event.card_bits);
  out.set_what(in_words(event.code));
  out.set_why(in_words(event.reason, event.time));
  out.set_reason(to_text(event.reason));
}

std::string name_of(const InputLine& line) {
  const auto n = std::to_string(line.number);
  switch (line.kind) {
    case InputKind::door_sensor:
      return "door" + n + ".sensor";
    case InputKind::exit_button:
      return "door" + n + ".rex";
    case InputKind::aux:
      return "aux" + n;
    case InputKind::reader_tamper:
      return "reader" + n + ".tamper";
    case InputKind::tamper:
      return "tamper";
    case InputKind::fire:
      return "fire";
    case InputKind::mains:
      return "mains";
    case InputKind::battery:
      return "battery";
  }
  return {};
}

std::string name_of(const OutputLine& line) {
  const auto n = std::to_string(line.number);
  switch (line.kind) {
    case OutputKind::lock:
      return "door" + n + ".lock";
    case OutputKind::aux:
      return "auxout" + n;
    case OutputKind::reader_led:
      return "reader" + n + ".led";
    case OutputKind::reader_buzzer:
      return "reader" + n + ".buzzer";
  }
  return {};
}

const char* name_of(Level level) {
  switch (level) {
    case Level::inactive:
      return "inactive";
    case Level::active:
      return "active";
    case Level::cut:
      return "cut";
    case Level::shorted:
      return "short";
  }
  return "";
}

}  // namespace lintel::daemon
