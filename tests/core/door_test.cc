#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

DoorStatus status(Story& story, unsigned door = 1) {
  return story.controller().status(DoorId{static_cast<std::uint8_t>(door)});
}
bool has(const DoorStatus& status, Alarm alarm) {
  return (status.alarms & static_cast<unsigned>(alarm)) != 0;
}

class ADoor : public ::testing::Test {
 protected:
  ADoor() {
    story.person({.pin = "5", .card = 1005});
    story.person({.pin = "6", .card = 1006});
    story.set("DoorIntertime", "0");
  }
  Story story;
};

TEST_F(ADoor, that_is_kicked_in) {
  story.play("a stranger, then a kick", R"(
     1.0 card 999 -> denied
     1.2 open     -> opened forced
    16.2 wait     -> held
  )");
  EXPECT_TRUE(has(status(story), Alarm::forced_open));
  EXPECT_TRUE(has(status(story), Alarm::held_open));
  EXPECT_EQ(status(story).sensor, DoorStatus::Sensor::open);
}

TEST_F(ADoor, that_somebody_walks_through) {
  story.play("in and gone", R"(
     1.0 card 1005 -> unlock granted
     2.0 open      -> opened
     3.0 close     -> relock closed
    60.0 wait      ->
  )");
  EXPECT_EQ(status(story).alarms, 0);
  EXPECT_EQ(status(story).sensor, DoorStatus::Sensor::closed);
}

TEST_F(ADoor, whose_lock_waits_for_its_time) {
  story.set("DoorCloseAndLock", "0");
  story.play("without relocking on closing", R"(
     1.0 card 1005 -> unlock granted
     2.0 open      ->
     3.0 close     ->
     4.0 open      ->
     6.0 wait      -> relock
     7.0 close     ->
     8.0 open      -> forced
  )");
}

TEST_F(ADoor, whose_lock_time_is_restarted) {
  story.set("DoorDrivertime", "8");
  story.play("one after the other", R"(
     1.0 card 1005      -> unlock granted
     6.0 card 1006      -> granted
    13.9 wait           ->
    14.0 wait           -> relock
    20.0 remote open 60 -> unlock remote_opened
    21.0 card 1005      -> granted
    30.0 wait           ->
    80.0 wait           -> relock
  )");
}

TEST_F(ADoor, that_stands_open_too_long) {
  story.play("a wedge", R"(
     1.0 card 1005 -> unlock granted
     2.0 open      -> opened
     6.0 wait      -> relock
    20.9 wait      ->
    21.0 wait      -> held
   300.0 wait      ->
   301.0 close     -> closed
   302.0 card 1005 -> unlock granted
   303.0 open      ->
   307.0 wait      -> relock
   321.9 wait      ->
   322.0 wait      -> held
  )");
  EXPECT_EQ(story.last_event().reason.detail, 15u);
  EXPECT_TRUE(has(status(story), Alarm::held_open));
  EXPECT_FALSE(has(status(story), Alarm::forced_open));
  story.play("closed at last", "400 close ->");
  EXPECT_TRUE(has(status(story), Alarm::held_open)) << "somebody ought to know of it";
  story.play("who has seen it", "401 remote cancel -> cancelled");
  EXPECT_EQ(status(story).alarms, 0);
}

TEST_F(ADoor, that_stands_open_is_one_episode_until_it_closes) {
  story.play("let in again meanwhile", R"(
     1.0 card 1005 -> unlock granted
     2.0 open      ->
    20.0 card 1006 -> relock unlock granted
    25.0 wait      -> relock
    39.9 wait      ->
    40.0 wait      -> held
    50.0 card 1005 -> unlock granted
   200.0 wait      -> relock
  )");
}

TEST_F(ADoor, that_has_no_alarm_for_standing_open) {
  story.set("DoorDetectortime", "0");
  story.play("a wedge", R"(
     1.0 open      -> forced
   900.0 wait      ->
  )");
}

