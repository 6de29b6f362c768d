#include "engine/daemon/wiegand_test.h"

#include <algorithm>

#include "engine/core/limits.h"

namespace lintel::daemon {

void WiegandTest::begin(Uptime now) {
  ends_ = now + limits::wiegand_test_lasts;
  second_ends_ = now;
  dropped_ = 0;
}

bool WiegandTest::may_send(Uptime now) {
  if (now >= second_ends_) {
    second_ends_ = now + std::chrono::seconds(1);
    in_this_second_ = 0;
  }
  if (in_this_second_ < limits::test_frames_per_second_max) {
    ++in_this_second_;
    return true;
  }
  ++dropped_;
  return false;
}

std::string bits_text(const hal::Frame& frame) {
  std::string text;
  const auto known = std::min<std::size_t>(frame.size, limits::frame_bits_max);
  for (std::size_t at = 0; at < known; ++at)
    text += frame.bits.test(at) ? '1' : '0';
  return text;
}

}  // namespace lintel::daemon
