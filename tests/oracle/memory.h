// What the oracle remembers of what happened, and how it decides.
//
//   shown.cc    keys, frames and parts become attempts
//   ladder.cc   the reasons to refuse an attempt, strongest first
//   passing.cc  what a refusal or a grant means: events, gatherings, gestures, lockouts, passages
//   doors.cc    what holds a door open or shut; buttons, sensors, commands
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/oracle/book.h"
#include "tests/oracle/oracle.h"

namespace lintel::oracle {

// Something shown at a reader, and whom it names.
struct Attempt {
  ReaderId reader{};
  Pin pin;  // empty: nobody
  CardNo card;
  unsigned kinds = 0;  // bits of Proof
  bool typed = false;  // the part that was shown last came from the keypad
  bool frame_fits = true;
  bool looked_up = true;  // somebody was looked for
  bool in_order = true;   // a password came after what names its person
  bool in_time = true;    // false: no further part came
  bool wrong_password = false;
  bool ambiguous = false;  // a password of several people
  bool lost = false;       // the card
  bool emergency = false;  // it is the emergency password
  bool as_nobody = false;  // the duress password alone
  bool duress_password = false, duress_finger = false;
  std::uint32_t group = 0;  // of somebody who waits for others

  [[nodiscard]] unsigned door() const { return number(door_of(reader)); }
  [[nodiscard]] bool under_duress() const { return duress_password || duress_finger; }
  [[nodiscard]] bool by_password_alone() const {
    return (kinds & by_password) != 0 && (kinds & by_card) == 0;
  }
};

struct Refusal {
  Rule rule{};
  EventCode code{};
};

struct ReaderMemory {
  std::string typed;
  std::optional<Attempt> parts;
  Uptime until = Uptime::max();  // for the next key or part
};

struct WrongEntries {  // of a reader, or of a person
  unsigned count = 0;
  Uptime first{};
  std::optional<Uptime> locked_until;
};

struct Passage {
  Pin pin;
  unsigned reader = 0;
  std::uint64_t order = 0;
  Uptime at{};
  CivilTime civil{};
};

struct Pending {  // granted; whether it becomes a passage, the door will tell
  Pin pin;
  unsigned reader = 0;
};

struct LetIn {
  Pin pin;
  CardNo card;
  Uptime at{};
};

struct Gesture {
  Pin pin;
  unsigned times = 0;
  Uptime last{};
};

struct FirstCardHold {
  TimezoneId zone = 0;
  std::chrono::local_days day{};
  bool waits = false;  // for its interlock
};

struct DoorMemory {
  Level sensor = Level::inactive, button = Level::inactive;
  bool lock_on = false;
  bool held = false;                    // locked, or disabled
  std::optional<Uptime> delayed_until;  // a release waits for DoorDelayOpenTime
  bool zone_open = false;               // held open by its zone or by a schedule
  bool stay_open = false;
  bool stay_open_waits = false;  // for its interlock, after a restart or an override
  bool told_under_override = false;
  std::optional<FirstCardHold> first_card;
  bool lockdown = false;
  std::vector<Pending> pending;
  std::vector<LetIn> let_in;
  Gesture gesture;
  std::vector<Attempt> gathering;  // those who wait, in their order
  Uptime gathering_until{};
};

struct Oracle::Memory {
  explicit Memory(const Layout& layout)
      : book(layout),
        doors(layout.doors + 1),
        readers(layout.readers() + 1),
        wrong_at(layout.readers() + 1) {}

  Book book;
  std::vector<DoorMemory> doors;                         // door 1 is [1]
  std::vector<ReaderMemory> readers;                     // reader 1 is [1]
  std::vector<WrongEntries> wrong_at;                    // of a reader
  std::map<Pin, WrongEntries> wrong_of;                  // of a person
  std::map<std::pair<Pin, unsigned>, Passage> passages;  // the last one of each person and reader
  std::uint64_t passages_so_far = 0;
  Emergency::Mode emergency{};
  bool burning = false;  // as the fire input says
  std::optional<std::chrono::local_days> temporary_day;
  Moment last_look{};
  bool running = false;
  std::vector<Expected> due;  // fell due, and was not asked for yet

  // ---- shown.cc
  std::vector<Expected> card_read(const CardRead& card, const Moment& now);
  std::vector<Expected> bad_frame(const BadFrame& frame, const Moment& now);
  std::vector<Expected> key_pressed(const KeyPressed& key, const Moment& now);
  Attempt entry_after_parts(Attempt attempt, const std::string& digits, const Moment& now) const;
  Attempt entry_alone(ReaderId reader, const std::string& digits, const Moment& now) const;
  void look_again(Attempt& parts) const;
  // The alarm of what was shown under duress, where it leads to no decision.
  std::vector<Expected> given_up(const Attempt& parts) const;
  void forget(ReaderId reader) { readers[number(reader)] = {}; }
  void delay_over(unsigned door);
  bool first_card_over(unsigned door, const Moment& now) const;
  void parts_in_vain(ReaderId reader, const Moment& at);

