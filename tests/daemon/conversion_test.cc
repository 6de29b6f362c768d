// Text of the protocol, and what it means.
#include "engine/daemon/conversion.h"

#include <gtest/gtest.h>

#include "engine/daemon/calendar_rows.h"
#include "engine/daemon/people_rows.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono;

CivilTime at(int y, unsigned m, unsigned d, int hh = 0, int mm = 0, int ss = 0) {
  return CivilTime(local_days(year{y} / month{m} / day{d})) + hours(hh) + minutes(mm) + seconds(ss);
}

TEST(Conversion, cards_come_as_numbers_or_as_bytes_lowest_first) {
  EXPECT_EQ(123456789u, parse_card("123456789")->value);
  EXPECT_EQ(123456789u, parse_card("[15CD5B07]")->value);
  EXPECT_EQ(0u, parse_card("")->value);
  EXPECT_EQ(0xDF349C3BEA5277EDu, parse_hex_card("DF349C3BEA5277ED")->value);
  for (const auto* wrong :
       {"12a", "[15CD5B0]", "[15CD5B07", "[]", "[1]", "-1", " 7", "99999999999999999999"}) {
    EXPECT_FALSE(parse_card(wrong)) << wrong;
  }
}

TEST(Conversion, limits_come_in_every_form_that_servers_send) {
  EXPECT_EQ(std::optional<CivilTime>(), *parse_limit("0", true));
  EXPECT_EQ(std::optional<CivilTime>(), *parse_limit("", true));
  EXPECT_EQ(at(2026, 11, 22), **parse_limit("20261122", false));
  EXPECT_EQ(at(2026, 11, 22, 23, 59, 59), **parse_limit("20261122", true));
  EXPECT_EQ(at(2026, 11, 22, 8, 30, 0), **parse_limit("2026-11-22 08:30:00", true));
  EXPECT_EQ(at(2026, 11, 22, 23, 59, 59), **parse_limit("2026-11-22", true));
  EXPECT_EQ(at(2018, 2, 21, 11, 11, 0),
            **parse_limit(std::to_string(to_protocol_seconds(at(2018, 2, 21, 11, 11))), true));
  for (const auto* wrong : {"20261340", "tomorrow", "-1", "99999999999"})
    EXPECT_FALSE(parse_limit(wrong, true)) << wrong;
}

TEST(Conversion, unix_seconds_are_no_time_of_the_protocol) {
  EXPECT_TRUE(parse_utc(std::to_string(to_protocol_seconds(at(2026, 11, 22, 14, 5, 9)))));
  EXPECT_FALSE(parse_utc("1795353600"));
  EXPECT_FALSE(parse_utc("1577836800"));
  EXPECT_FALSE(parse_utc("yesterday"));
}

TEST(Conversion, zones_are_written_as_offsets) {
  EXPECT_EQ(minutes(480), parse_zone("+0800"));
  EXPECT_EQ(minutes(-210), parse_zone("-0330"));
  for (const auto* wrong : {"0800", "+800", "+0860", "+2400", "8"})
    EXPECT_FALSE(parse_zone(wrong)) << wrong;
  for (const int offset : {480, -210, 0, 345, -720})
    EXPECT_EQ(minutes(offset), parse_zone(zone_text(minutes(offset))));
}

TEST(Conversion, a_row_that_is_wrong_names_its_field_and_not_its_value) {
  const auto user = person_from(*storage::find_table("user"),
                                {{"Pin", "7"}, {"Password", "not-a-password-at-all"}}, Facts{});
  ASSERT_FALSE(user);
  EXPECT_NE(std::string::npos, user.error().text.find("Password"));
  EXPECT_EQ(std::string::npos, user.error().text.find("not-a"));
}

TEST(Conversion, a_time_zone_row_names_days_and_slots) {
  const auto zone =
      timezone_from({{"TimezoneId", "3"}, {"Hol2Time3", std::to_string((1400u << 16) + 30)}});
  ASSERT_TRUE(zone) << zone.error().text;
  const auto& interval = zone->days[static_cast<std::size_t>(Day::hol2)][2];
  EXPECT_TRUE(interval.used);
  EXPECT_EQ(14 * 60, interval.start);
  EXPECT_EQ(30, interval.end);
}

}  // namespace
}  // namespace lintel::daemon
