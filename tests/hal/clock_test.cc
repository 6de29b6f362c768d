// The two clocks of the box, simulated and real. The real one is never set here: its setter is
// ours.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>

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
  EXPECT_TRUE(about(now.civil, civil_of(std::chrono::floor<std::chrono::seconds>(
                                            std::chrono::sys_time(host_wall())),
                                        host_zone())));
  EXPECT_LE(now.uptime, host_uptime());
  EXPECT_GT(now.uptime, host_uptime() - 2s);
  EXPECT_TRUE(now.trusted);
}

TEST(SimClock, set_and_zone_move_the_wall_clock_only) {
  SimClock clock;
  const auto before = clock.now().uptime;
  ASSERT_TRUE(clock.set_utc(noon));
  clock.set_zone(-210min);
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
  EXPECT_TRUE(about(civil(clock.utc()), civil(std::chrono::floor<std::chrono::seconds>(
                                            std::chrono::sys_time(host_wall())))))
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
  clock.set_zone(345min);
  EXPECT_TRUE(about(clock.now().civil, civil(clock.utc() + 345min)));
}

TEST(SystemClockDeathTest, advancing_it_is_a_broken_promise) {
  SystemClock clock(noon, refuses);
  EXPECT_DEATH(clock.advance(1s), "cannot be advanced");
}

}  // namespace
}  // namespace lintel::hal
