// A clock that can be set and advanced at will: the host's clocks plus a difference of our own.
// It never touches the host's.
#pragma once

#include <utility>

#include "hal/clock.h"

namespace lintel::hal {

class SimClock final : public Clock {
 public:
  // As the host's clocks are now, in the host's zone, trusted.
  SimClock();

  [[nodiscard]] Moment now() const override;
  [[nodiscard]] std::chrono::sys_seconds utc() const override;

  // A time before the floor moves the floor there: whoever sets the clock answers for it.
  Result<void> set_utc(std::chrono::sys_seconds utc) override;
  // The same, as civil time in the zone of this clock (see TimeZone::utc() for the hours of a
  // change). The monotonic clock goes on.
  void set_civil(CivilTime civil);
  void set_zone(TimeZone zone) override { zone_ = std::move(zone); }
  [[nodiscard]] std::chrono::minutes zone() const override { return zone_.offset_at(utc()); }
  void set_floor(std::chrono::sys_seconds floor) override { floor_ = floor; }

  void advance(std::chrono::nanoseconds by) override;
  // By how much it has been advanced altogether.
  [[nodiscard]] std::chrono::nanoseconds advanced() const { return advanced_; }

 private:
  std::chrono::nanoseconds advanced_{0};
  std::chrono::nanoseconds wall_difference_{0};  // beside what it was advanced by
  TimeZone zone_;
  std::chrono::sys_seconds floor_{};
};

}  // namespace lintel::hal
