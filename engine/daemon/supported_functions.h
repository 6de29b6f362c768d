// AccSupportFunList (4.4): a position for each function that a server may build upon, computed from
// what this build really does. Each is asked of the part that does it: a row is given to its table
// of rules, a parameter to a door, a frame to a card format; without the part the position is 0.
//
// Here stand the functions of the engine. What the conversation carries out (ACCOUNT, enrolment,
// uploads) is added by push, which is the one that does it.
#pragma once

#include <string>

#include "engine/daemon/facts.h"

namespace lintel::daemon {

inline constexpr unsigned support_positions = 67;

// NTP servers: only where the system takes them, which is not known here.
inline constexpr unsigned ntp_function = 61;

// 67 digits, position 0 first.
std::string engine_support_list(const Facts& facts);

}  // namespace lintel::daemon
