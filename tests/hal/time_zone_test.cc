// Civil time by the rules of summer time. The judge is the C library: whatever rule we follow, it
// follows the same one, as text in TZ, and both must show the same time.
#include "hal/time_zone.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <time.h>

#include <cstdlib>
#include <filesystem>
#include <random>

namespace lintel::hal {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// TZ of this process while it lives.
class LibraryZone {
 public:
  explicit LibraryZone(const std::string& zone) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
  }
  ~LibraryZone() {
    before_ ? ::setenv("TZ", before_->c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }
  LibraryZone(const LibraryZone&) = delete;
  LibraryZone& operator=(const LibraryZone&) = delete;

  [[nodiscard]] std::chrono::seconds offset_at(sys_seconds utc) const {
    return std::chrono::seconds(shown(utc).tm_gmtoff);
  }
  [[nodiscard]] CivilTime civil(sys_seconds utc) const {
    const auto time = shown(utc);
    return std::chrono::local_days(std::chrono::year(time.tm_year + 1900) / (time.tm_mon + 1) /
                                   time.tm_mday) +
           std::chrono::hours(time.tm_hour) + std::chrono::minutes(time.tm_min) +
           std::chrono::seconds(time.tm_sec);
  }

 private:
  static tm shown(sys_seconds utc) {
    const auto seconds = static_cast<time_t>(utc.time_since_epoch().count());
    tm time{};
    if (::localtime_r(&seconds, &time) == nullptr) ADD_FAILURE() << "localtime_r has failed";
    return time;
  }
  std::optional<std::string> before_;
};

std::string text_of(sys_seconds utc) {
  return std::to_string(utc.time_since_epoch().count());
}

// Every day at noon and midnight, every half hour and the second before it around the days at which
// the library changes its clocks, and instants at random. Returns how many changes it has seen.
unsigned expect_equal(const TimeZone& zone, const LibraryZone& library, int from = 2000,
                      int to = 2037) {
  unsigned changes = 0;
  const auto same = [&](sys_seconds utc) {
    EXPECT_EQ(zone.civil(utc), library.civil(utc)) << "at " << text_of(utc);
    return !testing::Test::HasFailure();
  };
  const sys_days begin = std::chrono::year(from) / 1 / 1;
  const sys_days end = std::chrono::year(to + 1) / 1 / 1;
  for (sys_days day = begin; day < end; day += std::chrono::days(1)) {
    if (!same(day) || !same(day + 12h)) return changes;
    const sys_days next = day + std::chrono::days(1);
    if (next == end || library.offset_at(day) == library.offset_at(next)) continue;
    ++changes;
    for (sys_seconds utc = day - 24h; utc <= next + 24h; utc += 30min) {
      if (!same(utc - 1s) || !same(utc)) return changes;
    }
  }
  std::mt19937_64 random(static_cast<std::uint64_t>(zone.standard().count()));
  std::uniform_int_distribution<long long> second(0, std::chrono::seconds(end - begin).count() - 1);
  for (int i = 0; i < 3000; ++i) {
    if (!same(begin + std::chrono::seconds(second(random)))) return changes;
  }
  return changes;
}

Change change(const char* text) {
  const auto read = Change::from(text);
  EXPECT_TRUE(read) << text;
  return read.value_or(Change{});
}

SummerTime every_year(int year, const char* start, const char* end) {
  return {year, true, change(start), change(end)};
}
SummerTime one_year(int year, const char* start, const char* end) {
  return {year, false, change(start), change(end)};
}

// ---- against the library

struct Place {
  const char* name;
  std::chrono::minutes standard;
  const char* start;  // nullptr: no summer time
  const char* end;
  const char* posix;
};
constexpr Place places[] = {
    {"Lisbon", 0min, "03050001", "10050002", "<+00>0<+01>,M3.5.0/1,M10.5.0/2"},
    {"Berlin", 60min, "03050002", "10050003", "<+01>-1<+02>,M3.5.0/2,M10.5.0/3"},
    {"Berlin, with 7 for Sunday", 60min, "03050702", "10050703", "<+01>-1<+02>,M3.5.0/2,M10.5.0/3"},
    {"Helsinki", 120min, "03050003", "10050004", "<+02>-2<+03>,M3.5.0/3,M10.5.0/4"},
    {"Beirut", 120min, "03050000", "10050000", "<+02>-2<+03>,M3.5.0/0,M10.5.0/0"},
    {"Cairo", 120min, "04050500", "10050423", "<+02>-2<+03>,M4.5.5/0,M10.5.4/23"},
    {"Teheran", 210min, "03030500", "09030500", "<+0330>-3:30<+0430>,M3.3.5/0,M9.3.5/0"},
    {"Kathmandu", 345min, nullptr, nullptr, "<+0545>-5:45"},
    {"Kolkata", 330min, nullptr, nullptr, "<+0530>-5:30"},
    {"Kiritimati", 840min, nullptr, nullptr, "<+14>-14"},
    {"Azores", -60min, "03050000", "10050001", "<-01>1<+00>,M3.5.0/0,M10.5.0/1"},
    {"thirty minutes west", -30min, "04010602", "09040603", "<-0030>0:30<+0030>,M4.1.6/2,M9.4.6/3"},
    {"St. John's", -210min, "03020002", "11010002", "<-0330>3:30<-0230>,M3.2.0/2,M11.1.0/2"},
    {"New York", -300min, "03020002", "11010002", "<-05>5<-04>,M3.2.0/2,M11.1.0/2"},
    {"Havana", -300min, "03020000", "11010001", "<-05>5<-04>,M3.2.0/0,M11.1.0/1"},
    {"Adak", -600min, "03020002", "11010002", "<-10>10<-09>,M3.2.0/2,M11.1.0/2"},
    {"west of all", -720min, "03020002", "11010002", "<-12>12<-11>,M3.2.0/2,M11.1.0/2"},
    {"Asuncion", -240min, "10010000", "03040000", "<-04>4<-03>,M10.1.0/0,M3.4.0/0"},
    {"Sydney", 600min, "10010002", "04010003", "<+10>-10<+11>,M10.1.0/2,M4.1.0/3"},
    {"Adelaide", 570min, "10010002", "04010003", "<+0930>-9:30<+1030>,M10.1.0/2,M4.1.0/3"},
    {"Auckland", 720min, "09050002", "04010003", "<+12>-12<+13>,M9.5.0/2,M4.1.0/3"},
};

TEST(TimeZone, it_shows_what_the_c_library_shows_by_the_same_rule) {
  for (const auto& place : places) {
    SCOPED_TRACE(place.name);
    TimeZone zone(place.standard);
    if (place.start != nullptr) zone.add(every_year(2000, place.start, place.end));
    EXPECT_EQ(zone.posix(2026), place.posix);
    const LibraryZone library(place.posix);
    EXPECT_EQ(expect_equal(zone, library), place.start != nullptr ? 2u * 38u : 0u);
  }
}

TEST(TimeZone, it_shows_what_the_c_library_shows_in_places_that_changed_their_rules) {
  if (!std::filesystem::exists("/usr/share/zoneinfo/Australia/Sydney"))
    GTEST_SKIP() << "this host has no time zone files";
  {
    SCOPED_TRACE("New York, whose summer has been longer since 2007");
    TimeZone zone(-300min);
    zone.add(every_year(2007, "03020002", "11010002"));
    zone.add(every_year(1987, "04010002", "10050002"));
    EXPECT_EQ(expect_equal(zone, LibraryZone("America/New_York")), 76u);
  }
  {
    SCOPED_TRACE("Sydney, with the Olympic Games of 2000 and the Commonwealth Games of 2006");
    TimeZone zone(600min);
    zone.add(every_year(1996, "10050002", "03050003"));
    zone.add(one_year(2000, "08050002", "03050003"));
    zone.add(one_year(2006, "10050002", "04010003"));
    zone.add(every_year(2008, "10010002", "04010003"));
    EXPECT_EQ(expect_equal(zone, LibraryZone("Australia/Sydney")), 76u);
  }
  {
    SCOPED_TRACE("Moscow's last summer was that of 2010, and its winters are another story");
    TimeZone zone(180min);
    for (int year = 2000; year <= 2010; ++year)
      zone.add(one_year(year, "03050002", "10050003"));
    EXPECT_EQ(expect_equal(zone, LibraryZone("Europe/Moscow"), 2000, 2010), 22u);
  }
}

Change any_change() {
  Change any;
  any.month = std::chrono::month(*rc::gen::inRange(1u, 13u));
  any.week = *rc::gen::inRange(1u, 6u);
  any.weekday = std::chrono::weekday(*rc::gen::inRange(0u, 7u));
  any.hour = std::chrono::hours(*rc::gen::inRange(0, 24));
  return any;
}

SummerTime any_rule() {
  const SummerTime rule{2000, true, any_change(), any_change()};
  RC_PRE(!(rule.start == rule.end));  // none to us
  return rule;
}

std::chrono::minutes any_offset() {
  return std::chrono::minutes(*rc::gen::inRange(-14 * 60, 14 * 60 + 1));
}

// Any second of each half day of any one year; where the offset changes, each hour and the second
// before it, for three days.
template <class Check>
void walk_any_year(const TimeZone& zone, Check&& check) {
  const int year = *rc::gen::inRange(2000, 2038);
  const auto second = std::chrono::seconds(*rc::gen::inRange(0, 12 * 3600));
  const sys_days end = std::chrono::year(year + 1) / 1 / 1;
  for (sys_days day = std::chrono::year(year) / 1 / 1; day < end; day += std::chrono::days(1)) {
    for (auto utc = day + second; utc < day + 24h; utc += 12h)
      check(utc);
    if (zone.offset_at(day) == zone.offset_at(day + 24h)) continue;
    for (sys_seconds utc = day - 24h; utc <= day + 48h; utc += 1h) {
      check(utc - 1s);
      check(utc);
    }
  }
}

// The library takes the rule of the UTC year: about New Year it is wrong where a change lies in the
// local year but not in the UTC one, or where the two change places from year to year.
bool library_errs(const SummerTime& rule, sys_seconds utc) {
  const auto edge = [](const Change& change) {
    return change.month == std::chrono::January || change.month == std::chrono::December;
  };
  if (!edge(rule.start) && !edge(rule.end) && rule.start.month != rule.end.month) return false;
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(utc)).year();
  return utc - sys_days(year / 1 / 1) < 26h ||
         sys_days((year + std::chrono::years(1)) / 1 / 1) - utc < 26h;
}

