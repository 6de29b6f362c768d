// Interlock: a door may not be released while another of its group is open, released, or about to
// be.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/core/story.h"

namespace lintel {
namespace {

class AnInterlock : public ::testing::Test {
 protected:
  AnInterlock() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    for (unsigned door = 1; door <= 4; ++door)
      story.set("DoorIntertime", "0", door);
  }
  void value(unsigned value) {
    story.change([value](Rules& rules) { rules.interlock = static_cast<std::uint8_t>(value); });
  }
  void lists(std::vector<TriggerPoint> points, std::vector<ListPair> pairs) {
    story.change([&](Rules& rules) {
      rules.triggers = std::move(points);
      rules.interlock_pairs = std::move(pairs);
    });
  }
  // Who keeps whom: the doors that may not be opened while this one stands open, a bit for each.
  unsigned held_by(unsigned open) {
    const auto sensor = [&](Level level) {
      story.act(LevelChanged{{InputKind::door_sensor, static_cast<std::uint8_t>(open)}, level});
    };
    unsigned held = 0;
    for (unsigned door = 1; door <= 4; ++door) {
      if (door == open) continue;
      story.advance(std::chrono::seconds{20});
      sensor(Level::active);
      story.act(CardRead{ReaderId{static_cast<std::uint8_t>(2 * door)}, CardNo{1005}, 0, 26});
      if (story.last_event().code == EventCode::interlocked) held |= 1u << (door - 1);
      sensor(Level::inactive);
    }
    story.advance(std::chrono::seconds{20});
    return held;
  }
  Story story{4};
};

TEST_F(AnInterlock, of_appendix_9_holds_for_each_value) {
  const std::pair<unsigned, std::vector<unsigned>> values[] = {
      {0, {0, 0, 0, 0}},
      {1, {0b0010, 0b0001, 0, 0}},
      {2, {0, 0, 0b1000, 0b0100}},
      {3, {0b0110, 0b0101, 0b0011, 0}},
      {4, {0b0010, 0b0001, 0b1000, 0b0100}},
      {5, {0b1110, 0b1101, 0b1011, 0b0111}}};
  for (const auto& [which, held] : values) {
    value(which);
    for (unsigned door = 1; door <= 4; ++door)
      EXPECT_EQ(held_by(door), held[door - 1]) << "value " << which << ", door " << door;
  }
}

TEST_F(AnInterlock, by_lists_is_one_against_the_other_either_way_round) {
  lists({{.list = 7, .number = 1}, {.list = 7, .number = 2}, {.list = 8, .number = 3}},
        {{.id = 1, .from = 7, .to = 8}});
  EXPECT_EQ(held_by(1), 0b0100u) << "doors of one list do not hold each other";
  EXPECT_EQ(held_by(2), 0b0100u);
  EXPECT_EQ(held_by(3), 0b0011u);
  EXPECT_EQ(held_by(4), 0u);
  lists({{.list = 7, .number = 1}, {.list = 7, .number = 2}, {.list = 7, .number = 3}},
        {{.id = 1, .from = 7, .to = 7}});
  EXPECT_EQ(held_by(1), 0b0110u) << "a list against itself: any other of it";
  EXPECT_EQ(held_by(3), 0b0011u);
  lists({{.list = 7, .number = 4}, {.list = 8, .number = 0}}, {{.id = 1, .from = 7, .to = 8}});
  EXPECT_EQ(held_by(4), 0b0111u) << "0 is all";
  EXPECT_EQ(held_by(1), 0b1000u);
}

TEST_F(AnInterlock, by_lists_and_by_its_value_hold_together) {
  value(1);
  lists({{.list = 7, .number = 2}, {.list = 8, .number = 3}}, {{.id = 1, .from = 7, .to = 8}});
  EXPECT_EQ(held_by(1), 0b0010u);
  EXPECT_EQ(held_by(2), 0b0101u);
  EXPECT_EQ(held_by(3), 0b0010u);
}

TEST_F(AnInterlock, says_which_door_stands_in_the_way) {
  value(3);
  story.play("door 3 is open", R"(
     1 open at 3  -> forced:3
     2 card 1005  -> interlocked
  )");
  EXPECT_EQ(number(story.last_event().code), 25u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::interlock);
  EXPECT_EQ(story.last_event().reason.record, 3u);
  EXPECT_EQ(story.last_event().reason.detail, 0u);
  EXPECT_EQ(story.last_event().pin.view(), "5");
}

TEST_F(AnInterlock, holds_while_the_other_is_open_or_released) {
  value(1);
  story.play("through an air lock", R"(
     1 card 1005 at 1 -> unlock granted
     2 card 1005 at 3 -> interlocked:2
     3 open           ->
     4 card 1005 at 3 -> interlocked:2
     6 wait           -> relock
     7 card 1005 at 3 -> interlocked:2
     8 close          ->
     9 card 1005 at 3 -> unlock:2 granted:2
    10 card 1005 at 3 -> granted:2
    11 card 1005 at 1 -> interlocked
  )");
}

TEST_F(AnInterlock, sees_a_door_without_a_sensor_while_it_is_released) {
  value(1);
  story.set("DoorSensorType", "0", 2);
  story.play("no sensor", R"(
     1 open at 2      ->
     2 card 1005 at 1 -> unlock granted
     8 card 1005 at 3 -> relock unlock:2 granted:2
     9 card 1005 at 1 -> interlocked
  )");
}

TEST_F(AnInterlock, holds_exit_buttons_commands_and_linkage) {
  value(1);
  story.change([](Rules& rules) {
    rules.linkages = {{.index = 1, .event = 221, .in = 1, .out = 1, .time = 5}};
  });
  story.play("door 2 is open", R"(
     1 open at 2          -> forced:2
     2 press              -> interlocked
     3 remote open 5      -> interlocked is_interlocked
     4 remote stay        -> interlocked is_interlocked
     5 input aux active   -> aux_closed
     6 close at 2         ->
     7 input aux inactive -> aux_open
     8 input aux active   -> aux_closed unlock linked
     9 press at 2         -> interlocked:2
  )");
  EXPECT_EQ(story.events()[2].way, InOut::system) << "the exit button's 25 is nobody's";
}

TEST_F(AnInterlock, holds_a_first_card) {
  value(1);
  story.set("DoorFirstCardOpenDoor", "1");
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("5"), .door = DoorId{1}, .zone = 1}};
  });
  story.play("the first one", R"(
     1 open at 2  -> forced:2
     2 card 1005  -> interlocked
     3 close at 2 ->
     4 card 1005  -> unlock first
  )");
}

