// The input lines: what they mean to doors, alarms and the journal.
#include "engine/core/controller_state.h"

namespace lintel {

namespace {

constexpr InputLine box(InputKind kind) {
  return {kind, 0};
}

bool is_numbered(unsigned number, unsigned count) {
  return number >= 1 && number <= count;
}

EventCode code_of_aux(Level level) {
  const bool closed = level == Level::active || level == Level::shorted;
  return closed ? EventCode::aux_input_shorted : EventCode::aux_input_disconnected;
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
  const bool alarm_began = off_rest && !was_off_rest, alarm_ended = was_off_rest && !off_rest;
  switch (line.kind) {
    case InputKind::door_sensor:  // a cut sensor is an open door: nobody can say that it is closed
      door(DoorId{line.number}).sensor_moved(off_rest, turn);
      break;
    case InputKind::exit_button:  // but a cut button is not a press
      if (change.level != Level::active) break;
      door(DoorId{line.number}).exit_button_pressed(calendar, turn);
      break;
    case InputKind::aux:
      turn.record(code_of_aux(change.level), line.number, Rule::line);
      break;
    case InputKind::reader_tamper: {
      const ReaderId id{line.number};
      if (!alarm_began && !alarm_ended) break;
      Event event;
      event.code = alarm_began ? EventCode::reader_tamper_alarm : EventCode::reader_tamper_ended;
      event.address = static_cast<std::uint8_t>(door_of(id));
      event.way = way_of(id);
      event.reason = {
          .rule = Rule::line, .record = 0, .detail = 0, .door = door_of(id), .reader = id};
      turn.record(event);
      break;
    }
    case InputKind::tamper:
      if (alarm_began) turn.record(EventCode::tamper_alarm, 0, Rule::line);
      break;
    case InputKind::mains:
      if (alarm_began) turn.record(EventCode::mains_failed, 0, Rule::line);
      if (alarm_ended) turn.record(EventCode::mains_recovered, 0, Rule::line);
      break;
    case InputKind::battery:
      if (alarm_began) turn.record(EventCode::battery_failed, 0, Rule::line);
      break;
    case InputKind::fire:  // kept; no rule looks at it yet
      break;
  }
}

bool Controller::State::sensor_is_open(DoorId id) const {
  return inputs.is_off_rest({InputKind::door_sensor, static_cast<std::uint8_t>(id)});
}

std::uint8_t Controller::State::alarms_of_lines(DoorId id) const {
  unsigned alarms = 0;
  const auto add = [&](InputLine line, Alarm alarm) {
    if (inputs.is_off_rest(line)) alarms |= static_cast<unsigned>(alarm);
  };
  add(box(InputKind::tamper), Alarm::tamper);
  add(box(InputKind::mains), Alarm::mains);
  add(box(InputKind::battery), Alarm::battery);
  for (const unsigned reader_number : {2 * number(id) - 1, 2 * number(id)}) {
    add({InputKind::reader_tamper, static_cast<std::uint8_t>(reader_number)}, Alarm::reader_tamper);
  }
  return static_cast<std::uint8_t>(alarms);
}

}  // namespace lintel
