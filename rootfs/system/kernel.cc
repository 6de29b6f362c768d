#include "rootfs/system/kernel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/rtc.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/timex.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/base/unique_fd.h"

namespace lintel::helper {
namespace {

Nanoseconds read_clock(clockid_t which) {
  timespec time{};
  DOOR_CHECK(::clock_gettime(which, &time) == 0);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

std::string text_of(const sockaddr* address) {
  char text[INET_ADDRSTRLEN] = {};
  if (address == nullptr || address->sa_family != AF_INET) return {};
  sockaddr_in of{};
  std::memcpy(&of, address, sizeof(of));
  ::inet_ntop(AF_INET, &of.sin_addr, text, sizeof(text));
  return text;
}

}  // namespace

Nanoseconds KernelClock::uptime() {
  return read_clock(CLOCK_MONOTONIC);
}

Nanoseconds KernelClock::utc() {
  return read_clock(CLOCK_REALTIME);
}

Result<void> KernelClock::set(Nanoseconds utc) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(utc / std::chrono::seconds(1));
  time.tv_nsec = (utc % std::chrono::seconds(1)).count();
  if (::clock_settime(CLOCK_REALTIME, &time) != 0)
    return fail(Errc::io, std::string("set the system's clock: ") + std::strerror(errno));
  const UniqueFd rtc(::open(rtc_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!rtc) {
    // Boards without one get the time from the server at every start.
    if (errno != ENOENT)
      log_warning("clock", "open the battery clock " + rtc_ + ": " + std::strerror(errno));
    return {};
  }
  tm civil{};
  ::gmtime_r(&time.tv_sec, &civil);
  const rtc_time battery{civil.tm_sec,  civil.tm_min,  civil.tm_hour,
                         civil.tm_mday, civil.tm_mon,  civil.tm_year,
                         civil.tm_wday, civil.tm_yday, 0};
  if (::ioctl(rtc.get(), RTC_SET_TIME, &battery) != 0)
    log_warning("clock", "set the battery clock " + rtc_ + ": " + std::strerror(errno));
  return {};
}

bool KernelClock::synchronised() {
  timex state{};
  return ::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
}

std::vector<InterfaceAddress> KernelAddresses::now() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, ::freeifaddrs);
  std::vector<InterfaceAddress> found;
  for (const auto* one = first; one != nullptr; one = one->ifa_next) {
    if ((one->ifa_flags & IFF_UP) == 0 || (one->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (const auto address = text_of(one->ifa_addr); !address.empty())
      found.push_back({one->ifa_name, address, text_of(one->ifa_netmask)});
  }
  return found;
}

}  // namespace lintel::helper
