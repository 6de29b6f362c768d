// What the timing of pulses makes of them, whatever the bits mean.
#include <gmock/gmock.h>

#include "tests/hal/wire.h"

namespace lintel::hal {
namespace {

const std::string card = frame26(0x123456);
const std::string card_said = "card 1193046 of 26";

TEST(Framing, a_frame_ends_when_the_line_is_silent_for_the_gap) {
  Wire wire;
  wire.send(card);
  EXPECT_EQ(wire.port.deadline(), wire.now + 25ms);
  wire.silence(25ms - 1ns);
  EXPECT_EQ(wire.said(), "");
  wire.silence(1ns);
  EXPECT_EQ(wire.said(), card_said);
  EXPECT_EQ(wire.port.deadline(), std::nullopt);
}

TEST(Framing, the_next_frame_ends_the_one_before_even_if_nobody_looked_at_the_clock) {
  Wire wire;
  wire.send(card).pulse(card[0] == '1', 25ms).send(card.substr(1));
  EXPECT_EQ(wire.said(), card_said);
  wire.silence(25ms);
  EXPECT_EQ(wire.said(), card_said);
}

TEST(Framing, readers_are_read_from_200_us_to_20_ms_a_bit) {
  for (const std::chrono::nanoseconds interval : {200us, 500us, 2000us, 20000us}) {
    Wire wire;
    wire.send(card, interval).silence(25ms);
    EXPECT_EQ(wire.said(), card_said) << interval.count() << " ns";
    EXPECT_EQ(wire.port.counts().noise, 0u);
  }
}

// Stamps are not to the nanosecond: a reader at either end loses nothing by that.
TEST(Framing, readers_are_read_though_their_stamps_tremble) {
  for (const std::chrono::nanoseconds interval : {200us, 500us, 2000us, 20000us}) {
    Wire wire;
    const auto tremble = std::min<std::chrono::nanoseconds>(interval * 2 / 5, 1ms);
    for (unsigned i = 0; i < card.size(); ++i)
      wire.pulse(card[i] == '1', i % 2 == 0 ? interval + tremble : interval - tremble);
    wire.silence(25ms);
    EXPECT_EQ(wire.said(), card_said) << interval.count() << " ns";
    EXPECT_EQ(wire.port.counts().noise, 0u);
  }
}

TEST(Framing, pulses_are_read_from_20_to_100_us_wide_and_of_unknown_width) {
  for (const std::chrono::nanoseconds width : {0us, 20us, 50us, 100us}) {
    Wire wire;
    for (const char bit : card)
      wire.pulse(bit == '1', 1ms, width);
    wire.silence(25ms);
    EXPECT_EQ(wire.said(), card_said) << width.count() << " ns";
  }
}

TEST(Framing, a_pulse_too_narrow_or_too_wide_is_noise_and_the_frame_stays_whole) {
  for (const std::chrono::nanoseconds width : {1ns, 19999ns, 100001ns, 5000000ns}) {
    Wire wire;
    wire.send(card.substr(0, 10)).pulse(true, 300us, width).send(card.substr(10)).silence(25ms);
    EXPECT_EQ(wire.said(), card_said) << width.count() << " ns";
    EXPECT_EQ(wire.port.counts().noise, 1u);
  }
}

TEST(Framing, a_pulse_that_rings_after_another_is_noise_and_the_frame_stays_whole) {
  Wire wire;
  for (const char bit : card)
    wire.pulse(bit == '1', 1ms - 119us).pulse(bit != '1', 119us);
  wire.silence(25ms);
  EXPECT_EQ(wire.said(), card_said);
  EXPECT_EQ(wire.port.counts().noise, 26u);
}

TEST(Framing, a_stamp_that_runs_backwards_is_noise) {
  Wire wire;
  wire.send(card.substr(0, 10)).pulse(true, -5ms);
  wire.now += 5ms;
  wire.send(card.substr(10)).silence(25ms);
  EXPECT_EQ(wire.said(), card_said);
  EXPECT_EQ(wire.port.counts().noise, 1u);
}

TEST(Framing, a_pulse_too_late_for_the_frame_and_too_early_for_the_next_spoils_it) {
  Wire wire;
  wire.send(card.substr(0, 20))
      .pulse(card[20] == '1', 22ms + 1ns)
      .send(card.substr(21))
      .silence(25ms);
  EXPECT_EQ(wire.said(), "bad 26");
}

TEST(Framing, one_to_three_bits_are_strays_and_nobody_is_told) {
  for (const auto* stray : {"1", "01", "110"}) {
    Wire wire;
    wire.send(stray).silence(25ms);
    EXPECT_EQ(wire.said(), "");
    EXPECT_EQ(wire.port.counts().noise, std::string(stray).size());
    EXPECT_EQ(wire.port.counts().bad_frames, 0u);
    wire.send(card).silence(25ms);
    EXPECT_EQ(wire.said(), card_said);
  }
}

TEST(Framing, a_frame_longer_than_any_is_one_bad_frame) {
  Wire wire;
  wire.send(std::string(limits::frame_bits_max + 10, '1')).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 138");
  EXPECT_EQ(wire.port.counts().noise, 10u);
  EXPECT_EQ(wire.port.counts().bad_frames, 1u);
}

TEST(Framing, a_line_that_never_falls_silent_is_told_once_and_holds_nobody_up) {
  Wire wire;
  wire.send(std::string(10'000, '0'));
  EXPECT_EQ(wire.said(), "bad 255");
  EXPECT_EQ(wire.port.deadline(), std::nullopt);
  EXPECT_EQ(wire.port.counts().noise, 10'000u - limits::frame_bits_max);
  wire.silence(25ms).send(card).silence(25ms);
  EXPECT_EQ(wire.said(), card_said);
}

TEST(Framing, a_frame_that_lost_pulses_is_bad_though_the_rest_would_be_right) {
  Wire wire;
  wire.send(card).lose(2).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 26");
  EXPECT_EQ(wire.port.counts().lost, 2u);
}

TEST(Framing, a_frame_whose_beginning_was_lost_is_bad) {
  Wire wire;
  wire.lose(8).send(card).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 26");
  wire.send(card).silence(25ms);
  EXPECT_EQ(wire.said(), card_said) << "the next one is whole";
}

TEST(Framing, a_loss_between_two_frames_spoils_both) {
  Wire wire;
  wire.send(card).lose(1).pulse(card[0] == '1', 30ms).send(card.substr(1)).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 26; bad 26");
}

TEST(Framing, even_a_stray_is_told_when_pulses_were_lost_with_it) {
  Wire wire;
  wire.send("1").lose(25).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 1");
}

TEST(Framing, a_stamp_ahead_of_now_is_not_waited_for) {
  Wire wire;
  const auto now = wire.now;
  Uptime at = now + 10s;
  for (const char bit : card) {
    at += 1ms;
    wire.port.pulse({.reader = ReaderId{3}, .one = bit == '1', .at = at, .ahead = at - now},
                    wire.inputs);
  }
  EXPECT_EQ(wire.port.deadline(), now + 25ms);
  wire.port.time_passed(now + 25ms, wire.inputs);
  EXPECT_EQ(wire.said(), card_said);
}

TEST(Framing, the_limits_can_be_set) {
  ReaderPort port(ReaderId{1}, {.interval_min = 100us, .interval_max = 1ms, .gap = 5ms});
  std::vector<Input> inputs;
  Uptime at{1s};
  for (const bool bit : {false, true, false, true}) {
    at += 150us;
    port.pulse({.reader = ReaderId{1}, .one = bit, .at = at}, inputs);
  }
  EXPECT_EQ(port.deadline(), at + 5ms);
  port.time_passed(at + 5ms, inputs);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(std::get<KeyPressed>(inputs[0]).key, 5);
}

}  // namespace
}  // namespace lintel::hal
