#include "engine/core/door.h"

#include <algorithm>
#include <utility>

namespace lintel {

using std::chrono::seconds;

namespace {

// The day as DoorCancelKeepOpenDelay names it: years from 1900, months from 0.
std::uint32_t day_number(CivilTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1900) * 10'000 +
         (static_cast<unsigned>(date.month()) - 1) * 100 + static_cast<unsigned>(date.day());
}

template <class Bit>
std::uint8_t with(std::uint8_t bits, Bit bit) {
  return static_cast<std::uint8_t>(bits | static_cast<unsigned>(bit));
}
template <class Bit>
std::uint8_t without(std::uint8_t bits, Bit bit) {
  return static_cast<std::uint8_t>(bits & ~static_cast<unsigned>(bit));
}

}  // namespace

// ---- the lock

bool Door::wants_open() const {
  if (has(Hold::fire)) return true;
  if (has(Shut::lockdown) || has(Shut::emergency)) return false;
  if (has(Hold::emergency)) return true;
  if (is_shut()) return pulsing_ && over_lock_;
  return holds_ != 0 || pulsing_;
}

void Door::settle(Turn& turn) {
  const bool open = wants_open();
  // Who has not gone through by now did not pass.
  if (!open && delay_over_ == no_deadline) waiting_ = 0;
  if (open == driven_) return;
  driven_ = open;
  turn.set(lock_of(id_), open);
  if (open) {
    held_at_ = no_deadline;
    return;
  }
  turn.set(led_of(ReaderId{static_cast<std::uint8_t>(2 * number(id_) - 1)}), false);
  turn.set(led_of(ReaderId{static_cast<std::uint8_t>(2 * number(id_))}), false);
  expect_closing(turn.now.uptime);
}

void Door::pulse(Way way, seconds time, Turn& turn) {
  if (time == seconds{0} || normally_open()) return;
  if (way != Way::other) {
    if (delay_over_ != no_deadline) return;  // it is under way already
    over_lock_ = way == Way::super_user || (over_lock_ && pulsing_);
    if (!pulsing_ && parameters_.open_delay > seconds{0}) {
      pulse_ = time;
      delay_over_ = turn.now.uptime + parameters_.open_delay;
      return;
    }
  } else if (!pulsing_) {
    over_lock_ = false;
  }
  pulse_ = time;
  begin_pulse(turn);
}

void Door::begin_pulse(Turn& turn) {
  const Uptime until = turn.now.uptime + pulse_;
  rest_at_ = pulsing_ ? std::max(rest_at_, until) : until;
  pulsing_ = true;
  delay_over_ = no_deadline;
  settle(turn);
}

void Door::pulse_after_delay(Turn& turn) {
  begin_pulse(turn);
}

void Door::cancel_delay(Turn& turn) {
  delay_over_ = no_deadline;
  settle(turn);
}

void Door::end_pulse() {
  pulsing_ = over_lock_ = false;
  delay_over_ = rest_at_ = no_deadline;
}

void Door::hold(Hold by, Turn& turn) {
  if (by == Hold::stay_open && !has(by)) turn.keep(key(KeptKind::stay_open), 1);
  holds_ = with(holds_, by);
  // What keeps a door open for long takes the place of a pulse; fire and emergency only cover it.
  if (by != Hold::fire && by != Hold::emergency) end_pulse();
  settle(turn);
}

void Door::let_go(Hold by, Turn& turn) {
  const bool aside = (set_aside_ & static_cast<unsigned>(by)) != 0;
  if (by == Hold::stay_open && (has(by) || aside)) turn.forget(key(KeptKind::stay_open));
  holds_ = without(holds_, by);
  set_aside_ = without(set_aside_, by);
  settle(turn);
}

// Everything ends that a person, a command or a time has wished.
void Door::end_wishes(Turn& turn) {
  end_pulse();
  if (has(Hold::stay_open) || (set_aside_ & static_cast<unsigned>(Hold::stay_open)) != 0) {
    turn.forget(key(KeptKind::stay_open));
  }
  set_aside_ = 0;
  for (const Hold each : {Hold::zone, Hold::scheduled, Hold::stay_open, Hold::first_card})
    holds_ = without(holds_, each);
}

void Door::shut(Shut by, Turn& turn) {
  shuts_ = with(shuts_, by);
  end_wishes(turn);
  end_first_card(turn);
  if (by == Shut::lockdown) turn.keep(key(KeptKind::lockdown), 1);
  settle(turn);
}

