// Anti-passback: who passed where counts, and where he may pass next.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/core/story.h"

namespace lintel {
namespace {

// Four doors without sensors: whoever is let in has passed.
class AntiPassbackRules : public ::testing::Test {
 protected:
  AntiPassbackRules() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006});
    for (unsigned door = 1; door <= 4; ++door) {
      story.set("DoorSensorType", "0", door);
      story.set("DoorIntertime", "0", door);
      story.set("DoorDrivertime", "1", door);
    }
  }
  bool passes(unsigned reader, std::uint64_t card = 1005) {
    story.advance(std::chrono::seconds{3});
    story.act(CardRead{ReaderId{static_cast<std::uint8_t>(reader)}, CardNo{card}, 0, 26});
    const EventCode code = story.last_event().code;
    EXPECT_TRUE(code == EventCode::opened || code == EventCode::passed_back) << number(code);
    return code == EventCode::opened;
  }
  Story story{4};
};

constexpr unsigned in_of(unsigned door) {
  return 2 * door - 1;
}

// ---- appendix 8

// From each reader to each: may he pass the second after the first? `from` and `to`: masks of
// readers, a bit for each, reader 1 lowest. Several pairs for several groups.
struct Group {
  unsigned from, to;
};
constexpr unsigned door_readers(unsigned door) {
  return 3u << (2 * (door - 1));
}
constexpr unsigned reader_bit(unsigned reader) {
  return 1u << (reader - 1);
}
constexpr Group at_door(unsigned door) {
  return {reader_bit(in_of(door)), reader_bit(in_of(door) + 1)};
}

bool expected(const std::vector<Group>& groups, unsigned first, unsigned second) {
  for (const auto& [from, to] : groups) {
    const bool first_in = (from & reader_bit(first)) != 0,
               first_out = (to & reader_bit(first)) != 0;
    const bool second_in = (from & reader_bit(second)) != 0,
               second_out = (to & reader_bit(second)) != 0;
    if ((first_in && second_in) || (first_out && second_out)) return false;
  }
  return true;
}

TEST_F(AntiPassbackRules, of_appendix_8_hold_for_each_value_and_each_pair_of_readers) {
  constexpr unsigned d1 = door_readers(1), d2 = door_readers(2), d3 = door_readers(3),
                     d4 = door_readers(4);
  std::vector<std::pair<unsigned, std::vector<Group>>> values = {{0, {}},
                                                                 {1, {{d1, d2}}},
                                                                 {2, {{d3, d4}}},
                                                                 {3, {{d1, d2}, {d3, d4}}},
                                                                 {4, {{d1 | d2, d3 | d4}}},
                                                                 {5, {{d1, d2 | d3}}},
                                                                 {6, {{d1, d2 | d3 | d4}}}};
  for (unsigned doors = 1; doors < 16; ++doors) {  // 16 to 240: readers of doors
    std::vector<Group> groups;
    for (unsigned door = 1; door <= 4; ++door) {
      if ((doors & 1u << (door - 1)) != 0) groups.push_back(at_door(door));
    }
    values.emplace_back(doors * 16, groups);
  }
  values.emplace_back(196, std::vector<Group>{at_door(3), at_door(4)});  // a misprint of 192
  for (const auto& [value, groups] : values) {
    story.change(
        [value = value](Rules& rules) { rules.anti_passback = static_cast<std::uint8_t>(value); });
    for (unsigned first = 1; first <= 8; ++first) {
      for (unsigned second = 1; second <= 8; ++second) {
        story.act(Command{ResetPassback{}});
        EXPECT_TRUE(passes(first)) << "the first passage is free";
        EXPECT_EQ(passes(second), expected(groups, first, second))
            << "value " << value << ", reader " << first << " then " << second;
        EXPECT_TRUE(passes(second, 1006)) << "and others are not asked";
        story.act(Command{ResetPassback{}});
      }
    }
  }
}

