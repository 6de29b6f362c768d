// Inputs: auxiliary ones, exit buttons, supervised lines, the clock they depend on, power, bell.
#include <gtest/gtest.h>

#include <optional>

#include "tests/core/story.h"

namespace lintel {
namespace {

AuxInput row(std::uint8_t number, bool supervised = false) {
  AuxInput input;
  input.number = number;
  input.supervised = supervised;
  return input;
}

unsigned alarms(Story& story, unsigned door = 1) {
  return story.controller().status(DoorId{static_cast<std::uint8_t>(door)}).alarms;
}

// ---- auxiliary inputs

TEST(AnAuxiliaryInputOfTheTable, is_triggered_and_normal) {
  Story story;
  story.change([](Rules& rules) { rules.aux_inputs = {row(1)}; });
  story.play("one has a row, the other has none", R"(
     1 input aux active        -> aux_triggered
     2 input aux inactive      -> aux_normal
     3 input aux active at 2   -> aux_closed:2
     4 input aux inactive at 2 -> aux_open:2
  )");
  EXPECT_EQ(number(story.events()[1].code), 226u);
  EXPECT_EQ(number(story.events()[2].code), 225u);
  EXPECT_EQ(number(story.events()[3].code), 221u);
  EXPECT_EQ(number(story.events()[4].code), 220u);
}

TEST(AnAuxiliaryInputOfTheTable, may_be_disabled_or_of_no_kind) {
  Story story;
  AuxInput disabled = row(1), none = row(2);
  disabled.enabled = false;
  none.contact = AuxInput::Contact::none;
  story.change([&](Rules& rules) { rules.aux_inputs = {disabled, none}; });
  story.play("silence", R"(
     1 input aux active      ->
     2 input aux active at 2 ->
     3 input aux cut         ->
     4 input aux shorted at 2 ->
  )");
}

TEST(AnAuxiliaryInputOfTheTable, that_is_not_supervised_takes_a_fault_as_active) {
  Story story;
  story.change([](Rules& rules) { rules.aux_inputs = {row(1)}; });
  story.play("cut, then shorted: still triggered", R"(
     1 input aux cut      -> aux_triggered
     2 input aux shorted  ->
     3 input aux inactive -> aux_normal
  )");
}

TEST(AnAuxiliaryInputOfTheTable, that_is_supervised_tells_a_fault) {
  Story story;
  story.change([](Rules& rules) { rules.aux_inputs = {row(1, true)}; });
  story.play("neither triggered nor normal", R"(
     1 input aux cut      -> aux_cut
     2 input aux cut      ->
     3 input aux shorted  -> aux_shorted
     4 input aux inactive ->
     5 input aux active   -> aux_triggered
     6 input aux inactive -> aux_normal
  )");
  EXPECT_EQ(number(story.events()[1].code), 116u);
  EXPECT_EQ(story.events()[1].reason.rule, Rule::line_fault);
  EXPECT_EQ(story.events()[1].reason.detail, 1u);
  EXPECT_EQ(number(story.events()[2].code), 117u);
  EXPECT_EQ(story.events()[2].reason.detail, 2u);
}

TEST(AnAuxiliaryInputOfTheTable, that_was_triggered_before_a_fault_is_normal_after_it) {
  Story story;
  story.change([](Rules& rules) { rules.aux_inputs = {row(1, true)}; });
  story.play("triggered, cut, mended", R"(
     1 input aux active   -> aux_triggered
     2 input aux cut      -> aux_cut
     3 input aux inactive -> aux_normal
  )");
}

// ---- their time zones

TEST(AnInputZone, of_an_auxiliary_input_lets_nothing_follow_outside_of_it) {
  Story story;
  story.zone(3, Day::mon, 900, 959);
  story.change([](Rules& rules) {
    rules.aux_inputs = {row(1)};
    rules.input_zones = {{.aux = true, .number = 1, .zone = 3},
                         {.aux = true, .number = 2, .zone = 3}};
    rules.linkages = {
        {.index = 1, .event = 226, .output = Linkage::Output::aux, .out = 1, .time = 5},
        {.index = 2, .event = 221, .output = Linkage::Output::aux, .out = 1, .time = 5}};
  });
  story.play("before nine, and after it", R"(
    08:30 input aux active        -> aux_zone
    08:31 input aux inactive      -> aux_normal
    08:32 input aux active at 2   -> aux_zone:2
    08:33 input aux inactive at 2 -> aux_open:2
    09:10 input aux active        -> aux_triggered aux_on linked
    09:20 input aux active at 2   -> aux_off aux_closed:2 aux_on linked
  )");
  EXPECT_EQ(number(story.events()[1].code), 65u);
  EXPECT_EQ(story.events()[1].reason.rule, Rule::input_zone);
  EXPECT_EQ(story.events()[1].reason.record, 3u);
}

TEST(AnInputZone, of_an_auxiliary_input_is_unknown_without_a_clock) {
  Story story;
  story.zone(3, Day::mon, 0, 2359);
  story.change([](Rules& rules) {
    rules.input_zones = {{.aux = true, .number = 1, .zone = 3},
                         {.aux = true, .number = 2, .zone = 1}};
  });
  story.play("whatever DoorClockPolicy says", R"(
     1 trust no              ->
     2 input aux active      -> aux_zone
     3 input aux active at 2 -> aux_closed:2
  )");
}

TEST(AnInputZone, of_a_button_lets_nothing_follow_outside_of_it) {
  Story story;
  story.zone(3, Day::mon, 900, 959);
  story.change([](Rules& rules) {
    rules.input_zones = {{.aux = false, .number = 1, .zone = 3}};
    rules.linkages = {
        {.index = 1, .event = 202, .output = Linkage::Output::aux, .out = 1, .time = 5}};
  });
  story.play("before nine, and after it", R"(
    08:30 press      -> exit_zone
    08:31 press at 2 -> unlock:2 exit:2 aux_on linked
    09:10 press      -> relock:2 aux_off unlock exit aux_on linked
  )");
  EXPECT_EQ(number(story.events()[1].code), 64u);
}

// ---- the exit button

TEST(AnExitButton, that_is_not_there_is_not_heard) {
  Story story;
  story.set("doorREXButtonType", "0");
  story.set("doorREXButtonInputMode", "1");
  story.play("silence", R"(
     1 press                ->
     2 input button cut     ->
     3 set doorREXButtonType 1 ->
     4 press                -> unlock exit
  )");
}

TEST(AnExitButton, is_refused_for_each_reason_with_its_event) {
  Story story;
  story.zone(3, Day::sun, 0, 2359);
  story.change([](Rules& rules) { rules.interlock = 1; });
  story.play("the strongest first", R"(
     1 set DoorDisable 0       ->
     2 press                   -> exit_refused
     3 set DoorDisable 1       ->
     4 emergency close         -> dual_close dual_close:2
     5 press                   -> door_locked
     6 emergency off           -> cancelled cancelled:2
     7 remote lock             -> locked
     8 press                   -> door_locked
     9 remote unlock           -> unlocked
    10 set DoorValidTZ 3       ->
    11 press                   -> exit_refused
    12 set DoorValidTZ 1       ->
    13 open at 2               -> forced:2
    14 press                   -> interlocked
    15 close at 2              ->
    16 set DoorREXInput 0      ->
    17 press                   -> exit_locked
    18 set DoorREXInput 1      ->
    19 press                   -> unlock exit
  )");
}

TEST(AnExitButton, without_a_clock_follows_the_policy_of_its_door) {
  Story story;
  story.zone(3, Day::mon, 0, 2359);
  story.change([](Rules& rules) { rules.input_zones = {{.aux = false, .number = 2, .zone = 3}}; });
  story.set("DoorValidTZ", "3");
  story.play("0: it works", R"(
     1 trust no              ->
     2 press                 -> unlock exit
     3 press at 2            -> unlock:2 exit:2
     9 set DoorClockPolicy 1 -> relock relock:2
    10 set DoorClockPolicy 1 at 2 ->
    11 press                 -> exit_refused
    12 press at 2            -> exit_zone:2
    13 set DoorValidTZ 1     ->
    14 press                 -> unlock exit
  )");
  EXPECT_EQ(story.event_before(2).reason.rule, Rule::clock_untrusted);
  EXPECT_EQ(story.event_before(1).reason.rule, Rule::clock_untrusted);
}

TEST(AnExitButton, outside_a_zone_that_does_not_exist_works_never) {
  Story story;
  story.set("DoorValidTZ", "99");
  story.play("no policy helps",
             "1 press -> exit_refused\n 2 trust no ->\n 3 press -> exit_refused");
}

// ---- supervised lines

TEST(ASupervisedLine, of_a_button_tells_a_fault_and_is_not_pressed) {
  Story story;
  story.set("doorREXButtonInputMode", "1");
  story.play("cut, shorted", R"(
     1 input button cut      -> button_cut
     2 input button cut      ->
     3 input button shorted  -> button_shorted
     4 input button inactive ->
     5 input button active   -> unlock exit
     6 input button cut      -> button_cut
  )");
  EXPECT_EQ(number(story.events()[1].code), 118u);
  EXPECT_EQ(number(story.events()[2].code), 119u);
  EXPECT_EQ(story.events()[1].address, 1);
  story.play("not supervised: not pressed either, and not told", R"(
    10 set doorREXButtonInputMode 0 -> relock
    11 input button shorted  ->
    12 input button inactive ->
    13 input button cut      ->
  )");
}

TEST(ASupervisedLine, of_a_sensor_tells_a_fault_and_counts_as_open) {
  Story story;
  story.set("doorSensorInputMode", "1");
  story.play("cut, shorted, closed", R"(
     1 input sensor cut      -> sensor_cut opened forced
     2 input sensor shorted  -> sensor_shorted
     3 input sensor active   ->
     4 input sensor inactive -> closed
  )");
  EXPECT_EQ(number(story.events()[1].code), 120u);
  EXPECT_EQ(story.controller().status(DoorId{1}).sensor, DoorStatus::Sensor::closed);
  story.play("not supervised: open, and nothing told of the line", R"(
     5 set doorSensorInputMode 0 ->
     6 input sensor shorted  -> opened forced
     7 input sensor inactive -> closed
  )");
  story.play("without a sensor: nothing", R"(
     8 set doorSensorInputMode 1 ->
     9 set DoorSensorType 0  ->
    10 input sensor cut      ->
  )");
}

TEST(ASupervisedLine, of_the_fire_input_tells_a_fault_and_is_no_fire) {
  Story story;
  story.change([](Rules& rules) { rules.fire.supervised = true; });
  story.play("cut, shorted, fire", R"(
     1 input fire cut      -> fire_cut
     2 input fire shorted  -> fire_shorted
     3 input fire active   -> unlock unlock:2 fire fire:2
  )");
  EXPECT_EQ(number(story.events()[1].code), 114u);
  EXPECT_EQ(number(story.events()[2].code), 115u);
  EXPECT_EQ(story.events()[1].address, 0);
  story.play("fire may cut its own line", R"(
     4 input fire cut      -> fire_cut
     5 input fire inactive -> relock relock:2 fire_over fire_over:2
  )");
}

TEST(ASupervisedLine, of_the_fire_input_is_not_looked_at_where_there_is_none) {
  Story story;
  story.change([](Rules& rules) { rules.fire = {.used = false, .supervised = true}; });
  story.play("silence", "1 input fire cut ->\n 2 input fire active ->");
}

TEST(ALineOfTheFireInput, that_is_not_supervised_takes_a_fault_as_fire) {
  Story story;
  story.play("rather open than sorry", R"(
     1 input fire cut      -> unlock unlock:2 fire fire:2
     2 input fire shorted  ->
     3 input fire inactive -> relock relock:2 fire_over fire_over:2
  )");
}

// ---- power

TEST(ThePower, that_is_gone_is_taken_over_by_a_battery_that_is_well) {
  Story story;
  story.play("an hour in the dark", R"(
     1 input mains active      -> mains on_battery
     2 input mains inactive    -> mains_back on_mains
     3 input battery active    -> battery
     4 input mains active      -> mains
     5 input mains inactive    -> mains_back on_mains
     6 input battery inactive  ->
     7 input mains active      -> mains on_battery
     8 input battery active    -> battery_low
  )");
  const auto code = [&](std::size_t n) { return number(story.events()[n].code); };
  EXPECT_EQ(code(1), 107u);
  EXPECT_EQ(code(2), 6008u);
  EXPECT_EQ(code(3), 4008u);
  EXPECT_EQ(code(4), 6009u);
  EXPECT_EQ(code(5), 106u);
  EXPECT_EQ(number(story.last_event().code), 6010u);
  EXPECT_EQ(alarms(story),
            static_cast<unsigned>(Alarm::mains) | static_cast<unsigned>(Alarm::battery));
}

// ---- the doorbell

TEST(TheDoorbell, is_a_hash_with_nothing_before_it) {
  Story story;
  story.person({.pin = "5", .card = 1005, .password = "2580"});
  story.change([](Rules& rules) {
    rules.linkages = {
        {.index = 1, .event = 224, .in = 1, .output = Linkage::Output::aux, .out = 1, .time = 3}};
  });
  story.play("ding", R"(
     1 keys #      -> bell aux_on linked
     2 keys 12*#   -> bell linked
     3 keys 2580#  -> unlock by_password
     4 keys # at 4 -> bell:2
  )");
  story.play("digits that were forgotten are nothing", R"(
    10 keys 25     -> aux_off relock
    21 keys #      -> bell aux_on linked
  )");
}

TEST(TheDoorbell, rings_at_a_locked_door_too) {
  Story story;
  story.play("somebody wants in", R"(
     1 remote lock -> locked
     2 keys #      -> bell
  )");
}

// ---- auxiliary outputs

TEST(AnAuxiliaryOutput, that_is_disabled_is_always_off) {
  Story story;
  story.change([](Rules& rules) {
    rules.linkages = {
        {.index = 1, .event = 202, .output = Linkage::Output::aux, .out = 1, .time = 5}};
  });
  story.play("on", "1 aux on 0 -> aux_on aux_enabled");
  story.change([](Rules& rules) { rules.aux_outputs_off = {1}; });
  story.play("disabled", R"(
     2 wait           -> aux_off
     3 aux on 5       -> is_off
     4 aux off        -> aux_disabled
     5 press          -> unlock exit
     6 aux on 5 at 2  -> aux_on:2 aux_enabled:2
  )");
}

}  // namespace
}  // namespace lintel