TEST_F(ADoor, without_a_sensor_sees_nothing) {
  story.set("DoorSensorType", "0");
  story.play("nobody knows", R"(
     1.0 open      ->
     2.0 card 1005 -> unlock granted
     3.0 close     ->
     7.0 wait      -> relock
     8.0 open      ->
   100.0 wait      ->
  )");
  EXPECT_EQ(status(story).sensor, DoorStatus::Sensor::none);
  for (const Event& event : story.events()) {
    EXPECT_NE(event.code, EventCode::door_opened);
    EXPECT_NE(event.code, EventCode::door_closed);
  }
  story.set("DoorSensorType", "2");
  EXPECT_EQ(status(story).sensor, DoorStatus::Sensor::open) << "as it has been all along";
  story.play("from now on it is watched", "115 wait -> held");
  story.set("DoorSensorType", "0");
  EXPECT_EQ(status(story).sensor, DoorStatus::Sensor::none);
  EXPECT_TRUE(has(status(story), Alarm::held_open)) << "until it is cancelled";
}

TEST_F(ADoor, whose_sensor_is_cut_is_open) {
  story.play("a wire is cut", R"(
     1.0 input sensor cut     -> opened forced
     2.0 input sensor shorted ->
     3.0 input sensor active  ->
     4.0 close                -> closed
  )");
}

TEST_F(ADoor, that_was_forced_stays_an_alarm_until_it_is_cancelled) {
  story.play("a kick", R"(
     1.0 open      -> forced
     2.0 close     ->
  )");
  EXPECT_TRUE(has(status(story), Alarm::forced_open)) << "closing does not undo it";
  story.play("somebody comes and goes in", "3.0 card 1005 -> unlock granted");
  EXPECT_TRUE(has(status(story), Alarm::forced_open)) << "nor does anybody who is let in";
  story.play("somebody looks", "4.0 remote cancel -> cancelled");
  EXPECT_EQ(status(story).alarms, 0);
  story.play("another kick", R"(
    10.0 open          -> relock forced
    11.0 card 1005     -> unlock granted
  )");
  EXPECT_TRUE(has(status(story), Alarm::forced_open)) << "it still stands open";
  story.play("cancelled", "12.0 remote cancel -> cancelled");
  EXPECT_EQ(status(story).alarms, 0);
}

TEST_F(ADoor, that_opens_late) {
  story.set("DoorDelayOpenTime", "3");
  story.play("a delay", R"(
     1.0 card 1005    -> green beep granted
     2.0 card 1006    -> granted
     3.9 wait         ->
     4.0 wait         -> unlock
     9.0 wait         -> relock
    10.0 card 1005    -> granted
    11.0 open         -> forced
    12.0 close        ->
    13.0 wait         -> unlock
    14.0 card 1006    -> granted
    19.0 wait         -> relock
    20.0 card 1005    -> granted
    21.0 press        -> unlock exit
    22.0 remote close -> relock remote_closed
    30.0 card 1005    -> granted
    31.0 remote close -> remote_closed
    40.0 wait         ->
  )");
}

TEST_F(ADoor, whose_lock_time_is_nought_is_never_released) {
  story.set("DoorDrivertime", "0");
  story.play("nothing moves", R"(
     1.0 card 1005     -> beep granted
     2.0 press         -> exit
     3.0 open          -> forced
     4.0 remote open 4 -> unlock remote_opened
     8.0 wait          -> relock
  )");
  EXPECT_EQ(story.events()[1].reason.detail, 0u) << "the reason says so";
  EXPECT_EQ(story.all_that_came().find("green"), std::string::npos);
  EXPECT_EQ(story.events()[2].reason.detail, 0u);
}

TEST_F(ADoor, is_never_moved_by_another) {
  story.play("two doors", R"(
     1.0 card 1005 at 3 -> unlock:2 granted:2
     2.0 open at 1      -> forced
     3.0 press at 2     -> exit:2
     4.0 open at 2      ->
     5.0 close at 2     -> relock:2
  )");
}

