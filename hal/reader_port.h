// A reader port: from the pulses of one reader to credentials. Framing by pulse stamps (wiegand.h),
// then keypad bursts (keypad.h) or card formats (card_format.h). One per reader; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/controller.h"
#include "hal/board.h"
#include "hal/card_format.h"
#include "hal/wiegand.h"

namespace lintel::hal {

class ReaderPort {
 public:
  // Understands keys only, until it has formats.
  explicit ReaderPort(ReaderId reader, const FramingLimits& limits = {});

  static constexpr std::size_t formats_max = 64;

  // The formats that this reader understands, in order of preference; default_card_formats() on a
  // fresh box. Those past formats_max are left out, with a line in the log. A frame under way is
  // judged by the new ones.
  void set_formats(std::span<const CardFormat> formats);

  // Each may deliver: CardRead, BadFrame or KeyPressed are appended to `inputs`.
  //
  // A card or key is delivered with its last bit when nothing longer could still match, else at the
  // gap. Bits that follow a delivered frame without a gap are noise; more than stray_bits_max of
  // them make a BadFrame of the whole at the gap, so that a frame longer than its reader's formats
  // leaves a trace. One to stray_bits_max bits alone are noise, and nobody is told.
  void pulse(const Pulse& pulse, std::vector<Input>& inputs);
  // The frame under way is not to be trusted any more, and neither is the one that the next pulse
  // belongs to: they are told as BadFrame at their gap.
  void pulses_lost(const PulsesLost& lost, std::vector<Input>& inputs);
  // REQUIRES: all pulses up to now have been read from the board.
  void time_passed(Uptime now, std::vector<Input>& inputs);

  // When time_passed() is due: the gap that ends the frame under way. Nothing: no frame under way.
  [[nodiscard]] std::optional<Uptime> deadline() const;

  // For a test of a reader's wiring and formats: frames as they came, also those that nothing
  // understands, each when its gap is over. Not what is typed: nothing as short as a key. Until it
  // is switched off; the oldest frames_kept_max that nobody has taken are kept, the rest is counted
  // as lost.
  static constexpr std::size_t frames_kept_max = 64;
  void keep_frames(bool on);
  // Moves them to the end of `frames`; returns how many were lost since the last call.
  std::size_t take_frames(std::vector<Frame>& frames);

  // Frames, good and bad, and noise seen since the start; for the console.
  [[nodiscard]] const FrameCounts& counts() const { return counts_; }

 private:
  struct Candidate {
    CardFormat format;
    bool excluded = false;  // by the bits of the frame under way
  };
  // What has been told of the frame under way.
  enum class Told : std::uint8_t { nothing, understood, overlong };

  void bit_added(std::vector<Input>& inputs);
  void frame_ended(std::vector<Input>& inputs);
  void keep(const Frame& frame);
  void exclude_formats();
  [[nodiscard]] bool longer_possible() const;
  bool tell_if_understood(std::vector<Input>& inputs);
  void tell_bad(std::vector<Input>& inputs);
  void clear();

  ReaderId reader_;
  WiegandFraming framing_;
  std::vector<Candidate> candidates_;
  FrameCounts counts_;
  Told told_ = Told::nothing;
  unsigned told_bits_ = 0;  // size of the frame when it was understood
  bool keeps_frames_ = false;
  std::vector<Frame> kept_frames_;
  std::size_t lost_frames_ = 0;
};

}  // namespace lintel::hal
