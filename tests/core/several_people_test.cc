// Several people who open a door together, and the first one of the day.
#include <gtest/gtest.h>

#include <string>

#include "tests/core/story.h"

namespace lintel {
namespace {

// ---- multi-card

// Two of group 1 are 11 and 12, of group 2 21, of group 3 31; 9 is of no group.
class SeveralPeople : public ::testing::Test {
 protected:
  SeveralPeople() {
    story.person({.pin = "11", .card = 1011, .password = "1111", .group = 1});
    story.person({.pin = "12", .card = 1012, .group = 1});
    story.person({.pin = "21", .card = 1021, .group = 2});
    story.person({.pin = "31", .card = 1031, .group = 3});
    story.person({.pin = "9", .card = 1009});
    story.set("DoorMultiCardOpenDoor", "1");
    story.set("DoorIntertime", "0");
    story.change([](Rules& rules) {
      rules.multi_card = {{.door = DoorId{1}, .groups = {1, 2, 0, 0, 0}},
                          {.door = DoorId{1}, .groups = {1, 1, 0, 3, 0}},
                          {.door = DoorId{2}, .groups = {3, 0, 0, 0, 0}}};
    });
  }
  Story story;
};

TEST_F(SeveralPeople, open_when_the_last_one_is_there) {
  story.play("two of the first row", R"(
     1 card 1011 -> beep waits
     2 card 1021 -> unlock green together
     7 wait      -> quiet dark relock
  )");
  const Event& waits = story.events()[1];
  EXPECT_EQ(number(waits.code), 26u);
  EXPECT_EQ(waits.pin.view(), "11");
  EXPECT_EQ(waits.reason.rule, Rule::multi_card);
  EXPECT_EQ(waits.reason.record, 1u) << "how many are there";
  EXPECT_EQ(waits.reason.detail, 0u);
  const Event& last = story.events()[2];
  EXPECT_EQ(number(last.code), 3u);
  EXPECT_EQ(last.pin.view(), "21");
  EXPECT_EQ(last.reason.record, 2u);
  EXPECT_EQ(last.reason.detail, 5u);
}

TEST_F(SeveralPeople, come_in_any_order) {
  for (const char* text :
       {"1 card 1021 -> waits\n 2 card 1011 -> unlock together",
        "1 card 1012 -> waits\n 2 card 1021 -> unlock together",
        "1 card 1031 -> waits\n 2 card 1011 -> waits\n 3 card 1012 -> unlock together",
        "1 card 1011 -> waits\n 2 card 1031 -> waits\n 3 card 1012 -> unlock together",
        "1 card 1012 -> waits\n 2 card 1011 -> waits\n 3 card 1031 -> unlock together"}) {
    Story each;
    each.controller().people() = People{};
    each.person({.pin = "11", .card = 1011, .group = 1});
    each.person({.pin = "12", .card = 1012, .group = 1});
    each.person({.pin = "21", .card = 1021, .group = 2});
    each.person({.pin = "31", .card = 1031, .group = 3});
    each.rules(story.controller().rules());
    each.set("DoorMultiCardOpenDoor", "1");
    each.play("an order", text);
  }
}

TEST_F(SeveralPeople, may_come_to_both_readers_of_the_door) {
  story.play("one inside, one outside", R"(
     1 card 1011 at 1 -> waits
     2 card 1021 at 2 -> unlock together
  )");
  EXPECT_EQ(story.last_event().way, InOut::out);
}

TEST_F(SeveralPeople, may_be_one_alone_where_the_row_says_so) {
  story.set("DoorMultiCardOpenDoor", "1", 2);
  story.play("door 2", R"(
     1 card 1031 at 3 -> unlock:2 together:2
     2 card 1011 at 3 -> failed:2
  )");
}

TEST_F(SeveralPeople, who_fit_no_row_are_sent_away_and_it_is_over) {
  story.play("a stranger among them", R"(
     1 card 1011 -> waits
     2 card 1009 -> failed
     3 card 1021 -> waits
     4 card 1011 -> unlock together
    20 card 1021 -> relock waits
    21 card 1031 -> failed
    22 card 1011 -> waits
    23 card 1021 -> unlock together
  )");
  const Event& failed = story.events()[2];
  EXPECT_EQ(number(failed.code), 40u);
  EXPECT_EQ(failed.pin.view(), "9");
  EXPECT_EQ(failed.reason.rule, Rule::multi_card);
  EXPECT_EQ(failed.reason.detail, 1u);
}

TEST_F(SeveralPeople, who_are_the_same_person_are_one) {
  story.play("twice", R"(
     1 card 1011 -> waits
     2 card 1011 -> failed
     3 card 1021 -> unlock together
  )");
  EXPECT_EQ(story.event_before(1).reason.detail, 2u) << "the same person again";
  story.play("and he gains no time by it", R"(
    20 card 1011 -> relock waits
    29 card 1011 -> failed
    30 wait      -> failed
  )");
  EXPECT_EQ(story.last_event().reason.detail, 3u);
}

TEST_F(SeveralPeople, have_a_time_from_one_to_the_next) {
  story.set("DoorMultiCardInterTime", "10");
  story.play("too slow, then not", R"(
     1.0 card 1011 -> waits
    10.9 wait      ->
    11.0 wait      -> beep failed
    12.0 card 1021 -> waits
    21.9 card 1011 -> unlock together
    30.0 card 1031 -> relock waits
    39.0 card 1011 -> waits
    48.0 card 1012 -> unlock together
  )");
  const Event& late = story.events()[2];
  EXPECT_EQ(number(late.code), 40u);
  EXPECT_EQ(late.pin.view(), "11") << "told with the last person";
  EXPECT_EQ(late.card.value, 1011u);
  EXPECT_EQ(late.reason.record, 1u);
  EXPECT_EQ(late.reason.detail, 3u);
}

TEST_F(SeveralPeople, have_all_the_time_in_the_world_where_there_is_no_limit) {
  story.set("DoorMultiCardInterTime", "0");
  story.play("the first sits down", R"(
     1.0 card 1011 -> waits
   900.0 card 1021 -> unlock together
  )");
}

TEST_F(SeveralPeople, find_no_row_for_the_door) {
  story.change([](Rules& rules) { rules.multi_card.clear(); });
  story.play("everybody is refused", "1 card 1011 -> failed\n 2 card 1009 -> failed");
  EXPECT_EQ(story.last_event().reason.detail, 4u);
  story.change([](Rules& rules) {
    rules.multi_card = {{.door = DoorId{1}, .groups = {0, 0, 0, 0, 0}}};
  });
  story.play("a row for nobody is none", "3 card 1011 -> failed");
  EXPECT_EQ(story.last_event().reason.detail, 4u);
}

TEST_F(SeveralPeople, pass_the_ladder_each_for_himself) {
  story.change_user("21", [](User& user) { user.blacklisted = true; });
  story.play("one is blacklisted", R"(
     1 card 1011 -> waits
     2 card 1021 -> blacklisted
     3 card 999  -> unregistered
     4 card 1031 -> waits
     5 card 1012 -> unlock together
  )");
}

TEST_F(SeveralPeople, show_all_that_the_door_asks_for) {
  story.set("DoorVerifyType", "11");
  story.change_user("21", [](User& user) { user.password = *Password::from("2222"); });
  story.play("card and password, each", R"(
     1 card 1011  ->
     2 keys 1111# -> waits
     3 card 1021  ->
     4 keys 2222# -> unlock together
  )");
}

TEST_F(SeveralPeople, wait_for_nobody_while_the_door_is_normally_open) {
  story.zone(3, Day::mon, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("an hour", R"(
    08:59 card 1011    -> waits
    09:00 card 1021    -> failed unlock zone_began verified
    09:10 card 1009    -> verified
    10:00:01 card 1009 -> relock zone_ended failed
  )");
}

TEST_F(SeveralPeople, are_forgotten_by_a_restart) {
  story.play("half of them", R"(
     1 card 1011 -> waits
     2 restart   -> started
     3 card 1021 -> waits
     4 card 1011 -> unlock together
  )");
}

TEST_F(SeveralPeople, are_not_wanted_any_more_when_the_door_is_set_otherwise) {
  story.play("set otherwise and back", R"(
     1 card 1011                    -> waits
     2 set DoorMultiCardOpenDoor 0  ->
     3 set DoorMultiCardOpenDoor 1  ->
     4 card 1021                    -> waits
  )");
}

TEST_F(SeveralPeople, pass_all_together) {
  story.set("DoorInOutAntiPassback", "3");
  story.set("DoorIntertime", "5");
  story.play("one inside, one outside, then again", R"(
     1 card 1011 at 1 -> waits
     2 card 1021 at 2 -> unlock together
     3 card 1011 at 1 -> too_soon
     4 open           ->
     5 close          -> relock
    10 card 1011 at 1 -> passed_back
    11 card 1021 at 2 -> passed_back
    12 card 1021 at 1 -> waits
  )");
}

TEST_F(SeveralPeople, who_did_not_come_together_have_passed_nowhere) {
  story.set("DoorInOutAntiPassback", "1");
  story.play("the first one waits in vain", R"(
     1 card 1011 -> waits
    11 wait      -> failed
    12 press     -> unlock exit
    13 open      ->
    14 close     -> relock
    15 card 1011 -> waits
  )");
}

// ---- the first card

// 1 and 2 are in firstcard of door 1 while zone 3 holds: Mondays from 09:00 to 09:59.
class TheFirstCard : public ::testing::Test {
 protected:
  TheFirstCard() {
    story.person({.pin = "1", .card = 1001, .password = "2580"});
    story.person({.pin = "2", .card = 1002});
    story.person({.pin = "5", .card = 1005, .password = "1470"});
    story.zone(3, Day::mon, 900, 959);
    story.set("DoorIntertime", "0");
    story.change([](Rules& rules) {
      rules.first_cards = {{.pin = pin_of("1"), .door = DoorId{1}, .zone = 3},
                           {.pin = pin_of("2"), .door = DoorId{1}, .zone = 3}};
    });
  }
  void mode(const char* value) { story.set("DoorFirstCardOpenDoor", value); }
  bool is_kept() { return story.kept().count({KeptKind::first_card, 1, Pin{}}) == 1; }
  Story story;
};

TEST_F(TheFirstCard, opens_the_door_until_its_zone_is_over) {
  mode("1");
  story.play("Monday", R"(
    08:50 card 1001    -> unlock granted
    08:51 card 1005    -> relock unlock granted
    09:10 card 1005    -> relock unlock granted
    09:20 card 1001    -> relock unlock green first
    09:21 card 1002    -> verified
    09:22 card 1005    -> verified
    10:00:01 wait      -> relock zone_ended
    10:01 card 1005    -> unlock granted
  )");
  const Event& first = story.events()[4];
  EXPECT_EQ(number(first.code), 2u);
  EXPECT_EQ(first.pin.view(), "1");
  EXPECT_EQ(first.reason.rule, Rule::first_card_open);
  EXPECT_EQ(first.reason.record, 3u);
  EXPECT_EQ(first.reason.detail, 1u) << "it stays open";
  const Event& over = story.event_before(1);
  EXPECT_EQ(number(over.code), 204u);
  EXPECT_EQ(over.reason.rule, Rule::first_card_over);
  EXPECT_EQ(over.reason.record, 3u);
}

TEST_F(TheFirstCard, by_password_alone_is_told_so) {
  mode("1");
  story.play("a password", "09:20 keys 2580# -> unlock first_by_password");
  EXPECT_EQ(number(story.last_event().code), 215u);
  story.play("and another one's", "09:21 keys 1470# -> password_verified");
  EXPECT_EQ(number(story.last_event().code), 216u);
}

TEST_F(TheFirstCard, is_over_when_the_day_is) {
  mode("1");
  story.change([](Rules& rules) { rules.first_cards[0].zone = 1; });
  story.play("always, but for the day", R"(
     1 card 1001      -> unlock first
    23:59:59 wait     ->
    00:00:01 wait     -> relock zone_ended
    00:01 card 1001   -> unlock first
  )");
}

TEST_F(TheFirstCard, is_over_when_its_night_is) {
  mode("1");
  story.zone(4, Day::mon, 2200, 559);
  story.change([](Rules& rules) { rules.first_cards[0].zone = 4; });
  story.play("over midnight", R"(
    22:30 card 1001   -> unlock first
    05:59 wait        ->
    06:00:01 wait     -> relock zone_ended
  )");
}

TEST_F(TheFirstCard, is_over_when_somebody_closes_the_door) {
  mode("1");
  story.play("closed, and opened anew", R"(
    09:10 card 1001    -> unlock first
    09:11 remote close -> relock remote_closed
    09:12 card 1005    -> unlock granted
    09:13 card 1002    -> relock unlock first
  )");
}

TEST_F(TheFirstCard, is_over_when_the_door_is_locked) {
  mode("1");
  story.play("locked", R"(
    09:10 card 1001     -> unlock first
    09:11 remote lock   -> relock locked
    09:12 remote unlock -> unlocked
    09:13 card 1005     -> unlock granted
  )");
  EXPECT_FALSE(is_kept());
}

TEST_F(TheFirstCard, is_over_when_the_day_is_cancelled_by_a_super_user) {
  mode("1");
  story.person({.pin = "7", .card = 1007});
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("7"), .door = 1}}; });
  story.play("twice", R"(
    09:10:00 card 1001 -> unlock first
    09:10:05 card 1007 -> super
    09:10:06 card 1007 -> relock super_closed
  )");
}

