#include "engine/core/interlock.h"

#include <bit>

namespace lintel {

Interlock::Interlock(const Rules& rules, const Layout& layout) {
  const DoorSet all = first_bits(layout.doors);
  const auto group = [&](DoorSet doors) { add(doors & all, doors & all); };
  switch (rules.interlock) {
    case 1:
      group(0b0011);
      break;
    case 2:
      group(0b1100);
      break;
    case 3:
      group(0b0111);
      break;
    case 4:
      group(0b0011);
      group(0b1100);
      break;
    case 5:
      group(0b1111);
      break;
    default:
      break;
  }
  const auto side = [&](std::uint32_t list) {
    DoorSet doors = 0;
    for (const TriggerPoint& point : rules.triggers) {
      if (point.list != list || point.reader) continue;
      if (point.number == 0) doors |= all;
      if (point.number >= 1 && point.number <= layout.doors) doors |= bit(DoorId{point.number});
    }
    return doors;
  };
  for (const ListPair& pair : rules.interlock_pairs)
    add(side(pair.from), side(pair.to));
}

void Interlock::add(DoorSet from, DoorSet to) {
  for (unsigned d = 1; d <= rivals_.size(); ++d) {
    const DoorSet me = bit(DoorId{static_cast<std::uint8_t>(d)});
    if ((from & me) != 0) rivals_[d - 1] |= to & ~me;
    if ((to & me) != 0) rivals_[d - 1] |= from & ~me;
  }
}

std::optional<DoorId> Interlock::blocks(DoorId door, DoorSet busy) const {
  const DoorSet in_the_way = rivals(door) & busy;
  if (in_the_way == 0) return std::nullopt;
  return DoorId{static_cast<std::uint8_t>(std::countr_zero(in_the_way) + 1)};
}

}  // namespace lintel
