// The two clocks of the box, simulated and real. The real one is never set here: its setter is
// ours.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <tuple>

#include "hal/sim_clock.h"
#include "hal/system_clock.h"

namespace lintel::hal {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds noon = std::chrono::sys_days(2026y / 3 / 2) + 12h;
constexpr CivilTime civil(std::chrono::sys_seconds time) {
  return CivilTime(time.time_since_epoch());
}
// The host's clock may tick between two looks at it.
bool about(CivilTime a, CivilTime b) {
  return a - b >= -2s && a - b <= 2s;
}

TEST(SimClock, it_starts_as_the_hosts_clock_in_the_hosts_zone_and_is_trusted) {
  SimClock clock;
  EXPECT_EQ(clock.zone(), host_zone());
  const auto now = clock.now();
  EXPECT_TRUE(about(now.civil, civil(std::chrono::floor<std::chrono::seconds>(
                                   std::chrono::sys_time<std::chrono::nanoseconds>(host_wall()))) +
                                   host_zone()));
  EXPECT_LE(now.uptime, host_uptime());
  EXPECT_GT(now.uptime, host_uptime() - 2s);
  EXPECT_TRUE(now.trusted);
}

TEST(SimClock, set_and_zone_move_the_wall_clock_only) {
  SimClock clock;
  const auto before = clock.now().uptime;
  ASSERT_TRUE(clock.set_utc(noon));
  clock.set_zone(TimeZone(-210min));
  EXPECT_TRUE(about(clock.now().civil, civil(noon - 210min)));
  clock.set_civil(civil(noon));
  EXPECT_TRUE(about(clock.now().civil, civil(noon)));
  EXPECT_TRUE(about(civil(clock.utc()), civil(noon + 210min)));
  EXPECT_LT(clock.now().uptime - before, 2s);
}

TEST(SimClock, advance_moves_both_clocks_and_survives_setting) {
  SimClock clock;
  ASSERT_TRUE(clock.set_utc(noon));
  const auto before = clock.now();
  clock.advance(90min + 500ms);
  EXPECT_GE(clock.now().uptime - before.uptime, 90min + 500ms);
  EXPECT_TRUE(about(clock.now().civil, before.civil + 90min));
  ASSERT_TRUE(clock.set_utc(noon));
  EXPECT_TRUE(about(civil(clock.utc()), civil(noon)));
  EXPECT_GE(clock.now().uptime - before.uptime, 90min);
  EXPECT_EQ(clock.advanced(), 90min + 500ms);
}

TEST(SimClock, a_wall_clock_before_the_floor_is_not_trusted_until_somebody_sets_it) {
  SimClock clock;
  ASSERT_TRUE(clock.set_utc(noon));
  clock.set_floor(noon + 24h);
  EXPECT_FALSE(clock.now().trusted);
  ASSERT_TRUE(clock.set_utc(noon + 1h));
  EXPECT_TRUE(clock.now().trusted) << "who sets it answers for it";
  clock.set_floor(noon + 24h);
  EXPECT_FALSE(clock.now().trusted);
}

int refuses(const timespec&) {
  return EPERM;
}
int fails(const timespec&) {
  return EIO;
}
timespec was_set{};
int sets(const timespec& utc) {
  was_set = utc;
  return 0;
}

TEST(SystemClock, before_its_floor_it_is_not_trusted) {
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), refuses);
  EXPECT_TRUE(clock.now().trusted);
  clock.set_floor(clock.utc() + 24h);
  EXPECT_FALSE(clock.now().trusted);
}

TEST(SystemClock, setting_it_sets_the_hosts) {
  SystemClock clock(noon, sets);
  ASSERT_TRUE(clock.set_utc(noon + 5s));
  EXPECT_EQ(was_set.tv_sec, (noon + 5s).time_since_epoch().count());
  EXPECT_TRUE(
      about(civil(clock.utc()), civil(std::chrono::floor<std::chrono::seconds>(
                                    std::chrono::sys_time<std::chrono::nanoseconds>(host_wall())))))
      << "the host's clock is believed, not what was asked for";
}

TEST(SystemClock, where_it_may_not_set_the_hosts_it_keeps_the_difference) {
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), refuses);
  const auto before = clock.now().uptime;
  testing::internal::CaptureStderr();
  ASSERT_TRUE(clock.set_utc(noon));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("may not be set"), std::string::npos);
  EXPECT_TRUE(about(civil(clock.utc()), civil(noon)));
  EXPECT_TRUE(clock.now().trusted);
  EXPECT_LT(clock.now().uptime - before, 2s);
}

