// What the rules remember and must not forget: small rows that go to disk in one transaction with
// the events of the same turn, and come back before the first decision after a restart.
#pragma once

#include <compare>
#include <cstdint>

#include "engine/core/types.h"

namespace lintel {

// Numbers stand in files: never changed, only added to.
enum class KeptKind : std::uint8_t {
  passage = 1,         // place: reader; pin. value: civil seconds, extra: order of the passage
  stay_open = 2,       // place: door. told to stay open until closed
  first_card = 3,      // place: door. value: day (since 1970) on which it began, extra: its zone
  emergency = 4,       // value: 1 dual-open, 2 dual-close
  lockdown = 5,        // place: door. locked down by a super user
  alarms = 6,          // place: door. value: bits of Alarm
  reader_lockout = 7,  // place: reader. value: wrong entries, extra: 1 while locked out
  person_lockout = 8,  // pin. value: wrong passwords, extra: 1 while locked out
  temporary_day = 9,   // value: the day (since 1970) up to which temporary users are gone
};

struct KeptKey {
  KeptKind kind{};
  std::uint8_t place = 0;
  Pin pin;
  auto operator<=>(const KeptKey&) const = default;
};

// Trivially copyable: it crosses threads by value. There is one row for each key.
struct Kept {
  enum class Change : std::uint8_t {
    put,       // replaces the row of this key
    erase,     // the row of this key
    erase_all  // every row of this kind, whatever place and pin say
  };
  KeptKey key;
  std::int64_t value = 0;
  std::int64_t extra = 0;
  Change change = Change::put;
};

}  // namespace lintel
