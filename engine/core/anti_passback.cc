#include "engine/core/anti_passback.h"

namespace lintel {

namespace {

ReaderSet doors(std::initializer_list<std::uint8_t> numbers) {
  ReaderSet set = 0;
  for (const std::uint8_t each : numbers)
    set |= readers_of(DoorId{each});
  return set;
}

}  // namespace

AntiPassback::AntiPassback(const Rules& rules, const Layout& layout) {
  const ReaderSet all = first_bits(layout.readers());
  const auto among = [&](ReaderSet from, ReaderSet to) {
    add(Kind::appendix, {.doors = from & all}, {.doors = to & all});
  };
  switch (rules.anti_passback) {
    case 1:
      among(doors({1}), doors({2}));
      break;
    case 2:
      among(doors({3}), doors({4}));
      break;
    case 3:
      among(doors({1}), doors({2}));
      among(doors({3}), doors({4}));
      break;
    case 4:
      among(doors({1, 2}), doors({3, 4}));
      break;
    case 5:
      among(doors({1}), doors({2, 3}));
      break;
    case 6:
      among(doors({1}), doors({2, 3, 4}));
      break;
    default: {
      constexpr unsigned misprinted = 196, meant = 192, door_1 = 16;
      const unsigned value = rules.anti_passback == misprinted ? meant : rules.anti_passback;
      for (std::uint8_t door = 1; door <= 4; ++door) {
        if ((value & door_1 << (door - 1)) == 0) continue;
        const auto in = static_cast<std::uint8_t>(2 * door - 1);
        add(Kind::appendix, {.readers = bit(ReaderId{in}) & all},
            {.readers = bit(ReaderId{static_cast<std::uint8_t>(in + 1)}) & all});
      }
    }
  }
  const auto side = [&](std::uint32_t list) {
    Side points;
    for (const TriggerPoint& point : rules.triggers) {
      if (point.list != list) continue;
      ReaderSet& kind = point.reader ? points.readers : points.doors;
      const unsigned most = point.reader ? layout.readers() : layout.doors;
      if (point.number == 0) {
        kind |= all;
      } else if (point.number <= most) {
        kind |= point.reader ? bit(ReaderId{point.number}) : readers_of(DoorId{point.number});
      }
    }
    return points;
  };
  for (const ListPair& pair : rules.anti_passback_pairs)
    add(Kind::lists, side(pair.from), side(pair.to));
}

void AntiPassback::add(Kind kind, const Side& from, const Side& to) {
  Rule rule{.kind = kind, .points = from.all() | to.all()};
  for (unsigned r = 1; r <= rule.opposite.size(); ++r) {
    const ReaderId reader{static_cast<std::uint8_t>(r)};
    const ReaderSet me = bit(reader);
    const bool by_itself = ((from.readers | to.readers) & me) != 0;
    const ReaderSet own = by_itself ? me : readers_of(door_of(reader));
    ReaderSet opposite = 0;
    if ((from.all() & me) != 0) opposite |= to.all();
    if ((to.all() & me) != 0) opposite |= from.all();
    rule.opposite[r - 1] = opposite & ~own;
  }
  if (rule.points != 0) rules_.push_back(rule);
}

std::optional<AntiPassback::Refusal> AntiPassback::refuses(const Pin& pin, ReaderId reader,
                                                           const DoorParameters& door,
                                                           const Passages& passages,
                                                           Uptime now) const {
  const ReaderSet me = bit(reader);
  const auto own_door = [&] { return passages.last(pin, readers_of(door_of(reader))); };
  const auto of_kind = [&](Kind kind) -> std::optional<Refusal> {
    for (const Rule& rule : rules_) {
      if (rule.kind != kind || (rule.points & me) == 0) continue;
      const auto last = passages.last(pin, rule.points);
      if (last && (rule.opposite[number(reader) - 1] & bit(last->reader)) == 0) {
        return Refusal{.kind = kind, .last = last->reader};
      }
    }
    return std::nullopt;
  };
  if (const auto refusal = of_kind(Kind::appendix)) return refusal;
  const bool in = way_of(reader) == InOut::in;
  const unsigned asked_of = in ? 1 : 2;  // bits of DoorInOutAntiPassback
  if ((door.in_out_anti_passback & asked_of) != 0) {
    const auto last = own_door();
    if (last && last->reader == reader) return Refusal{.kind = Kind::in_out, .last = reader};
  }
  if (in && door.anti_passback > std::chrono::seconds{0}) {
    const auto last = own_door();
    if (last && last->reader == reader && now < last->uptime + door.anti_passback) {
      return Refusal{.kind = Kind::timed,
                     .last = reader,
                     .still_to_wait = std::chrono::ceil<std::chrono::seconds>(
                         last->uptime + door.anti_passback - now)};
    }
  }
  return of_kind(Kind::lists);
}

}  // namespace lintel
