// What the controller is made of. Only its own files include this.
#pragma once

#include <array>

#include "engine/core/door.h"
#include "engine/core/people.h"
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

struct Controller::State {
  explicit State(const Layout& wanted);

  Layout layout;
  People people;
  Calendar calendar;
  Inputs inputs;
  Outputs outputs;
  std::vector<Door> doors;
  std::vector<Reader> readers;
  std::vector<Uptime> aux_off_at;

  bool started = false;
  Uptime last{};                   // of the latest turn
  Uptime next_look = no_deadline;  // at the schedules
  std::chrono::local_time<std::chrono::minutes> minute_looked_at{};
  bool trusted_then = true;

  Door& door(DoorId id) { return doors[number(id) - 1]; }
  [[nodiscard]] const Door& door(DoorId id) const { return doors[number(id) - 1]; }
  Reader& reader(ReaderId id) { return readers[number(id) - 1]; }
  Turn turn(const Moment& now, Actions& actions) { return {now, outputs, actions}; }

  void start(std::span<const LevelChanged> levels, const Moment& now, Actions& actions);

  // ---- time (controller.cc)
  // Everything that is due by now, before anything new.
  void catch_up(const Moment& now, Actions& actions);
  void fire_timers(Uptime due, Turn& turn);
  void look_at_schedules(Turn& turn);
  [[nodiscard]] Uptime next_timer() const;

  // ---- lines (lines.cc)
  void line_moved(const LevelChanged& change, Turn& turn);
  [[nodiscard]] bool sensor_is_open(DoorId door) const;
  [[nodiscard]] std::uint8_t alarms_of_lines(DoorId door) const;

  // ---- readers (attempts.cc)
  void card_read(const CardRead& read, Turn& turn);
  void bad_frame(const BadFrame& frame, Turn& turn);
  void key_pressed(const KeyPressed& key, Turn& turn);
  void parts_timed_out(Reader& reader, Turn& turn);
  void forget_parts(DoorId door);
  [[nodiscard]] Explanation explain(const Question& question, const Moment& at) const;

  // ---- commands (commands.cc)
  CommandOutcome command(const Command& command, Turn& turn);

 private:
  void rest_all_outputs(const Moment& now, Actions& actions);
  [[nodiscard]] Circumstances circumstances(const Attempt& attempt, const Moment& now) const;
  [[nodiscard]] Attempt password_attempt(ReaderId id, std::string_view digits) const;
  [[nodiscard]] Attempt id_attempt(ReaderId id, std::string_view digits) const;
  void entry_typed(ReaderId id, Turn& turn);
  void judge(const Attempt& attempt, Turn& turn);
  void grant(const Attempt& attempt, const Verdict& verdict, Turn& turn);
  void refuse(const Attempt& attempt, const Verdict& verdict, Turn& turn);
  CommandOutcome set_aux_output(const SetAuxOutput& command, Turn& turn);
};

}  // namespace lintel
