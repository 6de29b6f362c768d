// Everything that the core says to people, in English. A translation replaces this file.
#include <array>
#include <cstdio>
#include <string>

#include "engine/core/calendar.h"
#include "engine/core/events.h"
#include "engine/core/reason.h"

namespace lintel {

namespace {

std::string door(const Reason& reason) {
  return "door " + std::to_string(number(reason.door));
}
std::string reader(const Reason& reason) {
  return "reader " + std::to_string(number(reason.reader));
}
std::string zone(const Reason& reason) {
  return "time zone " + std::to_string(reason.record);
}
std::string seconds(std::uint32_t count) {
  return std::to_string(count) + (count == 1 ? " second" : " seconds");
}

// "on Monday at 08:10": what a weekly schedule looks at.
std::string weekly(CivilTime at) {
  constexpr std::array days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                            "Thursday", "Friday", "Saturday"};
  const std::chrono::weekday day{std::chrono::floor<std::chrono::days>(at)};
  return std::string{"on "} + days[day.c_encoding()] + " at " + to_text(at).substr(11, 5);
}

// "on 2026-11-22 at 08:10": what a period of validity looks at.
std::string dated(CivilTime at) {
  const std::string text = to_text(at);
  return "on " + text.substr(0, 10) + " at " + text.substr(11, 5);
}

std::string capital(std::string text) {
  text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

std::string frame_words(const Reason& reason) {
  const std::string bits =
      std::to_string(reason.detail) + (reason.detail == 255 ? " or more bits" : " bits");
  return "The frame of " + bits + " at " + reader(reason) + " fits no card format.";
}

std::string validity_words(const Reason& reason, CivilTime at) {
  switch (reason.detail) {
    case 0:
      return "The person's period of validity had not begun " + dated(at) + ".";
    case 1:
      return "The person's period of validity was over " + dated(at) + ".";
    case 2:
      return "No privilege of this person for " + door(reason) +
             " was valid: the period of the one with " + zone(reason) + " had not begun " +
             dated(at) + ".";
    default:
      return "No privilege of this person for " + door(reason) +
             " was valid: the period of the one with " + zone(reason) + " was over " + dated(at) +
             ".";
  }
}

std::string time_zone_words(const Reason& reason, CivilTime at) {
  const std::string zone_fails =
      capital(zone(reason)) +
      (reason.detail == 0 ? " does not exist" : " does not hold " + weekly(at));
  if (reason.detail > 1) {
    return zone_fails + ", nor does that of any other privilege of this person for " +
           door(reason) + ".";
  }
  return zone_fails + ", and this person has no other valid privilege for " + door(reason) + ".";
}

std::string clock_words(const Reason& reason) {
  return "The clock is not trusted, and " +
         (reason.record == 0 ? std::string{"a period of validity"} : zone(reason)) +
         " depends on it.";
}

std::string granted_words(const Reason& reason, CivilTime at) {
  const std::string granted =
      "The person may pass " + door(reason) + ": " + zone(reason) + " holds " + weekly(at);
  if (reason.detail == 0) return granted + "; but DoorDrivertime is 0, which releases no lock.";
  return granted + ".";
}

std::string exit_words(const Reason& reason) {
  const std::string pressed = "The exit button of " + door(reason) + " was pressed";
  if (reason.detail == 0) return pressed + "; but DoorDrivertime is 0, which releases no lock.";
  return pressed + ".";
}

std::string normal_open_words(const Reason& reason) {
  const std::string time = "The normal-open time of " + door(reason) + " (" + zone(reason) + ") ";
  switch (reason.detail) {
    case 0:
      return time + "began.";
    case 1:
      return time + "ended.";
    default:
      return time + "still holds.";
  }
}

std::string mode_words(const Reason& reason) {
  const std::string mode = reason.detail < 30 ? "verification mode " + std::to_string(reason.detail)
                                              : std::string{"a verification mode of its own"};
  return "What was shown at " + reader(reason) + " is not what " + door(reason) + " asks for (" +
         mode + ").";
}

std::string remote_words(const Reason& reason) {
  switch (reason.detail) {
    case 1:
      return "A command set the output.";
    case 2:
      return "A command cancelled the alarm.";
    case 4:
      return "A command changed the normal-open time of the day.";
    case 6:
      return "A command locked or unlocked the door.";
    default:
      return "A command asked for it.";
  }
}

}  // namespace

std::string in_words(const Reason& reason, CivilTime at) {
  switch (reason.rule) {
    case Rule::none:
      return "No rule was asked.";
    case Rule::frame_format:
      return frame_words(reason);
    case Rule::door_disabled:
      return capital(door(reason)) + " is disabled (DoorDisable).";
    case Rule::door_locked:
      return capital(door(reason)) + " is locked (DoorMaskFlag).";
    case Rule::registered:
      return "What was shown at " + reader(reason) + " belongs to nobody here.";
    case Rule::password:
      return "The password typed at " + reader(reason) + " is not this person's.";
    case Rule::password_ambiguous:
      return "The password typed at " + reader(reason) +
             " belongs to several people, so it names none of them.";
    case Rule::card_lost:
      return "The card has been reported as lost.";
    case Rule::blacklist:
      return "The person is on the blacklist.";
    case Rule::validity:
      return validity_words(reason, at);
    case Rule::privilege:
      return "This person has no privilege for " + door(reason) + ".";
    case Rule::time_zone:
      return time_zone_words(reason, at);
    case Rule::clock_untrusted:
      return clock_words(reason);
    case Rule::door_period:
      return capital(door(reason)) + " is outside its valid period: " + zone(reason) +
             " does not hold " + weekly(at) + ".";
    case Rule::interval:
      return "This person was let in at " + door(reason) +
             " a moment ago: " + seconds(reason.detail) + " still to wait.";
    case Rule::verification_mode:
      return mode_words(reason);
    case Rule::parts_timeout:
      return "The next part did not come in time at " + reader(reason) + ".";
    case Rule::granted:
      return granted_words(reason, at);
    case Rule::exit_button:
      return exit_words(reason);
    case Rule::exit_button_locked:
      return "The exit button of " + door(reason) +
             " was pressed, and is set not to release the lock (DoorREXInput).";
    case Rule::exit_button_period:
      return "The exit button of " + door(reason) +
             " was pressed outside its period: " + zone(reason) + " does not hold " + weekly(at) +
             ".";
    case Rule::normal_open_zone:
      return normal_open_words(reason);
    case Rule::normal_open_cancelled:
      return "The normal-open time of " + door(reason) + " is disabled for the day.";
    case Rule::normal_open_enabled:
      return "The normal-open time of " + door(reason) + " is enabled for the day.";
    case Rule::remote:
      return remote_words(reason);
    case Rule::sensor:
      return "The sensor of " + door(reason) + " moved.";
    case Rule::no_release:
      return capital(door(reason)) + " opened, and nothing had released it.";
    case Rule::held:
      return capital(door(reason)) + " stands open for more than " + seconds(reason.detail) + ".";
    case Rule::line:
      return "An input line moved.";
    case Rule::system:
      return "The controller reports on itself.";
  }
  return "No rule was asked.";
}

const char* in_words(EventCode code) {
  switch (code) {
    case EventCode::opened:
      return "the door was opened after verification";
    case EventCode::verified_while_normal_open:
      return "somebody was verified while the door was normally open";
    case EventCode::normal_open_began:
      return "the normal-open time of the door began";
    case EventCode::alarm_cancelled:
      return "the alarm was cancelled";
    case EventCode::remote_opened:
      return "the door was opened remotely";
    case EventCode::remote_closed:
      return "the door was closed remotely";
    case EventCode::normal_open_disabled_today:
      return "normal open was disabled for the day";
    case EventCode::normal_open_enabled_today:
      return "normal open was enabled for the day";
    case EventCode::aux_output_enabled:
      return "an auxiliary output was switched on";
    case EventCode::aux_output_disabled:
      return "an auxiliary output was switched off";
    case EventCode::interval_too_short:
      return "refused: shown again too soon";
    case EventCode::outside_time_zone:
      return "refused: outside the person's time zone";
    case EventCode::door_not_in_valid_period:
      return "refused: the door is not in its valid period";
    case EventCode::no_privilege:
      return "refused: no privilege for this door";
    case EventCode::not_registered:
      return "refused: not registered";
    case EventCode::open_too_long:
      return "the door stands open too long";
    case EventCode::validity_over:
      return "refused: outside the period of validity";
    case EventCode::exit_button_outside_period:
      return "the exit button was pressed outside its period";
    case EventCode::cannot_close_while_normal_open:
      return "the door cannot be closed in its normal-open time";
    case EventCode::card_lost:
      return "refused: the card is reported as lost";
    case EventCode::blacklisted:
      return "refused: the person is on the blacklist";
    case EventCode::wrong_verification_mode:
      return "refused: wrong verification mode";
    case EventCode::wrong_wiegand_format:
      return "refused: the frame fits no card format";
    case EventCode::door_locked:
      return "refused: the door is locked";
    case EventCode::verification_timeout:
      return "refused: the next part did not come in time";
    case EventCode::tamper_alarm:
      return "the cover of the controller was opened";
    case EventCode::forced_open:
      return "the door was forced open";
    case EventCode::server_disconnected:
      return "the server is not reached";
    case EventCode::battery_failed:
      return "the battery failed";
    case EventCode::mains_failed:
      return "mains power failed";
    case EventCode::reader_tamper_alarm:
      return "the cover of a reader was opened";
    case EventCode::door_opened:
      return "the door opened";
    case EventCode::door_closed:
      return "the door closed";
    case EventCode::exit_button_opened:
      return "the door was opened by its exit button";
    case EventCode::normal_open_ended:
      return "the normal-open time of the door ended";
    case EventCode::remote_normal_open:
      return "the door was remotely set to stay open";
    case EventCode::device_started:
      return "the controller started";
    case EventCode::opened_by_password:
      return "the door was opened by password";
    case EventCode::exit_button_pressed_locked:
      return "the exit button was pressed, and is locked";
    case EventCode::server_connected:
      return "the server is connected";
    case EventCode::aux_input_disconnected:
      return "an auxiliary input was disconnected";
    case EventCode::aux_input_shorted:
      return "an auxiliary input was closed";
    case EventCode::remote_locked:
      return "the door was locked remotely";
    case EventCode::remote_unlocked:
      return "the door was unlocked remotely";
    case EventCode::reader_tamper_ended:
      return "the cover of a reader was closed";
    case EventCode::mains_recovered:
      return "mains power came back";
    case EventCode::journal_nearly_full:
      return "the journal is nearly full";
  }
  return "an event of another version";
}

}  // namespace lintel
