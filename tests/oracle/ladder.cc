// The reasons to refuse, from the strongest down, in the order of Rule.
#include <algorithm>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

bool contains(const std::vector<unsigned>& numbers, unsigned number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

Mode Oracle::Memory::mode_for(const Attempt& attempt, const Moment& now) const {
  if (attempt.pin.empty()) return book.mode(attempt.door(), now);
  return book.mode(attempt.door(), attempt.pin, now);
}

bool Oracle::Memory::locked_out(const Attempt& attempt, const Moment& now) const {
  if (attempt.typed && holds(wrong_at[number(attempt.reader)], now)) return true;
  const bool has_password = (attempt.kinds & by_password) != 0 && !attempt.emergency;
  const auto person = wrong_of.find(attempt.pin);
  return attempt.typed && has_password && !attempt.pin.empty() && person != wrong_of.end() &&
         holds(person->second, now);
}

std::optional<Refusal> Oracle::Memory::refusal(const Attempt& attempt, const Moment& now) const {
  const unsigned door = attempt.door();
  if (!attempt.frame_fits) return Refusal{Rule::frame_format, EventCode::wrong_wiegand_format};
  if (!book.reader(attempt.reader).enabled)
    return Refusal{Rule::reader_disabled, EventCode::door_not_in_valid_period};
  if (!book.doors[door].enabled)
    return Refusal{Rule::door_disabled, EventCode::door_not_in_valid_period};
  if (doors[door].lockdown || dual_close()) return Refusal{Rule::lockdown, EventCode::door_locked};
  return refusal_but_lockdown(attempt, now);
}

// The rungs below lockdown.
std::optional<Refusal> Oracle::Memory::refusal_but_lockdown(const Attempt& attempt,
                                                            const Moment& now) const {
  const unsigned door = attempt.door();
  const DoorParameters& parameters = book.doors[door];
  const bool super = is_super(attempt);
  if (!super && held_by_lock(door, now)) return Refusal{Rule::door_locked, EventCode::door_locked};
  if (locked_out(attempt, now)) return Refusal{Rule::lockout, EventCode::not_registered};
  if (attempt.emergency) return std::nullopt;

  const bool somebody = !attempt.pin.empty();
  if (!somebody && attempt.looked_up && !attempt.ambiguous && !attempt.as_nobody)
    return Refusal{Rule::registered, EventCode::not_registered};
  if (attempt.wrong_password) return Refusal{Rule::password, EventCode::not_registered};
  if (attempt.ambiguous) return Refusal{Rule::password_ambiguous, EventCode::not_registered};
  if (attempt.lost) return Refusal{Rule::card_lost, EventCode::card_lost};

  bool clock_needed = false;
  if (somebody) {
    const User& user = book.users.at(attempt.pin);
    if (user.blacklisted) return Refusal{Rule::blacklist, EventCode::blacklisted};
    if (now.trusted && user.validity.too_late(now.civil))
      return Refusal{Rule::validity, EventCode::too_late};
    if (now.trusted && user.validity.too_early(now.civil))
      return Refusal{Rule::validity, EventCode::too_early};
    clock_needed = !user.validity.unlimited();

    const auto privileges = book.privileges_at(attempt.pin, door);
    std::vector<Privilege> valid = privileges;
    if (now.trusted)
      std::erase_if(valid, [&](const auto& each) { return !each.validity.contains(now.civil); });
    if (!super && !privileges.empty() && valid.empty()) {
      const bool one_will_begin =
          std::any_of(privileges.begin(), privileges.end(), [&](const auto& each) {
            return each.validity.too_early(now.civil) && !each.validity.too_late(now.civil);
          });
      return Refusal{Rule::validity, one_will_begin ? EventCode::too_early : EventCode::too_late};
    }
    if (!super && privileges.empty()) return Refusal{Rule::privilege, EventCode::no_privilege};
    if (!super) {
      const bool may_hold = std::any_of(valid.begin(), valid.end(), [&](const auto& each) {
        return now.trusted ? book.zone_holds(each.timezone, now) : book.zone_exists(each.timezone);
      });
      if (!may_hold) return Refusal{Rule::time_zone, EventCode::outside_time_zone};
      const bool timeless = std::any_of(valid.begin(), valid.end(), [&](const auto& each) {
        return each.validity.unlimited() && book.zone_exists(each.timezone) &&
               book.zone_is_always(each.timezone);
      });
      clock_needed = clock_needed || !timeless;
    }
  }
  const TimezoneId period = parameters.valid_zone;
  if (!super && book.zone_exists(period) && !book.zone_is_always(period)) clock_needed = true;
  const Mode mode = mode_for(attempt, now);
  if (!now.trusted && (clock_needed || mode.unknown))
    return Refusal{Rule::clock_untrusted, EventCode::outside_time_zone};
  if (!super && !book.zone_exists(period))
    return Refusal{Rule::door_period, EventCode::door_not_in_valid_period};
  if (!super && now.trusted && !book.zone_holds(period, now))
    return Refusal{Rule::door_period, EventCode::door_not_in_valid_period};

  if (somebody && !super) {
    for (const LetIn& before : doors[door].let_in) {
      if (before.pin == attempt.pin && before.card == attempt.card &&
          now.uptime < before.at + parameters.interval)
        return Refusal{Rule::interval, EventCode::interval_too_short};
    }
  }
  if (parameters.first_card == FirstCard::activation && !super && !doors[door].first_card &&
      !(somebody && book.is_first_card(attempt.pin, door, now)))
    return Refusal{Rule::first_card, EventCode::door_not_in_valid_period};
  if (somebody && !super && passed_back(attempt, now))
    return Refusal{Rule::anti_passback, EventCode::passed_back};
  if (interlocked_by(door)) return Refusal{Rule::interlock, EventCode::interlocked};
  if (!attempt.in_order || (attempt.kinds & ~mode.kinds()) != 0)
    return Refusal{Rule::verification_mode, EventCode::wrong_verification_mode};
  if (!attempt.in_time) return Refusal{Rule::parts_timeout, EventCode::verification_timeout};
  return std::nullopt;
}

// ---- anti-passback

const Passage* Oracle::Memory::last_passage(const Pin& pin,
                                            const std::vector<unsigned>& of_readers) const {
  const Passage* last = nullptr;
  for (const auto& [key, passage] : passages) {
    if (passage.pin != pin || !contains(of_readers, passage.reader)) continue;
    if (last == nullptr || last->order < passage.order) last = &passage;
  }
  return last;
}

bool Oracle::Memory::passed_back(const Attempt& attempt, const Moment& now) const {
  const unsigned reader = number(attempt.reader), door = attempt.door();
  const DoorParameters& parameters = book.doors[door];
  for (const Book::Sides& sides : book.anti_passback_sides()) {
    std::vector<unsigned> both = sides.one;
    both.insert(both.end(), sides.other.begin(), sides.other.end());
    if (!contains(both, reader)) continue;
    const auto& mine = contains(sides.one, reader) ? sides.one : sides.other;
    const Passage* last = last_passage(attempt.pin, both);
    if (last != nullptr && contains(mine, last->reader)) return true;
  }

  const unsigned in_reader = 2 * door - 1, out_reader = 2 * door;
  const bool at_in = reader == in_reader;
  const unsigned ways = parameters.in_out_anti_passback;
  const Passage* here = last_passage(attempt.pin, {in_reader, out_reader});
  if ((at_in && (ways & 1) != 0) || (!at_in && (ways & 2) != 0)) {
    if (here != nullptr && here->reader == reader) return true;
  }
  // Once he has left by the out reader, his last passage here is by that one.
  if (at_in && parameters.anti_passback.count() != 0 && here != nullptr &&
      here->reader == in_reader) {
    if (now.uptime < here->at + parameters.anti_passback) return true;
  }
  return passed_back_by_lists(attempt);
}

bool Oracle::Memory::passed_back_by_lists(const Attempt& attempt) const {
  for (const ListPair& pair : book.rules.anti_passback_pairs) {
    const auto from = book.points(pair.from), to = book.points(pair.to);
    const auto in_from = Book::point_of(from, attempt.reader);
    const auto in_to = Book::point_of(to, attempt.reader);
    if (!in_from && !in_to) continue;
    std::vector<unsigned> of_both;
    for (unsigned reader = 1; reader <= book.layout.readers(); ++reader) {
      const ReaderId id{static_cast<std::uint8_t>(reader)};
      if (Book::point_of(from, id) || Book::point_of(to, id)) of_both.push_back(reader);
    }
    const Passage* last = last_passage(attempt.pin, of_both);
    if (last == nullptr) continue;
    const ReaderId last_reader{static_cast<std::uint8_t>(last->reader)};
    const auto last_in_from = Book::point_of(from, last_reader);
    const auto last_in_to = Book::point_of(to, last_reader);
    // Through the point at which he stands; a door is one point with both of its readers.
    std::vector<Book::Point> all = from;
    all.insert(all.end(), to.begin(), to.end());
    const Book::Point here = *Book::point_of(all, attempt.reader);
    if (here.number == (here.reader ? last->reader : number(door_of(last_reader)))) return true;
    if (!in_to && !last_in_to) return true;
    if (!in_from && !last_in_from) return true;
  }
  return false;
}

// ---- interlock

// Another door that stands open, is released, or is about to be.
std::optional<unsigned> Oracle::Memory::interlocked_by(unsigned door) const {
  if (interlock_is_lifted()) return std::nullopt;
  return plainly_interlocked_by(door);
}

std::optional<unsigned> Oracle::Memory::plainly_interlocked_by(unsigned door) const {
  const auto is_in_the_way = [&](unsigned other) {
    return other != door && other <= book.layout.doors &&
           (stands_open(other) || doors[other].lock_on || doors[other].delayed_until ||
            is_free(other));
  };
  for (const Book::DoorSets& sets : book.interlocks()) {
    for (const auto& [mine, others] :
         {std::pair{sets.one, sets.other}, std::pair{sets.other, sets.one}}) {
      if (!contains(mine, door)) continue;
      for (const unsigned other : others) {
        if (is_in_the_way(other)) return other;
      }
    }
  }
  return std::nullopt;
}

}  // namespace lintel::oracle
