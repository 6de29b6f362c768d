#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

unsigned alarms(Story& story, unsigned door) {
  return story.controller().status(DoorId{static_cast<std::uint8_t>(door)}).alarms;
}

TEST(AnAuxiliaryInput, tells_what_it_sees) {
  Story story;
  story.play("a window", R"(
     1 input aux active       -> aux_closed
     2 input aux inactive     -> aux_open
     3 input aux shorted at 2 -> aux_closed:2
     4 input aux cut at 2     -> aux_open:2
     5 input aux cut at 2     ->
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::line);
  EXPECT_EQ(number(story.events()[1].code), 221u);
}

TEST(TheCoverOfTheBox, is_an_alarm_of_every_door_until_it_is_cancelled) {
  Story story;
  story.play("a screwdriver", R"(
     1 input tamper active   -> tamper
     2 input tamper cut      ->
     3 input tamper inactive ->
  )");
  EXPECT_EQ(alarms(story, 1), 0b10u) << "somebody was at it";
  EXPECT_EQ(alarms(story, 2), 0b10u);
  story.play("one door after the other", R"(
     4 remote cancel at 2    -> cancelled:2
     5 input tamper active   -> tamper
  )");
  EXPECT_EQ(alarms(story, 1), 0b10u);
  EXPECT_EQ(alarms(story, 2), 0b10u);
  story.play("cancelled while it is off", "6 remote cancel at 0 -> cancelled cancelled:2");
  EXPECT_EQ(alarms(story, 1), 0u) << "gone until the line says so anew";
  story.play("a cut wire says nothing new", "7 input tamper cut ->");
  EXPECT_EQ(alarms(story, 1), 0u);
  story.play("anew", "8 input tamper inactive ->\n 9 input tamper active -> tamper");
  EXPECT_EQ(alarms(story, 1), 0b10u);
}

TEST(MainsAndBattery, fail_and_recover) {
  Story story;
  story.play("a dark night", R"(
     1 input mains active     -> mains on_battery
     2 input battery active   -> battery_low
  )");
  EXPECT_EQ(alarms(story, 2), 0b1100000u);
  EXPECT_EQ(number(story.last_event().code), 6010u);
  story.play("morning", R"(
     3 input battery inactive ->
     4 input mains inactive   -> mains_back on_mains
  )");
  EXPECT_EQ(alarms(story, 2), 0b1100000u) << "until somebody has seen it";
  EXPECT_EQ(number(story.last_event().code), 6009u);
  EXPECT_EQ(story.last_event().address, 0);
  story.play("seen", "5 remote cancel at 0 -> cancelled cancelled:2");
  EXPECT_EQ(alarms(story, 2), 0u);
}

TEST(TheCoverOfAReader, is_an_alarm_of_its_door) {
  Story story;
  story.play("reader 4 is outside of door 2",
             "1 input reader_tamper active at 4 -> reader_tamper:2");
  EXPECT_EQ(alarms(story, 1), 0u);
  EXPECT_EQ(alarms(story, 2), 0b10000000u);
  EXPECT_EQ(story.last_event().way, InOut::out);
  EXPECT_EQ(story.last_event().reason.reader, ReaderId{4});
  story.play("closed", "2 input reader_tamper inactive at 4 -> reader_ok:2");
  EXPECT_EQ(alarms(story, 2), 0b10000000u) << "somebody was at it";
  story.play("cancelled", "3 remote cancel at 2 -> cancelled:2");
  EXPECT_EQ(alarms(story, 2), 0u);
}

TEST(TheCoverOfAReader, that_was_off_before_the_start_is_an_alarm_without_a_word) {
  Controller controller{Layout{.doors = 2, .aux_inputs = 0, .aux_outputs = 0}};
  const Moment now{.uptime = Uptime{std::chrono::seconds{5}},
                   .civil = *civil_from_text("2026-11-23")};
  const LevelChanged levels[] = {{{InputKind::reader_tamper, 4}, Level::active}};
  Actions actions;
  controller.start(levels, now, actions);
  EXPECT_EQ(controller.status(DoorId{1}).alarms, 0u);
  EXPECT_EQ(controller.status(DoorId{2}).alarms, 0b10000000u);
  for (const Action& action : actions) {
    const auto* record = std::get_if<Record>(&action);
    if (record != nullptr) {
      EXPECT_EQ(record->event.code, EventCode::device_started);
    }
  }
}

TEST(Fire, opens_every_fire_door_while_it_burns) {
  Story story{3};
  story.set("DoorFireOpen", "0", 2);
  story.play("smoke", R"(
     1 input fire active   -> unlock unlock:3 fire fire:3
     2 input fire inactive -> relock relock:3 fire_over fire_over:3
  )");
  EXPECT_EQ(number(story.last_event().code), 4014u);
}

TEST(TheServerLink, comes_and_goes) {
  Story story;
  story.play("a cable", R"(
     1 link up   -> online
     2 link down -> offline
  )");
  EXPECT_EQ(story.last_event().address, 0);
  EXPECT_EQ(story.last_event().reason.rule, Rule::system);
}

TEST(ALineThatTheBoxDoesNotHave, is_a_broken_promise_of_the_board) {
  Story story;
  EXPECT_DEATH(story.act(LevelChanged{{InputKind::aux, 3}, Level::active}), "broken promise");
  EXPECT_DEATH(story.act(CardRead{ReaderId{5}, CardNo{1}, 0, 26}), "broken promise");
  EXPECT_DEATH(story.act(KeyPressed{ReaderId{0}, 1}), "broken promise");
}

TEST(Time, never_runs_backwards) {
  Story story;
  story.advance(std::chrono::seconds{10});
  story.act(Tick{});
  Moment before = story.now();
  before.uptime -= std::chrono::seconds{1};
  Actions actions;
  EXPECT_DEATH(story.controller().handle(Tick{}, before, actions), "broken promise");
}

}  // namespace
}  // namespace lintel
