// What outlives a restart: each kind of kept row comes back before the first decision, and alarms
// stay until they are cancelled.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

class WhatIsKept : public ::testing::Test {
 protected:
  WhatIsKept() {
    story.person({.pin = "1", .card = 1001});
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.set("DoorIntertime", "0");
  }
  const Kept* row(KeptKind kind, unsigned place = 0, const char* pin = nullptr) {
    KeptKey key{kind, static_cast<std::uint8_t>(place), Pin{}};
    if (pin != nullptr) key.pin = pin_of(pin);
    const auto found = story.kept().find(key);
    return found != story.kept().end() ? &found->second : nullptr;
  }
  unsigned alarms(unsigned door = 1) {
    return story.controller().status(DoorId{static_cast<std::uint8_t>(door)}).alarms;
  }
  Story story;
};

TEST_F(WhatIsKept, passages) {
  story.set("DoorInOutAntiPassback", "1");
  story.play("in", R"(
     1 card 1005 -> unlock granted
     2 open      ->
     3 restart   -> started
     4 close     ->
     5 card 1005 -> passed_back
  )");
  ASSERT_NE(row(KeptKind::passage, 1, "5"), nullptr);
  EXPECT_EQ(row(KeptKind::passage, 1, "5")->value,
            civil_from_text("2026-11-23 08:00:02")->time_since_epoch().count());
}

TEST_F(WhatIsKept, a_passage_that_does_not_count_yet_is_not) {
  story.set("DoorInOutAntiPassback", "1");
  story.play("in front of the door", R"(
     1 card 1005 -> unlock granted
     2 restart   -> started
     3 card 1005 -> unlock granted
  )");
}

TEST_F(WhatIsKept, stay_open) {
  story.play("until closed", "1 remote stay -> unlock stays_open");
  ASSERT_NE(row(KeptKind::stay_open, 1), nullptr);
  story.play("closed", R"(
     2 restart      -> unlock started stays_open
     3 remote close -> relock remote_closed
  )");
  EXPECT_EQ(row(KeptKind::stay_open, 1), nullptr);
  story.play("closed for good", "4 restart -> started");
}

TEST_F(WhatIsKept, the_first_card) {
  story.set("DoorFirstCardOpenDoor", "2");
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("1"), .door = DoorId{1}, .zone = 1}};
  });
  story.play("activated", "1 card 1001 -> unlock first");
  ASSERT_NE(row(KeptKind::first_card, 1), nullptr);
  EXPECT_EQ(row(KeptKind::first_card, 1)->extra, 1) << "its zone";
  story.play("still activated", "2 restart -> started\n 3 card 1005 -> unlock granted");
}

TEST_F(WhatIsKept, the_emergency) {
  story.play("dual-close", "1 emergency close -> dual_close dual_close:2");
  ASSERT_NE(row(KeptKind::emergency), nullptr);
  EXPECT_EQ(row(KeptKind::emergency)->value, 2);
  story.play(
      "over",
      "2 restart -> started dual_close dual_close:2\n 3 emergency off -> cancelled cancelled:2");
  EXPECT_EQ(row(KeptKind::emergency), nullptr);
}

TEST_F(WhatIsKept, the_lockdown) {
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 1}}; });
  story.play("three times", R"(
     1 card 1001 -> unlock super
     2 card 1001 -> super
     3 card 1001 -> relock lockdown
     4 restart   -> started
     5 card 1001 -> door_locked
     6 card 1001 -> door_locked
  )");
  EXPECT_NE(row(KeptKind::lockdown, 1), nullptr);
  EXPECT_EQ(row(KeptKind::lockdown, 2), nullptr);
  story.play("the gesture goes on where it was", "7 card 1001 -> door_locked lockdown_over");
  EXPECT_EQ(row(KeptKind::lockdown, 1), nullptr);
}

