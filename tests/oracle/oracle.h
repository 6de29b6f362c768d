// The slow oracle: what must follow when a credential is shown, an exit button is pressed or a
// command wants a door to open. Written from the table in engine/README.md and from the words of
// the core, never from its code: plain rows, looked through one by one, and a calendar that counts
// minutes. It decides anew each time and shares nothing with the core but value types.
//
// Not thread-safe. Slow on purpose: every question reads every row.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/controller.h"

namespace lintel::oracle {

// An event that must be recorded.
struct Expected {
  EventCode code{};
  Pin pin;
  CardNo card;
  ReaderId reader{};  // 0: not at a reader
  VerifyCode verify = VerifyCode::none;
  std::uint16_t proofs = 0;
  Rule rule{};
  DoorId door{};
  bool operator==(const Expected&) const = default;
};

// "event 27 (registered) at reader 3 of door 2, pin 5, card 1005, verify 4, proofs 0x800"
std::string in_words(const Expected& expected);

// The oracle's word for an event that was recorded, to compare it with what was expected.
Expected as_expected(const Event& event);

// Is this a code about which show() and time_passed() say everything? Events of other codes are
// the core's own business: they are no concern of the comparison.
bool foretold(EventCode code);

class Oracle {
 public:
  explicit Oracle(const Layout& layout);
  ~Oracle();
  Oracle(Oracle&&) noexcept;
  Oracle& operator=(Oracle&&) noexcept;

  // ---- configuration, as the controller takes it, and in the same order

  void apply(const PeopleChange& change);
  void erase_temporary();  // the temporary users, with cards and privileges
  void set_parameters(DoorId door, const DoorParameters& parameters, const Moment& now);
  [[nodiscard]] const DoorParameters& parameters(DoorId door) const;
  void set_rules(const Rules& rules, const Moment& now);
  void put(const Timezone& zone);
  void erase_timezone(TimezoneId id);
  void clear_timezones();
  void put(const Holiday& holiday);
  void erase_holiday(std::chrono::year_month_day date);
  void clear_holidays();
  // After the last change of people and calendar, as Controller::reconsider().
  void reconsider(const Moment& now);

  // ---- what happens
  // A step of the controller is told in three parts: what happens (show, time_passed or command),
  // and then what came of it (observe). Events are to be compared before observe().

  // The levels of the lines at the start, and that the box runs. Nothing is foretold of it.
  void start(std::span<const LevelChanged> levels, const Moment& now);
  // The events with a code that is foretold(), in their order; first those that fell due by now
  // and were not yet asked for by time_passed().
  std::vector<Expected> show(const Input& input, const Moment& now);
  // 75 and 40 that fell due by now.
  std::vector<Expected> time_passed(const Moment& now);
  // What the command is answered with, and what follows from it for later decisions.
  CommandOutcome command(const Command& command, const Moment& now);

  // What the oracle cannot know by itself, it is shown: which locks moved, and what the core says
  // has become of parameters that it keeps itself.
  void observe(const Actions& actions, const Moment& now);

  // The box has started again. What is kept over restarts is as the oracle has it; with `kept`, as
  // it was found on disk, for a restart after which the newest rows may be missing. Configuration
  // stays. start() must follow.
  void restarted(const Moment& now);
  void restarted(std::span<const Kept> kept, const Moment& now);

  // ---- what else may be asked

  [[nodiscard]] bool zone_holds(TimezoneId zone, const Moment& now) const;
  // By its zone, a schedule, a first card or by command; not by fire or emergency.
  [[nodiscard]] bool normally_open(DoorId door) const;
  // By those, by fire or by emergency: its lock must be released.
  [[nodiscard]] bool held_open(DoorId door) const;
  // May no credential and no button open it: lockdown or dual-close?
  [[nodiscard]] bool locked_down(DoorId door) const;
  // Everything that it remembers, for a failure.
  [[nodiscard]] std::string describe() const;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace lintel::oracle
