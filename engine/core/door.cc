#include "engine/core/door.h"

#include <algorithm>

namespace lintel {

using std::chrono::seconds;

namespace {

// The day as DoorCancelKeepOpenDelay names it: years from 1900, months from 0.
std::uint32_t day_number(CivilTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1900) * 10'000 +
         (static_cast<unsigned>(date.month()) - 1) * 100 + static_cast<unsigned>(date.day());
}

}  // namespace

// ---- the lock

void Door::release(Way way, seconds time, Turn& turn) {
  switch (way) {
    case Way::verified:
      if (time == seconds{0} || lock_ == Lock::normally_open) return;
      if (lock_ == Lock::delayed) return;  // it is under way already
      if (lock_ == Lock::at_rest && parameters_.open_delay > seconds{0}) {
        lock_ = Lock::delayed;
        pulse_ = time;
        delay_over_ = turn.now.uptime + parameters_.open_delay;
        return;
      }
      break;
    case Way::delay_over:
    case Way::exit_button:
    case Way::remote:
      if (time == seconds{0} || lock_ == Lock::normally_open) return;
      break;
    case Way::zone:
      zone_open_ = true;
      break;
    case Way::stay_open:
      stay_open_ = true;
      break;
  }
  const bool for_a_time = !zone_open_ && !stay_open_;
  const Uptime until = for_a_time ? turn.now.uptime + time : no_deadline;
  rest_at_ = lock_ == Lock::released && for_a_time ? std::max(rest_at_, until) : until;
  lock_ = for_a_time ? Lock::released : Lock::normally_open;
  delay_over_ = no_deadline;
  held_at_ = no_deadline;
  turn.set(lock_of(id_), true);
}

void Door::secure(Back back, Turn& turn) {
  switch (back) {
    case Back::time_over:
      break;
    case Back::closed_again:
      if (lock_ != Lock::released || !parameters_.close_and_lock) return;
      break;
    case Back::remote:
      stay_open_ = false;
      break;
    case Back::zone_over:
      zone_open_ = false;
      break;
    case Back::shut:
      zone_open_ = stay_open_ = false;
      break;
  }
  if (zone_open_ || stay_open_) return;
  const bool was_released = is_released();
  lock_ = Lock::at_rest;
  delay_over_ = rest_at_ = no_deadline;
  turn.set(lock_of(id_), false);
  turn.set(led_of(ReaderId{static_cast<std::uint8_t>(2 * number(id_) - 1)}), false);
  turn.set(led_of(ReaderId{static_cast<std::uint8_t>(2 * number(id_))}), false);
  if (was_released) expect_closing(turn.now.uptime);
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
  clear_alarm(Alarm::held_open);
  if (!has_sensor()) clear_alarm(Alarm::forced_open);
  if (!is_released()) expect_closing(turn.now.uptime);
}

void Door::sensor_moved(bool open, Turn& turn) {
  if (!has_sensor() || open == open_) return;
  open_ = open;
  if (!open) {
    held_at_ = no_deadline;
    held_reported_ = false;
    clear_alarm(Alarm::held_open);
    secure(Back::closed_again, turn);
    turn.record(EventCode::door_closed, id_, Rule::sensor);
    return;
  }
  turn.record(EventCode::door_opened, id_, Rule::sensor);
  if (is_released()) return;
  if (turn.now.uptime >= exit_allowed_until_) {
    set_alarm(Alarm::forced_open);
    turn.record(EventCode::forced_open, id_, Rule::no_release);
  }
  expect_closing(turn.now.uptime);
}

// ---- the exit button

