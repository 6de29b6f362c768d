#include "engine/core/verification.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace lintel {
namespace {

constexpr std::uint16_t card = bit(Proof::card), password = bit(Proof::password),
                        id = bit(Proof::user_id), finger = bit(Proof::fingerprint);

VerifyMode mode(const char* text) {
  return verify_mode(text).value();
}

TEST(AVerifyMode, of_appendix_3_asks_for_what_it_says) {
  EXPECT_TRUE(mode("0").met_by(card));
  EXPECT_TRUE(mode("0").met_by(password));
  EXPECT_FALSE(mode("0").names(Proof::user_id));
  EXPECT_TRUE(mode("2").met_by(id));
  EXPECT_FALSE(mode("2").names(Proof::card));
  EXPECT_TRUE(mode("3").met_by(password));
  EXPECT_FALSE(mode("3").names(Proof::card));
  EXPECT_TRUE(mode("4").met_by(card));
  EXPECT_FALSE(mode("4").names(Proof::password));
  EXPECT_TRUE(mode("7").met_by(card));
  EXPECT_TRUE(mode("7").met_by(password));
  EXPECT_FALSE(mode("11").met_by(card));
  EXPECT_FALSE(mode("11").met_by(password));
  EXPECT_TRUE(mode("11").met_by(card | password));
}

TEST(AVerifyMode, of_a_sensor_that_is_not_there_is_one_all_the_same) {
  for (int n = 0; n < 30; ++n) {
    const auto each = verify_mode(std::to_string(n));
    ASSERT_TRUE(each) << n;
    EXPECT_EQ(static_cast<int>(each->code), n);
    EXPECT_FALSE(each->met_by(0)) << n << " opens to somebody who shows nothing";
  }
  EXPECT_TRUE(mode("6").met_by(card)) << "fingerprint or card";
  EXPECT_FALSE(mode("10").met_by(card)) << "card and fingerprint";
  EXPECT_FALSE(mode("1").names(Proof::card));
}

TEST(AVerifyMode, may_have_two_ways_to_meet_it) {
  EXPECT_TRUE(mode("14").met_by(id | finger));
  EXPECT_TRUE(mode("14").met_by(card | finger));
  EXPECT_FALSE(mode("14").met_by(id | card));
  EXPECT_TRUE(mode("14").names(Proof::card));
  EXPECT_TRUE(mode("14").names(Proof::user_id));
}

TEST(AVerifyMode, of_the_new_form_is_read_from_its_last_digit) {
  EXPECT_TRUE(mode("0000101000000011").all);
  EXPECT_EQ(mode("0000101000000011").proofs, card | password | bit(Proof::face));
  EXPECT_FALSE(mode("0000101000000010").all);
  EXPECT_TRUE(mode("0000101000000010").met_by(card));
  EXPECT_EQ(mode("0001101000000010").proofs,
            card | password | bit(Proof::face) | bit(Proof::qr_code));
  EXPECT_TRUE(mode("0000011000000001").met_by(id | password));
  EXPECT_FALSE(mode("0000011000000001").met_by(id));
}

TEST(AVerifyMode, that_does_not_exist_is_refused) {
  for (const char* text : {"", "30", "-1", "4 ", "007", "x", "0000000000000000", "0000000000000001",
                           "1000000000000010", "000010100000001", "00001010000000112"}) {
    EXPECT_FALSE(verify_mode(text)) << text;
  }
}

TEST(AVerifyMode, is_a_number_too) {
  for (int n = 0; n < 30; ++n)
    EXPECT_EQ(mode_code(std::to_string(n)), n);
  EXPECT_FALSE(mode_code("30"));
  EXPECT_FALSE(mode_code("255")) << "that says that there is no mode";
  EXPECT_FALSE(mode_code(""));
  EXPECT_EQ(mode_code("0000101000000011"), mode_new_form | 0b0000'1010'0000'0011);
  for (const char* text : {"0", "11", "14", "29", "0000101000000011", "0001000000000010"}) {
    const VerifyMode by_text = mode(text), by_number = verify_mode(mode_code(text).value());
    EXPECT_EQ(by_text.proofs, by_number.proofs) << text;
    EXPECT_EQ(by_text.all, by_number.all) << text;
    EXPECT_EQ(by_text.or_all, by_number.or_all) << text;
    EXPECT_EQ(by_text.code, by_number.code) << text;
  }
  EXPECT_EQ(mode("0000100000000011").code, VerifyCode{18}) << "face and card";
  EXPECT_EQ(mode("0000100000000010").code, VerifyCode::automatic) << "any of them";
}

TEST(AVerifyType, names_what_was_shown) {
  EXPECT_EQ(code_of(card), VerifyCode::card);
  EXPECT_EQ(code_of(password), VerifyCode::password);
  EXPECT_EQ(code_of(id), VerifyCode::user_id);
  EXPECT_EQ(code_of(finger), VerifyCode::fingerprint);
  EXPECT_EQ(code_of(card | password), VerifyCode::card_and_password);
  EXPECT_EQ(code_of(id | password), VerifyCode::password);
  EXPECT_EQ(code_of(id | card), VerifyCode::none);
  EXPECT_EQ(code_of(card | password | id), VerifyCode::none);
  EXPECT_EQ(code_of(bit(Proof::palm_print)), VerifyCode::none);
  EXPECT_EQ(code_of(bit(Proof::qr_code)), VerifyCode::none);
  EXPECT_EQ(code_of(0), VerifyCode::none);
}

TEST(AVerifyType, of_each_combination_of_appendix_3_is_its_number) {
  constexpr std::uint16_t face = bit(Proof::face), vein = bit(Proof::finger_vein),
                          palm = bit(Proof::palm_vein);
  const std::pair<int, int> numbers[] = {{8, id | finger},
                                         {9, finger | password},
                                         {10, card | finger},
                                         {11, card | password},
                                         {12, finger | password | card},
                                         {13, id | finger | password},
                                         {15, face},
                                         {16, face | finger},
                                         {17, face | password},
                                         {18, face | card},
                                         {19, face | finger | card},
                                         {20, face | finger | password},
                                         {21, vein},
                                         {22, vein | password},
                                         {23, vein | card},
                                         {24, vein | password | card},
                                         {25, palm},
                                         {26, palm | card},
                                         {27, palm | face},
                                         {28, palm | finger},
                                         {29, palm | finger | face}};
  for (const auto& [number, shown] : numbers)
    EXPECT_EQ(code_of(static_cast<std::uint16_t>(shown)), static_cast<VerifyCode>(number))
        << number;
}

}  // namespace
}  // namespace lintel
