// Whatever the tables have gone through, people are found as plain maps would find them.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/people.h"

namespace lintel {
namespace {

// Short, with zeros in front, as text, and too long to be packed.
const std::vector<Pin>& pins() {
  static const std::vector<Pin> all = [] {
    std::vector<Pin> made;
    for (const char* text :
         {"1", "2", "01", "3", "A", "b-17", "a-visitor", "1234567890123456789", "another-visitor"})
      made.push_back(*Pin::from(text));
    return made;
  }();
  return all;
}
constexpr std::uint64_t cards_end = 6;
constexpr int passwords_end = 5;

struct Model {
  using Doors = std::pair<TimezoneId, std::uint32_t>;

  std::map<Pin, User> users;
  std::map<Pin, ExtUser> ext;
  std::map<std::pair<Pin, std::uint64_t>, bool> cards;  // -> lost
  std::map<Pin, std::vector<Privilege>> privileges;     // in order of arrival

  void apply(const User& user) { users[user.pin] = user; }
  void apply(const ExtUser& row) { ext[row.pin] = row; }
  void apply(const UserCard& card) {
    if (card.card.value != 0) cards[{card.pin, card.card.value}] = card.lost;
  }
  void apply(const Privilege& privilege) {
    auto& his = privileges[privilege.pin];
    const auto old = std::find_if(his.begin(), his.end(), [&](const Privilege& each) {
      return Doors{each.timezone, each.doors} == Doors{privilege.timezone, privilege.doors};
    });
    if (old != his.end()) {
      *old = privilege;
    } else {
      his.push_back(privilege);
    }
  }
  void apply(const EraseUser& erase) { users.erase(erase.pin); }
  void apply(const EraseExtUser& erase) { ext.erase(erase.pin); }
  void apply(const EraseCard& erase) { cards.erase({erase.pin, erase.card.value}); }
  void apply(const ErasePrivilege& erase) {
    std::erase_if(privileges[erase.pin], [&](const Privilege& each) {
      return Doors{each.timezone, each.doors} == Doors{erase.timezone, erase.doors};
    });
  }
  void apply(const ClearUsers&) { users.clear(); }
  void apply(const ClearExtUsers&) { ext.clear(); }
  void apply(const ClearCards&) { cards.clear(); }
  void apply(const ClearPrivileges&) { privileges.clear(); }

  bool erase_temporary() {
    const std::size_t before = users.size();
    for (const auto& [pin, row] : std::map<Pin, ExtUser>(ext)) {
      if (!row.temporary || users.erase(pin) == 0) continue;
      ext.erase(pin);
      privileges.erase(pin);
      std::erase_if(cards, [&who = pin](const auto& card) { return card.first.first == who; });
    }
    return users.size() != before;
  }

