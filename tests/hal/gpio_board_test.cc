// The board of the kernel's lines, on lines of the test: wiring, readers, accidents. The same on a
// real kernel: tests/kernel.
#include "hal/gpio_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <fstream>

#include "hal/line_names.h"
#include "hal/reader_port.h"
#include "tests/hal/board_contract.h"
#include "tests/hal/fake_lines.h"

namespace lintel::hal {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string two_doors = R"([board]
name = A box for tests
led_run = run
[door1]
lock = lock1 high fail-secure
sensor = sensor1 high
rex = rex1 low
[door2]
lock = lock2 low fail-safe
[reader1]
d0 = r1d0
d1 = r1d1
led = r1led low
buzzer = r1buzzer
tamper = r1tamper
[reader3]
d0 = r3d0
d1 = r3d1
[inputs]
fire = fire high
aux1 = aux1
[outputs]
auxout1 = out1
)";

// A box on two chips; what a reader's wire and a pulled-up contact are at rest, they are here.
struct Box {
  Box() {
    const char* near[] = {"lock1", "lock2",    "sensor1",  "rex1", "r1d0", "r1d1",
                          "r1led", "r1buzzer", "r1tamper", "fire", "out1"};
    const char* far[] = {"r3d0", "r3d1", "aux1"};
    unsigned offset = 0;
    for (const char* name : near)
      chips.add("/dev/gpiochip0", offset++, name, at_rest(name));
    for (const char* name : far)
      chips.add("/dev/gpiochip1", offset++, name, true);
  }
  static bool at_rest(std::string_view name) { return name[0] == 'r'; }

  Result<std::unique_ptr<GpioBoard>> open(const std::string& text = two_doors,
                                          const GpioBoard::Places& places = {}) {
    const auto file = parse_board_file(text, "board.conf");
    if (!file) return fail(file.error());
    return GpioBoard::open(*file, chips.lines(), places);
  }
  // A frame, a bit each millisecond, that ends now.
  void frame(const std::string& reader, std::string_view bits) {
    auto at = host_uptime() - bits.size() * 1ms;
    for (const char bit : bits) {
      const auto line = reader + (bit == '1' ? "d1" : "d0");
      chips.put(line, false, at);
      chips.put(line, true, at + 50us);
      at += 1ms;
    }
  }
  FakeChips chips;
};

std::vector<Notice> all_of(Board& board) {
  std::vector<Notice> notices;
  pollfd wait{.fd = board.fd(), .events = POLLIN, .revents = 0};
  while (::poll(&wait, 1, 0) == 1)
    EXPECT_TRUE(board.read(notices));
  return notices;
}

// ---- the contract of all boards

class FakeGpioRig final : public BoardRig {
 public:
  FakeGpioRig() {
    auto board = box_.open();
    EXPECT_TRUE(board) << board.error().text;
    board_ = std::move(*board);
  }
  Board& board() override { return *board_; }
  bool has(ReaderId reader) override { return number(reader) % 2 == 1; }
  bool has(const InputLine& line) override { return !wire(line).empty(); }
  bool has(const OutputLine& line) override { return !wire(line).empty(); }
  void pulse_frame(ReaderId reader, std::string_view bits) override {
    box_.frame("r" + std::to_string(number(reader)), bits);
  }
  void put(const InputLine& line, Level level) override {
    const auto name = wire(line);
    const bool high_is_active = name == "sensor1" || name == "fire";
    box_.chips.put(name, (level == Level::active) == high_is_active, host_uptime());
  }
  bool driven(const OutputLine& line) override {
    const auto name = wire(line);
    const bool high = box_.chips.line(name).high;
    if (name == "lock2") return high;  // fail-safe, and the relay pulls when the line is low
    return high != (name == "r1led");
  }

 private:
  static std::string wire(const InputLine& line) {
    const std::map<std::string, std::string> wires = {{"door1.sensor", "sensor1"},
                                                      {"door1.rex", "rex1"},
                                                      {"reader1.tamper", "r1tamper"},
                                                      {"fire", "fire"},
                                                      {"aux1", "aux1"}};
    const auto found = wires.find(name_of(line));
    return found == wires.end() ? "" : found->second;
  }
  static std::string wire(const OutputLine& line) {
    const std::map<std::string, std::string> wires = {{"door1.lock", "lock1"},
                                                      {"door2.lock", "lock2"},
                                                      {"reader1.led", "r1led"},
                                                      {"reader1.buzzer", "r1buzzer"},
                                                      {"auxout1", "out1"}};
    const auto found = wires.find(name_of(line));
    return found == wires.end() ? "" : found->second;
  }
  Box box_;
  std::unique_ptr<GpioBoard> board_;
};

