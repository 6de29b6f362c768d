// The door machine: one lock, its sensor, and the alarms of the door.
//
// What opens a lock is a pulse (for a time) or a hold (while something lasts); what shuts it is the
// door's being locked, disabled or locked down. Of all that is so at a moment, the strongest
// decides:
//
//   fire > lockdown, dual-close > dual-open > locked, disabled, scheduled closed > holds, pulses
//
// Times are uptime: a jump of the civil clock never touches a pulse. Whether a door may be opened
// is asked elsewhere; who opens it says so first.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "engine/core/turn.h"

namespace lintel {

// Who was let in at a door of late (DoorIntertime): the newest, as many as can matter.
class RecentGrants {
 public:
  void note(const Pin& pin, CardNo card, Uptime at) {
    all_[next_++ % all_.size()] = {.pin = pin, .card = card, .at = at};
  }
  // When this person with this card was let in last; nothing: not after `since`.
  [[nodiscard]] std::optional<Uptime> last(const Pin& pin, CardNo card, Uptime since) const {
    for (std::size_t back = 1; back <= std::min(next_, all_.size()); ++back) {
      const Grant& grant = all_[(next_ - back) % all_.size()];
      if (grant.at <= since) break;
      if (grant.pin == pin && grant.card == card) return grant.at;
    }
    return std::nullopt;
  }

 private:
  struct Grant {
    Pin pin;
    CardNo card;
    Uptime at{};
  };
  static constexpr std::size_t most = 256;  // more than one a second of the longest interval
  std::array<Grant, most> all_{};
  std::size_t next_ = 0;
};

class Door {
 public:
  // What keeps the lock released, as bits.
  enum class Hold : std::uint8_t {
    zone = 1u << 0,        // DoorKeepOpenTimeZone
    scheduled = 1u << 1,   // outrelaysetting, ActionType 1
    stay_open = 1u << 2,   // a command, until closed
    first_card = 1u << 3,  // until its zone is over
    emergency = 1u << 4,   // dual-open
    fire = 1u << 5,
  };
  // What keeps it at rest, beside the parameters, as bits.
  enum class Shut : std::uint8_t {
    lockdown = 1u << 0,   // by a super user
    emergency = 1u << 1,  // dual-close
    scheduled = 1u << 2,  // outrelaysetting, ActionType 2
  };
  // Who wants a pulse.
  enum class Way : std::uint8_t {
    verified,    // after DoorDelayOpenTime
    super_user,  // likewise, and although the door is locked
    other,       // exit button, command, linkage, emergency password: at once
  };

  explicit Door(DoorId id) : id_(id) {}

  // `open`: what the sensor says now. A door that is locked or disabled goes to rest.
  void configure(const DoorParameters& parameters, bool open, Turn& turn);

  // ---- the lock
  // A time of 0 releases nothing. A pulse that runs is restarted, and never shortened.
  void pulse(Way way, std::chrono::seconds time, Turn& turn);
  void hold(Hold by, Turn& turn);
  void let_go(Hold by, Turn& turn);
  // Pulses, delays and every hold that somebody asked for end; those of a time begin again when it
  // is opened.
  void shut(Shut by, Turn& turn);
  void unshut(Shut by, Turn& turn);
  void keep_locked(bool locked, Turn& turn);
  // A command closes it: pulses, delays, stay-open and first card end.
  void close(Turn& turn);
  // As for the day: everything but fire and emergency ends.
  void end_holds(Turn& turn);
  // What held it open before a restart waits, until take_up() says that it holds again, and which.
  void set_aside(Turn& turn);
  [[nodiscard]] std::optional<Hold> take_up(Turn& turn);
  [[nodiscard]] bool has_set_aside() const { return set_aside_ != 0; }

  // ---- the first card (firstcard): until its zone or day is over
  void begin_first_card(TimezoneId zone, CivilTime now, Turn& turn);
  void end_first_card(Turn& turn);
  [[nodiscard]] bool first_card_was_here() const { return first_card_zone_ != 0; }
  [[nodiscard]] bool first_card_is_over(const Calendar& calendar, const Moment& now) const;
  [[nodiscard]] TimezoneId first_card_zone() const { return first_card_zone_; }

  // ---- what the door sees
  // At start and after a change of configuration: no event for what has long been so.
  void take_sensor(bool open, Turn& turn);
  void sensor_moved(bool open, Turn& turn);
  void exit_allowed(std::chrono::seconds time, Turn& turn) {
    exit_allowed_until_ = turn.now.uptime + time;
  }

  // ---- who passes. Somebody was let in; true: it counts at once. Otherwise it counts when the
  // door opens: take_passed() has them then, until the next step.
  struct Passing {
    Pin pin;
    ReaderId reader{};
  };
  bool let_in(const Passing& who, CardNo card, Turn& turn);
  [[nodiscard]] std::span<const Passing> passed() const { return {passing_.data(), passed_}; }
  void forget_passed();