TEST_F(AntiPassbackRules, say_which_passage_stands_in_the_way) {
  story.change([](Rules& rules) { rules.anti_passback = 4; });
  story.play("{1,2} - {3,4}", R"(
     1 card 1005 at 4 -> unlock:2 granted:2
     5 card 1005 at 1 -> relock:2 passed_back
     6 card 1005 at 5 -> unlock:3 granted:3
    10 card 1005 at 8 -> relock:3 passed_back:4
    11 card 1005 at 1 -> unlock granted
  )");
  const Event& refused = story.event_before(3);
  EXPECT_EQ(number(refused.code), 24u);
  EXPECT_EQ(refused.reason.rule, Rule::anti_passback);
  EXPECT_EQ(refused.reason.detail, 1u) << "appendix 8";
  EXPECT_EQ(refused.reason.record, 4u) << "the reader of the last passage";
}

TEST_F(AntiPassbackRules, ask_of_the_last_passage_through_their_own_doors) {
  story.change([](Rules& rules) { rules.anti_passback = 3; });
  story.play("two groups know nothing of each other", R"(
     1 card 1005 at 1 -> unlock granted
     4 card 1005 at 5 -> relock unlock:3 granted:3
     7 card 1005 at 1 -> relock:3 passed_back
     8 card 1005 at 6 -> passed_back:3
     9 card 1005 at 8 -> unlock:4 granted:4
    12 card 1005 at 3 -> relock:4 unlock:2 granted:2
  )");
}

// ---- in and out of one door

TEST_F(AntiPassbackRules, of_one_door_hold_at_its_in_reader) {
  story.set("DoorInOutAntiPassback", "1");
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(1));
  EXPECT_EQ(story.last_event().reason.detail, 2u);
  EXPECT_EQ(story.last_event().reason.record, 1u);
  EXPECT_TRUE(passes(3)) << "another door is none of its business";
  EXPECT_FALSE(passes(1));
  EXPECT_TRUE(passes(2));
  EXPECT_TRUE(passes(2)) << "out is not asked";
  EXPECT_TRUE(passes(1));
}

TEST_F(AntiPassbackRules, of_one_door_hold_at_its_out_reader) {
  story.set("DoorInOutAntiPassback", "2");
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(2));
  EXPECT_FALSE(passes(2));
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(2));
}

TEST_F(AntiPassbackRules, of_one_door_hold_at_both) {
  story.set("DoorInOutAntiPassback", "3");
  EXPECT_TRUE(passes(2)) << "he may have been inside";
  EXPECT_FALSE(passes(2));
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(1));
  EXPECT_TRUE(passes(2));
}

TEST_F(AntiPassbackRules, of_a_time_hold_at_the_in_reader) {
  story.set("DoorInTimeAPB", "60");
  story.play("a minute", R"(
     1 card 1005      -> unlock granted
    30 card 1005      -> relock passed_back
    31 card 1006      -> unlock granted
    60 card 1005      -> relock passed_back
    61 card 1005      -> unlock granted
    70 card 1005 at 2 -> relock unlock granted
    75 card 1005      -> relock unlock granted
    80 card 1005 at 2 -> relock unlock granted
    81 card 1005 at 2 -> relock unlock granted
  )");
  const Event& refused = story.events()[2];
  EXPECT_EQ(refused.reason.detail, 3u);
  EXPECT_EQ(refused.reason.record, 31u) << "seconds still to wait";
}

// ---- by lists

class AntiPassbackByLists : public AntiPassbackRules {
 protected:
  void lists(std::vector<TriggerPoint> points, std::vector<ListPair> pairs) {
    story.change([&](Rules& rules) {
      rules.triggers = std::move(points);
      rules.anti_passback_pairs = std::move(pairs);
    });
  }
};