TEST_F(TheFirstCard, begins_also_while_the_door_is_open_already) {
  mode("1");
  story.play("told to stay open", R"(
    09:10 remote stay  -> unlock stays_open
    09:11 card 1001    -> first
    09:12 remote close -> relock remote_closed
    09:13 card 1005    -> unlock granted
  )");
}

TEST_F(TheFirstCard, does_not_begin_beneath_a_lock) {
  mode("1");
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 1}}; });
  story.play("a super user at a locked door", R"(
    09:10 remote lock   -> locked
    09:11 card 1001     -> unlock super
    09:12 remote unlock -> relock unlocked
  )");
}

TEST_F(TheFirstCard, of_a_super_user_counts) {
  mode("1");
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 1}}; });
  story.play("he is both", R"(
    09:10 card 1001   -> unlock super
    09:20 card 1005   -> verified
    10:00:01 wait     -> relock zone_ended
  )");
}

TEST_F(TheFirstCard, with_several_people_is_that_of_the_last_one) {
  mode("1");
  story.set("DoorMultiCardOpenDoor", "1");
  story.change_user("1", [](User& user) { user.group = 1; });
  story.change_user("5", [](User& user) { user.group = 2; });
  story.change([](Rules& rules) {
    rules.multi_card = {{.door = DoorId{1}, .groups = {1, 2, 0, 0, 0}}};
  });
  story.play("the first, then the last", R"(
    09:10:00 card 1001 -> waits
    09:10:01 card 1005 -> unlock together
    09:20:00 card 1005 -> relock waits
    09:20:01 card 1001 -> unlock together
    09:30:00 card 1005 -> verified
    10:00:01 wait      -> relock zone_ended
  )");
}

