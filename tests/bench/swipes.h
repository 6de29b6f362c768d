// Swipes at a program's simulated board while something else goes on, and a server that hands out
// commands meanwhile.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/programs.h"
#include "tests/bench/table.h"
#include "tests/fake_server/fake_server.h"

namespace lintel::bench {

[[noreturn]] void give_up(const std::string& text);

// Waits until all of these commands have their result, 0.
void expect_done(fake::FakeServer& server, const std::vector<std::string>& ids,
                 std::chrono::seconds patience = std::chrono::seconds(120));

// The person that is swiped, and a reader that takes 26 bits only: its frames need not wait for
// longer ones. Returns when the box has it all.
void prepare_door(fake::FakeServer& server);

// Opens door 1 by frames at its reader until `going` is false or `most` frames are through: from
// before the request leaves this process to the relay command, by the board's own stamp. Between
// two of them `pause_max` at most, by chance.
std::vector<std::chrono::nanoseconds> swipe(
    Programs& programs, const std::atomic<bool>& going, std::size_t most,
    std::chrono::microseconds pause_max = std::chrono::microseconds(1'000));

void add_latency(Table& table, const std::string& when,
                 std::vector<std::chrono::nanoseconds>& latencies,
                 std::chrono::milliseconds wanted = std::chrono::milliseconds(1));

// Swipes on a thread of its own as long as it lives.
class Swiping {
 public:
  explicit Swiping(Programs& programs, std::chrono::microseconds pause_max)
      : thread_([this, &programs, pause_max] {
          latencies_ = swipe(programs, going_, 10'000'000, pause_max);
        }) {}
  ~Swiping() { stop(); }
  Swiping(const Swiping&) = delete;
  Swiping& operator=(const Swiping&) = delete;
  std::vector<std::chrono::nanoseconds>& stop() {
    going_ = false;
    if (thread_.joinable()) thread_.join();
    return latencies_;
  }

 private:
  std::atomic<bool> going_{true};
  std::vector<std::chrono::nanoseconds> latencies_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace lintel::bench
