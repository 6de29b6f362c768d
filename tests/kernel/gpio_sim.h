// Simulated chips of the kernel (gpio-sim), as the world behind the terminals: it pulls lines up
// and down, sees what is driven, and takes a chip away. Only for programs on the tests' kernel.
//
// Levels here are those of the wire: true is high. Whatever the kernel refuses throws.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/unique_fd.h"
#include "engine/core/types.h"

namespace lintel::kernel {

// A chip with so many lines, there from the constructor to the destructor.
class SimChip {
 public:
  // The names of its lines, from offset 0 on; "" for one without. All are inputs, and low.
  SimChip(std::string label, std::vector<std::string> line_names);
  ~SimChip();
  SimChip(const SimChip&) = delete;
  SimChip& operator=(const SimChip&) = delete;

  // The chip goes, whoever has lines of it; and comes again, with another number perhaps.
  void remove();
  void come_back();

  [[nodiscard]] const std::string& label() const { return label_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // "gpiochip0"
  [[nodiscard]] std::string path() const { return "/dev/" + name_; }
  // The number of this line among all of the kernel, as traces have it.
  [[nodiscard]] unsigned number(unsigned offset) const { return first_number_ + offset; }

  // What is outside pulls the line; an output does not mind.
  void pull(unsigned offset, bool high);
  [[nodiscard]] bool value(unsigned offset) const;
  [[nodiscard]] unsigned offset_of(std::string_view line_name) const;

 private:
  void look_around();
  std::string label_;
  std::vector<std::string> line_names_;
  std::string config_;  // its folder in configfs
  std::string device_;  // its folder in sysfs
  std::string name_;
  unsigned first_number_ = 0;
  std::vector<UniqueFd> pulls_;  // opened when needed: a frame is many writes
};

// Somebody else's request of a line, as input; ends with the object.
class LineOwner {
 public:
  LineOwner(const SimChip& chip, unsigned offset, const std::string& consumer);

 private:
  UniqueFd request_;
};

// Writes down what is done to lines as outputs, inside the kernel: also what is over before anybody
// could look.
class LineTrace {
 public:
  LineTrace();
  ~LineTrace();
  LineTrace(const LineTrace&) = delete;
  LineTrace& operator=(const LineTrace&) = delete;

  struct Change {
    Uptime at{};
    bool output = false;  // it is driven; false: it has become an input
    bool high = false;    // of an output
    bool operator==(const Change&) const = default;
  };
  // Since the start, oldest first; what changes nothing is left out.
  [[nodiscard]] std::vector<Change> changes(const SimChip& chip, unsigned offset) const;
};

// Waits until then (CLOCK_MONOTONIC), to the nanosecond: nobody else's work takes time here.
void wait_until(Uptime when);
[[nodiscard]] Uptime now();

// A reader's two wires, which rest high. Each bit is a low pulse on D0 or D1.
class ReaderWires {
 public:
  ReaderWires(SimChip& chip, unsigned d0, unsigned d1);

  struct Rhythm {
    std::chrono::nanoseconds bit = std::chrono::milliseconds(1);  // from pulse to pulse
    // Zero: down and up again at the same time, for half of the work.
    std::chrono::nanoseconds width = std::chrono::microseconds(50);
  };
  // The first pulse falls now; returns one bit after the last one.
  void send(std::string_view bits, const Rhythm& rhythm);
  void send(std::string_view bits) { send(bits, Rhythm()); }

 private:
  SimChip& chip_;
  unsigned wires_[2];
};

}  // namespace lintel::kernel
