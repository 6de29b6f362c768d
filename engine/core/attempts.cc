// What people show at a reader becomes an attempt: what it proves, and whom it names.
#include <algorithm>
#include <charconv>

#include "engine/core/controller_state.h"

namespace lintel {

namespace {

constexpr std::uint16_t card_bit = bit(Proof::card), password_bit = bit(Proof::password),
                        id_bit = bit(Proof::user_id);

// The parts shown before, without knowing yet whether their person is still there.
Attempt attempt_from(ReaderId id, const std::optional<Reader::Parts>& parts, const People& people) {
  Attempt attempt;
  attempt.reader = id;
  if (!parts) return attempt;
  attempt.card = parts->card;
  attempt.card_lost = people.by_card(parts->card).lost;  // it may have been reported meanwhile
  attempt.site_code = parts->site_code;
  attempt.card_bits = parts->card_bits;
  attempt.proofs = parts->proofs;
  attempt.duress = parts->duress;
  return attempt;
}

// The number of a frame as a user ID, in decimal.
Pin pin_of(CardNo number) {
  std::array<char, Pin::bytes_max> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number.value).ptr;
  return Pin::from({text.data(), static_cast<std::size_t>(end - text.data())}).value_or(Pin{});
}

bool takes_password_alone(const VerifyMode& mode) {
  return mode.names(Proof::password) && (!mode.all || mode.proofs == password_bit);
}

bool is_own_password(const std::optional<Person>& person, std::string_view digits) {
  return person && !person->user.password.empty() && person->user.password.view() == digits;
}

}  // namespace

ModeInForce Controller::State::mode_at(ReaderId id, const std::optional<Person>& person,
                                       const Moment& now) const {
  const DoorId place = door_of(id);
  return with.verify_schedules.in_force(place, door(place).parameters().verify_type,
                                        person ? &*person : nullptr, with.calendar, now);
}

Circumstances Controller::State::circumstances(const Attempt& attempt, const Moment& now) const {
  const DoorId place = door_of(attempt.reader);
  const auto& person = attempt.person;
  return {.attempt = attempt,
          .door = door(place),
          .with = with,
          .passages = passages,
          .lockouts = lockouts,
          .mode = mode_at(attempt.reader, person, now),
          .privileges = person ? with.people.privileges(person->user.pin) : People::Privileges{},
          .super_user = person && with.is_super_user(*person, place),
          .busy = busy_doors(),
          .interlock_overridden = fire || emergency == Emergency::Mode::dual_open,
          .now = now};
}

// ---- frames

void Controller::State::card_read(const CardRead& read, Turn& turn) {
  Reader& place = reader(read.reader);
  const ReaderSetting setting = with.reader(read.reader);
  Attempt attempt;
  attempt.reader = read.reader;
  attempt.site_code = read.site_code;
  attempt.card_bits = read.bits;
  attempt.proofs = bit(setting.proof);
  if (setting.proof == Proof::card) {
    auto owner = with.people.by_card(read.card);
    attempt.person = std::move(owner.person);
    attempt.card = read.card;
    attempt.card_lost = owner.lost;
  } else {
    attempt.person = with.people.by_pin(pin_of(read.card));
    const bool duress = setting.duress_site_code == read.site_code;
    if (duress) attempt.duress = Attempt::Duress::finger;
  }
  // What completes the parts of the same person is added to them; anything else begins anew.
  const auto& parts = place.parts();
  const bool same_person = parts && attempt.person && attempt.person->user.pin == parts->pin;
  if (same_person && (parts->proofs & attempt.proofs) == 0) {
    attempt.proofs |= parts->proofs;
    if (attempt.card.value == 0) attempt.card = parts->card;
  }
  // What was signalled is not taken back.
  if (same_person && attempt.duress == Attempt::Duress::none) attempt.duress = parts->duress;
  if (same_person) place.forget_parts();
  abandon_parts(place, turn);
  judge(attempt, turn);
}

