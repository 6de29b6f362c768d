#include "web/connections.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>

namespace lintel::web {

Connections::Connections(std::chrono::milliseconds request_time)
    : request_time_(request_time), thread_([this] { run(); }) {}

Connections::~Connections() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

Connections::Entry::Entry(Connections& connections, int fd) : connections_(connections) {
  const std::lock_guard lock(connections_.mutex_);
  if (connections_.shut_) ::shutdown(fd, SHUT_RDWR);
  id_ = ++connections_.last_id_;
  connections_.watched_[id_] = {fd, UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)),
                                Clock::now() + connections_.request_time_};
  connections_.changed_.notify_all();
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(connections_.mutex_);
  connections_.watched_.erase(id_);
}

void Connections::let_stay(int fd) {
  set_deadline(fd, Clock::time_point::max());
}

void Connections::more_time(int fd) {
  set_deadline(fd, Clock::now() + request_time_);
}

void Connections::set_deadline(int fd, Clock::time_point deadline) {
  const std::lock_guard lock(mutex_);
  for (auto entry = watched_.rbegin(); entry != watched_.rend(); ++entry) {
    if (entry->second.socket != fd) continue;
    entry->second.deadline = deadline;
    return;
  }
}

void Connections::shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
  for (const auto& [key, watched] : watched_)
    ::shutdown(watched.fd.get(), SHUT_RDWR);
}

Connections::Clock::time_point Connections::next_deadline() const {
  auto next = Clock::time_point::max();
  for (const auto& [key, watched] : watched_)
    next = std::min(next, watched.deadline);
  return next;
}

void Connections::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto next = next_deadline();
    if (next == Clock::time_point::max()) {
      changed_.wait(lock);
      continue;
    }
    changed_.wait_until(lock, next);
    const auto now = Clock::now();
    for (auto& [key, watched] : watched_) {
      if (watched.deadline > now) continue;
      ::shutdown(watched.fd.get(), SHUT_RDWR);
      watched.deadline = Clock::time_point::max();
    }
  }
}

}  // namespace lintel::web
