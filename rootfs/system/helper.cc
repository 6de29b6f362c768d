#include "rootfs/system/helper.h"

#include <sys/stat.h>

#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "rootfs/system/files.h"
#include "rootfs/system/machine_state.h"
#include "rootfs/system/wishes.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;

// Also what nobody tells: an address that came, a folder that was made, an installer that ended.
constexpr Nanoseconds looked_at_every = 2s;
constexpr Nanoseconds scan_looked_at_every = 250ms;
constexpr Nanoseconds scan_answered_within = 7s;  // of the 8 that it may take
constexpr Nanoseconds abilities_every = 10s, machine_every = 30s;
// An older wish was meant for a clock that somebody may have set since.
constexpr Nanoseconds clock_wish_good_for = 60s;
constexpr Nanoseconds utc_min =
    std::chrono::sys_days(std::chrono::year(2024) / 1 / 1).time_since_epoch();
constexpr Nanoseconds utc_max =
    std::chrono::sys_days(std::chrono::year(2100) / 1 / 1).time_since_epoch();

constexpr const char* time_servers_name = "lintel.conf";
constexpr const char* wish_names[] = {"network", "scan", "install", "clock", "ntp", "reset"};

}  // namespace

Helper::Helper(const Paths& paths, Machine& machine)
    : paths_(paths), machine_(machine), network_(paths, machine), install_(paths, machine) {}

void Helper::start() {
  if (auto done = network_.restore(); !done)
    log_error("network", "set up the network: " + done.error().text);
  install_.resume(machine_.clock.uptime());
}

void Helper::turn() {
  const auto now = machine_.clock.uptime();
  open_folder();
  look_at_wishes(now);
  end_scan(now);
  if (const auto done = install_.turn(now)) answer_install(done->number, done->result);
  if (reset_again_ && *reset_again_ <= now) reset();
  if (look_at_ <= now) {
    look_at_ = now + looked_at_every;
    network_.look_after();
  }
  tell_network(now);
  tell_machine(now);
}

Nanoseconds Helper::deadline() const {
  auto earliest = std::min(look_at_, tell_machine_at_);
  if (const auto due = install_.deadline()) earliest = std::min(earliest, *due);
  if (reset_again_) earliest = std::min(earliest, *reset_again_);
  if (scan_ends_) earliest = std::min(earliest, machine_.clock.uptime() + scan_looked_at_every);
  return earliest;
}

// The engine makes it, perhaps after us, perhaps anew.
void Helper::open_folder() {
  struct stat about {};
  if (folder_ && (::fstat(folder_->fd(), &about) != 0 || about.st_nlink == 0)) folder_.reset();
  if (folder_) return;
  auto opened = api::WishFolder::open(paths_.wishes);
  if (!opened) return;
  folder_ = *std::move(opened);
  handled_.clear();
  network_told_.clear();
  tell_machine_at_ = {};
}

void Helper::refuse(const std::string& name, const std::string& why) {
  if (std::exchange(told_[name], why) != why)
    log_warning("system", "the wish " + name + " is refused: " + why);
}

void Helper::look_at_wishes(Nanoseconds now) {
  if (!folder_) return;
  for (const std::string name : wish_names) {
    const auto file = folder_->read(name);
    if (!file) {
      refuse(name, file.error().text);
    } else if (!*file) {
      handled_.erase(name);
    } else {
      const auto handled = handled_.find(name);
      if (handled != handled_.end() && handled->second == (*file)->number) continue;
      handled_[name] = (*file)->number;
      told_.erase(name);
      carry_out(name, **file, now);
    }
  }
}

void Helper::carry_out(const std::string& name, const api::WishFile& wish, Nanoseconds now) {
  if (name == "network") set_network(wish);
  if (name == "scan") begin_scan(wish, now);
  if (name == "install") begin_install(wish, now);
  if (name == "clock") set_clock(wish, now);
  if (name == "ntp") set_time_servers(wish);
  if (name == "reset") reset();
}

Result<void> Helper::answer(const std::string& name, const api::WishFile& file) {
  if (!folder_) return fail(Errc::gone, "there is no folder to answer in");
  // The folder is the engine's alone; the file is ours, and it has to read it.
  auto written = folder_->write(name, file, 0644);
  if (!written) refuse(name, "the answer cannot be written: " + written.error().text);
  return written;
}

// ---- network

void Helper::set_network(const api::WishFile& file) {
  const auto wish = network_wish(file);
  if (!wish) return refuse("network", wish.error().text);
  if (auto done = network_.apply(*wish); !done) {
    log_error("network", "set up the network: " + done.error().text);
    return;
  }
  log_info("network", std::string("set up by ") + name_of(wish->uplink) +
                          (wish->address.empty() ? " with DHCP" : " at " + wish->address));
  network_number_ = file.number;
}

std::string Helper::abilities() {
  std::string can;
  const auto add = [&can](bool has, const char* word) {
    if (has) can += (can.empty() ? "" : " ") + std::string(word);
  };
  add(machine_.networkd.is_there(), "network");
  add(!first_wifi(paths_).empty() && machine_.wifi.is_there(), "wifi");
  add(machine_.installer.is_there(), "installer");
  add(true, "clock");
  add(true, "ntp");
  add(true, "reset");
  return can;
}