std::unique_ptr<BoardRig> make_fake_gpio_rig() {
  return std::make_unique<FakeGpioRig>();
}

INSTANTIATE_TEST_SUITE_P(GpioOnFakeLines, BoardContract, testing::Values(&make_fake_gpio_rig));

// ---- power-up

TEST(GpioBoard, MovesNoRelayWhenItIsOpened) {
  Box box;
  const auto board = box.open();
  ASSERT_TRUE(board) << board.error().text;
  EXPECT_EQ(box.chips.line("lock1").was, std::vector<bool>{false});
  EXPECT_EQ(box.chips.line("lock2").was, std::vector<bool>{false})
      << "held by current, which flows when the line is low";
  EXPECT_EQ(box.chips.line("r1led").was, std::vector<bool>{true});
  EXPECT_EQ(box.chips.line("out1").was, std::vector<bool>{false});
}

TEST(GpioBoard, KnowsWhatTheContactsWereBeforeIt) {
  Box box;
  box.chips.put("sensor1", true, host_uptime());
  const auto board = box.open();
  ASSERT_TRUE(board);
  EXPECT_EQ((*board)->level({InputKind::door_sensor, 1}), Level::active);
  EXPECT_THAT(all_of(**board), IsEmpty()) << "it is no news";
}

TEST(GpioBoard, HasNothingWhereTheFileHasNothing) {
  Box box;
  const auto board = box.open();
  ASSERT_TRUE(board);
  EXPECT_TRUE((*board)->set({OutputKind::reader_led, 4}, true)) << "a reader without a light";
  EXPECT_EQ((*board)->level({InputKind::mains, 0}), Level::inactive);
}

// ---- mistakes that only the chips know

TEST(GpioBoard, SaysWhichLineIsNotThere) {
  Box box;
  auto text = two_doors;
  text.replace(text.find("rex1"), 4, "rexx");
  const auto board = box.open(text);
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().text, HasSubstr("door1.rex: no GPIO chip has rexx"));
}

TEST(GpioBoard, SaysWhoHasALineThatItWants) {
  Box box;
  box.chips.line("lock2").user = "heater";
  const auto board = box.open();
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().code, Errc::busy);
  EXPECT_THAT(board.error().text, HasSubstr("locks: "));
  EXPECT_THAT(board.error().text, HasSubstr("lock2 is used by \"heater\""));
}

TEST(GpioBoard, SaysWhenTwoNamesAreOneLine) {
  Box box;
  auto text = two_doors;
  text.replace(text.find("rex1 low"), 8, "gpiochip0:0 ");
  const auto board = box.open(text);
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().text, HasSubstr("door1.rex: gpiochip0:0 is line 0"));
  EXPECT_THAT(board.error().text, HasSubstr("which door1.lock has"));
}

TEST(GpioBoard, WantsBothWiresOfAReaderAtOneChip) {
  Box box;
  auto text = two_doors;
  text.replace(text.find("d1 = r1d1"), 9, "d1 = aux1");
  text.replace(text.find("aux1 = aux1"), 11, "aux1 = r1d1");
  const auto board = box.open(text);
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().text, HasSubstr("both must be of one chip"));
}

// ---- readers

TEST(GpioBoard, TellsOfEdgesThatWereLostBeforeThePulseBehindThem) {
  Box box;
  auto board = box.open();
  ASSERT_TRUE(board);
  const std::string bits(GpioBoard::reader_edges + 100, '1');
  box.frame("r1", bits);
  for (int i = 0; i < 2; ++i) {
    if (i > 0) box.frame("r1", bits);
    const auto notices = all_of(**board);
    ASSERT_EQ(notices.size(), GpioBoard::reader_edges + 1);
    const auto* lost = std::get_if<PulsesLost>(&notices.front());
    ASSERT_NE(lost, nullptr);
    EXPECT_EQ(lost->count, 100u);
  }
  EXPECT_EQ((*board)->edges_lost(), 200u);
}

