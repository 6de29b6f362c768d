// What is shown: which mode holds, and what each asks for.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/core/story.h"

namespace lintel {
namespace {

constexpr ModeCode mode_id = 2, mode_password = 3, mode_card = 4, mode_both = 11;

VerifySchedule::Part part(std::uint32_t from_hhmm, std::uint32_t to_hhmm, ModeCode user,
                          ModeCode door) {
  return {.interval = Interval::from_wire((from_hhmm << 16) + to_hhmm).value(),
          .user = user,
          .door = door};
}

// Every day the same, holidays too.
VerifySchedule every_day(std::uint32_t id, const VerifySchedule::Part& first,
                         const VerifySchedule::Part& second = {}) {
  VerifySchedule schedule;
  schedule.id = id;
  for (auto& day : schedule.days) {
    day[0] = first;
    day[1] = second;
  }
  return schedule;
}

ReaderSetting kind(Proof proof) {
  ReaderSetting setting;
  setting.proof = proof;
  return setting;
}

// ---- what each mode of appendix 3 asks for, written down once more: alternatives of kinds, in
// letters. c card, p password, i ID, f fingerprint, a face, v finger vein, m palm.
constexpr const char* modes_of_appendix_3[] = {
    "v|m|a|f|c|p", "f",  "i",   "p",   "c",     "f|p", "f|c", "c|p", "if", "fp",
    "cf",          "cp", "fpc", "ifp", "if|cf", "a",   "af",  "ap",  "ac", "afc",
    "afp",         "v",  "vp",  "vc",  "vpc",   "m",   "mc",  "ma",  "mf", "mfa"};
static_assert(std::size(modes_of_appendix_3) == 30);

constexpr std::pair<char, Proof> kinds_of_frames[] = {{'c', Proof::card},
                                                      {'f', Proof::fingerprint},
                                                      {'a', Proof::face},
                                                      {'v', Proof::finger_vein},
                                                      {'m', Proof::palm_vein}};

bool includes(std::string_view shown, std::string_view all) {
  return std::all_of(all.begin(), all.end(),
                     [&](char each) { return shown.find(each) != shown.npos; });
}

bool meets(std::string_view mode, std::string_view shown) {
  for (std::size_t at = 0; at < mode.size();) {
    const std::size_t end = std::min(mode.find('|', at), mode.size());
    if (includes(shown, mode.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

// Does the door open, when these parts are shown one after the other? What is refused begins anew.
bool opens_by(std::string_view mode, std::string_view parts) {
  std::string shown;
  for (const char each : parts) {
    const bool wrong_kind = mode.find(each) == mode.npos;
    const bool of_nobody = each == 'p' && shown.empty() && !meets(mode, "p");
    if (wrong_kind || of_nobody) {
      shown.clear();
      continue;
    }
    shown += each;
    if (meets(mode, shown)) return true;
  }
  return false;
}

TEST(EveryMode, opens_to_what_it_asks_for_and_to_nothing_else) {
  for (std::size_t mode = 0; mode < std::size(modes_of_appendix_3); ++mode) {
    for (const auto& [letter, proof] : kinds_of_frames) {
      for (std::string parts : {"x", "p", "i", "xp", "px", "xi", "ix", "ip", "ixp", "xip", "ipx"}) {
        for (char& each : parts) {
          if (each == 'x') each = letter;
        }
        Story story;
        story.person({.pin = "5", .card = 1005, .password = "2580"});
        story.set("DoorVerifyType", std::to_string(mode).c_str());
        const ReaderSetting setting = kind(proof);
        story.change([&](Rules& rules) { rules.readers = {setting}; });
        for (const char each : parts) {
          const std::string_view keys = each == 'p' ? "2580" : each == 'i' ? "5" : "";
          if (keys.empty()) {
            const std::uint64_t number = letter == 'c' ? 1005 : 5;
            story.act(CardRead{ReaderId{1}, CardNo{number}, 0, 26});
          }
          for (const char digit : keys)
            story.act(KeyPressed{ReaderId{1}, static_cast<std::uint8_t>(digit - '0')});
          if (!keys.empty()) story.act(KeyPressed{ReaderId{1}, 11});
        }
        EXPECT_EQ(story.controller().status(DoorId{1}).released,
                  opens_by(modes_of_appendix_3[mode], parts))
            << "mode " << mode << ", parts " << parts;
      }
    }
  }
}

// ---- whose mode it is

class TheModeOf : public ::testing::Test {
 protected:
  TheModeOf() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "6", .card = 1006, .password = "1111"});
    story.set("DoorIntertime", "0");
  }
  void personal(ModeCode mode) {
    ExtUser row;
    row.pin = pin_of("5");
    row.verify = mode;
    story.controller().people().apply(row);
  }
  void own(ModeCode mode) {
    story.change_user("5", [mode](User& user) { user.verify = mode; });
  }
  Story story;
};

TEST_F(TheModeOf, a_door_holds_where_nobody_has_another) {
  story.set("DoorVerifyType", "11");
  own(mode_none);
  personal(mode_none);
  story.play("255 is none", R"(
     1 card 1005  ->
     2 keys 2580# -> unlock granted
  )");
}

TEST_F(TheModeOf, a_person_replaces_that_of_the_door_once_he_is_known) {
  story.set("DoorVerifyType", "4");
  own(mode_both);
  story.play("user.Verify", R"(
     1 card 1006  -> unlock granted
     7 card 1005  -> relock
     8 keys 2580# -> unlock granted
    20 keys 2580# -> relock wrong_mode
  )");
  EXPECT_EQ(story.last_event().reason.record, 0u) << "nobody was known: the door's own";
  EXPECT_EQ(story.last_event().reason.detail, 4u);
  personal(mode_password);
  story.play("PersonalVS goes before it", "30 card 1005 -> wrong_mode");
  EXPECT_EQ(story.last_event().reason.record, 2u) << "the person's";
  EXPECT_EQ(story.last_event().reason.detail, 3u);
}

TEST_F(TheModeOf, a_time_and_a_door_holds_in_its_intervals) {
  story.set("DoorVerifyType", "4");
  story.change([](Rules& rules) {
    rules.verify_schedules = {every_day(7, part(900, 959, mode_none, mode_both),
                                        part(930, 1029, mode_none, mode_password))};
    rules.door_verify = {{DoorId{1}, 7}};
  });
  story.play("a morning", R"(
    08:59:59 card 1005      -> unlock granted
    09:00:10 card 1005      -> relock
    09:00:11 keys 2580#     -> unlock granted
    09:30:10 card 1005      -> relock
    09:30:11 keys 2580#     -> unlock granted
    10:00:10 card 1005      -> relock wrong_mode
    10:00:20 card 1005 at 3 -> unlock:2 granted:2
    10:29:59 keys 2580#     -> relock:2 unlock by_password
    10:30:10 card 1005      -> relock unlock granted
  )");
}

TEST_F(TheModeOf, a_schedule_says_by_which_rule_it_refused) {
  story.change([](Rules& rules) {
    rules.verify_schedules = {every_day(7, part(0, 2359, mode_none, mode_password))};
    rules.door_verify = {{DoorId{1}, 7}};
  });
  story.play("a card", "1 card 1005 -> wrong_mode");
  EXPECT_EQ(story.last_event().reason.record, 1u) << "the door's schedule";
  EXPECT_EQ(story.last_event().reason.detail, 3u);
  story.change([](Rules& rules) {
    rules.verify_schedules.push_back(every_day(8, part(0, 2359, mode_id, mode_none)));
    rules.person_verify = {{pin_of("5"), DoorId{1}, 8}};
  });
  story.play("a card, once more", "2 card 1005 -> wrong_mode\n 3 card 1006 -> wrong_mode");
  EXPECT_EQ(story.event_before(1).reason.record, 3u) << "the person's schedule";
  EXPECT_EQ(story.event_before(1).reason.detail, 2u);
  EXPECT_EQ(story.event_before(0).reason.record, 1u) << "that of somebody else is the door's";
}

TEST_F(TheModeOf, a_time_and_a_person_goes_before_all_others_at_his_door) {
  story.set("DoorVerifyType", "3");
  own(mode_password);
  story.change([](Rules& rules) {
    rules.verify_schedules = {every_day(7, part(0, 2359, mode_card, mode_password)),
                              every_day(8, part(900, 959, mode_card, mode_password))};
    rules.door_verify = {{DoorId{1}, 7}};
    rules.person_verify = {{pin_of("5"), DoorId{1}, 8}};
  });
  story.play("an hour of cards", R"(
    08:30 card 1005      -> wrong_mode
    09:00 card 1005      -> unlock granted
    09:01 card 1006      -> relock wrong_mode
    09:59:59 card 1005   -> unlock granted
    10:00 card 1005      -> wrong_mode
    10:01 card 1005 at 3 -> relock wrong_mode:2
  )");
}

TEST_F(TheModeOf, none_in_a_schedule_is_the_next_weaker) {
  story.set("DoorVerifyType", "4");
  story.change([](Rules& rules) {
    rules.verify_schedules = {every_day(7, part(0, 2359, mode_card, mode_none)),
                              every_day(8, part(0, 2359, mode_none, mode_card))};
    rules.door_verify = {{DoorId{1}, 7}};
    rules.person_verify = {{pin_of("5"), DoorId{1}, 8}};
  });
  story.play("255 everywhere", "1 card 1005 -> unlock granted");
  own(mode_password);
  story.play("his own is next", "7 card 1005 -> relock wrong_mode");
  EXPECT_EQ(story.last_event().reason.record, 2u);
}

TEST_F(TheModeOf, a_schedule_that_does_not_exist_is_none) {
  story.set("DoorVerifyType", "4");
  story.change([](Rules& rules) {
    rules.door_verify = {{DoorId{1}, 7}};
    rules.person_verify = {{pin_of("5"), DoorId{1}, 8}};
  });
  story.play("a card", R"(
     1 card 1005 -> unlock granted
     7 trust no  -> relock
     8 card 1005 -> unlock granted
  )");
}

TEST_F(TheModeOf, a_holiday_is_that_of_its_day) {
  VerifySchedule schedule;
  schedule.id = 7;
  schedule.days[static_cast<std::size_t>(Day::mon)][0] = part(0, 2359, mode_none, mode_password);
  schedule.days[static_cast<std::size_t>(Day::hol2)][1] = part(0, 2359, mode_none, mode_both);
  story.change([&](Rules& rules) {
    rules.verify_schedules = {schedule};
    rules.door_verify = {{DoorId{1}, 7}};
  });
  story.play("a Monday", "1 card 1005 -> wrong_mode");
  Holiday holiday;
  holiday.date = std::chrono::year{2026} / 11 / 23;
  holiday.type = 2;
  story.controller().calendar().put(holiday);
  story.play("that is a holiday", "2 card 1005 ->\n 3 keys 2580# -> unlock granted");
}

TEST_F(TheModeOf, a_night_belongs_to_the_day_on_which_it_began) {
  VerifySchedule schedule;
  schedule.id = 7;
  schedule.days[static_cast<std::size_t>(Day::mon)][0] = part(2200, 559, mode_none, mode_password);
  story.set("DoorVerifyType", "4");
  story.change([&](Rules& rules) {
    rules.verify_schedules = {schedule};
    rules.door_verify = {{DoorId{1}, 7}};
  });
  story.play("Monday night, and no other", R"(
    21:59 card 1005 -> unlock granted
    22:00 card 1005 -> relock wrong_mode
    05:59 card 1005 -> wrong_mode
    06:00 card 1005 -> unlock granted
    22:30 card 1005 -> relock unlock granted
  )");
}

TEST_F(TheModeOf, a_schedule_is_unknown_while_the_clock_is_not_trusted) {
  story.set("DoorVerifyType", "4");
  story.set("DoorSupperPassWord", "9119");
  story.change([](Rules& rules) {
    rules.verify_schedules = {every_day(7, part(0, 2359, mode_none, mode_card))};
    rules.door_verify = {{DoorId{1}, 7}};
  });
  story.play("nobody knows the mode", R"(
     1 trust no         ->
     2 card 1005        -> wrong_time
     3 card 1005 at 3   -> unlock:2 granted:2
     4 keys 2580#       -> wrong_time
     5 keys 9119#       -> unlock emergency
  )");
  EXPECT_EQ(story.event_before(3).reason.rule, Rule::clock_untrusted);
  EXPECT_EQ(story.event_before(3).reason.record, 7u);
  EXPECT_EQ(story.event_before(3).reason.detail, 1u);
  story.change([](Rules& rules) {
    rules.door_verify.clear();
    rules.person_verify = {{pin_of("5"), DoorId{1}, 7}};
  });
  story.play("of one person", R"(
    20 card 1005        -> relock:2 relock wrong_time
    21 card 1006        -> unlock granted
    22 trust yes        ->
    23 card 1005        -> granted
  )");
}

// ---- readers

class AReader : public ::testing::Test {
 protected:
  AReader() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.person({.pin = "12", .card = 5});
    story.set("DoorIntertime", "0");
  }
  void kinds(std::vector<ReaderSetting> readers) {
    story.change([&](Rules& rules) { rules.readers = std::move(readers); });
  }
  Story story;
};

TEST_F(AReader, of_fingers_names_people_by_their_id) {
  kinds({kind(Proof::card), kind(Proof::fingerprint)});
  story.play("finger 5 is that of person 5, card 5 that of person 12", R"(
     1 finger 5 at 2    -> unlock granted
     7 card 5 at 1      -> relock unlock granted
    13 finger 1005 at 2 -> relock unregistered
    14 finger 12 at 2   -> unlock granted
  )");
  const Event& finger = story.events()[1];
  EXPECT_EQ(finger.pin.view(), "5");
  EXPECT_EQ(finger.card.value, 0u);
  EXPECT_EQ(finger.verify, VerifyCode::fingerprint);
  EXPECT_EQ(finger.proofs, bit(Proof::fingerprint)) << "mode 0: any of its kinds";
  EXPECT_EQ(finger.way, InOut::out);
  const Event& card = story.events()[2];
  EXPECT_EQ(card.pin.view(), "12");
  EXPECT_EQ(card.card.value, 5u);
  EXPECT_EQ(card.verify, VerifyCode::card);
  EXPECT_TRUE(story.events()[3].pin.empty());
  EXPECT_EQ(story.events()[3].card.value, 0u);
}

TEST_F(AReader, of_each_kind_proves_that_kind) {
  for (const auto& [proof, code] :
       {std::pair{Proof::fingerprint, 1}, std::pair{Proof::face, 15},
        std::pair{Proof::finger_vein, 21}, std::pair{Proof::palm_vein, 25}}) {
    kinds({kind(proof)});
    story.set("DoorVerifyType", std::to_string(code).c_str());
    story.advance(std::chrono::seconds{10});
    story.act(CardRead{ReaderId{1}, CardNo{5}, 0, 34});
    EXPECT_EQ(story.last_event().code, EventCode::opened);
    EXPECT_EQ(story.last_event().verify, static_cast<VerifyCode>(code));
    EXPECT_EQ(story.last_event().proofs, bit(proof));
    story.set("DoorVerifyType", "4");
    story.advance(std::chrono::seconds{10});
    story.act(CardRead{ReaderId{1}, CardNo{5}, 0, 34});
    EXPECT_EQ(story.last_event().code, EventCode::wrong_verification_mode);
  }
}

TEST_F(AReader, takes_parts_in_any_order) {
  kinds({kind(Proof::fingerprint)});
  story.set("DoorVerifyType", "13");
  story.play("ID, finger and password", R"(
     1 keys 5#     ->
     2 finger 5    ->
     3 keys 2580#  -> unlock by_password
    10 finger 5    -> relock
    11 keys 5#     ->
    12 keys 2580#  -> unlock by_password
    20 keys 5#     -> relock
    21 keys 2580#  ->
    22 finger 5    -> unlock by_password
    30 keys 2580#  -> relock unregistered
    40 finger 5    ->
    41 keys 2580#  ->
    42 finger 5    ->
    52 wait        -> timeout
  )");
}

TEST_F(AReader, takes_a_password_only_after_what_names_its_person) {
  kinds({kind(Proof::fingerprint)});
  story.set("DoorVerifyType", "9");
  story.play("finger and password", R"(
     1 keys 2580#  -> wrong_mode
     2 finger 5    ->
     3 keys 2580#  -> unlock by_password
     9 finger 5    -> relock
    10 finger 12   ->
    11 keys 2580#  -> unregistered
  )");
  EXPECT_EQ(story.last_event().pin.view(), "12");
}

TEST_F(AReader, gives_each_part_ten_seconds) {
  kinds({kind(Proof::fingerprint)});
  story.set("DoorVerifyType", "13");
  story.play("three parts", R"(
     1.0 keys 5#     ->
    10.9 finger 5    ->
    20.8 keys 2580#  -> unlock by_password
    30.0 keys 5#     -> relock
    39.0 finger 5    ->
    48.9 wait        ->
    49.0 wait        -> timeout
  )");
  EXPECT_EQ(story.last_event().pin.view(), "5");
}

TEST_F(AReader, that_is_forbidden_refuses_everything) {
  ReaderSetting forbidden;
  forbidden.enabled = false;
  kinds({forbidden});
  story.set("DoorSupperPassWord", "9119");
  story.play("at the one, and at the other", R"(
     1 card 1005       -> door_period
     2 card 999        -> door_period
     3 keys 2580#      -> door_period
     4 keys 9119#      -> door_period
     5 card 1005 at 2  -> unlock granted
  )");
  EXPECT_EQ(story.event_before(1).reason.rule, Rule::reader_disabled);
  EXPECT_EQ(story.event_before(1).reason.reader, ReaderId{1});
}

// ---- the new form of verifytype

TEST_F(AReader, tells_the_kinds_of_a_grant) {
  story.set("DoorVerifyType", "11");
  story.play("in a mode of all", "1 card 1005 ->\n 2 keys 2580# -> unlock granted");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::card) | bit(Proof::password) | proofs_all_of);
  story.set("DoorVerifyType", "7");
  story.play("in a mode of any", "8 card 1005 -> relock unlock granted");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::card));
  kinds({kind(Proof::fingerprint)});
  story.set("DoorVerifyType", "14");
  story.play("by the first of two sets", "15 keys 5# -> relock\n 16 finger 5 -> unlock granted");
  EXPECT_EQ(story.last_event().proofs,
            bit(Proof::user_id) | bit(Proof::fingerprint) | proofs_all_of);
  story.play("by nobody", "17 press -> exit");
  EXPECT_EQ(story.last_event().proofs, 0);
}

