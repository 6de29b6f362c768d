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
  door_disabled,       // DoorDisable
  door_locked,         // DoorMaskFlag, or a remote lock
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
                      // 0: a period of validity
  door_period,        // DoorValidTZ: record = zone
  interval,           // DoorIntertime: detail = seconds still to wait
  verification_mode,  // the kind shown is not what the door asks for: detail = DoorVerifyType,
                      // 30: one of the new form
  parts_timeout,      // the second part did not come in time
  // -- credential accepted
  granted,  // record = the time zone of the privilege that held; detail = seconds of
            // DoorDrivertime, 0: the lock is not released
  // -- the door's own rules
  exit_button,         // detail = seconds of DoorDrivertime, 0: the lock is not released
  exit_button_locked,  // DoorREXInput: a press does not release the lock
  exit_button_period,  // DoorValidTZ or the zone of the button itself: record = zone
  normal_open_zone,  // DoorKeepOpenTimeZone: record = zone; detail 0 began, 1 ended, 2 holds still
  normal_open_cancelled,
  normal_open_enabled,
  remote,      // a command: detail = its verb (AA of CONTROL DEVICE)
  sensor,      // the door sensor moved
  no_release,  // the door opened and nothing had released it
  held,        // detail = seconds it was allowed to stand open
  line,        // an input line moved
  system,      // start, server link, journal
  last_rule = system,
};

struct Reason {
  Rule rule = Rule::none;
  std::uint32_t record = 0;  // time zone id where the rule looked at one
  std::uint32_t detail = 0;  // see the rule
  DoorId door{};
  ReaderId reader{};
};

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
