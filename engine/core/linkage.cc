// Linkage (inoutfun): an event switches something. What it does records event 6, which triggers
// nothing: there are no loops.
#include <algorithm>

#include "engine/core/controller_state.h"

namespace lintel {

using std::chrono::seconds;

namespace {

bool happened_at(const Linkage& row, const Event& event) {
  if (row.in == 0) return true;
  if (!row.by_reader) return row.in == event.address;
  return event.reason.reader == ReaderId{row.in};
}

}  // namespace

// What a step has recorded is looked at once; what linkage itself records is not.
void Controller::State::follow_up(std::size_t from, Turn& turn) {
  const std::size_t until = turn.actions.size();
  if (!with.rules.linkages.empty()) {
    for (std::size_t at = from; at < until; ++at) {
      const auto* record = std::get_if<Record>(&turn.actions[at]);
      if (record == nullptr) continue;
      const Event event = record->event;  // the actions may move
      link(event, turn);
    }
  }
  // A door that an interlock has kept from its normal-open time may open now.
  if (held_back) {
    held_back = false;
    for (Door& each : doors)
      look_at_door(each, turn);
  }
}

void Controller::State::link(const Event& trigger, Turn& turn) {
  struct ByEvent {
    bool operator()(const Linkage& row, unsigned code) const { return row.event < code; }
    bool operator()(unsigned code, const Linkage& row) const { return code < row.event; }
  };
  const auto& rows = with.rules.linkages;
  const auto [begin, end] =
      std::equal_range(rows.begin(), rows.end(), number(trigger.code), ByEvent{});
  for (auto row = begin; row != end; ++row) {
    if (happened_at(*row, trigger)) carry_out(*row, trigger, turn);
  }
}

void Controller::State::carry_out(const Linkage& row, const Event& trigger, Turn& turn) {
  const bool at_a_door = row.output == Linkage::Output::lock || row.act != Linkage::Act::output;
  if (at_a_door) {
    if (row.out < 1 || row.out > layout.doors || !link_door(row, turn)) return;
  } else {
    if (row.out < 1 || row.out > layout.aux_outputs) return;
    AuxOutput& output = aux_outputs[row.out - 1u];
    if (output.is_off_whatever_comes()) return;
    if (row.time == 0) {
      output.switch_off(turn);
    } else {
      output.switch_on(seconds{row.time == linkage_on ? 0 : row.time}, turn);
    }
  }
  Event event = trigger;
  event.code = EventCode::linkage_triggered;
  event.address = row.out;
  event.verify = static_cast<VerifyCode>(number(trigger.code));
  event.proofs = 0;
  event.link = row.index;
  event.reason = {.rule = Rule::linkage, .record = row.index, .detail = number(trigger.code)};
  if (at_a_door) event.reason.door = DoorId{row.out};
  turn.record(event);
}

// False: the door is locked, locked down or interlocked, and nothing follows.
bool Controller::State::link_door(const Linkage& row, Turn& turn) {
  Door& place = door(DoorId{row.out});
  if (row.act != Linkage::Act::output) {
    const bool lock = row.act == Linkage::Act::lock_door;
    place.keep_locked(lock, turn);
    turn.actions.push_back(KeepParameter{place.id(), "DoorMaskFlag", lock ? 1u : 0u});
    look_at_door(place, turn);
    return true;
  }
  if (row.time == 0) {
    if (place.has(Door::Hold::zone) || place.has(Door::Hold::scheduled)) return false;
    place.close(turn);
    return true;
  }
  if (place.is_shut() || interlocked_by(place.id())) return false;
  if (row.time == linkage_on) {
    place.hold(Door::Hold::stay_open, turn);
  } else {
    place.pulse(Door::Way::other, seconds{row.time}, turn);
  }
  return true;
}

}  // namespace lintel
