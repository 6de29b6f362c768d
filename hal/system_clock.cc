#include "hal/system_clock.h"

#include <cerrno>
#include <system_error>

#include "engine/base/check.h"
#include "engine/base/log.h"

namespace lintel::hal {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  DOOR_CHECK(::clock_gettime(clock, &time) == 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Uptime host_uptime() {
  return Uptime(read_clock(CLOCK_MONOTONIC));
}

std::chrono::nanoseconds host_wall() {
  return read_clock(CLOCK_REALTIME);
}

std::chrono::minutes host_zone() {
  const auto now =
      static_cast<time_t>(std::chrono::duration_cast<std::chrono::seconds>(host_wall()).count());
  tm local{};
  if (::localtime_r(&now, &local) == nullptr) return std::chrono::minutes(0);
  return std::chrono::minutes(local.tm_gmtoff / 60);
}

int SystemClock::set_host(const timespec& utc) {
  return ::clock_settime(CLOCK_REALTIME, &utc) == 0 ? 0 : errno;
}

SystemClock::SystemClock(std::chrono::sys_seconds floor, Setter setter, Reader reader,
                         Monotonic uptime)
    : setter_(setter), reader_(reader), uptime_(uptime), floor_(floor), zone_(host_zone()) {}

void SystemClock::set_floor(std::chrono::sys_seconds floor) {
  constexpr std::chrono::hours far_before{24};  // less is a battery clock that is a little slow
  floor_ = floor;
  guess_.reset();
  if (floor - utc() > far_before) guess_ = reader_() - uptime_().time_since_epoch();
}

bool SystemClock::guessed() const {
  constexpr std::chrono::hours step_min{1};
  if (!guess_) return false;
  const auto step = reader_() - uptime_().time_since_epoch() - *guess_;
  if (std::chrono::abs(step) > step_min) guess_.reset();
  return guess_.has_value();
}

Moment SystemClock::now() const {
  const auto wall = utc();
  return {.uptime = uptime_(), .civil = zone_.civil(wall), .trusted = wall >= floor_ && !guessed()};
}

std::chrono::sys_seconds SystemClock::utc() const {
  return std::chrono::sys_seconds(
      std::chrono::floor<std::chrono::seconds>(reader_() + difference()));
}

// Whoever sets the host's clock meanwhile, NTP or a helper that was asked to, sets it to the true
// time: the difference would then be wrong by as much as it was right before. Slewing moves both
// clocks of the kernel alike; only a step parts them.
std::chrono::nanoseconds SystemClock::difference() const {
  if (difference_.count() == 0) return difference_;
  const auto step = reader_() - uptime_().time_since_epoch() - host_less_uptime_;
  if (std::chrono::abs(step) > std::chrono::abs(difference_) / 2)
    difference_ = std::chrono::nanoseconds(0);
  return difference_;
}

Result<void> SystemClock::set_utc(std::chrono::sys_seconds utc) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(utc.time_since_epoch().count());
  const int error = setter_(time);
  if (error != 0 && error != EPERM) {
    return fail(Errc::io, "set the host's clock: " + std::system_category().message(error));
  }
  difference_ = std::chrono::nanoseconds(0);
  if (error == EPERM) {
    const auto host = reader_();
    difference_ = utc.time_since_epoch() - host;
    host_less_uptime_ = host - uptime_().time_since_epoch();
    // Less than can be said here: the host's is as good, and no step could be told from it.
    if (std::chrono::abs(difference_) < std::chrono::seconds(1))
      difference_ = std::chrono::nanoseconds(0);
    log_warning("hal",
                "the host's clock may not be set from here (operation not permitted): the "
                "difference is kept until somebody sets that one");
  }
  floor_ = std::min(floor_, utc);
  guess_.reset();
  return {};
}

void SystemClock::advance(std::chrono::nanoseconds) {
  DOOR_CHECK(!"the clock of a real box cannot be advanced");
}

}  // namespace lintel::hal