void Helper::tell_network(Nanoseconds now) {
  if (!folder_) return;
  if (look_at_abilities_ <= now) {
    look_at_abilities_ = now + abilities_every;
    can_ = abilities();
  }
  auto file = network_.now();
  file.number = network_number_;
  file.lines.emplace_back("can", can_);
  const auto text = api::wish_file_text(file);
  if (!text || *text == network_told_) return;
  if (answer("network.now", file)) network_told_ = *text;
}

// ---- scan

void Helper::begin_scan(const api::WishFile& wish, Nanoseconds now) {
  const auto device = first_wifi(paths_);
  if (device.empty()) return refuse("scan", "this machine has no Wi-Fi");
  if (auto begun = machine_.wifi.scan(device); !begun)
    return log_error("wifi", "look around: " + begun.error().text);
  scan_number_ = wish.number;
  scan_ends_ = now + scan_answered_within;
}

void Helper::end_scan(Nanoseconds now) {
  if (!scan_ends_) return;
  const auto found = machine_.wifi.scanned(*scan_ends_ <= now);
  if (!found) return;
  scan_ends_.reset();
  api::WishFile file;
  file.number = scan_number_;
  for (const auto& network : *found) {
    if (network.ssid.empty() || network.ssid.size() > limits::wifi_name_bytes_max) continue;
    if (file.lines.size() == limits::access_points_max) break;
    file.lines.emplace_back("network", network.mac + " " +
                                           std::to_string(std::clamp(network.dbm, -999, 999)) +
                                           " " + std::to_string(network.encryption) + " " +
                                           one_line(network.ssid, limits::wifi_name_bytes_max));
  }
  (void)answer("scan.done", file);
}

// ---- the time

void Helper::set_clock(const api::WishFile& file, Nanoseconds now) {
  const auto wish = clock_wish(file);
  if (!wish) return refuse("clock", wish.error().text);
  const auto age = now - wish->uptime;
  if (age < 0s || age > clock_wish_good_for) return refuse("clock", "it is not of the last minute");
  const auto utc = wish->utc + age;
  if (utc < utc_min || utc >= utc_max)
    return refuse("clock", "its time does not lie in the years 2024 to 2099");
  const auto step = utc - machine_.clock.utc();
  if (auto set = machine_.clock.set(utc); !set) return log_error("clock", set.error().text);
  log_info("clock",
           "set by " +
               std::to_string(std::chrono::duration_cast<std::chrono::seconds>(step).count()) +
               " s");
}

void Helper::set_time_servers(const api::WishFile& file) {
  const auto servers = time_servers_wish(file);
  if (!servers) return refuse("ntp", servers.error().text);
  std::string text =
      "# Written by lintel-system from the server's list; a change here is lost.\n[Time]\nNTP=";
  for (std::size_t at = 0; at < servers->size(); ++at)
    text += (at == 0 ? "" : " ") + (*servers)[at];
  const auto path = paths_.timesyncd + "/" + time_servers_name;
  const auto before = read_text(path);
  if (servers->empty() ? !before : before == text) return;
  auto done = servers->empty() ? remove_file(path)
                               : replace_text(paths_.timesyncd, time_servers_name, text + "\n",
                                              0644, Durable::no);
  if (done) done = machine_.units.restart("systemd-timesyncd.service");
  if (!done) return log_error("clock", "name the time servers: " + done.error().text);
  log_info("clock", "the time is kept by " + (servers->empty()
                                                  ? std::string("the servers of the network")
                                                  : std::to_string(servers->size()) + " servers"));
}

// ---- factory reset

void Helper::reset() {
  reset_again_ = machine_.clock.uptime() + 10s;
  log_warning("system", "factory reset: everything that is stored goes with the restart");
  auto done =
      replace_text(paths_.data, "factory-reset", "wished by the engine\n", 0600, Durable::yes);
  if (done) done = machine_.units.reboot();
  if (!done) log_error("system", "factory reset: " + done.error().text);
}

// ---- the installer

void Helper::begin_install(const api::WishFile& wish, Nanoseconds now) {
  const auto file = firmware_wish(wish, paths_.firmware);
  if (!file) {
    refuse("install", file.error().text);
    return answer_install(wish.number, "failed");
  }
  if (const auto at_once = install_.begin(wish.number, *file, now))
    answer_install(wish.number, *at_once);
}

void Helper::answer_install(std::uint64_t number, const std::string& result) {
  if (number == 0) return;  // who wished it asks again
  api::WishFile file;
  file.number = number;
  file.lines = {{"result", result}};
  (void)answer("install.done", file);
}

// ---- the machine

void Helper::tell_machine(Nanoseconds now) {
  if (!folder_ || tell_machine_at_ > now) return;
  tell_machine_at_ = now + machine_every;
  std::optional<bool> good;
  if (good_) {
    good = true;
  } else if (const auto seen = machine_.installer.slot_is_good()) {
    good = good_ = *seen;
  }
  (void)answer("system.now", machine_state(paths_, machine_.clock, good, install_.words()));
}

}  // namespace lintel::helper
