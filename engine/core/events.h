// What happened at the doors, in the codes of the protocol (appendixes 2 and 19).
#pragma once

#include <cstdint>

#include "engine/core/reason.h"
#include "engine/core/types.h"

namespace lintel {

enum class EventCode : std::uint16_t {
  opened = 0,  // after verification
  verified_while_normal_open = 1,
  normal_open_began = 5,  // the door's normal-open time zone
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
  not_registered = 27,  // also a wrong password (30 is merged into it)
  open_too_long = 28,
  validity_over = 29,
  exit_button_outside_period = 36,
  cannot_close_while_normal_open = 37,
  card_lost = 38,
  blacklisted = 39,
  wrong_verification_mode = 41,
  wrong_wiegand_format = 42,
  door_locked = 63,
  verification_timeout = 75,
  tamper_alarm = 100,
  forced_open = 102,
  server_disconnected = 105,
  battery_failed = 106,
  mains_failed = 107,
  reader_tamper_alarm = 109,
  door_opened = 200,
  door_closed = 201,
  exit_button_opened = 202,
  normal_open_ended = 204,
  remote_normal_open = 205,
  device_started = 206,
  opened_by_password = 207,
  exit_button_pressed_locked = 209,
  server_connected = 214,
  aux_input_disconnected = 220,
  aux_input_shorted = 221,
  remote_locked = 233,
  remote_unlocked = 234,
  reader_tamper_ended = 236,
  mains_recovered = 4008,
  journal_nearly_full = 6005,
};
constexpr unsigned number(EventCode code) {
  return static_cast<unsigned>(code);
}

// All of them: what the server is told that this build records.
inline constexpr EventCode event_codes[] = {EventCode::opened,
                                            EventCode::verified_while_normal_open,
                                            EventCode::normal_open_began,
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
                                            EventCode::not_registered,
                                            EventCode::open_too_long,
                                            EventCode::validity_over,
                                            EventCode::exit_button_outside_period,
                                            EventCode::cannot_close_while_normal_open,
                                            EventCode::card_lost,
                                            EventCode::blacklisted,
                                            EventCode::wrong_verification_mode,
                                            EventCode::wrong_wiegand_format,
                                            EventCode::door_locked,
                                            EventCode::verification_timeout,
                                            EventCode::tamper_alarm,
                                            EventCode::forced_open,
                                            EventCode::server_disconnected,
                                            EventCode::battery_failed,
                                            EventCode::mains_failed,
                                            EventCode::reader_tamper_alarm,
                                            EventCode::door_opened,
                                            EventCode::door_closed,
                                            EventCode::exit_button_opened,
                                            EventCode::normal_open_ended,
                                            EventCode::remote_normal_open,
                                            EventCode::device_started,
                                            EventCode::opened_by_password,
                                            EventCode::exit_button_pressed_locked,
                                            EventCode::server_connected,
                                            EventCode::aux_input_disconnected,
                                            EventCode::aux_input_shorted,
                                            EventCode::remote_locked,
                                            EventCode::remote_unlocked,
                                            EventCode::reader_tamper_ended,
                                            EventCode::mains_recovered,
                                            EventCode::journal_nearly_full};

// One line of the journal before it has an index. Trivially copyable: it crosses threads by value.
struct Event {
  EventCode code{};
  CivilTime time{};  // the controller's civil time
  Pin pin;           // empty: nobody
  CardNo card;
  std::uint32_t site_code = 0;
  std::uint8_t address = 0;  // eventaddr: the door; for auxiliary lines their number; 0 the box
  InOut way = InOut::system;
  VerifyCode verify = VerifyCode::none;
  std::uint8_t card_bits = 0;  // bitCount, 0 when no frame came in
  Reason reason;               // which rule, which record, which time decided
};

// Is the code an unlock's cause? (Every release of a lock has exactly one such event.)
bool releases_a_lock(EventCode code);

// "the door was opened after verification", for logs, console and command line.
const char* in_words(EventCode code);

}  // namespace lintel
