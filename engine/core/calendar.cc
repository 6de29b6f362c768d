#include "engine/core/calendar.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <tuple>

namespace lintel {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::minutes;
using std::chrono::year_month_day;

namespace {

constexpr unsigned minutes_of_a_day = 1440;

std::optional<std::uint16_t> minute_from_hhmm(std::uint32_t hhmm) {
  const std::uint32_t hour = hhmm / 100, minute = hhmm % 100;
  if (hour > 23 || minute > 59) return std::nullopt;
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

std::uint32_t to_hhmm(std::uint16_t minute) {
  return minute / 60u * 100u + minute % 60u;
}

unsigned minute_of_day(CivilTime time) {
  const auto day = std::chrono::floor<days>(time);
  return static_cast<unsigned>(std::chrono::floor<minutes>(time - day).count());
}

using Intervals = std::array<Interval, intervals_of_a_day>;

// Does one of the day's intervals hold at this minute of the day itself?
bool holds_on_its_day(const Intervals& intervals, unsigned minute) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [minute](const Interval& interval) { return interval.holds_at(minute); });
}

// And does one of them still hold at this minute of the day after?
bool holds_on_the_next_day(const Intervals& intervals, unsigned minute) {
  return std::any_of(intervals.begin(), intervals.end(), [minute](const Interval& interval) {
    return interval.holds_the_day_after(minute);
  });
}

// The first minute of the following day that the day's intervals do not reach over midnight.
unsigned reach_into_next_day(const Intervals& intervals) {
  unsigned reach = 0;
  for (const Interval& interval : intervals) {
    if (interval.over_midnight()) reach = std::max(reach, interval.end + 1u);
  }
  return reach;
}

// The first minute of the day at or after `from` that the day's intervals leave uncovered.
unsigned first_gap(const Intervals& intervals, unsigned from) {
  for (std::size_t round = 0; round < intervals.size(); ++round) {  // they stand in any order
    for (const Interval& interval : intervals) {
      if (!interval.used || interval.start > from) continue;
      from = std::max(from, interval.over_midnight() ? minutes_of_a_day : interval.end + 1u);
    }
  }
  return from;
}

auto month_first(const year_month_day& date) {
  return std::tuple(static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(date.year()));
}

}  // namespace

std::optional<Interval> Interval::from_wire(std::uint32_t value) {
  if (value == 0) return Interval{};
  const auto start = minute_from_hhmm(value >> 16), end = minute_from_hhmm(value & 0xffffu);
  if (!start || !end) return std::nullopt;
  return Interval{.start = *start, .end = *end, .used = true};
}

std::uint32_t Interval::to_wire() const {
  return used ? (to_hhmm(start) << 16) + to_hhmm(end) : 0;
}

bool Timezone::is_always() const {
  if (!validity.unlimited()) return false;
  // Which kind of day comes before which is not known: count only on what every kind leaves.
  unsigned reach = minutes_of_a_day;
  for (const Intervals& day : this->days)
    reach = std::min(reach, reach_into_next_day(day));
  return std::all_of(this->days.begin(), this->days.end(), [reach](const Intervals& day) {
    return first_gap(day, reach) >= minutes_of_a_day;
  });
}

Timezone Timezone::always(TimezoneId id) {
  Timezone zone;
  zone.id = id;
  for (Intervals& day : zone.days) {
    day[0] = {.start = 0, .end = minutes_of_a_day - 1, .used = true};
  }
  return zone;
}

Calendar::Calendar() {
  clear_timezones();
}

void Calendar::put(const Timezone& zone) {
  const auto place = std::lower_bound(zones_.begin(), zones_.end(), zone.id,
                                      [](const Timezone& a, TimezoneId id) { return a.id < id; });
  if (place != zones_.end() && place->id == zone.id) {
    *place = zone;
  } else {
    zones_.insert(place, zone);
  }
}

void Calendar::erase_timezone(TimezoneId id) {
  std::erase_if(zones_, [id](const Timezone& zone) { return zone.id == id; });
}

void Calendar::clear_timezones() {
  zones_.assign(1, Timezone::always(timezone_always));
}

