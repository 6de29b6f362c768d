// Super users: what they need not be asked, what holds them too, and their gestures.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

// 1 is a super user everywhere, by SuperAuthorize; he has no privilege at all. 5 is anybody.
class ASuperUser : public ::testing::Test {
 protected:
  ASuperUser() {
    story.person({.pin = "1", .card = 1001, .password = "7777", .doors = 0});
    story.person({.pin = "5", .card = 1005});
    story.set("DoorIntertime", "0");
    story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 0}}; });
  }
  Story story;
};

// ---- who is one

TEST_F(ASuperUser, is_one_at_his_doors) {
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 2}}; });
  story.play("at the other he is anybody", R"(
     1 card 1001      -> no_privilege
     2 card 1001 at 3 -> unlock:2 green:3 super:2
  )");
  EXPECT_EQ(number(story.last_event().code), 208u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::super_user);
  EXPECT_EQ(story.last_event().reason.detail, 5u) << "seconds of the release";
  EXPECT_EQ(story.last_event().pin.view(), "1");
}

TEST_F(ASuperUser, is_also_who_has_privilege_14) {
  story.change([](Rules& rules) { rules.super_users.clear(); });
  story.play("not yet", "1 card 1001 -> no_privilege");
  for (const int privilege : {2, 6, 10}) {
    story.change_user("1",
                      [&](User& user) { user.privilege = static_cast<std::uint8_t>(privilege); });
    story.play("not by another one", "1 card 1001 -> no_privilege");
  }
  story.change_user("1", [](User& user) { user.privilege = 14; });
  story.play("everywhere", R"(
     2 card 1001      -> unlock super
     3 card 1001 at 4 -> unlock:2 super:2
  )");
}

// ---- what he is not asked

TEST_F(ASuperUser, passes_a_locked_door) {
  story.play("a lock that holds others", R"(
     1 remote lock  -> locked
     2 card 1005    -> door_locked
     3 card 1001    -> unlock super
     8 wait         -> relock
     9 press        -> door_locked
  )");
  EXPECT_TRUE(story.controller().status(DoorId{1}).locked);
}

TEST_F(ASuperUser, passes_a_door_that_its_schedule_closes) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::closed, .zone = 1}};
  });
  story.play("closed",
             "1 card 1005 -> door_locked\n 2 card 1001 -> unlock super\n 7 wait -> relock");
}

TEST_F(ASuperUser, passes_a_locked_door_after_its_open_delay) {
  story.set("DoorDelayOpenTime", "3");
  story.play("a delay", R"(
     1 remote lock  -> locked
     2 card 1001    -> super
     5 wait         -> unlock
    10 wait         -> relock
  )");
}

TEST_F(ASuperUser, needs_no_privilege_and_no_time) {
  story.zone(3, Day::sun, 0, 2359);
  story.set("DoorValidTZ", "3");
  story.set("DoorIntertime", "200");
  story.play("on a Monday", R"(
     1 card 1005 -> door_period
     2 card 1001 -> unlock super
    10 card 1001 -> relock unlock super
  )");
}

TEST_F(ASuperUser, needs_no_clock_unless_he_is_valid_for_a_time_only) {
  story.zone(3, Day::sun, 0, 2359);
  story.set("DoorValidTZ", "3");
  story.play("nobody knows the time", R"(
     1 trust no  ->
     2 card 1001 -> unlock super
  )");
  story.change_user("1", [](User& user) { user.validity.end = civil_from_text("2030-01-01"); });
  story.play("nobody knows whether he is still valid", "9 card 1001 -> relock wrong_time");
}

TEST_F(ASuperUser, waits_for_nobody) {
  story.set("DoorMultiCardOpenDoor", "1");
  story.set("DoorFirstCardOpenDoor", "2");
  story.set("DoorInOutAntiPassback", "3");
  story.play("several people, a first card, anti-passback", R"(
     1 card 1005 -> door_period
     2 card 1001 -> unlock super
     3 open      -> opened
     4 close     -> relock closed
    10 card 1001 -> unlock super
    11 open      -> opened
  )");
}

// ---- what holds him