  [[nodiscard]] std::size_t privilege_count() const {
    std::size_t count = 0;
    for (const auto& [pin, his] : privileges)
      count += his.size();
    return count;
  }
};

Pin any_pin() {
  return *rc::gen::elementOf(pins());
}
CardNo any_card() {
  return CardNo{static_cast<std::uint64_t>(*rc::gen::inRange<int>(0, cards_end))};
}
std::uint32_t below(int end) {
  return static_cast<std::uint32_t>(*rc::gen::inRange(0, end));
}

PeopleChange any_change() {
  switch (below(20)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      User user;
      user.pin = any_pin();
      user.card = any_card();
      if (below(4) != 0) user.password = *Password::from(std::to_string(below(passwords_end)));
      user.group = below(3);
      user.verify = static_cast<ModeCode>(below(30));
      user.blacklisted = below(2) == 0;
      return user;
    }
    case 4:
    case 5:
      return ExtUser{.pin = any_pin(),
                     .extended_time = below(2) == 0,
                     .temporary = below(3) == 0,
                     .verify = static_cast<ModeCode>(below(30))};
    case 6:
    case 7:
    case 8:
      return UserCard{.pin = any_pin(), .card = any_card(), .lost = below(2) == 0};
    case 9:
    case 10:
    case 11: {
      Privilege privilege{
          .pin = any_pin(), .timezone = below(2), .doors = below(3), .validity = {}};
      if (below(2) == 0) privilege.validity.start = civil_from_text("2026-11-23");
      return privilege;
    }
    case 12:
    case 13:
      return EraseUser{any_pin()};
    case 14:
      return EraseExtUser{any_pin()};
    case 15:
      return EraseCard{any_pin(), any_card()};
    case 16:
    case 17:
      return ErasePrivilege{any_pin(), below(2), below(3)};
    default:
      break;
  }
  switch (below(12)) {
    case 0:
      return ClearUsers{};
    case 1:
      return ClearExtUsers{};
    case 2:
      return ClearCards{};
    case 3:
      return ClearPrivileges{};
    default:
      return EraseUser{any_pin()};
  }
}

void is_found_by_id(const People& people, const Model& model, const Pin& pin) {
  const auto found = people.by_pin(pin);
  const auto wanted = model.users.find(pin);
  RC_ASSERT(found.has_value() == (wanted != model.users.end()));
  if (found) {
    const User& user = wanted->second;
    RC_ASSERT(found->user.pin == pin);
    RC_ASSERT(found->user.card == user.card);
    RC_ASSERT(found->user.password == user.password);
    RC_ASSERT(found->user.group == user.group);
    RC_ASSERT(found->user.verify == user.verify);
    RC_ASSERT(found->user.blacklisted == user.blacklisted);
    const auto row = model.ext.find(pin);
    const ExtUser ext = row != model.ext.end() ? row->second : ExtUser{};
    RC_ASSERT(found->extended_time == ext.extended_time);
    RC_ASSERT(found->temporary == ext.temporary);
    RC_ASSERT(found->personal == ext.verify);
  }
  const auto his = model.privileges.find(pin);
  std::size_t count = 0;
  for (const Privilege& each : people.privileges(pin)) {
    RC_ASSERT(his != model.privileges.end());
    RC_ASSERT(count < his->second.size());
    const Privilege& wanted_one = his->second[count++];
    RC_ASSERT(each.pin == pin);
    RC_ASSERT(each.timezone == wanted_one.timezone);
    RC_ASSERT(each.doors == wanted_one.doors);
    RC_ASSERT(each.validity == wanted_one.validity);
  }
  RC_ASSERT(count == (his != model.privileges.end() ? his->second.size() : 0));
  RC_ASSERT(people.privileges(pin).empty() == (count == 0));
}

void is_found_by_password(const People& people, const Model& model, const std::string& digits) {
  std::vector<Pin> owners;
  for (const auto& [id, user] : model.users) {
    if (user.password.view() == digits) owners.push_back(id);
  }
  const auto found = people.by_password(digits);
  RC_ASSERT(found.ambiguous == (owners.size() > 1));
  RC_ASSERT(found.person.has_value() == (owners.size() == 1));
  if (found.person) RC_ASSERT(found.person->user.pin == owners.front());
}

// The best of the known owners in the order that the header gives.
void is_found_by_card(const People& people, const Model& model, std::uint64_t card) {
  struct Owner {
    bool good, of_user_table;
    Pin pin;
    auto operator<=>(const Owner&) const = default;
  };
  std::vector<Owner> known;
  for (const auto& [key, lost] : model.cards) {
    if (key.second == card && model.users.contains(key.first))
      known.push_back({!lost, false, key.first});
  }
  for (const auto& [id, user] : model.users) {
    if (card != 0 && user.card.value == card) known.push_back({true, true, id});
  }
  const auto found = people.by_card(CardNo{card});
  RC_ASSERT(found.person.has_value() == !known.empty());
  if (known.empty()) return;
  const Owner best = *std::min_element(known.begin(), known.end());
  RC_ASSERT(found.person->user.pin == best.pin);
  RC_ASSERT(found.lost == !best.good);
}

RC_GTEST_PROP(People, are_found_as_plain_maps_would_find_them, ()) {
  People people;
  Model model;
  const auto change_count = *rc::gen::inRange(1, 150);
  for (int i = 0; i < change_count; ++i) {
    if (below(25) == 0) {
      RC_ASSERT(people.erase_temporary() == model.erase_temporary());
    } else {
      const PeopleChange change = any_change();
      RC_ASSERT(people.apply(change));
      std::visit([&](const auto& each) { model.apply(each); }, change);
    }
    RC_ASSERT(people.users() == model.users.size());
    RC_ASSERT(people.cards() == model.cards.size());
    RC_ASSERT(people.privilege_count() == model.privilege_count());
    for (const Pin& pin : pins())
      is_found_by_id(people, model, pin);
    for (int n = 0; n < passwords_end; ++n)
      is_found_by_password(people, model, std::to_string(n));
    for (std::uint64_t card = 0; card < cards_end; ++card)
      is_found_by_card(people, model, card);
  }
}

// Enough of them that the indexes grow, are nearly full, and have runs that go over their end.
RC_GTEST_PROP(ManyPeople, who_come_and_go_are_found_while_they_are_there, ()) {
  People people;
  std::map<std::uint32_t, bool> there;
  const int range = *rc::gen::elementOf(std::vector{50, 110, 220, 440, 890});
  auto random = static_cast<std::uint32_t>(*rc::gen::arbitrary<std::uint16_t>());
  const auto next = [&] { return (random = random * 1'664'525u + 1'013'904'223u) >> 8; };
  const auto pin_of = [](std::uint32_t n) {
    return *Pin::from((n % 3 == 0 ? "somebody-else-" : "") + std::to_string(n));
  };
  for (int step = 0; step < 4 * range; ++step) {
    const std::uint32_t n = next() % static_cast<std::uint32_t>(range);
    const bool comes = next() % 4 != 0;
    if (comes) {
      User user;
      user.pin = pin_of(n);
      user.card = CardNo{1 + n};
      user.password = *Password::from(std::to_string(n));
      people.apply(user);
    } else {
      people.apply(EraseUser{pin_of(n)});
    }
    there[n] = comes;
  }
  for (std::uint32_t n = 0; n < static_cast<std::uint32_t>(range); ++n) {
    RC_ASSERT(people.by_pin(pin_of(n)).has_value() == there[n]);
    RC_ASSERT(people.by_card(CardNo{1 + n}).person.has_value() == there[n]);
    RC_ASSERT(people.by_password(std::to_string(n)).person.has_value() == there[n]);
  }
}

}  // namespace
}  // namespace lintel
