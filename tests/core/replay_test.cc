// Rehearsals: what a day of events would be on the present configuration.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/story.h"

namespace lintel {
namespace {

// Four people at three doors: 1 is a super user, 5 and 6 may pass everywhere, 7 from 09:00 to
// 16:59 at door 2.
class ARehearsal : public ::testing::Test {
 protected:
  ARehearsal() {
    story.person({.pin = "1", .card = 1001, .password = "7777"});
    story.person({.pin = "5", .card = 1005, .password = "2580", .group = 1});
    story.person({.pin = "6", .card = 1006, .password = "1470", .group = 2});
    story.zone(3, Day::mon, 900, 1659);
    story.person({.pin = "7", .card = 1007, .zone = 3, .doors = 2});
    story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 1}}; });
  }

  // "08:00:05 27 -> 0": event 27 of 08:00:05 would be event 0 today.
  std::vector<std::string> differences() {
    std::vector<std::string> all;
    const auto rehearsal = story.controller().rehearse();
    for (const Event& event : story.events()) {
      const auto difference = rehearsal->take(event);
      if (!difference) continue;
      all.push_back(to_text(event.time).substr(11) + " " + std::to_string(number(event.code)) +
                    " -> " + std::to_string(number(difference->now)));
      last = *difference;
    }
    return all;
  }
  static std::vector<std::string> none() { return {}; }

  Story story{3};
  Rehearsal::Difference last;
};

using Lines = std::vector<std::string>;

