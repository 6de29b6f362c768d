// Wiegand framing: from pulses with stamps to frames.
//
// Only the stamps count, never the time at which somebody got round to reading them. What a line
// may carry is in FramingLimits; everything else is noise, which is dropped and never prolongs a
// frame. Memory is fixed: a pulse allocates nothing.
//
//   D0 ‾|_|‾‾‾‾‾‾‾‾‾‾|_|‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾
//   D1 ‾‾‾‾‾‾‾|_|‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾
//       0      1      0   |<------- gap ------->| the frame "010" ends
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/core/limits.h"
#include "hal/board.h"

namespace lintel::hal {

// What is taken for a pulse of a frame. The defaults are wider than any reader we know of asks for.
struct FramingLimits {
  // A pulse narrower or wider is noise. Judged only when the board measures widths.
  std::chrono::nanoseconds width_min = std::chrono::microseconds(20);
  std::chrono::nanoseconds width_max = std::chrono::microseconds(100);
  // From falling edge to falling edge. A pulse that follows sooner is noise (ringing, crosstalk).
  // Readers send a bit each 0.2 to 20 ms; the stamps tremble by what interrupts wait for each
  // other.
  std::chrono::nanoseconds interval_min = std::chrono::microseconds(120);
  // One that follows later, but before the gap, is too late for this frame and too early for the
  // next: the frame is spoiled.
  std::chrono::nanoseconds interval_max = std::chrono::milliseconds(22);
  // Silence that ends a frame.
  std::chrono::nanoseconds gap = std::chrono::milliseconds(25);
};

// What a reader has sent since the start.
struct FrameCounts {
  std::uint64_t frames = 0;      // understood as a card
  std::uint64_t bad_frames = 0;  // told as BadFrame
  std::uint64_t keys = 0;
  std::uint64_t noise = 0;  // pulses that belong to no frame
  std::uint64_t lost = 0;   // pulses that the board could not keep
  bool operator==(const FrameCounts&) const = default;
};

// Up to so many bits are a stray on the line, not a frame.
inline constexpr unsigned stray_bits_max = 3;
// Bits are counted up to here; a frame this long is told at once, without waiting for its end.
inline constexpr unsigned frame_bits_counted_max = 255;

using FrameBits = std::bitset<limits::frame_bits_max>;

struct Frame {
  FrameBits bits;     // [0] came first
  unsigned size = 0;  // as many as came; goes on counting past what `bits` holds
  bool late = false;  // a pulse came after interval_max
  bool torn = false;  // pulses in it or before it were lost

  [[nodiscard]] bool sound() const { return !late && !torn && size <= limits::frame_bits_max; }
};

class WiegandFraming {
 public:
  explicit WiegandFraming(const FramingLimits& limits = {}) : limits_(limits) {}

  // Whether the frame under way has ended before this pulse. Then the caller takes frame(), calls
  // clear(), and only then take().
  [[nodiscard]] bool ends_before(const Pulse& pulse) const;

  //   bit     the frame has one bit more
  //   noise   the pulse is dropped, the frame is as it was
  enum class Taken : std::uint8_t { bit, noise };
  Taken take(const Pulse& pulse);

  // Pulses were lost before the next bit: the frame under way is torn, and the one that this bit
  // belongs to, if that is another.
  void lost();

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] bool under_way() const { return frame_.size > 0; }
  // When the gap after the last bit is over. REQUIRES: under_way().
  [[nodiscard]] Uptime ends_at() const { return last_seen_ + limits_.gap; }

  void clear();

 private:
  FramingLimits limits_;
  Frame frame_;
  Uptime last_{};       // stamp of the last bit
  Uptime last_seen_{};  // the same, or when the board handed it over if that was before
  bool lost_ = false;   // pulses were lost since the last bit
};

}  // namespace lintel::hal
