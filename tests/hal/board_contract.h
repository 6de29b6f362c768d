// What every board promises, as tests. A board joins with a rig that plays the world around it:
//
//   INSTANTIATE_TEST_SUITE_P(Simulated, BoardContract, testing::Values(&make_sim_rig));
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string_view>

#include "hal/board.h"

namespace lintel::hal {

class BoardRig {
 public:
  virtual ~BoardRig() = default;
  virtual Board& board() = 0;
  // Whether the wiring has it: a board need not have all of its layout.
  virtual bool has(ReaderId) { return true; }
  virtual bool has(const InputLine&) { return true; }
  virtual bool has(const OutputLine&) { return true; }
  // The world acts; the board sees it with the next read() at the latest.
  virtual void pulse_frame(ReaderId reader, std::string_view bits) = 0;
  virtual void put(const InputLine& line, Level level) = 0;
  // Whether the output is driven, seen from outside.
  virtual bool driven(const OutputLine& line) = 0;
};

using BoardRigMaker = std::unique_ptr<BoardRig> (*)();

bool readable(const Board& board);
// As the loop reads: until the descriptor is silent.
std::vector<Notice> read_all(Board& board);

class BoardContract : public testing::TestWithParam<BoardRigMaker> {};

}  // namespace lintel::hal
