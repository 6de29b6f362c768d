// Lines that carry what no reader has sent, and boards that lose pulses: no card is made of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/hal/wire.h"
#include "tests/kernel/board_loop.h"
#include "tests/kernel/terminals.h"

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr ReaderId reader{1};
constexpr auto gap = 30ms;

class Noise : public testing::Test {
 protected:
  // What reader 1 has told since the last call, when its last frame is over.
  std::vector<std::string> told() {
    loop.run_for(gap);
    return std::exchange(loop.told[1], {});
  }
  std::vector<std::string> told_of(std::string_view bits) {
    wires.send(bits);
    return told();
  }
  // One pulse, `after` the moment at which the last one fell.
  void pulse(bool one, std::chrono::nanoseconds after) {
    next_ += after;
    wait_until(next_);
    wires.send(one ? "1" : "0", {.bit = 0ns, .width = 0ns});
  }
  void begin() { next_ = now(); }

  Terminals terminals;
  std::unique_ptr<hal::GpioBoard> board = terminals.opened();
  ReaderWires wires = terminals.wires(reader);
  BoardLoop loop{*board};
  std::mt19937_64 random{1};

 private:
  Uptime next_{};
};

TEST_F(Noise, of_ringing_wires_leaves_the_card_as_it_is) {
  for (unsigned i = 0; i < 50; ++i) {
    const std::uint64_t card = random() % (1u << 24);
    begin();
    for (const char bit : hal::frame26(card)) {
      pulse(bit == '1', 1ms - 90us);
      pulse(random() % 2 == 0, 90us);
    }
    EXPECT_THAT(told(), ElementsAre("card " + std::to_string(card) + " of 26"));
  }
  EXPECT_EQ(loop.counts(1).noise, 50u * 26);
}

TEST_F(Noise, of_a_pulse_too_many_or_too_few_makes_a_bad_frame) {
  for (unsigned i = 0; i < 100; ++i) {
    auto bits = hal::frame26(random() % (1u << 24));
    const auto place = random() % bits.size();
    if (i % 2 == 0) {
      bits.erase(place, 1);
    } else {
      bits.insert(place, 1, i % 4 == 1 ? '0' : '1');
    }
    EXPECT_THAT(told_of(bits), ElementsAre(i % 2 == 0 ? "bad 25" : "bad 27"));
  }
}

// As many pulses as no format has, at any pace. A stream that is longer than all formats is judged
// by its beginning (hal/README.md), and leaves a trace behind it.
TEST_F(Noise, of_random_streams_makes_no_card) {
  for (unsigned i = 0; i < 500; ++i) {
    unsigned pulses = 1 + static_cast<unsigned>(random() % 33);
    if (pulses == 26) pulses = 45 + static_cast<unsigned>(random() % 80);
    const auto slowest_us = 300 + random() % 15'000;
    begin();
    for (unsigned k = 0; k < pulses; ++k)
      pulse(random() % 2 == 0, 200us + std::chrono::microseconds(random() % (slowest_us - 200)));
    const auto words = told();
    if (pulses >= 45) {
      ASSERT_FALSE(words.empty());
      EXPECT_EQ(words.back(), "bad " + std::to_string(pulses));
      continue;
    }
    for (const auto& word : words)
      EXPECT_THAT(word, Not(StartsWith("card"))) << pulses << " pulses";
  }
  EXPECT_GT(loop.counts(1).bad_frames, 300u);
  EXPECT_THAT(told_of(hal::frame26(7)), ElementsAre("card 7 of 26"));
}

// A hum of 50 Hz on an open wire never ends, and neither does its frame.
TEST_F(Noise, of_the_mains_makes_one_bad_frame_however_long_it_hums) {
  begin();
  for (unsigned i = 0; i < 1000; ++i)
    pulse(i % 2 == 0, 10ms);
  EXPECT_THAT(told(), ElementsAre("bad 255"));
}

// ---- the kernel's buffer is full: 1024 edges, and the oldest go

class Overrun : public Noise {
 protected:
  // Nobody reads the board meanwhile.
  std::vector<std::string> show(unsigned frames) {
    std::vector<std::string> cards;
    for (unsigned i = 0; i < frames; ++i) {
      const std::uint64_t card = random() % (1u << 24);
      wires.send(hal::frame26(card));
      wait_until(now() + gap);
      cards.push_back("card " + std::to_string(card) + " of 26");
    }
    return cards;
  }
};

TEST_F(Overrun, of_a_stopped_program_is_counted_and_spoils_only_what_is_incomplete) {
  const auto shown = show(45);
  constexpr unsigned lost = 45 * 26 - 1024;  // five frames and 16 pulses of the sixth
  const auto heard = told();
  EXPECT_EQ(loop.lost[1], lost);
  EXPECT_EQ(loop.counts(1).lost, lost);
  EXPECT_EQ(board->edges_lost(), lost);
  ASSERT_EQ(heard.size(), 40u);
  EXPECT_EQ(heard[0], "bad 10");
  EXPECT_TRUE(std::equal(heard.begin() + 1, heard.end(), shown.begin() + 6, shown.end()));
  EXPECT_THAT(told_of(hal::frame26(7)), ElementsAre("card 7 of 26"));
  EXPECT_EQ(board->edges_lost(), lost);
}

// Where the loss ends at the border of two frames, the next one looks whole, and nobody can know.
TEST_F(Overrun, makes_no_card_of_the_frame_behind_it_though_it_looks_whole) {
  wires.send(std::string(16, '1'));
  wait_until(now() + gap);
  const auto shown = show(40);  // 1040 pulses, the last 1024 without 16 ...
  wires.send("1111");           // ... and without 20: a frame's 26 would be whole with 22 more
  wait_until(now() + gap);
  wires.send(std::string(6, '0'));
  wait_until(now() + gap);
  const auto heard = told();
  EXPECT_EQ(loop.lost[1], 16u + 26u);
  ASSERT_EQ(heard.size(), 41u);
  EXPECT_EQ(heard[0], "bad 26");
  EXPECT_EQ(heard[1], shown[2]);
}

TEST_F(Overrun, in_the_middle_of_a_frame_that_goes_on_makes_no_card_of_it) {
  const auto card = hal::frame26(7);
  std::thread shower([&] {
    wires.send(card.substr(0, 13));
    for (unsigned i = 0; i < 1100; ++i)
      wires.send(i % 2 == 0 ? "0" : "1", {.bit = 0ns, .width = 0ns});
    wires.send(card.substr(13));
  });
  shower.join();
  for (const auto& word : told())
    EXPECT_THAT(word, Not(StartsWith("card")));
  EXPECT_EQ(board->edges_lost(), 1100u + 26 - 1024);
  EXPECT_THAT(told_of(card), ElementsAre("card 7 of 26"));
}

}  // namespace
}  // namespace lintel::kernel
