// The world of these tests is what it says: the kernel's time, its chips, and the trace of lines.
#include "tests/kernel/gpio_sim.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>

#include <thread>

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(TestKernel, lets_a_day_of_waiting_pass_at_once) {
  const auto begin = now();
  wait_until(begin + 24h);
  EXPECT_GE(now(), begin + 24h);
  EXPECT_LT(now(), begin + 24h + 1ms);
}

TEST(TestKernel, stamps_each_edge_with_the_moment_at_which_it_was_made) {
  SimChip chip("terminals", {"D0", "D1"});
  ReaderWires wires(chip, 0, 1);
  const UniqueFd fd(::open(chip.path().c_str(), O_RDWR | O_CLOEXEC));
  gpio_v2_line_request request{};
  request.offsets[1] = 1;
  request.num_lines = 2;
  request.event_buffer_size = 64;
  request.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_FALLING;
  ASSERT_EQ(::ioctl(fd.get(), GPIO_V2_GET_LINE_IOCTL, &request), 0);
  const UniqueFd edges(request.fd);

  const auto begin = now();
  std::thread reader([&] { wires.send("01101", {.bit = 2ms, .width = 50us}); });
  std::string bits;
  for (unsigned i = 0; i < 5; ++i) {
    gpio_v2_line_event event{};
    ASSERT_EQ(::read(edges.get(), &event, sizeof event), static_cast<ssize_t>(sizeof event));
    bits += event.offset == 1 ? '1' : '0';
    EXPECT_EQ(event.seqno, i + 1);
    const auto late = Uptime(std::chrono::nanoseconds(event.timestamp_ns)) - (begin + i * 2ms);
    EXPECT_GE(late, 0ns) << i;
    EXPECT_LT(late, 100us) << i;
  }
  reader.join();
  EXPECT_EQ(bits, "01101");
}

TEST(TestKernel, traces_what_is_done_to_a_line_between_two_looks) {
  SimChip chip("terminals", {"", "LOCK"});
  const LineTrace trace;
  const UniqueFd fd(::open(chip.path().c_str(), O_RDWR | O_CLOEXEC));
  gpio_v2_line_request request{};
  request.offsets[0] = chip.offset_of("LOCK");
  request.num_lines = 1;
  request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
  const auto begin = now();
  ASSERT_EQ(::ioctl(fd.get(), GPIO_V2_GET_LINE_IOCTL, &request), 0);
  UniqueFd line(request.fd);
  for (const bool high : {true, false, false}) {
    gpio_v2_line_values values{.bits = high ? 1u : 0u, .mask = 1};
    wait_until(now() + 5ms);
    ASSERT_EQ(::ioctl(line.get(), GPIO_V2_LINE_SET_VALUES_IOCTL, &values), 0);
    EXPECT_EQ(chip.value(1), high);
  }
  const auto changes = trace.changes(chip, 1);
  ASSERT_EQ(changes.size(), 3u);
  const auto is = [](bool output, bool high) {
    return testing::AllOf(testing::Field(&LineTrace::Change::output, output),
                          testing::Field(&LineTrace::Change::high, high));
  };
  EXPECT_THAT(changes, ElementsAre(is(true, false), is(true, true), is(true, false)));
  EXPECT_LT(changes[1].at - begin, 6ms);
  EXPECT_GT(changes[2].at - changes[1].at, 5ms - 1us);
  EXPECT_TRUE(trace.changes(chip, 0).empty());
}

TEST(TestKernel, takes_a_chip_away_from_whoever_has_it) {
  SimChip chip("terminals", {"D0"});
  const LineOwner owner(chip, 0, "somebody");
  EXPECT_THROW(LineOwner(chip, 0, "somebody else"), std::runtime_error);
  chip.remove();
  EXPECT_NE(::access(chip.path().c_str(), F_OK), 0);
  chip.come_back();
  EXPECT_EQ(::access(chip.path().c_str(), F_OK), 0);
  const LineOwner again(chip, 0, "somebody else");
}

}  // namespace
}  // namespace lintel::kernel