TEST_F(ARehearsal, on_the_same_configuration_decides_a_day_as_it_was) {
  story.set("DoorInOutAntiPassback", "3", 3);
  story.set("DoorVerifyType", "11", 2);
  story.set("DoorSupperPassWord", "9119");
  story.set("DoorForcePassWord", "1199");
  story.set("DoorMultiCardOpenDoor", "1", 3);
  story.change([](Rules& rules) {
    rules.multi_card = {{.door = DoorId{3}, .groups = {1, 2, 0, 0, 0}}};
  });
  story.play("a busy Monday", R"(
    08:00:05 card 1005       -> unlock granted
    08:00:06 card 1005       -> too_soon
    08:00:07 open            ->
    08:00:09 close           -> relock
    08:01:00 card 999        -> unregistered
    08:01:05 keys 1470#      -> unlock by_password
    08:01:20 keys 9119#      -> relock unlock emergency
    08:01:40 keys 1199#      -> relock unlock by_password duress
    08:02:00 keys 4711#      -> relock unregistered
    08:02:10 frame 31        -> bad_frame
    08:03:00 card 1007 at 3  -> wrong_time:2
    08:03:10 card 1005 at 3  ->
    08:03:12 keys 2580# at 3 -> unlock:2 granted:2
    08:03:30 card 1005 at 3  -> relock:2
    08:03:32 keys 1# at 3    -> unregistered:2
    08:03:40 card 1006 at 4  ->
    08:03:50 wait            -> timeout:2
    08:04:00 keys 1470# at 4 -> wrong_mode:2
    08:05:00 card 1005 at 5  -> waits:3
    08:05:02 card 1006 at 5  -> unlock:3 together:3
    08:05:03 open at 3       ->
    08:05:05 close at 3      -> relock:3
    08:05:10 card 1006 at 5  -> passed_back:3
    08:05:20 card 1005 at 5  -> passed_back:3
    08:05:30 card 1005 at 6  -> waits:3
    08:05:40 wait            -> failed:3
    08:06:00 card 1001       -> unlock super
    08:06:20 press           -> relock unlock exit
    08:06:40 remote stay     -> relock unlock stays_open
    08:06:50 card 1005       -> verified
    08:07:00 card 1001       -> super
    08:07:02 card 1001       -> relock super_closed
    08:08:00 remote open 5 at 2 -> unlock:2 remote_opened:2
    08:09:00 emergency close -> relock:2 dual_close dual_close:2 dual_close:3
    08:09:10 card 1005       -> door_locked
    08:09:20 emergency open  -> unlock unlock:2 unlock:3 dual_open dual_open:2 dual_open:3
    08:09:30 card 1005       -> verified
    08:09:40 remote cancel at 0 -> relock relock:2 relock:3 cancelled cancelled:2 cancelled:3
    08:09:50 card 1005       -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_the_same_configuration_follows_times_of_day) {
  story.set("DoorKeepOpenTimeZone", "3");
  story.set("DoorFirstCardOpenDoor", "2", 3);
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("5"), .door = DoorId{3}, .zone = 3}};
  });
  story.play("a zone, a first card", R"(
    08:59:00 card 1005      -> unlock granted
    08:59:10 card 1005 at 5 -> relock door_period:3
    09:10:00 card 1006      -> unlock zone_began verified
    09:10:10 card 1006 at 5 -> door_period:3
    09:10:20 card 1005 at 5 -> unlock:3 first:3
    09:10:40 card 1006 at 5 -> relock:3 unlock:3 granted:3
    09:10:50 keys 1470#     -> relock:3 password_verified
    17:00:30 card 1006      -> relock zone_ended unlock granted
    17:00:40 card 1006 at 5 -> relock door_period:3
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_the_same_configuration_follows_a_lockdown_and_its_end) {
  story.play("three times, and three times", R"(
     1 card 1001 -> unlock super
     2 card 1001 -> super
     3 card 1001 -> relock lockdown
    10 card 1005 -> door_locked
    20 card 1001 -> door_locked
    21 card 1001 -> door_locked
    22 card 1001 -> door_locked lockdown_over
    30 card 1005 -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_the_same_configuration_follows_what_an_interlock_looked_at) {
  story.change([](Rules& rules) { rules.interlock = 1; });
  story.play("by card, by button, from afar, in a fire", R"(
     1 card 1005 at 3      -> unlock:2 granted:2
     2 card 1006           -> interlocked
    10 open at 2           -> relock:2 forced:2
    11 card 1006           -> interlocked
    12 close at 2          ->
    20 press at 2          -> unlock:2 exit:2
    21 card 1006           -> interlocked
    30 remote open 5 at 2  -> relock:2 unlock:2 remote_opened:2
    31 card 1006           -> interlocked
    40 input fire active   -> relock:2 unlock unlock:2 unlock:3 fire fire:2 fire:3
    41 card 1006           -> verified
    42 input fire inactive -> relock relock:2 relock:3 fire_over fire_over:2 fire_over:3
    50 card 1006           -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_the_same_configuration_follows_emergencies_to_their_end) {
  story.play("ended by command, and not ended at one door alone", R"(
     1 emergency close    -> dual_close dual_close:2 dual_close:3
     2 card 1005          -> door_locked
     3 remote cancel at 1 -> cancelled
     4 card 1005          -> door_locked
     5 emergency off      -> cancelled cancelled:2 cancelled:3
     6 card 1005          -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_the_same_configuration_follows_a_lockdown_that_a_command_ends) {
  story.play("three times, then unlocked from afar", R"(
     1 card 1001     -> unlock super
     2 card 1001     -> super
     3 card 1001     -> relock lockdown
    10 card 1005     -> door_locked
    20 remote unlock -> lockdown_over unlocked
    30 card 1005     -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, on_other_rights_differs_exactly_there) {
  story.play("a morning", R"(
    08:10:00 card 1005      -> unlock granted
    08:10:10 card 999       -> relock unregistered
    08:10:20 card 1006      -> unlock granted
    08:10:30 card 1007 at 3 -> relock wrong_time:2
    09:10:30 card 1007 at 3 -> unlock:2 granted:2
    09:10:40 card 1007      -> relock:2 no_privilege
  )");
  story.change_user("5", [](User& user) { user.blacklisted = true; });
  story.person({.pin = "9", .card = 999, .doors = 1});
  EXPECT_EQ(differences(), (Lines{"08:10:00 0 -> 39", "08:10:10 27 -> 0"}));
  EXPECT_TRUE(last.granted);
  EXPECT_EQ(last.reason.rule, Rule::granted);
  story.zone(3, Day::mon, 800, 859);
  story.reconsider();
  EXPECT_EQ(differences(), (Lines{"08:10:00 0 -> 39", "08:10:10 27 -> 0", "08:10:30 21 -> 0"}));
  story.controller().calendar().erase_timezone(3);
  story.zone(3, Day::mon, 800, 859);
  EXPECT_EQ(differences(), (Lines{"08:10:00 0 -> 39", "08:10:10 27 -> 0", "08:10:30 21 -> 0",
                                  "09:10:30 0 -> 21"}));
  EXPECT_FALSE(last.granted);
  EXPECT_EQ(last.reason.rule, Rule::time_zone);
}

TEST_F(ARehearsal, on_a_refusal_of_another_kind_tells_it) {
  story.play("a stranger", "1 card 999 -> unregistered");
  story.person({.pin = "9", .card = 999, .doors = 2});
  EXPECT_EQ(differences(), Lines{"08:00:01 27 -> 23"});
}

TEST_F(ARehearsal, on_a_grant_of_another_kind_is_the_same) {
  story.play("a card", "1 card 1005 -> unlock granted");
  story.set("DoorKeepOpenTimeZone", "1");
  EXPECT_EQ(differences(), none()) << "verified instead of opened: he passes either way";
}

TEST_F(ARehearsal, on_a_door_that_asks_for_more_waits_in_vain) {
  story.play("a card alone", "1 card 1005 -> unlock granted");
  story.set("DoorVerifyType", "11");
  EXPECT_EQ(differences(), Lines{"08:00:01 0 -> 75"});
  EXPECT_EQ(last.reason.rule, Rule::parts_timeout);
}

TEST_F(ARehearsal, follows_anti_passback_from_what_it_decides_itself) {
  story.play("in, in, out, in", R"(
    10 card 1005      -> unlock granted
    11 open           ->
    12 close          -> relock
    20 card 1005      -> unlock granted
    21 open           ->
    22 close          -> relock
    30 card 1005 at 2 -> unlock granted
    31 open           ->
    32 close          -> relock
    40 card 1005      -> unlock granted
    41 open           ->
    42 close          -> relock
  )");
  EXPECT_EQ(differences(), none());
  story.set("DoorInOutAntiPassback", "1");
  EXPECT_EQ(differences(), Lines{"08:00:20 0 -> 24"})
      << "refused once, so he is not inside for the second time";
  EXPECT_EQ(last.reason.rule, Rule::anti_passback);
}

TEST_F(ARehearsal, has_passages_of_its_own) {
  story.set("DoorInOutAntiPassback", "1");
  story.play("in", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 close     -> relock
  )");
  EXPECT_EQ(differences(), none()) << "that he is inside now is another matter";
  story.play("and nothing has changed outside of it", "10 card 1005 -> passed_back");
}

TEST_F(ARehearsal, follows_the_reset_of_passages) {
  story.set("DoorInOutAntiPassback", "1");
  story.play("in, forgotten, in", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 close     -> relock
     4 reset 5   -> reset
     5 card 1005 -> unlock granted
  )");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, says_nothing_of_what_was_no_decision) {
  story.play("lines, commands, alarms", R"(
     1 input tamper active -> tamper
     2 press               -> unlock exit
    10 open at 2           -> relock forced:2
    11 remote open 5       -> unlock remote_opened
    20 keys #              -> relock bell
  )");
  story.set("DoorMaskFlag", "1");
  EXPECT_EQ(differences(), none());
}

TEST_F(ARehearsal, moves_nothing) {
  story.play("a day", R"(
     1 card 1005 -> unlock granted
     6 wait      -> relock
  )");
  const std::size_t events = story.events().size();
  const std::size_t kept = story.kept().size();
  EXPECT_EQ(differences(), none());
  EXPECT_EQ(story.events().size(), events);
  EXPECT_EQ(story.kept().size(), kept);
  EXPECT_FALSE(story.controller().status(DoorId{1}).released);
  story.play("no interval began", "7 card 1005 -> unlock granted");
}

TEST_F(ARehearsal, of_a_lockout_says_nothing) {
  story.play("guessing", R"(
     1 keys 1#    -> unregistered
     2 keys 2#    -> unregistered
     3 keys 3#    -> unregistered
     4 keys 4#    -> unregistered
     5 keys 5#    -> unregistered too_many
     6 keys 2580# -> unregistered
  )");
  EXPECT_EQ(differences(), none());
}

}  // namespace
}  // namespace lintel