TEST_F(AReader, tells_the_kinds_of_a_refusal) {
  story.set("DoorVerifyType", "2");
  story.play("what is not asked for", "1 card 1005 -> wrong_mode");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::card));
  story.set("DoorVerifyType", "0000110000000001");
  story.play("of two kinds the one that is not", "3 keys 5# ->\n 4 keys 2580# -> wrong_mode");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::password));
  story.play("all, where all are asked for", "5 keys 5# ->\n 15 wait -> timeout");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::user_id));
  story.play("a stranger's card", "16 card 999 -> unregistered");
  EXPECT_EQ(story.last_event().proofs, bit(Proof::card));
}

// ---- light and buzzer

TEST_F(AReader, says_in_light_and_sound_what_was_decided) {
  story.set("DoorVerifyType", "11");
  story.play("waiting: two beeps of 50 ms, 50 ms apart", R"(
     1.00 card 1005   -> beep
     1.04 wait        ->
     1.05 wait        -> quiet
     1.09 wait        ->
     1.10 wait        -> beep
     1.15 wait        -> quiet
     1.50 wait        ->
     2.00 keys 2580#  -> unlock green beep granted
     2.09 wait        ->
     2.10 wait        -> quiet
     4.99 wait        ->
     5.00 wait        -> dark
     7.00 wait        -> relock
  )");
  story.play("refused: 300 ms, also in the middle of two beeps", R"(
    10.00 card 1005   -> beep
    10.05 wait        -> quiet
    10.06 card 999    -> beep unregistered
    10.35 wait        ->
    10.36 wait        -> quiet
    11.00 wait        ->
  )");
  story.set("DoorDrivertime", "2");
  story.play("green for the release, where that is shorter", R"(
    20.00 card 1005   -> beep
    20.50 keys 2580#  -> unlock green granted
    22.50 wait        -> relock dark
  )");
}

}  // namespace
}  // namespace lintel