TEST_F(AnInterlock, makes_a_normal_open_time_wait) {
  value(1);
  story.zone(3, Day::mon, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("until the other is shut", R"(
    08:59:50 card 1005 at 3 -> unlock:2 granted:2
    08:59:51 open at 2      ->
    09:00:30 wait           -> relock:2 held:2
    09:00:31 close at 2     -> unlock zone_began
    09:01    card 1005 at 3 -> interlocked:2
    10:00:01 wait           -> relock zone_ended
    10:01    card 1005 at 3 -> unlock:2 granted:2
  )");
}

TEST_F(AnInterlock, makes_a_normal_open_time_wait_through_a_fire) {
  value(1);
  story.zone(3, Day::mon, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("the other is open all the while", R"(
    08:50 open at 2           -> forced:2
    08:55 input fire active   -> held:2 unlock unlock:2 unlock:3 unlock:4 fire fire:2 fire:3 fire:4
    09:05 wait                ->
    09:10 input fire inactive -> relock relock:2 relock:3 relock:4 fire_over fire_over:2 fire_over:3 fire_over:4
    09:20 close at 2          -> unlock zone_began
  )");
}

TEST_F(AnInterlock, lets_one_of_two_normal_open_times_begin) {
  value(1);
  story.zone(3, Day::mon, 900, 929);
  story.zone(4, Day::mon, 900, 959);
  story.set("DoorKeepOpenTimeZone", "3", 1);
  story.set("DoorKeepOpenTimeZone", "4", 2);
  story.play("one after the other", R"(
    09:00 wait -> unlock zone_began
    09:30 wait -> relock zone_ended unlock:2 zone_began:2
    10:00 wait -> relock:2 zone_ended:2
  )");
}

TEST_F(AnInterlock, makes_a_scheduled_door_wait) {
  value(1);
  story.play("the other is open", "1 open at 2 -> forced:2");
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::open, .zone = 1}};
  });
  story.play("then it is shut", "2 wait ->\n 3 close at 2 -> unlock zone_began");
}

