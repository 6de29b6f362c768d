#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

constexpr ReaderId reader_1{1};

User user_row(Story& story, const char* pin) {
  return story.controller().people().by_pin(*Pin::from(pin))->user;
}

TEST(Access, a_person_with_a_privilege_passes) {
  Story story;
  story.person({.pin = "5", .card = 1005, .doors = 1});
  story.play("somebody at both doors", R"(
     1.0 card 1005      -> unlock green beep granted
     1.1 wait           -> quiet
     4.0 wait           -> dark
     6.0 wait           -> relock
     7.0 card 1005 at 3 -> beep:3 no_privilege:2
     8.0 card 1006      -> beep unregistered
     8.3 wait           -> quiet
  )");
  const Event& first = story.events()[1];
  EXPECT_EQ(first.pin.view(), "5");
  EXPECT_EQ(first.card.value, 1005u);
  EXPECT_EQ(first.address, 1);
  EXPECT_EQ(first.way, InOut::in);
  EXPECT_EQ(first.verify, VerifyCode::card);
  EXPECT_EQ(first.card_bits, 26);
  EXPECT_EQ(first.reason.rule, Rule::granted);
  EXPECT_EQ(first.reason.record, timezone_always);
  EXPECT_EQ(first.reason.reader, reader_1);
  EXPECT_EQ(story.last_event().card.value, 1006u);
  EXPECT_TRUE(story.last_event().pin.empty());
}

TEST(Access, the_relay_goes_first_the_reader_next_the_journal_last) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.advance(std::chrono::seconds{1});
  const Actions& actions = story.act(CardRead{ReaderId{2}, CardNo{1005}, 7, 34});
  ASSERT_EQ(actions.size(), 4u);
  EXPECT_EQ(std::get<SetOutput>(actions[0]), (SetOutput{{OutputKind::lock, 1}, true}));
  EXPECT_EQ(std::get<SetOutput>(actions[1]), (SetOutput{{OutputKind::reader_led, 2}, true}));
  EXPECT_EQ(std::get<SetOutput>(actions[2]), (SetOutput{{OutputKind::reader_buzzer, 2}, true}));
  const Event& event = std::get<Record>(actions[3]).event;
  EXPECT_EQ(event.way, InOut::out);
  EXPECT_EQ(event.site_code, 7u);
  EXPECT_EQ(event.card_bits, 34);
}

// Somebody against whom everything speaks. One fault after the other is mended, the strongest
// first, and each time the next one decides.
TEST(Access, the_strongest_reason_decides) {
  Story story;
  Calendar& calendar = story.controller().calendar();
  People& people = story.controller().people();
  story.person({.pin = "5", .card = 0, .zone = timezone_always, .doors = 1});
  story.play("he passed by his card a moment ago", "0.5 wait");
  const UserCard lost{.pin = *Pin::from("5"), .card = CardNo{1005}, .lost = true};
  const UserCard found{.pin = *Pin::from("5"), .card = CardNo{1005}, .lost = false};
  people.apply(found);
  story.play("he passed", "1.0 card 1005 -> unlock granted");

  // Everything goes wrong at once.
  const User good = user_row(story, "5");
  User bad = good;
  bad.blacklisted = true;
  bad.validity.end = civil_from_text("2026-01-01");
  people.apply(ClearPrivileges{});
  people.apply(EraseUser{good.pin});
  people.apply(lost);
  story.set("DoorIntertime", "200");
  story.set("DoorVerifyType", "3");
  story.set("DoorValidTZ", "9");
  story.set("DoorMaskFlag", "1");
  story.set("DoorDisable", "0");
  story.play("a frame of noise, though", "10 frame 31 -> relock bad_frame");
  story.play("disabled", "11 card 1005 -> door_period");
  EXPECT_EQ(story.last_event().reason.rule, Rule::door_disabled);
  story.set("DoorDisable", "1");
  story.play("locked", "12 card 1005 -> door_locked");
  story.set("DoorMaskFlag", "0");
  story.play("no user", "13 card 1005 -> unregistered");
  people.apply(bad);
  story.play("lost", "14 card 1005 -> lost");
  people.apply(found);
  story.play("blacklisted", "15 card 1005 -> blacklisted");
  bad.blacklisted = false;
  people.apply(bad);
  story.play("expired", "16 card 1005 -> too_late");
  people.apply(good);
  story.play("no privilege", "17 card 1005 -> no_privilege");
  Privilege privilege;
  privilege.pin = good.pin;
  privilege.timezone = 8;
  privilege.doors = 1;
  people.apply(privilege);
  story.play("his zone", "18 card 1005 -> wrong_time");
  EXPECT_EQ(story.last_event().reason.rule, Rule::time_zone);
  story.zone(8, Day::mon, 0, 2359);
  story.play("a clock that nobody believes", "19 trust no\n 19.1 card 1005 -> wrong_time");
  EXPECT_EQ(story.last_event().reason.rule, Rule::clock_untrusted);
  story.play("a clock that somebody believes", "19.2 trust yes\n 20 card 1005 -> door_period");
  EXPECT_EQ(story.last_event().reason.rule, Rule::door_period);
  calendar.put(Timezone::always(9));
  story.play("too soon", "21 card 1005 -> too_soon");
  EXPECT_EQ(story.last_event().reason.detail, 180u) << "seconds still to wait";
  story.set("DoorIntertime", "2");
  story.play("wrong mode", "22 card 1005 -> wrong_mode");
  EXPECT_EQ(story.last_event().reason.detail, 3u) << "the mode";
  story.set("DoorVerifyType", "4");
  story.play("at last", "23 card 1005 -> unlock granted");
}

