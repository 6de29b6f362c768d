// Rules of single people: validity, several cards, temporary users, longer releases.
#include <gtest/gtest.h>

#include <optional>

#include "tests/core/story.h"

namespace lintel {
namespace {

class OfPeople : public ::testing::Test {
 protected:
  OfPeople() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006});
    story.set("DoorIntertime", "0");
  }
  void extra(const char* pin, bool temporary, bool longer = false) {
    ExtUser row;
    row.pin = pin_of(pin);
    row.temporary = temporary;
    row.extended_time = longer;
    story.controller().people().apply(row);
  }
  bool is_there(const char* pin) {
    return story.controller().people().by_pin(pin_of(pin)).has_value();
  }
  Story story;
};

// ---- validity

TEST_F(OfPeople, a_period_counts_both_of_its_ends_to_the_second) {
  story.change_user("5", [](User& user) {
    user.validity = {civil_from_text("2026-11-23 08:00:10"),
                     civil_from_text("2026-11-23 08:00:20")};
  });
  story.play("ten seconds", R"(
     9 card 1005 -> too_early
    10 card 1005 -> unlock granted
    20 card 1005 -> relock unlock granted
    21 card 1005 -> too_late
  )");
  EXPECT_EQ(number(story.events()[1].code), 5024u);
  EXPECT_EQ(story.events()[1].reason.rule, Rule::validity);
  EXPECT_EQ(story.events()[1].reason.detail, 0u);
  EXPECT_EQ(number(story.last_event().code), 5025u);
  EXPECT_EQ(story.last_event().reason.detail, 1u);
}

TEST_F(OfPeople, a_period_of_one_privilege_holds_nobody_who_has_another) {
  Privilege over;
  over.pin = pin_of("5");
  over.timezone = 2;
  over.doors = 1;
  over.validity.end = civil_from_text("2026-01-01");
  story.controller().calendar().put(Timezone::always(2));
  story.controller().people().apply(over);
  story.play("the other one holds", "1 card 1005 -> unlock granted");
  story.controller().people().apply(
      ErasePrivilege{.pin = pin_of("5"), .timezone = timezone_always, .doors = 0xFF});
  story.play("now it is the only one", "7 card 1005 -> relock too_late");
  EXPECT_EQ(story.last_event().reason.detail, 3u);
  story.play("there is none for the other door", "8 card 1005 at 3 -> no_privilege:2");
}

TEST_F(OfPeople, a_period_that_is_still_to_come_says_more_than_one_that_is_over) {
  People& people = story.controller().people();
  people.apply(ErasePrivilege{.pin = pin_of("5"), .timezone = timezone_always, .doors = 0xFF});
  for (const TimezoneId zone : {2u, 3u, 4u}) {
    story.controller().calendar().put(Timezone::always(zone));
    Privilege privilege;
    privilege.pin = pin_of("5");
    privilege.timezone = zone;
    privilege.doors = 1;
    privilege.validity.end = civil_from_text("2026-01-01");
    if (zone == 3) privilege.validity = {civil_from_text("2027-01-01"), std::nullopt};
    people.apply(privilege);
  }
  story.play("over, to come, over", "1 card 1005 -> too_early");
  EXPECT_EQ(story.last_event().reason.detail, 2u);
  EXPECT_EQ(story.last_event().reason.record, 3u);
}

// ---- cards

TEST_F(OfPeople, several_cards_open_alike) {
  People& people = story.controller().people();
  people.apply(UserCard{.pin = pin_of("5"), .card = CardNo{2005}, .lost = false});
  people.apply(UserCard{.pin = pin_of("5"), .card = CardNo{3005}, .lost = false, .sub_card = true});
  people.apply(UserCard{.pin = pin_of("5"), .card = CardNo{4005}, .lost = true, .sub_card = true});
  story.play("main card, sub-card, a lost one", R"(
     1 card 1005 -> unlock granted
     7 card 2005 -> relock unlock granted
    13 card 3005 -> relock unlock granted
    19 card 4005 -> relock lost
  )");
  EXPECT_EQ(number(story.last_event().code), 38u);
}

TEST_F(OfPeople, an_interval_is_that_of_one_card) {
  story.set("DoorIntertime", "60");
  story.controller().people().apply(
      UserCard{.pin = pin_of("5"), .card = CardNo{2005}, .lost = false});
  story.play("of one card, at one door", R"(
     1 card 1005      -> unlock granted
     2 card 2005      -> granted
     3 card 1005      -> too_soon
     4 card 1005 at 3 -> unlock:2 granted:2
    60 card 1005      -> relock relock:2 too_soon
    61 card 1005      -> unlock granted
  )");
}

TEST_F(OfPeople, an_interval_is_not_forgotten_over_others) {
  story.set("DoorIntertime", "60");
  story.play("somebody else in between", R"(
     1 card 1005 -> unlock granted
     2 card 1006 -> granted
     3 card 1005 -> too_soon
  )");
}

