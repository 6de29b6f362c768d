// The engine's journal, asked when a page wants events that are no longer in the feed. One request
// at a time, over a link of its own, so that a slow disk holds up neither the feed nor the doors.
#pragma once

#include <condition_variable>
#include <mutex>

#include "engine/api/link.h"

namespace lintel::web {

class Journal {
 public:
  explicit Journal(api::LinkFactory factory) : factory_(std::move(factory)) {}

  // At most `most` events after this index, oldest first. Any thread may call.
  //   busy  others are asking; try again
  Result<pb::Events> after(std::uint64_t index, std::uint32_t most);
  // The newest, oldest first.
  Result<pb::Events> newest(std::uint32_t most);

 private:
  Result<pb::Events> ask(const pb::Request& request);
  bool take_turn();
  void end_turn();
  Result<pb::Reply> call(const pb::Request& request);

  api::LinkFactory factory_;
  std::mutex mutex_;
  std::condition_variable turn_;
  bool asking_ = false;  // whoever set it has the link
  std::unique_ptr<api::Link> link_;
};

}  // namespace lintel::web
