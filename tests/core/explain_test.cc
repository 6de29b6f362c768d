#include <gtest/gtest.h>

#include <set>

#include "tests/core/story.h"

namespace lintel {
namespace {

class AnExplanation : public ::testing::Test {
 protected:
  AnExplanation() {
    story.zone(3, Day::mon, 900, 1000);
    story.person({.pin = "5", .card = 1005, .password = "2580", .zone = 3, .doors = 1});
  }
  Explanation of_card(std::uint64_t card, const char* at, unsigned reader = 1) {
    Question question;
    question.reader = ReaderId{static_cast<std::uint8_t>(reader)};
    question.card = CardNo{card};
    return story.controller().explain(question, moment(at));
  }
  Explanation of_pin(const char* pin, const char* at) {
    Question question;
    question.reader = ReaderId{1};
    question.pin = *Pin::from(pin);
    return story.controller().explain(question, moment(at));
  }
  Moment moment(const char* at) {
    Moment moment = story.now();
    moment.civil = *civil_from_text(at);
    return moment;
  }
  static std::set<Rule> refusals(const Explanation& explanation) {
    std::set<Rule> rules;
    for (const Rung& rung : explanation.ladder) {
      if (!rung.passed) rules.insert(rung.rule);
    }
    return rules;
  }
  Story story;
};

TEST_F(AnExplanation, says_what_would_happen_at_any_time) {
  EXPECT_TRUE(of_card(1005, "2026-11-30 09:00:00").granted);
  EXPECT_EQ(of_card(1005, "2026-11-30 09:00:00").code, EventCode::opened);
  const Explanation early = of_card(1005, "2026-11-30 08:10:00");
  EXPECT_FALSE(early.granted);
  EXPECT_EQ(early.code, EventCode::outside_time_zone);
  EXPECT_EQ(in_words(early.reason, *civil_from_text("2026-11-30 08:10:00")),
            "Time zone 3 does not hold on Monday at 08:10, and this person has no other valid "
            "privilege for door 1.");
  EXPECT_EQ(of_card(1005, "2026-11-30 09:00:00", 3).code, EventCode::no_privilege);
  EXPECT_EQ(of_card(999, "2026-11-30 09:00:00").code, EventCode::not_registered);
}

TEST_F(AnExplanation, marks_every_rung_that_refuses) {
  User user = story.controller().people().by_pin(*Pin::from("5"))->user;
  user.blacklisted = true;
  story.controller().people().apply(user);
  story.set("DoorMaskFlag", "1");
  story.set("DoorVerifyType", "3");
  const Explanation all = of_card(1005, "2026-11-30 08:10:00");
  EXPECT_EQ(all.code, EventCode::door_locked);
  EXPECT_EQ(refusals(all), (std::set<Rule>{Rule::door_locked, Rule::blacklist, Rule::time_zone,
                                           Rule::verification_mode}));
}

TEST_F(AnExplanation, takes_a_person_as_if_he_had_shown_all_that_the_door_asks_for) {
  for (const char* mode : {"0", "2", "3", "4", "11", "0000011000000001"}) {
    story.set("DoorVerifyType", mode);
    EXPECT_TRUE(of_pin("5", "2026-11-30 09:00:00").granted) << mode;
    EXPECT_EQ(of_pin("5", "2026-11-30 08:00:00").code, EventCode::outside_time_zone) << mode;
  }
  EXPECT_EQ(of_pin("6", "2026-11-30 09:00:00").code, EventCode::not_registered);
  story.set("DoorVerifyType", "3");
  EXPECT_EQ(of_pin("5", "2026-11-30 09:00:00").code, EventCode::opened_by_password);
}

TEST_F(AnExplanation, knows_of_the_normal_open_time) {
  story.set("DoorKeepOpenTimeZone", "3");
  EXPECT_EQ(of_card(1005, "2026-11-30 09:30:00").code, EventCode::verified_while_normal_open);
}

TEST_F(AnExplanation, agrees_with_what_happens) {
  story.play("nine o'clock", "09:10 card 1005 -> unlock granted");
  const Explanation again = of_card(1005, "2026-11-23 09:10:01");
  EXPECT_EQ(again.code, EventCode::interval_too_short);
  EXPECT_EQ(again.reason.detail, 2u);
}

TEST_F(AnExplanation, touches_nothing) {
  const std::size_t events = story.events().size();
  EXPECT_TRUE(of_card(1005, "2026-11-30 09:00:00").granted);
  EXPECT_EQ(story.events().size(), events);
  EXPECT_FALSE(story.controller().status(DoorId{1}).released);
  EXPECT_TRUE(of_card(1005, "2026-11-30 09:00:00").granted) << "no interval began";
}

TEST_F(AnExplanation, says_which_rungs_were_reached) {
  story.set("DoorMaskFlag", "1");
  const Explanation refused = of_card(1005, "2026-11-30 08:10:00");
  ASSERT_EQ(refused.ladder.size(), rungs);
  for (const Rung& rung : refused.ladder)
    EXPECT_EQ(rung.reached, rung.rule <= Rule::door_locked) << name_of(rung.rule);
  story.set("DoorMaskFlag", "0");
  for (const Rung& rung : of_card(1005, "2026-11-30 09:10:00").ladder) {
    EXPECT_TRUE(rung.reached) << name_of(rung.rule);
    EXPECT_TRUE(rung.passed) << name_of(rung.rule);
  }
}

TEST_F(AnExplanation, of_a_refusal_in_the_journal_tells_all_that_refused) {
  const auto mask = [](std::initializer_list<Rule> rules) {
    std::uint32_t bits = 0;
    for (const Rule rule : rules)
      bits |= 1u << static_cast<unsigned>(rule);
    return bits;
  };
  story.set("DoorMaskFlag", "1");
  story.set("DoorVerifyType", "3");
  story.change_user("5", [](User& user) { user.blacklisted = true; });
  story.play("everything at once", "1 card 1005 -> door_locked");
  EXPECT_EQ(story.last_event().reason.refused_by,
            mask({Rule::door_locked, Rule::blacklist, Rule::time_zone, Rule::verification_mode}));
  story.play("one thing alone", "2 set DoorMaskFlag 0 ->\n 3 card 999 at 3 -> unregistered:2");
  EXPECT_EQ(story.last_event().reason.refused_by, mask({Rule::registered}));
  story.set("DoorVerifyType", "0");
  story.change_user("5", [](User& user) { user.blacklisted = false; });
  story.play("nothing", "09:10 card 1005 -> unlock granted");
  EXPECT_EQ(story.last_event().reason.refused_by, 0u);
}

TEST_F(AnExplanation, asks_every_rule) {
  story.person({.pin = "6", .card = 1006});
  story.change([](Rules& rules) {
    rules.interlock = 1;
    rules.readers.resize(1);
    rules.readers[0].enabled = false;
  });
  story.set("DoorInOutAntiPassback", "2");
  story.set("DoorFirstCardOpenDoor", "2");
  story.set("DoorIntertime", "60");
  story.set("DoorSensorType", "0");
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("6"), .door = DoorId{1}, .zone = 1}};
  });
  story.play("he goes out", R"(
     1 card 1006 at 2  -> unlock first
     2 remote close    -> relock remote_closed
     3 open at 2       -> forced:2
     4 emergency close -> dual_close dual_close:2
  )");
  story.change([](Rules& rules) { rules.first_cards.clear(); });
  Question question;
  question.reader = ReaderId{2};
  question.card = CardNo{1006};
  EXPECT_EQ(refusals(story.controller().explain(question, story.now())),
            (std::set<Rule>{Rule::lockdown, Rule::interval, Rule::first_card, Rule::anti_passback,
                            Rule::interlock}));
  question.reader = ReaderId{1};
  EXPECT_EQ(refusals(story.controller().explain(question, story.now())),
            (std::set<Rule>{Rule::reader_disabled, Rule::lockdown, Rule::interval, Rule::first_card,
                            Rule::interlock}));
}

