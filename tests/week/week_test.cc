#include "tests/week/week.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "tests/sanitizers.h"

namespace lintel::week {
namespace {

constexpr unsigned days = 7;
constexpr unsigned shards = 40;  // test cases, so that ctest may play them side by side

#ifdef LINTEL_SANITIZED
constexpr std::uint64_t seeds_by_default = 20;
#else
constexpr std::uint64_t seeds_by_default = 1'000;
#endif

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string report(std::uint64_t seed, const Week& week) {
  std::string text = "Seed " + std::to_string(seed) +
                     ". Rerun with LINTEL_SEED=" + std::to_string(seed) +
                     " (and LINTEL_TRACE=file for all of it)\n";
  for (const std::string& sentence : week.witness().complaints())
    text += sentence + "\n";
  text += "The configuration at the end:\n" + week.household().in_words();
  return text + "The last that happened:\n" + week.chronicle().newest();
}

void play(std::uint64_t seed) {
  const char* path = std::getenv("LINTEL_TRACE");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
  Week week({.seed = seed, .planted = Planted::nothing, .file = file});
  week.live(days);
  if (file != nullptr) std::fclose(file);
  if (!week.witness().complaints().empty()) ADD_FAILURE() << report(seed, week);
}

class Weeks : public testing::TestWithParam<unsigned> {};

// Every shard has the seeds that leave its number.
TEST_P(Weeks, KeepEveryPromise) {
  const std::uint64_t one = number_from("LINTEL_SEED", 0);
  if (one != 0) {
    if (one % shards == GetParam()) play(one);
    return;
  }
  const std::uint64_t count = number_from("LINTEL_SEEDS", seeds_by_default);
  for (std::uint64_t seed = 1; seed <= count && !HasFailure(); ++seed) {
    if (seed % shards == GetParam()) play(seed);
  }
}
INSTANTIATE_TEST_SUITE_P(Shard, Weeks, testing::Range(0u, shards));

TEST(WeekTest, TheSameSeedGivesTheSameWeekToTheByte) {
  const auto life = [](std::uint64_t seed, Planted planted) {
    Week week({.seed = seed, .planted = planted});
    week.live(2);
    return std::pair(week.chronicle().hash(), week.chronicle().lines());
  };
  const auto first = life(5, Planted::nothing);
  EXPECT_EQ(life(5, Planted::nothing), first);
  EXPECT_NE(life(6, Planted::nothing).first, first.first);
  EXPECT_GT(first.second, 500u);
  // And would tell of a life that depends on anything else.
  EXPECT_NE(life(5, Planted::chance_unseeded).first, first.first);
}

// A week in which nothing happens would keep every promise.
TEST(WeekTest, WeeksSeeEverythingThatTheCoreCanRecord) {
  std::set<unsigned> missing;
  for (const EventCode code : event_codes)
    missing.insert(number(code));
  missing.erase(number(EventCode::journal_nearly_full));  // storage tells of it
  missing.erase(number(EventCode::factory_reset));        // the daemon, before there are doors
  constexpr std::uint64_t seeds_max = 120;
  for (std::uint64_t seed = 1; seed <= seeds_max && !missing.empty(); ++seed) {
    Week week({.seed = seed});
    week.live(days);
    for (const auto& [code, count] : week.witness().counts())
      missing.erase(code);
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

}  // namespace
}  // namespace lintel::week
