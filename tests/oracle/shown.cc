// Keys, frames and parts: whom does what was shown name?
#include <algorithm>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

constexpr std::uint8_t key_star = 10, key_hash = 11;

}  // namespace

std::vector<Expected> Oracle::Memory::card_read(const CardRead& read, const Moment& now) {
  const ReaderSetting setting = book.reader(read.reader);
  Attempt attempt;
  attempt.reader = read.reader;
  attempt.kinds = bit(setting.proof);
  if (setting.proof == Proof::card) {
    const CardHolder holder = book.holder_of(read.card);
    attempt.pin = holder.pin;
    attempt.lost = holder.lost;
    attempt.card = read.card;
  } else {  // it has recognised somebody, and says his ID
    const auto pin = Pin::from(std::to_string(read.card.value));
    if (pin && book.is_registered(*pin)) attempt.pin = *pin;
    attempt.duress_finger = setting.duress_site_code == read.site_code;
  }
  const auto before = readers[number(read.reader)].parts;
  forget(read.reader);
  std::vector<Expected> events;
  if (before && (attempt.pin.empty() || before->pin != attempt.pin)) events = given_up(*before);
  if (before && !attempt.pin.empty() && before->pin == attempt.pin) {  // a further part
    attempt.duress_finger |= before->duress_finger;
    attempt.duress_password = before->duress_password;
    const bool anew = (before->kinds & attempt.kinds) != 0;
    if (!anew) {
      attempt.kinds |= before->kinds;
      if (attempt.card.value == 0) attempt.card = before->card;
      look_again(attempt);
    }
  }
  for (const Expected& each : judge(attempt, now))
    events.push_back(each);
  return events;
}

std::vector<Expected> Oracle::Memory::bad_frame(const BadFrame& frame, const Moment& now) {
  Attempt attempt;
  attempt.reader = frame.reader;
  attempt.kinds = bit(book.reader(frame.reader).proof);
  attempt.frame_fits = false;
  attempt.looked_up = false;
  return refused(attempt, *refusal(attempt, now), now);
}

std::vector<Expected> Oracle::Memory::key_pressed(const KeyPressed& pressed, const Moment& now) {
  ReaderMemory& memory = readers[number(pressed.reader)];
  if (pressed.key < key_star) {
    memory.typed += static_cast<char>('0' + pressed.key);
    memory.until = now.uptime + part_wait;
    return {};
  }
  if (pressed.key == key_star) {
    memory.typed.clear();
    if (!memory.parts) memory.until = Uptime::max();
    return {};
  }
  if (pressed.key != key_hash) return {};
  if (memory.typed.empty() && memory.parts) return {};
  if (memory.typed.empty()) {
    Expected ring;
    ring.code = EventCode::doorbell;
    ring.reader = pressed.reader;
    ring.rule = Rule::doorbell;
    ring.door = door_of(pressed.reader);
    return {ring};
  }
  const std::string digits = memory.typed;
  Attempt attempt;
  if (digits.size() > limits::keypad_digits_max) {  // nobody's
    attempt.reader = pressed.reader;
    if (memory.parts) attempt = *memory.parts;
    attempt.pin = Pin{};
    attempt.kinds |= by_password;
  } else if (memory.parts) {
    attempt = entry_after_parts(*memory.parts, digits, now);
  } else {
    attempt = entry_alone(pressed.reader, digits, now);
  }
  attempt.typed = true;
  if (locked_out(attempt, now)) attempt.duress_password = false;  // nothing typed is taken
  std::vector<Expected> events;
  if (memory.parts && attempt.emergency) events = given_up(*memory.parts);
  forget(pressed.reader);
  for (const Expected& each : judge(attempt, now))
    events.push_back(each);
  return events;
}

std::vector<Expected> Oracle::Memory::given_up(const Attempt& parts) const {
  if (!parts.under_duress()) return {};
  Attempt last = parts;
  look_again(last);
  Expected alarm = event(last, EventCode::duress_alarm, Rule::duress, last.kinds);
  return {alarm};
}

