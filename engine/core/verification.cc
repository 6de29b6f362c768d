#include "engine/core/verification.h"

#include <algorithm>
#include <array>

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

// Position 0 stands last in the text.
std::optional<VerifyMode> new_form(std::string_view text) {
  unsigned bits = 0;
  for (const char c : text) {
    if (c != '0' && c != '1') return std::nullopt;
    bits = bits << 1 | static_cast<unsigned>(c - '0');
  }
  const bool logic_all = (bits & 1) != 0;
  const auto proofs = static_cast<std::uint16_t>(bits & ~1u);
  if (proofs == 0 || (proofs & ~known_proofs) != 0) return std::nullopt;
  return VerifyMode{.proofs = proofs,
                    .all = logic_all,
                    .code = logic_all ? code_of(proofs) : VerifyCode::automatic};
}

}  // namespace

std::optional<VerifyMode> verify_mode(std::string_view text) {
  if (text.size() == digits_of_new_form) return new_form(text);
  if (text.empty() || text.size() > 2) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number >= modes.size()) return std::nullopt;
  VerifyMode mode = modes[number];
  mode.code = static_cast<VerifyCode>(number);
  return mode;
}

VerifyCode code_of(std::uint16_t shown) {
  switch (shown) {
    case id:
      return VerifyCode::user_id;
    case password:
    case id | password:
      return VerifyCode::password;
    case card:
      return VerifyCode::card;
    case card | password:
      return VerifyCode::card_and_password;
    default:
      return VerifyCode::none;
  }
}

}  // namespace lintel
