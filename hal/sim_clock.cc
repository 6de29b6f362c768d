#include "hal/sim_clock.h"

#include "engine/base/check.h"
#include "hal/system_clock.h"

namespace lintel::hal {

SimClock::SimClock() : zone_(host_zone()) {}

Moment SimClock::now() const {
  const auto wall = utc();
  return {
      .uptime = host_uptime() + advanced_, .civil = zone_.civil(wall), .trusted = wall >= floor_};
}

std::chrono::sys_seconds SimClock::utc() const {
  return std::chrono::sys_seconds(
      std::chrono::floor<std::chrono::seconds>(host_wall() + advanced_ + wall_difference_));
}

Result<void> SimClock::set_utc(std::chrono::sys_seconds utc) {
  wall_difference_ = utc.time_since_epoch() - host_wall() - advanced_;
  floor_ = std::min(floor_, utc);
  return {};
}

void SimClock::set_civil(CivilTime civil) {
  const auto set = set_utc(zone_.utc(civil));
  DOOR_CHECK(set.has_value());
}

void SimClock::advance(std::chrono::nanoseconds by) {
  DOOR_CHECK(by.count() >= 0);
  advanced_ += by;
}

}  // namespace lintel::hal
