// Whom and what a box is set up for: the configuration of a week, made from a seed, in the words of
// the core. A plain value: what is on disk, what a new life of the box is given, and what the
// oracle and the witness read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/controller.h"
#include "engine/core/door_parameters.h"
#include "engine/core/people.h"
#include "engine/core/rules.h"
#include "tests/sim/chance.h"

namespace lintel::week {

using sim::Chance;

struct Household {
  Layout layout;
  std::vector<DoorParameters> doors;
  Rules rules;
  std::vector<Timezone> zones;
  std::vector<Holiday> holidays;
  std::map<Pin, User> users;
  std::map<Pin, ExtUser> extensions;
  std::vector<UserCard> cards;
  std::vector<Privilege> privileges;

  [[nodiscard]] const User* user(const Pin& pin) const;
  [[nodiscard]] bool is_super(const Pin& pin, unsigned door) const;
  [[nodiscard]] bool has_first_card(const Pin& pin, unsigned door) const;
  [[nodiscard]] bool is_extended(const Pin& pin) const;
  // "DoorMaskFlag": a parameter by its name.
  void set(unsigned door, std::string_view name, std::string_view value);
  // Temporary users go, with cards and privileges. Returns whether there were any.
  bool erase_temporary();
  void erase(const Pin& pin);

  // What differs from a fresh box, for whoever reads of a failure.
  [[nodiscard]] std::string in_words() const;

  // Everything, to a controller that has not started.
  void give_to(Controller& controller) const;
};

// The first moment of every week: Monday, 23 November 2026, in the morning.
CivilTime first_moment();

// A random configuration: rules of every kind, and mostly such that people come in.
Household make_household(Chance& chance);
// Other pieces of the same kind, for changes on the way.
DoorParameters make_door(Chance& chance, unsigned door);
Rules make_rules(Chance& chance, const Household& household);

Pin pin_of(unsigned person);
std::uint64_t card_of(unsigned person);
inline constexpr unsigned people_count = 12;

}  // namespace lintel::week
