#include "engine/core/verification.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/base/check.h"

namespace lintel {

namespace {

constexpr std::uint16_t face = bit(Proof::face), palm = bit(Proof::palm_vein),
                        finger = bit(Proof::fingerprint), vein = bit(Proof::finger_vein),
                        password = bit(Proof::password), id = bit(Proof::user_id),
                        card = bit(Proof::card);

constexpr VerifyMode any(unsigned proofs) {
  return {.proofs = static_cast<std::uint16_t>(proofs), .all = false};
}
constexpr VerifyMode all(unsigned proofs, unsigned or_all = 0) {
  return {.proofs = static_cast<std::uint16_t>(proofs),
          .all = true,
          .or_all = static_cast<std::uint16_t>(or_all)};
}

// Appendix 3, by its numbers.
constexpr std::array modes{
    any(vein | palm | face | finger | card | password),  // 0, automatic
    any(finger),                                         // 1
    any(id),                                             // 2
    any(password),                                       // 3
    any(card),                                           // 4
    any(finger | password),                              // 5
    any(finger | card),                                  // 6
    any(card | password),                                // 7
    all(id | finger),                                    // 8
    all(finger | password),                              // 9
    all(card | finger),                                  // 10
    all(card | password),                                // 11
    all(finger | password | card),                       // 12
    all(id | finger | password),                         // 13
    all(id | finger, card | finger),                     // 14
    any(face),                                           // 15
    all(face | finger),                                  // 16
    all(face | password),                                // 17
    all(face | card),                                    // 18
    all(face | finger | card),                           // 19
    all(face | finger | password),                       // 20
    any(vein),                                           // 21
    all(vein | password),                                // 22
    all(vein | card),                                    // 23
    all(vein | password | card),                         // 24
    any(palm),                                           // 25
    all(palm | card),                                    // 26
    all(palm | face),                                    // 27
    all(palm | finger),                                  // 28
    all(palm | finger | face),                           // 29
};
static_assert(modes.size() == 30);
static_assert(std::all_of(modes.begin(), modes.end(), [](const VerifyMode& mode) {
  return mode.proofs != 0;  // a mode that asks for nothing would open to anybody
}));

constexpr std::size_t digits_of_new_form = 16;
constexpr std::uint16_t known_proofs = 0x1FFE;  // positions 1 to 12; 0 is the logic
static_assert((known_proofs & mode_new_form) == 0);

// Position 0 stands last in the text.
std::optional<ModeCode> new_form(std::string_view text) {
  unsigned bits = 0;
  for (const char c : text) {
    if (c != '0' && c != '1') return std::nullopt;
    bits = bits << 1 | static_cast<unsigned>(c - '0');
  }
  const unsigned proofs = bits & ~unsigned{proofs_all_of};
  if (proofs == 0 || (proofs & ~unsigned{known_proofs}) != 0) return std::nullopt;
  return static_cast<ModeCode>(mode_new_form | bits);
}

}  // namespace

std::optional<ModeCode> mode_code(std::string_view text) {
  if (text.size() == digits_of_new_form) return new_form(text);
  if (text.empty() || text.size() > 2) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number >= modes.size()) return std::nullopt;
  return static_cast<ModeCode>(number);
}

VerifyMode verify_mode(ModeCode code) {
  if ((code & mode_new_form) != 0) {
    const auto proofs = static_cast<std::uint16_t>(code & known_proofs);
    const bool all_of_them = (code & proofs_all_of) != 0;
    return {.proofs = proofs,
            .all = all_of_them,
            .code = all_of_them ? code_of(proofs) : VerifyCode::automatic};
  }
  DOOR_CHECK(code < modes.size());
  VerifyMode mode = modes[code];
  mode.code = static_cast<VerifyCode>(code);
  return mode;
}

std::optional<VerifyMode> verify_mode(std::string_view text) {
  const auto code = mode_code(text);
  if (!code) return std::nullopt;
  return verify_mode(*code);
}

VerifyCode code_of(std::uint16_t shown) {
  if (shown == (id | password)) return VerifyCode::password;
  const auto asks_for_exactly_that = [&](const VerifyMode& mode) {
    return mode.proofs == shown && (mode.all || std::has_single_bit(shown));
  };
  const auto* const mode = std::find_if(modes.begin(), modes.end(), asks_for_exactly_that);
  if (mode == modes.end()) return VerifyCode::none;
  return static_cast<VerifyCode>(mode - modes.begin());
}

}  // namespace lintel