  // ---- alarms: kept until cancelled
  void raise(Alarm alarm, Turn& turn);
  void cancel_alarms(Turn& turn);

  // ---- time
  [[nodiscard]] Uptime deadline() const;
  // True: the open delay is over; the caller looks once more whether the door may be opened, and
  // calls pulse_after_delay() or cancel_delay(). REQUIRES: deadline() is turn.now.uptime.
  [[nodiscard]] bool fire(Turn& turn);
  void pulse_after_delay(Turn& turn);
  void cancel_delay(Turn& turn);

  // ---- what others ask
  [[nodiscard]] DoorId id() const { return id_; }
  [[nodiscard]] const DoorParameters& parameters() const { return parameters_; }
  [[nodiscard]] std::optional<Uptime> let_in_at(const Pin& pin, CardNo card, Uptime since) const {
    return recent_.last(pin, card, since);
  }
  [[nodiscard]] bool has(Hold by) const { return (holds_ & static_cast<unsigned>(by)) != 0; }
  [[nodiscard]] bool has(Shut by) const { return (shuts_ & static_cast<unsigned>(by)) != 0; }
  // Released for as long as something lasts, not for a pulse.
  [[nodiscard]] bool normally_open() const { return driven_ && holds_ != 0; }
  [[nodiscard]] bool is_released() const { return driven_; }
  // By a time, a command or the first card; not by fire or emergency.
  [[nodiscard]] bool is_held_by_wish() const {
    return (holds_ & ~static_cast<unsigned>(Hold::emergency) &
            ~static_cast<unsigned>(Hold::fire)) != 0;
  }
  // Open, released, or about to be: what an interlock looks at.
  [[nodiscard]] bool is_busy() const { return driven_ || open_ || delay_over_ != no_deadline; }
  // Locked, disabled, locked down, or kept closed by its schedule.
  [[nodiscard]] bool is_shut() const {
    return shuts_ != 0 || parameters_.locked || !parameters_.enabled;
  }
  // Of the holds by a zone: which one it was.
  [[nodiscard]] TimezoneId zone_that_opened(Hold by) const {
    return by == Hold::zone ? zone_that_opened_ : scheduled_zone_;
  }
  void opened_by(Hold by, TimezoneId zone) {
    (by == Hold::zone ? zone_that_opened_ : scheduled_zone_) = zone;
  }
  [[nodiscard]] DoorStatus status() const;

  // Returns the value of DoorCancelKeepOpenDelay for this day; `cancel` false: 0.
  std::uint32_t cancel_normal_open(bool cancel, CivilTime today);
  // Does this zone want it open now, were it not for locks? Not on a day that was cancelled.
  [[nodiscard]] bool wants_open_by(TimezoneId zone, const Calendar& calendar,
                                   const Moment& now) const;
  [[nodiscard]] bool zone_wants_open(const Calendar& calendar, const Moment& now) const {
    return wants_open_by(parameters_.normal_open_zone, calendar, now);
  }
  [[nodiscard]] bool cancelled_today(CivilTime now) const;

  void restore(const Kept& row);

 private:
  [[nodiscard]] bool has_sensor() const { return parameters_.sensor != SensorType::none; }
  [[nodiscard]] bool wants_open() const;
  void settle(Turn& turn);  // drives the lock as everything wants it now
  void begin_pulse(Turn& turn);
  void end_pulse();
  void end_wishes(Turn& turn);
  void expect_closing(Uptime from);
  [[nodiscard]] KeptKey key(KeptKind kind) const {
    return {kind, static_cast<std::uint8_t>(id_), Pin{}};
  }

  DoorId id_;
  DoorParameters parameters_;

  std::uint8_t holds_ = 0, shuts_ = 0;
  bool driven_ = false;  // as the lock is set
  bool pulsing_ = false, over_lock_ = false;
  std::chrono::seconds pulse_{};  // how long it will be released after the delay
  Uptime delay_over_ = no_deadline, rest_at_ = no_deadline, held_at_ = no_deadline;
  std::uint8_t set_aside_ = 0;  // holds of before a restart, which an interlock keeps waiting
  TimezoneId zone_that_opened_ = 0, scheduled_zone_ = 0;
  TimezoneId first_card_zone_ = 0;  // 0: nobody was here
  std::chrono::local_days first_card_day_{};

  bool open_ = false;                          // as the sensor says
  bool held_reported_ = false;                 // once for each time the door stands open
  Uptime exit_allowed_until_ = Uptime::min();  // a locked exit button was pressed
  std::uint8_t alarms_ = 0;

  static constexpr std::size_t passing_max = 16;
  std::array<Passing, passing_max> passing_{};
  std::size_t waiting_ = 0, passed_ = 0;  // of them: in front of the door, through it
  RecentGrants recent_;
};

}  // namespace lintel
