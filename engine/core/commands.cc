// Commands of a server or a technician: what they do to doors and outputs.
#include "engine/core/controller_state.h"

namespace lintel {

using std::chrono::seconds;

namespace {

// The verbs of CONTROL DEVICE, for the reason.
enum class Verb : std::uint8_t {
  output = 1,
  cancel_alarm = 2,
  normal_open = 4,
  lock = 6,
  emergency = 7
};

void record(EventCode code, const Door& door, Verb verb, Turn& turn) {
  turn.record(code, door.id(), Rule::remote, 0, static_cast<std::uint32_t>(verb));
}

// By its own time or by outrelaysetting: a command cannot close it.
bool is_open_by_time(const Door& door) {
  return door.has(Door::Hold::zone) || door.has(Door::Hold::scheduled);
}

}  // namespace

// Nothing: the door may be opened.
std::optional<CommandOutcome> Controller::State::why_not_open(const Door& place, Turn& turn) const {
  if (!place.parameters().enabled) return CommandOutcome::door_disabled;
  if (place.has(Door::Shut::lockdown) || place.has(Door::Shut::emergency)) {
    return CommandOutcome::locked_down;
  }
  if (place.is_shut()) return CommandOutcome::door_locked;
  if (const auto other = interlocked_by(place.id())) {
    turn.record(EventCode::interlocked, place.id(), Rule::interlock, number(*other));
    return CommandOutcome::interlocked;
  }
  return std::nullopt;
}

CommandOutcome Controller::State::at(Door& place, const OpenDoor& command, Turn& turn) {
  if (place.normally_open() && !place.is_shut()) return CommandOutcome::already_open_time;
  if (const auto refusal = why_not_open(place, turn)) return *refusal;
  const seconds own = place.parameters().drive_time;
  place.pulse(Door::Way::other, command.time > seconds{0} ? command.time : own, turn);
  record(EventCode::remote_opened, place, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::at(Door& place, const CloseDoor&, Turn& turn) {
  if (is_open_by_time(place)) {
    turn.record(EventCode::cannot_close_while_normal_open, place.id(), Rule::normal_open_zone,
                place.parameters().normal_open_zone, 2);
    return CommandOutcome::normal_open_time;
  }
  place.close(turn);
  record(EventCode::remote_closed, place, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::at(Door& place, const NormalOpen&, Turn& turn) {
  if (const auto refusal = why_not_open(place, turn)) return *refusal;
  place.hold(Door::Hold::stay_open, turn);
  record(EventCode::remote_normal_open, place, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::at(Door& place, const NormalOpenToday& command, Turn& turn) {
  const std::uint32_t day = place.cancel_normal_open(!command.enable, turn.now.civil);
  if (!command.enable) {
    place.let_go(Door::Hold::zone, turn);
    place.let_go(Door::Hold::scheduled, turn);
  }
  turn.record(
      command.enable ? EventCode::normal_open_enabled_today : EventCode::normal_open_disabled_today,
      place.id(), command.enable ? Rule::normal_open_enabled : Rule::normal_open_cancelled,
      place.parameters().normal_open_zone);
  turn.actions.push_back(KeepParameter{place.id(), "DoorCancelKeepOpenDelay", day});
  look_at_door(place, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::at(Door& place, const CancelAlarm&, Turn& turn) {
  place.cancel_alarms(turn);
  record(EventCode::alarm_cancelled, place, Verb::cancel_alarm, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::at(Door& place, const LockDoor& command, Turn& turn) {
  place.keep_locked(command.lock, turn);
  if (!command.lock && place.has(Door::Shut::lockdown)) {
    place.unshut(Door::Shut::lockdown, turn);
    record(EventCode::lockdown_ended, place, Verb::lock, turn);
    lockdown_is_over(place, turn);
  }
  record(command.lock ? EventCode::remote_locked : EventCode::remote_unlocked, place, Verb::lock,
         turn);
  turn.actions.push_back(KeepParameter{place.id(), "DoorMaskFlag", command.lock ? 1u : 0u});
  look_at_door(place, turn);
  return CommandOutcome::done;
}

template <class AtDoors>
CommandOutcome Controller::State::carry_out(const AtDoors& command, Turn& turn) {
  if (command.door > layout.doors) return CommandOutcome::no_such_place;
  if (command.door != 0) return at(door(DoorId{command.door}), command, turn);
  // Who cancels every alarm ends the emergency as well.
  if constexpr (std::is_same_v<AtDoors, CancelAlarm>) {
    set_emergency(lintel::Emergency::Mode::off, turn);
  }
  auto all = CommandOutcome::no_such_place;
  for (Door& place : doors) {
    const CommandOutcome one = at(place, command, turn);
    if (one == CommandOutcome::done || all == CommandOutcome::no_such_place) all = one;
  }
  return all;
}

CommandOutcome Controller::State::carry_out(const SetAuxOutput& command, Turn& turn) {
  const OutputLine line = aux_of(command.output);
  if (!has_line(layout, line)) return CommandOutcome::no_such_place;
  AuxOutput& output = aux_outputs[command.output - 1u];
  if (command.on && output.is_off_whatever_comes()) return CommandOutcome::output_off;
  if (command.on) {
    output.switch_on(command.time, turn);
  } else {
    output.switch_off(turn);
  }
  turn.record(command.on ? EventCode::aux_output_enabled : EventCode::aux_output_disabled,
              command.output, Rule::remote, static_cast<std::uint32_t>(Verb::output));
  return CommandOutcome::done;
}

// That an emergency is over is told as what ends it: every alarm is cancelled.
CommandOutcome Controller::State::carry_out(const Emergency& command, Turn& turn) {
  if (command.mode == Emergency::Mode::off) return carry_out(CancelAlarm{0}, turn);
  set_emergency(command.mode, turn);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::carry_out(const ResetPassback& command, Turn& turn) {
  const bool everybody = command.pin.empty();
  if (everybody) {
    passages.forget_all(turn);
  } else {
    passages.forget(command.pin, turn);
  }
  Event event;
  event.code = EventCode::anti_passback_reset;
  event.pin = command.pin;
  event.reason = {.rule = Rule::passback_reset, .detail = everybody ? 0u : 1u};
  turn.record(event);
  return CommandOutcome::done;
}

CommandOutcome Controller::State::command(const Command& command, Turn& turn) {
  return std::visit([&](const auto& each) { return carry_out(each, turn); }, command);
}

}  // namespace lintel
