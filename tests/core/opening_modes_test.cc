// What opens a door for long, and what keeps it shut: locks, emergencies, fire, schedules.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

class AnOpeningMode : public ::testing::Test {
 protected:
  AnOpeningMode() {
    story.person({.pin = "1", .card = 1001});
    story.person({.pin = "5", .card = 1005});
    story.zone(3, Day::mon, 900, 959);
    story.set("DoorIntertime", "0");
    story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 1}}; });
  }
  DoorStatus status(unsigned door = 1) {
    return story.controller().status(DoorId{static_cast<std::uint8_t>(door)});
  }
  void lockdown() {
    story.play("lockdown of door 1", R"(
       0.1 card 1001 -> unlock super
       0.2 card 1001 -> super
       0.3 card 1001 -> relock lockdown
    )");
  }
  Story story;
};

// ---- lock

TEST_F(AnOpeningMode, lock_sends_to_rest_from_any_state) {
  story.play("a pulse", R"(
     1 card 1005     -> unlock granted
     2 remote lock   -> relock locked keep
     3 remote unlock -> unlocked keep
  )");
  EXPECT_EQ(number(story.event_before(1).code), 233u);
  EXPECT_EQ(number(story.event_before(0).code), 234u);
  story.play("stay-open, for good", R"(
     4 remote stay   -> unlock stays_open
     5 remote lock   -> relock locked
     6 remote unlock -> unlocked
     7 card 1005     -> unlock granted
  )");
  EXPECT_EQ(story.kept().count({KeptKind::stay_open, 1, Pin{}}), 0u);
  story.play("a normal-open time, which comes back", R"(
    09:10 set DoorKeepOpenTimeZone 3 -> relock unlock zone_began
    09:11 remote lock                -> relock locked
    09:12 card 1005                  -> door_locked
    09:13 press                      -> door_locked
    09:14 remote unlock              -> unlocked unlock zone_began
  )");
}

TEST_F(AnOpeningMode, lock_is_a_parameter_and_so_survives_a_restart) {
  story.play("restart", R"(
     1 remote lock -> locked
     2 restart     -> started
     3 card 1005   -> door_locked
  )");
}

// ---- lockdown

TEST_F(AnOpeningMode, lockdown_is_stronger_than_dual_open) {
  lockdown();
  story.play("door 2 alone", R"(
     1 emergency open -> unlock:2 dual_open:2
     2 card 1005      -> door_locked
     3 remote unlock  -> unlock lockdown_over dual_open unlocked
     4 emergency off  -> relock relock:2 cancelled cancelled:2
  )");
}

TEST_F(AnOpeningMode, lockdown_refuses_everybody_and_everything) {
  lockdown();
  story.set("DoorSupperPassWord", "9119");
  story.play("nothing helps", R"(
     1 card 1005      -> door_locked
     2 card 999       -> door_locked
     3 keys 9119#     -> door_locked
     4 press          -> door_locked
     5 remote open 5  -> is_locked_down
     6 remote stay    -> is_locked_down
     7 set DoorKeepOpenTimeZone 1 ->
     8 remote unlock  -> lockdown_over unlock zone_began unlocked
  )");
  EXPECT_EQ(story.events()[4].reason.rule, Rule::lockdown);
  EXPECT_EQ(story.events()[4].reason.detail, 1u) << "of a super user";
}

TEST_F(AnOpeningMode, lockdown_yields_to_fire) {
  lockdown();
  story.play("smoke", R"(
     1 input fire active   -> unlock unlock:2 fire fire:2
     2 input fire inactive -> relock relock:2 fire_over fire_over:2
     3 card 1005           -> door_locked
  )");
}

// ---- dual-open

TEST_F(AnOpeningMode, dual_open_opens_every_door_even_a_locked_or_disabled_one) {
  story.play("all of them", R"(
     1 remote lock               -> locked
     2 set DoorDisable 0 at 2    ->
     3 emergency open            -> unlock unlock:2 dual_open dual_open:2
     4 emergency open            ->
     5 emergency off             -> relock relock:2 cancelled cancelled:2
     6 card 1005                 -> door_locked
  )");
  EXPECT_EQ(number(story.event_before(3).code), 227u);
  EXPECT_EQ(story.event_before(3).reason.rule, Rule::emergency);
  EXPECT_EQ(story.event_before(3).reason.detail, 1u);
}

