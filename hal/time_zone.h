// Civil time: a standard offset from UTC and the rules of summer time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/types.h"

namespace lintel::hal {

// When the clocks are changed, in the wall time that holds until then: hour:00 of one weekday of a
// month.
struct Change {
  std::chrono::month month{};
  unsigned week = 0;  // 1 to 5: the first to the fourth such weekday of the month; 5: the last
  std::chrono::weekday weekday{};
  std::chrono::hours hour{};  // 0 to 23

  // MMIIWWHH, as in DSTSetting: month, week, weekday (0 and 7 are Sunday), hour. Nothing if it is
  // anything but 8 digits in their ranges.
  static std::optional<Change> from(std::string_view text);

  bool operator==(const Change&) const = default;
};

// A row of DSTSetting: from `start` (given in standard time) to `end` (given in summer time) the
// clocks are one hour ahead. A start after the end is the southern hemisphere's: summer time holds
// at both ends of the year. A start that is the same as the end is no summer time.
struct SummerTime {
  int year = 0;
  bool every_year = false;  // holds for all years without a rule of their own (Loop=1)
  Change start, end;

  bool operator==(const SummerTime&) const = default;
};

// Asking allocates nothing, except for posix().
class TimeZone {
 public:
  // Minutes east of UTC, less than a day either way; no summer time.
  explicit TimeZone(std::chrono::minutes standard = std::chrono::minutes(0))
      : standard_(standard) {}

  // In place of an earlier rule of the same year. Of several that hold every year, the one with the
  // latest year that is not after the asked one decides, else the one with the earliest.
  void add(SummerTime rule);

  [[nodiscard]] std::chrono::minutes standard() const { return standard_; }
  // Minutes east of UTC that hold at this instant.
  [[nodiscard]] std::chrono::minutes offset_at(std::chrono::sys_seconds utc) const;
  [[nodiscard]] CivilTime civil(std::chrono::sys_seconds utc) const;
  // The instant at which clocks on the wall show this. The hour that comes twice is taken in
  // standard time (the later one); in the hour that is left out, too, the time is standard time:
  // clocks then show an hour more.
  [[nodiscard]] std::chrono::sys_seconds utc(CivilTime civil) const;

  // The rule of this year as text for TZ: "<+01>-1<+02>,M3.5.0/2,M10.5.0/3"; without summer time
  // "<+01>-1".
  [[nodiscard]] std::string posix(int year) const;

  bool operator==(const TimeZone&) const = default;

 private:
  // The summer time of one year; around(): the southern kind, that holds from the start on and
  // before the end.
  struct Span {
    std::chrono::sys_seconds start, end;
    [[nodiscard]] bool around() const { return end < start; }
  };
  [[nodiscard]] const SummerTime* rule_of(int year) const;
  [[nodiscard]] std::optional<Span> span_of(int year) const;
  [[nodiscard]] std::chrono::sys_seconds begin_of(int year) const;
  [[nodiscard]] bool is_summer(std::chrono::sys_seconds utc) const;

  std::chrono::minutes standard_;
  std::vector<SummerTime> rules_;
};

}  // namespace lintel::hal
