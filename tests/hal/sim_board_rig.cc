// The simulated board keeps the contract of all boards.
#include "hal/line_names.h"
#include "hal/sim_board.h"
#include "tests/hal/board_contract.h"
#include "tests/hal/sim_peer.h"

namespace lintel::hal {
namespace {

class SimRig final : public BoardRig {
 public:
  SimRig() : board_(std::move(*SimBoard::open(3, place_.path()))), peer_(place_.path()) {}
  Board& board() override { return *board_; }
  void pulse_frame(ReaderId reader, std::string_view bits) override {
    peer_.send("wiegand " + std::to_string(number(reader)) + " " + std::string(bits) + "\n");
  }
  void put(const InputLine& line, Level level) override {
    peer_.send("input " + name_of(line) + (level == Level::active ? " active\n" : " inactive\n"));
  }
  bool driven(const OutputLine& line) override {
    peer_.send("outputs\n");
    EXPECT_TRUE(read_all(*board_).empty());
    return (peer_.line() + " ").find(" " + name_of(line) + "=1 ") != std::string::npos;
  }

 private:
  SocketPlace place_;
  std::unique_ptr<SimBoard> board_;
  SimPeer peer_;
};

std::unique_ptr<BoardRig> make_sim_rig() {
  return std::make_unique<SimRig>();
}

INSTANTIATE_TEST_SUITE_P(Simulated, BoardContract, testing::Values(&make_sim_rig));

}  // namespace
}  // namespace lintel::hal