TEST_F(AnOpeningMode, dual_open_ends_by_cancelling_the_alarms_of_all_doors) {
  story.play("one door is not enough", R"(
     1 emergency open     -> unlock unlock:2 dual_open dual_open:2
     2 remote cancel at 1 -> cancelled
     3 remote cancel at 0 -> relock relock:2 cancelled cancelled:2
  )");
  EXPECT_FALSE(status().emergency_open);
}

TEST_F(AnOpeningMode, dual_open_ends_by_dual_close) {
  story.play("open, closed", R"(
     1 emergency open  -> unlock unlock:2 dual_open dual_open:2
     2 emergency close -> relock relock:2 dual_close dual_close:2
     3 emergency open  -> unlock unlock:2 dual_open dual_open:2
  )");
}

TEST_F(AnOpeningMode, dual_open_leaves_behind_what_held_before_it) {
  story.play("stay-open, a zone, a pulse", R"(
     1 remote stay                    -> unlock stays_open
     2 emergency open                 -> unlock:2 dual_open dual_open:2
     3 card 1005                      -> verified
     4 emergency off                  -> relock:2 cancelled cancelled:2
     5 remote close                   -> relock remote_closed
    09:10 set DoorKeepOpenTimeZone 3  -> unlock zone_began
    09:11 emergency open              -> unlock:2 dual_open dual_open:2
    10:00:01 wait                     -> zone_ended
    10:01 emergency off               -> relock relock:2 cancelled cancelled:2
  )");
}

// ---- dual-close

TEST_F(AnOpeningMode, dual_close_refuses_everybody_and_everything) {
  story.set("DoorSupperPassWord", "9119");
  story.set("DoorKeepOpenTimeZone", "1");
  story.play("every door to rest", R"(
     1 remote stay at 2     -> unlock zone_began unlock:2 stays_open:2
     2 emergency close      -> relock relock:2 dual_close dual_close:2
     3 card 1005            -> door_locked
     4 card 1001            -> door_locked
     5 keys 9119#           -> door_locked
     6 press                -> door_locked
     7 remote open 5 at 0   -> is_locked_down
     8 remote stay at 2     -> is_locked_down
     9 emergency off        -> unlock zone_began cancelled cancelled:2
    10 card 1005 at 3       -> unlock:2 granted:2
  )");
  const Event& refused = story.events()[6];
  EXPECT_EQ(refused.reason.rule, Rule::lockdown);
  EXPECT_EQ(refused.reason.detail, 2u) << "dual-close";
}

TEST_F(AnOpeningMode, dual_close_ends_by_cancelling_the_alarms_of_all_doors) {
  story.play("cancelled", R"(
     1 emergency close    -> dual_close dual_close:2
     2 card 1005          -> door_locked
     3 remote cancel at 0 -> cancelled cancelled:2
     4 card 1005          -> unlock granted
  )");
  EXPECT_EQ(number(story.events()[1].code), 228u);
}

TEST_F(AnOpeningMode, dual_close_is_not_ended_by_gestures_or_unlocking) {
  story.play("neither", R"(
     1 emergency close -> dual_close dual_close:2
     2 card 1001       -> door_locked
     3 card 1001       -> door_locked
     4 card 1001       -> door_locked
     5 card 1001       -> door_locked
     6 remote unlock   -> unlocked
     7 card 1005       -> door_locked
  )");
}

TEST_F(AnOpeningMode, dual_close_yields_to_fire) {
  story.play("smoke", R"(
     1 emergency close     -> dual_close dual_close:2
     2 input fire active   -> unlock unlock:2 fire fire:2
     3 input fire inactive -> relock relock:2 fire_over fire_over:2
     4 card 1005           -> door_locked
  )");
}

