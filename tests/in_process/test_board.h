// A board made of memory, with clocks that stand still until a test moves them.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hal/board.h"

namespace lintel::test {

class TestClock : public hal::Clock {
 public:
  // Starts on Monday, 2026-11-23 08:00:00 UTC.
  TestClock();
  [[nodiscard]] Moment now() const override;
  [[nodiscard]] std::chrono::sys_seconds utc() const override;
  Result<void> set_utc(std::chrono::sys_seconds utc) override;
  void set_zone(hal::TimeZone zone) override { zone_ = std::move(zone); }
  [[nodiscard]] std::chrono::minutes zone() const override { return zone_.offset_at(utc()); }
  void set_floor(std::chrono::sys_seconds) override {}
  void advance(std::chrono::nanoseconds by) override;

  bool trusted = true;

 private:
  Uptime uptime_{std::chrono::seconds(1000)};
  std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds> utc_;
  hal::TimeZone zone_;
};

class TestBoard : public hal::Board {
 public:
  explicit TestBoard(unsigned doors, TestClock& clock);

  [[nodiscard]] const Layout& layout() const override { return layout_; }
  [[nodiscard]] hal::Clock& clock() override { return clock_; }
  [[nodiscard]] int fd() const override { return -1; }
  Result<void> read(std::vector<hal::Notice>& notices) override;
  Result<void> set(const OutputLine& line, bool on) override;
  [[nodiscard]] Level level(const InputLine& line) const override;
  [[nodiscard]] std::string trouble() const override { return own_trouble; }
  void set_resistor(const InputLine& line, unsigned ohms) override { resistors[line] = ohms; }
  void show(hal::Indicator indicator, bool on) override { lights[indicator] = on; }

  // ---- what a test does at the door
  void wiegand(unsigned reader, const std::string& bits);  // pulses 1 ms apart, the last one now
  void keys(unsigned reader,
            const std::string& digits);  // as the clock stands: advance between calls
  void input(const InputLine& line, Level level);
  void advance(std::chrono::nanoseconds by) { notices_.push_back(hal::Advance{by}); }

  // ---- what it sees
  [[nodiscard]] bool output(const OutputLine& line) const;
  [[nodiscard]] bool lock(unsigned door) const {
    return output({OutputKind::lock, static_cast<std::uint8_t>(door)});
  }
  struct Change {
    OutputLine line;
    bool on;
    Uptime at;
  };
  std::vector<Change> changes;  // every change of an output, in order
  std::string failing;          // not empty: set() fails with this text
  std::string own_trouble;
  std::map<InputLine, unsigned> resistors;  // ohms
  std::map<hal::Indicator, bool> lights;

 private:
  Layout layout_;
  TestClock& clock_;
  std::deque<hal::Notice> notices_;
  std::map<InputLine, Level> levels_;
  std::map<OutputLine, bool> outputs_;
  std::map<unsigned, Uptime> last_pulse_;
};

// A 26-bit frame with right parity for the 24 bits of a card number.
std::string frame26(std::uint32_t card);

}  // namespace lintel::test
