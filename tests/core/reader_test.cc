#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

constexpr const char* id_and_password = "0000011000000001";

class AtAReader : public ::testing::Test {
 protected:
  AtAReader() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006, .password = "1111"});
    story.person({.pin = "7", .card = 1007, .password = "1111"});
    story.person({.pin = "8", .card = 1008});
    story.set("DoorIntertime", "0");
  }
  Story story;
};

TEST_F(AtAReader, a_password_alone_opens_where_the_mode_lets_it) {
  for (const char* mode : {"0", "3", "7"}) {
    story.set("DoorVerifyType", mode);
    story.advance(std::chrono::seconds{30});
    const std::size_t before = story.events().size();
    for (const std::uint8_t key : {2, 5, 8, 0, 11})
      story.act(KeyPressed{ReaderId{1}, key});
    ASSERT_EQ(story.events().size(), before + 1) << mode;
    EXPECT_EQ(story.last_event().code, EventCode::opened_by_password) << mode;
    EXPECT_EQ(story.last_event().verify, VerifyCode::password);
    EXPECT_EQ(story.last_event().pin.view(), "5");
    EXPECT_EQ(story.last_event().card.value, 0u);
  }
}

TEST_F(AtAReader, a_password_must_be_one_persons_alone) {
  story.play("keys", R"(
     1 keys 2580#  -> unlock green beep by_password
     7 keys 1111#  -> relock beep unregistered
     8 keys 9999#  -> beep unregistered
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::registered);
  EXPECT_EQ(story.events()[story.events().size() - 2].reason.rule, Rule::password_ambiguous);
  EXPECT_TRUE(story.last_event().pin.empty());
}

TEST_F(AtAReader, a_hash_alone_rings_the_doorbell) {
  story.play("visitors", R"(
     1 keys #      -> bell
     2 keys 2*#    -> bell
     3 keys # at 4 -> bell:2
  )");
  EXPECT_EQ(number(story.last_event().code), 224u);
  EXPECT_EQ(story.last_event().way, InOut::out);
  EXPECT_TRUE(story.last_event().pin.empty());
  EXPECT_EQ(story.last_event().reason.rule, Rule::doorbell);
  EXPECT_EQ(story.last_event().reason.reader, ReaderId{4});
  story.set("DoorVerifyType", "11");
  story.play("behind a card it asks for nothing", R"(
     5 card 1005  ->
     6 keys #     ->
     7 keys 2580# -> unlock granted
  )");
}

TEST_F(AtAReader, what_the_door_does_not_ask_for_is_the_wrong_mode) {
  story.set("DoorVerifyType", "4");
  story.play("keys at a card door", R"(
     1 keys 2580#  -> wrong_mode
     2 keys 9999#  -> wrong_mode
     3 card 1005   -> unlock granted
  )");
  story.set("DoorVerifyType", "3");
  story.play("a card at a password door", R"(
    10 card 1005   -> relock wrong_mode
    11 card 9999   -> unregistered
    12 keys 2580#  -> unlock by_password
  )");
  story.set("DoorVerifyType", "2");
  story.play("an ID door", R"(
    20 keys 5#     -> relock unlock granted
    30 keys 2580#  -> relock unregistered
    31 card 1005   -> wrong_mode
  )");
  story.set("DoorVerifyType", "1");
  story.play("a fingerprint door", R"(
    41 card 1005   -> wrong_mode
    42 keys 2580#  -> wrong_mode
  )");
}

TEST_F(AtAReader, card_and_password_are_both_asked_for) {
  story.set("DoorVerifyType", "11");
  story.play("both", R"(
     1 card 1005   ->
     3 keys 2580#  -> unlock granted
     9 card 1005   -> relock
    10 keys 1111#  -> unregistered
    11 keys 2580#  -> wrong_mode
    12 card 1008   ->
    13 keys 1#     -> unregistered
    14 card 1009   -> unregistered
    15 keys 2580#  -> wrong_mode
  )");
  const Event& granted = story.events()[1];
  EXPECT_EQ(granted.verify, VerifyCode::card_and_password);
  EXPECT_EQ(granted.card.value, 1005u);
  EXPECT_EQ(granted.card_bits, 26);
  const Event& wrong = story.events()[2];
  EXPECT_EQ(wrong.reason.rule, Rule::password);
  EXPECT_EQ(wrong.pin.view(), "5");
  EXPECT_EQ(wrong.card.value, 1005u);
}

TEST_F(AtAReader, whoever_may_not_pass_hears_so_at_the_first_part) {
  story.person({.pin = "9", .card = 1009, .password = "99", .doors = 2});
  story.set("DoorVerifyType", "11");
  story.play("no privilege", R"(
     1 card 1009 -> no_privilege
     2 keys 99#  -> wrong_mode
  )");
}

TEST_F(AtAReader, whoever_loses_his_right_between_the_parts_is_refused) {
  story.set("DoorVerifyType", "11");
  story.play("first part", "1 card 1005 ->");
  story.controller().people().apply(EraseUser{*Pin::from("5")});
  story.play("second part", "2 keys 2580# -> unregistered");
}

TEST_F(AtAReader, the_second_part_has_ten_seconds_from_the_last_key) {
  story.set("DoorVerifyType", "11");
  story.play("too slow", R"(
     1.0 card 1005   ->
    10.9 wait        ->
    11.0 wait        -> beep timeout
    12.0 keys 2580#  -> wrong_mode
    20.0 card 1005   ->
    29.0 keys 25     ->
    38.0 keys 80     ->
    47.0 keys #      -> unlock granted
    60.0 card 1005   -> relock
    69.0 keys 25     ->
    78.9 wait        ->
    79.0 wait        -> timeout
  )");
  EXPECT_EQ(story.last_event().pin.view(), "5");
  EXPECT_EQ(story.last_event().card.value, 1005u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::parts_timeout);
}

