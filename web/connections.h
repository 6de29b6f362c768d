// The connections of the moment, each with the time it may take. Poco bounds a single read, not a
// request: a peer that sends a byte now and then would hold one of few threads for hours. Here a
// request and its answer have `request_time` together, then the connection is shut.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

#include "engine/base/unique_fd.h"

namespace lintel::web {

class Connections {
 public:
  explicit Connections(std::chrono::milliseconds request_time);
  ~Connections();

  // While it lives, the connection of this socket is watched over. The descriptor is duplicated:
  // shutting it can then never hit another connection that got the same number.
  class Entry {
   public:
    Entry(Connections& connections, int fd);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Connections& connections_;
    std::uint64_t id_;
  };

  // This connection (by its socket) is a stream: it may stay.
  void let_stay(int fd);
  // This connection has `request_time` anew: its request is a long one, and a part of it has come.
  void more_time(int fd);
  // Shuts all, those of the future too.
  void shut();

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    int socket = -1;  // the number of the original; soon after its end another may have it
    UniqueFd fd;
    Clock::time_point deadline;
  };
  void run();
  void set_deadline(int fd, Clock::time_point deadline);
  [[nodiscard]] Clock::time_point next_deadline() const;

  const std::chrono::milliseconds request_time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Watched> watched_;
  std::uint64_t last_id_ = 0;
  bool shut_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lintel::web