void Door::exit_button_pressed(const Calendar& calendar, Turn& turn) {
  if (!parameters_.enabled) {
    turn.record(EventCode::exit_button_outside_period, id_, Rule::door_disabled);
    return;
  }
  if (parameters_.locked) {
    turn.record(EventCode::door_locked, id_, Rule::door_locked);
    return;
  }
  const auto refused_by = [&](TimezoneId zone) {
    if (calendar.holds(zone, turn.now)) return false;
    const bool unknown = !turn.now.trusted && calendar.timezone(zone) != nullptr;
    turn.record(EventCode::exit_button_outside_period, id_,
                unknown ? Rule::clock_untrusted : Rule::exit_button_period, zone);
    return true;
  };
  if (refused_by(parameters_.valid_zone)) return;
  if (exit_button_zone_ != 0 && refused_by(exit_button_zone_)) return;
  if (parameters_.exit_button_locked) {
    exit_allowed_until_ = turn.now.uptime + parameters_.exit_button_delay;
    turn.record(EventCode::exit_button_pressed_locked, id_, Rule::exit_button_locked);
    return;
  }
  release(Way::exit_button, parameters_.drive_time, turn);
  turn.record(EventCode::exit_button_opened, id_, Rule::exit_button, 0,
              static_cast<std::uint32_t>(parameters_.drive_time.count()));
}

// ---- the normal-open zone

bool Door::zone_wants_open(const Calendar& calendar, const Moment& now) const {
  if (!parameters_.enabled || parameters_.locked) return false;
  if (parameters_.normal_open_zone == timezone_never) return false;
  // With an untrusted clock nobody knows whether the day that was cancelled is over.
  if (!now.trusted && parameters_.normal_open_cancelled != 0) return false;
  if (parameters_.normal_open_cancelled == day_number(now.civil)) return false;
  // What began on the cancelled day does not come back at midnight.
  if (parameters_.normal_open_cancelled == day_number(now.civil - std::chrono::days{1})) {
    return calendar.holds_since_today(parameters_.normal_open_zone, now);
  }
  return calendar.holds(parameters_.normal_open_zone, now);
}

void Door::look_at_zone(const Calendar& calendar, Turn& turn) {
  const bool wanted = zone_wants_open(calendar, turn.now);
  if (wanted == zone_open_) return;
  if (wanted) {
    zone_that_opened_ = parameters_.normal_open_zone;
    release(Way::zone, {}, turn);
    turn.record(EventCode::normal_open_began, id_, Rule::normal_open_zone, zone_that_opened_, 0);
  } else {
    secure(Back::zone_over, turn);
    turn.record(EventCode::normal_open_ended, id_, Rule::normal_open_zone, zone_that_opened_, 1);
  }
}

std::uint32_t Door::cancel_normal_open(bool cancel, CivilTime today) {
  parameters_.normal_open_cancelled = cancel ? day_number(today) : 0;
  return parameters_.normal_open_cancelled;
}

// ---- the rest

void Door::configure(const DoorParameters& parameters, bool open, Turn& turn) {
  const bool other_sensor = parameters.sensor != parameters_.sensor;
  parameters_ = parameters;
  mode_ = verify_mode(parameters.verify_type).value_or(VerifyMode{});  // which nothing meets
  if (other_sensor) take_sensor(open, turn);
  if (!parameters.locked && parameters.enabled) return;
  const bool ends = zone_open_;
  secure(Back::shut, turn);
  if (!ends) return;
  turn.record(EventCode::normal_open_ended, id_, Rule::normal_open_zone, zone_that_opened_, 1);
}

void Door::passed(const Attempt& attempt, Turn& turn) {
  if (!open_) clear_alarm(Alarm::forced_open);
  last_grant_ = {.pin = attempt.person->pin, .card = attempt.card, .at = turn.now.uptime};
}

Uptime Door::deadline() const {
  return std::min({delay_over_, rest_at_, held_at_});
}

void Door::fire(Turn& turn) {
  const Uptime due = turn.now.uptime;
  if (due == delay_over_) {
    release(Way::delay_over, pulse_, turn);
  } else if (due == rest_at_) {
    secure(Back::time_over, turn);
  } else {
    held_at_ = no_deadline;
    held_reported_ = true;
    set_alarm(Alarm::held_open);
    turn.record(EventCode::open_too_long, id_, Rule::held, 0,
                static_cast<std::uint32_t>(parameters_.held_after.count()));
  }
}

DoorStatus Door::status() const {
  DoorStatus status;
  if (has_sensor()) {
    status.sensor = open_ ? DoorStatus::Sensor::open : DoorStatus::Sensor::closed;
  }
  status.released = is_released();
  status.normal_open = normally_open();
  status.locked = parameters_.locked;
  status.enabled = parameters_.enabled;
  status.alarms = alarms_;
  return status;
}

}  // namespace lintel
