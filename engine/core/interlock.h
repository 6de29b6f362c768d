// Interlock: which doors must be shut before a door may be released. Made from appendix 9 and the
// tables InterLock and TriggerList.
#pragma once

#include <array>
#include <optional>

#include "engine/core/places.h"
#include "engine/core/rules.h"

namespace lintel {

class Interlock {
 public:
  Interlock() = default;
  Interlock(const Rules& rules, const Layout& layout);

  // The doors of which none may be open, released or about to be.
  [[nodiscard]] DoorSet rivals(DoorId door) const { return rivals_[number(door) - 1]; }
  // One of `busy` that stands in the way of the door; nothing: it may be released.
  [[nodiscard]] std::optional<DoorId> blocks(DoorId door, DoorSet busy) const;

 private:
  void add(DoorSet from, DoorSet to);
  std::array<DoorSet, limits::doors_max> rivals_{};
};

}  // namespace lintel
