#include "engine/core/controller.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/controller_state.h"

namespace lintel {

using std::chrono::minutes;
using std::chrono::seconds;

Controller::State::State(const Layout& wanted)
    : layout(wanted), aux_off_at(wanted.aux_outputs, no_deadline) {
  for (unsigned d = 1; d <= layout.doors; ++d)
    doors.emplace_back(DoorId{static_cast<std::uint8_t>(d)});
  for (unsigned r = 1; r <= layout.readers(); ++r) {
    readers.emplace_back(ReaderId{static_cast<std::uint8_t>(r)});
  }
}

// ---- time

Uptime Controller::State::next_timer() const {
  Uptime next = no_deadline;
  for (const Door& each : doors)
    next = std::min(next, each.deadline());
  for (const Reader& each : readers)
    next = std::min(next, each.deadline());
  for (const Uptime each : aux_off_at)
    next = std::min(next, each);
  return next;
}

void Controller::State::fire_timers(Uptime due, Turn& turn) {
  for (Door& each : doors) {
    if (each.deadline() == due) each.fire(turn);
  }
  for (Reader& each : readers) {
    if (each.deadline() == due && each.fire(turn)) parts_timed_out(each, turn);
  }
  for (std::size_t i = 0; i < aux_off_at.size(); ++i) {
    if (aux_off_at[i] != due) continue;
    aux_off_at[i] = no_deadline;
    turn.set({OutputKind::aux, static_cast<std::uint8_t>(i + 1)}, false);
  }
}

void Controller::State::catch_up(const Moment& now, Actions& actions) {
  DOOR_CHECK(started);
  DOOR_CHECK(now.uptime >= last);
  last = now.uptime;
  for (Uptime due = next_timer(); due <= now.uptime; due = next_timer()) {
    Turn then = turn({.uptime = due, .civil = now.civil, .trusted = now.trusted}, actions);
    fire_timers(due, then);
  }
  const auto minute = std::chrono::floor<minutes>(now.civil);
  if (minute != minute_looked_at || now.trusted != trusted_then) {
    Turn at_once = turn(now, actions);
    look_at_schedules(at_once);
  }
  // The civil time comes in whole seconds, so this may be up to a second late, never early.
  next_look = now.uptime + (minute + minutes{1} - now.civil);
}

void Controller::State::look_at_schedules(Turn& turn) {
  minute_looked_at = std::chrono::floor<minutes>(turn.now.civil);
  trusted_then = turn.now.trusted;
  for (Door& each : doors)
    each.look_at_zone(calendar, turn);
}

// ---- start

void Controller::State::rest_all_outputs(const Moment& now, Actions& actions) {
  const auto set_all = [&](OutputKind kind, unsigned count, auto wanted) {
    for (unsigned n = 1; n <= count; ++n) {
      const OutputLine line{kind, static_cast<std::uint8_t>(n)};
      const bool on = wanted(n);
      outputs.set(line, on);
      actions.push_back(SetOutput{line, on});
    }
  };
  const auto off = [](unsigned) { return false; };
  set_all(OutputKind::lock, layout.doors,
          [&](unsigned n) { return doors[n - 1].zone_wants_open(calendar, now); });
  set_all(OutputKind::aux, layout.aux_outputs, off);
  set_all(OutputKind::reader_led, layout.readers(), off);
  set_all(OutputKind::reader_buzzer, layout.readers(), off);
}

void Controller::State::start(std::span<const LevelChanged> levels, const Moment& now,
                              Actions& actions) {
  DOOR_CHECK(!started);
  Turn turn = this->turn(now, actions);
  for (const LevelChanged& each : levels) {
    DOOR_CHECK(has_line(layout, each.line));
    inputs.set(each.line, each.level);
  }
  for (Door& each : doors)
    each.take_sensor(sensor_is_open(each.id()), turn);
  rest_all_outputs(now, actions);
  turn.record(EventCode::device_started, 0, Rule::system);
  look_at_schedules(turn);
  started = true;
  last = now.uptime;
  catch_up(now, actions);
}

// ---- the promises of the header

Controller::Controller(const Layout& layout) : state_(std::make_unique<State>(layout)) {
  DOOR_CHECK(layout.doors <= limits::doors_max);
  DOOR_CHECK(layout.aux_inputs <= limits::aux_max && layout.aux_outputs <= limits::aux_max);
}

Controller::~Controller() = default;

void Controller::set_parameters(DoorId door, const DoorParameters& parameters, const Moment& now,
                                Actions& actions) {
  DOOR_CHECK(has_line(state_->layout, lock_of(door)));
  if (state_->started) state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  Door& place = state_->door(door);
  if (place.parameters().verify_type != parameters.verify_type) state_->forget_parts(door);
  place.configure(parameters, state_->sensor_is_open(door), turn);
  if (state_->started) place.look_at_zone(state_->calendar, turn);
}

const DoorParameters& Controller::parameters(DoorId door) const {
  DOOR_CHECK(has_line(state_->layout, lock_of(door)));
  return state_->door(door).parameters();
}

void Controller::set_exit_button_zone(DoorId door, TimezoneId zone) {
  DOOR_CHECK(has_line(state_->layout, lock_of(door)));
  state_->door(door).set_exit_button_zone(zone);
}

People& Controller::people() {
  return state_->people;
}
Calendar& Controller::calendar() {
  return state_->calendar;
}

void Controller::reconsider(const Moment& now, Actions& actions) {
  if (!state_->started) return;
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  state_->look_at_schedules(turn);
}

void Controller::start(std::span<const LevelChanged> levels, const Moment& now, Actions& actions) {
  state_->start(levels, now, actions);
}

void Controller::handle(const Input& input, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  const auto has_reader = [&](ReaderId id) { return has_line(state_->layout, led_of(id)); };
  if (const auto* card = std::get_if<CardRead>(&input)) {
    DOOR_CHECK(has_reader(card->reader));
    state_->card_read(*card, turn);
  } else if (const auto* frame = std::get_if<BadFrame>(&input)) {
    DOOR_CHECK(has_reader(frame->reader));
    state_->bad_frame(*frame, turn);
  } else if (const auto* key = std::get_if<KeyPressed>(&input)) {
    DOOR_CHECK(has_reader(key->reader));
    state_->key_pressed(*key, turn);
  } else if (const auto* change = std::get_if<LevelChanged>(&input)) {
    DOOR_CHECK(has_line(state_->layout, change->line));
    state_->line_moved(*change, turn);
  } else if (std::holds_alternative<ClockSet>(input)) {
    state_->look_at_schedules(turn);
  }  // Tick: catching up was all that it asked for
}

CommandOutcome Controller::command(const Command& command, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  return state_->command(command, turn);
}

void Controller::server_link(bool connected, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  state_->turn(now, actions)
      .record(connected ? EventCode::server_connected : EventCode::server_disconnected, 0,
              Rule::system);
}

std::optional<Uptime> Controller::deadline() const {
  if (!state_->started) return std::nullopt;
  return std::min(state_->next_timer(), state_->next_look);
}

Explanation Controller::explain(const Question& question, const Moment& at) const {
  return state_->explain(question, at);
}

const Layout& Controller::layout() const {
  return state_->layout;
}

DoorStatus Controller::status(DoorId door) const {
  DOOR_CHECK(has_line(state_->layout, lock_of(door)));
  DoorStatus status = state_->door(door).status();
  status.alarms |= state_->alarms_of_lines(door);
  return status;
}

bool Controller::output(const OutputLine& line) const {
  DOOR_CHECK(has_line(state_->layout, line));
  return state_->outputs.is_on(line);
}

Level Controller::input(const InputLine& line) const {
  DOOR_CHECK(has_line(state_->layout, line));
  return state_->inputs.at(line);
}

}  // namespace lintel