// Rows may have changed since the parts were shown.
void Oracle::Memory::look_again(Attempt& parts) const {
  if (!book.is_registered(parts.pin)) parts.pin = Pin{};
  parts.lost = parts.card.value != 0 && book.holder_of(parts.card).lost;
}

// What is typed after a card, an ID or a frame of somebody recognised.
Attempt Oracle::Memory::entry_after_parts(Attempt attempt, const std::string& digits,
                                          const Moment& now) const {
  const DoorParameters& door = book.doors[attempt.door()];
  const Pin whose = attempt.pin;
  look_again(attempt);
  const unsigned asked = mode_for(attempt, now).kinds();
  const bool wants_id = (asked & by_id) != 0 && (attempt.kinds & by_id) == 0;
  const bool wants_password = (asked & by_password) != 0;
  if (wants_password && !attempt.pin.empty()) {
    const auto owners = book.with_password(digits);
    if (std::find(owners.begin(), owners.end(), attempt.pin) != owners.end()) {
      attempt.kinds |= by_password;
      return attempt;
    }
    if (!door.duress_password.empty() && digits == door.duress_password.view()) {
      attempt.kinds |= by_password;
      attempt.duress_password = true;
      return attempt;
    }
  }
  if (!door.emergency_password.empty() && digits == door.emergency_password.view()) {
    Attempt nobody;
    nobody.reader = attempt.reader;
    nobody.kinds = by_password;
    nobody.emergency = true;
    return nobody;
  }
  if (wants_id && digits == whose.view()) {
    attempt.kinds |= by_id;
    return attempt;
  }
  if (!wants_password && !wants_id) {
    attempt.kinds |= by_password;
    attempt.looked_up = false;
    return attempt;
  }
  if (wants_password) {
    attempt.kinds |= by_password;
    attempt.wrong_password = true;
    return attempt;
  }
  attempt.kinds |= by_id;  // not the ID of whom his card names
  attempt.pin = Pin{};
  return attempt;
}

// What is typed with nothing before it.
Attempt Oracle::Memory::entry_alone(ReaderId reader, const std::string& digits,
                                    const Moment& now) const {
  Attempt attempt;
  attempt.reader = reader;
  const DoorParameters& door = book.doors[attempt.door()];
  const Mode mode = book.mode(attempt.door(), now);
  const bool password_will_do = mode.met(by_password).has_value();
  attempt.kinds = by_password;
  if (!door.emergency_password.empty() && digits == door.emergency_password.view()) {
    attempt.emergency = true;
    return attempt;
  }
  if (password_will_do && !door.duress_password.empty() && digits == door.duress_password.view()) {
    attempt.duress_password = true;
    attempt.as_nobody = true;
    return attempt;
  }
  if ((mode.kinds() & by_id) != 0) {
    const auto pin = Pin::from(digits);
    if (pin && book.is_registered(*pin)) {
      attempt.pin = *pin;
      attempt.kinds = by_id;
      return attempt;
    }
    if (!password_will_do) {
      attempt.kinds = by_id;
      return attempt;
    }
  }
  if (password_will_do) {
    const auto owners = book.with_password(digits);
    if (owners.size() == 1) attempt.pin = owners.front();
    attempt.ambiguous = owners.size() > 1;
    return attempt;
  }
  attempt.looked_up = false;
  attempt.in_order = (mode.kinds() & by_password) == 0;
  return attempt;
}

// What was shown waited for its next part.
void Oracle::Memory::parts_in_vain(ReaderId reader, const Moment& at) {
  const auto parts = readers[number(reader)].parts;
  forget(reader);
  if (!parts) return;
  Attempt attempt = *parts;
  look_again(attempt);
  attempt.in_time = false;
  for (const Expected& each : refused(attempt, *refusal(attempt, at), at))
    due.push_back(each);
}

}  // namespace lintel::oracle
