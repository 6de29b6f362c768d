// Board files: what an installer writes, and what is said of his mistakes.
#include "hal/board_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace lintel::hal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string one_door = R"(; a door
[board]
name = A box
led_run = led0
reset_button = GPIO4 low pull-up

[door1]
lock   = GPIO17 high fail-secure
sensor = GPIO27 high pull-up debounce=50ms
rex    = adc ads1015 2 full=2047 pull-up=2200 active=open

[reader1]
d0   = GPIO5
d1   = GPIO6
led  = gpiochip2:7 low
kind = face

[inputs]
fire = GPIO22 high pull-down
aux2 = GPIO23

[outputs]
auxout1 = GPIO24
)";

std::string wrong_with(const std::string& text) {
  const auto file = parse_board_file(text, "board.conf");
  return file ? "nothing" : file.error().text;
}

// The file with one line more at the end of a section.
std::string with(const std::string& section, const std::string& line) {
  auto text = one_door;
  const auto at = text.find("[" + section + "]\n");
  return at == std::string::npos ? text + "[" + section + "]\n" + line + "\n"
                                 : text.insert(at + section.size() + 3, line + "\n");
}

TEST(BoardFile, SaysWhichLineIsWhatAtTheDoor) {
  const auto file = parse_board_file(one_door, "board.conf");
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_EQ(file->name, "A box");
  EXPECT_EQ(file->layout.doors, 1u);
  EXPECT_EQ(file->layout.aux_inputs, 2u);
  EXPECT_EQ(file->layout.aux_outputs, 1u);
  ASSERT_EQ(file->readers.size(), 1u);
  EXPECT_EQ(text_of(file->readers[0].d1.at), "GPIO6");
  EXPECT_TRUE(file->readers[0].d0.active_low);
  EXPECT_EQ(file->readers[0].proof, Proof::face);
  EXPECT_THAT(file->proofs(), ElementsAre(Proof::face, Proof::card));
  ASSERT_EQ(file->outputs.size(), 3u);
  EXPECT_EQ(file->outputs[0].line.kind, OutputKind::lock) << "locks come first";
  EXPECT_EQ(text_of(file->outputs[1].at), "gpiochip2:7");
  EXPECT_TRUE(file->outputs[1].active_low);
  ASSERT_EQ(file->inputs.size(), 4u);
  EXPECT_EQ(file->inputs[0].digital->debounce, std::chrono::milliseconds(50));
  EXPECT_FALSE(file->inputs[0].digital->active_low);
  EXPECT_EQ(file->inputs[1].supervised->full_scale, 2047u);
  EXPECT_TRUE(file->inputs[1].supervised->active_open);
  EXPECT_EQ(file->inputs[3].digital->debounce, std::chrono::milliseconds(20)) << "as usual";
  EXPECT_TRUE(file->reset_button);
}

TEST(BoardFile, ALockThatIsHeldByCurrentRestsWithCurrent) {
  auto text = one_door;
  text.replace(text.find("fail-secure"), 11, "fail-safe");
  const auto file = parse_board_file(text, "board.conf");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->outputs[0].energised(false));
  EXPECT_FALSE(file->outputs[0].energised(true));
}

struct Mistake {
  std::string text, said;
};
class BoardFileMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(BoardFileMistakes, AreToldWithTheirLine) {
  EXPECT_THAT(wrong_with(GetParam().text), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    All, BoardFileMistakes,
    testing::Values(
        Mistake{with("door1", "sensr = GPIO1"), "board.conf line 8: [door1] sensr is no line"},
        Mistake{with("inputs", "mains = GPIO17"),
                "line 19: [inputs] mains: the line GPIO17 is taken already (line 8)"},
        Mistake{with("door1", "lock = GPIO1 high fail-safe"),
                "line 9: [door1] lock is set twice (first in line 8)"},
        Mistake{with("door3", "lock = GPIO1 fail-safe"), "there is no [door2]"},
        Mistake{with("door2", "sensor = GPIO1"), "[door2] has no lock"},
        Mistake{with("reader3", "d0 = GPIO1\nd1 = GPIO2"), "[reader3] belongs to no door"},
        Mistake{with("reader2", "d0 = GPIO1"), "[reader2] has only one of d0 and d1"},
        Mistake{with("reader2", "led = GPIO1"), "[reader2] has no d0 and d1"},
        Mistake{with("reader2", "d0 = GPIO1 debounce=5ms\nd1 = GPIO2"), "must have no debounce"},
        Mistake{with("reader1", "kind = nose"), "line 13: [reader1] kind must be card, keypad"},
        Mistake{with("door2", "lock = GPIO1 high"), "say fail-safe"},
        Mistake{with("outputs", "auxout2 = GPIO1 fail-safe"), "\"fail-safe\" is none of these"},
        Mistake{with("outputs", "auxout2 = GPIO1 low high"), "is there twice"},
        Mistake{with("outputs", "auxout33 = GPIO1"), "there are auxout1 to auxout32"},
        Mistake{with("inputs", "aux1 = GPIO1 debounce=301ms"), "debounce=0ms to 300ms"},
        Mistake{with("inputs", "tamper = adc ads1015 3 full=2047 pull-up=2200"),
                "must be a digital line"},
        Mistake{with("inputs", "aux1 = adc ads1015 2 full=2047 pull-up=2200"),
                "ads1015 channel 2 is taken already (line 10)"},
        Mistake{with("inputs", "aux1 = adc ../x 1 full=2047 pull-up=2200"), "must be adc DEVICE"},
        Mistake{with("inputs", "aux1 = adc ads1015 1 full=0 pull-up=2200"), "must be adc DEVICE"},
        Mistake{with("inputs", "aux1 = :5"), "chip and offset"},
        Mistake{with("inputs", "aux1 = gpiochip0:9999"), "chip and offset"},
        Mistake{with("inputs", "aux1 ="), "must not be empty"},
        Mistake{with("board", "led_link = ../../etc"), "must be the name of a LED"},
        Mistake{with("board", "colour = red"), "is no setting of a board"},
        Mistake{with("gate1", "lock = GPIO1"), "[gate1] is no section"},
        Mistake{with("door17", "lock = GPIO1 fail-safe"), "[door17] is no section"},
        Mistake{"[board]\nname = x\n", "there is no door"},
        Mistake{"nonsense\n", "neither [section] nor name = value"},
        Mistake{"[door1]\nlock = " + std::string(300, 'x') + "\n", "line 2: this line is longer"},
        Mistake{std::string("[door1]\n\0\n", 10), "NUL byte"}));

TEST(BoardFile, EveryFileOfTheTreeIsOne) {
  unsigned count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LINTEL_SOURCE_DIR "/hal/boards")) {
    if (entry.path().extension() != ".conf") continue;
    const auto file = read_board_file(entry.path());
    ASSERT_TRUE(file) << file.error().text;
    EXPECT_FALSE(file->name.empty()) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 6u);
}

TEST(BoardFile, OneThatIsNotThereIsTold) {
  EXPECT_FALSE(read_board_file("/nowhere/board.conf"));
  EXPECT_FALSE(read_board_file("/tmp"));
}

}  // namespace
}  // namespace lintel::hal
