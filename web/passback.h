// The console's one action: the engine forgets the passages of one person or of all, so that nobody
// stands before a door because of a passage that was none. Each request has a link of its own; one
// at a time.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/link.h"

namespace lintel::web {

class Passback {
 public:
  explicit Passback(api::LinkFactory factory) : factory_(std::move(factory)) {}

  // Any thread may call. `pin` empty: everybody.
  //   busy     others are resetting; try again
  //   refused  the engine says no, in its own words
  Result<void> reset(const std::string& pin);

 private:
  api::LinkFactory factory_;
  std::timed_mutex one_at_a_time_;
};

// {"pin":"5"} is that person, {} is everybody (""). Nothing: it is neither of the two; what could
// be misread is not guessed.
std::optional<std::string> read_reset(std::string_view json);

}  // namespace lintel::web
