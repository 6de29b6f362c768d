#include "rootfs/system/loop.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "rootfs/system/files.h"
#include "rootfs/system/helper.h"
#include "rootfs/system/kernel.h"
#include "rootfs/system/machine_state.h"

namespace lintel::helper {
namespace {

struct EventUnref {
  void operator()(sd_event* event) const { sd_event_unref(event); }
  void operator()(sd_event_source* source) const { sd_event_source_unref(source); }
};
using Source = std::unique_ptr<sd_event_source, EventUnref>;

// The real ones.
struct Services {
  explicit Services(Bus& bus) : networkd(bus), units(bus), wifi(bus), installer(bus) {}
  BusNetworkd networkd;
  BusUnits units;
  BusWifi wifi;
  BusInstaller installer;
  KernelClock clock;
  KernelAddresses addresses;
  Machine machine{networkd, units, wifi, installer, clock, addresses};
};

// What has woken the loop is found out by looking.
int wish_written(sd_event_source*, const inotify_event*, void*) {
  return 0;
}
int time_came(sd_event_source*, std::uint64_t, void*) {
  return 0;
}
// The kernel tells of addresses and routes; more than that something has changed is not read.
int network_changed(sd_event_source*, int fd, std::uint32_t, void*) {
  std::array<char, 8192> ignored{};
  while (::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
  }
  return 0;
}

UniqueFd network_notices() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE;
  sockaddr place{};
  static_assert(sizeof(address) <= sizeof(place));
  std::memcpy(&place, &address, sizeof(address));
  if (!fd || ::bind(fd.get(), &place, sizeof(address)) != 0) return {};
  return fd;
}

Result<void> failed(int negative, const char* errand) {
  return fail(Errc::io, std::string(errand) + ": " + std::strerror(-negative));
}

}  // namespace

Result<void> serve(const Paths& paths, Bus& bus) {
  Services services(bus);
  Helper helper(paths, services.machine);
  helper.start();

  sd_event* made = nullptr;
  if (const int done = sd_event_new(&made); done < 0) return failed(done, "make the event loop");
  const std::unique_ptr<sd_event, EventUnref> event(made);
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  sigprocmask(SIG_BLOCK, &end, nullptr);
  int done = sd_event_add_signal(event.get(), nullptr, SIGTERM, nullptr, nullptr);
  if (done >= 0) done = sd_event_add_signal(event.get(), nullptr, SIGINT, nullptr, nullptr);
  if (done >= 0) done = sd_bus_attach_event(bus.get(), event.get(), SD_EVENT_PRIORITY_NORMAL);
  // A bus that is gone does not come back on this connection: the service manager starts us anew.
  if (done >= 0) done = sd_bus_set_exit_on_disconnect(bus.get(), 1);
  if (done < 0) return failed(done, "prepare the event loop");
  if (sd_event_set_watchdog(event.get(), 1) < 0)
    log_warning("system", "the service manager's watchdog cannot be fed");
  const auto notices = network_notices();
  if (notices)
    sd_event_add_io(event.get(), nullptr, notices.get(), POLLIN, network_changed, nullptr);
  sd_event_source* timer = nullptr;
  done = sd_event_add_time(event.get(), &timer, CLOCK_MONOTONIC, 0, 10'000, time_came, nullptr);
  const Source timer_source(timer);
  if (done < 0) return failed(done, "prepare the timer");

  sd_notify(0, "READY=1");
  log_info("system", "carrying out the wishes in " + paths.wishes);
  Source watch;
  ino_t watched = 0;
  while (sd_event_get_state(event.get()) != SD_EVENT_FINISHED) {
    helper.turn();
    // A folder that was made anew is another one. Without a watch the helper looks by itself,
    // later.
    struct stat about {};
    const bool there = ::stat(paths.wishes.c_str(), &about) == 0;
    if (there && about.st_ino != watched) {
      sd_event_source* source = nullptr;
      const int added = sd_event_add_inotify(event.get(), &source, paths.wishes.c_str(),
                                             IN_MOVED_TO | IN_DELETE_SELF, wish_written, nullptr);
      watch.reset(source);
      watched = added < 0 ? 0 : about.st_ino;
    } else if (!there) {
      watched = 0;
    }
    const auto due = std::chrono::duration_cast<std::chrono::microseconds>(helper.deadline());
    sd_event_source_set_time(timer,
                             static_cast<std::uint64_t>(std::max<std::int64_t>(0, due.count())));
    sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
    if (done = sd_event_run(event.get(), UINT64_MAX); done < 0)
      return failed(done, "wait for events");
  }
  sd_notify(0, "STOPPING=1");
  // The loop closes the bus at any end; only a bus that went first ends it with a code.
  int code = 0;
  if (sd_event_get_exit_code(event.get(), &code) < 0 || code != 0)
    return fail(Errc::gone, "the system bus has hung up");
  return {};
}

Result<void> judge_start(const Paths& paths, const Probes& probes, Bus& bus) {
  Services services(bus);
  if (!services.installer.is_there()) {
    log_info("health", "this machine has no installer, and no slot to judge");
    return {};
  }
  const auto notes = slot_notes(paths);
  HealthJudge judge(services.clock.uptime(), notes.was_good, notes.way_back);
  sd_notify(0, "READY=1");
  std::string told;
  for (;;) {
    sd_notify(0, "WATCHDOG=1");
    const auto verdict = judge.look(services.clock.uptime(), look_at_programs(probes));
    if (judge.trouble() != told && !judge.trouble().empty()) log_warning("health", judge.trouble());
    told = judge.trouble();
    if (verdict == HealthJudge::Verdict::restart) {
      log_error("health", "this version did not come to work: the machine restarts");
      return services.units.reboot();
    }
    if (verdict == HealthJudge::Verdict::good) {
      auto marked = services.installer.mark_good();
      if (marked) {
        log_info("health", notes.was_good
                               ? "the engine decides: this slot is good"
                               : "everything has worked for a minute: this slot is good");
        return replace_text(paths.state(), notes.file, notes.text + "\n", 0644, Durable::yes);
      }
      log_error("health", "mark the slot as good: " + marked.error().text);
    }
    ::poll(nullptr, 0,
           static_cast<int>(std::chrono::milliseconds(HealthJudge::looks_every).count()));
  }
}

}  // namespace lintel::helper
