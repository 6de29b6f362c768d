// Commands of a server or a technician: what they do to doors and outputs.
#include "engine/core/controller_state.h"

namespace lintel {

namespace {

using std::chrono::seconds;

// The verbs of CONTROL DEVICE, for the reason.
enum class Verb : std::uint8_t { output = 1, cancel_alarm = 2, normal_open = 4, lock = 6 };

void record(EventCode code, const Door& door, Verb verb, Turn& turn) {
  turn.record(code, door.id(), Rule::remote, 0, static_cast<std::uint32_t>(verb));
}

// Nothing: the door may be opened.
std::optional<CommandOutcome> why_not_open(const Door& door) {
  if (!door.parameters().enabled) return CommandOutcome::door_disabled;
  if (door.parameters().locked) return CommandOutcome::door_locked;
  return std::nullopt;
}

CommandOutcome apply(const OpenDoor& command, Door& door, const Calendar&, Turn& turn) {
  if (const auto refusal = why_not_open(door)) return *refusal;
  if (door.normally_open()) return CommandOutcome::already_open_time;
  const seconds own = door.parameters().drive_time;
  door.release(Door::Way::remote, command.time > seconds{0} ? command.time : own, turn);
  record(EventCode::remote_opened, door, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome apply(const CloseDoor&, Door& door, const Calendar&, Turn& turn) {
  if (door.zone_holds_it()) {
    turn.record(EventCode::cannot_close_while_normal_open, door.id(), Rule::normal_open_zone,
                door.parameters().normal_open_zone, 2);
    return CommandOutcome::normal_open_time;
  }
  door.secure(Door::Back::remote, turn);
  record(EventCode::remote_closed, door, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome apply(const NormalOpen&, Door& door, const Calendar&, Turn& turn) {
  if (const auto refusal = why_not_open(door)) return *refusal;
  door.release(Door::Way::stay_open, {}, turn);
  record(EventCode::remote_normal_open, door, Verb::output, turn);
  return CommandOutcome::done;
}

CommandOutcome apply(const NormalOpenToday& command, Door& door, const Calendar& calendar,
                     Turn& turn) {
  const std::uint32_t day = door.cancel_normal_open(!command.enable, turn.now.civil);
  if (!command.enable && door.zone_holds_it()) door.secure(Door::Back::zone_over, turn);
  turn.record(
      command.enable ? EventCode::normal_open_enabled_today : EventCode::normal_open_disabled_today,
      door.id(), command.enable ? Rule::normal_open_enabled : Rule::normal_open_cancelled,
      door.parameters().normal_open_zone);
  turn.actions.push_back(KeepParameter{door.id(), "DoorCancelKeepOpenDelay", day});
  door.look_at_zone(calendar, turn);
  return CommandOutcome::done;
}

CommandOutcome apply(const CancelAlarm&, Door& door, const Calendar&, Turn& turn) {
  door.cancel_alarm();
  record(EventCode::alarm_cancelled, door, Verb::cancel_alarm, turn);
  return CommandOutcome::done;
}

CommandOutcome apply(const LockDoor& command, Door& door, const Calendar& calendar, Turn& turn) {
  door.keep_locked(command.lock);
  if (command.lock) door.secure(Door::Back::shut, turn);
  record(command.lock ? EventCode::remote_locked : EventCode::remote_unlocked, door, Verb::lock,
         turn);
  turn.actions.push_back(KeepParameter{door.id(), "DoorMaskFlag", command.lock ? 1u : 0u});
  door.look_at_zone(calendar, turn);
  return CommandOutcome::done;
}

}  // namespace

CommandOutcome Controller::State::set_aux_output(const SetAuxOutput& command, Turn& turn) {
  const OutputLine line{OutputKind::aux, command.output};
  if (!has_line(layout, line)) return CommandOutcome::no_such_place;
  const bool for_a_time = command.on && command.time > seconds{0};
  turn.set(line, command.on);
  aux_off_at[command.output - 1u] = for_a_time ? turn.now.uptime + command.time : no_deadline;
  Event event;
  event.code = command.on ? EventCode::aux_output_enabled : EventCode::aux_output_disabled;
  event.address = command.output;
  event.reason.rule = Rule::remote;
  event.reason.detail = static_cast<std::uint32_t>(Verb::output);
  turn.record(event);
  return CommandOutcome::done;
}

// For all doors: done where at least one has done it.
CommandOutcome Controller::State::command(const Command& command, Turn& turn) {
  const auto at_doors = [&](const auto& each) {
    if (each.door > layout.doors) return CommandOutcome::no_such_place;
    if (each.door != 0) return apply(each, door(DoorId{each.door}), calendar, turn);
    auto all = CommandOutcome::no_such_place;
    for (Door& place : doors) {
      const CommandOutcome one = apply(each, place, calendar, turn);
      if (one == CommandOutcome::done || all == CommandOutcome::no_such_place) all = one;
    }
    return all;
  };
  return std::visit(
      [&](const auto& each) {
        if constexpr (std::is_same_v<std::decay_t<decltype(each)>, SetAuxOutput>) {
          return set_aux_output(each, turn);
        } else {
          return at_doors(each);
        }
      },
      command);
}

}  // namespace lintel
