// What befalls lines: they are somebody else's, their chip goes and comes, their contacts bounce;
// and what must not befall them: a relay that moves because a program starts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "hal/line_names.h"
#include "tests/hal/wire.h"
#include "tests/kernel/board_loop.h"
#include "tests/kernel/terminals.h"

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr InputLine sensor1{InputKind::door_sensor, 1}, rex1{InputKind::exit_button, 1};
constexpr OutputLine lock1{OutputKind::lock, 1}, auxout1{OutputKind::aux, 1};

// ---- power-up

// Seen from inside the kernel: each output is at rest from the moment on at which it is one, and
// stays there until it is told otherwise.
TEST(PowerUp, moves_no_output) {
  Terminals terminals;
  const LineTrace trace;
  const auto board = terminals.opened();
  wait_until(now() + 1s);
  for (const auto& output : terminals.file().outputs) {
    const auto [chip, offset] = terminals.place_of(output.line);
    const auto changes = trace.changes(chip, offset);
    ASSERT_EQ(changes.size(), 1u) << hal::name_of(output.line);
    EXPECT_TRUE(changes[0].output);
    EXPECT_EQ(changes[0].high, terminals.high_when(false, output.line))
        << hal::name_of(output.line);
  }
}

TEST(PowerUp, drives_a_lock_to_what_its_wiring_means) {
  Terminals terminals;
  const auto board = terminals.opened();
  const LineTrace trace;
  const std::map<unsigned, bool> high_when_released = {
      {1, true}, {2, false}, {3, false}, {4, true}};
  for (const auto& [door, high] : high_when_released) {
    const OutputLine lock{OutputKind::lock, static_cast<std::uint8_t>(door)};
    const auto [chip, offset] = terminals.place_of(lock);
    EXPECT_EQ(chip.value(offset), !high) << door;
    ASSERT_TRUE(board->set(lock, true));
    EXPECT_EQ(chip.value(offset), high) << door;
    ASSERT_TRUE(board->set(lock, false));
    EXPECT_EQ(chip.value(offset), !high) << door;
  }
}

TEST(PowerUp, with_a_line_that_is_missing_moves_no_output) {
  auto text = four_doors;
  const std::string wrong = "lock = lock4";
  text.replace(text.find(wrong), wrong.size(), "lock = lock5");
  Terminals terminals;
  const LineTrace trace;
  const auto board = hal::GpioBoard::open(*hal::parse_board_file(text, "board.conf"), "");
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().text, AllOf(HasSubstr("door4.lock"), HasSubstr("lock5")));
  for (const auto& output : terminals.file().outputs) {
    const auto [chip, offset] = terminals.place_of(output.line);
    EXPECT_THAT(trace.changes(chip, offset), IsEmpty());
  }
}

// ---- lines of somebody else

TEST(LineBusy, names_the_line_and_who_has_it) {
  Terminals terminals;
  const LineOwner owner(terminals.near(), terminals.near().offset_of("r3d1"), "coffee machine");
  const auto board = terminals.open();
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::busy);
  EXPECT_THAT(board.error().text, AllOf(HasSubstr("r3d1"), HasSubstr("coffee machine")));
}

TEST(LineBusy, keeps_a_second_program_away_from_the_lines_of_the_first) {
  Terminals terminals;
  const auto first = terminals.opened();
  ASSERT_TRUE(first->set(lock1, true));
  EXPECT_FALSE(terminals.open());
  EXPECT_TRUE(terminals.driven(lock1));
}

// ---- contacts

class Contact : public testing::Test {
 protected:
  std::vector<std::string> told() {
    std::vector<std::string> words;
    for (const auto& changed : std::exchange(loop.levels, {}))
      words.push_back(hal::name_of(changed.line) +
                      (changed.level == Level::active ? " active" : " inactive"));
    return words;
  }
  Terminals terminals;
  std::unique_ptr<hal::GpioBoard> board = terminals.opened();
  BoardLoop loop{*board};
};

TEST_F(Contact, that_bounces_is_told_once) {
  for (const bool active : {true, false}) {
    std::thread door([&] {
      for (unsigned i = 0; i < 10; ++i) {
        terminals.put(sensor1, active == (i % 2 == 0));
        wait_until(now() + 1ms);
      }
      terminals.put(sensor1, active);
    });
    loop.run_for(200ms);
    door.join();
    EXPECT_THAT(told(), ElementsAre(active ? "door1.sensor active" : "door1.sensor inactive"));
  }
}

