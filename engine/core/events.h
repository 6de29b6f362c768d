// What happened at the doors, in the codes of the protocol (appendixes 2 and 19).
#pragma once

#include <cstdint>

#include "engine/core/reason.h"
#include "engine/core/types.h"

namespace lintel {

enum class EventCode : std::uint16_t {
  opened = 0,  // after verification
  verified_while_normal_open = 1,
  first_card_opened = 2,
  several_opened = 3,
  emergency_password_opened = 4,
  normal_open_began = 5,  // the door's normal-open time zone
  linkage_triggered = 6,  // `verify` is the code of the event that triggered it
  alarm_cancelled = 7,
  remote_opened = 8,
  remote_closed = 9,
  normal_open_disabled_today = 10,
  normal_open_enabled_today = 11,
  aux_output_enabled = 12,
  aux_output_disabled = 13,
  interval_too_short = 20,
  outside_time_zone = 21,
  door_not_in_valid_period = 22,
  no_privilege = 23,
  passed_back = 24,
  interlocked = 25,
  several_wait = 26,
  not_registered = 27,  // also a wrong password (30 is merged into it)
  open_too_long = 28,
  validity_over = 29,  // what servers of the older protocol are told for 5024 and 5025
  exit_button_outside_period = 36,
  cannot_close_while_normal_open = 37,
  card_lost = 38,
  blacklisted = 39,
  several_failed = 40,
  wrong_verification_mode = 41,
  wrong_wiegand_format = 42,
  door_locked = 63,
  exit_button_outside_zone = 64,
  aux_input_outside_zone = 65,
  verification_timeout = 75,
  tamper_alarm = 100,
  duress_alarm = 101,
  forced_open = 102,
  invalid_entry_alarm = 104,  // too many wrong entries
  server_disconnected = 105,
  battery_failed = 106,
  mains_failed = 107,
  reader_tamper_alarm = 109,
  fire_input_cut = 114,
  fire_input_shorted = 115,
  aux_input_cut = 116,
  aux_line_shorted = 117,
  exit_button_cut = 118,
  exit_button_shorted = 119,
  sensor_cut = 120,
  sensor_shorted = 121,
  door_opened = 200,
  door_closed = 201,
  exit_button_opened = 202,
  normal_open_ended = 204,
  remote_normal_open = 205,
  device_started = 206,
  opened_by_password = 207,
  super_user_opened = 208,
  exit_button_pressed_locked = 209,
  super_user_closed = 211,
  server_connected = 214,
  first_card_opened_by_password = 215,
  password_while_normal_open = 216,
  aux_input_disconnected = 220,
  aux_input_shorted = 221,
  doorbell = 224,
  aux_input_normal = 225,
  aux_input_triggered = 226,
  dual_open = 227,
  dual_close = 228,
  aux_output_zone_began = 229,
  aux_output_zone_ended = 230,
  remote_locked = 233,
  remote_unlocked = 234,
  reader_tamper_ended = 236,
  mains_recovered = 4008,
  fire_ended = 4014,
  lockdown_began = 4016,
  lockdown_ended = 4017,
  anti_passback_reset = 4900,  // our own: no text knows it
  too_early = 5024,            // of a period of validity
  too_late = 5025,
  journal_nearly_full = 6005,
  battery_takes_over = 6008,
  mains_takes_over = 6009,
  battery_low_on_emergency = 6010,
  fire_opened = 6013,
  factory_reset = 6016,  // what was stored before it is gone
};
constexpr unsigned number(EventCode code) {
  return static_cast<unsigned>(code);
}

// All that this build records: what the server is told (4.4).
inline constexpr EventCode event_codes[] = {
    EventCode::opened,
    EventCode::verified_while_normal_open,
    EventCode::first_card_opened,
    EventCode::several_opened,
    EventCode::emergency_password_opened,
    EventCode::normal_open_began,
    EventCode::linkage_triggered,
    EventCode::alarm_cancelled,
    EventCode::remote_opened,
    EventCode::remote_closed,
    EventCode::normal_open_disabled_today,
    EventCode::normal_open_enabled_today,
    EventCode::aux_output_enabled,
    EventCode::aux_output_disabled,
    EventCode::interval_too_short,
    EventCode::outside_time_zone,
    EventCode::door_not_in_valid_period,
    EventCode::no_privilege,
    EventCode::passed_back,
    EventCode::interlocked,
    EventCode::several_wait,
    EventCode::not_registered,
    EventCode::open_too_long,
    EventCode::exit_button_outside_period,
    EventCode::cannot_close_while_normal_open,
    EventCode::card_lost,
    EventCode::blacklisted,
    EventCode::several_failed,
    EventCode::wrong_verification_mode,
    EventCode::wrong_wiegand_format,
    EventCode::door_locked,
    EventCode::exit_button_outside_zone,
    EventCode::aux_input_outside_zone,
    EventCode::verification_timeout,
    EventCode::tamper_alarm,
    EventCode::duress_alarm,
    EventCode::forced_open,
    EventCode::invalid_entry_alarm,
    EventCode::server_disconnected,
    EventCode::battery_failed,
    EventCode::mains_failed,
    EventCode::reader_tamper_alarm,
    EventCode::fire_input_cut,
    EventCode::fire_input_shorted,
    EventCode::aux_input_cut,
    EventCode::aux_line_shorted,
    EventCode::exit_button_cut,
    EventCode::exit_button_shorted,
    EventCode::sensor_cut,
    EventCode::sensor_shorted,
    EventCode::door_opened,
    EventCode::door_closed,
    EventCode::exit_button_opened,
    EventCode::normal_open_ended,
    EventCode::remote_normal_open,
    EventCode::device_started,
    EventCode::opened_by_password,
    EventCode::super_user_opened,
    EventCode::exit_button_pressed_locked,
    EventCode::super_user_closed,
    EventCode::server_connected,
    EventCode::first_card_opened_by_password,
    EventCode::password_while_normal_open,
    EventCode::aux_input_disconnected,
    EventCode::aux_input_shorted,
    EventCode::doorbell,
    EventCode::aux_input_normal,
    EventCode::aux_input_triggered,
    EventCode::dual_open,
    EventCode::dual_close,
    EventCode::aux_output_zone_began,
    EventCode::aux_output_zone_ended,
    EventCode::remote_locked,
    EventCode::remote_unlocked,
    EventCode::reader_tamper_ended,
    EventCode::mains_recovered,
    EventCode::fire_ended,
    EventCode::lockdown_began,
    EventCode::lockdown_ended,
    EventCode::anti_passback_reset,
    EventCode::too_early,
    EventCode::too_late,
    EventCode::journal_nearly_full,
    EventCode::battery_takes_over,
    EventCode::mains_takes_over,
    EventCode::battery_low_on_emergency,
    EventCode::fire_opened,
    EventCode::factory_reset,
};

// One line of the journal before it has an index. Trivially copyable: it crosses threads by value.
struct Event {
  EventCode code{};
  CivilTime time{};  // the controller's civil time
  Pin pin;           // empty: nobody
  CardNo card;
  std::uint32_t site_code = 0;
  std::uint8_t address = 0;  // eventaddr: the door; for auxiliary lines their number; 0 the box
  InOut way = InOut::system;
  VerifyCode verify = VerifyCode::none;  // the form of appendix 3
  std::uint16_t proofs = 0;              // the form of 7.2 and 9.5.1; 0: nobody showed anything
  std::uint32_t link = 0;                // linkid: the row of inoutfun
  std::uint8_t card_bits = 0;            // bitCount, 0 when no frame came in
  Reason reason;                         // which rule, which record, which time decided
};

// Is the code an unlock's cause? (Every release of a lock has exactly one such event.)
bool releases_a_lock(EventCode code);
bool releases_a_lock(const Event& event);  // linkage: only where it is a lock that it switched
// Does it say how what somebody showed was decided? Alarms that follow do not.
bool is_about_a_credential(const Event& event);
// Was somebody accepted, in an event about a credential?
bool lets_in(EventCode code);

// "the door was opened after verification", for logs, console and command line.
const char* in_words(EventCode code);

}  // namespace lintel