TEST_F(AnOpeningMode, an_emergency_is_there_again_after_a_restart) {
  story.play("dual-close, dual-open", R"(
     1 emergency close -> dual_close dual_close:2
     2 restart         -> started dual_close dual_close:2
     3 card 1005       -> door_locked
     4 emergency open  -> unlock unlock:2 dual_open dual_open:2
     5 restart         -> unlock unlock:2 started dual_open dual_open:2
     6 emergency off   -> relock relock:2 cancelled cancelled:2
     7 restart         -> started
  )");
}

// ---- fire

TEST_F(AnOpeningMode, fire_opens_fire_doors_whatever_else_is) {
  story.set("DoorFireOpen", "0", 2);
  story.play("locked, disabled, interlocked", R"(
     1 remote lock         -> locked
     2 set DoorDisable 0   ->
     3 input fire active   -> unlock fire
     4 remote open 5       -> is_disabled
     5 input fire inactive -> relock fire_over
  )");
  EXPECT_EQ(number(story.event_before(1).code), 6013u);
  EXPECT_EQ(number(story.event_before(0).code), 4014u);
  EXPECT_EQ(story.event_before(0).reason.rule, Rule::fire);
}

TEST_F(AnOpeningMode, fire_leaves_behind_what_holds_then) {
  story.play("a zone that begins in the fire", R"(
    08:50 set DoorKeepOpenTimeZone 3 ->
    08:55 input fire active          -> unlock unlock:2 fire fire:2
    09:00:01 wait                    -> zone_began
    09:10 input fire inactive        -> relock:2 fire_over fire_over:2
    10:00:01 wait                    -> relock zone_ended
  )");
}

TEST_F(AnOpeningMode, fire_verifies_people_meanwhile) {
  story.play("somebody comes", R"(
     1 input fire active   -> unlock unlock:2 fire fire:2
     2 card 1005           -> verified
     3 card 999            -> unregistered
  )");
}

TEST_F(AnOpeningMode, fire_is_not_looked_at_where_there_is_no_such_input) {
  story.change([](Rules& rules) { rules.fire.used = false; });
  story.play("an unused line", "1 input fire active ->");
  story.change([](Rules& rules) { rules.fire.used = true; });
  story.play("is used from now on", "2 wait -> unlock unlock:2 fire fire:2");
  story.play("a door that becomes no fire door, and one again", R"(
     3 set DoorFireOpen 0 at 2 -> relock:2 fire_over:2
     4 set DoorFireOpen 1 at 2 -> unlock:2 fire:2
  )");
}

TEST_F(AnOpeningMode, fire_that_burns_at_the_start_opens_at_once) {
  story.play("before the restart, and after it", R"(
     1 input fire active   -> unlock unlock:2 fire fire:2
     2 restart             -> unlock unlock:2 started fire fire:2
     3 input fire inactive -> relock relock:2 fire_over fire_over:2
  )");
}

TEST_F(AnOpeningMode, fire_is_stronger_than_dual_close_and_both_than_dual_open) {
  story.play("all at once", R"(
     1 emergency open      -> unlock unlock:2 dual_open dual_open:2
     2 input fire active   -> fire fire:2
     3 emergency close     -> dual_close dual_close:2
     4 input fire inactive -> relock relock:2 fire_over fire_over:2
     5 emergency off       -> cancelled cancelled:2
  )");
}

// ---- stay open

TEST_F(AnOpeningMode, stay_open_lasts_until_closed_over_restarts) {
  story.play("days", R"(
     1 remote stay  -> unlock stays_open
     2 restart      -> unlock started stays_open
    00:00:01 wait   ->
    00:10 restart   -> unlock started stays_open
    00:20 card 1005 -> verified
    00:30 remote close -> relock remote_closed
    00:40 restart   -> started
  )");
}

// ---- cancel for the day

TEST_F(AnOpeningMode, cancelled_for_the_day_survives_a_restart) {
  story.set("DoorKeepOpenTimeZone", "3");
  story.play("off, restart, on", R"(
    09:10 remote today off -> unlock zone_began relock today_off
    09:20 restart          -> started
    09:30 remote today on  -> today_on unlock zone_began
  )");
}

// ---- scheduled doors