TEST_F(AtAReader, another_card_begins_anew) {
  story.set("DoorVerifyType", "11");
  story.play("two people at once", R"(
     1 card 1005   ->
     2 card 1006   ->
     3 keys 2580#  -> unregistered
     4 card 1005   ->
     5 card 1006   ->
     6 keys 1111#  -> unlock granted
  )");
  EXPECT_EQ(story.last_event().pin.view(), "6");
}

TEST_F(AtAReader, the_parts_must_be_shown_at_one_reader) {
  story.set("DoorVerifyType", "11");
  story.play("card inside, password outside", R"(
     1 card 1005 at 1   ->
     2 keys 2580# at 2  -> wrong_mode
     3 keys 2580# at 1  -> unlock granted
  )");
}

TEST_F(AtAReader, an_id_is_completed_by_its_password) {
  story.set("DoorVerifyType", id_and_password);
  story.play("two entries", R"(
     1 keys 5#      ->
     2 keys 2580#   -> unlock by_password
    10 keys 5#      -> relock
    11 keys 1111#   -> unregistered
    12 keys 77#     -> unregistered
    13 keys 6#      ->
    14 keys 1111#   -> unlock by_password
    20 card 1005    -> relock wrong_mode
    21 keys 5#      ->
    31 wait         -> timeout
  )");
  EXPECT_EQ(story.events()[1].verify, VerifyCode::password);
  EXPECT_TRUE(story.events()[3].pin.empty()) << "an ID that is nobody's is not recorded";
}

TEST_F(AtAReader, an_id_and_a_card_complete_each_other) {
  story.set("DoorVerifyType", "0000110000000001");
  story.play("in either order", R"(
     1 keys 5#    ->
     2 card 1005  -> unlock granted
    10 card 1005  -> relock
    11 keys 5#    -> unlock granted
    20 keys 6#    -> relock
    21 card 1005  ->
    22 keys 6#    -> unregistered
  )");
}

TEST_F(AtAReader, an_id_or_a_password_will_do_where_the_mode_says_or) {
  story.set("DoorVerifyType", "0000011000000010");
  story.play("either", R"(
     1 keys 5#    -> unlock granted
    10 keys 2580# -> relock unlock by_password
    20 keys 99#   -> relock unregistered
  )");
}

TEST_F(AtAReader, a_part_that_the_box_cannot_read_is_waited_for_in_vain) {
  story.set("DoorVerifyType", "10");
  story.play("card and fingerprint", R"(
     1 card 1005   ->
     2 keys 2580#  -> wrong_mode
     3 card 1005   ->
    13 wait        -> timeout
  )");
}

TEST_F(AtAReader, a_star_clears_what_was_typed) {
  story.set("DoorVerifyType", "11");
  story.play("a slip of the finger", R"(
     1 card 1005     ->
     2 keys 99*2580# -> unlock granted
    10 card 1005     -> relock
    11 keys 2580*#   ->
    21 wait          -> timeout
  )");
}

TEST_F(AtAReader, an_entry_is_forgotten_after_ten_seconds) {
  story.play("somebody walks away", R"(
     1.0 keys 25   ->
    10.9 keys 8    ->
    20.8 keys 0#   -> unlock by_password
    31.0 keys 25   -> relock
    41.0 keys 80#  -> unregistered
  )");
}

TEST_F(AtAReader, more_digits_than_any_entry_has_are_refused) {
  story.play("a heavy sleeve", R"(
     1 keys 999999999999999999999999999992580# -> unregistered
     2 keys 2580#                              -> unlock by_password
     8 keys 99999999999999999999999999999*     -> relock
     9 keys 2580#                              -> unlock by_password
  )");
  story.set("DoorVerifyType", "11");
  story.play("also after a card", R"(
    15 card 1005                               -> relock
    16 keys 1234567890123456789012345#         -> unregistered
    17 keys 2580#                              -> wrong_mode
  )");
}

TEST_F(AtAReader, a_key_that_no_reader_has_is_no_key) {
  story.advance(std::chrono::seconds{1});
  EXPECT_TRUE(story.act(KeyPressed{ReaderId{1}, 12}).empty());
  EXPECT_TRUE(story.act(KeyPressed{ReaderId{1}, 255}).empty());
  story.play("and the password is as it was", "2 keys 2580# -> unlock by_password");
}

TEST_F(AtAReader, a_card_discards_what_was_typed) {
  story.play("digits, then a card", R"(
     1 keys 25     ->
     2 card 1006   -> unlock granted
     3 keys 80#    -> unregistered
  )");
}

TEST_F(AtAReader, noise_between_two_parts_does_not_disturb_them) {
  story.set("DoorVerifyType", "11");
  story.play("noise", R"(
     1 card 1005   ->
     2 frame 31    -> bad_frame
     3 keys 2580#  -> unlock granted
  )");
  const Event& noise = story.events()[1];
  EXPECT_EQ(noise.card_bits, 31);
  EXPECT_EQ(noise.reason.detail, 31u);
  EXPECT_EQ(noise.card.value, 0u);
}

TEST_F(AtAReader, a_new_mode_forgets_what_was_shown_for_the_old_one) {
  story.set("DoorVerifyType", "11");
  story.play("card", "1 card 1005 ->");
  story.set("DoorVerifyType", "3");
  story.play("then the door is set otherwise", "2 keys 1111# -> unregistered\n 20 wait ->");
}

}  // namespace
}  // namespace lintel