TEST_F(TheFirstCard, is_there_again_after_a_restart) {
  mode("1");
  story.play("power is back", R"(
    09:10 card 1001   -> unlock first
    09:20 restart     -> unlock started zone_began
    09:30 card 1005   -> verified
    10:00:01 wait     -> relock zone_ended
    10:10 restart     -> started
  )");
  story.play("too late", R"(
    10:20 clock 2026-11-30 09:10:00 ->
    09:11 card 1001   -> unlock first
  )");
  story.play("the zone is over when it comes again", R"(
    09:12 restart                   -> unlock started zone_began
    09:13 clock 2026-11-30 10:30:00 -> relock zone_ended
  )");
  EXPECT_FALSE(is_kept());
}

TEST_F(TheFirstCard, needs_a_clock_unless_it_is_always) {
  mode("1");
  story.play("nobody knows whether the zone holds", R"(
    09:10 trust no    ->
    09:11 card 1001   -> unlock granted
    09:12 trust yes   -> relock
    09:13 card 1001   -> unlock first
    09:14 trust no    -> relock zone_ended
  )");
}

// ---- activation

TEST_F(TheFirstCard, lets_others_in_once_it_was_there) {
  mode("2");
  story.set("DoorSupperPassWord", "9119");
  story.play("nobody before the first", R"(
    09:10:00 card 1005    -> door_period
    09:10:05 keys 1470#   -> door_period
    09:10:10 card 1001    -> unlock first
    09:10:20 card 1005    -> relock unlock granted
    09:10:30 card 1002    -> relock unlock granted
    10:00:01 card 1005    -> relock door_period
    10:00:05 card 1001    -> door_period
    10:00:10 press        -> unlock exit
    10:00:20 keys 9119#   -> relock unlock emergency
  )");
  EXPECT_EQ(story.events()[1].reason.rule, Rule::first_card);
  EXPECT_EQ(number(story.events()[1].code), 22u);
  EXPECT_EQ(story.events()[3].reason.detail, 2u) << "activated";
  EXPECT_EQ(story.events()[3].reason.rule, Rule::first_card_open);
}

