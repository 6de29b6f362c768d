#include "tests/hal/board_contract.h"

#include <poll.h>

#include <algorithm>

#include "hal/line_names.h"

namespace lintel::hal {

bool readable(const Board& board) {
  pollfd wait{.fd = board.fd(), .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, 0) == 1;
}

std::vector<Notice> read_all(Board& board) {
  std::vector<Notice> notices;
  while (readable(board)) {
    EXPECT_TRUE(board.read(notices));
  }
  return notices;
}

namespace {

TEST_P(BoardContract, a_quiet_board_is_silent_and_reads_as_nothing) {
  const auto rig = GetParam()();
  read_all(rig->board());
  EXPECT_FALSE(readable(rig->board()));
  std::vector<Notice> notices;
  EXPECT_TRUE(rig->board().read(notices)) << "reading without need is allowed";
  EXPECT_TRUE(notices.empty());
}

TEST_P(BoardContract, its_layout_is_within_the_limits_of_the_house) {
  const auto rig = GetParam()();
  const auto& layout = rig->board().layout();
  EXPECT_GE(layout.doors, 1u);
  EXPECT_LE(layout.doors, limits::doors_max);
  EXPECT_LE(layout.aux_inputs, limits::aux_max);
  EXPECT_LE(layout.aux_outputs, limits::aux_max);
}

TEST_P(BoardContract, the_pulses_of_a_frame_come_in_order_with_rising_stamps) {
  const auto rig = GetParam()();
  const std::string bits = "10110001110001011101000110";
  for (unsigned reader = 1; reader <= rig->board().layout().readers(); ++reader) {
    const ReaderId id{static_cast<std::uint8_t>(reader)};
    if (!rig->has(id)) continue;
    rig->pulse_frame(id, bits);
    std::string seen;
    Uptime last{};
    for (const auto& notice : read_all(rig->board())) {
      const auto* pulse = std::get_if<Pulse>(&notice);
      ASSERT_NE(pulse, nullptr);
      EXPECT_EQ(pulse->reader, id);
      EXPECT_GT(pulse->at, last);
      EXPECT_LE(pulse->at - pulse->ahead, rig->board().clock().now().uptime);
      last = pulse->at;
      seen += pulse->one ? '1' : '0';
    }
    EXPECT_EQ(seen, bits);
    rig->board().settled();
  }
}

TEST_P(BoardContract, a_level_is_told_when_it_changes_and_known_from_then_on) {
  const auto rig = GetParam()();
  for (const auto& line : inputs_of(rig->board().layout())) {
    if (!rig->has(line)) continue;
    for (const auto level : {Level::active, Level::inactive}) {
      rig->put(line, level);
      const auto notices = read_all(rig->board());
      ASSERT_EQ(notices.size(), 1u) << name_of(line);
      const auto* changed = std::get_if<LevelChanged>(&notices[0]);
      ASSERT_NE(changed, nullptr) << name_of(line);
      EXPECT_EQ(changed->line, line);
      EXPECT_EQ(changed->level, level);
      EXPECT_EQ(rig->board().level(line), level) << name_of(line);
      rig->board().settled();
    }
    rig->put(line, Level::inactive);
    EXPECT_TRUE(read_all(rig->board()).empty()) << name_of(line) << " is as it was";
    rig->board().settled();
  }
}

TEST_P(BoardContract, a_line_that_the_board_does_not_have_is_inactive) {
  const auto rig = GetParam()();
  const auto doors = rig->board().layout().doors;
  EXPECT_EQ(rig->board().level({InputKind::door_sensor, 0}), Level::inactive);
  EXPECT_EQ(rig->board().level({InputKind::door_sensor, static_cast<std::uint8_t>(doors + 1)}),
            Level::inactive);
}

TEST_P(BoardContract, every_output_is_at_rest_first_and_does_as_it_is_told) {
  const auto rig = GetParam()();
  for (const auto& line : outputs_of(rig->board().layout())) {
    if (!rig->has(line)) continue;
    EXPECT_FALSE(rig->driven(line)) << name_of(line);
    ASSERT_TRUE(rig->board().set(line, true)) << name_of(line);
    EXPECT_TRUE(rig->driven(line)) << name_of(line);
    ASSERT_TRUE(rig->board().set(line, true)) << name_of(line) << ", once more";
    EXPECT_TRUE(rig->driven(line)) << name_of(line);
    ASSERT_TRUE(rig->board().set(line, false)) << name_of(line);
    EXPECT_FALSE(rig->driven(line)) << name_of(line);
  }
}

TEST_P(BoardContract, an_output_that_the_board_does_not_have_is_a_failure_with_its_name) {
  const auto rig = GetParam()();
  const auto beyond = static_cast<std::uint8_t>(rig->board().layout().doors + 1);
  const auto set = rig->board().set({OutputKind::lock, beyond}, true);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Errc::not_found);
  EXPECT_NE(set.error().text.find(name_of(OutputLine{OutputKind::lock, beyond})),
            std::string::npos);
}

TEST_P(BoardContract, its_monotonic_clock_never_runs_backwards) {
  const auto rig = GetParam()();
  auto last = rig->board().clock().now().uptime;
  for (int i = 0; i < 1000; ++i) {
    const auto now = rig->board().clock().now().uptime;
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace lintel::hal
