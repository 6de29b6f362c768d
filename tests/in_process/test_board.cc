#include "tests/in_process/test_board.h"

#include <algorithm>

namespace lintel::test {

using namespace std::chrono_literals;

TestClock::TestClock()
    : utc_(std::chrono::sys_days(std::chrono::year{2026} / 11 / 23) + std::chrono::hours(8)) {}

Moment TestClock::now() const {
  return {uptime_, zone_.civil(utc()), trusted};
}

std::chrono::sys_seconds TestClock::utc() const {
  return std::chrono::floor<std::chrono::seconds>(utc_);
}

Result<void> TestClock::set_utc(std::chrono::sys_seconds utc) {
  utc_ = utc;
  trusted = true;
  return {};
}

void TestClock::advance(std::chrono::nanoseconds by) {
  uptime_ += by;
  utc_ += by;
}

TestBoard::TestBoard(unsigned doors, TestClock& clock)
    : layout_{doors, std::max(doors, 2u), std::max(doors, 2u)}, clock_(clock) {}

Result<void> TestBoard::read(std::vector<hal::Notice>& notices) {
  notices.insert(notices.end(), notices_.begin(), notices_.end());
  notices_.clear();
  return {};
}

Result<void> TestBoard::set(const OutputLine& line, bool on) {
  if (!failing.empty()) return fail(Errc::io, failing);
  if (output(line) != on) changes.push_back({line, on, clock_.now().uptime});
  outputs_[line] = on;
  return {};
}

Level TestBoard::level(const InputLine& line) const {
  const auto found = levels_.find(line);
  return found == levels_.end() ? Level::inactive : found->second;
}

bool TestBoard::output(const OutputLine& line) const {
  const auto found = outputs_.find(line);
  return found != outputs_.end() && found->second;
}

void TestBoard::wiegand(unsigned reader, const std::string& bits) {
  const Uptime now = clock_.now().uptime;
  // Frames follow each other with more than the gap that parts them.
  Uptime at = std::max(now - static_cast<int>(bits.size() - 1) * 1ms, last_pulse_[reader] + 60ms);
  for (const char bit : bits) {
    notices_.push_back(
        hal::Pulse{ReaderId{static_cast<std::uint8_t>(reader)}, bit == '1', at, 50us});
    last_pulse_[reader] = at;
    at += 1ms;
  }
}

void TestBoard::keys(unsigned reader, const std::string& digits) {
  for (const char digit : digits) {
    const unsigned key = digit == '*' ? 10 : digit == '#' ? 11 : static_cast<unsigned>(digit - '0');
    std::string bits;
    for (int bit = 3; bit >= 0; --bit)
      bits += ((key >> bit) & 1u) != 0 ? '1' : '0';
    wiegand(reader, bits);
  }
}

void TestBoard::input(const InputLine& line, Level level) {
  levels_[line] = level;
  notices_.push_back(LevelChanged{line, level});
}

std::string frame26(std::uint32_t card) {
  std::string payload;
  for (int bit = 23; bit >= 0; --bit)
    payload += ((card >> bit) & 1u) != 0 ? '1' : '0';
  const auto ones = [&](std::size_t from) {
    return std::count(payload.begin() + static_cast<long>(from),
                      payload.begin() + static_cast<long>(from) + 12, '1');
  };
  return (ones(0) % 2 == 1 ? "1" : "0") + payload + (ones(12) % 2 == 0 ? "1" : "0");
}

}  // namespace lintel::test
