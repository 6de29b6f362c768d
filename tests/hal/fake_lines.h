// GPIO lines without a kernel: chips that a test names, wires, pulls and takes away.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hal/gpio_lines.h"

namespace lintel::hal {

// The world of chips; outlives the boards that use it.
class FakeChips {
 public:
  struct Request;
  struct Line {
    std::string name;
    bool high = false;      // as the world, or the program, drives it
    std::string user;       // empty: free
    std::vector<bool> was;  // every level that a program drove it to, from the request on
    Request* request = nullptr;
    bool active_low = false, both_edges = false;
  };
  struct Chip {
    std::map<unsigned, Line> lines;
    bool present = true;
  };

  // Adds a line to a chip: "/dev/gpiochip0", made when missing.
  void add(const std::string& chip, unsigned offset, const std::string& name, bool high = false);
  Line& line(const std::string& name);
  // The world pulls the line; an edge is noted for whoever waits for it.
  void put(const std::string& name, bool high, Uptime at);
  // The chip goes, and with it whatever was requested; or comes back, `as` another number.
  void remove(const std::string& chip);
  void bring_back(const std::string& chip, const std::string& as);

  std::unique_ptr<GpioLines> lines();

 private:
  friend class FakeGpioLines;
  friend class FakeInputs;
  friend class FakeOutputs;
  void free_lines(const Request* request);
  std::map<std::string, Chip> chips_;
};

}  // namespace lintel::hal
