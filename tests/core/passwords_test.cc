// Passwords that are nobody's own, duress, and the lockout after wrong entries.
#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

class TheDigits : public ::testing::Test {
 protected:
  TheDigits() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006, .password = "1470"});
    story.person({.pin = "8", .card = 1008});
    story.set("DoorIntertime", "0");
    story.set("DoorSupperPassWord", "9119");
    story.set("DoorForcePassWord", "1199");
  }
  bool is_alarmed(Alarm alarm = Alarm::duress_password) {
    return (story.controller().status(DoorId{1}).alarms & static_cast<unsigned>(alarm)) != 0;
  }
  Story story;
};

// ---- the emergency password

TEST_F(TheDigits, of_emergency_opens_in_every_mode_for_the_doors_time) {
  for (const char* mode : {"0", "1", "2", "3", "4", "11", "0000011000000001"}) {
    story.set("DoorVerifyType", mode);
    story.advance(std::chrono::seconds{20});
    for (const std::uint8_t key : {9, 1, 1, 9, 11})
      story.act(KeyPressed{ReaderId{2}, key});
    EXPECT_EQ(story.last_event().code, EventCode::emergency_password_opened) << mode;
    EXPECT_TRUE(story.controller().status(DoorId{1}).released);
  }
  EXPECT_EQ(number(story.last_event().code), 4u);
  EXPECT_TRUE(story.last_event().pin.empty());
  EXPECT_EQ(story.last_event().verify, VerifyCode::password);
  EXPECT_EQ(story.last_event().reason.rule, Rule::emergency_password);
  EXPECT_EQ(story.last_event().reason.detail, 5u) << "seconds of the release";
}

TEST_F(TheDigits, of_emergency_is_that_of_its_door) {
  story.play("at door 2 it is nothing", R"(
     1 keys 9119# at 3 -> unregistered:2
     2 keys 9119# at 1 -> unlock green emergency
     7 wait            -> dark relock
  )");
}

TEST_F(TheDigits, of_emergency_asks_hardly_anything) {
  story.zone(3, Day::sun, 0, 2359);
  story.set("DoorValidTZ", "3");
  story.set("DoorMultiCardOpenDoor", "1");
  story.set("DoorFirstCardOpenDoor", "2");
  story.set("DoorDelayOpenTime", "9");
  story.change([](Rules& rules) { rules.interlock = 1; });
  story.play("at once, whatever the rules", R"(
     1 open at 2  -> forced:2
     2 trust no   ->
     3 keys 9119# -> unlock emergency
  )");
}

TEST_F(TheDigits, of_emergency_asks_for_reader_door_lockdown_and_lock) {
  story.play("locked", R"(
     1 remote lock     -> locked
     2 keys 9119#      -> door_locked
     3 remote unlock   -> unlocked
     4 emergency close -> dual_close dual_close:2
     5 keys 9119#      -> door_locked
     6 emergency off   -> cancelled cancelled:2
     7 set DoorDisable 0 ->
     8 keys 9119#      -> door_period
     9 set DoorDisable 1 ->
  )");
  story.change([](Rules& rules) {
    rules.readers.resize(1);
    rules.readers[0].enabled = false;
  });
  story.play("a forbidden reader, and the other", R"(
    10 keys 9119# at 1 -> door_period
    11 keys 9119# at 2 -> unlock emergency
  )");
}

TEST_F(TheDigits, of_emergency_helps_after_a_card_too) {
  story.set("DoorVerifyType", "11");
  story.play("who has forgotten his own", R"(
     1 card 1005   ->
     2 keys 9119#  -> unlock emergency
  )");
  EXPECT_TRUE(story.last_event().pin.empty()) << "it is nobody's";
  EXPECT_EQ(story.last_event().card.value, 0u);
}

