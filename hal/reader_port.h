// A reader port: from the pulses of one reader to credentials. Framing by pulse stamps (wiegand.h),
// then keypad bursts (keypad.h) or card formats (card_format.h). One per reader; not thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/controller.h"
#include "hal/board.h"
#include "hal/card_format.h"
#include "hal/wiegand.h"

namespace lintel::hal {

class ReaderPort {
 public:
  explicit ReaderPort(ReaderId reader);

  // The formats that this reader understands, in order of preference; default_card_formats() on a fresh box.
  void set_formats(std::span<const CardFormat> formats);

  // Each may deliver: CardRead, BadFrame or KeyPressed are appended to `inputs`.
  void pulse(const Pulse& pulse, std::vector<Input>& inputs);
  void pulses_lost(const PulsesLost& lost, std::vector<Input>& inputs);  // the frame under way becomes a BadFrame
  void time_passed(Uptime now, std::vector<Input>& inputs);

  // When time_passed() is due: the gap that ends the frame under way. Nothing: no frame under way.
  [[nodiscard]] std::optional<Uptime> deadline() const;

  // Frames, good and bad, and noise seen since the start; for the console.
  [[nodiscard]] const FrameCounts& counts() const;

 private:
  // (members are the implementer's)
};

}  // namespace lintel::hal