RC_GTEST_PROP(TimeZoneProperty, any_rule_means_what_it_means_to_the_c_library, ()) {
  TimeZone zone(any_offset());
  const auto rule = any_rule();
  zone.add(rule);
  const auto posix = zone.posix(2020);
  RC_LOG() << posix << "\n";
  const LibraryZone library(posix);
  walk_any_year(zone, [&](sys_seconds utc) {
    if (library_errs(rule, utc)) return;
    if (zone.civil(utc) != library.civil(utc)) RC_FAIL("not the same at " + text_of(utc));
  });
}

RC_GTEST_PROP(TimeZoneProperty, any_time_on_the_wall_leads_back_to_it_unless_it_is_left_out, ()) {
  TimeZone zone(any_offset());
  zone.add(any_rule());
  RC_LOG() << zone.posix(2020) << "\n";
  walk_any_year(zone, [&](sys_seconds utc) {
    const auto back = zone.utc(zone.civil(utc));
    // An hour that comes twice is standard time, the later one.
    const bool later = back == utc + 1h && zone.offset_at(back) == zone.standard();
    if (back != utc && !later) RC_FAIL("not back to " + text_of(utc));

    const CivilTime wished(utc.time_since_epoch());
    const auto shown = zone.civil(zone.utc(wished));
    if (shown != wished && shown != wished + 1h) RC_FAIL("not shown: " + text_of(utc));
  });
}