void Door::unshut(Shut by, Turn& turn) {
  if (by == Shut::lockdown && has(by)) turn.forget(key(KeptKind::lockdown));
  shuts_ = without(shuts_, by);
  settle(turn);
}

void Door::keep_locked(bool locked, Turn& turn) {
  parameters_.locked = locked;
  if (locked) {
    end_wishes(turn);
    end_first_card(turn);
  }
  settle(turn);
}

void Door::close(Turn& turn) {
  end_pulse();
  end_first_card(turn);
  let_go(Hold::stay_open, turn);
  settle(turn);
}

void Door::end_holds(Turn& turn) {
  end_wishes(turn);
  end_first_card(turn);
  settle(turn);
}

void Door::set_aside(Turn& turn) {
  for (const Hold each : {Hold::stay_open, Hold::first_card}) {
    if (!has(each)) continue;
    set_aside_ = with(set_aside_, each);
    holds_ = without(holds_, each);
  }
  settle(turn);
}

std::optional<Door::Hold> Door::take_up(Turn& turn) {
  if (set_aside_ == 0) return std::nullopt;
  const bool stays = (set_aside_ & static_cast<unsigned>(Hold::stay_open)) != 0;
  holds_ |= std::exchange(set_aside_, std::uint8_t{0});
  settle(turn);
  return stays ? Hold::stay_open : Hold::first_card;
}

// ---- the first card

void Door::begin_first_card(TimezoneId zone, CivilTime now, Turn& turn) {
  first_card_zone_ = zone;
  first_card_day_ = std::chrono::floor<std::chrono::days>(now);
  turn.keep(key(KeptKind::first_card), first_card_day_.time_since_epoch().count(), zone);
  if (parameters_.first_card == FirstCard::normal_open) hold(Hold::first_card, turn);
}

void Door::end_first_card(Turn& turn) {
  if (first_card_zone_ == 0) return;
  first_card_zone_ = 0;
  turn.forget(key(KeptKind::first_card));
  let_go(Hold::first_card, turn);
}

// It lasts for the day on which it began, and through the night that began on it.
bool Door::first_card_is_over(const Calendar& calendar, const Moment& now) const {
  if (parameters_.first_card == FirstCard::off) return true;
  if (!calendar.holds(first_card_zone_, now)) return true;
  if (!now.trusted || std::chrono::floor<std::chrono::days>(now.civil) == first_card_day_) {
    return false;
  }
  return calendar.holds_since_today(first_card_zone_, now);
}

// ---- the sensor

// From now on the door may stand open for DoorDetectortime.
void Door::expect_closing(Uptime from) {
  if (!has_sensor() || !open_ || held_reported_ || parameters_.held_after == seconds{0}) return;
  held_at_ = from + parameters_.held_after;
}

void Door::take_sensor(bool open, Turn& turn) {
  open_ = has_sensor() && open;
  held_reported_ = false;
  held_at_ = no_deadline;
  if (!driven_) expect_closing(turn.now.uptime);
}

void Door::sensor_moved(bool open, Turn& turn) {
  if (!has_sensor() || open == open_) return;
  open_ = open;
  if (!open) {
    held_at_ = no_deadline;
    held_reported_ = false;
    if (pulsing_ && parameters_.close_and_lock) {
      end_pulse();
      settle(turn);
    }
    turn.record(EventCode::door_closed, id_, Rule::sensor);
    return;
  }
  turn.record(EventCode::door_opened, id_, Rule::sensor);
  if (driven_) {
    passed_ = std::exchange(waiting_, 0);
    return;
  }
  if (turn.now.uptime >= exit_allowed_until_) {
    raise(Alarm::forced_open, turn);
    turn.record(EventCode::forced_open, id_, Rule::no_release);
  }
  expect_closing(turn.now.uptime);
}

// ---- who passes

bool Door::let_in(const Passing& who, CardNo card, Turn& turn) {
  recent_.note(who.pin, card, turn.now.uptime);
  if (!has_sensor() || open_ || normally_open()) return true;
  if (!driven_ && delay_over_ == no_deadline)
    return false;  // the lock is not released: nobody passes
  const auto same = [&](const Passing& each) {
    return each.pin == who.pin && each.reader == who.reader;
  };
  // The order of passages is that of the last time each was let in.
  const auto end = passing_.begin() + static_cast<long>(waiting_);
  waiting_ =
      static_cast<std::size_t>(std::remove_if(passing_.begin(), end, same) - passing_.begin());
  if (waiting_ == passing_max) return true;  // a crowd: rather too early than never
  passing_[waiting_++] = who;
  return false;
}

