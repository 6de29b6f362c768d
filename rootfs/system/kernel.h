// The kernel's clocks and addresses.
#pragma once

#include "rootfs/system/machine.h"

namespace lintel::helper {

class KernelClock final : public HostClock {
 public:
  explicit KernelClock(std::string rtc = "/dev/rtc0") : rtc_(std::move(rtc)) {}
  [[nodiscard]] Nanoseconds uptime() override;
  [[nodiscard]] Nanoseconds utc() override;
  Result<void> set(Nanoseconds utc) override;
  [[nodiscard]] bool synchronised() override;

 private:
  std::string rtc_;
};

class KernelAddresses final : public Addresses {
 public:
  [[nodiscard]] std::vector<InterfaceAddress> now() override;
};

}  // namespace lintel::helper
