// Civil calendar: weekly time zones, holidays, validity periods.
//
// A time zone (the protocol's word for a weekly schedule, 9.1.1 Time Rule) has three intervals for
// each weekday and for each of three holiday types. Both ends are whole minutes and count
// themselves: 00:00-23:59 is the whole day. An interval whose end lies before its start runs over
// midnight and belongs to the day on which it starts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/types.h"

namespace lintel {

using TimezoneId = std::uint32_t;
inline constexpr TimezoneId timezone_never = 0;
inline constexpr TimezoneId timezone_always = 1;  // on a fresh box; a server may redefine it

struct Interval {
  std::uint16_t start = 0;  // minutes of the day, 0-1439
  std::uint16_t end = 0;
  bool used = false;  // 0 on the wire: no interval

  // From (HHMM start << 16) + HHMM end. 0 is an unused interval; nothing if a part is no time of
  // day.
  static std::optional<Interval> from_wire(std::uint32_t value);
  [[nodiscard]] std::uint32_t to_wire() const;
  [[nodiscard]] bool over_midnight() const { return used && end < start; }
  // At this minute of the day on which it starts, and of the day after.
  [[nodiscard]] bool holds_at(unsigned minute) const {
    return used && minute >= start && (minute <= end || over_midnight());
  }
  [[nodiscard]] bool holds_the_day_after(unsigned minute) const {
    return over_midnight() && minute <= end;
  }
  bool operator==(const Interval&) const = default;
};

enum class Day : std::uint8_t { sun, mon, tue, wed, thu, fri, sat, hol1, hol2, hol3 };
inline constexpr std::size_t days_of_a_zone = 10;
inline constexpr std::size_t intervals_of_a_day = 3;

// A period of validity, both ends counting; nothing: no limit.
struct Validity {
  std::optional<CivilTime> start;
  std::optional<CivilTime> end;
  [[nodiscard]] bool too_early(CivilTime now) const { return start && now < *start; }
  [[nodiscard]] bool too_late(CivilTime now) const { return end && now > *end; }
  [[nodiscard]] bool contains(CivilTime now) const { return !too_early(now) && !too_late(now); }
  [[nodiscard]] bool unlimited() const { return !start && !end; }
  bool operator==(const Validity&) const = default;
};

struct Timezone {
  TimezoneId id = 0;
  std::array<std::array<Interval, intervals_of_a_day>, days_of_a_zone> days{};
  Validity validity;  // the rule itself may be valid for a time only

  // Every minute of every kind of day, without end: does not depend on the clock.
  [[nodiscard]] bool is_always() const;
  static Timezone always(TimezoneId id);
};

struct Holiday {
  std::chrono::year_month_day date{};
  std::uint8_t type = 1;    // 1-3
  bool every_year = false;  // Loop 1: same month and day each year; Loop 2: that date only
};

// Not thread-safe; owned by the controller.
class Calendar {
 public:
  Calendar();  // time zone 1 = always, nothing else

  void put(const Timezone& zone);
  void erase_timezone(TimezoneId id);
  // Back to a fresh box: time zone 1 = always.
  void clear_timezones();

  void put(const Holiday& holiday);  // replaces the one of the same date
  void erase_holiday(std::chrono::year_month_day date);
  void clear_holidays();

  [[nodiscard]] const Timezone* timezone(TimezoneId id) const;
  // Which kind of day it is: a weekday, or the holiday's type where a holiday falls on it. The
  // holiday of that very date goes before yearly ones, and a later yearly one before an earlier.
  [[nodiscard]] Day day_kind(std::chrono::local_days day) const;
  // False for a zone that does not exist. With an untrusted clock only a zone that is always holds.
  [[nodiscard]] bool holds(TimezoneId id, const Moment& now) const;
  // As holds(), but only by an interval that began today, not by the end of yesterday's night.
  // REQUIRES: now.trusted.
  [[nodiscard]] bool holds_since_today(TimezoneId id, const Moment& now) const;

  // Of a week whose parts each have an `interval`: the first part that holds, today's before one of
  // yesterday's night. Null: none. REQUIRES: now.trusted.
  template <class Part>
  [[nodiscard]] const Part* part_at(
      const std::array<std::array<Part, intervals_of_a_day>, days_of_a_zone>& week,
      const Moment& now) const {
    const auto today = std::chrono::floor<std::chrono::days>(now.civil);
    const auto minute =
        static_cast<unsigned>(std::chrono::floor<std::chrono::minutes>(now.civil - today).count());
    for (const Part& part : week[static_cast<std::size_t>(day_kind(today))]) {
      if (part.interval.holds_at(minute)) return &part;
    }
    const auto yesterday = today - std::chrono::days{1};
    for (const Part& part : week[static_cast<std::size_t>(day_kind(yesterday))]) {
      if (part.interval.holds_the_day_after(minute)) return &part;
    }
    return nullptr;
  }

 private:
  std::vector<Timezone> zones_;    // sorted by id
  std::vector<Holiday> holidays_;  // sorted by month, day, year
};

// Appendix 5 and 6: seconds since 2000 in a calendar where every month has 31 days. A time before
// 2000 becomes 0, one that 32 bits cannot hold the largest number.
std::uint32_t to_protocol_seconds(CivilTime time);
// Nothing if the number names a day that does not exist (31 February).
std::optional<CivilTime> from_protocol_seconds(std::uint32_t seconds);

// "2026-11-22 14:05:09", the form of `time` in events.
std::string to_text(CivilTime time);
// Also with T between, also a date alone ("2026-11-22" or "20261122").
std::optional<CivilTime> civil_from_text(std::string_view text);

}  // namespace lintel
