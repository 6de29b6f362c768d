// Format strings as a server sends them: what they read, and what is refused and why.
#include "hal/card_format.h"

#include <gmock/gmock.h>

#include "tests/hal/wire.h"

namespace lintel::hal {
namespace {

using ::testing::HasSubstr;

Frame frame_of(std::string_view bits) {
  Frame frame;
  for (const char bit : bits)
    frame.bits[frame.size++] = bit == '1';
  return frame;
}

std::optional<CardNumber> read(const CardFormatText& text, std::string_view bits) {
  const auto format = CardFormat::parse(text);
  EXPECT_TRUE(format.has_value()) << (format ? "" : format.error().text);
  return format ? format->read(frame_of(bits)) : std::nullopt;
}

std::optional<std::uint64_t> number_read(const CardFormatText& text, std::string_view bits) {
  const auto number = read(text, bits);
  return number ? std::optional(number->card.value) : std::nullopt;
}

std::string refusal(const CardFormatText& text) {
  const auto format = CardFormat::parse(text);
  if (format) return "accepted";
  EXPECT_EQ(format.error().code, Errc::invalid);
  return format.error().text;
}

TEST(CardFormat, the_example_of_the_protocol_reads_26_bits) {
  const CardFormatText text{.format = "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
                            .bits = 26};
  EXPECT_EQ(number_read(text, frame26(0xABCDEF)), 0xABCDEFu);
  for (std::size_t place = 1; place <= 26; ++place) {
    EXPECT_EQ(number_read(text, flipped(frame26(0xABCDEF), place)), std::nullopt);
  }
}

TEST(CardFormat, a_site_code_is_split_off_and_must_be_ours) {
  CardFormatText text{.format = "pssssssssccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo"};
  const auto frame = frame26((17u << 16) + 1234);
  EXPECT_EQ(read(text, frame), (CardNumber{CardNo{1234}, 17})) << "0: any is welcome";
  text.site_code = 17;
  EXPECT_EQ(read(text, frame), (CardNumber{CardNo{1234}, 17}));
  text.site_code = 18;
  EXPECT_EQ(read(text, frame), std::nullopt);
  text.ext_site_codes = "1000;17";
  EXPECT_EQ(read(text, frame), (CardNumber{CardNo{1234}, 17}));
  text.ext_site_codes = "1000;16;";
  EXPECT_EQ(read(text, frame), std::nullopt);
}

TEST(CardFormat, manufacturer_facility_and_x_are_read_past) {
  EXPECT_EQ(number_read({.format = "mmccffccxcc"}, "11011101111"), 0b010111u);
}

TEST(CardFormat, capitals_are_read_like_small_letters) {
  EXPECT_EQ(number_read({.format = "PCCCCCCCP:EEEEEOOOO"}, "000000100"), 2u);
}

TEST(CardFormat, parity_groups_may_overlap_and_follow_each_other) {
  const CardFormatText overlapping{.format = "pcccccccp:eeeebeeex:xxxxoxxxo"};
  // Ones over places 1-8 even, over place 5 odd, over places 5 and 9 odd.
  EXPECT_EQ(number_read(overlapping, "000110000"), 0b0011000u);
  EXPECT_EQ(number_read(overlapping, "000110001"), std::nullopt);
  EXPECT_EQ(number_read(overlapping, "100110000"), std::nullopt);
  EXPECT_EQ(number_read(overlapping, "001100001"), std::nullopt) << "place 5 must be odd";
  const CardFormatText extended{.format = "pcccccccp:eeeeexxxx",
                                .ext_parity = "xxxxxoooo;xexexexex"};
  EXPECT_EQ(number_read(extended, "000000001"), 0u);
  EXPECT_EQ(number_read(extended, "000000010"), std::nullopt) << "places 2, 4, 6, 8 must be even";
}

TEST(CardFormat, parity_is_not_looked_at_when_that_is_switched_off) {
  CardFormatText text{.format = "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo"};
  text.parity_verified = false;
  EXPECT_EQ(number_read(text, flipped(frame26(5), 1)), 5u);
  text.format = "pccccccccccccccccccccccccp";
  EXPECT_EQ(number_read(text, frame26(5)), 5u) << "no group is needed then";
}

TEST(CardFormat, a_reversed_reader_sends_its_last_bit_first) {
  const CardFormatText text{.format = "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
                            .reversal = 1};
  auto frame = frame26(0x123456);
  std::reverse(frame.begin(), frame.end());
  EXPECT_EQ(number_read(text, frame), 0x123456u);
  EXPECT_EQ(number_read(text, flipped(frame, 3)), std::nullopt);
}

TEST(CardFormat, crossed_wires_send_ones_for_zeros) {
  const CardFormatText text{.format = "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
                            .reversal = 2};
  auto frame = frame26(0x123456);
  for (char& bit : frame)
    bit = bit == '1' ? '0' : '1';
  EXPECT_EQ(number_read(text, frame), 0x123456u);
  EXPECT_EQ(number_read(text, flipped(frame, 3)), std::nullopt);
}

TEST(CardFormat, a_number_may_come_lowest_byte_first) {
  const CardFormatText text{.format = "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
                            .reversal = 3};
  EXPECT_EQ(number_read(text, frame26(0x563412)), 0x123456u);
}

TEST(CardFormat, a_number_may_come_lowest_bit_first) {
  const CardFormatText text{.format = "pcccccccp:eeeeexxxx:xxxxxoooo", .reversal = 4};
  EXPECT_EQ(number_read(text, "010010001"), 0b0001001u);
}

TEST(CardFormat, another_length_is_another_format) {
  const CardFormatText text{.format = "ccccccccc"};
  EXPECT_EQ(number_read(text, "00000001"), std::nullopt);
  EXPECT_EQ(number_read(text, "0000000010"), std::nullopt);
}

TEST(CardFormat, the_longest_number_and_the_longest_frame_are_read) {
  const std::string format = std::string(64, 'm') + std::string(64, 'c');
  EXPECT_EQ(number_read({.format = format}, std::string(128, '1')), ~std::uint64_t{0});
}

TEST(CardFormat, what_speaks_against_it_is_known_at_the_bit_that_completes_it) {
  const auto format = format_of("psssscccccp:eeeeeeooooo", 9);
  EXPECT_FALSE(format.excluded_by(frame_of("01001").bits, 5));
  EXPECT_TRUE(format.excluded_by(frame_of("01000").bits, 5)) << "site 8";
  EXPECT_FALSE(format.excluded_by(frame_of("010010").bits, 6));
  EXPECT_TRUE(format.excluded_by(frame_of("010011").bits, 6)) << "parity";
}

TEST(CardFormat, a_refusal_says_what_is_wrong_and_where) {
  EXPECT_EQ(refusal({.format = "pccccccc?p:eeeeeooooo"}),
            "place 9 of the card format is '?', allowed are p, c, s, m, f and x");
  EXPECT_EQ(refusal({.format = "pccccccc\x1bp:eeeeeooooo"}),
            "place 9 of the card format is '?', allowed are p, c, s, m, f and x");
  EXPECT_EQ(refusal({.format = ""}), "the card format has 0 places, allowed are 9 to 128");
  EXPECT_EQ(refusal({.format = "cccccccc"}), "the card format has 8 places, allowed are 9 to 128");
  EXPECT_EQ(refusal({.format = std::string(129, 'c')}),
            "the card format has 129 places, allowed are 9 to 128");
  EXPECT_EQ(refusal({.format = "mmmmmmmmm"}),
            "the card format has no place for the card number (c)");
  EXPECT_EQ(refusal({.format = std::string(65, 'c')}),
            "the card format has 65 places for the card number, allowed are 64");
  EXPECT_EQ(refusal({.format = std::string(33, 's') + "c"}),
            "the card format has 33 places for the site code, allowed are 32");
  EXPECT_EQ(refusal({.format = "pcccccccp:eeeeeooo"}),
            "a parity group has 8 marks, but the card format has 9 places");
  EXPECT_EQ(refusal({.format = "pcccccccp:eeeeeoo1o"}),
            "mark 8 of a parity group is '1', allowed are e, o, b and x");
  EXPECT_EQ(refusal({.format = "pcccccccp:eeeeexxxx"}),
            "the parity bit at place 9 of the card format is in no parity group");
  EXPECT_EQ(refusal({.format = "ccccccccc", .bits = 26}),
            "CardBit is 26, but the card format has 9 places");
  EXPECT_EQ(refusal({.format = "ccccccccc", .site_code = 3}),
            "a site code is asked for, but the card format has no place for one (s)");
  EXPECT_EQ(refusal({.format = "sscccccccc", .ext_site_codes = "1;x"}),
            "ExtSiteCode has an entry that is not a number from 0 to 4294967295");
  EXPECT_EQ(refusal({.format = "ccccccccc", .ext_parity = "xeex"}),
            "ExtParityFormat: a parity group has 4 marks, but the card format has 9 places");
  EXPECT_EQ(refusal({.format = "ccccccccc", .reversal = 5}),
            "ReversalType is 5, allowed are 0 to 4");
  EXPECT_EQ(refusal({.format = "ccccccccc", .reversal = 3}),
            "ReversalType 3 exchanges whole bytes, but the card number has 9 bits");
}

TEST(CardFormat, there_is_an_end_to_groups_and_site_codes) {
  std::string groups = "ccccccccc";
  for (int i = 0; i < 17; ++i)
    groups += ":exxxxxxxx";
  EXPECT_THAT(refusal({.format = groups}), HasSubstr("more than 16 parity groups"));
  std::string codes;
  for (int i = 1; i <= 65; ++i)
    codes += std::to_string(i) + ";";
  EXPECT_THAT(refusal({.format = "sscccccccc", .ext_site_codes = codes}),
              HasSubstr("more than 64 site codes"));
}

TEST(CardFormat, a_format_cut_anywhere_is_refused_or_another_format_but_never_a_crash) {
  const std::string whole = "psssscccccp:eeeeeeooooo";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto format = CardFormat::parse({.format = whole.substr(0, size), .bits = 11});
    EXPECT_FALSE(format.has_value()) << whole.substr(0, size);
  }
}

}  // namespace
}  // namespace lintel::hal