TEST_F(AnInterlock, looks_once_more_after_an_open_delay) {
  value(1);
  story.set("DoorDelayOpenTime", "3");
  story.play("about to be open is open", R"(
     1 card 1005      -> granted
     2 card 1005 at 3 -> interlocked:2
     3 press at 2     -> interlocked:2
     4 wait           -> unlock
    10 card 1005      -> relock granted
    11 open at 2      -> forced:2
    13 wait           -> interlocked
    20 close at 2     ->
    21 card 1005      -> granted
    24 wait           -> unlock
  )");
}

TEST_F(AnInterlock, is_overridden_by_the_emergency_password) {
  value(1);
  story.set("DoorSupperPassWord", "9119");
  story.play("help", R"(
     1 open at 2  -> forced:2
     2 card 1005  -> interlocked
     3 keys 9119# -> unlock emergency
  )");
  EXPECT_EQ(story.last_event().reason.record, 2u) << "the door that it overrode";
  EXPECT_NE(in_words(story.last_event().reason, story.now().civil).find("door 2"),
            std::string::npos);
}

TEST_F(AnInterlock, makes_what_was_open_before_a_restart_wait) {
  value(1);
  story.play("stay-open, and the other was forced", R"(
     1 remote stay        -> unlock stays_open
     2 open at 2          -> forced:2
     3 restart            -> started
     4 card 1005          -> interlocked
     5 restart            -> started
     6 close at 2         -> unlock stays_open
     7 open at 2          -> forced:2
     8 restart            -> started
     9 remote close       -> remote_closed
    10 close at 2         ->
  )");
}

TEST_F(AnInterlock, is_overridden_by_dual_open) {
  value(1);
  story.play("all doors", R"(
     1 open at 2      -> forced:2
     2 emergency open -> unlock unlock:2 unlock:3 unlock:4 dual_open dual_open:2 dual_open:3 dual_open:4
     3 card 1005      -> verified
     4 press          -> exit
     5 emergency off  -> relock relock:2 relock:3 relock:4 cancelled cancelled:2 cancelled:3 cancelled:4
     6 card 1005      -> interlocked
  )");
}

TEST_F(AnInterlock, is_overridden_by_fire) {
  value(1);
  story.play("all doors", R"(
     1 open at 2           -> forced:2
     2 input fire active   -> unlock unlock:2 unlock:3 unlock:4 fire fire:2 fire:3 fire:4
     3 card 1005           -> verified
     4 input fire inactive -> relock relock:2 relock:3 relock:4 fire_over fire_over:2 fire_over:3 fire_over:4
     5 card 1005           -> interlocked
  )");
}

TEST_F(AnInterlock, that_is_overridden_says_so_when_it_is_explained) {
  value(1);
  story.play("a fire, and a door that is no fire door", R"(
     1 set DoorFireOpen 0  ->
     2 open at 2           -> forced:2
     3 input fire active   -> unlock:2 unlock:3 unlock:4 fire:2 fire:3 fire:4
     4 card 1005           -> unlock granted
  )");
  Question question;
  question.reader = ReaderId{1};
  question.card = CardNo{1005};
  const Explanation explanation = story.controller().explain(question, story.now());
  const Rung& rung = explanation.ladder[static_cast<std::size_t>(Rule::interlock) - 1];
  EXPECT_TRUE(rung.passed);
  EXPECT_EQ(rung.reason.record, 2u) << "the door that would stand in the way";
  EXPECT_EQ(rung.reason.detail, 1u) << "overridden";
}

}  // namespace
}  // namespace lintel
