#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "tests/sim/world.h"

namespace lintel::sim {
namespace {

constexpr unsigned happenings = 600;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string all_of(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences)
    text += sentence + "\n";
  return text;
}

class Simulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, KeepsItsPromises) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(GetParam()));
  const char* path = std::getenv("LINTEL_TRACE");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
  World world({.seed = GetParam(), .planted = Planted::nothing, .trace_file = file});
  world.live(happenings);
  world.settle_everything();
  if (file != nullptr) std::fclose(file);
  EXPECT_TRUE(world.checker().complaints().empty())
      << "Rerun with LINTEL_SEED=" << GetParam() << "\n"
      << all_of(world.checker().complaints()) << "The last that happened:\n"
      << world.trace().newest();
}

std::vector<std::uint64_t> seeds() {
  const auto one = number_from("LINTEL_SEED", 0);
  if (one != 0) return {one};
  std::vector<std::uint64_t> all(number_from("LINTEL_SEEDS", 20));
  for (std::size_t at = 0; at < all.size(); ++at)
    all[at] = at + 1;
  return all;
}
INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, testing::ValuesIn(seeds()));

// A life in which nothing happens would keep every promise.
TEST(SimulationTest, ALifeSeesEverythingThatCanBeRecorded) {
  std::set<unsigned> missing = {0,   1,   5,    7,    8,    9,    10,   11,   12,   13,  20,
                                21,  22,  23,   27,   28,   36,   64,   37,   38,   39,  41,
                                42,  63,  75,   100,  102,  105,  106,  107,  109,  200, 201,
                                202, 204, 205,  206,  207,  209,  214,  216,  220,  221, 233,
                                234, 236, 4008, 4014, 5024, 5025, 6008, 6009, 6010, 6013};
  constexpr std::uint64_t seeds_max = 30;
  for (std::uint64_t seed = 1; seed <= seeds_max && !missing.empty(); ++seed) {
    World world({.seed = seed});
    world.live(300);
    for (const auto& [code, count] : world.checker().counts())
      missing.erase(code);
  }
  EXPECT_THAT(missing, testing::IsEmpty());
}

TEST(SimulationTest, TheSameSeedGivesTheSameLifeToTheByte) {
  const auto life = [](std::uint64_t seed) {
    World world({.seed = seed});
    world.live(150);
    world.settle_everything();
    return std::pair(world.trace().hash(), world.trace().lines());
  };
  const auto first = life(5);
  EXPECT_EQ(life(5), first);
  EXPECT_NE(life(6).first, first.first);
  EXPECT_GT(first.second, 500u);
}

}  // namespace
}  // namespace lintel::sim
