// Ends an exchange whose time is up, whatever the peer does: a server that sends a byte now and
// then would outlast every timeout of a single read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/unique_fd.h"

namespace lintel::push {

class Watchdog {
 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // From now on the socket is shut down at the deadline. It keeps a descriptor of its own: the
  // caller may close its one at any time.
  void arm(int socket, std::chrono::steady_clock::time_point deadline);
  // True: the deadline had come.
  bool disarm();

 private:
  void watch();

  std::mutex mutex_;
  std::condition_variable changed_;
  UniqueFd socket_;
  std::chrono::steady_clock::time_point deadline_{};
  bool expired_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lintel::push
