// A million small worlds, a seed each. LINTEL_WORLDS=N plays N of them, LINTEL_SEED=7 plays that
// one and tells its story.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdlib>
#include <string>

#include "tests/oracle/small_world.h"
#include "tests/sanitizers.h"

namespace lintel::oracle {
namespace {

constexpr std::uint64_t shards = 8;

std::uint64_t number_in_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Sanitizers make everything slow: a fiftieth of it.
#if defined(LINTEL_SANITIZED) || !defined(__OPTIMIZE__)
constexpr std::uint64_t slowness = 50;
#else
constexpr std::uint64_t slowness = 1;
#endif

std::uint64_t worlds() {
  return number_in_environment("LINTEL_WORLDS", 1'000'000 / slowness);
}

// A failure is played again, to be told.
std::string fails(std::uint64_t seed, Counts& counts) {
  const std::string failure = SmallWorld{seed, counts, false}.play();
  if (failure.empty()) return {};
  Counts not_counted;
  SmallWorld again{seed, not_counted, true};
  again.play();
  return "LINTEL_SEED=" + std::to_string(seed) + "\n" + again.story() + failure;
}

// What one world gives back, the next one takes: not through the system each time.
void keep_memory() {
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

class RandomWorlds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWorlds, agree_with_the_oracle) {
  keep_memory();
  Counts counts;
  if (const auto seed = number_in_environment("LINTEL_SEED", 0); seed != 0) {
    if (seed % shards != GetParam()) GTEST_SKIP() << "another shard plays that seed";
    SmallWorld world{seed, counts, true};
    const std::string failure = world.play();
    std::puts(world.story().c_str());
    EXPECT_EQ(failure, "");
    return;
  }
  int failures = 0;
  for (std::uint64_t seed = GetParam() + shards; seed < worlds() + shards; seed += shards) {
    const std::string failure = fails(seed, counts);
    if (failure.empty()) continue;
    ADD_FAILURE() << failure;
    if (++failures == 3) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, RandomWorlds, ::testing::Range<std::uint64_t>(0, shards));

// Are these worlds about everything that the table of rules is about?
TEST(RandomWorlds, meet_every_rung_and_every_event) {
  if (number_in_environment("LINTEL_SEED", 0) != 0) GTEST_SKIP() << "one world says little";
  keep_memory();
  const std::uint64_t some = worlds() / 5, at_least = some / 2000;
  Counts counts;
  for (std::uint64_t seed = 10'000'000; seed < 10'000'000 + some; ++seed)
    EXPECT_EQ(SmallWorld(seed, counts, false).play(), "") << "LINTEL_SEED=" << seed;
  for (const EventCode code : event_codes) {
    if (!foretold(code)) continue;
    EXPECT_GE(counts.by_code[number(code)], at_least) << "event " << number(code);
  }
  constexpr auto first = static_cast<std::size_t>(Rule::frame_format);
  constexpr auto last = static_cast<std::size_t>(Rule::super_gesture);
  for (std::size_t rule = first; rule <= last; ++rule)
    EXPECT_GE(counts.by_rule[rule], at_least) << name_of(static_cast<Rule>(rule));
  for (const Rule rule : {Rule::exit_button, Rule::exit_button_locked, Rule::exit_button_period,
                          Rule::input_zone, Rule::doorbell})
    EXPECT_GE(counts.by_rule[static_cast<std::size_t>(rule)], at_least) << name_of(rule);
  EXPECT_GE(counts.commands, at_least);
}

}  // namespace
}  // namespace lintel::oracle