TEST_F(AntiPassbackByLists, doors_go_to_and_fro) {
  lists({{.list = 7, .number = 1}, {.list = 7, .number = 2}, {.list = 8, .number = 3}},
        {{.id = 1, .from = 7, .to = 8}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(2)) << "a door is one point for both of its readers";
  EXPECT_FALSE(passes(3));
  EXPECT_EQ(story.last_event().reason.detail, 4u);
  EXPECT_EQ(story.last_event().reason.record, 1u);
  EXPECT_TRUE(passes(7)) << "door 4 is in no list";
  EXPECT_FALSE(passes(4));
  EXPECT_TRUE(passes(6));
  EXPECT_FALSE(passes(5));
  EXPECT_TRUE(passes(4));
  EXPECT_TRUE(passes(5)) << "either way round";
}

TEST_F(AntiPassbackByLists, readers_go_to_and_fro) {
  lists({{.list = 7, .reader = true, .number = 1},
         {.list = 7, .reader = true, .number = 3},
         {.list = 8, .reader = true, .number = 2},
         {.list = 8, .reader = true, .number = 4}},
        {{.id = 1, .from = 7, .to = 8}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(3));
  EXPECT_TRUE(passes(4)) << "in by one door, out by the other";
  EXPECT_FALSE(passes(2));
  EXPECT_TRUE(passes(3));
}

TEST_F(AntiPassbackByLists, a_reader_and_a_door) {
  lists({{.list = 7, .reader = true, .number = 1}, {.list = 8, .number = 2}},
        {{.id = 1, .from = 7, .to = 8}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(1));
  EXPECT_TRUE(passes(2)) << "the other reader of door 1 is in no list";
  EXPECT_TRUE(passes(3));
  EXPECT_FALSE(passes(4)) << "both readers of door 2 are";
  EXPECT_TRUE(passes(1));
}

TEST_F(AntiPassbackByLists, all_is_everything_there_is) {
  lists({{.list = 7, .number = 0}}, {{.id = 1, .from = 7, .to = 7}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(1));
  EXPECT_FALSE(passes(2)) << "the same door is the same point";
  EXPECT_TRUE(passes(8));
  EXPECT_FALSE(passes(7));
  EXPECT_TRUE(passes(1));
  lists({{.list = 7, .reader = true, .number = 0}}, {{.id = 1, .from = 7, .to = 7}});
  EXPECT_FALSE(passes(1));
  EXPECT_TRUE(passes(2)) << "all readers, each by itself";
  EXPECT_TRUE(passes(1));
}

TEST_F(AntiPassbackByLists, one_list_against_itself_is_any_other_point) {
  lists({{.list = 7, .number = 1}, {.list = 7, .number = 2}, {.list = 7, .number = 3}},
        {{.id = 1, .from = 7, .to = 7}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(1));
  EXPECT_TRUE(passes(3));
  EXPECT_TRUE(passes(5));
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(2));
}

TEST_F(AntiPassbackByLists, a_reader_counts_as_itself_in_a_list_of_both_kinds) {
  lists({{.list = 7, .number = 1},
         {.list = 7, .reader = true, .number = 1},
         {.list = 8, .number = 3}},
        {{.id = 1, .from = 7, .to = 8}});
  EXPECT_TRUE(passes(1));
  EXPECT_FALSE(passes(2)) << "both are of the same list";
  EXPECT_TRUE(passes(5));
  EXPECT_TRUE(passes(2));
}

TEST_F(AntiPassbackByLists, several_pairs_are_asked_one_by_one) {
  lists({{.list = 1, .number = 1}, {.list = 2, .number = 2}, {.list = 3, .number = 3}},
        {{.id = 1, .from = 1, .to = 2}, {.id = 2, .from = 2, .to = 3}});
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(3));
  EXPECT_FALSE(passes(3));
  EXPECT_TRUE(passes(5));
  EXPECT_FALSE(passes(3)) << "of the first pair he is at door 2";
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(3)) << "and now both pairs have him on their other side";
}

TEST_F(AntiPassbackByLists, lists_of_nothing_hold_nobody) {
  lists({{.list = 7, .number = 9}}, {{.id = 1, .from = 7, .to = 8}, {.id = 2, .from = 0, .to = 0}});
  EXPECT_TRUE(passes(1));
  EXPECT_TRUE(passes(1));
}

// ---- when a passage counts

class APassage : public ::testing::Test {
 protected:
  APassage() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006});
    story.set("DoorIntertime", "0");
    story.set("DoorInOutAntiPassback", "3");
  }
  Story story;
};

TEST_F(APassage, counts_when_the_door_opens) {
  story.play("he goes through", R"(
     1 card 1005 -> unlock granted
     2 card 1005 -> granted
     3 open      -> opened kept
     4 card 1005 -> passed_back
     5 close     -> relock
     6 card 1005 -> passed_back
  )");
}

