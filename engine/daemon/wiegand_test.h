// The Wiegand test (CONTROL DEVICE 09): while it is on, what readers send goes up bit by bit, so
// that a technician can work out the format of a card. It ends by itself, and a reader that
// chatters fills neither disk nor line. Pure: it is told the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/types.h"
#include "hal/wiegand.h"

namespace lintel::daemon {

class WiegandTest {
 public:
  void begin(Uptime now);  // anew, if it is on already
  void end() { ends_.reset(); }
  [[nodiscard]] bool on(Uptime now) const { return ends_ && now < *ends_; }
  // True: this frame may go up; else there were too many in this second, and it was counted.
  // REQUIRES: on().
  bool may_send(Uptime now);
  void count_dropped() { ++dropped_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  // since begin()
  [[nodiscard]] std::optional<Uptime> deadline() const { return ends_; }

 private:
  std::optional<Uptime> ends_;
  Uptime second_ends_{};
  unsigned in_this_second_ = 0;
  std::uint64_t dropped_ = 0;
};

// The bits in the order in which they came, as 0 and 1; of a very long frame its beginning.
std::string bits_text(const hal::Frame& frame);

}  // namespace lintel::daemon
