// What holds for every frame and every mess on the line.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/hal/wire.h"

namespace lintel::hal {
namespace {

struct Standard {
  unsigned bits;
  unsigned payload_bits;
  std::string (*encode)(std::uint64_t);
};
constexpr Standard standards[] = {
    {26, 24, frame26}, {34, 32, frame34}, {35, 32, frame35}, {36, 34, frame36}, {37, 35, frame37}};

const Standard& standard_of(unsigned bits) {
  return *std::find_if(std::begin(standards), std::end(standards),
                       [bits](const Standard& standard) { return standard.bits == bits; });
}

const Standard& any_standard() {
  return standards[*rc::gen::inRange<std::size_t>(0, std::size(standards))];
}

std::uint64_t any_number(const Standard& standard) {
  return *rc::gen::arbitrary<std::uint64_t>() & ((std::uint64_t{1} << standard.payload_bits) - 1);
}

std::chrono::nanoseconds any_time(std::chrono::nanoseconds from, std::chrono::nanoseconds to) {
  return std::chrono::nanoseconds(*rc::gen::inRange(from.count(), to.count() + 1));
}

std::string card_said(std::uint64_t number, unsigned bits) {
  return "card " + std::to_string(number) + " of " + std::to_string(bits);
}

RC_GTEST_PROP(ReaderProperty, every_number_of_every_default_format_comes_back, ()) {
  const auto& standard = any_standard();
  const auto number = any_number(standard);
  // Alone, a format also says so with the last bit; among all, the gap may be needed.
  const auto& all = default_card_formats();
  const auto only = std::find_if(all.begin(), all.end(), [&](const CardFormat& format) {
    return format.bits() == standard.bits;
  });
  Wire alone(std::vector{*only});
  alone.send(standard.encode(number), any_time(120us, 22ms));
  RC_ASSERT(alone.said() == card_said(number, standard.bits));

  // Among all, a frame whose parity holds is never taken for a shorter one.
  Wire among;
  among.send(standard.encode(number), any_time(120us, 22ms)).silence(25ms);
  RC_ASSERT(among.said() == card_said(number, standard.bits));
}

// A stream of bursts and noise, as anybody may play it on the wires of a reader outside.
struct Stroke {
  bool one;
  std::chrono::nanoseconds after;
  std::chrono::nanoseconds width;
};

Stroke any_stroke() {
  const bool one = *rc::gen::arbitrary<bool>();
  const auto after = *rc::gen::weightedElement<std::int64_t>({{30, 1'000'000},
                                                              {4, 119'999},
                                                              {4, 120'000},
                                                              {4, 22'000'000},
                                                              {2, 22'000'001},
                                                              {2, 24'999'999},
                                                              {2, 25'000'000},
                                                              {1, 0},
                                                              {1, -3'000'000},
                                                              {1, 900'000'000}});
  const auto width = *rc::gen::weightedElement<std::int64_t>(
      {{20, 0}, {10, 50'000}, {1, 10}, {1, 200'000}, {1, -1}});
  return {one, std::chrono::nanoseconds(after), std::chrono::nanoseconds(width)};
}

// A stretch of line: anything, or a frame of some standard with a few bits flipped, dropped or
// doubled.
std::vector<Stroke> any_stretch() {
  std::vector<Stroke> strokes;
  if (*rc::gen::arbitrary<bool>()) {
    const auto length = *rc::gen::inRange(0, 60);
    for (int i = 0; i < length; ++i)
      strokes.push_back(any_stroke());
    return strokes;
  }
  const auto& standard = any_standard();
  auto frame = standard.encode(any_number(standard));
  for (auto edits = *rc::gen::inRange(0, 4); edits > 0; --edits) {
    const auto place = *rc::gen::inRange<std::size_t>(1, frame.size() + 1);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        frame = flipped(frame, place);
        break;
      case 1:
        frame.erase(place - 1, 1);
        break;
      default:
        frame.insert(place - 1, 1, frame[place - 1]);
    }
  }
  for (const char bit : frame)
    strokes.push_back({bit == '1', 1ms, 0ns});
  if (*rc::gen::arbitrary<bool>()) strokes.front().after = 30ms;
  return strokes;
}

// The bits that came to be: those that framing had to accept, in the words of its promise.
class SlowOracle {
 public:
  void stroke(const Stroke& stroke, Uptime at) {
    if (!bits_.empty() && at - last_ >= 25ms) {
      bits_.clear();
      late_ = false;
    }
    if (stroke.width != 0ns && (stroke.width < 20us || stroke.width > 100us)) return;
    if (!bits_.empty() && at - last_ < 120us) return;
    late_ = late_ || (!bits_.empty() && at - last_ > 22ms);
    bits_ += stroke.one ? '1' : '0';
    last_ = at;
  }
  // Whether a card of so many bits with this number may have been told with the frame as it is, or
  // with its beginning.
  [[nodiscard]] bool explains(const CardRead& card) const {
    const auto frame = standard_of(card.bits).encode(card.card.value);
    return !late_ && bits_.compare(0, frame.size(), frame) == 0;
  }

 private:
  std::string bits_;
  Uptime last_{};
  bool late_ = false;
};

void check_explained(const SlowOracle& oracle, Wire& wire) {
  for (const auto& input : wire.inputs) {
    if (const auto* card = std::get_if<CardRead>(&input)) RC_ASSERT(oracle.explains(*card));
    if (const auto* key = std::get_if<KeyPressed>(&input)) RC_ASSERT(key->key <= 11);
  }
  wire.inputs.clear();
}

RC_GTEST_PROP(ReaderProperty, no_mess_on_the_line_gives_a_card_whose_parity_is_not_right, ()) {
  Wire wire;
  SlowOracle oracle;
  for (auto stretches = *rc::gen::inRange(0, 8); stretches > 0; --stretches) {
    for (const auto& stroke : any_stretch()) {
      // What the gap ended is explained by the frame before, what the bit completed by the one now.
      const auto before = oracle;
      wire.pulse(stroke.one, stroke.after, stroke.width);
      oracle.stroke(stroke, wire.now);
      RC_ASSERT(wire.inputs.size() <= 2u);
      if (wire.inputs.empty()) continue;
      const auto* card = std::get_if<CardRead>(&wire.inputs.front());
      check_explained(card != nullptr && before.explains(*card) ? before : oracle, wire);
    }
  }
  wire.silence(2s);
  check_explained(oracle, wire);
  RC_ASSERT(wire.port.deadline() == std::nullopt);
}

RC_GTEST_PROP(ReaderProperty, no_mess_on_the_line_stalls_the_next_card, ()) {
  Wire wire;
  for (auto stretches = *rc::gen::inRange(0, 8); stretches > 0; --stretches) {
    for (const auto& stroke : any_stretch())
      wire.pulse(stroke.one, stroke.after, stroke.width);
  }
  wire.silence(2s);
  wire.inputs.clear();
  const auto number = any_number(standards[0]);
  wire.send(frame26(number)).silence(25ms);
  RC_ASSERT(wire.said() == card_said(number, 26));
}

RC_GTEST_PROP(ReaderProperty, a_frame_cut_at_any_pulse_is_no_card_unless_a_shorter_format_fits,
              ()) {
  const auto& standard = any_standard();
  const auto frame = standard.encode(any_number(standard));
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    Wire wire;
    wire.send(frame.substr(0, cut)).silence(25ms);
    for (const auto& input : wire.inputs) {
      const auto* card = std::get_if<CardRead>(&input);
      if (card == nullptr) continue;
      RC_ASSERT(card->bits == cut);
      RC_ASSERT(frame.compare(0, cut, standard_of(card->bits).encode(card->card.value)) == 0);
    }
    if (cut > stray_bits_max) RC_ASSERT(wire.inputs.size() == 1u);
    wire.inputs.clear();
    wire.send(frame).silence(25ms);
    RC_ASSERT(wire.inputs.size() == 1u);
    RC_ASSERT(std::holds_alternative<CardRead>(wire.inputs[0]));
  }
}

RC_GTEST_PROP(ReaderProperty, any_format_text_is_read_or_refused_with_a_sentence, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::element('p', 'c', 's', 'e', 'o', 'b', ':', 'x', '?'));
  const auto reversal = *rc::gen::inRange(0u, 6u);
  const auto format = CardFormat::parse({.format = text, .reversal = reversal});
  if (format) {
    RC_ASSERT(format->bits() >= CardFormat::bits_min);
  } else {
    RC_ASSERT(!format.error().text.empty());
  }
}

}  // namespace
}  // namespace lintel::hal