TEST_F(ADoor, shows_green_while_it_is_released_and_three_seconds_at_most) {
  story.play("light", R"(
     1.0 card 1005  -> unlock green granted
     4.0 wait       -> dark
     6.0 wait       -> relock
    10.0 card 1005  -> unlock green granted
    10.5 open       ->
    11.0 close      -> relock dark
    20.0 card 1005 at 2 -> unlock green:2 granted
    25.0 wait       -> dark:2 relock
  )");
  story.set("DoorDrivertime", "1");
  story.play("a short one", R"(
    30.0 card 1005  -> unlock green granted
    31.0 wait       -> relock dark
    32.0 card 999   -> beep denied
    32.2 card 999   -> denied
    32.4 wait       ->
    32.5 wait       -> quiet
  )");
}

// ---- the exit button

TEST_F(ADoor, opens_at_its_exit_button) {
  story.play("out", R"(
     1.0 press     -> unlock exit
     2.0 open      ->
     3.0 close     -> relock
     4.0 input button cut    ->
     5.0 input button active -> unlock exit
     9.0 input button active ->
    10.0 wait      -> relock
  )");
  EXPECT_TRUE(story.last_event().pin.empty());
  EXPECT_EQ(story.last_event().way, InOut::system);
  EXPECT_EQ(story.last_event().verify, VerifyCode::none);
  EXPECT_EQ(story.last_event().reason.rule, Rule::exit_button);
}

TEST_F(ADoor, whose_exit_button_does_not_release_it) {
  story.set("DoorREXInput", "0");
  story.set("DoorREXTimeOut", "4");
  story.play("the button is wired to the lock itself", R"(
     1.0 press     -> exit_locked
     4.9 open      ->
    19.8 wait      ->
    19.9 wait      -> held
    20.0 close     ->
    30.0 press     -> exit_locked
    34.0 open      -> forced
  )");
}

TEST_F(ADoor, whose_exit_button_has_its_hours) {
  story.zone(3, Day::mon, 900, 1000);
  Rules rules;
  rules.input_zones = {{.aux = false, .number = 1, .zone = 3}};
  story.rules(rules);
  story.play("a time zone of the button", R"(
    08:30 press    -> exit_zone
    09:00 press    -> unlock exit
  )");
  EXPECT_EQ(story.events()[1].reason.record, 3u);
  story.zone(4, Day::mon, 930, 1000);
  story.set("DoorValidTZ", "4");
  story.play("and one of the door", R"(
    09:29 press    -> relock exit_refused
    09:30 press    -> unlock exit
    09:40 trust no -> relock
    09:41 press    -> unlock exit
    09:42 set DoorClockPolicy 1 -> relock
    09:43 press    -> exit_refused
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::clock_untrusted);
  story.set("DoorValidTZ", "0");
  story.play("zone 0 never holds", "09:44 press -> exit_refused");
}

TEST_F(ADoor, that_is_locked_or_disabled_has_no_exit_button) {
  story.set("DoorMaskFlag", "1");
  story.play("locked", "1 press -> door_locked");
  story.set("DoorDisable", "0");
  story.play("disabled", "2 press -> exit_refused");
  EXPECT_EQ(story.last_event().reason.rule, Rule::door_disabled);
}

TEST_F(ADoor, is_shut_when_it_is_locked_or_disabled_by_its_parameters) {
  story.play("open", "1 remote open 60 -> unlock remote_opened");
  story.play("locked", "2 set DoorMaskFlag 1 -> relock");
  story.play("unlocked and open again", R"(
     3 set DoorMaskFlag 0 ->
     4 remote stay        -> unlock stays_open
     5 set DoorDisable 0  -> relock
     6 card 1005          -> door_period
  )");
  EXPECT_FALSE(status(story).enabled);
}

// ---- time

TEST_F(ADoor, keeps_its_pulse_when_the_clock_jumps) {
  story.play("ten years and back", R"(
     1.0 card 1005                 -> unlock granted
     2.0 clock 2036-11-23 08:00:00 ->
     3.0 clock 1970-01-01 00:00:00 ->
     5.9 wait                      ->
     6.0 wait                      -> relock
  )");
}

