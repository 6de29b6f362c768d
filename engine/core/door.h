// The door machine: one lock, its sensor, its exit button, and the alarms of the door.
//
//   at_rest --verified--> delayed --delay over--> released --time over, closed again--> at_rest
//   at_rest --verified, exit button, command----> released
//   anything --zone begins, "stay open"---------> normally_open --ends, closed, locked--> at_rest
//
// All ways towards an open lock are in release(), all ways back in secure(). Times are uptime: a
// jump of the civil clock never touches a pulse.
#pragma once

#include "engine/core/access.h"
#include "engine/core/turn.h"

namespace lintel {

class Door {
 public:
  // What releases the lock.
  enum class Way : std::uint8_t {
    verified,     // for `time`, after DoorDelayOpenTime
    delay_over,   // that delay is
    exit_button,  // for `time`
    remote,       // for `time`
    zone,         // while the normal-open zone holds
    stay_open,    // until closed remotely
  };
  // What brings it back to rest.
  enum class Back : std::uint8_t {
    time_over,
    closed_again,  // DoorCloseAndLock
    remote,
    zone_over,
    shut,  // locked or disabled: everything ends
  };

  explicit Door(DoorId id) : id_(id) {}

  // `open`: what the sensor says now. A door that is locked or disabled goes to rest.
  void configure(const DoorParameters& parameters, bool open, Turn& turn);
  void set_exit_button_zone(TimezoneId zone) { exit_button_zone_ = zone; }

  // A time of 0 releases nothing. A release that runs is restarted, and never shortened.
  void release(Way way, std::chrono::seconds time, Turn& turn);
  void secure(Back back, Turn& turn);

  // ---- what the door sees

  // At start and after a change of configuration: no event for what has long been so.
  void take_sensor(bool open, Turn& turn);
  void sensor_moved(bool open, Turn& turn);
  void exit_button_pressed(const Calendar& calendar, Turn& turn);
  // Releases or secures the lock as the normal-open zone wants it now.
  void look_at_zone(const Calendar& calendar, Turn& turn);
  [[nodiscard]] bool zone_wants_open(const Calendar& calendar, const Moment& now) const;
  // Somebody was let in.
  void passed(const Attempt& attempt, Turn& turn);
  void cancel_alarm() { alarms_ = 0; }

  [[nodiscard]] Uptime deadline() const;
  // REQUIRES: deadline() is turn.now.uptime.
  void fire(Turn& turn);

  // ---- what others ask

  [[nodiscard]] DoorId id() const { return id_; }
  [[nodiscard]] const DoorParameters& parameters() const { return parameters_; }
  [[nodiscard]] const VerifyMode& mode() const { return mode_; }
  [[nodiscard]] const LastGrant& last_grant() const { return last_grant_; }
  [[nodiscard]] bool normally_open() const { return lock_ == Lock::normally_open; }
  [[nodiscard]] bool zone_holds_it() const { return zone_open_; }
  [[nodiscard]] bool told_to_stay_open() const { return stay_open_; }
  [[nodiscard]] DoorStatus status() const;

  // ---- parameters that commands change

  void keep_locked(bool locked) { parameters_.locked = locked; }
  // Returns the value of DoorCancelKeepOpenDelay for this day; `cancel` false: 0.
  std::uint32_t cancel_normal_open(bool cancel, CivilTime today);

 private:
  enum class Lock : std::uint8_t { at_rest, delayed, released, normally_open };

  [[nodiscard]] bool has_sensor() const { return parameters_.sensor != SensorType::none; }
  [[nodiscard]] bool is_released() const {
    return lock_ == Lock::released || lock_ == Lock::normally_open;
  }
  void expect_closing(Uptime from);
  void set_alarm(Alarm alarm) { alarms_ |= static_cast<std::uint8_t>(alarm); }
  void clear_alarm(Alarm alarm) {
    alarms_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(alarm));
  }

  DoorId id_;
  DoorParameters parameters_;
  VerifyMode mode_ = *verify_mode("0");
  TimezoneId exit_button_zone_ = 0;  // 0: always

  Lock lock_ = Lock::at_rest;
  bool zone_open_ = false, stay_open_ = false;  // what holds it while normally open
  TimezoneId zone_that_opened_ = 0;
  std::chrono::seconds pulse_{};  // how long it will be released after the delay
  Uptime delay_over_ = no_deadline, rest_at_ = no_deadline, held_at_ = no_deadline;

  bool open_ = false;                          // as the sensor says
  bool held_reported_ = false;                 // once for each time the door stands open
  Uptime exit_allowed_until_ = Uptime::min();  // a locked exit button was pressed
  std::uint8_t alarms_ = 0;                    // forced_open and held_open
  LastGrant last_grant_;
};

}  // namespace lintel
