// What the handlers of requests share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "web/connections.h"
#include "web/feed.h"
#include "web/firmware.h"
#include "web/journal.h"
#include "web/passback.h"
#include "web/sign_in.h"

namespace lintel::web {

// The console's maxima. Reaching one is told in the answer.
struct Limits {
  static constexpr int threads = 16;
  static constexpr int connections_queued = 32;          // accepted, waiting for a thread
  static constexpr int connections_not_accepted = 128;   // with the kernel: a burst is no fault
  static constexpr int streams = 8;                      // each holds a thread
  static constexpr std::size_t target_bytes = 1024;      // path and query
  static constexpr std::size_t body_bytes_read = 65536;  // of a body nobody asked for
  static constexpr std::size_t action_bytes = 256;       // of the body of an action
  static constexpr unsigned events_per_request = 500;
  std::chrono::milliseconds request_time{10'000};  // to come in and to be answered
  std::chrono::milliseconds socket_time{5'000};    // a peer that takes or gives nothing for so long
  std::chrono::milliseconds heartbeat{10'000};     // a comment on a stream that has no news
};

// Seats of the streams, one each.
class Seats {
 public:
  explicit Seats(int seats) : free_(seats) {}
  bool take() {
    for (int free = free_; free > 0;) {
      if (free_.compare_exchange_weak(free, free - 1)) return true;
    }
    return false;
  }
  void give_back() { ++free_; }

 private:
  std::atomic<int> free_;
};

struct Console {
  Feed& feed;
  Journal& journal;
  Passback& passback;
  Firmware& firmware;
  Connections& connections;
  const Limits& limits;
  SignIn* sign_in;  // none: loopback, where nobody signs in
  Seats seats{Limits::streams};
};

}  // namespace lintel::web
