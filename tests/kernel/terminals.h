// The terminals of a box on the kernel's simulated chips, wired as a board file says: what a fitter
// would do there, and what he would measure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hal/gpio_board.h"
#include "tests/kernel/gpio_sim.h"

namespace lintel::kernel {

// Four doors, with each way in which a lock can be wired; readers 1, 3 and 5, and an expander with
// reader 5, aux1 and auxout1. The chips' own resistors are off: what the world pulls is what
// counts.
extern const std::string four_doors;

class Terminals {
 public:
  // The lines that the file names. Those whose name begins with "expander." are a chip of their
  // own. The world pulls every line to where it rests, also those of the outputs, as a good board
  // does. REQUIRES: the text is a board file, and has all lines by name.
  explicit Terminals(const std::string& board_file = four_doors);

  [[nodiscard]] const hal::BoardFile& file() const { return file_; }
  Result<std::unique_ptr<hal::GpioBoard>> open() const { return hal::GpioBoard::open(file_, ""); }
  // The test fails when it does not open.
  [[nodiscard]] std::unique_ptr<hal::GpioBoard> opened() const;

  SimChip& near() { return near_; }
  SimChip& expander() { return expander_; }

  // What is wired. Of these alone the rest may be asked.
  [[nodiscard]] bool has(ReaderId reader) const;
  [[nodiscard]] bool has(const InputLine& line) const;
  [[nodiscard]] bool has(const OutputLine& line) const;

  void put(const InputLine& line, bool active);
  // Every contact inactive, every reader's wire high: for a board whose chips' own resistors pull.
  void put_to_rest();
  ReaderWires wires(ReaderId reader);  // pulls them high

  struct Place {
    SimChip& chip;
    unsigned offset;
  };
  [[nodiscard]] Place place_of(const OutputLine& line);
  // Whether the wire is high when the output is driven, or at rest.
  [[nodiscard]] bool high_when(bool driven, const OutputLine& line) const;
  [[nodiscard]] bool driven(const OutputLine& line);

 private:
  Place place_of(const std::string& line_name);
  [[nodiscard]] const hal::BoardOutput& output(const OutputLine& line) const;
  hal::BoardFile file_;
  SimChip near_, expander_;
};

}  // namespace lintel::kernel
