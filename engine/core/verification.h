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

// Kinds of proof, as bits; the new form of the protocol (9.5.1) uses the same positions.
enum class Proof : std::uint16_t {
  face = 1u << 1,
  palm_print = 1u << 2,
  palm_vein = 1u << 3,
  fingerprint = 1u << 4,
  finger_vein = 1u << 5,
  voice = 1u << 6,
  iris = 1u << 7,
  retina = 1u << 8,
  password = 1u << 9,
  user_id = 1u << 10,
  card = 1u << 11,
  qr_code = 1u << 12,
};
constexpr std::uint16_t bit(Proof proof) {
  return static_cast<std::uint16_t>(proof);
}

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

// 0-29 (appendix 3) or 16 binary digits (9.5.1: the last digit is the logic, 1 = all of them).
// Nothing: no such mode. Modes that name a sensor which this box does not have are real modes all
// the same: cards and passwords that they name count, those that they do not are refused with 41.
std::optional<VerifyMode> verify_mode(std::string_view text);

// What `verifytype` says of these kinds, once shown; `none` where no code of appendix 3 fits. An
// ID with a password counts as a password: the text has no code of its own for it.
VerifyCode code_of(std::uint16_t shown);

// How long a reader waits for the next part or key.
inline constexpr std::chrono::seconds part_wait{10};

}  // namespace lintel