void Calendar::put(const Holiday& holiday) {
  const auto place = std::lower_bound(holidays_.begin(), holidays_.end(), holiday.date,
                                      [](const Holiday& a, const year_month_day& date) {
                                        return month_first(a.date) < month_first(date);
                                      });
  if (place != holidays_.end() && place->date == holiday.date) {
    *place = holiday;
  } else {
    holidays_.insert(place, holiday);
  }
}

void Calendar::erase_holiday(year_month_day date) {
  std::erase_if(holidays_, [date](const Holiday& holiday) { return holiday.date == date; });
}

void Calendar::clear_holidays() {
  holidays_.clear();
}

const Timezone* Calendar::timezone(TimezoneId id) const {
  const auto place = std::lower_bound(zones_.begin(), zones_.end(), id,
                                      [](const Timezone& a, TimezoneId b) { return a.id < b; });
  return place != zones_.end() && place->id == id ? &*place : nullptr;
}

Day Calendar::day_kind(local_days day) const {
  const year_month_day date{day};
  const Holiday* found = nullptr;
  const auto first = std::lower_bound(
      holidays_.begin(), holidays_.end(), date, [](const Holiday& a, const year_month_day& b) {
        return std::tuple(a.date.month(), a.date.day()) < std::tuple(b.month(), b.day());
      });
  for (auto holiday = first; holiday != holidays_.end(); ++holiday) {
    if (holiday->date.month() != date.month() || holiday->date.day() != date.day()) break;
    if (holiday->every_year) found = &*holiday;
    if (holiday->date == date) {
      found = &*holiday;
      break;
    }
  }
  if (found != nullptr && found->type >= 1 && found->type <= 3) {
    return static_cast<Day>(static_cast<unsigned>(Day::hol1) + found->type - 1u);
  }
  return static_cast<Day>(std::chrono::weekday{day}.c_encoding());
}

bool Calendar::holds(TimezoneId id, const Moment& now) const {
  const Timezone* zone = timezone(id);
  if (zone == nullptr) return false;
  if (!now.trusted) return zone->is_always();
  if (holds_since_today(id, now)) return true;
  if (!zone->validity.contains(now.civil)) return false;
  const auto yesterday = std::chrono::floor<days>(now.civil) - days{1};
  return holds_on_the_next_day(zone->days[static_cast<std::size_t>(day_kind(yesterday))],
                               minute_of_day(now.civil));
}

bool Calendar::holds_since_today(TimezoneId id, const Moment& now) const {
  const Timezone* zone = timezone(id);
  if (zone == nullptr || !zone->validity.contains(now.civil)) return false;
  const auto today = std::chrono::floor<days>(now.civil);
  return holds_on_its_day(zone->days[static_cast<std::size_t>(day_kind(today))],
                          minute_of_day(now.civil));
}

// ---- numbers and text

std::uint32_t to_protocol_seconds(CivilTime time) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date{day};
  const std::int64_t months =
      (static_cast<int>(date.year()) - 2000) * 12LL + static_cast<unsigned>(date.month()) - 1;
  const std::int64_t seconds =
      (months * 31 + static_cast<unsigned>(date.day()) - 1) * 86'400 + (time - day).count();
  constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, most));
}

std::optional<CivilTime> from_protocol_seconds(std::uint32_t seconds) {
  const std::uint32_t day_number = seconds / 86'400;
  const year_month_day date{
      std::chrono::year{static_cast<int>(2000 + day_number / 31 / 12)},
      std::chrono::month{day_number / 31 % 12 + 1},
      std::chrono::day{day_number % 31 + 1},
  };
  if (!date.ok()) return std::nullopt;
  return local_days{date} + std::chrono::seconds{seconds % 86'400};
}

std::string to_text(CivilTime time) {
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

namespace {

// Takes exactly `digits` digits from the front of `text`.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<local_days> take_date(std::string_view& text) {
  const auto year = take_number(text, 4);
  const bool dashes = take(text, '-');
  const auto month = take_number(text, 2);
  if (dashes && !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                            std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  return local_days{date};
}

}  // namespace

std::optional<CivilTime> civil_from_text(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  if (text.empty()) return CivilTime{*date};
  if (!take(text, ' ') && !take(text, 'T')) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59 || !text.empty()) return std::nullopt;
  return *date + std::chrono::seconds{*hour * 3600 + *minute * 60 + *second};
}

}  // namespace lintel