TEST_F(AnExplanation, of_a_super_user_and_of_several_people_says_what_would_be_told) {
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("5"), .door = 1}}; });
  EXPECT_EQ(of_card(1005, "2026-11-30 08:10:00").code, EventCode::super_user_opened);
  story.change([](Rules& rules) { rules.super_users.clear(); });
  story.set("DoorMultiCardOpenDoor", "1");
  EXPECT_EQ(of_card(1005, "2026-11-30 09:10:00").code, EventCode::several_wait);
  story.set("DoorMultiCardOpenDoor", "0");
  story.set("DoorFirstCardOpenDoor", "1");
  story.change([](Rules& rules) {
    rules.first_cards = {{.pin = pin_of("5"), .door = DoorId{1}, .zone = 1}};
  });
  EXPECT_EQ(of_card(1005, "2026-11-30 09:10:00").code, EventCode::first_card_opened);
}

TEST_F(AnExplanation, of_a_reader_that_does_not_exist_grants_nothing) {
  for (const unsigned reader : {0u, 5u, 255u}) {
    const Explanation none = of_card(1005, "2026-11-30 09:00:00", reader);
    EXPECT_FALSE(none.granted);
    EXPECT_TRUE(none.ladder.empty());
  }
}

}  // namespace
}  // namespace lintel
