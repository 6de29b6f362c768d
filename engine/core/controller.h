// The controller: everything that decides, without a clock, a file or a line of its own.
//
// Inputs come in with the time; wishes go out as actions, in the order in which they are to be
// carried out: relay first, reader next, journal last. The same inputs give the same actions,
// byte for byte. Not thread-safe: one thread owns it. After start() a credential is decided
// without allocating memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/door_parameters.h"
#include "engine/core/events.h"
#include "engine/core/kept.h"
#include "engine/core/people.h"
#include "engine/core/rules.h"
#include "engine/core/types.h"

namespace lintel {

// ---- what comes in

struct CardRead {  // a frame that a card format has understood
  ReaderId reader{};
  CardNo card;
  std::uint32_t site_code = 0;
  std::uint8_t bits = 0;
};
struct BadFrame {  // a frame that no format of this reader understands, or with wrong parity
  ReaderId reader{};
  std::uint8_t bits = 0;  // as many as came; 255: that many or more
};
struct KeyPressed {
  ReaderId reader{};
  std::uint8_t key = 0;  // 0-9; 10 = *, 11 = #
};
struct LevelChanged {  // after debouncing
  InputLine line;
  Level level{};
};
struct ClockSet {};  // the civil time jumped: look at the schedules again
struct Tick {};      // a deadline fell due
using Input = std::variant<CardRead, BadFrame, KeyPressed, LevelChanged, ClockSet, Tick>;

// Commands of a server or a technician. door 0: all doors.
struct OpenDoor {
  std::uint8_t door;
  std::chrono::seconds time;  // 0: DoorDrivertime
};
struct CloseDoor {
  std::uint8_t door;
};
struct NormalOpen {  // until closed
  std::uint8_t door;
};
struct NormalOpenToday {
  std::uint8_t door;
  bool enable;
};
struct SetAuxOutput {
  std::uint8_t output;
  bool on;
  std::chrono::seconds time;  // 0 with on: until switched off
};
struct CancelAlarm {
  std::uint8_t door;
};
struct LockDoor {
  std::uint8_t door;
  bool lock;
};
struct Emergency {  // of the whole box, until another or off
  enum class Mode : std::uint8_t { off = 0, dual_open = 1, dual_close = 2 };
  Mode mode{};
};
struct ResetPassback {
  Pin pin;  // empty: everybody
};
using Command = std::variant<OpenDoor, CloseDoor, NormalOpen, NormalOpenToday, SetAuxOutput,
                             CancelAlarm, LockDoor, Emergency, ResetPassback>;

enum class CommandOutcome : std::uint8_t {
  done,
  no_such_place,      // the door or output does not exist
  already_open_time,  // opening a door in its normal-open time (-28 of appendix 1)
  normal_open_time,   // closing it then (event 37)
  door_locked,        // opening a door that is locked (63)
  door_disabled,
  locked_down,  // lockdown or emergency dual-close
  interlocked,  // another door of its interlock is open or released (event 25)
  output_off,   // the auxiliary output is disabled, or kept off by its schedule
};

// ---- what goes out

struct SetOutput {
  OutputLine line;
  bool on;
  bool operator==(const SetOutput&) const = default;
};
struct Record {
  Event event;
};
struct KeepParameter {  // the core changed a door's parameter itself: store it for a restart
  DoorId door{};
  std::string_view name;  // of appendix 10, static
  std::uint32_t value = 0;
};
struct KeepState {  // to disk in one transaction with the events around it
  Kept row;
};
struct EraseTemporaryUsers {};  // their day is over: People and the stored tables
using Action = std::variant<SetOutput, Record, KeepParameter, KeepState, EraseTemporaryUsers>;

// Filled by the controller, emptied by the loop; its memory is kept between turns.
using Actions = std::vector<Action>;

// ---- what can be asked

enum class Alarm : std::uint8_t {  // the bits of `alarm` in rtstate (7.3)
  forced_open = 1u << 0,
  tamper = 1u << 1,
  duress_password = 1u << 2,
  duress_finger = 1u << 3,
  held_open = 1u << 4,
  mains = 1u << 5,
  battery = 1u << 6,
  reader_tamper = 1u << 7,
};

struct DoorStatus {
  enum class Sensor : std::uint8_t { none = 0, closed = 1, open = 2 };  // as in rtstate
  Sensor sensor = Sensor::none;
  bool released = false;     // the lock output is driven
  bool normal_open = false;  // by zone or remotely
  bool locked = false, enabled = true;
  bool locked_down = false;  // by a super user, or emergency dual-close
  bool fire = false;         // opened by the fire input
  bool emergency_open = false;
  std::uint8_t alarms = 0;  // bits of Alarm; kept until cancelled
  bool operator==(const DoorStatus&) const = default;
};

// A rung of the ladder as it would decide now; `passed` false marks a refusal.
struct Rung {
  Rule rule{};
  bool passed = true;
  bool reached = true;  // false: a stronger rung has decided
  Reason reason;
};
struct Explanation {
  EventCode code{};  // what would be recorded
  bool granted = false;
  Reason reason;             // the rung that decides
  std::vector<Rung> ladder;  // all of them, strongest first, whether reached or not
};
struct Question {
  ReaderId reader{};
  CardNo card;  // or
  Pin pin;      // a person; both taken as having shown all that the door asks for
};

// Decides past events again, one after the other from the oldest on, on the configuration that the
// controller has now, with doors and passages of its own that follow from what it decides. Nothing
// moves. Good while the controller lives; a change of the configuration counts from then on.
class Rehearsal {
 public:
  virtual ~Rehearsal() = default;
  struct Difference {
    EventCode now{};  // what would be recorded today
    bool granted = false;
    Reason reason;
  };
  // Nothing: the event decided nothing about a credential, or would be decided the same.
  virtual std::optional<Difference> take(const Event& past) = 0;
};

struct Configuration;

class Controller {
 public:
  explicit Controller(const Layout& layout, const PeopleCapacity& capacity = {});
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // ---- configuration; takes effect at once, actions may follow (a zone that holds now opens its
  // door). Before start() there are none. REQUIRES: the door exists.
  void set_parameters(DoorId door, const DoorParameters& parameters, const Moment& now,
                      Actions& actions);
  [[nodiscard]] const DoorParameters& parameters(DoorId door) const;
  void set_rules(Rules rules, const Moment& now, Actions& actions);
  [[nodiscard]] const Rules& rules() const;
  // For changes of people and calendar. Call reconsider() after the last change of a command.
  People& people();
  Calendar& calendar();
  void reconsider(const Moment& now, Actions& actions);