TEST_F(TheDigits, that_is_not_set_is_none) {
  story.set("DoorSupperPassWord", "");
  story.set("DoorForcePassWord", "");
  story.play("nothing typed is not the empty one", R"(
     1 keys #      -> bell
     2 keys 9119#  -> unregistered
  )");
}

// ---- duress

TEST_F(TheDigits, of_duress_opens_instead_of_the_own_one_and_raises_the_alarm) {
  story.set("DoorVerifyType", "11");
  story.play("card, then the password of the door", R"(
     1 card 1005   ->
     2 keys 1199#  -> unlock green granted duress
  )");
  EXPECT_TRUE(is_alarmed());
  const Event& granted = story.event_before(1);
  EXPECT_EQ(granted.pin.view(), "5");
  EXPECT_EQ(granted.verify, VerifyCode::card_and_password) << "nothing gives it away";
  const Event& alarm = story.last_event();
  EXPECT_EQ(number(alarm.code), 101u);
  EXPECT_EQ(alarm.pin.view(), "5");
  EXPECT_EQ(alarm.reason.rule, Rule::duress);
  EXPECT_EQ(alarm.reason.detail, 1u) << "a password";
  story.play("seen", "10 remote cancel -> relock cancelled");
  EXPECT_FALSE(is_alarmed());
}

TEST_F(TheDigits, of_duress_works_for_somebody_without_one_of_his_own) {
  story.set("DoorVerifyType", "11");
  story.play("card 1008 has no password", R"(
     1 card 1008   ->
     2 keys 1199#  -> unlock granted duress
  )");
}

TEST_F(TheDigits, of_duress_completes_an_id) {
  story.set("DoorVerifyType", "0000011000000001");
  story.play("ID, then the password of the door", R"(
     1 keys 5#     ->
     2 keys 1199#  -> unlock by_password duress
  )");
  EXPECT_EQ(story.last_event().pin.view(), "5");
}

TEST_F(TheDigits, of_duress_alone_opens_as_nobody_where_a_password_alone_does) {
  for (const char* mode : {"0", "3", "7"}) {
    story.set("DoorVerifyType", mode);
    story.advance(std::chrono::seconds{20});
    for (const std::uint8_t key : {1, 1, 9, 9, 11})
      story.act(KeyPressed{ReaderId{1}, key});
    EXPECT_EQ(story.event_before(1).code, EventCode::opened_by_password) << mode;
    EXPECT_TRUE(story.event_before(1).pin.empty());
    EXPECT_EQ(story.last_event().code, EventCode::duress_alarm) << mode;
  }
}

TEST_F(TheDigits, of_duress_alone_is_nothing_where_it_belongs_to_a_card) {
  story.set("DoorVerifyType", "11");
  story.play("a password before its card", "1 keys 1199# -> wrong_mode");
  story.set("DoorVerifyType", "4");
  story.play("no password at all", "2 keys 1199# -> wrong_mode");
  EXPECT_FALSE(is_alarmed());
}

TEST_F(TheDigits, of_duress_that_is_refused_raises_the_alarm_all_the_same) {
  story.set("DoorVerifyType", "11");
  story.play("locked between card and password", R"(
     1 card 1005   ->
     2 remote lock -> locked
     3 keys 1199#  -> door_locked duress
  )");
  EXPECT_TRUE(is_alarmed());
  story.play("alone, outside the door's time", R"(
     4 remote unlock    -> unlocked
     5 remote cancel    -> cancelled
     6 set DoorVerifyType 3 ->
     7 set DoorValidTZ 99   ->
     8 keys 1199#       -> door_period duress
  )");
  EXPECT_TRUE(is_alarmed());
}

TEST_F(TheDigits, of_duress_alone_does_not_open_where_several_people_are_wanted) {
  story.set("DoorMultiCardOpenDoor", "1");
  story.change([](Rules& rules) {
    rules.multi_card = {{.door = DoorId{1}, .groups = {1, 1, 0, 0, 0}}};
  });
  story.play("nobody is no member", "1 keys 1199# -> failed duress");
  EXPECT_TRUE(is_alarmed());
}

