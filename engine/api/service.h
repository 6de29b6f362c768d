// What a program tells whoever started it (systemd, sd_notify(3)): that it is ready, what it is at,
// and, again and again, that it lives. Without a NOTIFY_SOCKET it tells nobody anything.
//
// One thread. Nothing here waits or fails: a manager that does not listen is its own affair.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/unique_fd.h"

namespace lintel::api {

class Service {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  Service();

  // From now on others may count on the program.
  void ready();
  // A phrase for `systemctl status`.
  void status(std::string_view words);
  // The program has done a turn of its work; told at most twice in the time that the manager waits.
  void turned();
  // How long may pass between two turned() at most; nothing: nobody waits for it.
  [[nodiscard]] std::optional<std::chrono::milliseconds> turn_within() const {
    return turn_within_;
  }

 private:
  void tell(std::string_view text) const;

  UniqueFd socket_;
  std::optional<std::chrono::milliseconds> turn_within_;
  std::chrono::steady_clock::time_point told_{};
};

}  // namespace lintel::api
