#include "push/watchdog.h"

#include <sys/socket.h>
#include <unistd.h>

namespace lintel::push {

Watchdog::Watchdog() : thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watchdog::arm(int socket, std::chrono::steady_clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  socket_.reset(::dup(socket));
  deadline_ = deadline;
  expired_ = false;
  changed_.notify_all();
}

bool Watchdog::disarm() {
  const std::lock_guard lock(mutex_);
  socket_.reset();
  return expired_;
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (!socket_) {
      changed_.wait(lock);
    } else if (changed_.wait_until(lock, deadline_) == std::cv_status::timeout && socket_ &&
               std::chrono::steady_clock::now() >= deadline_) {
      ::shutdown(socket_.get(), SHUT_RDWR);
      socket_.reset();
      expired_ = true;
    }
  }
}

}  // namespace lintel::push