TEST_F(TheFirstCard, that_activates_by_password_is_told_so) {
  mode("2");
  story.play("a password", R"(
    09:10:00 keys 2580#   -> unlock first_by_password
    09:10:10 card 1005    -> relock unlock granted
  )");
}

TEST_F(TheFirstCard, that_activates_lasts_for_the_day) {
  mode("2");
  story.change([](Rules& rules) { rules.first_cards[0].zone = 1; });
  story.play("until midnight", R"(
     1 card 1001      -> unlock first
    23:59 card 1005   -> relock unlock granted
    00:00:01 card 1005 -> relock door_period
  )");
}

TEST_F(TheFirstCard, that_activates_is_over_when_the_door_is_closed_or_locked) {
  mode("2");
  story.play("closed, locked, set otherwise", R"(
    09:10:00 card 1001   -> unlock first
    09:10:10 remote close -> relock remote_closed
    09:10:20 card 1005   -> door_period
    09:11:00 card 1001   -> unlock first
    09:11:10 remote lock -> relock locked
    09:11:20 remote unlock -> unlocked
    09:11:30 card 1005   -> door_period
    09:12:00 card 1001   -> unlock first
    09:12:10 set DoorFirstCardOpenDoor 1 -> relock
    09:12:20 set DoorFirstCardOpenDoor 2 ->
    09:12:30 card 1005   -> door_period
  )");
}

TEST_F(TheFirstCard, that_activates_is_there_again_after_a_restart) {
  mode("2");
  story.play("power is back", R"(
    09:10:00 card 1001 -> unlock first
    09:10:10 restart   -> relock started
    09:10:20 card 1005 -> unlock granted
    10:00:01 restart   -> relock started
    10:00:10 card 1005 -> door_period
  )");
}

TEST_F(TheFirstCard, is_of_its_door) {
  mode("2");
  story.set("DoorFirstCardOpenDoor", "2", 2);
  story.play("nobody is in firstcard of door 2", R"(
    09:10:00 card 1001 at 3 -> door_period:2
    09:10:10 card 1001      -> unlock first
    09:10:20 card 1005 at 3 -> relock door_period:2
  )");
}

}  // namespace
}  // namespace lintel
