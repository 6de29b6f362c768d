// From edges at the kernel's lines to cards and keys: everything that is shown is read, and nothing
// else. The readers play in threads of their own while the board is read as the engine reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <thread>

#include "tests/hal/wire.h"
#include "tests/kernel/board_loop.h"
#include "tests/kernel/terminals.h"

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using Words = std::vector<std::string>;

struct Shown {
  std::string bits;
  std::string told;  // what the port must make of it
};

// A card of 26, 34 or 37 bits, or a key of 4 or 8.
Shown anything(std::mt19937_64& random) {
  const std::uint64_t number = random();
  const std::uint64_t key = number % 12;
  const auto card = [&](std::string (*frame)(std::uint64_t), unsigned bits, unsigned of) {
    const auto shown = number & ((1ull << bits) - 1);
    return Shown{frame(shown), "card " + std::to_string(shown) + " of " + std::to_string(of)};
  };
  switch (random() % 8) {
    case 0:
      return {hal::binary(key, 4), "key " + std::to_string(key)};
    case 1:
      return {hal::binary((~key & 15) << 4 | key, 8), "key " + std::to_string(key)};
    case 2:
    case 3:
      return card(hal::frame26, 24, 26);
    case 4:
    case 5:
      return card(hal::frame34, 32, 34);
    default:
      return card(hal::frame37, 35, 37);
  }
}

// ---- nothing is lost

struct Pace {
  ReaderWires::Rhythm rhythm;
  unsigned frames;
  unsigned seed;
};
void PrintTo(const Pace& pace, std::ostream* out) {
  *out << pace.rhythm.bit / 1us << " us a bit";
}
class EveryFrame : public testing::TestWithParam<Pace> {};

TEST_P(EveryFrame, that_two_readers_show_at_once_is_read) {
  Terminals terminals;
  const auto board = terminals.opened();
  BoardLoop loop(*board);
  std::map<unsigned, Words> shown;
  std::vector<std::thread> readers;
  for (const unsigned reader : {1u, 3u}) {
    Words& words = shown[reader];
    readers.emplace_back([&terminals, &words, reader] {
      std::mt19937_64 random(GetParam().seed + reader);
      auto wires = terminals.wires(ReaderId{static_cast<std::uint8_t>(reader)});
      for (unsigned i = 0; i < GetParam().frames / 2; ++i) {
        const auto next = anything(random);
        words.push_back(next.told);
        wires.send(next.bits, GetParam().rhythm);
        wait_until(now() + 25ms + std::chrono::microseconds(random() % 20'000));
      }
    });
  }
  loop.run_until(now() + 24h, GetParam().frames);
  for (auto& reader : readers)
    reader.join();
  loop.run_for(100ms);
  for (const auto& [reader, words] : shown) {
    EXPECT_TRUE(loop.told[reader] == words)
        << "reader " << reader << ": " << loop.told[reader].size() << " of " << words.size();
    EXPECT_EQ(loop.counts(reader).bad_frames, 0u);
    EXPECT_EQ(loop.counts(reader).noise, 0u);
  }
  EXPECT_EQ(board->edges_lost(), 0u);
  EXPECT_EQ(loop.failure, "");
}

// 10,000 of them. The longest pulses a reader makes are at the slowest pace.
INSTANTIATE_TEST_SUITE_P(Pace, EveryFrame,
                         testing::Values(Pace{.rhythm = {200us, 50us}, .frames = 2500, .seed = 1},
                                         Pace{{500us, 50us}, 2500, 2}, Pace{{1ms, 50us}, 2500, 3},
                                         Pace{{2ms, 100us}, 2500, 4}),
                         [](const auto& pace) {
                           return "every_" + std::to_string(pace.param.rhythm.bit / 1us) + "_us";
                         });

}  // namespace
}  // namespace lintel::kernel
