// The input lines: what they mean to doors, alarms and the journal.
#include "engine/core/controller_state.h"

namespace lintel {

namespace {

constexpr InputLine box(InputKind kind) {
  return {kind, 0};
}

constexpr std::uint32_t aux_bit(std::uint8_t aux) {
  return std::uint32_t{1} << (aux - 1);
}
static_assert(limits::aux_max <= 32);

bool is_numbered(unsigned number, unsigned count) {
  return number >= 1 && number <= count;
}

// A supervised line that is cut or shorted is a fault, told each time that it becomes so.
void tell_fault(Level level, EventCode cut, EventCode shorted, std::uint8_t address, Turn& turn) {
  if (level == Level::cut) turn.record(cut, address, Rule::line_fault, 1);
  if (level == Level::shorted) turn.record(shorted, address, Rule::line_fault, 2);
}

}  // namespace

bool has_line(const Layout& layout, InputLine line) {
  switch (line.kind) {
    case InputKind::door_sensor:
    case InputKind::exit_button:
      return is_numbered(line.number, layout.doors);
    case InputKind::aux:
      return is_numbered(line.number, layout.aux_inputs);
    case InputKind::reader_tamper:
      return is_numbered(line.number, layout.readers());
    case InputKind::tamper:
    case InputKind::fire:
    case InputKind::mains:
    case InputKind::battery:
      return line.number == 0;
  }
  return false;
}

bool has_line(const Layout& layout, OutputLine line) {
  switch (line.kind) {
    case OutputKind::lock:
      return is_numbered(line.number, layout.doors);
    case OutputKind::aux:
      return is_numbered(line.number, layout.aux_outputs);
    case OutputKind::reader_led:
    case OutputKind::reader_buzzer:
      return is_numbered(line.number, layout.readers());
  }
  return false;
}

void Controller::State::line_moved(const LevelChanged& change, Turn& turn) {
  const InputLine line = change.line;
  const Level before = inputs.at(line);
  if (before == change.level) return;
  const bool was_off_rest = inputs.is_off_rest(line);
  inputs.set(line, change.level);
  const bool off_rest = inputs.is_off_rest(line);
  const bool began = off_rest && !was_off_rest, ended = was_off_rest && !off_rest;
  switch (line.kind) {
    case InputKind::door_sensor:  // a cut sensor is an open door: nobody can say that it is closed
      sensor_moved(door(DoorId{line.number}), change.level, turn);
      break;
    case InputKind::exit_button:
      exit_button_moved(door(DoorId{line.number}), change.level, turn);
      break;
    case InputKind::aux:
      aux_input_moved(line.number, change.level, turn);
      break;
    case InputKind::reader_tamper:
      if (began || ended) reader_tamper_moved(ReaderId{line.number}, began, turn);
      break;
    case InputKind::tamper:
      if (!began) break;
      raise_everywhere(Alarm::tamper, turn);
      turn.record(EventCode::tamper_alarm, 0, Rule::line);
      break;
    case InputKind::mains:
      if (began || ended) mains_moved(began, turn);
      break;
    case InputKind::battery:
      if (!began) break;
      raise_everywhere(Alarm::battery, turn);
      turn.record(inputs.is_off_rest(box(InputKind::mains)) ? EventCode::battery_low_on_emergency
                                                            : EventCode::battery_failed,
                  0, Rule::line);
      break;
    case InputKind::fire:
      if (with.rules.fire.used && with.rules.fire.supervised) {
        tell_fault(change.level, EventCode::fire_input_cut, EventCode::fire_input_shorted, 0, turn);
      }
      look_at_fire(turn);
      break;
  }
}

void Controller::State::raise_everywhere(Alarm alarm, Turn& turn) {
  for (Door& each : doors)
    each.raise(alarm, turn);
}

// What lines say at the start, without a word: a cover that is off is an alarm all the same.
void Controller::State::take_lines(Turn& turn) {
  for (unsigned n = 1; n <= layout.aux_inputs; ++n) {
    const auto aux = static_cast<std::uint8_t>(n);
    if (inputs.at({InputKind::aux, aux}) == Level::active) aux_triggered |= aux_bit(aux);
  }
  const std::pair<InputKind, Alarm> of_the_box[] = {{InputKind::tamper, Alarm::tamper},
                                                    {InputKind::mains, Alarm::mains},
                                                    {InputKind::battery, Alarm::battery}};
  for (const auto& [kind, alarm] : of_the_box) {
    if (inputs.is_off_rest(box(kind))) raise_everywhere(alarm, turn);
  }
  for (const Reader& each : readers) {
    const InputLine line{InputKind::reader_tamper, static_cast<std::uint8_t>(each.id())};
    if (inputs.is_off_rest(line)) door(door_of(each.id())).raise(Alarm::reader_tamper, turn);
  }
}

void Controller::State::reader_tamper_moved(ReaderId id, bool off, Turn& turn) {
  if (off) door(door_of(id)).raise(Alarm::reader_tamper, turn);
  Event event;
  event.code = off ? EventCode::reader_tamper_alarm : EventCode::reader_tamper_ended;
  event.address = static_cast<std::uint8_t>(door_of(id));
  event.way = way_of(id);
  event.reason = {.rule = Rule::line, .door = door_of(id), .reader = id};
  turn.record(event);
}

void Controller::State::mains_moved(bool failed, Turn& turn) {
  const bool battery_is_well = !inputs.is_off_rest(box(InputKind::battery));
  if (failed) {
    raise_everywhere(Alarm::mains, turn);
    turn.record(EventCode::mains_failed, 0, Rule::line);
    if (battery_is_well) turn.record(EventCode::battery_takes_over, 0, Rule::line);
  } else {
    turn.record(EventCode::mains_recovered, 0, Rule::line);
    turn.record(EventCode::mains_takes_over, 0, Rule::line);
  }
}

void Controller::State::sensor_moved(Door& place, Level level, Turn& turn) {
  const DoorParameters& own = place.parameters();
  if (own.sensor == SensorType::none) return;
  if (own.sensor_supervised) {
    tell_fault(level, EventCode::sensor_cut, EventCode::sensor_shorted,
               static_cast<std::uint8_t>(place.id()), turn);
  }
  place.sensor_moved(level != Level::inactive, turn);
  for (const Door::Passing& who : place.passed())
    passages.note(who.pin, who.reader, turn);
  place.forget_passed();
}

bool Controller::State::sensor_is_open(DoorId id) const {
  return inputs.is_off_rest({InputKind::door_sensor, static_cast<std::uint8_t>(id)});
}

// ---- the exit button

void Controller::State::exit_button_moved(Door& place, Level level, Turn& turn) {
  const DoorParameters& own = place.parameters();
  if (own.exit_button_type == 0) return;
  if (own.exit_button_supervised) {
    tell_fault(level, EventCode::exit_button_cut, EventCode::exit_button_shorted,
               static_cast<std::uint8_t>(place.id()), turn);
  }
  if (level == Level::active) exit_button_pressed(place, turn);  // a cut button is not a press
}

void Controller::State::exit_button_pressed(Door& place, Turn& turn) {
  const DoorParameters& own = place.parameters();
  const DoorId id = place.id();
  const auto record = [&](EventCode code, Rule rule, std::uint32_t what = 0,
                          std::uint32_t detail = 0) { turn.record(code, id, rule, what, detail); };
  if (!own.enabled) return record(EventCode::exit_button_outside_period, Rule::door_disabled);
  if (place.has(Door::Shut::lockdown) || place.has(Door::Shut::emergency)) {
    return record(EventCode::door_locked, Rule::lockdown, 0,
                  place.has(Door::Shut::emergency) ? 2 : 1);
  }
  if (place.is_shut()) {
    return record(EventCode::door_locked, Rule::door_locked, with.closing_zone(id, turn.now));
  }
  const auto refused_by = [&](TimezoneId zone, EventCode code, Rule rule) {
    const bool unknown = !turn.now.trusted && with.calendar.timezone(zone) != nullptr;
    if (with.calendar.holds(zone, turn.now) || (unknown && !own.exit_needs_clock)) return false;
    record(code, unknown ? Rule::clock_untrusted : rule, zone);
    return true;
  };
  if (refused_by(own.valid_zone, EventCode::exit_button_outside_period, Rule::exit_button_period)) {
    return;
  }
  const TimezoneId zone = with.input_zone(false, number(id));
  if (zone != timezone_never &&
      refused_by(zone, EventCode::exit_button_outside_zone, Rule::input_zone)) {
    return;
  }
  if (const auto other = interlocked_by(id)) {
    return record(EventCode::interlocked, Rule::interlock, number(*other));
  }
  if (own.exit_button_locked) {
    place.exit_allowed(own.exit_button_delay, turn);
    return record(EventCode::exit_button_pressed_locked, Rule::exit_button_locked);
  }
  place.pulse(Door::Way::other, own.drive_time, turn);
  record(EventCode::exit_button_opened, Rule::exit_button, 0,
         static_cast<std::uint32_t>(own.drive_time.count()));
}

// ---- auxiliary inputs

void Controller::State::aux_input_moved(std::uint8_t aux, Level level, Turn& turn) {
  const AuxInput* row = with.aux_input(aux);
  if (row != nullptr && (!row->enabled || row->contact == AuxInput::Contact::none)) return;
  const bool faulty = level == Level::cut || level == Level::shorted;
  if (row != nullptr && row->supervised && faulty) {
    tell_fault(level, EventCode::aux_input_cut, EventCode::aux_line_shorted, aux, turn);
    return;  // nobody knows what the contact does meanwhile
  }
  const bool was_triggered = (aux_triggered & aux_bit(aux)) != 0;
  // A plain contact that is cut is open.
  const bool triggered = level != Level::inactive && (row != nullptr || level != Level::cut);
  if (triggered == was_triggered && row != nullptr) return;
  aux_triggered = triggered ? aux_triggered | aux_bit(aux) : aux_triggered & ~aux_bit(aux);
  if (!triggered) {
    turn.record(row != nullptr ? EventCode::aux_input_normal : EventCode::aux_input_disconnected,
                aux, Rule::line);
    return;
  }
  const TimezoneId zone = with.input_zone(true, aux);
  if (zone != timezone_never && !with.calendar.holds(zone, turn.now)) {
    turn.record_input_outside(aux, zone);
    return;
  }
  turn.record(row != nullptr ? EventCode::aux_input_triggered : EventCode::aux_input_shorted, aux,
              Rule::line);
}

}  // namespace lintel