TEST_F(ASuperUser, must_be_somebody_who_is_valid_and_wanted) {
  story.set("DoorVerifyType", "4");
  story.controller().people().apply(
      UserCard{.pin = pin_of("1"), .card = CardNo{2001}, .lost = true});
  story.change_user("1", [](User& user) { user.blacklisted = true; });
  story.play("lost, blacklisted", "1 card 2001 -> lost\n 2 card 1001 -> blacklisted");
  story.change_user("1", [](User& user) {
    user.blacklisted = false;
    user.validity.end = civil_from_text("2026-01-01");
  });
  story.play("over", "3 card 1001 -> too_late");
  story.change_user("1", [](User& user) {
    user.validity = {civil_from_text("2027-01-01"), std::nullopt};
  });
  story.play("not yet", "4 card 1001 -> too_early");
  story.change_user("1", [](User& user) { user.validity = {}; });
  story.play("in the wrong mode", "5 keys 7777# -> wrong_mode\n 6 card 1001 -> unlock super");
  story.controller().people().apply(EraseUser{pin_of("1")});
  story.play("gone", "12 card 1001 -> relock unregistered");
}

TEST_F(ASuperUser, is_held_by_a_disabled_door_and_a_disabled_reader) {
  story.set("DoorDisable", "0");
  story.change([](Rules& rules) {
    rules.readers.resize(3);
    rules.readers[2].enabled = false;
  });
  story.play("neither", R"(
     1 card 1001      -> door_period
     2 card 1001 at 3 -> door_period:2
     3 card 1001 at 4 -> unlock:2 super:2
  )");
}

TEST_F(ASuperUser, is_held_by_an_interlock) {
  story.change([](Rules& rules) { rules.interlock = 1; });
  story.play("the other door is open", R"(
     1 open at 2   -> forced:2
     2 card 1001   -> interlocked
     3 close at 2  ->
     4 card 1001   -> unlock super
  )");
}

TEST_F(ASuperUser, is_held_by_a_lockout) {
  story.set("DoorVerifyType", "11");
  story.play("five wrong passwords", R"(
     1 card 1001   ->
     2 keys 1#     -> unregistered
     3 card 1001   ->
     4 keys 1#     -> unregistered
     5 card 1001   ->
     6 keys 1#     -> unregistered
     7 card 1001   ->
     8 keys 1#     -> unregistered
     9 card 1001   ->
    10 keys 1#     -> unregistered too_many
    11 card 1001   ->
    12 keys 7777#  -> unregistered
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::lockout);
}

TEST_F(ASuperUser, shows_all_that_the_door_asks_for) {
  story.set("DoorVerifyType", "11");
  story.play("card and password", R"(
     1 card 1001   ->
     2 keys 7777#  -> unlock super
     8 card 1001   -> relock
    18 wait        -> timeout
  )");
}

// ---- gestures

TEST_F(ASuperUser, closes_a_normally_open_door_for_the_day_the_second_time) {
  story.zone(3, Day::mon, 900, 959);
  story.zone(3, Day::tue, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("enough for today", R"(
    09:10:00 card 1001 -> unlock zone_began green super
    09:10:04 card 1001 -> dark relock super_closed
    09:20    wait      ->
    09:59    wait      ->
  )");
  EXPECT_EQ(number(story.last_event().code), 211u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::super_gesture);
  EXPECT_EQ(story.last_event().reason.detail, 1u);
  EXPECT_EQ(story.last_event().pin.view(), "1");
  EXPECT_EQ(story.controller().parameters(DoorId{1}).normal_open_cancelled, 1261023u);
  story.play("a new day", "09:10 wait -> unlock zone_began");
}

TEST_F(ASuperUser, opens_it_again_the_second_time) {
  story.zone(3, Day::mon, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("closed and open again", R"(
    09:10:00 card 1001 -> unlock zone_began super
    09:10:02 card 1001 -> relock super_closed
    09:20:00 card 1001 -> unlock super
    09:20:03 card 1001 -> super today_on zone_began
    10:00    wait      -> relock zone_ended
  )");
  EXPECT_EQ(story.controller().parameters(DoorId{1}).normal_open_cancelled, 0u);
  story.play("when the zone is over there is nothing to open", R"(
    10:10:00 card 1001 -> unlock super
    10:10:03 card 1001 -> super
  )");
}

TEST_F(ASuperUser, opens_a_scheduled_door_again_too) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::open, .zone = 1}};
  });
  story.play("as a normal-open time", R"(
     1 card 1001 -> unlock zone_began super
     2 card 1001 -> relock super_closed
    20 card 1001 -> unlock super
    21 card 1001 -> super today_on zone_began
  )");
}