void Controller::State::bad_frame(const BadFrame& frame, Turn& turn) {
  Attempt attempt;
  attempt.reader = frame.reader;
  attempt.card_bits = frame.bits;
  attempt.proofs = bit(with.reader(frame.reader).proof);
  attempt.frame_fits = false;
  judge(attempt, turn);
}

// ---- keys

void Controller::State::key_pressed(const KeyPressed& key, Turn& turn) {
  Reader& place = reader(key.reader);
  switch (place.press(key.key, turn.now.uptime)) {
    case Reader::Typed::nothing:
      return;
    case Reader::Typed::bell: {
      Event event;
      event.code = EventCode::doorbell;
      event.address = static_cast<std::uint8_t>(door_of(key.reader));
      event.way = way_of(key.reader);
      event.reason = {.rule = Rule::doorbell, .door = door_of(key.reader), .reader = key.reader};
      turn.record(event);
      return;
    }
    case Reader::Typed::complete: {
      const Attempt attempt = entry_attempt(key.reader, turn.now);
      if (!attempt.emergency) place.forget_parts();
      abandon_parts(place, turn);
      judge(attempt, turn);
      return;
    }
    case Reader::Typed::too_long: {
      Attempt attempt = attempt_from(key.reader, place.parts(), with.people);
      attempt.proofs |= password_bit;
      attempt.typed = true;
      place.forget_parts();
      judge(attempt, turn);  // as nobody: no ID and no password is that long
    }
  }
}

// After a card or an ID: the own password, duress, emergency. Else: emergency, duress where a
// password alone is taken, then an ID or a password as the mode wants.
Attempt Controller::State::entry_attempt(ReaderId id, const Moment& now) const {
  const Reader& place = readers[number(id) - 1];
  const std::string_view digits = place.entry();
  const auto& parts = place.parts();
  const auto person = parts ? with.people.by_pin(parts->pin) : std::nullopt;
  const VerifyMode mode = mode_at(id, person, now).mode;
  const DoorParameters& own = door(door_of(id)).parameters();
  const auto is = [digits](const Password& wanted) {
    return !wanted.empty() && wanted.view() == digits;
  };
  const bool own_password = mode.names(Proof::password) && is_own_password(person, digits);

  if (!own_password && is(own.duress_password) && mode.names(Proof::password) &&
      (parts ? person.has_value() : takes_password_alone(mode) && !is(own.emergency_password))) {
    Attempt attempt = attempt_from(id, parts, with.people);
    attempt.person = person;
    attempt.proofs |= password_bit;
    attempt.looked_up = parts.has_value();
    attempt.duress = Attempt::Duress::password;
    attempt.typed = true;
    return attempt;
  }
  if (!own_password && is(own.emergency_password)) {
    Attempt attempt;
    attempt.reader = id;
    attempt.proofs = password_bit;
    attempt.looked_up = false;
    attempt.typed = attempt.emergency = true;
    return attempt;
  }
  const bool id_shown = parts && (parts->proofs & id_bit) != 0;
  // Where either would do, digits that are somebody's ID are taken as his ID.
  const bool as_id = mode.names(Proof::user_id) && !id_shown && !own_password &&
                     (parts ? parts->pin.view() == digits || !mode.names(Proof::password)
                            : mode.all || !mode.names(Proof::password) ||
                                  with.people.by_pin(Pin::from(digits).value()).has_value());
  Attempt attempt = as_id ? id_attempt(id, digits) : password_attempt(id, digits, mode);
  attempt.typed = true;
  return attempt;
}

Attempt Controller::State::id_attempt(ReaderId id, std::string_view digits) const {
  const auto& parts = readers[number(id) - 1].parts();
  Attempt attempt = attempt_from(id, parts, with.people);
  attempt.proofs |= id_bit;
  const Pin pin = Pin::from(digits).value();
  const bool of_another = parts && parts->pin != pin;
  if (!of_another) attempt.person = with.people.by_pin(pin);
  return attempt;
}

