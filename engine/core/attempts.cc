// What people show at a reader becomes an attempt, the ladder decides, and the door acts.
#include "engine/core/controller_state.h"

namespace lintel {

namespace {

constexpr std::uint16_t card_bit = bit(Proof::card), password_bit = bit(Proof::password),
                        id_bit = bit(Proof::user_id);

EventCode code_of_grant(std::uint16_t proofs, bool normally_open) {
  if (normally_open) return EventCode::verified_while_normal_open;
  const bool by_password = (proofs & password_bit) != 0 && (proofs & card_bit) == 0;
  return by_password ? EventCode::opened_by_password : EventCode::opened;
}

Event event_of(const Attempt& attempt, EventCode code, const Reason& reason) {
  Event event;
  event.code = code;
  if (attempt.person != nullptr) event.pin = attempt.person->pin;
  event.card = attempt.card;
  event.site_code = attempt.site_code;
  event.address = static_cast<std::uint8_t>(door_of(attempt.reader));
  event.way = way_of(attempt.reader);
  event.verify = code_of(attempt.proofs);
  event.card_bits = attempt.card_bits;
  event.reason = reason;
  return event;
}

// The parts shown before, without knowing yet whether their person is still there.
Attempt attempt_from(ReaderId id, const std::optional<Reader::Parts>& parts) {
  Attempt attempt;
  attempt.reader = id;
  if (!parts) return attempt;
  attempt.card = parts->card;
  attempt.site_code = parts->site_code;
  attempt.card_bits = parts->card_bits;
  attempt.proofs = parts->proofs;
  return attempt;
}

}  // namespace

Circumstances Controller::State::circumstances(const Attempt& attempt, const Moment& now) const {
  const Door& place = door(door_of(attempt.reader));
  return {.attempt = attempt,
          .door = place.parameters(),
          .mode = place.mode(),
          .last = place.last_grant(),
          .calendar = calendar,
          .privileges = attempt.person != nullptr ? people.privileges(attempt.person->pin)
                                                  : std::span<const Privilege>{},
          .now = now};
}

// ---- what is shown

void Controller::State::card_read(const CardRead& read, Turn& turn) {
  Reader& place = reader(read.reader);
  const auto owner = people.by_card(read.card);
  Attempt attempt;
  attempt.reader = read.reader;
  attempt.person = owner.user;
  attempt.card = read.card;
  attempt.site_code = read.site_code;
  attempt.card_bits = read.bits;
  attempt.card_lost = owner.lost;
  attempt.proofs = card_bit;
  // The card of the person who gave his ID completes it; any other card begins anew.
  const auto& parts = place.parts();
  if (parts && parts->card.value == 0 && owner.user != nullptr && owner.user->pin == parts->pin) {
    attempt.proofs |= parts->proofs;
  }
  place.forget_parts();
  judge(attempt, turn);
}

void Controller::State::bad_frame(const BadFrame& frame, Turn& turn) {
  Attempt attempt;
  attempt.reader = frame.reader;
  attempt.card_bits = frame.bits;
  attempt.proofs = card_bit;
  attempt.frame_fits = false;
  refuse(attempt, decide(circumstances(attempt, turn.now)), turn);
}

void Controller::State::key_pressed(const KeyPressed& key, Turn& turn) {
  Reader& place = reader(key.reader);
  const Reader::Typed typed = place.press(key.key, turn.now.uptime);
  if (typed == Reader::Typed::nothing) return;
  if (typed == Reader::Typed::complete) {
    entry_typed(key.reader, turn);
    return;
  }
  Attempt attempt = attempt_from(key.reader, place.parts());
  attempt.proofs |= password_bit;
  place.forget_parts();
  judge(attempt, turn);  // as nobody: no ID and no password is that long
}

void Controller::State::entry_typed(ReaderId id, Turn& turn) {
  Reader& place = reader(id);
  const VerifyMode& mode = door(door_of(id)).mode();
  const auto& parts = place.parts();
  const bool id_shown = parts && (parts->proofs & id_bit) != 0;
  // Where either would do, digits that are somebody's ID are taken as his ID.
  const auto pin = Pin::from(place.entry());
  const bool as_id = mode.names(Proof::user_id) && !id_shown &&
                     (mode.all || !mode.names(Proof::password) || people.by_pin(*pin) != nullptr);
  const Attempt attempt =
      as_id ? id_attempt(id, place.entry()) : password_attempt(id, place.entry());
  place.forget_parts();
  judge(attempt, turn);
}

Attempt Controller::State::id_attempt(ReaderId id, std::string_view digits) const {
  const auto& parts = readers[number(id) - 1].parts();
  Attempt attempt = attempt_from(id, parts);
  attempt.proofs |= id_bit;
  const auto pin = Pin::from(digits);
  const bool of_another = parts && parts->pin != *pin;
  if (!of_another) attempt.person = people.by_pin(*pin);
  return attempt;
}

Attempt Controller::State::password_attempt(ReaderId id, std::string_view digits) const {
  const VerifyMode& mode = door(door_of(id)).mode();
  const auto& parts = readers[number(id) - 1].parts();
  Attempt attempt = attempt_from(id, parts);
  attempt.proofs |= password_bit;
  if (!mode.names(Proof::password)) {
    attempt.looked_up = false;  // what was typed is nobody's business
  } else if (parts) {
    attempt.person = people.by_pin(parts->pin);
    const bool right = attempt.person != nullptr && !attempt.person->password.empty() &&
                       attempt.person->password.view() == digits;
    attempt.password = right ? Attempt::Secret::right : Attempt::Secret::wrong;
  } else if (mode.all && (mode.names(Proof::card) || mode.names(Proof::user_id))) {
    attempt.looked_up = false;
    attempt.in_order = false;
  } else {
    const auto owner = people.by_password(digits);
    attempt.person = owner.user;
    if (owner.ambiguous) attempt.password = Attempt::Secret::ambiguous;
  }
  return attempt;
}

void Controller::State::parts_timed_out(Reader& place, Turn& turn) {
  Attempt attempt = attempt_from(place.id(), place.parts());
  attempt.person = people.by_pin(place.parts()->pin);
  attempt.in_time = false;
  place.forget_parts();
  judge(attempt, turn);
}

// The door asks for something else now: what was shown before belongs to the old question.
void Controller::State::forget_parts(DoorId id) {
  for (Reader& place : readers) {
    if (door_of(place.id()) == id) place.forget_parts();
  }
}

// ---- what comes of it

void Controller::State::judge(const Attempt& attempt, Turn& turn) {
  const Verdict verdict = decide(circumstances(attempt, turn.now));
  if (!verdict.granted) {
    refuse(attempt, verdict, turn);
  } else if (door(door_of(attempt.reader)).mode().met_by(attempt.proofs)) {
    grant(attempt, verdict, turn);
  } else {
    reader(attempt.reader).wait_for_more(attempt, turn.now.uptime);
  }
}

// Relay first, reader next, journal last.
void Controller::State::grant(const Attempt& attempt, const Verdict& verdict, Turn& turn) {
  Door& place = door(door_of(attempt.reader));
  const bool normally_open = place.normally_open();
  const std::chrono::seconds time = place.parameters().drive_time;
  place.release(Door::Way::verified, time, turn);
  place.passed(attempt, turn);
  reader(attempt.reader).show_granted(normally_open ? green_max : time, turn);
  turn.record(event_of(attempt, code_of_grant(attempt.proofs, normally_open), verdict.reason));
}

void Controller::State::refuse(const Attempt& attempt, const Verdict& verdict, Turn& turn) {
  reader(attempt.reader).show_refused(turn);
  turn.record(event_of(attempt, verdict.code, verdict.reason));
}

// ---- what would come of it

Explanation Controller::State::explain(const Question& question, const Moment& at) const {
  Explanation explanation;
  if (number(question.reader) < 1 || number(question.reader) > layout.readers()) return explanation;
  const Door& place = door(door_of(question.reader));
  const VerifyMode& mode = place.mode();
  Attempt attempt;
  attempt.reader = question.reader;
  if (question.card.value != 0) {
    const auto owner = people.by_card(question.card);
    attempt.person = owner.user;
    attempt.card = question.card;
    attempt.card_lost = owner.lost;
    attempt.proofs = card_bit;
  } else {
    attempt.person = people.by_pin(question.pin);
    for (const std::uint16_t proof : {card_bit, password_bit, id_bit}) {
      if (attempt.proofs == 0) attempt.proofs = mode.proofs & proof;
    }
  }
  if (mode.all && (mode.proofs & attempt.proofs) == attempt.proofs) attempt.proofs = mode.proofs;
  const Circumstances now = circumstances(attempt, at);
  const Verdict verdict = decide(now);
  const bool open = place.told_to_stay_open() || place.zone_wants_open(calendar, at);
  explanation.granted = verdict.granted;
  explanation.code = verdict.granted ? code_of_grant(attempt.proofs, open) : verdict.code;
  explanation.reason = verdict.reason;
  explanation.ladder = all_rungs(now);
  return explanation;
}

}  // namespace lintel
