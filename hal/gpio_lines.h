// The kernel's GPIO lines, as little of them as a board needs: found by name, requested, read,
// driven. KernelLines is libgpiod 2; tests have lines of their own.
//
// One thread uses them: the board's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/core/types.h"
#include "hal/board_file.h"

namespace lintel::hal {

// A line where it really is.
struct FoundLine {
  std::string chip;  // path: "/dev/gpiochip0"
  unsigned offset = 0;
  bool operator==(const FoundLine&) const = default;
};

// Of an input, what is wanted of it.
struct InputWish {
  unsigned offset = 0;
  bool active_low = false;
  Bias bias = Bias::as_is;
  std::chrono::microseconds debounce{0};
  bool both_edges = true;  // false: only when it becomes active
};
struct OutputWish {
  unsigned offset = 0;
  bool active_low = false;
  bool active = false;  // from the first moment on
};

// An edge, with the kernel's stamp of CLOCK_MONOTONIC.
struct Edge {
  unsigned offset = 0;
  bool active = false;  // the line became active
  Uptime at{};
  std::uint32_t sequence = 0;  // of all edges of the request; a gap: some were lost
};

class InputLines {
 public:
  virtual ~InputLines() = default;
  [[nodiscard]] virtual int fd() const = 0;  // readable when there are edges
  // Appends edges, oldest first, a bounded number; more come with the next call. None without an
  // error: there are none. io: the chip has gone.
  virtual Result<void> read(std::vector<Edge>& edges) = 0;
  virtual Result<bool> active(unsigned offset) = 0;
};

class OutputLines {
 public:
  virtual ~OutputLines() = default;
  virtual Result<void> set(unsigned offset, bool active) = 0;
  // The kernel keeps the lines as they are as long as a duplicate of it is open.
  [[nodiscard]] virtual int fd() const = 0;
};

class GpioLines {
 public:
  virtual ~GpioLines() = default;
  // not_found: no chip has such a line, or no such chip is there.
  virtual Result<FoundLine> find(const LineAddress& address) = 0;
  // All lines of a request have one sequence of edges, and a buffer of `edges` in the kernel. busy:
  // somebody has one of them; the error says who.
  virtual Result<std::unique_ptr<InputLines>> request(const std::string& chip,
                                                      const std::vector<InputWish>& lines,
                                                      std::size_t edges) = 0;
  virtual Result<std::unique_ptr<OutputLines>> request(const std::string& chip,
                                                       const std::vector<OutputWish>& lines) = 0;
  // The same, of a request that was made before, by a program that is no more: the lines stay as
  // they are.
  virtual std::unique_ptr<OutputLines> adopt(UniqueFd request, const std::string& chip,
                                             const std::vector<OutputWish>& lines) = 0;
};

// The kernel's. REQUIRES: nothing; each call opens the chip that it needs.
std::unique_ptr<GpioLines> kernel_lines();
// The paths of every chip there is, in the order of their numbers.
std::vector<std::string> gpio_chips();

}  // namespace lintel::hal
