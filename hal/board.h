// The board: everything the software can see and move at a door.
//
// One thread owns a board: the loop. It waits on fd(), calls read() when it is readable or
// deadline() has passed, and settled() when everything that was read has been acted on.
// Implementations: SimBoard (a socket), later the kernel's GPIO character device, whose events
// carry kernel timestamps of the same monotonic clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/controller.h"
#include "engine/core/types.h"
#include "hal/clock.h"

namespace lintel::hal {

// One pulse on D0 (bit 0) or D1 (bit 1) of a reader, stamped by whoever saw it first.
struct Pulse {
  ReaderId reader{};
  bool one = false;
  Uptime at{};                        // the falling edge
  std::chrono::nanoseconds width{0};  // 0: the board sees one edge only
  std::chrono::nanoseconds ahead{0};  // a simulated stamp may lie so much after now; the gap behind
                                      // it is not waited for longer
};
// Pulses of a reader were lost (a gap in the kernel's sequence numbers): the frame is not to be
// trusted.
struct PulsesLost {
  ReaderId reader{};
  std::uint32_t count = 0;
};
// Somebody asks that both clocks go on by so much; the loop lets the timers on the way fire in
// their order.
struct Advance {
  std::chrono::nanoseconds by{};
};
// The wall clock was set from outside.
struct WallClockSet {};
using Notice = std::variant<Pulse, PulsesLost, LevelChanged, Advance, WallClockSet>;

// What a light of the box shows: the program decides, the server is there, something is wrong.
enum class Indicator : std::uint8_t { run, link, alarm };
inline constexpr std::size_t indicators = 3;

class Board {
 public:
  virtual ~Board() = default;

  [[nodiscard]] virtual const Layout& layout() const = 0;
  [[nodiscard]] virtual Clock& clock() = 0;

  // Readable when read() has something. One descriptor for all lines (an epoll, if there are
  // several).
  [[nodiscard]] virtual int fd() const = 0;
  // Appends what has happened, oldest first for each line. Bounded: what does not fit now comes
  // with the next call, and fd() stays readable until then. Read until fd() is silent before
  // letting time pass for the readers: the rest of a frame may still wait here.
  virtual Result<void> read(std::vector<Notice>& notices) = 0;
  // When read() wants to be called although fd() is silent (debouncing).
  [[nodiscard]] virtual std::optional<Uptime> deadline() const { return std::nullopt; }

  // Drives an output. On failure the loop tries again and tells.
  virtual Result<void> set(const OutputLine& line, bool on) = 0;
  // The level now; for start(). inactive for a line that the board does not have.
  [[nodiscard]] virtual Level level(const InputLine& line) const = 0;

  // What is wrong with the board itself, in words: a chip that has gone, edges that were lost.
  // Empty: nothing.
  [[nodiscard]] virtual std::string trouble() const { return {}; }

  // The resistors of a supervised input, where the board has such.
  virtual void set_resistor(const InputLine& /*line*/, unsigned /*ohms*/) {}
  // A light of the box, where the board has such.
  virtual void show(Indicator /*indicator*/, bool /*on*/) {}

  // The loop has turned. `kept_open`: doors that fire or an emergency holds open (bit 0: door 1).
  // Whatever guards the locks counts from here: when this stays away for a second, released locks
  // return to rest, except those. Called at least every 250 ms while a lock is released.
  virtual void turned(Uptime /*now*/, std::uint32_t /*kept_open*/) {}

  // All that earlier reads caused has been done, and no reader is in the middle of a frame.
  virtual void settled() {}
};

}  // namespace lintel::hal