void Door::forget_passed() {
  passed_ = 0;
}

// ---- alarms

void Door::raise(Alarm alarm, Turn& turn) {
  const std::uint8_t all = with(alarms_, alarm);
  if (all == alarms_) return;
  alarms_ = all;
  turn.keep(key(KeptKind::alarms), alarms_);
}

void Door::cancel_alarms(Turn& turn) {
  if (alarms_ == 0) return;
  alarms_ = 0;
  turn.forget(key(KeptKind::alarms));
}

// ---- the normal-open zone

bool Door::cancelled_today(CivilTime now) const {
  return parameters_.normal_open_cancelled == day_number(now);
}

bool Door::wants_open_by(TimezoneId zone, const Calendar& calendar, const Moment& now) const {
  if (zone == timezone_never) return false;
  // With an untrusted clock nobody knows whether the day that was cancelled is over.
  if (!now.trusted && parameters_.normal_open_cancelled != 0) return false;
  if (cancelled_today(now.civil)) return false;
  // What began on the cancelled day does not come back at midnight.
  if (cancelled_today(now.civil - std::chrono::days{1})) {
    return calendar.holds_since_today(zone, now);
  }
  return calendar.holds(zone, now);
}

std::uint32_t Door::cancel_normal_open(bool cancel, CivilTime today) {
  parameters_.normal_open_cancelled = cancel ? day_number(today) : 0;
  return parameters_.normal_open_cancelled;
}

// ---- the rest

void Door::configure(const DoorParameters& parameters, bool open, Turn& turn) {
  const bool other_sensor = parameters.sensor != parameters_.sensor;
  const bool other_first_card = parameters.first_card != parameters_.first_card;
  parameters_ = parameters;
  if (other_sensor) take_sensor(open, turn);
  if (other_first_card) end_first_card(turn);
  if (parameters.locked || !parameters.enabled) {
    const bool ends = has(Hold::zone);
    end_wishes(turn);
    end_first_card(turn);
    settle(turn);
    if (ends) {
      turn.record(EventCode::normal_open_ended, id_, Rule::normal_open_zone, zone_that_opened_, 1);
    }
  }
  settle(turn);
}

Uptime Door::deadline() const {
  return std::min({delay_over_, rest_at_, held_at_});
}

bool Door::fire(Turn& turn) {
  const Uptime due = turn.now.uptime;
  if (due == delay_over_) return true;
  if (due == rest_at_) {
    end_pulse();
    settle(turn);
    return false;
  }
  held_at_ = no_deadline;
  held_reported_ = true;
  raise(Alarm::held_open, turn);
  turn.record(EventCode::open_too_long, id_, Rule::held, 0,
              static_cast<std::uint32_t>(parameters_.held_after.count()));
  return false;
}

DoorStatus Door::status() const {
  DoorStatus status;
  if (has_sensor()) {
    status.sensor = open_ ? DoorStatus::Sensor::open : DoorStatus::Sensor::closed;
  }
  status.released = driven_;
  status.normal_open = normally_open();
  status.locked = parameters_.locked;
  status.enabled = parameters_.enabled;
  status.locked_down = has(Shut::lockdown) || has(Shut::emergency);
  status.fire = has(Hold::fire);
  status.emergency_open = has(Hold::emergency);
  status.alarms = alarms_;
  return status;
}

void Door::restore(const Kept& row) {
  switch (row.key.kind) {
    case KeptKind::stay_open:
      holds_ = with(holds_, Hold::stay_open);
      break;
    case KeptKind::first_card:
      if (parameters_.first_card == FirstCard::off) break;
      first_card_day_ = std::chrono::local_days{std::chrono::days{row.value}};
      first_card_zone_ = static_cast<TimezoneId>(row.extra);
      if (parameters_.first_card == FirstCard::normal_open) {
        holds_ = with(holds_, Hold::first_card);
      }
      break;
    case KeptKind::lockdown:
      shuts_ = with(shuts_, Shut::lockdown);
      break;
    case KeptKind::alarms:
      alarms_ = static_cast<std::uint8_t>(row.value);
      break;
    default:
      break;
  }
}

}  // namespace lintel
