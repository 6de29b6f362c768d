#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

// Zone 3 holds on Mondays from 09:00 to 09:59.
class NormalOpenTime : public ::testing::Test {
 protected:
  NormalOpenTime() {
    story.person({.pin = "5", .card = 1005});
    story.person({.pin = "6", .card = 1006, .doors = 2});
    story.zone(3, Day::mon, 900, 959);
    story.set("DoorKeepOpenTimeZone", "3");
  }
  DoorStatus status() { return story.controller().status(DoorId{1}); }
  std::optional<KeepParameter> command(const Command& command) {
    Actions actions;
    story.controller().command(command, story.now(), actions);
    for (const Action& action : actions) {
      if (const auto* keep = std::get_if<KeepParameter>(&action)) return *keep;
    }
    return std::nullopt;
  }
  Story story;
};

TEST_F(NormalOpenTime, begins_and_ends_by_the_clock) {
  story.play("an hour", R"(
    08:59:59 wait -> 
    09:00    wait -> unlock zone_began
    09:59:59 wait ->
    10:00    wait -> relock zone_ended
  )");
  EXPECT_EQ(story.last_event().reason.record, 3u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::normal_open_zone);
}

TEST_F(NormalOpenTime, verifies_people_and_leaves_the_lock_alone) {
  story.play("visitors", R"(
    09:30    card 1005       -> unlock zone_began green beep verified
    09:30:03 wait            -> quiet dark
    09:30:05 card 1006       -> no_privilege
    09:30:06 card 999        -> unregistered
    09:31    card 1005       -> verified
    09:32    open            -> opened
    09:50    close           -> closed
    09:51    press           -> exit
    09:52    remote open 5   -> already_open
    09:53    remote close    -> cannot_close normal_open_now
  )");
  EXPECT_TRUE(status().released);
  EXPECT_TRUE(status().normal_open);
  EXPECT_EQ(status().alarms, 0) << "it may stand open";
}

TEST_F(NormalOpenTime, ends_with_the_door_standing_open) {
  story.play("nobody closes it", R"(
    09:30    open -> unlock zone_began opened
    10:00    wait -> relock zone_ended
    10:00:14 wait ->
    10:00:15 wait -> held
  )");
}

TEST_F(NormalOpenTime, takes_over_a_pulse_that_runs) {
  story.play("a long opening", R"(
    08:59:58 card 1005 -> unlock granted
    09:00:30 wait      -> zone_began
    10:00    wait      -> relock zone_ended
  )");
}

TEST_F(NormalOpenTime, may_be_disabled_for_the_day_and_enabled_again) {
  story.play("a quiet day", R"(
    09:30 remote today off -> unlock zone_began relock today_off keep
    09:31 card 1005        -> unlock granted
    09:32 remote today on  -> relock today_on keep unlock zone_began
    09:33 remote today off -> relock today_off keep
    10:30 wait             ->
  )");
  EXPECT_EQ(story.controller().parameters(DoorId{1}).normal_open_cancelled, 1261023u)
      << "23 November 2026: years from 1900, months from 0";
  story.play("a week later it holds again", R"(
    10:31 clock 2026-11-30 09:10:00 -> unlock zone_began
  )");
}

TEST_F(NormalOpenTime, of_a_night_that_was_disabled_does_not_come_back_at_midnight) {
  story.zone(4, Day::mon, 2200, 600);
  story.zone(4, Day::tue, 2200, 600);
  story.play("a quiet night", R"(
    08:30 set DoorKeepOpenTimeZone 4 ->
    22:30 remote today off           -> unlock zone_began relock today_off
    00:00 wait                       ->
    05:00 wait                       ->
    22:00 wait                       -> unlock zone_began
    00:30 remote today off           -> relock today_off
    05:00 wait                       ->
  )");
}