// ---- the rules of a year

bool summer(const TimeZone& zone, int year, unsigned month, unsigned day = 15) {
  const sys_days at = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return zone.offset_at(at + 12h) != zone.standard();
}

TEST(TimeZone, without_rules_it_is_the_offset) {
  const sys_seconds noon = sys_days(2026y / 7 / 1) + 12h;
  EXPECT_EQ(TimeZone().offset_at(noon), 0min);
  EXPECT_EQ(TimeZone(-210min).civil(noon), std::chrono::local_days(2026y / 7 / 1) + 8h + 30min);
  EXPECT_EQ(TimeZone(-210min).utc(std::chrono::local_days(2026y / 7 / 1) + 8h + 30min), noon);
  EXPECT_EQ(TimeZone().posix(2026), "<+00>0");
}

TEST(TimeZone, a_rule_of_one_year_holds_in_that_year_only) {
  TimeZone zone(60min);
  zone.add(one_year(2026, "03050002", "10050003"));
  EXPECT_FALSE(summer(zone, 2025, 7));
  EXPECT_TRUE(summer(zone, 2026, 7));
  EXPECT_FALSE(summer(zone, 2027, 7));
  EXPECT_EQ(zone.posix(2027), "<+01>-1");
}

TEST(TimeZone, a_year_with_a_row_of_its_own_has_no_other) {
  TimeZone zone(60min);
  zone.add(every_year(2018, "03050002", "10050003"));
  zone.add(one_year(2026, "05010002", "06010003"));
  EXPECT_TRUE(summer(zone, 2025, 4));
  EXPECT_FALSE(summer(zone, 2026, 4));
  EXPECT_TRUE(summer(zone, 2026, 5));
  EXPECT_FALSE(summer(zone, 2026, 7));
  EXPECT_TRUE(summer(zone, 2027, 4));
  zone.add(every_year(2026, "03050002", "10050003"));
  EXPECT_TRUE(summer(zone, 2026, 4))
      << "a second row of the same year takes the place of the first";
}

