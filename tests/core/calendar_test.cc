#include "engine/core/calendar.h"

#include <gtest/gtest.h>

namespace lintel {
namespace {

using std::chrono::year_month_day;

CivilTime at(const char* text) {
  return civil_from_text(text).value();
}
Moment moment(const char* text) {
  return {.uptime = {}, .civil = at(text), .trusted = true};
}
year_month_day date(const char* text) {
  return year_month_day{std::chrono::floor<std::chrono::days>(at(text))};
}

Interval from_to(std::uint32_t from, std::uint32_t to) {
  return Interval::from_wire((from << 16) + to).value();
}

Timezone zone_with(TimezoneId id, Day day, Interval interval) {
  Timezone zone;
  zone.id = id;
  zone.days[static_cast<std::size_t>(day)][0] = interval;
  return zone;
}

TEST(AnInterval, comes_as_two_times_of_day_in_one_number) {
  const auto morning = Interval::from_wire(0x033E04B0);  // 08:30-12:00
  ASSERT_TRUE(morning);
  EXPECT_EQ(morning->start, 8 * 60 + 30);
  EXPECT_EQ(morning->end, 12 * 60);
  EXPECT_EQ(morning->to_wire(), 0x033E04B0u);
  EXPECT_EQ(Interval::from_wire(65537100)->start, 10 * 60);  // 10:00-11:00
  EXPECT_FALSE(Interval::from_wire(0)->used);
  EXPECT_EQ(Interval{}.to_wire(), 0u);
}

TEST(AnInterval, that_names_no_time_of_day_is_refused) {
  EXPECT_FALSE(Interval::from_wire((2400u << 16) + 100));
  EXPECT_FALSE(Interval::from_wire((860u << 16) + 1200));
  EXPECT_FALSE(Interval::from_wire((800u << 16) + 1275));
  EXPECT_FALSE(Interval::from_wire(0xFFFFFFFF));
}

TEST(ATimeZone, counts_both_its_minutes) {
  Calendar calendar;
  calendar.put(zone_with(2, Day::mon, from_to(830, 1200)));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-23 08:29:59")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-23 08:30:00")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-23 12:00:59")));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-23 12:01:00")));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-24 10:00:00"))) << "a Tuesday";
}

TEST(ATimeZone, of_a_night_belongs_to_the_day_on_which_it_begins) {
  Calendar calendar;
  calendar.put(zone_with(2, Day::fri, from_to(2200, 530)));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-27 05:00:00"))) << "Friday, before dawn";
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-27 22:00:00")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-28 05:30:59"))) << "still Friday's night";
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-28 05:31:00")));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-28 22:00:00"))) << "Saturday has none";
}

TEST(ATimeZone, may_be_valid_for_a_time_only) {
  Timezone zone = Timezone::always(2);
  zone.validity = {.start = at("2026-11-23 08:00:00"), .end = at("2026-11-23 09:00:00")};
  Calendar calendar;
  calendar.put(zone);
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-23 07:59:59")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-23 08:00:00")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-23 09:00:00")));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-23 09:00:01")));
}

TEST(ATimeZone, that_does_not_exist_never_holds) {
  const Calendar calendar;
  EXPECT_FALSE(calendar.holds(7, moment("2026-11-23 08:00:00")));
  EXPECT_FALSE(calendar.holds(timezone_never, moment("2026-11-23 08:00:00")));
  EXPECT_TRUE(calendar.holds(timezone_always, moment("2026-11-23 08:00:00")));
}

TEST(ATimeZone, may_be_replaced_and_erased) {
  Calendar calendar;
  calendar.put(zone_with(3, Day::mon, from_to(800, 900)));
  calendar.put(zone_with(2, Day::mon, from_to(800, 900)));
  calendar.put(zone_with(3, Day::mon, from_to(1000, 1100)));
  EXPECT_FALSE(calendar.holds(3, moment("2026-11-23 08:30:00")));
  EXPECT_TRUE(calendar.holds(3, moment("2026-11-23 10:30:00")));
  calendar.erase_timezone(3);
  EXPECT_EQ(calendar.timezone(3), nullptr);
  EXPECT_NE(calendar.timezone(2), nullptr);
  calendar.erase_timezone(timezone_always);
  EXPECT_EQ(calendar.timezone(timezone_always), nullptr);
  calendar.clear_timezones();
  EXPECT_EQ(calendar.timezone(2), nullptr);
  EXPECT_TRUE(calendar.timezone(timezone_always)->is_always());
}

TEST(Always, is_known_however_it_is_pieced_together) {
  EXPECT_TRUE(Timezone::always(2).is_always());
  Timezone pieces;
  for (auto& day : pieces.days) {
    day = {from_to(1200, 2359), from_to(0, 759), from_to(800, 1159)};
  }
  EXPECT_TRUE(pieces.is_always());
  Timezone round_the_clock;
  for (auto& day : round_the_clock.days)
    day[0] = from_to(800, 759);
  EXPECT_TRUE(round_the_clock.is_always());
}

TEST(Always, is_not_what_leaves_a_minute_or_a_day_out) {
  Timezone gap = Timezone::always(2);
  gap.days[4] = {from_to(0, 1159), from_to(1201, 2359)};
  EXPECT_FALSE(gap.is_always());
  Timezone no_holidays = Timezone::always(2);
  no_holidays.days[static_cast<std::size_t>(Day::hol2)] = {};
  EXPECT_FALSE(no_holidays.is_always());
  Timezone ends = Timezone::always(2);
  ends.validity.end = at("2030-01-01");
  EXPECT_FALSE(ends.is_always());
  Timezone night;  // one day's night does not reach as far as the next day's begins
  for (auto& day : night.days)
    day[0] = from_to(800, 759);
  night.days[2][0] = from_to(800, 758);
  EXPECT_FALSE(night.is_always());
}