TEST_F(WhatIsKept, alarms_until_they_are_cancelled) {
  story.set("DoorForcePassWord", "1199");
  story.play("everything at once", R"(
     1 open                            -> forced
     2 keys 1199#                      -> unlock by_password duress
     3 input tamper active             -> tamper
     4 input reader_tamper active at 2 -> reader_tamper
     5 input mains active              -> mains on_battery
     6 input battery active            -> battery_low
    60 wait                            -> relock held
    61 close                           ->
    62 input tamper inactive           ->
    63 input reader_tamper inactive at 2 -> reader_ok
    64 input mains inactive            -> mains_back on_mains
    65 input battery inactive          ->
  )");
  constexpr unsigned all = 0b11110111;  // but for the duress finger
  EXPECT_EQ(alarms(), all);
  EXPECT_EQ(alarms(2), 0b01100010u) << "of the box";
  ASSERT_NE(row(KeptKind::alarms, 1), nullptr);
  EXPECT_EQ(row(KeptKind::alarms, 1)->value, static_cast<int>(all));
  story.play("power is back", "70 restart -> started");
  EXPECT_EQ(alarms(), all);
  story.play("somebody is let in", "71 card 1005 -> unlock granted");
  EXPECT_EQ(alarms(), all);
  story.play("one door", "72 remote cancel -> cancelled");
  EXPECT_EQ(alarms(), 0u);
  EXPECT_EQ(row(KeptKind::alarms, 1), nullptr);
  EXPECT_EQ(alarms(2), 0b01100010u);
  story.play("gone for good", "80 restart -> relock started");
  EXPECT_EQ(alarms(), 0u);
  EXPECT_EQ(number(story.event_before(1).code), 7u);
}

TEST_F(WhatIsKept, an_alarm_that_was_cancelled_comes_anew_at_the_start_while_its_line_says_so) {
  story.play("the cover is off", R"(
     1 input tamper active -> tamper
     2 remote cancel at 0  -> cancelled cancelled:2
  )");
  EXPECT_EQ(alarms(), 0u);
  story.play("and still is", "3 restart -> started");
  EXPECT_EQ(alarms(), static_cast<unsigned>(Alarm::tamper)) << "without an event";
}

TEST_F(WhatIsKept, lockouts_and_what_leads_to_them) {
  story.play("two wrong ones", R"(
     1 keys 1# -> unregistered
     2 keys 2# -> unregistered
  )");
  ASSERT_NE(row(KeptKind::reader_lockout, 1), nullptr);
  EXPECT_EQ(row(KeptKind::reader_lockout, 1)->value, 2);
  EXPECT_EQ(row(KeptKind::reader_lockout, 1)->extra, 0);
  story.play("three more", R"(
     3 restart -> started
     4 keys 3# -> unregistered
     5 keys 4# -> unregistered
     6 keys 5# -> unregistered too_many
  )");
  EXPECT_EQ(row(KeptKind::reader_lockout, 1)->extra, 1) << "locked out";
  story.play("when it is over it is forgotten", "400 wait ->");
  EXPECT_EQ(row(KeptKind::reader_lockout, 1), nullptr);
  story.set("DoorVerifyType", "11");
  story.play("a person", "410 card 1005 ->\n 411 keys 1# -> unregistered");
  ASSERT_NE(row(KeptKind::person_lockout, 0, "5"), nullptr);
  EXPECT_EQ(row(KeptKind::person_lockout, 0, "5")->value, 1);
}

TEST_F(WhatIsKept, the_day_of_temporary_users) {
  ASSERT_NE(row(KeptKind::temporary_day), nullptr) << "from the first start on";
  EXPECT_EQ(row(KeptKind::temporary_day)->value,
            civil_from_text("2026-11-23")->time_since_epoch() / std::chrono::days{1});
}

TEST_F(WhatIsKept, is_not_the_parts_the_pulse_the_interval_or_the_gathering) {
  story.set("DoorVerifyType", "11");
  story.set("DoorIntertime", "200");
  story.play("a restart in the middle", R"(
     1 card 1005   ->
     2 restart     -> started
     3 keys 2580#  -> wrong_mode
     4 card 1005   ->
     5 keys 2580#  -> unlock granted
     6 restart     -> started
     7 card 1005   ->
     8 keys 2580#  -> unlock granted
  )");
}

TEST_F(WhatIsKept, that_makes_no_sense_is_ignored) {
  Controller controller{Layout{.doors = 1, .aux_inputs = 0, .aux_outputs = 0}};
  const Kept rows[] = {{.key = {KeptKind::stay_open, 2, Pin{}}, .value = 1},
                       {.key = {KeptKind::lockdown, 0, Pin{}}, .value = 1},
                       {.key = {KeptKind::passage, 9, pin_of("5")}, .value = 1},
                       {.key = {KeptKind::passage, 0, pin_of("5")}, .value = 1},
                       {.key = {KeptKind::emergency, 0, Pin{}}, .value = 7},
                       {.key = {KeptKind::reader_lockout, 200, Pin{}}, .value = 5, .extra = 1},
                       {.key = {static_cast<KeptKind>(99), 1, Pin{}}, .value = 1}};
  controller.restore(rows);
  const Moment now{.uptime = Uptime{}, .civil = *civil_from_text("2026-11-23")};
  Actions actions;
  controller.start({}, now, actions);
  EXPECT_EQ(controller.status(DoorId{1}), DoorStatus{});
}

}  // namespace
}  // namespace lintel