TEST_F(ADoor, whose_ticks_come_late_does_everything_in_its_order) {
  story.act(CardRead{ReaderId{1}, CardNo{1005}, 0, 26});
  story.act(LevelChanged{{InputKind::door_sensor, 1}, Level::active});
  Moment later = story.now();
  later.uptime += std::chrono::seconds{60};
  Actions actions;
  story.controller().handle(Tick{}, later, actions);
  std::vector<std::string> lines;
  for (const Action& action : actions) {
    if (const auto* set = std::get_if<SetOutput>(&action)) {
      if (set->line.kind == OutputKind::lock) lines.emplace_back(set->on ? "on" : "off");
    }
    if (const auto* record = std::get_if<Record>(&action)) {
      lines.emplace_back(word_of(record->event.code));
    }
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"off", "held"}));
}

TEST(AStart, takes_the_lines_as_they_are) {
  Controller controller{Layout{.doors = 1, .aux_inputs = 1, .aux_outputs = 1}};
  DoorParameters parameters;
  parameters.sensor = SensorType::normally_closed;
  Moment now{.uptime = Uptime{std::chrono::seconds{5}}, .civil = *civil_from_text("2026-11-23")};
  Actions actions;
  controller.set_parameters(DoorId{1}, parameters, now, actions);
  EXPECT_TRUE(actions.empty());
  EXPECT_FALSE(controller.deadline());
  const LevelChanged levels[] = {{{InputKind::door_sensor, 1}, Level::active},
                                 {{InputKind::aux, 1}, Level::active},
                                 {{InputKind::exit_button, 1}, Level::active},
                                 {{InputKind::tamper, 0}, Level::active}};
  controller.start(levels, now, actions);
  ASSERT_EQ(actions.size(), 9u)
      << "lock, aux, two readers' light and buzzer, one event, and two things to keep";
  std::vector<Event> events;
  std::vector<Kept> kept;
  for (const Action& action : actions) {
    const auto* set = std::get_if<SetOutput>(&action);
    EXPECT_TRUE(set == nullptr || !set->on);
    if (const auto* record = std::get_if<Record>(&action)) events.push_back(record->event);
    if (const auto* keep = std::get_if<KeepState>(&action)) kept.push_back(keep->row);
  }
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].code, EventCode::device_started);
  EXPECT_EQ(events[0].address, 0);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].key, (KeptKey{KeptKind::alarms, 1, Pin{}})) << "the cover is off";
  EXPECT_EQ(kept[0].value, static_cast<int>(Alarm::tamper));
  EXPECT_EQ(kept[1].key, (KeptKey{KeptKind::temporary_day, 0, Pin{}}));
  EXPECT_EQ(kept[1].value, now.civil.time_since_epoch() / std::chrono::days{1});
  EXPECT_EQ(controller.status(DoorId{1}).sensor, DoorStatus::Sensor::open);
  EXPECT_TRUE(has(controller.status(DoorId{1}), Alarm::tamper));
  EXPECT_FALSE(has(controller.status(DoorId{1}), Alarm::forced_open));
  EXPECT_EQ(controller.input({InputKind::exit_button, 1}), Level::active);
  ASSERT_TRUE(controller.deadline());
  EXPECT_EQ(*controller.deadline(), now.uptime + std::chrono::seconds{15}) << "it stands open";
}

TEST(ADeadline, is_the_next_minute_where_nothing_else_is_due) {
  Story story;
  EXPECT_EQ(*story.controller().deadline() - story.now().uptime, std::chrono::seconds{60});
  story.advance(std::chrono::seconds{59});
  story.act(Tick{});
  EXPECT_EQ(*story.controller().deadline() - story.now().uptime, std::chrono::seconds{1});
  story.act(BadFrame{ReaderId{1}, 3});
  EXPECT_EQ(*story.controller().deadline() - story.now().uptime, std::chrono::milliseconds{300});
}

}  // namespace
}  // namespace lintel