Attempt Controller::State::password_attempt(ReaderId id, std::string_view digits,
                                            const VerifyMode& mode) const {
  const auto& parts = readers[number(id) - 1].parts();
  Attempt attempt = attempt_from(id, parts, with.people);
  attempt.proofs |= password_bit;
  if (parts) attempt.person = with.people.by_pin(parts->pin);
  if (!mode.names(Proof::password)) {
    attempt.looked_up = false;  // what was typed is nobody's business
  } else if (parts) {
    const bool right = is_own_password(attempt.person, digits);
    attempt.password = right ? Attempt::Secret::right : Attempt::Secret::wrong;
  } else if (!takes_password_alone(mode)) {
    attempt.looked_up = false;
    attempt.in_order = false;
  } else {
    auto owner = with.people.by_password(digits);
    attempt.person = std::move(owner.person);
    if (owner.ambiguous) attempt.password = Attempt::Secret::ambiguous;
  }
  return attempt;
}

void Controller::State::parts_timed_out(Reader& place, Turn& turn) {
  Attempt attempt = attempt_from(place.id(), place.parts(), with.people);
  attempt.person = with.people.by_pin(place.parts()->pin);
  attempt.in_time = false;
  place.forget_parts();
  judge(attempt, turn);
}

// The door asks for something else now: what was shown before belongs to the old question.
void Controller::State::abandon_parts(DoorId id, Turn& turn) {
  for (Reader& place : readers) {
    if (door_of(place.id()) == id) abandon_parts(place, turn);
  }
}

// No decision will come of these parts; but a duress finger among them is an alarm all the same.
void Controller::State::abandon_parts(Reader& place, Turn& turn) {
  const auto& parts = place.parts();
  if (parts && parts->duress != Attempt::Duress::none) {
    Attempt attempt = attempt_from(place.id(), parts, with.people);
    attempt.person = with.people.by_pin(parts->pin);
    const Circumstances c = circumstances(attempt, turn.now);
    const Reason given_up{.rule = Rule::duress, .door = door_of(place.id()), .reader = place.id()};
    raise_duress(attempt, event_of(c, EventCode::duress_alarm, given_up, false), turn);
  }
  place.forget_parts();
}

// ---- what would come of it

Explanation Controller::State::explain(const Question& question, const Moment& at) const {
  Explanation explanation;
  if (number(question.reader) < 1 || number(question.reader) > layout.readers()) return explanation;
  Attempt attempt;
  attempt.reader = question.reader;
  if (question.card.value != 0) {
    auto owner = with.people.by_card(question.card);
    attempt.person = std::move(owner.person);
    attempt.card = question.card;
    attempt.card_lost = owner.lost;
    attempt.proofs = card_bit;
  } else {
    attempt.person = with.people.by_pin(question.pin);
  }
  // All that is asked for; of a mode in which any will do, one kind.
  const VerifyMode mode = mode_at(question.reader, attempt.person, at).mode;
  if (attempt.proofs == 0) {
    for (const std::uint16_t proof : {card_bit, password_bit, id_bit}) {
      if (attempt.proofs == 0) attempt.proofs = mode.proofs & proof;
    }
    if (attempt.proofs == 0) attempt.proofs = mode.proofs & static_cast<unsigned>(-mode.proofs);
  }
  if (mode.all && (mode.proofs & attempt.proofs) == attempt.proofs) attempt.proofs = mode.proofs;
  const Circumstances now = circumstances(attempt, at);
  const Verdict verdict = decide(now);
  explanation.code = verdict.granted ? code_of_grant(now) : verdict.code;
  explanation.granted = lets_in(explanation.code);  // not where he would wait for more people
  explanation.reason = verdict.reason;
  explanation.ladder = all_rungs(now);
  return explanation;
}

}  // namespace lintel