  // What was kept before the last end. After the configuration and before start(); rows that make
  // no sense are ignored.
  void restore(std::span<const Kept> rows);

  // Takes the levels of all lines as they are, without events for them, then records
  // device_started. Every output is set once: to rest, or as a normal-open zone wants it.
  void start(std::span<const LevelChanged> levels, const Moment& now, Actions& actions);

  // Timers that have fallen due by `now` fire first, in their order. A level that a line has
  // already changes nothing.
  // REQUIRES: started; now.uptime not below that of an earlier call; the layout has the reader or
  // line.
  void handle(const Input& input, const Moment& now, Actions& actions);
  CommandOutcome command(const Command& command, const Moment& now, Actions& actions);
  // The server link came or went (214, 105).
  void server_link(bool connected, const Moment& now, Actions& actions);

  // Something shown at a reader was taken, or not, for another purpose than passing: its beep.
  void acknowledge(ReaderId reader, bool taken, const Moment& now, Actions& actions);

  // When Tick is due next. Always set after start(): schedules are looked at every minute at least.
  [[nodiscard]] std::optional<Uptime> deadline() const;

  // What would happen, touching nothing. `at` may be any time. For a reader that the box does not
  // have: nothing granted, no ladder.
  [[nodiscard]] Explanation explain(const Question& question, const Moment& at) const;

  // Every decision of the journal decided again, on the present configuration.
  [[nodiscard]] std::unique_ptr<Rehearsal> rehearse() const;

  [[nodiscard]] const Layout& layout() const;
  [[nodiscard]] DoorStatus status(DoorId door) const;
  [[nodiscard]] bool output(const OutputLine& line) const;  // as last set
  [[nodiscard]] Level input(const InputLine& line) const;

 private:
  friend class Replay;
  struct State;
  std::unique_ptr<Configuration> configuration_;
  std::unique_ptr<State> state_;
};

}  // namespace lintel
