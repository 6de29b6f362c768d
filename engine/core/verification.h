// Verification modes: what a door asks for, and what has been shown so far.
//
// A keypad entry ends with #. * clears what was typed. A door that asks for several parts takes
// them in any order that its mode allows, each within `part_wait` of the one before.
//   card              a card
//   password          PASSWORD #                    (it must be one person's alone)
//   card + password   card, then PASSWORD #
//   user ID           ID #
//   ID + password     ID #, then PASSWORD #
// A password typed before its card or ID at a door that wants both is refused with 41.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/core/types.h"

namespace lintel {

struct VerifyMode {
  std::uint16_t proofs = 0;  // the kinds it names
  bool all = false;          // true: every one of them; false: any one
  std::uint16_t or_all = 0;  // a second set that will do as well, whole (mode 14); 0: none
  VerifyCode code{};         // what `verifytype` says of a success
  // Does the kind occur in it at all? If not, showing it is the wrong mode (41).
  [[nodiscard]] bool names(Proof proof) const { return ((proofs | or_all) & bit(proof)) != 0; }
  [[nodiscard]] bool met_by(std::uint16_t shown) const {
    if (or_all != 0 && (or_all & shown) == or_all) return true;
    return all ? (proofs & shown) == proofs : (proofs & shown) != 0;
  }
};

// A mode as a number: 0-29 of appendix 3, or `mode_new_form` with the 16 digits of 9.5.1 below it.
using ModeCode = std::uint16_t;
inline constexpr ModeCode mode_none = 255;  // as DiffTimezoneVS says that it has none
inline constexpr ModeCode mode_new_form = 0x8000;

// "0" to "29", or 16 binary digits (the last digit is the logic, 1 = all of them). Nothing: no such
// mode. Modes that name a sensor which this box does not have are real modes all the same.
std::optional<ModeCode> mode_code(std::string_view text);
// REQUIRES: mode_code() made it.
VerifyMode verify_mode(ModeCode code);
std::optional<VerifyMode> verify_mode(std::string_view text);

// What `verifytype` says of these kinds, once shown: the mode of appendix 3 that asks for exactly
// them; `none` where there is none. An ID with a password counts as a password: the text has no
// code of its own for it.
VerifyCode code_of(std::uint16_t shown);

// How long a reader waits for the next part or key.
inline constexpr std::chrono::seconds part_wait{10};

}  // namespace lintel