TEST(AnUntrustedClock, leaves_only_what_is_always) {
  Calendar calendar;
  calendar.put(zone_with(2, Day::mon, from_to(0, 2359)));
  Moment monday = moment("2026-11-23 08:00:00");
  EXPECT_TRUE(calendar.holds(2, monday));
  monday.trusted = false;
  EXPECT_FALSE(calendar.holds(2, monday));
  EXPECT_TRUE(calendar.holds(timezone_always, monday));
}

TEST(AHoliday, is_a_day_of_its_own_kind) {
  Calendar calendar;
  calendar.put(Holiday{date("2026-11-23"), 2, false});
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2026-11-23")}), Day::hol2);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2026-11-24")}), Day::tue);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2027-11-23")}), Day::tue)
      << "Loop 2: that date only";
  calendar.put(zone_with(2, Day::mon, from_to(0, 2359)));
  calendar.put(zone_with(3, Day::hol2, from_to(900, 1000)));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-23 09:30:00"))) << "no Monday today";
  EXPECT_TRUE(calendar.holds(3, moment("2026-11-23 09:30:00")));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-30 09:30:00")));
}

TEST(AHoliday, comes_every_year_where_it_says_so) {
  Calendar calendar;
  calendar.put(Holiday{date("2010-12-25"), 1, true});
  calendar.put(Holiday{date("2028-02-29"), 3, true});
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2026-12-25")}), Day::hol1);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("1999-12-25")}), Day::hol1);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2026-12-24")}), Day::thu);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2032-02-29")}), Day::hol3);
  EXPECT_EQ(calendar.day_kind(std::chrono::local_days{date("2027-03-01")}), Day::mon);
}

TEST(AHoliday, of_that_very_date_goes_before_yearly_ones) {
  Calendar calendar;
  calendar.put(Holiday{date("2026-12-25"), 2, false});
  calendar.put(Holiday{date("2010-12-25"), 1, true});
  calendar.put(Holiday{date("2027-12-25"), 3, true});
  const auto kind = [&](const char* text) {
    return calendar.day_kind(std::chrono::local_days{date(text)});
  };
  EXPECT_EQ(kind("2026-12-25"), Day::hol2);
  EXPECT_EQ(kind("2025-12-25"), Day::hol3) << "the later of the yearly ones";
  calendar.put(Holiday{date("2026-12-25"), 1, false});
  EXPECT_EQ(kind("2026-12-25"), Day::hol1) << "replaced";
  calendar.erase_holiday(date("2026-12-25"));
  EXPECT_EQ(kind("2026-12-25"), Day::hol3);
  calendar.clear_holidays();
  EXPECT_EQ(kind("2026-12-25"), Day::fri);
}

TEST(AHolidaysNight, runs_over_midnight_into_a_working_day) {
  Calendar calendar;
  calendar.put(Holiday{date("2026-11-23"), 1, false});
  calendar.put(zone_with(2, Day::hol1, from_to(1400, 30)));
  EXPECT_TRUE(calendar.holds(2, moment("2026-11-24 00:30:00")));
  EXPECT_FALSE(calendar.holds(2, moment("2026-11-24 14:00:00")));
}

TEST(ProtocolSeconds, give_every_month_31_days) {
  EXPECT_EQ(to_protocol_seconds(at("2000-01-01 00:00:00")), 0u);
  EXPECT_EQ(to_protocol_seconds(at("2000-02-01 00:00:00")), 31u * 86'400);
  EXPECT_EQ(to_protocol_seconds(at("2017-01-10 15:42:40")),
            ((17u * 12 * 31) + 9) * 86'400 + 15 * 3600 + 42 * 60 + 40);
  EXPECT_EQ(from_protocol_seconds(583'080'894), at("2018-02-22 14:54:54"));
  EXPECT_EQ(to_protocol_seconds(at("1999-12-31 23:59:59")), 0u);
  EXPECT_EQ(to_protocol_seconds(at("2500-01-01")), 0xFFFFFFFFu);
}

TEST(ProtocolSeconds, of_a_day_that_does_not_exist_are_refused) {
  EXPECT_FALSE(from_protocol_seconds((31 + 29) * 86'400u)) << "30 February 2000";
  EXPECT_TRUE(from_protocol_seconds((31 + 28) * 86'400u)) << "29 February 2000";
  EXPECT_FALSE(from_protocol_seconds((12 * 31 + 31 + 28) * 86'400u)) << "29 February 2001";
}

TEST(CivilText, is_read_in_each_of_its_forms) {
  EXPECT_EQ(to_text(at("2026-11-22 14:05:09")), "2026-11-22 14:05:09");
  EXPECT_EQ(to_text(at("2026-11-22T14:05:09")), "2026-11-22 14:05:09");
  EXPECT_EQ(to_text(at("2026-11-22")), "2026-11-22 00:00:00");
  EXPECT_EQ(to_text(at("20261122")), "2026-11-22 00:00:00");
}

TEST(CivilText, that_is_no_time_is_refused) {
  for (const char* text :
       {"", "2026", "2026-11", "2026-11-31", "2026-02-29", "2026-13-01", "2026-11-22 24:00:00",
        "2026-11-22 14:60:00", "2026-11-22 14:05:60", "2026-11-22 14:05", "2026-11-22 14:05:09 ",
        "2026-11-22x14:05:09", "2026-1122", "202611-22", "-026-11-22", "2026-11-22 1a:05:09"}) {
    EXPECT_FALSE(civil_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace lintel
