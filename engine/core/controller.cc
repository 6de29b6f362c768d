#include "engine/core/controller.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/controller_state.h"

namespace lintel {

using std::chrono::minutes;
using std::chrono::seconds;

Controller::State::State(const Layout& wanted, const Configuration& configuration)
    : layout(wanted), with(configuration), gatherings(wanted.doors), gestures(wanted.doors) {
  const auto count = [](unsigned n) { return static_cast<std::uint8_t>(n); };
  for (unsigned d = 1; d <= layout.doors; ++d)
    doors.emplace_back(DoorId{count(d)});
  for (unsigned r = 1; r <= layout.readers(); ++r)
    readers.emplace_back(ReaderId{count(r)});
  for (unsigned o = 1; o <= layout.aux_outputs; ++o)
    aux_outputs.emplace_back(count(o));
}

// ---- time

Uptime Controller::State::next_timer() const {
  Uptime next = no_deadline;
  const auto consider = [&next](const auto& all) {
    for (const auto& each : all)
      next = std::min(next, each.deadline());
  };
  consider(doors);
  consider(readers);
  consider(aux_outputs);
  consider(gatherings);
  return std::min(next, lockouts.deadline());
}

void Controller::State::fire_timers(Uptime due, Turn& turn) {
  for (Door& each : doors) {
    if (each.deadline() == due && each.fire(turn)) delay_is_over(each, turn);
  }
  for (Reader& each : readers) {
    if (each.deadline() == due && each.fire(turn)) parts_timed_out(each, turn);
  }
  for (AuxOutput& each : aux_outputs) {
    if (each.deadline() == due) each.fire(turn);
  }
  for (const Door& each : doors) {
    if (gatherings[number(each.id()) - 1].deadline() == due) gathering_timed_out(each.id(), turn);
  }
  if (lockouts.deadline() == due) lockouts.clean(turn);
}

// Another door may have been forced open in between.
void Controller::State::delay_is_over(Door& place, Turn& turn) {
  if (const auto other = interlocked_by(place.id())) {
    place.cancel_delay(turn);
    turn.record(EventCode::interlocked, place.id(), Rule::interlock, number(*other));
  } else {
    place.pulse_after_delay(turn);
  }
}

void Controller::State::catch_up(const Moment& now, Actions& actions) {
  DOOR_CHECK(started);
  DOOR_CHECK(now.uptime >= last);
  last = now.uptime;
  for (Uptime due = next_timer(); due <= now.uptime; due = next_timer()) {
    Turn then = turn({.uptime = due, .civil = now.civil, .trusted = now.trusted}, actions);
    step(then, [&] { fire_timers(due, then); });
  }
  const auto minute = std::chrono::floor<minutes>(now.civil);
  if (minute != minute_looked_at || now.trusted != trusted_then) {
    Turn at_once = turn(now, actions);
    step(at_once, [&] { look_at_schedules(at_once); });
  }
  // The civil time comes in whole seconds, so this may be up to a second late, never early.
  next_look = now.uptime + (minute + minutes{1} - now.civil);
}

void Controller::State::handle(const Input& input, Turn& turn) {
  const auto has_reader = [&](ReaderId id) { return has_line(layout, led_of(id)); };
  if (const auto* card = std::get_if<CardRead>(&input)) {
    DOOR_CHECK(has_reader(card->reader));
    card_read(*card, turn);
  } else if (const auto* frame = std::get_if<BadFrame>(&input)) {
    DOOR_CHECK(has_reader(frame->reader));
    bad_frame(*frame, turn);
  } else if (const auto* key = std::get_if<KeyPressed>(&input)) {
    DOOR_CHECK(has_reader(key->reader));
    key_pressed(*key, turn);
  } else if (const auto* change = std::get_if<LevelChanged>(&input)) {
    DOOR_CHECK(has_line(layout, change->line));
    line_moved(*change, turn);
  } else if (std::holds_alternative<ClockSet>(input)) {
    look_at_schedules(turn);
  }  // Tick: catching up was all that it asked for
}

// ---- start

void Controller::State::restore(const Kept& row) {
  const bool at_door = row.key.place >= 1 && row.key.place <= layout.doors;
  switch (row.key.kind) {
    case KeptKind::passage:
      if (row.key.place >= 1 && row.key.place <= layout.readers()) passages.restore(row);
      break;
    case KeptKind::stay_open:
    case KeptKind::first_card:
    case KeptKind::lockdown:
    case KeptKind::alarms:
      if (at_door) doors[row.key.place - 1u].restore(row);
      break;
    case KeptKind::emergency:
      if (row.value == 1 || row.value == 2) emergency = static_cast<Emergency::Mode>(row.value);
      break;
    case KeptKind::reader_lockout:
    case KeptKind::person_lockout:
      lockouts.restore(row);
      break;
    case KeptKind::temporary_day:
      temporary_day = std::chrono::local_days{std::chrono::days{row.value}};
      break;
  }
}

// What holds now is brought about first, so that every output is set once, to where it belongs.
void Controller::State::start(std::span<const LevelChanged> levels, const Moment& now,
                              Actions& actions) {
  DOOR_CHECK(!started);
  for (const LevelChanged& each : levels) {
    DOOR_CHECK(has_line(layout, each.line));
    inputs.set(each.line, each.level);
  }
  passages.settle(now);
  lockouts.settle(now.uptime);
  Actions wishes;
  Turn turn = this->turn(now, wishes);
  step(turn, [&] {
    for (Door& each : doors)
      each.take_sensor(sensor_is_open(each.id()), turn);
    take_lines(turn);
    turn.record(EventCode::device_started, 0, Rule::system);
    look_at_fire(turn);
    if (emergency != Emergency::Mode::off) begin_emergency(turn);
    for (Door& each : doors)
      resume(each, turn);
    look_at_schedules(turn);
  });
  const auto set_all = [&](OutputKind kind, unsigned count) {
    for (unsigned n = 1; n <= count; ++n) {
      const OutputLine line{kind, static_cast<std::uint8_t>(n)};
      actions.push_back(SetOutput{line, outputs.is_on(line)});
    }
  };
  set_all(OutputKind::lock, layout.doors);
  set_all(OutputKind::aux, layout.aux_outputs);
  set_all(OutputKind::reader_led, layout.readers());
  set_all(OutputKind::reader_buzzer, layout.readers());
  for (const Action& each : wishes) {
    if (!std::holds_alternative<SetOutput>(each)) actions.push_back(each);
  }
  started = true;
  last = now.uptime;
  catch_up(now, actions);
}

// What held a door open before the end goes on holding it, unless its time is over or something
// stronger has come.
void Controller::State::resume(Door& place, Turn& turn) {
  if (place.first_card_was_here() && place.first_card_is_over(with.calendar, turn.now)) {
    place.end_first_card(turn);
  }
  if (place.is_shut()) {
    place.end_holds(turn);
  } else {
    place.set_aside(turn);  // look_at_door() takes it up as soon as it may
  }
}

// ---- the promises of the header

Controller::Controller(const Layout& layout, const PeopleCapacity& capacity)
    : configuration_(std::make_unique<Configuration>(capacity)),
      state_(std::make_unique<State>(layout, *configuration_)) {
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
  if (place.parameters().verify_type != parameters.verify_type) state_->abandon_parts(door, turn);
  if (!parameters.multi_card) state_->gatherings[number(door) - 1].clear();
  state_->step(turn, [&] {
    place.configure(parameters, state_->sensor_is_open(door), turn);
    if (!state_->started) return;
    state_->look_at_fire(turn);
    state_->look_at_door(place, turn);
  });
}

const DoorParameters& Controller::parameters(DoorId door) const {
  DOOR_CHECK(has_line(state_->layout, lock_of(door)));
  return state_->door(door).parameters();
}

void Controller::set_rules(Rules rules, const Moment& now, Actions& actions) {
  if (state_->started) state_->catch_up(now, actions);
  configuration_->set(std::move(rules), state_->layout);
  if (!state_->started) return;
  Turn turn = state_->turn(now, actions);
  state_->step(turn, [&] {
    state_->look_at_fire(turn);
    state_->part_interlocked(turn);
    state_->look_at_schedules(turn);
  });
}

const Rules& Controller::rules() const {
  return configuration_->rules;
}

void Controller::restore(std::span<const Kept> rows) {
  DOOR_CHECK(!state_->started);
  for (const Kept& each : rows)
    state_->restore(each);
}

People& Controller::people() {
  return configuration_->people;
}
Calendar& Controller::calendar() {
  return configuration_->calendar;
}

void Controller::reconsider(const Moment& now, Actions& actions) {
  if (!state_->started) return;
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  state_->step(turn, [&] { state_->look_at_schedules(turn); });
}

void Controller::start(std::span<const LevelChanged> levels, const Moment& now, Actions& actions) {
  state_->start(levels, now, actions);
}

void Controller::handle(const Input& input, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  state_->step(turn, [&] { state_->handle(input, turn); });
}

CommandOutcome Controller::command(const Command& command, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  return state_->step(turn, [&] { return state_->command(command, turn); });
}

void Controller::server_link(bool connected, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  state_->step(turn, [&] {
    turn.record(connected ? EventCode::server_connected : EventCode::server_disconnected, 0,
                Rule::system);
  });
}

void Controller::acknowledge(ReaderId reader, bool taken, const Moment& now, Actions& actions) {
  state_->catch_up(now, actions);
  Turn turn = state_->turn(now, actions);
  state_->step(turn, [&] {
    if (taken) {
      state_->reader(reader).show_granted(std::chrono::seconds{0}, turn);
    } else {
      state_->reader(reader).show_refused(turn);
    }
  });
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
  return state_->door(door).status();
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
