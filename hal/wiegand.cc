#include "hal/wiegand.h"

#include "engine/base/check.h"

namespace lintel::hal {

bool WiegandFraming::ends_before(const Pulse& pulse) const {
  return under_way() && pulse.at - last_ >= limits_.gap;
}

WiegandFraming::Taken WiegandFraming::take(const Pulse& pulse) {
  DOOR_CHECK(!ends_before(pulse));
  const bool measured = pulse.width.count() != 0;
  if (measured && (pulse.width < limits_.width_min || pulse.width > limits_.width_max)) {
    return Taken::noise;
  }
  if (under_way()) {
    const auto interval = pulse.at - last_;
    if (interval < limits_.interval_min) return Taken::noise;  // also a stamp that runs backwards
    if (interval > limits_.interval_max) frame_.late = true;
  }
  if (frame_.size < frame_.bits.size()) frame_.bits[frame_.size] = pulse.one;
  if (frame_.size < frame_bits_counted_max) ++frame_.size;
  lost_ = false;
  last_ = pulse.at;
  last_seen_ = pulse.at - pulse.ahead;
  return Taken::bit;
}

void WiegandFraming::lost() {
  frame_.torn = true;
  lost_ = true;
}

void WiegandFraming::clear() {
  frame_ = Frame{};
  frame_.torn = lost_;
}

}  // namespace lintel::hal