TEST_F(Contact, that_is_touched_for_5_ms_is_not_told) {
  for (unsigned i = 0; i < 100; ++i) {
    terminals.put(rex1, true);
    wait_until(now() + 5ms);
    terminals.put(rex1, false);
    loop.run_for(std::chrono::milliseconds(50 + i));
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Contact, that_is_pressed_for_400_ms_is_told_when_it_is_pressed_and_when_it_is_let_go) {
  for (unsigned i = 0; i < 100; ++i) {
    terminals.put(rex1, true);
    const auto pressed = now();
    loop.run_until(now() + 400ms, 1);
    EXPECT_THAT(told(), ElementsAre("door1.rex active"));
    terminals.put(rex1, false);
    loop.run_for(std::chrono::milliseconds(50 + i));
    EXPECT_THAT(told(), ElementsAre("door1.rex inactive"));
    EXPECT_GE(now() - pressed, 400ms);
  }
}

TEST_F(Contact, that_is_active_before_the_program_starts_is_known) {
  board.reset();
  terminals.put(sensor1, true);
  board = terminals.opened();
  EXPECT_EQ(board->level(sensor1), Level::active);
  EXPECT_EQ(board->level(rex1), Level::inactive);
}

// ---- a chip on a cable

class Expander : public Contact {
 protected:
  std::vector<std::string> card(unsigned reader, std::uint64_t number) {
    terminals.wires(ReaderId{static_cast<std::uint8_t>(reader)}).send(hal::frame26(number));
    loop.run_for(30ms);
    return std::exchange(loop.told[reader], {});
  }
};

TEST_F(Expander, that_goes_is_told_and_everything_else_goes_on) {
  EXPECT_EQ(board->trouble(), "");
  terminals.expander().remove();
  loop.run_for(3s);
  EXPECT_THAT(board->trouble(), HasSubstr("reader5"));
  EXPECT_EQ(loop.failure, "");
  EXPECT_THAT(card(1, 1234), ElementsAre("card 1234 of 26"));
  EXPECT_TRUE(board->set(lock1, true));
  EXPECT_TRUE(terminals.driven(lock1));
  const auto set = board->set(auxout1, true);
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().text, HasSubstr("gpiochip"));
}

TEST_F(Expander, that_comes_back_is_as_it_was) {
  EXPECT_THAT(card(5, 1), ElementsAre("card 1 of 26"));
  ASSERT_TRUE(board->set(auxout1, true));
  for (unsigned i = 0; i < 10; ++i) {
    terminals.expander().remove();
    loop.run_for(3s);
    terminals.expander().come_back();
    terminals.put_to_rest();
    loop.run_for(3s);
    EXPECT_EQ(board->trouble(), "");
    EXPECT_THAT(card(5, 2), ElementsAre("bad 26")) << "it may have begun before";
    EXPECT_THAT(card(5, 2), ElementsAre("card 2 of 26")) << i;
    EXPECT_TRUE(terminals.driven(auxout1)) << i;
  }
}

TEST_F(Expander, that_goes_in_the_middle_of_a_frame_makes_no_card_of_its_halves) {
  const auto frame = hal::frame26(1234);
  terminals.wires(ReaderId{5}).send(frame.substr(0, 13));
  terminals.expander().remove();
  loop.run_for(10ms);
  terminals.expander().come_back();
  loop.run_for(1100ms);
  terminals.wires(ReaderId{5}).send(frame.substr(13));
  loop.run_for(30ms);
  for (const auto& word : loop.told[5])
    EXPECT_EQ(word.rfind("card", 0), std::string::npos) << word;
  loop.told.clear();
  EXPECT_THAT(card(5, 1234), ElementsAre("card 1234 of 26"));
}

TEST_F(Expander, that_another_chip_has_overtaken_is_found_under_its_new_number) {
  terminals.expander().remove();
  loop.run_for(3s);
  SimChip other("other", {"something"});
  terminals.expander().come_back();
  terminals.put_to_rest();
  loop.run_for(3s);
  EXPECT_EQ(board->trouble(), "");
  EXPECT_THAT(card(5, 2), ElementsAre("bad 26"));
  EXPECT_THAT(card(5, 2), ElementsAre("card 2 of 26"));
}

}  // namespace
}  // namespace lintel::kernel