TEST_F(TheDigits, of_duress_counts_where_somebody_of_several_types_it) {
  story.set("DoorMultiCardOpenDoor", "1");
  story.set("DoorVerifyType", "11");
  story.change_user("5", [](User& user) { user.group = 1; });
  story.change_user("6", [](User& user) { user.group = 1; });
  story.change([](Rules& rules) {
    rules.multi_card = {{.door = DoorId{1}, .groups = {1, 1, 0, 0, 0}}};
  });
  story.play("the first of two", R"(
     1 card 1005   ->
     2 keys 1199#  -> waits duress
     3 card 1006   ->
     4 keys 1470#  -> unlock together
  )");
}

// ---- the duress finger

class ADuressFinger : public TheDigits {
 protected:
  ADuressFinger() {
    ReaderSetting fingers;
    fingers.proof = Proof::fingerprint;
    fingers.duress_site_code = 77;
    ReaderSetting cards;
    cards.duress_site_code = 77;
    story.change([&](Rules& rules) { rules.readers = {fingers, cards}; });
  }
};

TEST_F(ADuressFinger, opens_and_raises_the_alarm) {
  story.play("another finger", R"(
     1 finger 5 12      -> unlock granted
     7 finger 5 77      -> relock unlock granted duress
  )");
  EXPECT_TRUE(is_alarmed(Alarm::duress_finger));
  EXPECT_FALSE(is_alarmed());
  EXPECT_EQ(story.last_event().reason.detail, 2u) << "a finger";
  EXPECT_EQ(story.last_event().pin.view(), "5");
  EXPECT_EQ(story.last_event().site_code, 77u);
}

TEST_F(ADuressFinger, is_none_at_a_card_reader) {
  story.play("a site code like any other", "1 card 1005 77 at 2 -> unlock granted");
  EXPECT_FALSE(is_alarmed(Alarm::duress_finger));
}

TEST_F(ADuressFinger, that_is_refused_raises_the_alarm_all_the_same) {
  story.play("nobody's", "1 finger 99 77 -> unregistered duress");
  story.change_user("5", [](User& user) { user.blacklisted = true; });
  story.play("blacklisted", "2 finger 5 77 -> blacklisted duress");
  story.set("DoorVerifyType", "4");
  story.play("in the wrong mode", "3 finger 6 77 -> wrong_mode duress");
}

TEST_F(ADuressFinger, raises_the_alarm_with_the_decision_over_all_parts) {
  story.set("DoorVerifyType", "9");
  story.play("finger and password", R"(
     1 finger 5 77  ->
     2 keys 2580#   -> unlock by_password duress
     8 finger 5 77  -> relock
     9 keys 1#      -> unregistered duress
    10 finger 5 77  ->
    20 wait         -> timeout duress
    30 finger 5 77  ->
    31 keys 1199#   -> unlock by_password duress
  )");
  story.set("DoorVerifyType", "8");
  story.play("ID and finger, the finger last", R"(
    40 keys 5#      -> relock
    41 finger 5 77  -> unlock granted duress
    50 finger 5 77  -> relock
    51 keys 2580#   -> unregistered duress
  )");
}

TEST_F(ADuressFinger, whose_other_parts_never_come_raises_the_alarm_at_once) {
  story.set("DoorVerifyType", "9");
  story.play("something else is shown", R"(
     1 finger 5 77  ->
     2 finger 6 12  -> duress
     3 keys 1470#   -> unlock by_password
    10 finger 5 77  -> relock
    11 keys 9119#   -> duress unlock emergency
    20 finger 5 77  -> relock
    21 set DoorVerifyType 4 -> duress
  )");
  EXPECT_EQ(story.last_event().pin.view(), "5");
  story.set("DoorVerifyType", "9");
  story.play("the same person's other finger takes nothing back", R"(
    30 finger 5 77  ->
    31 finger 5 12  ->
    32 keys 2580#   -> unlock by_password duress
  )");
}

