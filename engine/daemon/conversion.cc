#include "engine/daemon/conversion.h"

#include <algorithm>
#include <charconv>

#include "engine/core/calendar.h"
#include "engine/core/events.h"
#include "engine/core/reason.h"

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

std::string_view next_word(std::string_view& rest) {
  const auto blank = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, blank);
  rest.remove_prefix(std::min(blank + 1, rest.size()));
  return word;
}

std::string to_hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
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
  out.set_proofs(event.proofs);
  out.set_link(event.link);
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
