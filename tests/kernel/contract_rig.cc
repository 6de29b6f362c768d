// The board of the kernel's lines keeps the contract of all boards, on lines of a kernel, wired as
// the board files say that stand for simulated lines.
#include <fstream>
#include <iterator>

#include "hal/line_names.h"
#include "tests/hal/board_contract.h"
#include "tests/kernel/terminals.h"

namespace lintel::kernel {
namespace {

using namespace std::chrono_literals;

class TerminalsRig final : public hal::BoardRig {
 public:
  explicit TerminalsRig(const std::string& file) : terminals_(file), board_(terminals_.opened()) {
    // Where the file asks for the chip's own resistors, these have just pulled.
    terminals_.put_to_rest();
    wait_until(now() + settled);
    hal::read_all(*board_);
  }
  hal::Board& board() override { return *board_; }
  bool has(ReaderId reader) override { return terminals_.has(reader); }
  bool has(const InputLine& line) override { return terminals_.has(line); }
  bool has(const OutputLine& line) override { return terminals_.has(line); }
  void pulse_frame(ReaderId reader, std::string_view bits) override {
    terminals_.wires(reader).send(bits);
  }
  void put(const InputLine& line, Level level) override {
    terminals_.put(line, level == Level::active);
    wait_until(now() + settled);
  }
  bool driven(const OutputLine& line) override { return terminals_.driven(line); }

 private:
  static constexpr auto settled = 50ms;  // debounced in any case
  Terminals terminals_;
  std::unique_ptr<hal::GpioBoard> board_;
};

std::unique_ptr<hal::BoardRig> four_doors_rig() {
  return std::make_unique<TerminalsRig>(four_doors);
}

std::unique_ptr<hal::BoardRig> shipped_file_rig() {
  std::ifstream file(LINTEL_SOURCE_DIR "/hal/boards/gpio-sim.conf");
  return std::make_unique<TerminalsRig>(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace
}  // namespace lintel::kernel

namespace lintel::hal {
namespace {

INSTANTIATE_TEST_SUITE_P(KernelFourDoors, BoardContract, testing::Values(&kernel::four_doors_rig));
INSTANTIATE_TEST_SUITE_P(KernelShippedFile, BoardContract,
                         testing::Values(&kernel::shipped_file_rig));

}  // namespace
}  // namespace lintel::hal
