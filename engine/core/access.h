// The access ladder: may this person pass this door now? One guard for each reason to refuse, the
// strongest on top; the first that refuses decides.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/controller.h"
#include "engine/core/verification.h"

namespace lintel {

// What has been shown at a reader, and whom it names.
struct Attempt {
  // `right`: also where none was asked for, or it was the password that named the person.
  enum class Secret : std::uint8_t { right, wrong, ambiguous };

  ReaderId reader{};
  const User* person = nullptr;  // null: it names nobody
  CardNo card;
  std::uint32_t site_code = 0;
  std::uint8_t card_bits = 0;
  std::uint16_t proofs = 0;  // bits of Proof
  Secret password = Secret::right;
  bool card_lost = false;
  bool frame_fits = true;  // false: `card_bits` of noise, and nothing else
  bool looked_up = true;   // false: nobody was looked for, since the door does not ask for this
  bool in_order = true;    // false: a password before what it belongs to
  bool in_time = true;     // false: the next part did not come
};

// Who was let in last at a door (DoorIntertime).
struct LastGrant {
  Pin pin;  // empty: nobody yet
  CardNo card;
  Uptime at{};
};

// Everything that the ladder looks at.
struct Circumstances {
  const Attempt& attempt;
  const DoorParameters& door;
  const VerifyMode& mode;
  const LastGrant& last;
  const Calendar& calendar;
  std::span<const Privilege> privileges;  // of the person
  Moment now;
};

struct Verdict {
  bool granted = false;
  EventCode code{};  // of a refusal; `opened` when granted
  Reason reason;
};

// Allocates nothing.
Verdict decide(const Circumstances& circumstances);

// The whole ladder: every rung is asked, whether a stronger one has refused or not.
std::vector<Rung> all_rungs(const Circumstances& circumstances);

}  // namespace lintel