TEST_F(AnOpeningMode, a_scheduled_door_is_open_while_its_zone_holds) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::open, .zone = 3}};
  });
  story.play("as by its own zone", R"(
    09:00:01 card 1005     -> unlock zone_began verified
    09:10 remote close     -> cannot_close normal_open_now
    09:11 remote open 5    -> already_open
    09:12 remote today off -> relock today_off
    09:13 remote today on  -> today_on unlock zone_began
    09:14 remote lock      -> relock locked
    09:15 remote unlock    -> unlocked unlock zone_began
    10:00:01 wait          -> relock zone_ended
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::scheduled_output);
  EXPECT_EQ(story.last_event().reason.record, 3u) << "the zone that is over";
}

TEST_F(AnOpeningMode, a_scheduled_door_is_locked_while_its_zone_holds) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::closed, .zone = 3}};
  });
  story.play("an hour of rest", R"(
    08:59:59 card 1005   -> unlock granted
    09:00:01 wait        -> relock
    09:10 card 1005      -> door_locked
    09:11 press          -> door_locked
    09:12 remote open 5  -> is_locked
    09:13 remote stay    -> is_locked
    09:14 card 1001      -> unlock super
    09:15 emergency open -> relock unlock unlock:2 dual_open dual_open:2
    09:16 emergency off  -> relock relock:2 cancelled cancelled:2
    10:00:01 card 1005   -> unlock granted
  )");
  const Event& refused = story.events()[2];
  EXPECT_EQ(refused.reason.rule, Rule::door_locked);
  EXPECT_EQ(refused.reason.record, 3u);
}

TEST_F(AnOpeningMode, a_door_that_is_scheduled_both_ways_is_locked) {
  story.set("DoorKeepOpenTimeZone", "1");
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::closed, .zone = 3}};
  });
  story.play("closed goes before open", R"(
    08:59 wait    -> unlock zone_began
    09:00:01 wait -> relock zone_ended
    10:00:01 wait -> unlock zone_began
  )");
}

TEST_F(AnOpeningMode, a_scheduled_end_of_stay_open_is_an_end) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {{.number = 1, .act = ScheduledOutput::Act::closed, .zone = 3}};
  });
  story.play("to rest from any state", R"(
    08:59 remote stay -> unlock stays_open
    09:00:01 wait     -> relock
    10:00:01 wait     ->
  )");
}

// ---- scheduled outputs

TEST_F(AnOpeningMode, a_scheduled_output_is_on_while_its_zone_holds) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {
        {.aux = true, .number = 2, .act = ScheduledOutput::Act::open, .zone = 3}};
  });
  story.play("a lamp", R"(
    09:00:01 wait        -> aux_on:2 output_began:2
    09:10 aux off at 2   -> aux_disabled:2
    09:11 aux on 5 at 2  -> aux_enabled:2
    10:00:01 wait        -> aux_off:2 output_ended:2
  )");
  EXPECT_EQ(number(story.last_event().code), 230u);
  EXPECT_EQ(story.last_event().reason.rule, Rule::scheduled_output);
  EXPECT_EQ(story.last_event().reason.record, 3u) << "the zone that is over";
  EXPECT_EQ(number(story.events()[1].code), 229u);
}

TEST_F(AnOpeningMode, a_scheduled_output_is_off_whatever_else_says) {
  story.change([](Rules& rules) {
    rules.scheduled_outputs = {
        {.aux = true, .number = 1, .act = ScheduledOutput::Act::closed, .zone = 3},
        {.aux = true, .number = 1, .act = ScheduledOutput::Act::open, .zone = 1}};
    rules.linkages = {
        {.index = 1, .event = 202, .output = Linkage::Output::aux, .out = 1, .time = 255}};
  });
  story.play("off for an hour", R"(
    08:59 wait          -> aux_on output_began
    09:00:01 wait       -> aux_off output_ended
    09:10 aux on 5      -> is_off
    09:11 press         -> unlock exit
  )");
  EXPECT_FALSE(story.controller().output({OutputKind::aux, 1}));
  story.play("and on again", "10:00:01 wait -> relock aux_on");
}

}  // namespace
}  // namespace lintel
