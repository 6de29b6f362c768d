#include "engine/core/gathering.h"

#include <algorithm>

namespace lintel {

namespace {
std::size_t wanted(const MultiCardGroup& group) {
  return static_cast<std::size_t>(std::count_if(group.groups.begin(), group.groups.end(),
                                                [](std::uint32_t each) { return each != 0; }));
}
}  // namespace

// Has the row a place for each of those who are there?
bool Gathering::fits(const MultiCardGroup& group) const {
  std::array<std::uint32_t, people_max> places = group.groups;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto place = std::find(places.begin(), places.end(), members_[i].group);
    if (members_[i].group == 0 || place == places.end()) return false;
    *place = 0;
  }
  return true;
}

Gathering::Joined Gathering::join(const Member& who, DoorId door,
                                  std::span<const MultiCardGroup> groups) {
  const bool there = std::any_of(members_.begin(), members_.begin() + static_cast<long>(count_),
                                 [&](const Member& each) { return each.pin == who.pin; });
  if (there) return Joined::the_same;
  if (count_ == people_max) return Joined::unwanted;
  members_[count_++] = who;
  bool any = false, possible = false, complete = false;
  for (const MultiCardGroup& row : groups) {
    if (row.door != door || wanted(row) == 0) continue;
    any = true;
    if (!fits(row)) continue;
    possible = true;
    complete = complete || wanted(row) == count_;
  }
  if (complete) return Joined::complete;
  if (possible) return Joined::waits;
  --count_;
  return any ? Joined::unwanted : Joined::no_group;
}

}  // namespace lintel
