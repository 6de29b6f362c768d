// Between the last edge and the relay nothing asks for memory.
#include <gtest/gtest.h>

#include "tests/hal/allocation_count.h"
#include "tests/hal/wire.h"

namespace lintel::hal {
namespace {

TEST(Allocation, no_pulse_and_no_gap_asks_for_memory) {
  Wire wire;
  wire.inputs.reserve(16);
  const std::string frames[] = {frame26(1), frame37(2), flipped(frame34(3), 5), "0101",
                                std::string(400, '1')};
  const auto before = allocations();
  for (const auto& frame : frames)
    wire.send(frame).silence(25ms);
  wire.lose(1);
  EXPECT_EQ(allocations(), before);
  EXPECT_GE(wire.inputs.size(), 5u);
}

TEST(Allocation, the_count_itself_works) {
  const auto before = allocations();
  const std::string longer_than_a_short_one(100, 'x');
  EXPECT_GT(allocations(), before) << longer_than_a_short_one;
}

}  // namespace
}  // namespace lintel::hal