// A clock that begins 30 days before the truth, on a box that nobody tells the time for a month.
std::chrono::nanoseconds month{0};  // how much of it has passed
std::chrono::nanoseconds guessed_host() {
  return noon.time_since_epoch() + month;
}
Uptime month_long_uptime() {
  return Uptime(month);
}

TEST(SystemClock, a_guessed_time_is_not_trusted_because_time_passes) {
  month = {};
  SystemClock clock({}, refuses, guessed_host, month_long_uptime);
  clock.set_floor(noon + 30 * 24h);
  EXPECT_FALSE(clock.now().trusted);
  month = 40 * 24h;
  EXPECT_FALSE(clock.now().trusted) << "ten days above the floor, and still guessed";
  ASSERT_TRUE(clock.set_utc(noon + 50 * 24h));
  EXPECT_TRUE(clock.now().trusted);
}

TEST(SystemClock, a_battery_clock_that_is_a_little_slow_is_trusted_when_it_has_caught_up) {
  month = {};
  SystemClock clock({}, refuses, guessed_host, month_long_uptime);
  clock.set_floor(noon + 5min);
  EXPECT_FALSE(clock.now().trusted);
  month = 6min;
  EXPECT_TRUE(clock.now().trusted);
}

// A box without a battery starts in 1970, the server names the time, and the helper with the right
// to it sets the host's clock a moment later.
std::chrono::nanoseconds host_stepped{0};
std::chrono::nanoseconds stepped_host() {
  return host_wall() + host_stepped;
}

TEST(SystemClock, the_difference_is_gone_when_somebody_else_sets_the_hosts) {
  host_stepped = {};
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), refuses, stepped_host);
  testing::internal::CaptureStderr();
  for (const auto wished : {clock.utc() + 24h, clock.utc() - 24h}) {
    host_stepped = {};
    ASSERT_TRUE(clock.set_utc(wished));
    EXPECT_TRUE(about(civil(clock.utc()), civil(wished)));
    host_stepped = 100ms * (wished > clock.utc() ? 1 : -1);
    EXPECT_TRUE(about(civil(clock.utc()), civil(wished))) << "that is no setting";
    host_stepped = std::chrono::nanoseconds(wished.time_since_epoch()) - host_wall();
    EXPECT_TRUE(about(civil(clock.utc()), civil(wished)));
    host_stepped += 3h;
    EXPECT_TRUE(about(civil(clock.utc()), civil(wished + 3h))) << "from now on it is the host's";
  }
  testing::internal::GetCapturedStderr();
}

TEST(SystemClock, a_host_that_fails_otherwise_is_an_error_and_nothing_changes) {
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), fails);
  const auto before = clock.utc();
  const auto set = clock.set_utc(noon);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Errc::io);
  EXPECT_LT(clock.utc() - before, 2s);
}

TEST(SystemClock, the_zone_moves_civil_time_only) {
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), refuses);
  clock.set_zone(TimeZone(345min));
  EXPECT_TRUE(about(clock.now().civil, civil(clock.utc() + 345min)));
}

// ---- summer time

// Berlin, and what the wall shows there; 2026 changes on March 29 and October 25, both 01:00 UTC.
TimeZone berlin() {
  TimeZone zone(60min);
  zone.add({2000, true, *Change::from("03050002"), *Change::from("10050003")});
  return zone;
}
constexpr std::chrono::sys_seconds spring = std::chrono::sys_days(2026y / 3 / 29) + 1h;
constexpr std::chrono::sys_seconds autumn = std::chrono::sys_days(2026y / 10 / 25) + 1h;

