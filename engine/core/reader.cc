#include "engine/core/reader.h"

#include <algorithm>

namespace lintel {

namespace {
constexpr std::uint8_t key_star = 10, key_hash = 11;
}

Reader::Typed Reader::press(std::uint8_t key, Uptime now) {
  if (key == key_star) {
    clear_entry();
    return Typed::nothing;
  }
  if (key == key_hash) {
    if (too_long_) return Typed::too_long;
    if (count_ > 0) return Typed::complete;
    return parts_ ? Typed::nothing : Typed::bell;
  }
  if (key > 9) return Typed::nothing;  // no reader has such a key
  wait_over_ = now + part_wait;
  too_long_ = too_long_ || count_ == digits_.size();
  if (!too_long_) digits_[count_++] = static_cast<char>('0' + key);
  return Typed::nothing;
}

void Reader::clear_entry() {
  digits_.fill(0);  // it may have been a password
  count_ = 0;
  too_long_ = false;
  if (!parts_) wait_over_ = no_deadline;
}

void Reader::wait_for_more(const Attempt& attempt, Uptime now) {
  clear_entry();
  parts_ = {.pin = attempt.person->user.pin,
            .card = attempt.card,
            .site_code = attempt.site_code,
            .card_bits = attempt.card_bits,
            .proofs = attempt.proofs,
            .duress = attempt.duress};
  wait_over_ = now + part_wait;
}

void Reader::forget_parts() {
  parts_.reset();
  clear_entry();
}

void Reader::show_granted(std::chrono::seconds green, Turn& turn) {
  if (green > std::chrono::seconds{0}) {
    turn.set(led_of(id_), true);
    green_until_ = turn.now.uptime + std::min(green, green_max);
  }
  beep(beep_granted, 0, turn);
}

void Reader::show_refused(Turn& turn) {
  beep(beep_refused, 0, turn);
}

void Reader::show_waiting(Turn& turn) {
  beep(beep_waiting, 1, turn);
}

void Reader::beep(std::chrono::milliseconds time, unsigned more, Turn& turn) {
  turn.set(buzzer_of(id_), true);
  beep_until_ = turn.now.uptime + time;
  beeps_to_come_ = more;
}

Uptime Reader::deadline() const {
  return std::min({beep_until_, green_until_, wait_over_});
}

bool Reader::fire(Turn& turn) {
  const Uptime due = turn.now.uptime;
  if (due == beep_until_) {
    const bool sounding = turn.outputs.is_on(buzzer_of(id_));
    turn.set(buzzer_of(id_), !sounding);
    beep_until_ = no_deadline;
    if (!sounding) --beeps_to_come_;
    if (!sounding || beeps_to_come_ > 0) beep_until_ = due + beep_waiting;
    return false;
  }
  if (due == green_until_) {
    green_until_ = no_deadline;
    turn.set(led_of(id_), false);
    return false;
  }
  wait_over_ = no_deadline;
  clear_entry();
  return parts_.has_value();
}

}  // namespace lintel