TEST_F(APassage, is_none_when_the_door_was_never_opened) {
  story.play("he thinks better of it", R"(
     1 card 1005 -> unlock granted
     6 wait      -> relock
     7 card 1005 -> unlock granted
    12 wait      -> relock
    13 press     -> unlock exit
    14 open      ->
    15 close     -> relock
    16 card 1005 -> unlock granted
  )");
}

TEST_F(APassage, is_none_when_the_release_was_ended) {
  story.play("closed from afar", R"(
     1 card 1005    -> unlock granted
     2 remote close -> relock remote_closed
     3 press        -> unlock exit
     4 open         ->
     5 close        -> relock
     6 card 1005    -> unlock granted
  )");
}

TEST_F(APassage, is_none_when_the_open_delay_was_ended) {
  story.set("DoorDelayOpenTime", "3");
  story.play("closed from afar before it opened", R"(
     1 card 1005    -> granted
     2 remote close -> remote_closed
    10 press        -> unlock exit
    11 open         ->
    12 close        -> relock
    15 card 1005    -> granted
  )");
}

TEST_F(APassage, counts_after_the_open_delay) {
  story.set("DoorDelayOpenTime", "3");
  story.play("a delay", R"(
     1 card 1005    -> granted
     4 wait         -> unlock
     5 open         ->
     6 close        -> relock
     7 card 1005    -> passed_back
  )");
}

TEST_F(APassage, counts_for_everybody_who_was_let_in) {
  story.play("one holds the door for the other", R"(
     1 card 1005      -> unlock granted
     2 card 1006      -> granted
     3 open           ->
     4 close          -> relock
     5 card 1005      -> passed_back
     6 card 1006      -> passed_back
     7 card 1005 at 2 -> unlock granted
     8 card 1006      -> passed_back
     9 open           ->
    10 close          -> relock
    11 card 1006      -> passed_back
    12 card 1005      -> unlock granted
  )");
}

TEST_F(APassage, counts_at_once_where_the_door_stands_open) {
  story.play("it stands open", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 card 1006 -> kept granted
     4 card 1006 -> passed_back
  )");
}

TEST_F(APassage, counts_at_once_where_the_door_is_normally_open) {
  story.set("DoorKeepOpenTimeZone", "1");
  story.play("all day", R"(
     1 card 1005      -> unlock zone_began kept verified
     2 card 1005      -> passed_back
     3 card 1005 at 2 -> verified
     4 card 1005      -> verified
  )");
}

TEST_F(APassage, counts_at_once_without_a_sensor) {
  story.set("DoorSensorType", "0");
  story.play("nobody knows better", R"(
     1 card 1005      -> unlock kept granted
     6 card 1005      -> relock passed_back
  )");
}

TEST_F(APassage, needs_a_lock_that_is_released) {
  story.set("DoorDrivertime", "0");
  story.play("DoorDrivertime 0", R"(
     1 card 1005      -> granted
     2 press          -> exit
     3 open           -> forced
     4 close          ->
     5 card 1005      -> granted
  )");
}

TEST_F(APassage, of_a_refused_person_is_none) {
  story.play("refused, then somebody else", R"(
     1 card 1005      -> unlock granted
     2 open           ->
     3 close          -> relock
     4 card 1005      -> passed_back
     5 card 1005 at 2 -> unlock granted
     6 open           ->
     7 close          -> relock
     8 card 1005 at 2 -> passed_back
     9 card 1005      -> unlock granted
  )");
}

TEST_F(APassage, by_the_exit_button_or_the_emergency_password_is_nobodys) {
  story.set("DoorSupperPassWord", "9119");
  story.play("opened by others", R"(
     1 keys 9119# -> unlock emergency
     2 open       ->
     3 close      -> relock
     4 press      -> unlock exit
     5 open       ->
     6 close      -> relock
     7 card 1005  -> unlock granted
     8 open       ->
     9 close      -> relock
    10 keys 9119# -> unlock emergency
  )");
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("5")}), 1u);
}

