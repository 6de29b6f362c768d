// What the controller is made of. Only its own files include this.
#pragma once

#include <array>

#include "engine/core/aux_output.h"
#include "engine/core/configuration.h"
#include "engine/core/door.h"
#include "engine/core/gathering.h"
#include "engine/core/lockout.h"
#include "engine/core/passages.h"
#include "engine/core/reader.h"
#include "engine/core/turn.h"

namespace lintel {

// The input lines as they are now.
class Inputs {
 public:
  [[nodiscard]] Level at(InputLine line) const { return levels_[index(line)]; }
  void set(InputLine line, Level level) { levels_[index(line)] = level; }
  // A cut or shorted line is not at rest.
  [[nodiscard]] bool is_off_rest(InputLine line) const { return at(line) != Level::inactive; }

 private:
  static constexpr std::size_t numbers = 64, kinds = 8;
  static std::size_t index(InputLine line) {
    return static_cast<std::size_t>(line.kind) * numbers + line.number % numbers;
  }
  std::array<Level, numbers * kinds> levels_{};
};

bool has_line(const Layout& layout, InputLine line);
bool has_line(const Layout& layout, OutputLine line);

// A super user's cards in quick succession at one door.
struct Gesture {
  Pin pin;
  unsigned count = 0;
  Uptime last{};
};

// The situation at the doors. It can be copied: a rehearsal has one of its own.
struct Controller::State {
  State(const Layout& wanted, const Configuration& configuration);

  Layout layout;
  const Configuration& with;
  Inputs inputs;
  Outputs outputs;
  std::vector<Door> doors;
  std::vector<Reader> readers;
  std::vector<AuxOutput> aux_outputs;
  std::vector<Gathering> gatherings;  // by door
  std::vector<Gesture> gestures;      // by door
  std::uint32_t aux_triggered = 0;    // auxiliary inputs, whatever fault their lines have now
  Passages passages;
  Lockouts lockouts;
  Emergency::Mode emergency = Emergency::Mode::off;
  bool fire = false;
  std::chrono::local_days temporary_day{};  // temporary users of earlier days are gone

  bool started = false;
  bool held_back = false;          // an interlock keeps a door from its normal-open time
  Uptime last{};                   // of the latest turn
  Uptime next_look = no_deadline;  // at the schedules
  std::chrono::local_time<std::chrono::minutes> minute_looked_at{};
  bool trusted_then = true;

  Door& door(DoorId id) { return doors[number(id) - 1]; }
  [[nodiscard]] const Door& door(DoorId id) const { return doors[number(id) - 1]; }
  Reader& reader(ReaderId id) { return readers[number(id) - 1]; }
  Turn turn(const Moment& now, Actions& actions) { return {now, outputs, actions}; }

  // Everything goes through here: what `act` does, the linkage that follows, and what an interlock
  // has held back until now.
  template <class Act>
  auto step(Turn& turn, Act act) {
    const std::size_t from = turn.actions.size();
    if constexpr (std::is_void_v<decltype(act())>) {
      act();
      follow_up(from, turn);
    } else {
      const auto result = act();
      follow_up(from, turn);
      return result;
    }
  }

  // ---- start and time (controller.cc)
  void restore(const Kept& row);
  void start(std::span<const LevelChanged> levels, const Moment& now, Actions& actions);
  // Everything that is due by now, before anything new.
  void catch_up(const Moment& now, Actions& actions);
  [[nodiscard]] Uptime next_timer() const;
  void handle(const Input& input, Turn& turn);

  // ---- schedules (schedules.cc)
  void look_at_schedules(Turn& turn);
  void look_at_door(Door& door, Turn& turn);
  void look_at_aux(AuxOutput& output, Turn& turn);
  [[nodiscard]] bool may_begin_to_stay_open(const Door& door);
  void take_up(Door& door, Turn& turn);

  // ---- lines (lines.cc)
  void line_moved(const LevelChanged& change, Turn& turn);
  [[nodiscard]] bool sensor_is_open(DoorId door) const;
  void take_lines(Turn& turn);

  // ---- fire and emergency (emergency.cc)
  void look_at_fire(Turn& turn);
  void set_emergency(Emergency::Mode mode, Turn& turn);
  void begin_emergency(Turn& turn);
  // Whom an event tells of, at the reader where it happened.
  void begin_lockdown(const Person& who, const Event& told, Turn& turn);
  void lockdown_is_over(Door& door, Turn& turn);
  void end_lockdown(const Person& who, const Event& told, Turn& turn);

