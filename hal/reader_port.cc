#include "hal/reader_port.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "hal/keypad.h"

namespace lintel::hal {

ReaderPort::ReaderPort(ReaderId reader, const FramingLimits& limits)
    : reader_(reader), framing_(limits) {}

void ReaderPort::set_formats(std::span<const CardFormat> formats) {
  if (formats.size() > formats_max) {
    log_warning("hal", "reader " + std::to_string(number(reader_)) + ": " +
                           std::to_string(formats.size()) + " card formats, only the first " +
                           std::to_string(formats_max) + " are used");
  }
  candidates_.clear();
  for (const auto& format : formats.first(std::min(formats.size(), formats_max))) {
    candidates_.push_back({.format = format});
  }
  const Frame& frame = framing_.frame();
  const unsigned known = std::min<unsigned>(frame.size, limits::frame_bits_max);
  for (auto& candidate : candidates_) {
    for (unsigned size = 1; size <= known && !candidate.excluded; ++size) {
      candidate.excluded = candidate.format.excluded_by(frame.bits, size);
    }
  }
}

void ReaderPort::pulse(const Pulse& pulse, std::vector<Input>& inputs) {
  if (framing_.ends_before(pulse)) frame_ended(inputs);
  if (framing_.take(pulse) == WiegandFraming::Taken::noise) {
    ++counts_.noise;
    return;
  }
  bit_added(inputs);
}

void ReaderPort::pulses_lost(const PulsesLost& lost, std::vector<Input>&) {
  counts_.lost += lost.count;
  framing_.lost();
}

void ReaderPort::time_passed(Uptime now, std::vector<Input>& inputs) {
  if (framing_.under_way() && now >= framing_.ends_at()) frame_ended(inputs);
}

std::optional<Uptime> ReaderPort::deadline() const {
  if (!framing_.under_way()) return std::nullopt;
  if (keeps_frames_) return framing_.ends_at();
  if (told_ == Told::overlong) return std::nullopt;
  if (told_ == Told::understood && framing_.frame().size - told_bits_ <= stray_bits_max) {
    return std::nullopt;  // nothing more will be told; the next pulse finds the gap by its stamp
  }
  return framing_.ends_at();
}

void ReaderPort::bit_added(std::vector<Input>& inputs) {
  const Frame& frame = framing_.frame();
  if (told_ != Told::nothing || frame.size > limits::frame_bits_max) ++counts_.noise;
  if (frame.size >= frame_bits_counted_max && told_ != Told::overlong) {
    tell_bad(inputs);
    told_ = Told::overlong;
  }
  if (told_ != Told::nothing || frame.size > limits::frame_bits_max) return;
  exclude_formats();
  if (longer_possible() || !tell_if_understood(inputs)) return;
  told_ = Told::understood;
  told_bits_ = frame.size;
}

void ReaderPort::frame_ended(std::vector<Input>& inputs) {
  const Frame& frame = framing_.frame();
  if (keeps_frames_) keep(frame);
  switch (told_) {
    case Told::nothing:
      if (frame.size <= stray_bits_max && !frame.torn) {
        counts_.noise += frame.size;
      } else if (!tell_if_understood(inputs)) {
        tell_bad(inputs);
      }
      break;
    case Told::understood:
      if (frame.size - told_bits_ > stray_bits_max) tell_bad(inputs);
      break;
    case Told::overlong:
      break;
  }
  clear();
}

void ReaderPort::keep_frames(bool on) {
  keeps_frames_ = on;
  kept_frames_.clear();
  lost_frames_ = 0;
}

void ReaderPort::keep(const Frame& frame) {
  if (frame.size <= key_bits_long) return;  // a key, or what may be left of one
  if (kept_frames_.size() < frames_kept_max) {
    kept_frames_.push_back(frame);
  } else {
    ++lost_frames_;
  }
}

std::size_t ReaderPort::take_frames(std::vector<Frame>& frames) {
  frames.insert(frames.end(), kept_frames_.begin(), kept_frames_.end());
  kept_frames_.clear();
  return std::exchange(lost_frames_, 0);
}

void ReaderPort::exclude_formats() {
  const Frame& frame = framing_.frame();
  for (auto& candidate : candidates_) {
    candidate.excluded = candidate.excluded || candidate.format.excluded_by(frame.bits, frame.size);
  }
}

bool ReaderPort::longer_possible() const {
  const unsigned size = framing_.frame().size;
  if (size < key_bits_long) return true;
  return std::any_of(candidates_.begin(), candidates_.end(), [size](const Candidate& candidate) {
    return !candidate.excluded && candidate.format.bits() > size;
  });
}

bool ReaderPort::tell_if_understood(std::vector<Input>& inputs) {
  const Frame& frame = framing_.frame();
  if (const auto key = key_of(frame)) {
    inputs.emplace_back(KeyPressed{.reader = reader_, .key = *key});
    ++counts_.keys;
    return true;
  }
  for (const auto& candidate : candidates_) {
    const auto read = candidate.format.read(frame);
    if (!read) continue;
    inputs.emplace_back(CardRead{.reader = reader_,
                                 .card = read->card,
                                 .site_code = read->site_code,
                                 .bits = static_cast<std::uint8_t>(frame.size)});
    ++counts_.frames;
    return true;
  }
  return false;
}

void ReaderPort::tell_bad(std::vector<Input>& inputs) {
  const auto bits = static_cast<std::uint8_t>(framing_.frame().size);
  inputs.emplace_back(BadFrame{.reader = reader_, .bits = bits});
  ++counts_.bad_frames;
}

void ReaderPort::clear() {
  framing_.clear();
  for (auto& candidate : candidates_)
    candidate.excluded = false;
  told_ = Told::nothing;
  told_bits_ = 0;
}

}  // namespace lintel::hal
