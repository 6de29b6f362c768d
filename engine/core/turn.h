// One turn of the controller: the time it happens at, the outputs as they stand, and the wishes so
// far. Everything that decides writes into it.
#pragma once

#include <array>
#include <bitset>

#include "engine/core/controller.h"
#include "engine/core/limits.h"

namespace lintel {

// The outputs as last set.
class Outputs {
 public:
  [[nodiscard]] bool is_on(OutputLine line) const { return of(line.kind).test(line.number); }
  void set(OutputLine line, bool on) { of(line.kind).set(line.number, on); }

 private:
  static constexpr std::size_t numbers = 64;  // more than any line's number
  static_assert(numbers > limits::aux_max && numbers > std::size_t{2} * limits::doors_max);

  std::bitset<numbers>& of(OutputKind kind) { return on_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const std::bitset<numbers>& of(OutputKind kind) const {
    return on_[static_cast<std::size_t>(kind)];
  }

  std::array<std::bitset<numbers>, 4> on_{};
};

constexpr OutputLine lock_of(DoorId door) {
  return {OutputKind::lock, static_cast<std::uint8_t>(door)};
}
constexpr OutputLine aux_of(std::uint8_t number) {
  return {OutputKind::aux, number};
}
constexpr OutputLine led_of(ReaderId reader) {
  return {OutputKind::reader_led, static_cast<std::uint8_t>(reader)};
}
constexpr OutputLine buzzer_of(ReaderId reader) {
  return {OutputKind::reader_buzzer, static_cast<std::uint8_t>(reader)};
}

inline constexpr Uptime no_deadline = Uptime::max();

struct Turn {
  Moment now;  // for a timer, `uptime` is when it fell due, so that what follows it is exact
  Outputs& outputs;
  Actions& actions;

  // Nothing is wished for an output that is so already.
  void set(OutputLine line, bool on) {
    if (outputs.is_on(line) == on) return;
    outputs.set(line, on);
    actions.push_back(SetOutput{line, on});
  }

  void record(Event event) {
    event.time = now.civil;
    actions.push_back(Record{event});
  }

  // What must be there again after a restart.
  void keep(const KeptKey& key, std::int64_t value, std::int64_t extra = 0) {
    actions.push_back(KeepState{{key, value, extra, Kept::Change::put}});
  }
  void forget(const KeptKey& key) {
    actions.push_back(KeepState{{key, 0, 0, Kept::Change::erase}});
  }
  void forget_all(KeptKind kind) {
    actions.push_back(KeepState{{{kind, 0, Pin{}}, 0, 0, Kept::Change::erase_all}});
  }

  // What happened at a door without anybody having shown who he is.
  void record(EventCode code, DoorId door, Rule rule, std::uint32_t zone = 0,
              std::uint32_t detail = 0) {
    Event event;
    event.code = code;
    event.address = static_cast<std::uint8_t>(door);
    event.reason = {.rule = rule, .record = zone, .detail = detail, .door = door};
    record(event);
  }

  // An auxiliary input was triggered at a time in which it does not work.
  void record_input_outside(std::uint8_t aux, std::uint32_t zone) {
    Event event;
    event.code = EventCode::aux_input_outside_zone;
    event.address = aux;
    event.reason.rule = Rule::input_zone;
    event.reason.record = zone;
    record(event);
  }

  // What happened to a line of the box, or to the box itself (address 0).
  void record(EventCode code, std::uint8_t address, Rule rule, std::uint32_t detail = 0) {
    Event event;
    event.code = code;
    event.address = address;
    event.reason.rule = rule;
    event.reason.detail = detail;
    record(event);
  }
};

}  // namespace lintel
