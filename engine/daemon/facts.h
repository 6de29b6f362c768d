// What this controller is, in the protocol's words: the answers to options of kind `fact`, computed
// from what the build and the board really have. Set once at start; any thread may read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/types.h"

namespace lintel::daemon {

struct Facts {
  std::string serial;
  std::string name;
  std::string board;
  Layout layout;
  // [device] door_ids = single: userauthorize.AuthorizeDoorId is one door, not a mask of doors.
  bool single_door_ids = false;
  std::string security_level = "0";  // [push] security_level: DevNSLevel
  // Where a firmware lies that is on its way to the installer; made when one comes.
  std::string update_folder = {};
  // The file that a factory reset leaves: event 6016 is recorded, and it goes. Empty: none is
  // looked for.
  std::string reset_mark = {};
  // What a frame of each reader proves, as the board file has it, reader 1 first; fewer than there
  // are: the rest are card readers. What the server says of a reader wins.
  std::vector<Proof> reader_proofs = {};
};

inline constexpr std::string_view version_text = LINTEL_VERSION;  // "0.1.0"
inline constexpr std::string_view push_version = "3.1.2";

// The value of a fact that is not in the catalogue's own words (its fallback); empty: none.
std::string fact(const Facts& facts, std::string_view name);

}  // namespace lintel::daemon
