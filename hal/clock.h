// The clocks of the box: a monotonic one that nothing sets, and the wall clock.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/result.h"
#include "engine/core/types.h"
#include "hal/time_zone.h"

namespace lintel::hal {

class Clock {
 public:
  virtual ~Clock() = default;
  // Now: monotonic, civil (UTC in the zone), and whether the civil part is to be trusted.
  [[nodiscard]] virtual Moment now() const = 0;
  [[nodiscard]] virtual std::chrono::sys_seconds utc() const = 0;

  // Sets the wall clock (UTC); from then on it is trusted.
  virtual Result<void> set_utc(std::chrono::sys_seconds utc) = 0;
  virtual void set_zone(TimeZone zone) = 0;
  // Minutes east of UTC that hold now: the zone's standard offset, an hour more in summer time.
  [[nodiscard]] virtual std::chrono::minutes zone() const = 0;
  // Trust is lost when the wall clock lies before this: the later of build time and the last time
  // kept on disk.
  virtual void set_floor(std::chrono::sys_seconds floor) = 0;

  // Both clocks go on by so much. Only a simulated clock can.
  virtual void advance(std::chrono::nanoseconds by) = 0;
};

}  // namespace lintel::hal