  // ---- what is asked before a door is opened
  [[nodiscard]] DoorSet busy_doors() const;
  void part_interlocked(Turn& turn);
  [[nodiscard]] std::optional<DoorId> interlocked_by(DoorId door) const;

  // ---- readers (attempts.cc)
  void card_read(const CardRead& read, Turn& turn);
  void bad_frame(const BadFrame& frame, Turn& turn);
  void key_pressed(const KeyPressed& key, Turn& turn);
  void parts_timed_out(Reader& reader, Turn& turn);
  void abandon_parts(DoorId door, Turn& turn);
  void abandon_parts(Reader& reader, Turn& turn);
  [[nodiscard]] Circumstances circumstances(const Attempt& attempt, const Moment& now) const;
  [[nodiscard]] Explanation explain(const Question& question, const Moment& at) const;

  // ---- what comes of it (grants.cc)
  void judge(const Attempt& attempt, Turn& turn);
  // What would be recorded of a grant.
  [[nodiscard]] EventCode code_of_grant(const Circumstances& c) const;
  void gathering_timed_out(DoorId door, Turn& turn);
  // Of what was shown: the event that tells of its decision.
  [[nodiscard]] static Event event_of(const Circumstances& c, EventCode code, const Reason& reason,
                                      bool granted);

  // ---- commands (commands.cc)
  CommandOutcome command(const Command& command, Turn& turn);

 private:
  void resume(Door& door, Turn& turn);
  void fire_timers(Uptime due, Turn& turn);
  void delay_is_over(Door& door, Turn& turn);
  void follow_up(std::size_t from, Turn& turn);
  void link(const Event& trigger, Turn& turn);
  void carry_out(const Linkage& row, const Event& trigger, Turn& turn);
  bool link_door(const Linkage& row, Turn& turn);

  void sensor_moved(Door& door, Level level, Turn& turn);
  void exit_button_moved(Door& door, Level level, Turn& turn);
  void exit_button_pressed(Door& door, Turn& turn);
  void aux_input_moved(std::uint8_t aux, Level level, Turn& turn);
  void reader_tamper_moved(ReaderId reader, bool off, Turn& turn);
  void mains_moved(bool failed, Turn& turn);
  void raise_everywhere(Alarm alarm, Turn& turn);

  [[nodiscard]] ModeInForce mode_at(ReaderId id, const std::optional<Person>& person,
                                    const Moment& now) const;
  [[nodiscard]] Attempt entry_attempt(ReaderId id, const Moment& now) const;
  [[nodiscard]] Attempt password_attempt(ReaderId id, std::string_view digits,
                                         const VerifyMode& mode) const;
  [[nodiscard]] Attempt id_attempt(ReaderId id, std::string_view digits) const;

  void admit(const Circumstances& c, const Verdict& verdict, Turn& turn);
  void admit_super_user(const Circumstances& c, Turn& turn);
  bool gather(const Circumstances& c, Turn& turn);
  void pass(Door& door, const Door::Passing& who, CardNo card, Turn& turn);
  void let_in(const Circumstances& c, Door::Way way, std::chrono::seconds time, Turn& turn);
  void refuse(const Circumstances& c, const Verdict& verdict, Turn& turn);
  void note_wrong_entry(const Circumstances& c, const Verdict& verdict, Turn& turn);
  void raise_duress(const Attempt& attempt, const Event& decided, Turn& turn);
  unsigned count_gesture(const Attempt& attempt, Turn& turn);

  [[nodiscard]] std::optional<CommandOutcome> why_not_open(const Door& door, Turn& turn) const;
  CommandOutcome at(Door& door, const OpenDoor& command, Turn& turn);
  CommandOutcome at(Door& door, const CloseDoor& command, Turn& turn);
  CommandOutcome at(Door& door, const NormalOpen& command, Turn& turn);
  CommandOutcome at(Door& door, const NormalOpenToday& command, Turn& turn);
  CommandOutcome at(Door& door, const CancelAlarm& command, Turn& turn);
  CommandOutcome at(Door& door, const LockDoor& command, Turn& turn);
  CommandOutcome carry_out(const SetAuxOutput& command, Turn& turn);
  CommandOutcome carry_out(const Emergency& command, Turn& turn);
  CommandOutcome carry_out(const ResetPassback& command, Turn& turn);
  // At one door or all: done where at least one has done it.
  template <class AtDoors>
  CommandOutcome carry_out(const AtDoors& command, Turn& turn);
};

}  // namespace lintel