TEST_F(ASuperUser, closes_a_door_that_was_told_to_stay_open) {
  story.play("open until closed", R"(
     1 remote stay -> unlock stays_open
     2 card 1001   -> super
     3 card 1001   -> relock super_closed
  )");
  EXPECT_EQ(story.kept().count({KeptKind::stay_open, 1, Pin{}}), 0u);
}

TEST_F(ASuperUser, closes_it_for_the_day_also_before_its_zone_begins) {
  story.zone(3, Day::mon, 900, 959);
  story.zone(3, Day::tue, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("told to stay open at eight", R"(
     1 remote stay  -> unlock stays_open
     2 card 1001    -> super
     3 card 1001    -> relock super_closed
    09:30 wait      ->
    09:30:10 card 1001 -> unlock super
    09:30:12 card 1001 -> super today_on zone_began
    10:00:01 wait   -> relock zone_ended
    09:30 wait      -> unlock zone_began
  )");
}

TEST_F(ASuperUser, closes_a_door_that_the_first_card_opened) {
  story.set("DoorFirstCardOpenDoor", "1");
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("5"), .door = DoorId{1}, .zone = 1}};
  });
  story.play("the first one's day is over", R"(
     1 card 1005   -> unlock first
     2 card 1001   -> super
     3 card 1001   -> relock super_closed
     9 card 1005   -> unlock first
  )");
}

TEST_F(ASuperUser, has_five_seconds_from_time_to_time) {
  story.play("slow", R"(
     1.0 remote stay -> unlock stays_open
     2.0 card 1001   -> super
     7.1 card 1001   -> super
    12.1 card 1001   -> relock super_closed
    17.1 card 1001   -> lockdown lockdown:2
  )");
}

TEST_F(ASuperUser, must_be_the_same_at_the_same_door) {
  story.person({.pin = "2", .card = 1002});
  story.change([](Rules& rules) { rules.super_users.push_back({.pin = pin_of("2"), .door = 0}); });
  story.play("two of them, two doors", R"(
     1 remote stay    -> unlock stays_open
     2 card 1001      -> super
     3 card 1002      -> super
     4 card 1001      -> super
     5 card 1001 at 3 -> unlock:2 super:2
     6 card 1001 at 2 -> relock super_closed
  )");
}

TEST_F(ASuperUser, locks_down_his_doors_the_third_time) {
  Story three{3};
  three.person({.pin = "1", .card = 1001});
  three.change([](Rules& rules) {
    rules.super_users = {{.pin = pin_of("1"), .door = 1}, {.pin = pin_of("1"), .door = 3}};
  });
  three.play("two of three doors", R"(
     1 card 1001      -> unlock super
     2 card 1001 at 2 -> super
     3 card 1001      -> relock lockdown lockdown:3
     9 card 1001      -> door_locked
    10 card 1001 at 3 -> unlock:2 granted:2
    11 card 1001 at 5 -> door_locked:3
    12 press at 3     -> door_locked:3
    13 remote open 5  -> is_locked_down
    14 remote stay    -> is_locked_down
  )");
  const Event& here = three.events()[3];
  EXPECT_EQ(number(here.code), 4016u);
  EXPECT_EQ(here.pin.view(), "1");
  EXPECT_EQ(here.address, 1);
  EXPECT_EQ(here.reason.detail, 3u);
  const Event& there = three.events()[4];
  EXPECT_EQ(there.address, 3);
  EXPECT_EQ(there.way, InOut::system) << "nobody was at its readers";
  EXPECT_TRUE(three.controller().status(DoorId{1}).locked_down);
  EXPECT_FALSE(three.controller().status(DoorId{1}).locked);
}

