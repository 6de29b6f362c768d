// Fire, emergency and lockdown: what stands above the rules.
#include "engine/core/controller_state.h"

namespace lintel {

void Controller::State::look_at_fire(Turn& turn) {
  constexpr InputLine line{InputKind::fire, 0};
  const Level level = inputs.at(line);
  const bool faulty = level == Level::cut || level == Level::shorted;
  // A line that fire has cut does not say that the fire is over.
  const bool unknown = faulty && with.rules.fire.supervised;
  const bool burns = with.rules.fire.used && (unknown ? fire : level != Level::inactive);
  fire = burns;
  // Locks first, all of them; what is told comes after.
  DoorSet changed = 0;
  for (Door& each : doors) {
    const bool open = burns && each.parameters().fire_door;
    if (open == each.has(Door::Hold::fire)) continue;
    changed |= bit(each.id());
    if (open) {
      each.hold(Door::Hold::fire, turn);
    } else {
      each.let_go(Door::Hold::fire, turn);
    }
  }
  if (changed != 0 && !burns) part_interlocked(turn);
  for (const Door& each : doors) {
    if ((changed & bit(each.id())) == 0) continue;
    const bool open = each.has(Door::Hold::fire);
    turn.record(open ? EventCode::fire_opened : EventCode::fire_ended, each.id(), Rule::fire, 0,
                open ? 0 : 1);
  }
}

// ---- dual-open and dual-close

void Controller::State::set_emergency(Emergency::Mode mode, Turn& turn) {
  if (mode == emergency) return;
  emergency = mode;
  const KeptKey key{KeptKind::emergency, 0, Pin{}};
  if (mode == Emergency::Mode::off) {
    turn.forget(key);
  } else {
    turn.keep(key, static_cast<std::int64_t>(mode));
  }
  begin_emergency(turn);
}

// Brings the doors to what the emergency wants, and tells it.
void Controller::State::begin_emergency(Turn& turn) {
  using Mode = Emergency::Mode;
  for (Door& each : doors) {
    if (emergency != Mode::dual_close) each.unshut(Door::Shut::emergency, turn);
    if (emergency != Mode::dual_open) each.let_go(Door::Hold::emergency, turn);
    if (emergency == Mode::dual_close) each.shut(Door::Shut::emergency, turn);
    if (emergency == Mode::dual_open) each.hold(Door::Hold::emergency, turn);
  }
  if (emergency == Mode::off) {
    part_interlocked(turn);
  } else {
    const auto code = emergency == Mode::dual_open ? EventCode::dual_open : EventCode::dual_close;
    for (const Door& each : doors) {
      if (emergency == Mode::dual_open && !each.is_released()) continue;  // locked down
      turn.record(code, each.id(), Rule::emergency, 0, static_cast<std::uint32_t>(emergency));
    }
  }
  for (Door& each : doors)
    look_at_door(each, turn);
}

// ---- lockdown

namespace {

// The same at another door: nobody was at its readers.
Event told_at(const Event& told, DoorId door) {
  Event event = told;
  if (event.reason.door == door) return event;
  event.address = static_cast<std::uint8_t>(door);
  event.way = InOut::system;
  event.reason.door = door;
  event.reason.reader = {};
  return event;
}

}  // namespace

void Controller::State::begin_lockdown(const Person& who, const Event& told, Turn& turn) {
  const auto is_his = [&](const Door& each) {
    return with.is_super_user(who, each.id()) && !each.has(Door::Shut::lockdown);
  };
  DoorSet his = 0;
  for (Door& each : doors) {
    if (!is_his(each)) continue;
    his |= bit(each.id());
    each.shut(Door::Shut::lockdown, turn);
  }
  for (const Door& each : doors) {
    if ((his & bit(each.id())) != 0) turn.record(told_at(told, each.id()));
  }
}

void Controller::State::end_lockdown(const Person& who, const Event& told, Turn& turn) {
  for (Door& each : doors) {
    if (!with.is_super_user(who, each.id()) || !each.has(Door::Shut::lockdown)) continue;
    each.unshut(Door::Shut::lockdown, turn);
    turn.record(told_at(told, each.id()));
    lockdown_is_over(each, turn);
  }
}

// What it has kept shut may open now.
void Controller::State::lockdown_is_over(Door& place, Turn& turn) {
  if (place.has(Door::Hold::emergency) && !place.has(Door::Hold::fire) && place.is_released()) {
    turn.record(EventCode::dual_open, place.id(), Rule::emergency, 0,
                static_cast<std::uint32_t>(Emergency::Mode::dual_open));
  }
  look_at_door(place, turn);
}

// ---- what is asked before a door is opened

// What was told to stay open while an interlock was overridden, or not yet there, waits like a
// normal-open time: of two doors at most one may go on.
void Controller::State::part_interlocked(Turn& turn) {
  for (auto place = doors.rbegin(); place != doors.rend(); ++place) {
    const bool overridden = place->has(Door::Hold::fire) || place->has(Door::Hold::emergency);
    if (overridden || !place->is_held_by_wish()) continue;
    if (!with.interlock.blocks(place->id(), busy_doors())) continue;
    place->set_aside(turn);
    held_back = true;
  }
}

DoorSet Controller::State::busy_doors() const {
  DoorSet busy = 0;
  for (const Door& each : doors) {
    if (each.is_busy()) busy |= bit(each.id());
  }
  return busy;
}

// Nothing: no interlock stands in the way, or fire or emergency overrides it.
std::optional<DoorId> Controller::State::interlocked_by(DoorId id) const {
  if (fire || emergency == Emergency::Mode::dual_open) return std::nullopt;
  return with.interlock.blocks(id, busy_doors());
}

}  // namespace lintel
