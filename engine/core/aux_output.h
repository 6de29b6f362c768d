// An auxiliary output: switched on by commands and linkage, for a time or until switched off; on or
// off by its schedule (outrelaysetting); off for good where AuxOut disables it.
#pragma once

#include "engine/core/turn.h"

namespace lintel {

class AuxOutput {
 public:
  explicit AuxOutput(std::uint8_t number) : number_(number) {}
  [[nodiscard]] std::uint8_t number() const { return number_; }

  void switch_on(std::chrono::seconds time, Turn& turn) {  // 0: until switched off
    wanted_ = true;
    off_at_ = time > std::chrono::seconds{0} ? turn.now.uptime + time : no_deadline;
    settle(turn);
  }
  void switch_off(Turn& turn) {
    wanted_ = false;
    off_at_ = no_deadline;
    settle(turn);
  }

  // On while this zone holds; timezone_never: none does. True: it has changed.
  bool follow(TimezoneId zone, Turn& turn) {
    const bool changes = set(scheduled_on_, zone != timezone_never, turn);
    zone_ = zone;
    return changes;
  }
  [[nodiscard]] TimezoneId zone() const { return zone_; }
  bool set_kept_off(bool off, Turn& turn) { return set(kept_off_, off, turn); }
  bool set_disabled(bool off, Turn& turn) { return set(disabled_, off, turn); }
  [[nodiscard]] bool is_off_whatever_comes() const { return kept_off_ || disabled_; }

  [[nodiscard]] Uptime deadline() const { return off_at_; }
  void fire(Turn& turn) { switch_off(turn); }

 private:
  bool set(bool& what, bool value, Turn& turn) {
    if (what == value) return false;
    what = value;
    settle(turn);
    return true;
  }
  void settle(Turn& turn) {
    turn.set(aux_of(number_), (wanted_ || scheduled_on_) && !is_off_whatever_comes());
  }

  std::uint8_t number_;
  bool wanted_ = false, scheduled_on_ = false, kept_off_ = false, disabled_ = false;
  TimezoneId zone_ = timezone_never;
  Uptime off_at_ = no_deadline;
};

}  // namespace lintel
