// What comes of an attempt: the ladder decides, and the door acts. Relay first, reader next,
// journal last.
#include "engine/base/check.h"
#include "engine/core/controller_state.h"

namespace lintel {

using std::chrono::seconds;

namespace {

constexpr std::uint16_t password_bit = bit(Proof::password), card_bit = bit(Proof::card);
constexpr std::chrono::seconds gesture_time{5};

// The kinds in the new form of verifytype: of a refusal what is not asked for, if anything; of a
// grant what the mode asks for.
std::uint16_t proofs_to_tell(const Circumstances& c, bool granted) {
  const std::uint16_t shown = c.attempt.proofs;
  const VerifyMode& mode = c.mode.mode;
  const auto unasked =
      static_cast<std::uint16_t>(shown & ~static_cast<unsigned>(mode.proofs | mode.or_all));
  if (!granted || c.attempt.emergency) return unasked != 0 && !granted ? unasked : shown;
  if (!mode.all) return shown;
  const bool second_set = mode.or_all != 0 && (mode.proofs & shown) != mode.proofs;
  return static_cast<std::uint16_t>((second_set ? mode.or_all : mode.proofs) | proofs_all_of);
}

Reason reason_at(const Circumstances& c, Rule rule, std::uint32_t record, std::uint32_t detail) {
  return {.rule = rule,
          .record = record,
          .detail = detail,
          .door = c.door.id(),
          .reader = c.attempt.reader,
          .refused_by = 0};
}

bool by_password_alone(const Attempt& attempt) {
  return (attempt.proofs & password_bit) != 0 && (attempt.proofs & card_bit) == 0;
}

seconds time_for(const Circumstances& c) {
  const DoorParameters& own = c.door.parameters();
  const bool longer = c.attempt.person && c.attempt.person->extended_time;
  if (own.drive_time == seconds{0} || !longer) return own.drive_time;
  return own.drive_time + own.extended_pass;
}

std::uint32_t number_of(seconds time) {
  return static_cast<std::uint32_t>(time.count());
}

// Nothing else stands against a super user.
bool only_a_lockdown_holds(const Circumstances& c, const Verdict& verdict) {
  const std::uint32_t lockdown = std::uint32_t{1} << static_cast<unsigned>(Rule::lockdown);
  return c.super_user && verdict.reason.refused_by == lockdown &&
         !c.door.has(Door::Shut::emergency);
}

bool is_first(const Circumstances& c, TimezoneId& zone) {
  if (c.door.is_shut()) return false;  // a super user at a locked door: it does not stay open
  if (c.door.parameters().first_card == FirstCard::off || c.door.first_card_was_here()) {
    return false;
  }
  if (!c.attempt.person) return false;
  zone = c.with.first_card_zone(c.attempt.person->user.pin, c.door.id(), c.now);
  return zone != timezone_never;
}

}  // namespace

Event Controller::State::event_of(const Circumstances& c, EventCode code, const Reason& reason,
                                  bool granted) {
  const Attempt& attempt = c.attempt;
  Event event;
  event.code = code;
  if (attempt.person) event.pin = attempt.person->user.pin;
  event.card = attempt.card;
  event.site_code = attempt.site_code;
  event.address = static_cast<std::uint8_t>(door_of(attempt.reader));
  event.way = way_of(attempt.reader);
  event.verify = code_of(attempt.proofs);
  event.proofs = proofs_to_tell(c, granted);
  event.card_bits = attempt.card_bits;
  event.reason = reason;
  return event;
}

void Controller::State::judge(const Attempt& attempt, Turn& turn) {
  const Circumstances c = circumstances(attempt, turn.now);
  const Verdict verdict = decide(c);
  const bool complete = attempt.emergency || c.mode.mode.met_by(attempt.proofs);
  // A super user may end a lockdown: the parts that the door wants of him add up even then.
  const bool goes_on = verdict.granted || (!complete && only_a_lockdown_holds(c, verdict));
  if (!goes_on) {
    refuse(c, verdict, turn);
  } else if (complete) {
    admit(c, verdict, turn);
  } else {
    DOOR_CHECK(attempt.person.has_value());  // nobody else gets so far
    reader(attempt.reader).wait_for_more(attempt, turn.now.uptime);
    reader(attempt.reader).show_waiting(turn);
  }
}

// ---- granted

EventCode Controller::State::code_of_grant(const Circumstances& c) const {
  if (c.attempt.emergency) return EventCode::emergency_password_opened;
  if (c.super_user) return EventCode::super_user_opened;
  // At the time that was asked for, which need not be now.
  const bool open = c.door.has(Door::Hold::stay_open) || c.door.has(Door::Hold::first_card) ||
                    c.door.zone_wants_open(with.calendar, c.now) ||
                    with.scheduled(false, number(c.door.id()), ScheduledOutput::Act::open, c.now) !=
                        timezone_never;
  if (c.door.parameters().multi_card && !open) return EventCode::several_wait;
  const bool by_password = by_password_alone(c.attempt);
  if (TimezoneId zone = 0; is_first(c, zone)) {
    return by_password ? EventCode::first_card_opened_by_password : EventCode::first_card_opened;
  }
  if (open) {
    return by_password ? EventCode::password_while_normal_open
                       : EventCode::verified_while_normal_open;
  }
  return by_password ? EventCode::opened_by_password : EventCode::opened;
}

void Controller::State::let_in(const Circumstances& c, Door::Way way, seconds time, Turn& turn) {
  Door& place = door(c.door.id());
  place.pulse(way, time, turn);
  if (c.attempt.person) {
    pass(place, {.pin = c.attempt.person->user.pin, .reader = c.attempt.reader}, c.attempt.card,
         turn);
  }
  reader(c.attempt.reader).show_granted(place.normally_open() ? green_max : time, turn);
}

void Controller::State::pass(Door& place, const Door::Passing& who, CardNo card, Turn& turn) {
  if (place.let_in(who, card, turn)) passages.note(who.pin, who.reader, turn);
}

void Controller::State::admit(const Circumstances& c, const Verdict& verdict, Turn& turn) {
  const seconds time = time_for(c);
  if (c.attempt.emergency) {
    let_in(c, Door::Way::other, time, turn);
    const auto other = with.interlock.blocks(c.door.id(), c.busy);
    turn.record(event_of(
        c, EventCode::emergency_password_opened,
        reason_at(c, Rule::emergency_password, other ? number(*other) : 0, number_of(time)), true));
    return;
  }
  if (c.super_user) return admit_super_user(c, turn);
  Door& place = door(c.door.id());
  const bool several = place.parameters().multi_card && !place.normally_open();
  if (several && !gather(c, turn)) return;

  const bool normally_open = place.normally_open();
  const bool by_password = by_password_alone(c.attempt);
  TimezoneId first_zone = 0;
  const bool first = is_first(c, first_zone);
  if (first) place.begin_first_card(first_zone, turn.now.civil, turn);
  let_in(c, Door::Way::verified, time, turn);
  if (several) {  // those who waited go through with him
    for (const Gathering::Member& each : gatherings[number(place.id()) - 1].others())
      pass(place, {.pin = each.pin, .reader = each.reader}, each.card, turn);
  }
  EventCode code = by_password ? EventCode::opened_by_password : EventCode::opened;
  Reason reason = verdict.reason;
  reason.detail = number_of(time);
  if (several) {
    Gathering& people = gatherings[number(place.id()) - 1];
    code = EventCode::several_opened;
    reason = reason_at(c, Rule::multi_card, static_cast<std::uint32_t>(people.size()), 5);
    people.clear();
  } else if (first) {
    code = by_password ? EventCode::first_card_opened_by_password : EventCode::first_card_opened;
    reason = reason_at(c, Rule::first_card_open, first_zone,
                       static_cast<std::uint32_t>(place.parameters().first_card));
  } else if (normally_open) {
    code =
        by_password ? EventCode::password_while_normal_open : EventCode::verified_while_normal_open;
  }
  const Event event = event_of(c, code, reason, true);
  turn.record(event);
  raise_duress(c.attempt, event, turn);
}

void Controller::State::raise_duress(const Attempt& attempt, const Event& decided, Turn& turn) {
  if (attempt.duress == Attempt::Duress::none) return;
  const bool finger = attempt.duress == Attempt::Duress::finger;
  door(door_of(attempt.reader)).raise(finger ? Alarm::duress_finger : Alarm::duress_password, turn);
  Event alarm = decided;
  alarm.code = EventCode::duress_alarm;
  alarm.reason.rule = Rule::duress;
  alarm.reason.record = 0;
  alarm.reason.detail = static_cast<std::uint32_t>(attempt.duress);
  alarm.reason.refused_by = 0;
  turn.record(alarm);
}

// ---- several people. True: he was the last one.

bool Controller::State::gather(const Circumstances& c, Turn& turn) {
  using Joined = Gathering::Joined;
  Gathering& people = gatherings[number(c.door.id()) - 1];
  const auto& person = c.attempt.person;
  const auto joined = !person ? Joined::unwanted
                              : people.join({.pin = person->user.pin,
                                             .group = person->user.group,
                                             .reader = c.attempt.reader,
                                             .card = c.attempt.card},
                                            c.door.id(), with.rules.multi_card);
  if (joined == Joined::complete) return true;
  Reader& place = reader(c.attempt.reader);
  if (joined == Joined::waits) {
    const Event event = event_of(
        c, EventCode::several_wait,
        reason_at(c, Rule::multi_card, static_cast<std::uint32_t>(people.size()), 0), false);
    const seconds wait = c.door.parameters().multi_card_interval;
    people.expect_until(wait > seconds{0} ? turn.now.uptime + wait : no_deadline, event);
    place.show_waiting(turn);
    turn.record(event);
    raise_duress(c.attempt, event, turn);
    return false;
  }
  const std::uint32_t why = joined == Joined::the_same ? 2 : joined == Joined::no_group ? 4 : 1;
  if (joined != Joined::the_same) people.clear();
  place.show_refused(turn);
  const Event event =
      event_of(c, EventCode::several_failed, reason_at(c, Rule::multi_card, 0, why), false);
  turn.record(event);
  raise_duress(c.attempt, event, turn);
  return false;
}

void Controller::State::gathering_timed_out(DoorId id, Turn& turn) {
  Gathering& people = gatherings[number(id) - 1];
  Event event = people.told();
  const auto count = static_cast<std::uint32_t>(people.size());
  people.clear();
  event.code = EventCode::several_failed;
  event.reason.record = count;
  event.reason.detail = 3;
  reader(event.reason.reader).show_refused(turn);
  turn.record(event);
}

// ---- super users

unsigned Controller::State::count_gesture(const Attempt& attempt, Turn& turn) {
  Gesture& gesture = gestures[number(door_of(attempt.reader)) - 1];
  const Pin& pin = attempt.person->user.pin;
  const bool goes_on =
      gesture.count > 0 && gesture.pin == pin && turn.now.uptime - gesture.last <= gesture_time;
  gesture = {.pin = pin, .count = goes_on ? gesture.count + 1 : 1, .last = turn.now.uptime};
  return gesture.count;
}

void Controller::State::admit_super_user(const Circumstances& c, Turn& turn) {
  Door& place = door(c.door.id());
  const unsigned times = count_gesture(c.attempt, turn);
  const auto tell = [&](EventCode code, std::uint32_t what) {
    const Event event = event_of(c, code, reason_at(c, Rule::super_gesture, 0, what), true);
    turn.record(event);
    raise_duress(c.attempt, event, turn);
  };
  if (times >= 3) {
    gestures[number(place.id()) - 1] = {};
    reader(c.attempt.reader).show_granted(seconds{0}, turn);
    const Event event =
        event_of(c, EventCode::lockdown_began, reason_at(c, Rule::super_gesture, 0, 3), true);
    begin_lockdown(*c.attempt.person, event, turn);
    raise_duress(c.attempt, event, turn);
    return;
  }
  const auto cancel_today = [&](bool cancel) {
    turn.actions.push_back(KeepParameter{place.id(), "DoorCancelKeepOpenDelay",
                                         place.cancel_normal_open(cancel, turn.now.civil)});
  };
  if (times == 2 && place.is_held_by_wish()) {
    place.end_holds(turn);
    reader(c.attempt.reader).show_granted(seconds{0}, turn);
    tell(EventCode::super_user_closed, 1);
    cancel_today(true);
    return;
  }
  // A zone holds, and only that the day was cancelled keeps the door from being open.
  const auto cancelled = [&](TimezoneId zone) {
    return with.calendar.holds(zone, turn.now) &&
           !place.wants_open_by(zone, with.calendar, turn.now);
  };
  const bool again =
      times == 2 &&
      (cancelled(place.parameters().normal_open_zone) ||
       cancelled(with.scheduled(false, number(place.id()), ScheduledOutput::Act::open, turn.now)));
  TimezoneId zone = 0;
  if (is_first(c, zone)) place.begin_first_card(zone, turn.now.civil, turn);
  const seconds time = time_for(c);
  let_in(c, Door::Way::super_user, time, turn);
  const Event event = event_of(c, EventCode::super_user_opened,
                               reason_at(c, Rule::super_user, 0, number_of(time)), true);
  turn.record(event);
  raise_duress(c.attempt, event, turn);
  if (again) {
    turn.record(EventCode::normal_open_enabled_today, place.id(), Rule::super_gesture, 0, 2);
    cancel_today(false);
    look_at_door(place, turn);
  }
}

// ---- refused

void Controller::State::refuse(const Circumstances& c, const Verdict& verdict, Turn& turn) {
  reader(c.attempt.reader).show_refused(turn);
  const Event event = event_of(c, verdict.code, verdict.reason, false);
  turn.record(event);
  // Nothing typed is taken in a lockout, whatever else refuses.
  const std::uint32_t lockout = std::uint32_t{1} << static_cast<unsigned>(Rule::lockout);
  const bool looked_at = (verdict.reason.refused_by & lockout) == 0;
  if (looked_at) raise_duress(c.attempt, event, turn);
  note_wrong_entry(c, verdict, turn);
  // In a lockdown of a super user, his third attempt ends it: he may have nothing else against him.
  if (!only_a_lockdown_holds(c, verdict)) return;
  if (count_gesture(c.attempt, turn) < 3) return;
  gestures[number(c.door.id()) - 1] = {};
  Event ended = event;
  ended.code = EventCode::lockdown_ended;
  ended.reason = reason_at(c, Rule::super_gesture, 0, 4);
  end_lockdown(*c.attempt.person, ended, turn);
}

void Controller::State::note_wrong_entry(const Circumstances& c, const Verdict& verdict,
                                         Turn& turn) {
  const Rule rule = verdict.reason.rule;
  const bool wrong =
      rule == Rule::registered || rule == Rule::password || rule == Rule::password_ambiguous;
  if (!c.attempt.typed || !wrong) return;
  const bool at_reader = lockouts.wrong_at(c.attempt.reader, turn);
  const bool of_person = rule == Rule::password && c.attempt.person &&
                         lockouts.wrong_of(c.attempt.person->user.pin, turn);
  if (!at_reader && !of_person) return;
  Event alarm = event_of(c, EventCode::invalid_entry_alarm,
                         reason_at(c, Rule::lockout, at_reader ? 1 : 2, 300), false);
  turn.record(alarm);
}

}  // namespace lintel
