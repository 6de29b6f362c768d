// Everything that the core says to people, in English. A translation replaces this file.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "engine/core/calendar.h"
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
  const std::string what = reason.record == 0 ? std::string{"a period of validity"}
                           : reason.detail == 1
                               ? "verification schedule " + std::to_string(reason.record)
                               : zone(reason);
  return "The clock is not trusted, and " + what + " depends on it.";
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

std::string passback_words(const Reason& reason) {
  const std::string last = "reader " + std::to_string(reason.record);
  switch (reason.detail) {
    case 1:
      return "Anti-passback (AntiPassback): this person's last passage was by " + last +
             ", on the same side as " + reader(reason) + ".";
    case 2:
      return "Anti-passback (DoorInOutAntiPassback): this person passed " + door(reason) + " by " +
             last + " last, and has not passed it the other way since.";
    case 3:
      return "Anti-passback (DoorInTimeAPB): this person entered " + door(reason) +
             " a while ago: " + seconds(reason.record) + " still to wait.";
    default:
      return "Anti-passback (AntiPassBack): this person's last passage was by " + last +
             ", and must be followed by one through the other list.";
  }
}

std::string interlock_words(const Reason& reason) {
  const std::string other = "door " + std::to_string(reason.record);
  if (reason.record == 0) return "No other door of the interlock stands in the way.";
  if (reason.detail != 0) {
    return "Interlock: " + other + " is open or released, and fire or emergency overrides it.";
  }
  return "Interlock: " + other + " is open or released, so " + door(reason) + " stays shut.";
}

std::string lockdown_words(const Reason& reason) {
  return capital(door(reason)) + (reason.detail == 2 ? " is closed by emergency (dual-close)."
                                                     : " is locked down by a super user.");
}

std::string locked_words(const Reason& reason) {
  if (reason.record == 0) return capital(door(reason)) + " is locked (DoorMaskFlag).";
  return capital(door(reason)) + " is kept closed by " + zone(reason) + " (outrelaysetting).";
}

std::string lockout_words(const Reason& reason) {
  const std::string whose = reason.record == 2 ? "for this person" : "at " + reader(reason);
  return "Too many wrong entries " + whose + ": " + seconds(reason.detail) + " still to wait.";
}

std::string several_words(const Reason& reason) {
  const std::string people =
      std::to_string(reason.record) + (reason.record == 1 ? " person is" : " people are");
  switch (reason.detail) {
    case 0:
      return capital(door(reason)) + " asks for several people: " + people + " there.";
    case 1:
      return "Nobody at " + door(reason) + " waits for a member of this person's group.";
    case 2:
      return "This person is already among those who open " + door(reason) + " together.";
    case 3:
      return "The next person did not come in time to " + door(reason) + ".";
    case 4:
      return capital(door(reason)) + " asks for several people, and no group is defined for it.";
    default:
      return std::to_string(reason.record) + " people open " + door(reason) + " together.";
  }
}

std::string gesture_words(const Reason& reason) {
  switch (reason.detail) {
    case 1:
      return "A super user showed his card twice: " + door(reason) + " is closed for the day.";
    case 2:
      return "A super user showed his card twice: " + door(reason) + " is normally open again.";
    case 3:
      return "A super user showed his card three times: " + door(reason) + " is locked down.";
    default:
      return "A super user showed his card three times: the lockdown of " + door(reason) +
             " is over.";
  }
}

std::string emergency_password_words(const Reason& reason) {
  const std::string typed =
      "The emergency password of " + door(reason) + " was typed (DoorSupperPassWord)";
  if (reason.record == 0) return typed + ".";
  return typed + ", and overrides the interlock with door " + std::to_string(reason.record) + ".";
}

std::string first_card_open_words(const Reason& reason) {
  const std::string first = "This person is the first of the day at " + door(reason) + " (" +
                            zone(reason) + " of firstcard)";
  return first + (reason.detail == 1 ? ": it stays open." : ": others may pass from now on.");
}

