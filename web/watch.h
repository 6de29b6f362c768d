// The one line that keeps the console up to date: subscribes at the engine, fetches what its
// notices announce, and puts it into the feed. When the engine leaves, it says so there and tries
// again until the engine is back; events of the meantime are then fetched from where it stopped.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/api/link.h"
#include "web/feed.h"

namespace lintel::web {

class Watch {
 public:
  static constexpr std::chrono::seconds status_every{5};
  static constexpr std::chrono::milliseconds status_gap_min{100};  // however many notices come
  static constexpr std::chrono::milliseconds connect_again_after{500};

  // Starts at once, on a thread of its own. The feed outlives the watch.
  Watch(api::LinkFactory factory, Feed& feed);
  // Waits for what is under way, at most a call's timeout.
  ~Watch();

 private:
  void run();
  // Until the link breaks (why) or the watch ends (nothing to tell).
  Result<void> follow(api::Link& link);
  Result<void> subscribe(api::Link& link);
  Result<void> fetch_status(api::Link& link);
  Result<void> fetch_events(api::Link& link);
  [[nodiscard]] bool ending() const;
  void pause();

  api::LinkFactory factory_;
  Feed& feed_;
  bool away_told_ = false;
  mutable std::mutex mutex_;
  std::condition_variable end_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lintel::web
