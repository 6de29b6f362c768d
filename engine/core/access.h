// The access ladder: may this person pass this door now? One guard for each reason to refuse, the
// strongest on top; the first that refuses decides.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/controller.h"
#include "engine/core/places.h"
#include "engine/core/verify_schedule.h"

namespace lintel {

class Door;
class Lockouts;
class Passages;
struct Configuration;

// What has been shown at a reader, and whom it names.
struct Attempt {
  // `right`: also where none was asked for, or it was the password that named the person.
  enum class Secret : std::uint8_t { right, wrong, ambiguous };
  enum class Duress : std::uint8_t { none = 0, password = 1, finger = 2 };

  ReaderId reader{};
  std::optional<Person> person;  // nothing: it names nobody
  CardNo card;
  std::uint32_t site_code = 0;
  std::uint8_t card_bits = 0;
  std::uint16_t proofs = 0;  // bits of Proof
  Secret password = Secret::right;
  Duress duress = Duress::none;
  bool typed = false;      // it ends with keys: an ID or a password
  bool emergency = false;  // the emergency password of the door: nobody, and hardly a rule
  bool card_lost = false;
  bool frame_fits = true;  // false: `card_bits` of noise, and nothing else
  bool looked_up = true;   // false: nobody was looked for, since the door does not ask for this
  bool in_order = true;    // false: a password before what it belongs to
  bool in_time = true;     // false: the next part did not come
};

// Everything that the ladder looks at.
struct Circumstances {
  const Attempt& attempt;
  const Door& door;
  const Configuration& with;
  const Passages& passages;
  const Lockouts& lockouts;
  ModeInForce mode;
  People::Privileges privileges;  // of the person
  bool super_user = false;
  DoorSet busy = 0;                   // open, released, or about to be
  bool interlock_overridden = false;  // by fire or emergency
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