std::string fire_words(const Reason& reason) {
  if (reason.detail == 0) return "The fire input holds " + door(reason) + " open.";
  return "The fire input no longer holds " + door(reason) + " open.";
}

std::string line_fault_words(const Reason& reason) {
  return reason.detail == 1 ? "A supervised line is cut." : "A supervised line is shorted.";
}

std::string scheduled_words(const Reason& reason) {
  const std::string time = "The scheduled time (outrelaysetting, " + zone(reason) + ") ";
  return time + (reason.detail == 0 ? "began." : "ended.");
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
  constexpr std::array whose{"the door", "the door at this time", "this person",
                             "this person at this time"};
  const std::string mode = reason.detail < 30 ? "verification mode " + std::to_string(reason.detail)
                                              : std::string{"a verification mode of its own"};
  return "What was shown at " + reader(reason) + " is not what " + door(reason) + " asks for (" +
         mode + ", of " + whose[std::min<std::size_t>(reason.record, whose.size() - 1)] + ").";
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
    case 7:
      return "A command began or ended an emergency.";
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
    case Rule::reader_disabled:
      return capital(reader(reason)) + " is disabled (ReaderProperty.Disable).";
    case Rule::door_disabled:
      return capital(door(reason)) + " is disabled (DoorDisable).";
    case Rule::lockdown:
      return lockdown_words(reason);
    case Rule::door_locked:
      return locked_words(reason);
    case Rule::lockout:
      return lockout_words(reason);
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
    case Rule::first_card:
      return "Nobody of firstcard has been at " + door(reason) +
             " today, and only then may others pass.";
    case Rule::anti_passback:
      return passback_words(reason);
    case Rule::interlock:
      return interlock_words(reason);
    case Rule::verification_mode:
      return mode_words(reason);
    case Rule::parts_timeout:
      return "The next part did not come in time at " + reader(reason) + ".";
    case Rule::multi_card:
      return several_words(reason);
    case Rule::granted:
      return granted_words(reason, at);
    case Rule::super_user:
      return "A super user of " + door(reason) + " may pass.";
    case Rule::emergency_password:
      return emergency_password_words(reason);
    case Rule::first_card_open:
      return first_card_open_words(reason);
    case Rule::duress:
      return reason.detail == 2 ? "A duress finger was shown at " + reader(reason) + "."
                                : "A duress password was typed at " + reader(reason) + ".";
    case Rule::super_gesture:
      return gesture_words(reason);
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
    case Rule::scheduled_output:
      return scheduled_words(reason);
    case Rule::first_card_over:
      return "The time of the first card (" + zone(reason) + ") is over at " + door(reason) + ".";
    case Rule::fire:
      return fire_words(reason);
    case Rule::emergency:
      return reason.detail == 2 ? "An emergency command closes all doors (dual-close)."
                                : "An emergency command opens all doors (dual-open).";
    case Rule::remote:
      return remote_words(reason);
    case Rule::linkage:
      return "Linkage row " + std::to_string(reason.record) + " was triggered by event " +
             std::to_string(reason.detail) + ".";
    case Rule::sensor:
      return "The sensor of " + door(reason) + " moved.";
    case Rule::no_release:
      return capital(door(reason)) + " opened, and nothing had released it.";
    case Rule::held:
      return capital(door(reason)) + " stands open for more than " + seconds(reason.detail) + ".";
    case Rule::line:
      return "An input line moved.";
    case Rule::line_fault:
      return line_fault_words(reason);
    case Rule::input_zone:
      return "The input works only in " + zone(reason) + ", which does not hold " + weekly(at) +
             ".";
    case Rule::doorbell:
      return "The key # was pressed alone at " + reader(reason) + ".";
    case Rule::passback_reset:
      return reason.detail == 0 ? "The passages of everybody were forgotten."
                                : "The passages of this person were forgotten.";
    case Rule::system:
      return "The controller reports on itself.";
  }
  return "No rule was asked.";
}

}  // namespace lintel
