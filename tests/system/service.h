// The other end of a bus, on a thread: a service that is made up.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rootfs/system/bus.h"

namespace lintel::helper {

// Answers each call by `answer`, which replies and returns 1, or returns 0: nobody knows it.
class Service {
 public:
  using Answer = std::function<int(sd_bus_message*)>;
  explicit Service(Answer answer) : answer_(std::move(answer)) {
    int ends[2];
    EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    client_ = ends[0];
    thread_ = std::thread([this, fd = ends[1]] { run(fd); });
  }
  ~Service() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] int client() const { return client_; }
  // On its thread, soon.
  void emit(std::function<void(sd_bus*)> job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }

 private:
  void run(int fd) {
    sd_bus* made = nullptr;
    ASSERT_LE(0, sd_bus_new(&made));
    const std::unique_ptr<sd_bus, BusUnref> bus(made);
    const sd_id128_t id{};
    ASSERT_LE(0, sd_bus_set_fd(made, fd, fd));
    ASSERT_LE(0, sd_bus_set_server(made, 1, id));
    ASSERT_LE(0, sd_bus_add_filter(
                     made, nullptr,
                     [](sd_bus_message* message, void* self, sd_bus_error*) {
                       return static_cast<Service*>(self)->answer_(message);
                     },
                     this));
    ASSERT_LE(0, sd_bus_start(made));
    while (!stop_) {
      const int done = sd_bus_process(made, nullptr);
      if (done < 0) return;  // the other side has hung up
      {
        const std::lock_guard lock(mutex_);
        for (const auto& job : jobs_)
          job(made);
        jobs_.clear();
      }
      if (done == 0) sd_bus_wait(made, 10'000);
    }
  }

  Answer answer_;
  int client_ = -1;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<std::function<void(sd_bus*)>> jobs_;
  std::thread thread_;
};

inline std::string member_of(sd_bus_message* message) {
  return std::string(sd_bus_message_get_interface(message)) + "." +
         sd_bus_message_get_member(message);
}

}  // namespace lintel::helper
