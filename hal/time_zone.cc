#include "hal/time_zone.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace lintel::hal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes summer_shift = 1h;

std::chrono::local_seconds wall_time(const Change& change, int year) {
  const auto month = std::chrono::year(year) / change.month;
  const auto day = change.week == 5
                       ? std::chrono::local_days(month / change.weekday[std::chrono::last])
                       : std::chrono::local_days(month / change.weekday[change.week]);
  return day + change.hour;
}

std::chrono::sys_seconds instant(std::chrono::local_seconds wall, std::chrono::minutes offset) {
  return std::chrono::sys_seconds(wall.time_since_epoch() - offset);
}

// "<+0530>": a name for the time of this offset.
std::string posix_name(std::chrono::minutes offset) {
  const auto minutes = static_cast<unsigned>(std::chrono::abs(offset).count());
  char text[32];
  if (minutes % 60 == 0) {
    std::snprintf(text, sizeof text, "<%c%02u>", offset < 0min ? '-' : '+', minutes / 60);
  } else {
    std::snprintf(text, sizeof text, "<%c%02u%02u>", offset < 0min ? '-' : '+', minutes / 60,
                  minutes % 60);
  }
  return text;
}

// "-5:30": POSIX counts west of UTC.
std::string posix_offset(std::chrono::minutes offset) {
  const auto minutes = static_cast<unsigned>(std::chrono::abs(offset).count());
  char text[32];
  const char* sign = offset > 0min ? "-" : "";
  if (minutes % 60 == 0) {
    std::snprintf(text, sizeof text, "%s%u", sign, minutes / 60);
  } else {
    std::snprintf(text, sizeof text, "%s%u:%02u", sign, minutes / 60, minutes % 60);
  }
  return text;
}

std::string posix_change(const Change& change) {
  return ",M" + std::to_string(static_cast<unsigned>(change.month)) + "." +
         std::to_string(change.week) + "." + std::to_string(change.weekday.c_encoding()) + "/" +
         std::to_string(change.hour.count());
}

}  // namespace

std::optional<Change> Change::from(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const auto part = [text](std::size_t at) {
    return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
  };
  const Change change{std::chrono::month(part(0)), part(2), std::chrono::weekday(part(4)),
                      std::chrono::hours(part(6))};
  if (!change.month.ok() || change.week < 1 || change.week > 5 || !change.weekday.ok() ||
      change.hour > 23h) {
    return std::nullopt;
  }
  return change;
}

void TimeZone::add(SummerTime rule) {
  const auto same = std::find_if(rules_.begin(), rules_.end(),
                                 [&rule](const auto& each) { return each.year == rule.year; });
  if (same != rules_.end()) {
    *same = rule;
  } else {
    rules_.push_back(rule);
  }
}

const SummerTime* TimeZone::rule_of(int year) const {
  const SummerTime* best = nullptr;
  for (const auto& rule : rules_) {
    if (rule.year == year) return &rule;
    if (!rule.every_year) continue;
    const bool before = rule.year < year;
    const bool best_before = best != nullptr && best->year < year;
    if (best == nullptr || (before && !best_before) ||
        (before == best_before && (before ? rule.year > best->year : rule.year < best->year))) {
      best = &rule;
    }
  }
  return best;
}

std::optional<TimeZone::Span> TimeZone::span_of(int year) const {
  const auto* rule = rule_of(year);
  if (rule == nullptr || rule->start == rule->end) return std::nullopt;
  return Span{instant(wall_time(rule->start, year), standard_),
              instant(wall_time(rule->end, year), standard_ + summer_shift)};
}

std::chrono::sys_seconds TimeZone::begin_of(int year) const {
  return instant(std::chrono::local_days(std::chrono::year(year) / 1 / 1), standard_);
}

bool TimeZone::is_summer(std::chrono::sys_seconds utc) const {
  if (rules_.empty()) return false;
  const auto day = std::chrono::floor<std::chrono::days>(utc + standard_);
  const int now = static_cast<int>(std::chrono::year_month_day(day).year());
  // The neighbours too: a southern summer begins in the year before, and the hours about New Year
  // may belong to a change in the other year.
  for (int year = now - 1; year <= now + 1; ++year) {
    const auto span = span_of(year);
    if (!span) continue;
    if (!span->around()) {
      if (utc >= span->start && utc < span->end) return true;
      continue;
    }
    // A southern summer lasts into the next year if that one ends a summer, too; otherwise the
    // year itself is its limit, at both ends.
    const auto after = span_of(year + 1);
    const auto closing = after && after->around() ? after->end : begin_of(year + 1);
    if (utc >= span->start && utc < closing) return true;
    const auto before = span_of(year - 1);
    const bool begun = before && before->around();
    if (!begun && utc >= begin_of(year) && utc < span->end) return true;
  }
  return false;
}

std::chrono::minutes TimeZone::offset_at(std::chrono::sys_seconds utc) const {
  return is_summer(utc) ? standard_ + summer_shift : standard_;
}

CivilTime TimeZone::civil(std::chrono::sys_seconds utc) const {
  return CivilTime(utc.time_since_epoch() + offset_at(utc));
}

std::chrono::sys_seconds TimeZone::utc(CivilTime civil) const {
  const auto in_standard = instant(civil, standard_);
  const auto in_summer = instant(civil, standard_ + summer_shift);
  return is_summer(in_standard) && is_summer(in_summer) ? in_summer : in_standard;
}

std::string TimeZone::posix(int year) const {
  auto text = posix_name(standard_) + posix_offset(standard_);
  const auto* rule = rule_of(year);
  if (rule == nullptr || rule->start == rule->end) return text;
  // Summer time without an offset of its own is one hour ahead.
  return text + posix_name(standard_ + summer_shift) + posix_change(rule->start) +
         posix_change(rule->end);
}

}  // namespace lintel::hal