// ---- the order of a typed entry

TEST_F(TheDigits, of_a_person_goes_before_those_of_the_door_after_his_card) {
  story.set("DoorVerifyType", "11");
  story.change_user("5", [](User& user) { user.password = *Password::from("1199"); });
  story.change_user("6", [](User& user) { user.password = *Password::from("9119"); });
  story.play("one has duress as his own, the other emergency", R"(
     1 card 1005   ->
     2 keys 1199#  -> unlock granted
     8 card 1006   -> relock
     9 keys 9119#  -> unlock granted
    15 card 1006   -> relock
    16 keys 1199#  -> unlock granted duress
    25 card 1005   -> relock
    26 keys 9119#  -> unlock emergency
  )");
}

TEST_F(TheDigits, of_duress_goes_before_that_of_emergency_after_a_card) {
  story.set("DoorVerifyType", "11");
  story.set("DoorForcePassWord", "9119");
  story.play("they are the same", R"(
     1 card 1005   ->
     2 keys 9119#  -> unlock granted duress
     8 keys 9119#  -> relock unlock emergency
  )");
}

TEST_F(TheDigits, of_emergency_goes_before_all_others_alone) {
  story.set("DoorForcePassWord", "9119");
  story.change_user("5", [](User& user) { user.password = *Password::from("9119"); });
  story.play("emergency, duress, own", "1 keys 9119# -> unlock emergency");
  story.set("DoorSupperPassWord", "");
  story.play("duress, own", "7 keys 9119# -> relock unlock by_password duress");
  EXPECT_TRUE(story.last_event().pin.empty());
  story.set("DoorForcePassWord", "");
  story.play("own", "14 keys 9119# -> relock unlock by_password");
  EXPECT_EQ(story.last_event().pin.view(), "5");
}

// ---- lockout

TEST_F(TheDigits, that_is_wrong_five_times_locks_the_reader) {
  story.play("guessing", R"(
     1 keys 1#      -> unregistered
     2 keys 2#      -> unregistered
     3 keys 2580#   -> unlock by_password
     4 keys 3#      -> unregistered
     5 keys 4#      -> unregistered
     6 card 999     -> unregistered
     7 keys 5#      -> unregistered too_many
     8 keys 2580#   -> relock unregistered
     9 keys 9119#   -> unregistered
    10 keys 1199#   -> unregistered
    11 card 1005    -> unlock granted
    12 keys 2580# at 2 -> by_password
   306 keys 2580#   -> relock unregistered
   307 keys 2580#   -> unlock by_password
  )");
  EXPECT_FALSE(is_alarmed()) << "nothing typed is taken, and no alarm comes of it";
  const auto of_code = [&](EventCode code) {
    for (const Event& event : story.events()) {
      if (event.code == code) return event;
    }
    return Event{};
  };
  const Event alarm = of_code(EventCode::invalid_entry_alarm);
  EXPECT_EQ(number(alarm.code), 104u);
  EXPECT_EQ(alarm.reason.rule, Rule::lockout);
  EXPECT_EQ(alarm.reason.record, 1u) << "the reader's";
  const Event refused = story.event_before(1);
  EXPECT_EQ(refused.reason.rule, Rule::lockout);
  EXPECT_EQ(refused.reason.detail, 1u) << "seconds left";
}

TEST_F(TheDigits, that_is_wrong_counts_for_five_minutes_from_the_first) {
  story.play("four, then too late", R"(
     1 keys 1#      -> unregistered
    90 keys 2#      -> unregistered
   180 keys 3#      -> unregistered
   300 keys 4#      -> unregistered
   301 keys 5#      -> unregistered
   302 keys 6#      -> unregistered
   303 keys 7#      -> unregistered
   304 keys 8#      -> unregistered
   305 keys 9#      -> unregistered too_many
  )");
}

