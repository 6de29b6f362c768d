#include "engine/daemon/calendar_rows.h"

#include <string>

#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

hal::Change change_in(RowReader& read, std::string_view field) {
  const auto value = read.text(field);
  const auto change = hal::Change::from(value);
  if (!change && !value.empty()) {
    read.refuse(field, "be MMIIWWHH: month, week 1 to 5 (5: the last), weekday 0 to 7, hour");
  }
  return change.value_or(hal::Change{});
}

}  // namespace

Result<Timezone> timezone_from(const NamedRow& row) {
  RowReader read(row);
  Timezone zone;
  zone.id = read.number<TimezoneId>("TimezoneId", 1, 0xffff);
  if (zone.id == 0) read.refuse("TimezoneId", "be in every row");
  for (std::size_t day = 0; day < days_of_a_zone; ++day) {
    for (std::size_t slot = 0; slot < intervals_of_a_day; ++slot)
      zone.days[day][slot] = read.interval(interval_field(day, slot));
  }
  zone.validity = {read.limit("StartTime", false), read.limit("EndTime", true)};
  return read.done(zone);
}

Result<Holiday> holiday_from(const NamedRow& row) {
  RowReader read(row);
  Holiday holiday;
  const auto date = parse_date(read.text("Holiday"));
  if (!date) read.refuse("Holiday", "be a date such as 20261225");
  holiday.date = date.value_or(std::chrono::year_month_day{});
  holiday.type = read.number<std::uint8_t>("HolidayType", 1, 3, 1);
  holiday.every_year = read.number<unsigned>("Loop", 1, 2, 2) == 1;
  return read.done(holiday);
}

Result<hal::SummerTime> summer_time_from(const NamedRow& row) {
  RowReader read(row);
  hal::SummerTime rule;
  rule.year = read.number<int>("Year", 0, 2'199);
  rule.every_year = read.flag("Loop");
  rule.start = change_in(read, "StartTime");
  rule.end = change_in(read, "EndTime");
  // A year without a beginning or an end has no summer time: both are the same moment.
  if (!rule.start.month.ok() || !rule.end.month.ok()) rule.start = rule.end = hal::Change{};
  return read.done(rule);
}

}  // namespace lintel::daemon
