// When a start is a good one, and when the machine is to try another.
#include "rootfs/system/health.h"

#include <gtest/gtest.h>

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using Verdict = HealthJudge::Verdict;

class AStart : public ::testing::Test {
 protected:
  // Looks every 5 s, so long; the last verdict, or the first that is not "wait".
  Verdict pass(std::chrono::seconds time, const Look& look) {
    const auto end = now_ + time;
    while (now_ < end) {
      now_ += HealthJudge::looks_every;
      if (const auto verdict = judge_.look(now_, look); verdict != Verdict::wait) return verdict;
    }
    return Verdict::wait;
  }
  static Look sick(std::string Look::*part) {
    Look look;
    look.*part = "something is wrong";
    return look;
  }

  HealthJudge::Time start_ = 7s, now_ = start_;
  HealthJudge judge_{start_, false, true};  // a new version, and one to go back to
};

TEST_F(AStart, is_good_after_a_minute_without_a_break) {
  EXPECT_EQ(Verdict::wait, pass(60s, {}));
  EXPECT_EQ(Verdict::good, pass(5s, {}));
}

TEST_F(AStart, begins_its_minute_anew_after_every_trouble) {
  for (const auto part : {&Look::engine, &Look::storage, &Look::console, &Look::complaint}) {
    EXPECT_EQ(Verdict::wait, pass(60s, {}));
    EXPECT_EQ(Verdict::wait, pass(5s, sick(part)));
  }
  EXPECT_EQ(Verdict::wait, pass(60s, {}));
  EXPECT_EQ(Verdict::good, pass(5s, {}));
}

TEST_F(AStart, counts_no_time_that_nobody_has_looked_at) {
  EXPECT_EQ(Verdict::wait, pass(10s, {}));
  now_ += 300s;
  EXPECT_EQ(Verdict::wait, pass(60s, {}));
  EXPECT_EQ(Verdict::good, pass(5s, {}));
}

TEST_F(AStart, of_a_version_that_does_not_come_to_work_ends_after_ten_minutes) {
  EXPECT_EQ(Verdict::wait, pass(595s, sick(&Look::console)));
  EXPECT_EQ(Verdict::restart, pass(5s, sick(&Look::console)));
  EXPECT_EQ("something is wrong", judge_.trouble());
}

TEST_F(AStart, that_works_now_and_then_ends_too) {
  Verdict verdict = Verdict::wait;
  while (verdict == Verdict::wait) {
    verdict = pass(50s, {});
    if (verdict == Verdict::wait) verdict = pass(5s, sick(&Look::engine));
  }
  EXPECT_EQ(Verdict::restart, verdict);
  EXPECT_LE(now_ - start_, 605s);
}

TEST_F(AStart, of_a_version_whose_engine_never_decides_ends_after_three_minutes) {
  EXPECT_EQ(Verdict::wait, pass(175s, sick(&Look::engine)));
  EXPECT_EQ(Verdict::restart, pass(5s, sick(&Look::engine)));
}

TEST_F(AStart, without_another_version_to_go_back_to_is_never_ended) {
  judge_ = HealthJudge(start_, false, false);
  EXPECT_EQ(Verdict::wait, pass(3'600s, sick(&Look::engine)));
  EXPECT_EQ(Verdict::wait, pass(60s, {}));
  EXPECT_EQ(Verdict::good, pass(5s, {}));
}

TEST_F(AStart, of_a_version_that_was_good_before_is_good_as_soon_as_its_engine_decides) {
  judge_ = HealthJudge(start_, true, true);
  EXPECT_EQ(Verdict::wait, pass(3'600s, sick(&Look::engine)));
  EXPECT_EQ(Verdict::good, pass(5s, sick(&Look::complaint)))
      << "a relay that has died is no reason";
}

TEST_F(AStart, says_in_words_what_is_wrong) {
  Look look;
  look.engine = "the engine does not answer";
  look.console = "the console takes no connection";
  EXPECT_EQ(Verdict::wait, pass(5s, look));
  EXPECT_EQ("the engine does not answer; the console takes no connection", judge_.trouble());
  EXPECT_EQ(Verdict::wait, pass(5s, {}));
  EXPECT_EQ("", judge_.trouble());
}

}  // namespace
}  // namespace lintel::helper