TEST_F(NormalOpenTime, that_is_disabled_is_kept_for_a_restart) {
  const auto keep = command(NormalOpenToday{1, false});
  ASSERT_TRUE(keep);
  EXPECT_EQ(keep->door, DoorId{1});
  EXPECT_EQ(keep->name, "DoorCancelKeepOpenDelay");
  EXPECT_EQ(keep->value, 1261023u);
  EXPECT_NE(find_door_parameter(keep->name), nullptr);
  EXPECT_EQ(command(NormalOpenToday{1, true})->value, 0u);
}

TEST_F(NormalOpenTime, does_not_begin_by_a_clock_that_nobody_trusts) {
  story.play("a clock is lost and found", R"(
    08:30 trust no  ->
    09:10 wait      ->
    09:20 trust yes -> unlock zone_began
    09:30 trust no  -> relock zone_ended
  )");
}

TEST_F(NormalOpenTime, that_is_always_needs_no_clock_unless_a_day_was_cancelled) {
  story.play("always", R"(
     1 set DoorKeepOpenTimeZone 1 -> unlock zone_began
     2 trust no                   ->
     3 remote today off           -> relock today_off
     4 clock 1970-01-01 00:00:00  ->
     5 trust yes                  -> unlock zone_began
  )");
}

TEST_F(NormalOpenTime, follows_its_zone_when_that_is_changed) {
  story.play("before", "1 wait ->");
  story.zone(3, Day::mon, 800, 830);
  story.reconsider();
  story.play("a server sent another zone", "2 wait -> unlock zone_began");
  story.controller().calendar().erase_timezone(3);
  story.reconsider();
  story.play("and took it away", "3 wait -> relock zone_ended");
}

TEST_F(NormalOpenTime, does_not_open_a_locked_or_a_disabled_door) {
  story.play("locked", R"(
    08:50 remote lock          -> locked keep
    09:10 wait                 ->
    09:11 card 1005            -> door_locked
    09:12 remote unlock        -> unlocked keep unlock zone_began
    09:13 remote lock          -> relock locked keep
    09:14 set DoorMaskFlag 0   -> unlock zone_began
    09:15 set DoorMaskFlag 1   -> relock zone_ended
    09:16 set DoorMaskFlag 0   -> unlock zone_began
    09:17 set DoorDisable 0    -> relock zone_ended
  )");
}

TEST_F(NormalOpenTime, that_ends_leaves_a_door_open_that_was_told_to_stay_so) {
  story.play("both", R"(
    09:10 remote stay      -> unlock zone_began stays_open
    09:20 remote close     -> cannot_close normal_open_now
    10:00 wait             -> zone_ended
    10:10 card 1005        -> verified
    10:11 remote open 5    -> already_open
    10:12 remote close     -> relock remote_closed
  )");
}

TEST(AStartInNormalOpenTime, opens_the_door_with_its_one_cause) {
  Controller controller{Layout{.doors = 2, .aux_inputs = 0, .aux_outputs = 0}};
  DoorParameters always_open;
  always_open.normal_open_zone = timezone_always;
  const Moment now{.uptime = Uptime{}, .civil = *civil_from_text("2026-11-23")};
  Actions actions;
  controller.set_parameters(DoorId{2}, always_open, now, actions);
  ASSERT_TRUE(actions.empty()) << "nothing before the start";
  controller.start({}, now, actions);
  ASSERT_EQ(actions.size(), 2u + 8u + 3u) << "locks, readers, two events and a day to keep";
  EXPECT_EQ(std::get<SetOutput>(actions[0]), (SetOutput{{OutputKind::lock, 1}, false}));
  EXPECT_EQ(std::get<SetOutput>(actions[1]), (SetOutput{{OutputKind::lock, 2}, true}));
  EXPECT_EQ(std::get<Record>(actions[10]).event.code, EventCode::device_started);
  EXPECT_EQ(std::get<Record>(actions[11]).event.code, EventCode::normal_open_began);
  EXPECT_EQ(std::get<Record>(actions[11]).event.address, 2);
}

}  // namespace
}  // namespace lintel