TEST_F(ASuperUser, ends_the_lockdown_by_three_refused_attempts) {
  story.play("three times, and three times", R"(
     1.0 card 1001 -> unlock super
     2.0 card 1001 -> super
     3.0 card 1001 -> relock lockdown lockdown:2
    10.0 card 1001 -> door_locked
    15.0 card 1001 -> door_locked
    20.1 card 1001 -> door_locked
    21.0 card 1001 -> door_locked
    22.0 card 1001 -> door_locked lockdown_over lockdown_over:2
    23.0 card 1005 -> unlock granted
  )");
  EXPECT_EQ(number(story.event_before(1).code), 4017u);
  EXPECT_EQ(story.event_before(1).reason.detail, 4u);
  EXPECT_EQ(story.event_before(1).pin.view(), "1");
}

TEST_F(ASuperUser, ends_the_lockdown_with_all_the_parts_that_the_door_wants) {
  story.set("DoorVerifyType", "11");
  story.play("card and password, each time", R"(
     1.0 card 1001  ->
     1.1 keys 7777# -> unlock super
     2.0 card 1001  ->
     2.1 keys 7777# -> super
     3.0 card 1001  ->
     3.1 keys 7777# -> relock lockdown lockdown:2
    10.0 card 1001  ->
    10.1 card 1001  ->
    10.2 card 1001  ->
    10.3 keys 1111# -> door_locked
    11.0 card 1005  -> door_locked
    20.0 card 1001  ->
    20.1 keys 7777# -> door_locked
    21.0 card 1001  ->
    21.1 keys 7777# -> door_locked
    22.0 card 1001  ->
    22.1 keys 7777# -> door_locked lockdown_over lockdown_over:2
  )");
}

TEST_F(ASuperUser, who_has_something_else_against_him_does_not_end_it) {
  story.play("lockdown", R"(
     1 card 1001 -> unlock super
     2 card 1001 -> super
     3 card 1001 -> relock lockdown lockdown:2
  )");
  story.change_user("1", [](User& user) { user.blacklisted = true; });
  story.play("blacklisted meanwhile", R"(
    10 card 1001 -> door_locked
    11 card 1001 -> door_locked
    12 card 1001 -> door_locked
    13 card 1005 -> door_locked
    14 card 1005 -> door_locked
    15 card 1005 -> door_locked
  )");
  EXPECT_TRUE(story.controller().status(DoorId{1}).locked_down);
}

TEST_F(ASuperUser, ends_it_at_his_doors_only) {
  story.person({.pin = "2", .card = 1002});
  story.change([](Rules& rules) { rules.super_users.push_back({.pin = pin_of("2"), .door = 2}); });
  story.play("all, then one", R"(
     1 card 1001      -> unlock super
     2 card 1001      -> super
     3 card 1001      -> relock lockdown lockdown:2
    10 card 1002 at 3 -> door_locked:2
    11 card 1002 at 3 -> door_locked:2
    12 card 1002 at 3 -> door_locked:2 lockdown_over:2
    13 card 1005      -> door_locked
    14 card 1005 at 3 -> unlock:2 granted:2
  )");
}

TEST_F(ASuperUser, and_whoever_unlocks_a_door_from_afar_ends_its_lockdown) {
  story.zone(3, Day::mon, 800, 959);
  story.play("by command", R"(
     1 card 1001             -> unlock super
     2 card 1001             -> super
     3 card 1001             -> relock lockdown lockdown:2
     4 remote unlock at 2    -> lockdown_over:2 unlocked:2
     5 card 1005 at 3        -> unlock:2 granted:2
     6 card 1005             -> door_locked
     7 set DoorKeepOpenTimeZone 3 ->
     8 remote unlock         -> lockdown_over unlock zone_began unlocked
  )");
}

TEST_F(ASuperUser, ends_what_was_open_with_a_lockdown) {
  story.play("stay-open is over for good", R"(
     1 remote stay at 2 -> unlock:2 stays_open:2
     2 card 1001        -> unlock super
     3 card 1001        -> super
     4 card 1001        -> relock relock:2 lockdown lockdown:2
     5 remote unlock at 0 -> lockdown_over unlocked lockdown_over:2 unlocked:2
  )");
  EXPECT_FALSE(story.controller().status(DoorId{2}).released);
}

}  // namespace
}  // namespace lintel