TEST(GpioBoard, MakesNoCardOfAFrameWithAGap) {
  Box box;
  auto board = box.open();
  ASSERT_TRUE(board);
  ReaderPort port(ReaderId{1});
  port.set_formats(default_card_formats());
  std::vector<Input> inputs;
  // Noise fills the kernel's buffer, and the frame's first bits push out its own beginning.
  box.frame("r1", "1");
  all_of(**board);
  box.frame("r1", std::string(GpioBoard::reader_edges - 20, '0') + "10000111101000010010000010");
  for (const auto& notice : all_of(**board)) {
    if (const auto* pulse = std::get_if<Pulse>(&notice)) port.pulse(*pulse, inputs);
    if (const auto* lost = std::get_if<PulsesLost>(&notice)) port.pulses_lost(*lost, inputs);
  }
  port.time_passed(host_uptime() + 1s, inputs);
  for (const auto& input : inputs)
    EXPECT_FALSE(std::holds_alternative<CardRead>(input));
  EXPECT_FALSE(inputs.empty()) << "the bad frame leaves a trace";
}

// ---- accidents

TEST(GpioBoard, GoesOnWithoutAChipAndTakesItBack) {
  Box box;
  auto board = box.open();
  ASSERT_TRUE(board);
  box.chips.put("aux1", false, host_uptime());
  all_of(**board);
  box.chips.remove("/dev/gpiochip1");
  std::vector<Notice> notices;
  ASSERT_TRUE((*board)->read(notices)) << "the program goes on";
  EXPECT_THAT((*board)->trouble(), HasSubstr("reader3 at /dev/gpiochip1"));
  EXPECT_EQ((*board)->level({InputKind::aux, 1}), Level::active) << "as it was last";
  ASSERT_TRUE((*board)->deadline());
  EXPECT_LE(*(*board)->deadline(), host_uptime() + 1s);

  box.frame("r1", "1000011110100001");
  EXPECT_EQ(all_of(**board).size(), 16u) << "the other reader reads";
  EXPECT_TRUE((*board)->set({OutputKind::lock, 1}, true));
  EXPECT_TRUE(box.chips.line("lock1").high);
}

TEST(GpioBoard, TakesAChipBackUnderAnotherNumberWithItsLocksAsTheyAreWishedByThen) {
  Box box;
  auto board = box.open();
  ASSERT_TRUE(board);
  ASSERT_TRUE((*board)->set({OutputKind::lock, 1}, true));
  box.chips.remove("/dev/gpiochip0");
  EXPECT_FALSE((*board)->set({OutputKind::lock, 1}, false)) << "and the wish is known";
  box.chips.bring_back("/dev/gpiochip0", "/dev/gpiochip5");
  std::vector<Notice> notices;
  const auto end = host_uptime() + 10s;
  while (!(*board)->trouble().empty() && host_uptime() < end) {
    ::poll(nullptr, 0, 20);
    ASSERT_TRUE((*board)->read(notices));
  }
  EXPECT_THAT((*board)->trouble(), IsEmpty());
  EXPECT_EQ(box.chips.line("lock1").was, std::vector<bool>{false}) << "requested at rest";
  EXPECT_TRUE((*board)->set({OutputKind::lock, 1}, true));
}

// ---- what a guard is handed

TEST(GpioBoard, SaysHowItsLocksRest) {
  Box box;
  auto board = box.open();
  ASSERT_TRUE(board);
  const auto locks = (*board)->lock_lines();
  ASSERT_EQ(locks.size(), 1u);
  const auto& lines = locks[0].lines.lines;
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].door, 1u);
  EXPECT_FALSE(lines[0].rests_active);
  EXPECT_TRUE(lines[1].rests_active) << "fail-safe: locked by current";
  EXPECT_TRUE(locks[0].fd);
}

// ---- converters and lights

struct AFolder {
  AFolder() {
    std::string form = (std::filesystem::temp_directory_path() / "lintel-hal-XXXXXX").string();
    path = ::mkdtemp(form.data());
  }
  ~AFolder() { std::filesystem::remove_all(path); }
  void put(const std::string& file, const std::string& text) const {
    const auto whole = path + "/" + file;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole + ".new") << text;
    std::filesystem::rename(whole + ".new", whole);  // a reader sees the old or the new
  }
  [[nodiscard]] std::string get(const std::string& file) const {
    std::ifstream in(path + "/" + file);
    std::string text;
    in >> text;
    return text;
  }
  std::string path;
};

