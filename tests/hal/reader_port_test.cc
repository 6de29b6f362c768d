// From bits to cards and keys: who may be meant, and when that is known.
#include "hal/reader_port.h"

#include <gmock/gmock.h>

#include "tests/hal/wire.h"

namespace lintel::hal {
namespace {

TEST(ReaderPort, every_default_format_comes_back_whole) {
  struct Case {
    std::string frame;
    std::string said;
  };
  for (const auto& [frame, said] : {
           Case{frame26(0xFFFFFF), "card 16777215 of 26"},
           Case{frame34(0x80000001), "card 2147483649 of 34"},
           Case{frame35(0xDEADBEEF), "card 3735928559 of 35"},
           Case{frame36(0x3FFFFFFFF), "card 17179869183 of 36"},
           Case{frame37(0x400000000), "card 17179869184 of 37"},
       }) {
    Wire wire;
    wire.send(frame).silence(25ms);
    EXPECT_EQ(wire.said(), said);
    EXPECT_EQ(wire.port.counts(), (FrameCounts{.frames = 1}));
  }
}

TEST(ReaderPort, known_cards_of_the_field_are_read_as_their_makers_print_them) {
  Wire wire;
  // 26 bits, facility 1 and card 1; 35 bits, company 2 and card 3; 37 bits, card 1.
  wire.send("10000000100000000000000010").silence(25ms);
  EXPECT_EQ(wire.said(), "card 65537 of 26");
  wire.send(frame35((2u << 20) + 3)).silence(25ms);
  EXPECT_EQ(wire.said(), "card 2097155 of 35");
  wire.send("0000000000000000000000000000000000010").silence(25ms);
  EXPECT_EQ(wire.said(), "card 1 of 37");
}

TEST(ReaderPort, any_single_wrong_bit_makes_a_bad_frame) {
  for (const auto& frame :
       {frame26(4711), frame34(4711), frame35(4711), frame36(4711), frame37(4711)}) {
    for (std::size_t place = 1; place <= frame.size(); ++place) {
      Wire wire;
      // Shorter formats are left out: what they would make of the beginning is another story.
      std::vector<CardFormat> formats;
      for (const auto& format : default_card_formats()) {
        if (format.bits() >= frame.size()) formats.push_back(format);
      }
      wire.port.set_formats(formats);
      wire.send(flipped(frame, place)).silence(25ms);
      EXPECT_EQ(wire.said(), "bad " + std::to_string(frame.size())) << "place " << place;
    }
  }
}

TEST(ReaderPort, the_longest_format_is_told_with_its_last_bit) {
  Wire wire;
  wire.send(frame37(1));
  EXPECT_EQ(wire.said(), "card 1 of 37");
  EXPECT_EQ(wire.port.deadline(), std::nullopt);
}

TEST(ReaderPort, a_format_alone_is_told_with_its_last_bit) {
  Wire wire(std::vector{default_card_formats()[0]});
  wire.send(frame26(9));
  EXPECT_EQ(wire.said(), "card 9 of 26");
}

TEST(ReaderPort, a_short_frame_waits_while_a_longer_one_could_still_come) {
  const std::vector formats{default_card_formats()[0], default_card_formats()[1]};
  // The first 17 bits also hold for 34 bits: an even number of ones.
  const auto both = frame26(0b000000000000'000000000000);
  Wire wire(formats);
  wire.send(both);
  EXPECT_EQ(wire.said(), "");
  wire.silence(25ms);
  EXPECT_EQ(wire.said(), "card 0 of 26");
}

TEST(ReaderPort, a_short_frame_is_told_at_once_when_the_longer_ones_parity_already_failed) {
  const std::vector formats{default_card_formats()[0], default_card_formats()[1]};
  // The ones up to bit 13 are even, and bit 14 makes them odd: no 34-bit frame begins so.
  const auto only = frame26(0b000000000000'100000000000);
  Wire wire(formats);
  wire.send(only);
  EXPECT_EQ(wire.said(), "card 2048 of 26");
  EXPECT_EQ(wire.port.deadline(), std::nullopt);
}

TEST(ReaderPort, a_short_frame_is_told_at_once_when_the_longer_ones_site_code_is_not_ours) {
  const std::vector formats{format_of("ccccccccc"), format_of("sssscccccccc", 5)};
  Wire wire(formats);
  wire.send("111100001");
  EXPECT_EQ(wire.said(), "card 481 of 9");
  wire.silence(25ms).send("010100001");
  EXPECT_EQ(wire.said(), "") << "site 5 may still come";
  wire.send("111");
  EXPECT_EQ(wire.said(), "site 5 card 15 of 12");
}

TEST(ReaderPort, a_frame_longer_than_the_readers_formats_leaves_a_trace) {
  Wire wire(std::vector{default_card_formats()[0]});
  const auto frame = frame26(77);
  wire.send(frame + "0110");
  EXPECT_EQ(wire.said(), "card 77 of 26");
  wire.silence(25ms);
  EXPECT_EQ(wire.said(), "bad 30");
  EXPECT_EQ(wire.port.counts().noise, 4u);
  wire.send(frame + "011").silence(25ms);
  EXPECT_EQ(wire.said(), "card 77 of 26") << "up to three bits more are strays";
  wire.silence(1s).send(frame);
  EXPECT_EQ(wire.said(), "card 77 of 26");
}

TEST(ReaderPort, bits_behind_a_card_do_not_begin_another) {
  Wire wire(std::vector{default_card_formats()[0]});
  wire.send(frame26(1)).send(frame26(2));
  EXPECT_EQ(wire.said(), "card 1 of 26");
  wire.silence(25ms);
  EXPECT_EQ(wire.said(), "bad 52");
}

TEST(ReaderPort, a_frame_of_a_length_that_no_format_has_is_bad) {
  Wire wire;
  wire.send(std::string(25, '1')).silence(25ms);
  wire.send(std::string(50, '0')).silence(25ms);
  EXPECT_EQ(wire.said(), "bad 25; bad 50");
  EXPECT_EQ(wire.port.counts().bad_frames, 2u);
}

TEST(ReaderPort, of_two_formats_of_one_length_the_first_that_fits_is_taken) {
  const std::vector formats{format_of("sssscccccccc", 5), format_of("ssssssscccccc"),
                            format_of("mmmmcccccccc")};
  Wire wire(formats);
  wire.send("010100000001").silence(25ms);
  EXPECT_EQ(wire.said(), "site 5 card 1 of 12");
  wire.send("011000000001").silence(25ms);
  EXPECT_EQ(wire.said(), "card 1 of 12");
}

TEST(ReaderPort, formats_may_change_within_a_frame) {
  Wire wire;
  const auto frame = frame26(0b000000000000'100000000000);
  wire.send(frame.substr(0, 20));
  wire.port.set_formats(std::vector{default_card_formats()[0], default_card_formats()[1]});
  wire.send(frame.substr(20));
  EXPECT_EQ(wire.said(), "card 2048 of 26") << "what speaks against 34 bits is known again";
}

TEST(ReaderPort, more_formats_than_it_takes_are_left_out) {
  std::vector<CardFormat> formats(ReaderPort::formats_max, format_of("ccccccccc"));
  formats.push_back(format_of("cccccccccccc"));
  Wire wire(formats);
  wire.send("000000001000").silence(25ms);
  EXPECT_EQ(wire.said(), "card 1 of 9") << "12 bits are not waited for";
}

TEST(Keypad, every_key_comes_as_four_bits) {
  for (unsigned key = 0; key <= 11; ++key) {
    Wire wire;
    wire.send(binary(key, 4));
    EXPECT_EQ(wire.said(), "") << "a frame may still follow";
    wire.silence(25ms);
    EXPECT_EQ(wire.said(), "key " + std::to_string(key));
    EXPECT_EQ(wire.port.counts(), (FrameCounts{.keys = 1}));
  }
}

TEST(Keypad, every_key_comes_as_eight_bits_with_its_complement_in_front) {
  for (unsigned key = 0; key <= 11; ++key) {
    Wire wire;
    wire.send(binary(~key & 0xFu, 4) + binary(key, 4)).silence(25ms);
    EXPECT_EQ(wire.said(), "key " + std::to_string(key));
  }
}

TEST(Keypad, eight_bits_that_contradict_each_other_are_bad) {
  for (unsigned key = 0; key <= 11; ++key) {
    for (std::size_t place = 1; place <= 8; ++place) {
      Wire wire;
      wire.send(flipped(binary(~key & 0xFu, 4) + binary(key, 4), place)).silence(25ms);
      EXPECT_EQ(wire.said(), "bad 8");
    }
  }
}

TEST(Keypad, keys_that_no_keypad_has_are_bad) {
  for (unsigned key = 12; key <= 15; ++key) {
    Wire wire;
    wire.send(binary(key, 4))
        .silence(25ms)
        .send(binary(~key & 0xFu, 4) + binary(key, 4))
        .silence(25ms);
    EXPECT_EQ(wire.said(), "bad 4; bad 8");
  }
}

TEST(Keypad, a_pin_is_typed_key_by_key_and_a_card_may_follow) {
  Wire wire;
  wire.send("0001").silence(30ms).send("0010").silence(30ms).send("1011").silence(30ms);
  wire.send(frame37(5));
  EXPECT_EQ(wire.said(), "key 1; key 2; key 11; card 5 of 37");
}

TEST(KeptFrames, are_as_they_came_whatever_they_mean) {
  Wire wire;
  std::vector<Frame> frames;
  wire.send(frame26(5)).silence(30ms);
  EXPECT_EQ(wire.port.take_frames(frames), 0u);
  EXPECT_TRUE(frames.empty()) << "nobody has asked";
  wire.port.keep_frames(true);
  wire.send(frame26(5)).silence(30ms).send("0001").silence(30ms).send("10110011101");
  EXPECT_TRUE(wire.port.deadline()) << "the end of the frame is looked for";
  wire.silence(30ms);
  EXPECT_EQ(wire.said(), "card 5 of 26; card 5 of 26; key 1; bad 11");
  EXPECT_EQ(wire.port.take_frames(frames), 0u);
  ASSERT_EQ(frames.size(), 2u) << "a key is nobody's business";
  EXPECT_EQ(frames[0].size, 26u);
  EXPECT_EQ(frames[1].size, 11u);
  EXPECT_TRUE(frames[1].bits.test(0));
  EXPECT_FALSE(frames[1].bits.test(1));
}

TEST(KeptFrames, have_a_maximum_and_the_rest_is_counted) {
  Wire wire;
  wire.port.keep_frames(true);
  for (std::size_t frame = 0; frame < ReaderPort::frames_kept_max + 3; ++frame)
    wire.send("10110011101").silence(30ms);
  std::vector<Frame> frames;
  EXPECT_EQ(wire.port.take_frames(frames), 3u);
  EXPECT_EQ(frames.size(), ReaderPort::frames_kept_max);
  EXPECT_EQ(wire.port.take_frames(frames), 0u);
  wire.port.keep_frames(false);
  wire.send("10110011101").silence(30ms);
  EXPECT_EQ(wire.port.take_frames(frames), 0u);
  EXPECT_EQ(frames.size(), ReaderPort::frames_kept_max);
}

TEST(Keypad, a_reader_without_formats_still_has_its_keys) {
  ReaderPort port(ReaderId{1});
  std::vector<Input> inputs;
  Uptime at{1s};
  for (const char bit : std::string("11010010")) {
    at += 1ms;
    port.pulse({.reader = ReaderId{1}, .one = bit == '1', .at = at}, inputs);
  }
  ASSERT_EQ(inputs.size(), 1u) << "nothing longer could match: told with the last bit";
  EXPECT_EQ(std::get<KeyPressed>(inputs[0]).key, 2);
}

}  // namespace
}  // namespace lintel::hal