  // ---- ladder.cc
  std::optional<Refusal> refusal(const Attempt& attempt, const Moment& now) const;
  std::optional<Refusal> refusal_but_lockdown(const Attempt& attempt, const Moment& now) const;
  static bool holds(const WrongEntries& lockout, const Moment& now) {
    return lockout.locked_until && now.uptime < *lockout.locked_until;
  }
  bool locked_out(const Attempt& attempt, const Moment& now) const;
  bool passed_back(const Attempt& attempt, const Moment& now) const;
  bool passed_back_by_lists(const Attempt& attempt) const;
  std::optional<unsigned> interlocked_by(unsigned door) const;
  [[nodiscard]] bool interlock_is_lifted() const {
    return is_fire() || emergency == Emergency::Mode::dual_open;
  }
  // Whether fire or emergency lift it or not.
  std::optional<unsigned> plainly_interlocked_by(unsigned door) const;
  const Passage* last_passage(const Pin& pin, const std::vector<unsigned>& readers_of) const;
  Mode mode_for(const Attempt& attempt, const Moment& now) const;
  bool is_super(const Attempt& attempt) const {
    return !attempt.pin.empty() && !attempt.emergency &&
           book.is_super_user(attempt.pin, attempt.door());
  }

  // ---- passing.cc
  std::vector<Expected> judge(const Attempt& attempt, const Moment& now);
  std::vector<Expected> refused(const Attempt& attempt, const Refusal& why, const Moment& now);
  std::vector<Expected> granted(const Attempt& attempt, const Moment& now);
  void wait_for_more(const Attempt& attempt, const Moment& now);
  std::vector<Expected> gather(const Attempt& attempt, const Moment& now);
  // The last one, or the only one, opens. `waited`: those who were there before him.
  std::vector<Expected> opens(const Attempt& attempt, const std::vector<Attempt>& waited,
                              const Moment& now);
  std::vector<Expected> super_user(const Attempt& attempt, const Moment& now);
  unsigned gesture_times(const Attempt& attempt, const Moment& now);
  std::vector<Expected> lockdown_gesture(const Attempt& attempt, const Moment& now);
  void first_card(const Attempt& attempt, const Moment& now);
  void add_alarm(std::vector<Expected>& events, const Attempt& attempt) const;
  bool count_wrong(WrongEntries& wrong, const Moment& now);
  std::chrono::seconds release_time(const Attempt& attempt) const;
  // Lets him in: for the interval, and for what will be a passage.
  void let_in(const Attempt& attempt, const Moment& now);
  void release(unsigned door, std::chrono::seconds time, const Moment& now);
  void passes(const Attempt& attempt, const Moment& now);
  void pass(const Pin& pin, unsigned reader, const Moment& now);
  void gathering_in_vain(unsigned door, const Moment& at);
  Expected event(const Attempt& attempt, EventCode code, Rule rule, unsigned proofs) const;
  Expected accepted(const Attempt& attempt, EventCode code, Rule rule, const Moment& now) const;
  Expected denied(const Attempt& attempt, EventCode code, Rule rule, const Moment& now) const;

  // ---- doors.cc
  std::vector<Expected> level_changed(const LevelChanged& change, const Moment& now);
  std::vector<Expected> exit_button(unsigned door, const Moment& now);
  CommandOutcome command(const Command& command, const Moment& now);
  CommandOutcome command_at(unsigned door, const Command& command, const Moment& now);
  std::optional<CommandOutcome> cannot_open(unsigned door, const Moment& now) const;
  // Everything that depends on the time alone: schedules, first cards, the day of temporary users.
  void look(const Moment& now);
  void look_at_minute(const Moment& now);
  void shut(unsigned door);  // to rest from any state
  void everything_over(unsigned door);
  bool zone_wants_open(unsigned door, const Moment& now) const;
  // Cancelled for the day, while its zone holds.
  bool zone_is_cancelled(unsigned door, const Moment& now) const;
  std::vector<TimezoneId> open_zones(unsigned door) const;
  bool has_sensor(unsigned door) const { return book.doors[door].sensor != SensorType::none; }
  bool stands_open(unsigned door) const {
    return has_sensor(door) && doors[door].sensor != Level::inactive;
  }
  void fire_level(Level level);
  bool is_fire() const { return burning && book.rules.fire.used; }
  bool fire_opens(unsigned door) const;
  bool dual_opens(unsigned door) const {
    return emergency == Emergency::Mode::dual_open && !doors[door].lockdown;
  }
  bool dual_close() const { return emergency == Emergency::Mode::dual_close; }
  bool normally_open(unsigned door) const {
    const DoorMemory& its = doors[door];
    return its.zone_open || (its.stay_open && !its.stay_open_waits) ||
           (its.first_card && !its.first_card->waits &&
            book.doors[door].first_card == FirstCard::normal_open);
  }
  // Nobody needs to release the lock: it is free already, and stays so.
  bool is_free(unsigned door) const {
    return normally_open(door) || fire_opens(door) || dual_opens(door);
  }
  bool held_by_lock(unsigned door, const Moment& now) const;  // DoorMaskFlag, or by schedule
  void cancel_for_the_day(unsigned door, const Moment& now);
  // Of several doors that wait for one interlock, the core says which goes on.
  void taken_up(const Event& event);
  void see_who_waits();
  // Those that are due by now, in their order.
  void time_passed(const Moment& now);
};

// The day as DoorCancelKeepOpenDelay has it.
std::uint32_t number_of_day(std::chrono::local_days day);

}  // namespace lintel::oracle