TEST(GpioBoard, MeasuresASupervisedContact) {
  AFolder iio;
  iio.put("iio:device0/name", "ads1015\n");
  iio.put("iio:device0/in_voltage2_raw", "1069\n");  // open: 2 R = 2400 ohms
  Box box;
  auto text = two_doors;
  text.replace(text.find("rex = rex1 low"), 14, "rex = adc ads1015 2 full=2047 pull-up=2200");
  auto board = box.open(text, {.iio = iio.path, .leds = iio.path});
  ASSERT_TRUE(board) << board.error().text;
  const InputLine rex{InputKind::exit_button, 1};
  EXPECT_EQ((*board)->level(rex), Level::inactive);
  const std::pair<const char*, Level> readings[] = {{"722", Level::active},  // R
                                                    {"2047", Level::cut},
                                                    {"-1", Level::shorted},
                                                    {"1069", Level::inactive}};
  for (const auto& [raw, level] : readings) {
    iio.put("iio:device0/in_voltage2_raw", raw);
    pollfd wait{.fd = (*board)->fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wait, 1, 10'000), 1) << raw;
    std::vector<Notice> notices;
    ASSERT_TRUE((*board)->read(notices));
    EXPECT_EQ((*board)->level(rex), level) << raw;
  }
  std::filesystem::remove(iio.path + "/iio:device0/in_voltage2_raw");
  const auto end = host_uptime() + 10s;
  while ((*board)->trouble().empty() && host_uptime() < end)
    ::poll(nullptr, 0, 10);
  EXPECT_THAT((*board)->trouble(), HasSubstr("door1.rex: the converter does not answer"));
}

TEST(GpioBoard, SaysWhichConverterIsNotThere) {
  AFolder iio;
  Box box;
  auto text = two_doors;
  text.replace(text.find("rex = rex1 low"), 14, "rex = adc ads1015 2 full=2047 pull-up=2200");
  const auto board = box.open(text, {.iio = iio.path, .leds = iio.path});
  ASSERT_FALSE(board);
  EXPECT_THAT(board.error().text, HasSubstr("door1.rex: there is no converter ads1015"));
}

TEST(Supervised, TellsFourStatesApartWithEachResistorOfTheProtocol) {
  const SupervisedInput input{
      .device = "x", .channel = 0, .full_scale = 4095, .pull_up_ohms = 2200};
  for (const unsigned ohms : {1'200u, 2'200u, 4'700u, 10'000u}) {
    const auto raw = [&](double at) {
      return static_cast<unsigned>(4095 * at / (at + input.pull_up_ohms));
    };
    for (const auto before : {Level::inactive, Level::active, Level::cut, Level::shorted}) {
      for (const double tolerance : {0.97, 1.0, 1.03}) {
        EXPECT_EQ(level_of(input, ohms, raw(ohms * tolerance), before), Level::active) << ohms;
        EXPECT_EQ(level_of(input, ohms, raw(2 * ohms * tolerance), before), Level::inactive)
            << ohms;
      }
      EXPECT_EQ(level_of(input, ohms, 0, before), Level::shorted);
      EXPECT_EQ(level_of(input, ohms, 4095, before), Level::cut);
    }
  }
}

TEST(Supervised, DoesNotFlutterAtABorder) {
  const SupervisedInput input{
      .device = "x", .channel = 0, .full_scale = 4095, .pull_up_ohms = 2200};
  const double closed = 1200.0 / 3400, open = 2400.0 / 4600;
  const auto middle = static_cast<unsigned>(4095 * (closed + open) / 2);
  EXPECT_EQ(level_of(input, 1200, middle, Level::active), Level::active);
  EXPECT_EQ(level_of(input, 1200, middle, Level::inactive), Level::inactive);
}

TEST(GpioBoard, ShowsWhatTheBoxIsAt) {
  AFolder leds;
  leds.put("run/brightness", "0");
  Box box;
  auto board = box.open(two_doors, {.iio = leds.path, .leds = leds.path});
  ASSERT_TRUE(board);
  (*board)->show(Indicator::run, true);
  EXPECT_EQ(leds.get("run/brightness"), "1");
  (*board)->show(Indicator::alarm, true);  // the box has none
  (*board)->show(Indicator::run, false);
  EXPECT_EQ(leds.get("run/brightness"), "0");
}

}  // namespace
}  // namespace lintel::hal