TEST(TimeZone, of_several_rows_for_every_year_the_latest_begun_one_holds_else_the_earliest) {
  const auto july = every_year(2010, "07010002", "08010002");
  const auto may = every_year(2020, "05010002", "06010002");
  const auto march = every_year(2030, "03010002", "04010002");
  for (const auto& rows : {std::vector{july, may, march}, std::vector{march, may, july},
                           std::vector{may, march, july}}) {
    TimeZone zone(60min);
    for (const auto& row : rows)
      zone.add(row);
    for (const int year : {1999, 2009, 2010, 2019}) {
      EXPECT_TRUE(summer(zone, year, 7)) << year;
      EXPECT_FALSE(summer(zone, year, 5)) << year;
    }
    for (const int year : {2020, 2029}) {
      EXPECT_TRUE(summer(zone, year, 5)) << year;
      EXPECT_FALSE(summer(zone, year, 7)) << year;
    }
    for (const int year : {2030, 2099}) {
      EXPECT_TRUE(summer(zone, year, 3)) << year;
      EXPECT_FALSE(summer(zone, year, 5)) << year;
    }
  }
}

TEST(TimeZone, a_southern_summer_of_one_year_ends_with_the_year) {
  TimeZone zone(-240min);
  zone.add(one_year(2026, "10010000", "03040000"));
  const sys_seconds begin = sys_days(2026y / 1 / 1) + 4h;
  const sys_seconds end = sys_days(2027y / 1 / 1) + 4h;
  EXPECT_EQ(zone.offset_at(begin - 1s), -240min);
  EXPECT_EQ(zone.offset_at(begin), -180min);
  EXPECT_FALSE(summer(zone, 2026, 7));
  EXPECT_EQ(zone.offset_at(end - 1s), -180min);
  EXPECT_EQ(zone.offset_at(end), -240min);

  zone.add(one_year(2027, "10010000", "03040000"));
  EXPECT_EQ(zone.offset_at(end), -180min) << "the next year ends that summer";
}

TEST(TimeZone, a_change_on_new_years_day_belongs_to_its_own_year) {
  // The first Thursday of 2026 is its first day: 00:00 in Tonga is still 2025 in UTC.
  TimeZone tonga(780min);
  tonga.add(every_year(2026, "01010400", "03010400"));
  const sys_seconds start = sys_days(2025y / 12 / 31) + 11h;
  EXPECT_EQ(tonga.offset_at(start - 1s), 780min);
  EXPECT_EQ(tonga.offset_at(start), 840min);
  EXPECT_EQ(tonga.civil(start), std::chrono::local_days(2026y / 1 / 1) + 1h);
  EXPECT_EQ(tonga.offset_at(start + 24h), 840min);

  // An end at 00:00 is 23:00 of the year before, in standard time.
  TimeZone south(-180min);
  south.add(every_year(2026, "10010400", "01010400"));
  const sys_seconds end = sys_days(2026y / 1 / 1) + 2h;
  EXPECT_EQ(south.civil(end - 1s), std::chrono::local_days(2026y / 1 / 1) - 1s);
  EXPECT_EQ(south.civil(end), std::chrono::local_days(2025y / 12 / 31) + 23h);
}

TEST(TimeZone, a_summer_that_ends_as_it_starts_is_none) {
  TimeZone zone(60min);
  zone.add(every_year(2026, "03050002", "03050702"));
  for (unsigned month = 1; month <= 12; ++month)
    EXPECT_FALSE(summer(zone, 2026, month)) << month;
  EXPECT_EQ(zone.posix(2026), "<+01>-1");
}

// ---- the eight digits

TEST(ChangeText, month_week_weekday_hour) {
  const auto read = Change::from("03020517");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->month, std::chrono::March);
  EXPECT_EQ(read->week, 2u);
  EXPECT_EQ(read->weekday, std::chrono::Friday);
  EXPECT_EQ(read->hour, 17h);
  EXPECT_EQ(Change::from("03050702"), Change::from("03050002")) << "0 and 7 are Sunday";
  EXPECT_TRUE(Change::from("12050623"));
  EXPECT_TRUE(Change::from("01010000"));
}

TEST(ChangeText, what_cannot_be_is_refused) {
  for (const auto* text :
       {"",         "0",        "3020517",  "003020517", "00000000",  "00020517", "13020517",
        "03000517", "03060517", "03020817", "03020524",  "03029917",  "99999999", "03 20517",
        "+3020517", "0302051a", "0302-517", " 03020517", "03020517 ", "0x020517"}) {
    EXPECT_FALSE(Change::from(text)) << text;
  }
  EXPECT_FALSE(Change::from(std::string_view("0302051\0", 8)));
  EXPECT_FALSE(
      Change::from("\xb2\xb3"
                   "020517"));
}

}  // namespace
}  // namespace lintel::hal
