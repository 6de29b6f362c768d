// Why: the rule that decided, the record it looked at, and the time it used. Every decision carries
// one; the journal keeps it, and people read it in words. A plain value, no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/types.h"

namespace lintel {

// The rungs of the access ladder stand first, in the order in which they are asked, the strongest
// on top.
enum class Rule : std::uint8_t {
  none = 0,
  // -- credential refused
  frame_format,        // the frame fits no card format: detail = bits
  reader_disabled,     // ReaderProperty.Disable
  door_disabled,       // DoorDisable
  lockdown,            // detail 1: by a super user, 2: emergency dual-close
  door_locked,         // DoorMaskFlag, a remote lock, or a scheduled "closed": record = its zone
  lockout,             // too many wrong entries: detail = seconds left; record 1: the reader's,
                       // 2: the person's
  registered,          // the card, user ID or password is nobody's
  password,            // the password is not this person's
  password_ambiguous,  // the password is several people's, so it names none of them
  card_lost,
  blacklist,
  validity,           // StartTime/EndTime of the user (detail 0 too early, 1 too late), or of each
                      // privilege for this door (2 too early, 3 too late; record = its zone)
  privilege,          // no userauthorize row for this door
  time_zone,          // privileges, but none whose time zone holds now: record = the zone looked at
                      // last; detail = how many were looked at, 0: that zone does not exist
  clock_untrusted,    // a rule depends on time, and the clock is not trusted: record = the zone,
                      // 0: a period of validity; detail 1: a verification schedule (record)
  door_period,        // DoorValidTZ: record = zone
  interval,           // DoorIntertime: detail = seconds still to wait
  first_card,         // DoorFirstCardOpenDoor 2: nobody of firstcard has been here today
  anti_passback,      // detail 1 appendix 8, 2 in/out of the door, 3 timed, 4 AntiPassBack;
                      // record = the reader of the last passage, or of 3 the seconds still to wait
  interlock,          // record = the door that is open or released. detail 1 where it passes
                      // although one is: fire or emergency overrides it
  verification_mode,  // the kind shown is not what is asked for: detail = the mode, 30: one of the
                      // new form; record 0 the door's, 1 the door's schedule, 2 the person's,
                      // 3 the person's schedule
  parts_timeout,      // the next part did not come in time
  // -- several people
  multi_card,  // detail 0 waiting for more (record = how many are there), 1 nobody here waits for
               // this group, 2 the same person again, 3 the next one did not come in time, 4 no
               // group is defined for the door, 5 complete (record = how many they were)
  // -- credential accepted
  granted,             // record = the time zone of the privilege that held; detail = seconds of the
                       // release, 0: the lock is not released
  super_user,          // detail = seconds of the release
  emergency_password,  // detail = seconds of the release; record = the door whose interlock it
                       // overrides
  first_card_open,     // record = the zone of firstcard; detail 1 stays open, 2 activated
  duress,              // detail 1 password, 2 finger
  super_gesture,       // detail 1 closed for the day, 2 open again, 3 locked down, 4 lockdown over
  // -- the door's own rules
  exit_button,         // detail = seconds of DoorDrivertime, 0: the lock is not released
  exit_button_locked,  // DoorREXInput: a press does not release the lock
  exit_button_period,  // DoorValidTZ or the zone of the button itself: record = zone
  normal_open_zone,  // DoorKeepOpenTimeZone: record = zone; detail 0 began, 1 ended, 2 holds still
  normal_open_cancelled,
  normal_open_enabled,
  scheduled_output,  // outrelaysetting: record = zone; detail 0 began, 1 ended
  first_card_over,   // the zone of the first card is over: record = zone
  fire,              // detail 0 began, 1 ended, 2 a fault of its line
  emergency,         // detail 1 dual-open, 2 dual-close
  remote,            // a command: detail = its verb (AA of CONTROL DEVICE)
  linkage,           // record = the row of inoutfun, detail = the code that triggered it
  sensor,            // the door sensor moved
  no_release,        // the door opened and nothing had released it
  held,              // detail = seconds it was allowed to stand open
  line,              // an input line moved
  line_fault,        // a supervised line is cut (detail 1) or shorted (2)
  input_zone,        // an input was used outside its zone: record = zone
  doorbell,
  passback_reset,  // detail 0: of everybody, 1: of the person in the event
  system,          // start, server link, journal
  last_rule = system,
};
inline constexpr unsigned rungs = static_cast<unsigned>(Rule::parts_timeout);  // of the ladder

struct Reason {
  Rule rule = Rule::none;
  std::uint32_t record = 0;  // time zone id where the rule looked at one
  std::uint32_t detail = 0;  // see the rule
  DoorId door{};
  ReaderId reader{};
  // Of a refused credential: every rung that refused at that moment, bit n for Rule n.
  std::uint32_t refused_by = 0;
};
static_assert(rungs < 32);

// A whole sentence for a technician, without card number or password:
// "Time zone 3 does not hold on Monday at 08:10, and this person has no other privilege for
// door 2."
std::string in_words(const Reason& reason, CivilTime at);

// A short form for the journal, "time_zone record=3 door=2 reader=3", and back. Unknown words:
// nothing.
std::string to_text(const Reason& reason);
std::optional<Reason> reason_from_text(std::string_view text);

const char* name_of(Rule rule);

}  // namespace lintel
