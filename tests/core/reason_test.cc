#include "engine/core/reason.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/events.h"

namespace lintel {
namespace {

Reason reason(Rule rule, std::uint32_t record = 0, std::uint32_t detail = 0) {
  return {
      .rule = rule, .record = record, .detail = detail, .door = DoorId{2}, .reader = ReaderId{3}};
}

const CivilTime monday = *civil_from_text("2026-11-23 08:10:30");

TEST(AReason, is_a_whole_sentence) {
  EXPECT_EQ(in_words(reason(Rule::time_zone, 3, 1), monday),
            "Time zone 3 does not hold on Monday at 08:10, and this person has no other valid "
            "privilege for door 2.");
  EXPECT_EQ(in_words(reason(Rule::time_zone, 3, 2), monday),
            "Time zone 3 does not hold on Monday at 08:10, nor does that of any other privilege of "
            "this person for door 2.");
  EXPECT_EQ(in_words(reason(Rule::time_zone, 9, 0), monday),
            "Time zone 9 does not exist, and this person has no other valid privilege for door 2.");
  EXPECT_EQ(in_words(reason(Rule::frame_format, 0, 31), monday),
            "The frame of 31 bits at reader 3 fits no card format.");
  EXPECT_EQ(in_words(reason(Rule::validity, 0, 1), monday),
            "The person's period of validity was over on 2026-11-23 at 08:10.");
  EXPECT_EQ(in_words(reason(Rule::interval, 0, 1), monday),
            "This person was let in at door 2 a moment ago: 1 second still to wait.");
  EXPECT_EQ(in_words(reason(Rule::granted, 1, 5), monday),
            "The person may pass door 2: time zone 1 holds on Monday at 08:10.");
  EXPECT_EQ(in_words(reason(Rule::granted, 1, 0), monday),
            "The person may pass door 2: time zone 1 holds on Monday at 08:10; but DoorDrivertime "
            "is 0, which releases no lock.");
}

TEST(EveryRule, has_a_sentence_and_a_name_of_its_own) {
  std::set<std::string> sentences, names;
  for (unsigned n = 0; n <= static_cast<unsigned>(Rule::last_rule); ++n) {
    const auto rule = static_cast<Rule>(n);
    const std::string sentence = in_words(reason(rule, 4, 2), monday);
    EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
    EXPECT_EQ(sentence.back(), '.') << sentence;
    EXPECT_TRUE(sentence.front() >= 'A' && sentence.front() <= 'Z') << sentence;
    EXPECT_TRUE(names.insert(name_of(rule)).second) << name_of(rule);
  }
}

// What reason.h says that record and detail may mean: each meaning is told apart from the others.
TEST(EveryDetailOfARule, has_a_sentence_of_its_own) {
  struct Meanings {
    Rule rule;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> record_and_detail;
  };
  const Meanings all[] = {
      {Rule::frame_format, {{0, 26}, {0, 255}}},
      {Rule::lockdown, {{0, 1}, {0, 2}}},
      {Rule::door_locked, {{0, 0}, {4, 0}}},
      {Rule::lockout, {{1, 1}, {1, 300}, {2, 300}}},
      {Rule::validity, {{0, 0}, {0, 1}, {4, 2}, {4, 3}}},
      {Rule::time_zone, {{4, 0}, {4, 1}, {4, 2}}},
      {Rule::clock_untrusted, {{0, 0}, {4, 0}, {4, 1}}},
      {Rule::anti_passback, {{3, 1}, {3, 2}, {3, 3}, {3, 4}}},
      {Rule::interlock, {{0, 0}, {1, 0}, {1, 1}}},
      {Rule::verification_mode, {{0, 4}, {1, 4}, {2, 4}, {3, 4}, {0, 30}}},
      {Rule::multi_card, {{1, 0}, {2, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {2, 5}}},
      {Rule::granted, {{1, 5}, {1, 0}}},
      {Rule::emergency_password, {{0, 5}, {1, 5}}},
      {Rule::first_card_open, {{4, 1}, {4, 2}}},
      {Rule::duress, {{0, 1}, {0, 2}}},
      {Rule::super_gesture, {{0, 1}, {0, 2}, {0, 3}, {0, 4}}},
      {Rule::exit_button, {{0, 5}, {0, 0}}},
      {Rule::normal_open_zone, {{4, 0}, {4, 1}, {4, 2}}},
      {Rule::scheduled_output, {{4, 0}, {4, 1}}},
      {Rule::fire, {{0, 0}, {0, 1}}},
      {Rule::emergency, {{0, 1}, {0, 2}}},
      {Rule::remote, {{0, 0}, {0, 1}, {0, 2}, {0, 4}, {0, 6}, {0, 7}}},
      {Rule::held, {{0, 1}, {0, 15}}},
      {Rule::line_fault, {{0, 1}, {0, 2}}},
      {Rule::passback_reset, {{0, 0}, {0, 1}}},
  };
  std::set<std::string> sentences;
  for (const auto& [rule, meanings] : all) {
    for (const auto& [record, detail] : meanings) {
      const std::string sentence = in_words(reason(rule, record, detail), monday);
      EXPECT_TRUE(sentences.insert(sentence).second) << sentence;
      EXPECT_EQ(sentence.back(), '.') << sentence;
      EXPECT_FALSE(sentence.front() >= 'a' && sentence.front() <= 'z') << sentence;
    }
  }
}

TEST(EveryEvent, has_words_of_its_own) {
  std::set<std::string> words;
  for (const EventCode code : event_codes) {
    EXPECT_TRUE(words.insert(in_words(code)).second) << number(code);
  }
  EXPECT_EQ(words.count(in_words(EventCode{999})), 0u);
}

TEST(AReason, comes_back_from_the_journal_as_it_went) {
  EXPECT_EQ(to_text(reason(Rule::time_zone, 3)), "time_zone record=3 door=2 reader=3");
  for (unsigned n = 0; n <= static_cast<unsigned>(Rule::last_rule); ++n) {
    const Reason sent = reason(static_cast<Rule>(n), 4'000'000'000u, n);
    const auto back = reason_from_text(to_text(sent));
    ASSERT_TRUE(back);
    EXPECT_EQ(to_text(*back), to_text(sent));
    EXPECT_EQ(back->rule, sent.rule);
  }
  EXPECT_EQ(reason_from_text("none")->rule, Rule::none);
}

TEST(AReason, that_cannot_be_read_is_none) {
  for (const char* text :
       {"", "weather", "time_zone record", "time_zone record=", "time_zone record=x",
        "time_zone colour=3", "time_zone door=256", "time_zone record=4294967296",
        "time_zone  record=3", "time_zone record=-3", "TIME_ZONE"}) {
    EXPECT_FALSE(reason_from_text(text)) << text;
  }
}

TEST(OnlyCausesOfARelease, release_a_lock) {
  std::set<unsigned> causes;
  for (const EventCode code : event_codes) {
    if (releases_a_lock(code)) causes.insert(number(code));
  }
  EXPECT_EQ(causes, (std::set<unsigned>{0, 2, 3, 4, 5, 6, 8, 202, 205, 207, 208, 215, 227, 6013}));
  Event linked;
  linked.code = EventCode::linkage_triggered;
  EXPECT_FALSE(releases_a_lock(linked)) << "an auxiliary output is no lock";
  linked.reason.door = DoorId{1};
  EXPECT_TRUE(releases_a_lock(linked));
}

}  // namespace
}  // namespace lintel
