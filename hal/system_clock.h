// The clock of a real box: the kernel's. Pulses from the GPIO lines carry stamps of the same
// monotonic clock.
#pragma once

#include <time.h>

#include <optional>
#include <utility>

#include "hal/clock.h"

namespace lintel::hal {

// The kernel's clocks, read.
[[nodiscard]] Uptime host_uptime();
[[nodiscard]] std::chrono::nanoseconds host_wall();  // since 1970, UTC
// Minutes east of UTC that the host is set to now.
[[nodiscard]] std::chrono::minutes host_zone();

class SystemClock final : public Clock {
 public:
  // Sets the host's wall clock; 0 or an errno.
  using Setter = int (*)(const timespec& utc);
  static int set_host(const timespec& utc);
  // The host's wall clock, since 1970.
  using Reader = std::chrono::nanoseconds (*)();
  using Monotonic = Uptime (*)();

  // The wall clock is trusted from `floor` on. The zone starts as the host's: the
  // offset that holds there now, without summer time.
  explicit SystemClock(std::chrono::sys_seconds floor, Setter setter = set_host,
                       Reader reader = host_wall, Monotonic uptime = host_uptime);

  [[nodiscard]] Moment now() const override;
  [[nodiscard]] std::chrono::sys_seconds utc() const override;

  // Sets the host's clock. Where we may not, the difference is kept until somebody else has set
  // that one, or until the restart, and the log says so. A time before the floor moves the floor
  // there: whoever sets the clock answers for it.
  Result<void> set_utc(std::chrono::sys_seconds utc) override;
  void set_zone(TimeZone zone) override { zone_ = std::move(zone); }
  [[nodiscard]] std::chrono::minutes zone() const override { return zone_.offset_at(utc()); }
  // A clock that lies more than a day before it was never right, or only guessed: that time passes
  // does not make it right. It is trusted when it was set, by us or by a step of the host's.
  void set_floor(std::chrono::sys_seconds floor) override;

  // REQUIRES: never called; real time cannot be pushed.
  void advance(std::chrono::nanoseconds by) override;

 private:
  [[nodiscard]] std::chrono::nanoseconds difference() const;
  [[nodiscard]] bool guessed() const;

  Setter setter_;
  Reader reader_;
  Monotonic uptime_;
  std::chrono::sys_seconds floor_;
  TimeZone zone_;
  // Ours less the host's, where we may not set it.
  mutable std::chrono::nanoseconds difference_{0};
  std::chrono::nanoseconds host_less_uptime_{0};  // when that was found out
  // The host's less the monotonic clock, as long as the host's is only guessed.
  mutable std::optional<std::chrono::nanoseconds> guess_;
};

}  // namespace lintel::hal