// ---- super users by privilege

TEST_F(OfPeople, privilege_14_is_a_super_user_and_no_other_is) {
  story.set("DoorMaskFlag", "1");
  for (const int privilege : {0, 2, 6, 10, 14}) {
    story.change_user("5",
                      [&](User& user) { user.privilege = static_cast<std::uint8_t>(privilege); });
    story.advance(std::chrono::seconds{10});
    story.act(CardRead{ReaderId{1}, CardNo{1005}, 0, 26});
    EXPECT_EQ(story.last_event().code,
              privilege == 14 ? EventCode::super_user_opened : EventCode::door_locked)
        << privilege;
  }
}

// ---- temporary users

TEST_F(OfPeople, a_temporary_user_is_gone_when_the_day_is_over) {
  extra("5", true);
  story.play("until midnight, with his card and his password", R"(
    23:59:59 card 1005  -> unlock granted
    00:00:01 wait       -> erase_guests
    00:00:02 card 1005  -> unregistered
    00:00:10 keys 2580# -> relock unregistered
    00:00:11 card 1006  -> unlock granted
  )");
  EXPECT_FALSE(is_there("5"));
  EXPECT_TRUE(story.controller().people().privileges(pin_of("5")).empty());
}

TEST_F(OfPeople, a_temporary_user_is_gone_when_days_have_passed_without_power) {
  extra("5", true);
  story.play("restarts", R"(
     1 restart   -> started
     2 card 1005 -> unlock granted
    10 restart   -> relock started
  )");
  EXPECT_TRUE(is_there("5")) << "it is still his day";
  story.play("the clock says that a day has passed", R"(
    20 clock 2026-11-25 08:00:00 -> erase_guests
    21 card 1005                 -> unregistered
  )");
}

TEST_F(OfPeople, a_temporary_user_is_not_gone_by_a_clock_that_nobody_trusts) {
  extra("5", true);
  story.play("a clock is lost and found", R"(
     1 trust no                   ->
     2 clock 2030-01-01 00:00:00  ->
     3 card 1005                  -> unlock granted
     4 clock 2026-11-23 09:00:00  ->
     5 trust yes                  ->
     6 card 1005                  -> granted
  )");
}

TEST_F(OfPeople, a_temporary_user_is_gone_as_soon_as_the_clock_is_trusted_again) {
  extra("5", true);
  story.play("two days without power, and at first without the time", R"(
     1 trust no                   ->
     2 clock 2026-11-25 08:00:00  ->
     3 restart                    -> started
     4 card 1005                  -> unlock granted
     5 trust yes                  -> erase_guests
     6 card 1005                  -> unregistered
  )");
}

TEST_F(OfPeople, a_temporary_user_is_not_gone_when_the_clock_is_set_back) {
  extra("5", true);
  story.play("yesterday, and today again", R"(
     1 clock 2026-11-22 08:00:00  ->
     2 card 1005                  -> unlock granted
    00:00:01 wait                 -> relock erase_guests
  )");
  EXPECT_FALSE(is_there("5")) << "his day is over for the second time";
}

// ---- longer releases

TEST_F(OfPeople, a_longer_release_is_so_much_longer) {
  story.set("DoorDrivertime", "5");
  story.set("ExtDoorDelayDrivertime", "10");
  extra("5", false, true);
  story.play("five seconds, and ten more", R"(
     1 card 1006 -> unlock granted
     6 wait      -> relock
    10 card 1005 -> unlock green granted
    13 wait      -> dark
    24 wait      ->
    25 wait      -> relock
  )");
  EXPECT_EQ(story.last_event().reason.detail, 15u);
}

TEST_F(OfPeople, a_longer_release_makes_open_too_long_later) {
  story.set("ExtDoorDelayDrivertime", "10");
  story.set("DoorDetectortime", "20");
  extra("5", false, true);
  story.play("it stands open", R"(
     1 card 1005 -> unlock granted
     2 open      ->
    16 wait      -> relock
    35 wait      ->
    36 wait      -> held
  )");
}

TEST_F(OfPeople, a_longer_release_of_nothing_is_nothing) {
  story.set("DoorDrivertime", "0");
  story.set("ExtDoorDelayDrivertime", "10");
  extra("5", false, true);
  story.play("DoorDrivertime 0", "1 card 1005 -> granted");
}

TEST_F(OfPeople, a_longer_release_is_that_of_a_super_user_too) {
  story.set("ExtDoorDelayDrivertime", "10");
  extra("5", false, true);
  story.change_user("5", [](User& user) { user.privilege = 14; });
  story.play("fifteen seconds", R"(
     1 card 1005 -> unlock super
    15 wait      ->
    16 wait      -> relock
  )");
}

}  // namespace
}  // namespace lintel