TEST(SummerTime, the_clocks_of_the_door_go_forward_and_back_while_uptime_goes_on) {
  SimClock clock;
  clock.set_zone(berlin());
  for (const auto& [change, shown_before, shown_after] :
       {std::tuple(spring, 60min, 120min), std::tuple(autumn, 120min, 60min)}) {
    ASSERT_TRUE(clock.set_utc(change - 10s));
    EXPECT_EQ(clock.zone(), shown_before);
    const auto before = clock.now();
    EXPECT_TRUE(about(before.civil, civil(change - 10s + shown_before)));
    Uptime last = before.uptime;
    for (int second = 0; second < 20; ++second) {
      clock.advance(1s);
      const auto now = clock.now();
      EXPECT_GE(now.uptime - last, 1s);
      EXPECT_LT(now.uptime - last, 3s) << "an hour more or less on the wall is nothing to a timer";
      EXPECT_TRUE(now.trusted);
      last = now.uptime;
    }
    EXPECT_EQ(clock.zone(), shown_after);
    EXPECT_TRUE(about(clock.now().civil, civil(change + 10s + shown_after)));
  }
}

TEST(SummerTime, steps_in_both_directions_and_new_zones_never_touch_uptime) {
  SimClock clock;
  const auto begin = clock.now().uptime;
  Uptime last = begin;
  for (const auto utc : {spring + 1h, spring - 1h, autumn + 1h, autumn - 1s, spring, autumn}) {
    ASSERT_TRUE(clock.set_utc(utc));
    for (const auto& zone : {berlin(), TimeZone(-720min), TimeZone(840min)}) {
      clock.set_zone(zone);
      const auto now = clock.now();
      EXPECT_GE(now.uptime, last);
      EXPECT_TRUE(about(now.civil, zone.civil(utc)));
      last = now.uptime;
    }
  }
  EXPECT_LT(last - begin, 5s);
}

TEST(SummerTime, trust_is_a_matter_of_utc_and_not_of_the_hour_on_the_wall) {
  SimClock clock;
  clock.set_zone(berlin());
  ASSERT_TRUE(clock.set_utc(autumn - 5s));
  clock.set_floor(autumn - 10s);
  clock.advance(10s);
  EXPECT_TRUE(clock.now().trusted) << "the wall has gone back by an hour, time has not";
  clock.set_zone(TimeZone(-720min));
  EXPECT_TRUE(clock.now().trusted);

  clock.set_zone(berlin());
  clock.set_floor(spring + 8760h);
  EXPECT_FALSE(clock.now().trusted);
  clock.set_zone(TimeZone(840min));
  EXPECT_FALSE(clock.now().trusted) << "a later hour on the wall proves nothing";
}

TEST(SummerTime, a_clock_set_by_the_wall_shows_what_it_was_set_to) {
  SimClock clock;
  clock.set_zone(berlin());
  for (const auto utc : {spring - 1min, spring, autumn - 61min, autumn, autumn + 59min,
                         std::chrono::sys_seconds(std::chrono::sys_days(2026y / 7 / 1))}) {
    const auto shown = berlin().civil(utc);
    clock.set_civil(shown);
    EXPECT_TRUE(about(clock.now().civil, shown));
    EXPECT_TRUE(about(civil(clock.utc()), civil(utc)));
  }
  // 02:30 comes twice in the autumn, and never in the spring.
  clock.set_civil(civil(autumn + 90min));
  EXPECT_TRUE(about(civil(clock.utc()), civil(autumn + 30min))) << "the second time, standard time";
  clock.set_civil(civil(spring + 90min));
  EXPECT_TRUE(about(civil(clock.utc()), civil(spring + 30min)));
  EXPECT_TRUE(about(clock.now().civil, civil(spring + 150min))) << "it shows 03:30";
}

TEST(SummerTime, the_systems_clock_keeps_it_too) {
  SystemClock clock(std::chrono::sys_days(2000y / 1 / 1), refuses);
  EXPECT_EQ(clock.zone(), host_zone());
  clock.set_zone(berlin());
  testing::internal::CaptureStderr();
  const auto before = clock.now().uptime;
  for (const auto utc : {spring - 1h, spring + 1h, autumn - 1h, autumn + 1h}) {
    ASSERT_TRUE(clock.set_utc(utc));
    EXPECT_EQ(clock.zone(), berlin().offset_at(utc));
    EXPECT_TRUE(about(clock.now().civil, berlin().civil(utc)));
    EXPECT_TRUE(clock.now().trusted);
    EXPECT_LT(clock.now().uptime - before, 5s);
  }
  testing::internal::GetCapturedStderr();
}

TEST(SystemClockDeathTest, advancing_it_is_a_broken_promise) {
  SystemClock clock(noon, refuses);
  EXPECT_DEATH(clock.advance(1s), "cannot be advanced");
}

}  // namespace
}  // namespace lintel::hal
