#include "engine/core/lockout.h"

#include <algorithm>

namespace lintel {

Lockouts::Lockouts() {
  people_.reserve(people_max);
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    readers_[i].key = {KeptKind::reader_lockout, static_cast<std::uint8_t>(i + 1), Pin{}};
  }
}

std::optional<std::chrono::seconds> Lockouts::left(const Count& count, Uptime now) {
  if (!count.locked || now >= count.over_at) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(count.over_at - now);
}

const Lockouts::Count* Lockouts::find(const Pin& pin) const {
  const auto found = std::find_if(people_.begin(), people_.end(),
                                  [&](const Count& each) { return each.key.pin == pin; });
  return found != people_.end() ? &*found : nullptr;
}

std::optional<std::chrono::seconds> Lockouts::of_reader(ReaderId reader, Uptime now) const {
  return left(readers_[number(reader) - 1], now);
}

std::optional<std::chrono::seconds> Lockouts::of_person(const Pin& pin, Uptime now) const {
  const Count* count = find(pin);
  return count != nullptr ? left(*count, now) : std::nullopt;
}

bool Lockouts::wrong(Count& count, Turn& turn) {
  const Uptime now = turn.now.uptime;
  if (count.wrong == 0 || now >= count.over_at) {
    count.wrong = 0;
    count.locked = false;
    count.over_at = now + lockout_time;
  }
  const bool too_many = ++count.wrong == limits::wrong_entries_max;
  if (too_many) {
    count.locked = true;
    count.over_at = now + lockout_time;
  }
  turn.keep(count.key, count.wrong, count.locked ? 1 : 0);
  return too_many;
}

bool Lockouts::wrong_at(ReaderId reader, Turn& turn) {
  return wrong(readers_[number(reader) - 1], turn);
}

bool Lockouts::wrong_of(const Pin& pin, Turn& turn) {
  if (const Count* known = find(pin))
    return wrong(people_[static_cast<std::size_t>(known - people_.data())], turn);
  if (people_.size() == people_max) clean(turn);
  if (people_.size() == people_max) people_.erase(people_.begin());
  people_.push_back({.key = {KeptKind::person_lockout, 0, pin}});
  return wrong(people_.back(), turn);
}

void Lockouts::restore(const Kept& row) {
  const Count count{.key = row.key,
                    .wrong = static_cast<std::uint32_t>(row.value),
                    .locked = row.extra != 0,
                    .over_at = {}};
  if (row.key.kind == KeptKind::person_lockout) {
    if (people_.size() < people_max) people_.push_back(count);
  } else if (row.key.place >= 1 && row.key.place <= readers_.size()) {
    readers_[row.key.place - 1u] = count;
  }
}

void Lockouts::settle(Uptime now) {
  for (Count& each : readers_)
    each.over_at = now + lockout_time;
  for (Count& each : people_)
    each.over_at = now + lockout_time;
}

Uptime Lockouts::deadline() const {
  Uptime next = no_deadline;
  const auto consider = [&next](const Count& each) {
    if (each.wrong != 0) next = std::min(next, each.over_at);
  };
  std::for_each(readers_.begin(), readers_.end(), consider);
  std::for_each(people_.begin(), people_.end(), consider);
  return next;
}

void Lockouts::clean(Turn& turn) {
  const auto over = [&](const Count& each) {
    return each.wrong != 0 && turn.now.uptime >= each.over_at;
  };
  for (Count& each : readers_) {
    if (!over(each)) continue;
    turn.forget(each.key);
    each.wrong = 0;
    each.locked = false;
  }
  std::erase_if(people_, [&](const Count& each) {
    if (over(each)) turn.forget(each.key);
    return over(each);
  });
}

}  // namespace lintel
