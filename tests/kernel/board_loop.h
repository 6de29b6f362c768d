// Reads a board as the engine's loop does: waits for its edges and for the gaps of frames.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hal/board.h"
#include "hal/reader_port.h"

namespace lintel::kernel {

class BoardLoop {
 public:
  // Readers understand the formats of a fresh box.
  explicit BoardLoop(hal::Board& board);

  // Returns then, or as soon as so much has been told; what comes later comes with the next call.
  void run_until(Uptime end, std::size_t most = ~std::size_t{0});
  void run_for(std::chrono::nanoseconds length);

  // What the readers have told, in words: "card 1234 of 26", "key 3", "bad 5".
  std::map<unsigned, std::vector<std::string>> told;  // by reader
  std::vector<LevelChanged> levels;
  std::map<unsigned, std::uint32_t> lost;  // pulses, by reader
  std::string failure;                     // of the board, the first one

  [[nodiscard]] const hal::FrameCounts& counts(unsigned reader) const;

 private:
  void take(const hal::Notice& notice);
  void tell();
  [[nodiscard]] Uptime next(Uptime end) const;

  hal::Board& board_;
  std::vector<hal::ReaderPort> ports_;
  std::vector<hal::Notice> notices_;
  std::vector<Input> inputs_;
  std::size_t told_ = 0;
};

}  // namespace lintel::kernel
