// What time does by itself: normal-open times, scheduled outputs, the end of the first card's day,
// and of temporary users.
#include "engine/core/controller_state.h"

namespace lintel {

void Controller::State::look_at_schedules(Turn& turn) {
  minute_looked_at = std::chrono::floor<std::chrono::minutes>(turn.now.civil);
  trusted_then = turn.now.trusted;
  held_back = false;  // and it is found out anew
  for (Door& each : doors)
    look_at_door(each, turn);
  for (AuxOutput& each : aux_outputs)
    look_at_aux(each, turn);
  passages.make_room();

  if (!turn.now.trusted) return;
  const auto today = std::chrono::floor<std::chrono::days>(turn.now.civil);
  if (today == temporary_day) return;
  const bool days_have_passed = temporary_day != std::chrono::local_days{} && today > temporary_day;
  temporary_day = today;
  passages.clean(with.people, turn);
  turn.keep({KeptKind::temporary_day, 0, Pin{}}, today.time_since_epoch().count());
  if (days_have_passed) turn.actions.push_back(EraseTemporaryUsers{});
}

void Controller::State::look_at_door(Door& place, Turn& turn) {
  using Hold = Door::Hold;
  using Act = ScheduledOutput::Act;
  const DoorId id = place.id();

  const bool closed = with.closing_zone(id, turn.now) != timezone_never;
  if (closed && !place.has(Door::Shut::scheduled)) {
    const bool ends = place.has(Hold::zone) || place.has(Hold::scheduled);
    place.shut(Door::Shut::scheduled, turn);
    if (ends) {
      turn.record(EventCode::normal_open_ended, id, Rule::scheduled_output,
                  with.closing_zone(id, turn.now), 0);
    }
  } else if (!closed && place.has(Door::Shut::scheduled)) {
    place.unshut(Door::Shut::scheduled, turn);
  }

  if (place.first_card_was_here() && place.first_card_is_over(with.calendar, turn.now)) {
    const TimezoneId zone = place.first_card_zone();
    const bool open = place.has(Hold::first_card);
    place.end_first_card(turn);
    if (open) turn.record(EventCode::normal_open_ended, id, Rule::first_card_over, zone, 0);
  }

  const auto follow = [&](Hold hold, Rule rule, TimezoneId zone) {
    const bool wanted = place.wants_open_by(zone, with.calendar, turn.now) && !place.is_shut();
    if (wanted == place.has(hold)) return;
    if (!wanted) {
      place.let_go(hold, turn);
      turn.record(EventCode::normal_open_ended, id, rule, place.zone_that_opened(hold), 1);
    } else if (may_begin_to_stay_open(place)) {
      place.hold(hold, turn);
      place.opened_by(hold, zone);
      turn.record(EventCode::normal_open_began, id, rule, zone, 0);
    }
  };
  follow(Hold::zone, Rule::normal_open_zone, place.parameters().normal_open_zone);
  follow(Hold::scheduled, Rule::scheduled_output,
         with.scheduled(false, number(id), Act::open, turn.now));
  if (place.has_set_aside() && may_begin_to_stay_open(place)) take_up(place, turn);
}

// A door that an interlock keeps shut waits until the others are; fire overrides it for itself
// alone.
bool Controller::State::may_begin_to_stay_open(const Door& place) {
  const bool may = !with.interlock.blocks(place.id(), busy_doors());
  held_back = held_back || !may;
  return may;
}

// What held it open before the restart holds it again.
void Controller::State::take_up(Door& place, Turn& turn) {
  const auto hold = place.take_up(turn);
  if (hold == Door::Hold::stay_open) {
    turn.record(EventCode::remote_normal_open, place.id(), Rule::system);
  } else if (hold == Door::Hold::first_card) {
    turn.record(EventCode::normal_open_began, place.id(), Rule::first_card_open,
                place.first_card_zone(), 1);
  }
}

void Controller::State::look_at_aux(AuxOutput& output, Turn& turn) {
  using Act = ScheduledOutput::Act;
  const auto tell = [&](EventCode code, TimezoneId zone, std::uint32_t detail) {
    Event event;
    event.code = code;
    event.address = output.number();
    event.reason = {.rule = Rule::scheduled_output, .record = zone, .detail = detail};
    turn.record(event);
  };
  output.set_disabled(with.is_off(output.number()), turn);
  const TimezoneId closed = with.scheduled(true, output.number(), Act::closed, turn.now);
  if (output.set_kept_off(closed != timezone_never, turn) && closed != timezone_never) {
    tell(EventCode::aux_output_zone_ended, closed, 0);
  }
  const TimezoneId open = with.scheduled(true, output.number(), Act::open, turn.now);
  const TimezoneId before = output.zone();
  if (!output.follow(open, turn)) return;
  if (open != timezone_never) {
    tell(EventCode::aux_output_zone_began, open, 0);
  } else {
    tell(EventCode::aux_output_zone_ended, before, 1);
  }
}

}  // namespace lintel