TEST_F(APassage, of_a_super_user_counts_when_he_is_none_any_more) {
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("5"), .door = 0}}; });
  story.play("as a super user", R"(
     1 card 1005 -> unlock super
     2 open      ->
     3 close     -> relock
    10 card 1005 -> unlock super
    11 open      ->
    12 close     -> relock
  )");
  story.change([](Rules& rules) { rules.super_users.clear(); });
  story.play("as anybody", "20 card 1005 -> passed_back");
}

TEST_F(APassage, is_remembered_whether_a_rule_asks_about_it_or_not) {
  story.set("DoorInOutAntiPassback", "0");
  story.play("nobody asks", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 close     -> relock
  )");
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("5")}), 1u);
  story.set("DoorInOutAntiPassback", "1");
  story.play("somebody asks", "4 card 1005 -> passed_back");
}

TEST_F(APassage, of_somebody_who_is_gone_is_remembered_for_a_week) {
  story.set("DoorSensorType", "0");
  story.play("both pass", R"(
     1 card 1005 -> unlock granted
     2 card 1006 -> granted
  )");
  story.controller().people().apply(EraseUser{pin_of("5")});
  story.play("six days", "10 clock 2026-11-29 08:00:00 -> relock");
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("5")}), 1u);
  story.play("eight days", "20 clock 2026-12-01 08:00:00 ->");
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("5")}), 0u);
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("6")}), 1u) << "he has a row";
}

// ---- over a restart, and the reset

TEST_F(APassage, is_there_again_after_a_restart) {
  story.play("power is back", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 close     -> relock
     4 restart   -> started
     5 card 1005 -> passed_back
     6 card 1005 at 2 -> unlock granted
  )");
}

TEST_F(APassage, has_its_order_after_a_restart) {
  story.change([](Rules& rules) { rules.anti_passback = 1; });
  story.set("DoorInOutAntiPassback", "0");
  story.play("door 1, door 2, and the clock is set back between them", R"(
     1 card 1005      -> unlock granted
     2 open           ->
     3 close          -> relock
     4 clock 2026-11-23 07:00:00 ->
     5 card 1005 at 3 -> unlock:2 granted:2
     6 open at 2      ->
     7 close at 2     -> relock:2
     8 restart        -> started
     9 card 1005 at 3 -> passed_back:2
    10 card 1005      -> unlock granted
  )");
}

TEST_F(APassage, of_a_timed_rule_counts_by_the_civil_clock_after_a_restart) {
  story.set("DoorInOutAntiPassback", "0");
  story.set("DoorInTimeAPB", "60");
  story.set("DoorSensorType", "0");
  story.play("the clock is trusted", R"(
     1 card 1005 -> unlock granted
    30 restart   -> relock started
    60 card 1005 -> passed_back
    61 card 1005 -> unlock granted
    80 trust no  -> relock
    90 restart   -> started
   149 card 1005 -> passed_back
   150 card 1005 -> unlock granted
  )");
}

TEST_F(APassage, may_be_forgotten_of_one_person_or_of_all) {
  story.play("both have passed", R"(
     1 card 1005 -> unlock granted
     2 card 1006 -> granted
     3 open      ->
     4 close     -> relock
     5 reset 5   -> kept reset
     6 card 1006 -> passed_back
     7 card 1005 -> unlock granted
     8 open      ->
     9 close     -> relock
    10 reset     -> kept reset
  )");
  EXPECT_EQ(number(story.last_event().code), 4900u);
  EXPECT_TRUE(story.last_event().pin.empty());
  EXPECT_EQ(story.last_event().reason.detail, 0u) << "of everybody";
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("5")}), 0u);
  EXPECT_EQ(story.kept().count({KeptKind::passage, 1, pin_of("6")}), 0u);
  story.play("all begin anew, also after a restart", R"(
    11 card 1006 -> unlock granted
    20 restart   -> relock started
    21 card 1006 -> unlock granted
    22 reset 6   -> reset
  )");
  EXPECT_EQ(story.last_event().pin.view(), "6");
  EXPECT_EQ(story.last_event().reason.detail, 1u);
}

}  // namespace
}  // namespace lintel