TEST(Access, the_ladder_has_the_order_of_the_rules) {
  Story story;
  const Explanation explanation =
      story.controller().explain({.reader = reader_1, .card = CardNo{1}, .pin = {}}, story.now());
  ASSERT_EQ(explanation.ladder.size(), static_cast<std::size_t>(Rule::parts_timeout));
  for (std::size_t i = 0; i < explanation.ladder.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(explanation.ladder[i].rule), i + 1);
  }
}

TEST(Access, a_user_is_valid_from_his_first_second_to_his_last) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.set("DoorIntertime", "0");
  User user = user_row(story, "5");
  user.validity = {civil_from_text("2026-11-23 08:01:00"), civil_from_text("2026-11-23 08:02:00")};
  story.controller().people().apply(user);
  story.play("two minutes", R"(
     08:00:59 card 1005 -> too_early
     08:01:00 card 1005 -> unlock granted
     08:02:00 card 1005 -> relock unlock granted
     08:02:01 card 1005 -> too_late
  )");
  EXPECT_EQ(story.last_event().reason.detail, 1u) << "too late";
}

TEST(Access, a_privilege_may_be_over_while_its_user_is_valid) {
  Story story;
  story.person({.pin = "5", .card = 1005, .zone = timezone_always, .doors = 0});
  Privilege privilege;
  privilege.pin = *Pin::from("5");
  privilege.timezone = timezone_always;
  privilege.doors = 1;
  privilege.validity.end = civil_from_text("2026-11-22 00:00:00");
  story.controller().people().apply(privilege);
  story.play("yesterday's privilege", "1 card 1005 -> too_late");
  EXPECT_EQ(story.last_event().reason.detail, 3u);
  privilege.timezone = 2;
  privilege.validity = {civil_from_text("2026-11-23 08:00:30"), std::nullopt};
  story.controller().calendar().put(Timezone::always(2));
  story.controller().people().apply(privilege);
  story.play("and one for later", "2 card 1005 -> too_early");
  EXPECT_EQ(story.last_event().reason.record, 2u);
  EXPECT_EQ(story.last_event().reason.detail, 2u);
  story.play("which has begun", "30 card 1005 -> unlock granted");
  EXPECT_EQ(story.last_event().reason.record, 2u) << "that zone let him in";
}

TEST(Access, any_privilege_that_holds_will_do) {
  Story story;
  story.zone(2, Day::mon, 900, 1000);
  story.zone(3, Day::mon, 800, 810);
  story.person({.pin = "5", .card = 1005, .zone = 2, .doors = 1});
  Privilege second;
  second.pin = *Pin::from("5");
  second.timezone = 3;
  second.doors = 3;
  story.controller().people().apply(second);
  story.play("a morning", R"(
     08:10:58 card 1005 -> unlock granted
     08:10:59 card 1005 -> too_soon
     08:11    card 1005 -> wrong_time
     08:12    card 1005 -> relock wrong_time
     09:00    card 1005 -> unlock granted
     09:00:30 card 1005 at 4 -> relock wrong_time:2
  )");
  EXPECT_EQ(story.last_event().reason.record, 3u);
  EXPECT_EQ(story.last_event().reason.detail, 1u) << "only one is for door 2";
}

TEST(Access, the_same_card_waits_for_its_interval) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.person({.pin = "6", .card = 1006});
  story.controller().people().apply(
      UserCard{.pin = *Pin::from("5"), .card = CardNo{2005}, .lost = false});
  story.set("DoorIntertime", "10");
  story.play("in and in again", R"(
     1.0  card 1005      -> unlock granted
     2.0  card 1005      -> too_soon
     3.0  card 1005 at 2 -> too_soon
     4.0  card 1005 at 3 -> unlock:2 granted:2
    10.9  card 1005      -> relock relock:2 too_soon
    11.0  card 1005      -> unlock granted
    12.0  card 2005      -> granted
    13.0  card 1006      -> granted
    14.0  card 1005      -> too_soon
  )");
  story.set("DoorIntertime", "0");
  story.play("without an interval", "14.1 card 1005 -> granted");
}

TEST(Access, with_an_untrusted_clock_only_what_is_timeless_passes) {
  Story story;
  story.zone(2, Day::mon, 0, 2359);
  story.person({.pin = "5", .card = 1005});
  story.person({.pin = "6", .card = 1006, .zone = 2});
  story.person({.pin = "7", .card = 1007});
  story.person({.pin = "8", .card = 1008, .zone = 99});
  User dated = user_row(story, "7");
  dated.validity.end = civil_from_text("2020-01-01");
  story.controller().people().apply(dated);
  story.play("the clock is lost", R"(
     0.5 trust no
     1.0 card 1005 -> unlock granted
     2.0 card 1006 -> wrong_time
     3.0 card 1007 -> wrong_time
     4.0 card 1008 -> wrong_time
  )");
  EXPECT_EQ(story.last_event().reason.rule, Rule::time_zone) << "no clock makes zone 99 exist";
  story.set("DoorValidTZ", "2");
  story.play("the door's own zone", "9 card 1005 -> relock wrong_time");
  EXPECT_EQ(story.last_event().reason.rule, Rule::clock_untrusted);
  EXPECT_EQ(story.last_event().reason.record, 2u);
  story.set("DoorValidTZ", "99");
  story.play("which does not exist", "10 card 1005 -> door_period");
  story.set("DoorValidTZ", "1");
  story.play("the clock is back", R"(
     11 trust yes
     12 card 1006 -> unlock granted
     13 card 1007 -> too_late
  )");
}

TEST(Access, a_change_of_people_counts_at_once) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.set("DoorIntertime", "0");
  story.play("before", "1 card 1005 -> unlock granted");
  story.controller().people().apply(EraseUser{*Pin::from("5")});
  story.play("after", "2 card 1005 -> unregistered");
}

}  // namespace
}  // namespace lintel