TEST_F(TheDigits, of_several_people_is_a_wrong_one) {
  story.change_user("6", [](User& user) { user.password = *Password::from("2580"); });
  story.play("it names nobody", R"(
     1 keys 2580#   -> unregistered
     2 keys 2580#   -> unregistered
     3 keys 2580#   -> unregistered
     4 keys 2580#   -> unregistered
     5 keys 2580#   -> unregistered too_many
  )");
}

TEST_F(TheDigits, that_is_an_id_of_nobody_is_a_wrong_entry) {
  story.set("DoorVerifyType", "2");
  story.play("IDs", R"(
     1 keys 91#     -> unregistered
     2 keys 92#     -> unregistered
     3 keys 93#     -> unregistered
     4 keys 94#     -> unregistered
     5 keys 95#     -> unregistered too_many
     6 keys 5#      -> unregistered
  )");
}

TEST_F(TheDigits, that_nobody_asked_for_is_no_wrong_entry) {
  story.set("DoorVerifyType", "4");
  story.play("at a card door", R"(
     1 keys 1#      -> wrong_mode
     2 keys 1#      -> wrong_mode
     3 keys 1#      -> wrong_mode
     4 keys 1#      -> wrong_mode
     5 keys 1#      -> wrong_mode
     6 keys 1#      -> wrong_mode
  )");
}

TEST_F(TheDigits, of_one_person_wrong_at_any_reader_locks_him_everywhere) {
  story.set("DoorVerifyType", "11", 1);
  story.set("DoorVerifyType", "11", 2);
  story.play("from reader to reader", R"(
     1 card 1005 at 1  ->
     2 keys 1# at 1    -> unregistered
     3 card 1005 at 2  ->
     4 keys 1# at 2    -> unregistered
     5 card 1005 at 3  ->
     6 keys 1# at 3    -> unregistered:2
     7 card 1005 at 4  ->
     8 keys 1# at 4    -> unregistered:2
     9 card 1005 at 1  ->
    10 keys 1# at 1    -> unregistered too_many
    11 card 1005 at 3  ->
    12 keys 2580# at 3 -> unregistered:2
    13 card 1006 at 3  ->
    14 keys 1470# at 3 -> unlock:2 granted:2
   309 card 1005 at 3  -> relock:2
   310 keys 2580# at 3 -> unlock:2 granted:2
  )");
  std::size_t alarms = 0;
  for (const Event& event : story.events()) {
    if (event.code != EventCode::invalid_entry_alarm) continue;
    ++alarms;
    EXPECT_EQ(event.reason.record, 2u) << "the person's";
    EXPECT_EQ(event.pin.view(), "5");
  }
  EXPECT_EQ(alarms, 1u);
}

TEST_F(TheDigits, of_a_person_who_is_locked_out_is_not_asked_of_his_card) {
  story.set("DoorVerifyType", "11", 1);
  story.play("door 2 wants a card alone", R"(
     1 card 1005  ->
     2 keys 1#    -> unregistered
     3 card 1005  ->
     4 keys 1#    -> unregistered
     5 card 1005  ->
     6 keys 1#    -> unregistered
     7 card 1005  ->
     8 keys 1#    -> unregistered
     9 card 1005  ->
    10 keys 1#    -> unregistered too_many
    11 card 1005 at 3 -> unlock:2 granted:2
  )");
}

TEST_F(TheDigits, is_no_better_after_a_restart) {
  story.play("locked out", R"(
     1 keys 1#      -> unregistered
     2 keys 2#      -> unregistered
     3 keys 3#      -> unregistered
     4 keys 4#      -> unregistered
     5 restart      -> started
     6 keys 5#      -> unregistered too_many
   200 restart      -> started
   499 keys 2580#   -> unregistered
   500 keys 2580#   -> unlock by_password
  )");
}

}  // namespace
}  // namespace lintel
