// Makes a machine ready at every start: a factory reset that was asked for, then whatever is
// missing of secrets, configuration and name. The power may go at any point: the next start goes
// on.
//
// Nothing here ends the start: what goes wrong is told and the next step is taken, for the doors
// are to be opened by whatever there is.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "rootfs/first-boot/files.h"
#include "rootfs/first-boot/identity.h"

namespace lintel::first_boot {

// Where things lie. Tests give folders of their own.
struct Paths {
  std::string data = "/data";
  std::string card = "/efi/lintel";  // the installer's own files
  std::string run = "/run/lintel";
  std::string given = "/usr/share/lintel";  // lintel.conf, boards/
  std::string proc = "/proc", sys = "/sys";

  [[nodiscard]] std::string config() const { return data + "/config"; }
};

struct Owners {
  Owner root, lintel, engine, web;  // lintel: root, with the group of those who read configurations
};

// The machine itself. host.h has the real one.
struct Host {
  Random random;
  // Is this configuration one that the engine takes? With the board file that it names.
  std::function<Result<void>(const std::string& path)> check_configuration;
  std::function<Result<void>(const std::string& path)> check_board;
  // Is the reset button of this board file held, and for long enough? Waits while it is.
  std::function<bool(const std::string& board_file)> reset_button_held;
  std::function<void()> discard_freed;  // the blocks of what was removed
  std::function<bool()> data_is_in_memory;
  std::function<void(const std::string& seed)> stir;  // into the kernel's random numbers
  // GPIO chips become the engine's, as udev's rule says it; that would come seconds later.
  std::function<void()> hand_over_chips;
  std::function<Result<void>(const std::string& name)> set_host_name;
  // Of this start on: /etc/machine-id, which nobody can write to.
  std::function<void(const std::string& id)> adopt_machine_id;
  std::function<std::chrono::sys_seconds()> utc;
  std::function<Result<void>(std::chrono::sys_seconds utc)> set_clock;
  std::function<void(const std::string& line)> tell;  // the console, and the log
};

// The clock of a machine without a battery begins this long before the time that the engine last
// wrote its journal. So far back that the engine knows it for what it is, and grants nothing that
// depends on time; near enough for certificates of servers to hold.
inline constexpr std::chrono::days clock_behind{30};

struct Ready {
  std::string serial, host_name;
  bool was_reset = false;
  std::vector<std::string> trouble;  // sentences; none: all is well
};
Ready make_ready(const Paths& paths, const Owners& owners, const Host& host, Files& files);

}  // namespace lintel::first_boot
