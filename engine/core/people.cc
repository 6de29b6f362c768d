#include "engine/core/people.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/core/packed.h"
#include "engine/core/pool.h"
#include "engine/core/slot_index.h"

namespace lintel {

std::optional<Password> Password::from(std::string_view text) {
  if (text.size() > limits::password_digits_max) return std::nullopt;
  Password password;
  for (const char c : text) {
    if (c < ' ' || c > '~') return std::nullopt;
    password.bytes_[password.size_++] = c;
  }
  return password;
}

namespace {

// Everything under one user ID. It exists while anything does: a row, a card, or a privilege.
struct PersonPlace {
  PackedPin pin;
  PackedPassword password;
  PackedValidity validity;
  std::uint32_t group = 0;
  Slot same_password_next = no_slot, same_password_before = no_slot;
  Slot first_card = no_slot;       // the CardNo of the user table, if there is one, before all rows
  Slot first_privilege = no_slot;  // in order of arrival
  ModeCode verify = mode_none, personal = mode_none;
  std::uint8_t privilege = 0;
  bool known : 1 = false;  // there is a row in the user table
  bool blacklisted : 1 = false;
  bool has_ext : 1 = false;  // there is a row in extuser
  bool extended_time : 1 = false;
  bool temporary : 1 = false;

  [[nodiscard]] bool in_use() const { return pin.in_use(); }
  [[nodiscard]] bool empty() const {
    return !known && !has_ext && first_card == no_slot && first_privilege == no_slot;
  }
};

struct CardPlace {
  PackedNumber number;
  Slot same_number_next = no_slot, same_number_before = no_slot;
  Slot of_person_next = no_slot, of_person_before = no_slot;
  Slot person : SlotIndex::slot_bits = 0;
  bool used : 1 = false;
  bool row : 1 = false;  // of mulcarduser; false: the CardNo of the user table
  bool lost : 1 = false;
};

struct PrivilegePlace {
  TimezoneId timezone = 0;
  std::uint32_t doors = 0;
  PackedValidity validity;
  Slot next = no_slot;
};

struct LongPin {
  Pin pin;
  Slot next_free = no_slot;
};

// A user with card, password and one privilege takes one of each, and an entry in three indexes,
// which are between seven sixteenths and seven eighths full.
static_assert(sizeof(PersonPlace) + sizeof(CardPlace) + sizeof(PrivilegePlace) <= 100);
static_assert(3 * 4 * 16 / 7 <= 28);

// Spreads neighbours all over the index (the last steps of MurmurHash3).
std::uint32_t mixed(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xFF51AFD7ED558CCDu;
  x ^= x >> 33;
  x *= 0xC4CEB9FE1A85EC53u;
  x ^= x >> 33;
  return static_cast<std::uint32_t>(x);
}
std::uint32_t hash_of_long(const Pin& pin) {
  return mixed(std::hash<Pin>{}(pin));
}

}  // namespace

struct People::Tables {
  explicit Tables(const PeopleCapacity& wanted) : capacity(wanted) {
    // Every row may stand under an ID of its own.
    DOOR_CHECK(2 * wanted.users + wanted.cards + wanted.privileges <= SlotIndex::slots_max);
  }

  PeopleCapacity capacity;
  Pool<PersonPlace, &PersonPlace::same_password_next> persons;
  Pool<CardPlace, &CardPlace::same_number_next> cards;
  Pool<PrivilegePlace, &PrivilegePlace::next> rights;
  Pool<LongPin, &LongPin::next_free> long_pins;
  SlotIndex pins;       // -> persons
  SlotIndex numbers;    // -> cards: the first of those with the same number
  SlotIndex passwords;  // -> persons: the first of those with the same password
  std::size_t users = 0, ext_rows = 0, card_rows = 0, privileges = 0;
  std::size_t temporaries = 0;  // rows of extuser that say so

  [[nodiscard]] auto hash_of_pin() const {
    return [this](Slot slot) {
      const PackedPin& pin = persons[slot].pin;
      const auto elsewhere = pin.slot();
      return elsewhere ? hash_of_long(long_pins[*elsewhere].pin) : mixed(pin.bits());
    };
  }
  [[nodiscard]] auto hash_of_number() const {
    return [this](Slot slot) { return mixed(cards[slot].number.value()); };
  }
  [[nodiscard]] auto hash_of_password() const {
    return [this](Slot slot) { return mixed(persons[slot].password.bits()); };
  }

  // ---- finding

  [[nodiscard]] Slot find(const Pin& pin) const {
    if (const auto packed = PackedPin::from(pin)) {
      return pins.find(mixed(packed->bits()),
                       [&](Slot slot) { return persons[slot].pin == *packed; });
    }
    return pins.find(hash_of_long(pin), [&](Slot slot) {
      const auto elsewhere = persons[slot].pin.slot();
      return elsewhere && long_pins[*elsewhere].pin == pin;
    });
  }
  [[nodiscard]] Slot find(CardNo card) const {
    if (card.value == 0) return no_slot;
    return numbers.find(mixed(card.value),
                        [&](Slot slot) { return cards[slot].number.value() == card.value; });
  }
  [[nodiscard]] Slot find(const PackedPassword& password) const {
    if (password.empty()) return no_slot;
    return passwords.find(mixed(password.bits()),
                          [&](Slot slot) { return persons[slot].password == password; });
  }
  // The row of mulcarduser that gives this person this card.
  [[nodiscard]] Slot find_row(CardNo card, Slot person) const {
    Slot slot = find(card);
    while (slot != no_slot && (cards[slot].person != person || !cards[slot].row)) {
      slot = cards[slot].same_number_next;
    }
    return slot;
  }
  // The CardNo that the user table gives this person.
  [[nodiscard]] Slot own_card(const PersonPlace& person) const {
    const Slot first = person.first_card;
    return first != no_slot && !cards[first].row ? first : no_slot;
  }

  [[nodiscard]] Pin pin_of(Slot slot) const {
    const PackedPin& pin = persons[slot].pin;
    const auto elsewhere = pin.slot();
    return elsewhere ? long_pins[*elsewhere].pin : pin.pin();
  }
  // Nothing: without a row in user.
  [[nodiscard]] std::optional<Person> person(Slot slot) const {
    if (slot == no_slot || !persons[slot].known) return std::nullopt;
    const PersonPlace& place = persons[slot];
    const Slot card = own_card(place);
    return Person{.user = {.pin = pin_of(slot),
                           .card = CardNo{card != no_slot ? cards[card].number.value() : 0},
                           .password = place.password.password(),
                           .validity = place.validity.validity(),
                           .group = place.group,
                           .verify = place.verify,
                           .privilege = place.privilege,
                           .blacklisted = place.blacklisted},
                  .extended_time = place.extended_time,
                  .temporary = place.temporary,
                  .personal = place.personal};
  }

  // ---- persons

  Slot find_or_add(const Pin& pin) {
    const Slot found = find(pin);
    if (found != no_slot) return found;
    const Slot slot = persons.add();
    auto packed = PackedPin::from(pin);
    if (!packed) {
      const Slot elsewhere = long_pins.add();
      long_pins[elsewhere].pin = pin;
      packed = PackedPin::elsewhere(elsewhere);
    }
    persons[slot].pin = *packed;
    pins.insert(hash_of_pin()(slot), slot, hash_of_pin());
    return slot;
  }

  void remove_person(Slot slot) {
    if (const auto elsewhere = persons[slot].pin.slot()) long_pins.remove(*elsewhere);
    persons.remove(slot);
  }

  void forget_if_empty(Slot slot) {
    if (!persons[slot].empty()) return;
    pins.erase(hash_of_pin()(slot), slot, hash_of_pin());
    remove_person(slot);
  }

  // After a table was cleared: there may be many, so the index is made anew.
  void forget_all_empty() {
    bool any = false;
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      if (!persons[slot].in_use() || !persons[slot].empty()) continue;
      remove_person(slot);
      any = true;
    }
    if (!any) return;
    pins.clear();
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      if (persons[slot].in_use()) pins.insert(hash_of_pin()(slot), slot, hash_of_pin());
    }
  }

  // ---- cards

  void add_card(CardNo number, Slot person, bool row, bool lost) {
    const Slot slot = cards.add();
    CardPlace& card = cards[slot];
    card.number = PackedNumber{number.value};
    card.person = person;
    card.used = true;
    card.row = row;
    card.lost = lost;
    link_number(slot);
    link_to_person(slot);
  }

  void remove_card(Slot slot) {
    unlink_number(slot);
    unlink_from_person(slot);
    cards.remove(slot);
  }

  void link_number(Slot slot) {
    CardPlace& card = cards[slot];
    const Slot first = find(CardNo{card.number.value()});
    card.same_number_before = no_slot;
    card.same_number_next = first;
    const std::uint32_t hash = hash_of_number()(slot);
    if (first == no_slot) {
      numbers.insert(hash, slot, hash_of_number());
    } else {
      cards[first].same_number_before = slot;
      numbers.replace(hash, first, slot);
    }
  }

  void unlink_number(Slot slot) {
    const CardPlace& card = cards[slot];
    const Slot next = card.same_number_next, before = card.same_number_before;
    const std::uint32_t hash = hash_of_number()(slot);
    if (next != no_slot) cards[next].same_number_before = before;
    if (before != no_slot) {
      cards[before].same_number_next = next;
    } else if (next != no_slot) {
      numbers.replace(hash, slot, next);
    } else {
      numbers.erase(hash, slot, hash_of_number());
    }
  }

  void link_to_person(Slot slot) {
    CardPlace& card = cards[slot];
    PersonPlace& person = persons[card.person];
    const Slot own = own_card(person);
    const Slot before = card.row ? own : no_slot;
    Slot& place = before != no_slot ? cards[before].of_person_next : person.first_card;
    card.of_person_before = before;
    card.of_person_next = place;
    if (place != no_slot) cards[place].of_person_before = slot;
    place = slot;
  }

  void unlink_from_person(Slot slot) {
    const CardPlace& card = cards[slot];
    const Slot next = card.of_person_next, before = card.of_person_before;
    if (next != no_slot) cards[next].of_person_before = before;
    if (before != no_slot) {
      cards[before].of_person_next = next;
    } else {
      persons[card.person].first_card = next;
    }
  }

  void remove_row(Slot card) {
    remove_card(card);
    --card_rows;
  }

  // After a table was cleared: `gone` says which cards were of it.
  template <class Gone>
  void remove_cards(Gone gone) {
    numbers.clear();
    for (Slot slot = 0; slot < cards.end(); ++slot) {
      if (!cards[slot].used || !gone(cards[slot])) continue;
      unlink_from_person(slot);
      cards.remove(slot);
    }
    for (Slot slot = 0; slot < cards.end(); ++slot) {
      if (cards[slot].used) link_number(slot);
    }
  }

  // ---- passwords

  void link_password(Slot slot) {
    PersonPlace& person = persons[slot];
    if (person.password.empty()) return;
    const Slot first = find(person.password);
    person.same_password_before = no_slot;
    person.same_password_next = first;
    const std::uint32_t hash = hash_of_password()(slot);
    if (first == no_slot) {
      passwords.insert(hash, slot, hash_of_password());
    } else {
      persons[first].same_password_before = slot;
      passwords.replace(hash, first, slot);
    }
  }

  void unlink_password(Slot slot) {
    PersonPlace& person = persons[slot];
    if (person.password.empty()) return;
    const Slot next = std::exchange(person.same_password_next, no_slot);
    const Slot before = std::exchange(person.same_password_before, no_slot);
    const std::uint32_t hash = hash_of_password()(slot);
    if (next != no_slot) persons[next].same_password_before = before;
    if (before != no_slot) {
      persons[before].same_password_next = next;
    } else if (next != no_slot) {
      passwords.replace(hash, slot, next);
    } else {
      passwords.erase(hash, slot, hash_of_password());
    }
  }

  // ---- privileges

  void remove_privileges(PersonPlace& person) {
    for (Slot slot = std::exchange(person.first_privilege, no_slot); slot != no_slot;) {
      const Slot next = rights[slot].next;
      rights.remove(slot);
      --privileges;
      slot = next;
    }
  }

  // ---- users

  void fill(PersonPlace& person, const User& user) {
    person.password = PackedPassword{user.password};
    person.validity = PackedValidity{user.validity};
    person.group = user.group;
    person.verify = user.verify;
    person.privilege = user.privilege;
    person.blacklisted = user.blacklisted;
  }

  // The row goes; all else under the same ID stays.
  void clear_row(Slot slot) {
    PersonPlace& person = persons[slot];
    unlink_password(slot);
    const Slot own = own_card(person);
    if (own != no_slot) remove_card(own);
    fill(person, User{});
    person.known = false;
    --users;
  }

  void clear_ext(PersonPlace& person) {
    if (!person.has_ext) return;
    if (person.temporary) --temporaries;
    person.has_ext = person.extended_time = person.temporary = false;
    person.personal = mode_none;
    --ext_rows;
  }

  // ---- changes

  bool apply(const User& user) {
    const Slot old = find(user.pin);
    const bool known = old != no_slot && persons[old].known;
    if (!known && users >= capacity.users) return false;
    const Slot slot = old != no_slot ? old : find_or_add(user.pin);
    if (known) clear_row(slot);
    fill(persons[slot], user);
    persons[slot].known = true;
    ++users;
    link_password(slot);
    if (user.card.value != 0) add_card(user.card, slot, false, false);
    return true;
  }

  bool apply(const ExtUser& ext) {
    const Slot old = find(ext.pin);
    const bool there = old != no_slot && persons[old].has_ext;
    if (!there && ext_rows >= capacity.users) return false;
    PersonPlace& person = persons[old != no_slot ? old : find_or_add(ext.pin)];
    clear_ext(person);
    person.has_ext = true;
    person.extended_time = ext.extended_time;
    person.temporary = ext.temporary;
    person.personal = ext.verify;
    ++ext_rows;
    if (ext.temporary) ++temporaries;
    return true;
  }

  bool apply(const UserCard& card) {
    if (card.card.value == 0) return true;  // no card: there is nothing to find it by
    const Slot owner = find(card.pin);
    const Slot old = owner == no_slot ? no_slot : find_row(card.card, owner);
    if (old != no_slot) {
      cards[old].lost = card.lost;
      return true;
    }
    if (card_rows >= capacity.cards) return false;
    add_card(card.card, owner != no_slot ? owner : find_or_add(card.pin), true, card.lost);
    ++card_rows;
    return true;
  }

  bool apply(const Privilege& privilege) {
    const Slot owner = find(privilege.pin);
    Slot last = no_slot;
    for (Slot slot = owner != no_slot ? persons[owner].first_privilege : no_slot; slot != no_slot;
         slot = rights[slot].next) {
      PrivilegePlace& old = rights[slot];
      last = slot;
      if (old.timezone != privilege.timezone || old.doors != privilege.doors) continue;
      old.validity = PackedValidity{privilege.validity};
      return true;
    }
    if (privileges >= capacity.privileges) return false;
    PersonPlace& person = persons[owner != no_slot ? owner : find_or_add(privilege.pin)];
    const Slot slot = rights.add();
    rights[slot] = {.timezone = privilege.timezone,
                    .doors = privilege.doors,
                    .validity = PackedValidity{privilege.validity},
                    .next = no_slot};
    (last != no_slot ? rights[last].next : person.first_privilege) = slot;
    ++privileges;
    return true;
  }

  bool apply(const EraseUser& erase) {
    const Slot slot = find(erase.pin);
    if (slot == no_slot || !persons[slot].known) return true;
    clear_row(slot);
    forget_if_empty(slot);
    return true;
  }

  bool apply(const EraseExtUser& erase) {
    const Slot slot = find(erase.pin);
    if (slot == no_slot) return true;
    clear_ext(persons[slot]);
    forget_if_empty(slot);
    return true;
  }

  bool apply(const EraseCard& erase) {
    const Slot person = find(erase.pin);
    const Slot card = person == no_slot ? no_slot : find_row(erase.card, person);
    if (card == no_slot) return true;
    remove_row(card);
    forget_if_empty(person);
    return true;
  }

  bool apply(const ErasePrivilege& erase) {
    const Slot person = find(erase.pin);
    if (person == no_slot) return true;
    for (Slot* place = &persons[person].first_privilege; *place != no_slot;
         place = &rights[*place].next) {
      const Slot slot = *place;
      if (rights[slot].timezone != erase.timezone || rights[slot].doors != erase.doors) continue;
      *place = rights[slot].next;
      rights.remove(slot);
      --privileges;
      forget_if_empty(person);
      break;
    }
    return true;
  }

  bool apply(const ClearUsers&) {
    remove_cards([](const CardPlace& card) { return !card.row; });
    passwords.clear();
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      PersonPlace& person = persons[slot];
      if (!person.known) continue;
      fill(person, User{});
      person.same_password_next = person.same_password_before = no_slot;
      person.known = false;
    }
    users = 0;
    forget_all_empty();
    return true;
  }

  bool apply(const ClearExtUsers&) {
    for (Slot slot = 0; slot < persons.end(); ++slot)
      clear_ext(persons[slot]);
    forget_all_empty();
    return true;
  }

  bool apply(const ClearCards&) {
    remove_cards([](const CardPlace& card) { return card.row; });
    card_rows = 0;
    forget_all_empty();
    return true;
  }

  bool apply(const ClearPrivileges&) {
    for (Slot slot = 0; slot < persons.end(); ++slot)
      persons[slot].first_privilege = no_slot;
    rights.clear();
    privileges = 0;
    forget_all_empty();
    return true;
  }

  bool erase_temporary() {
    if (temporaries == 0) return false;
    bool any = false;
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      PersonPlace& person = persons[slot];
      if (!person.known || !person.temporary) continue;
      clear_row(slot);
      clear_ext(person);
      while (person.first_card != no_slot)
        remove_row(person.first_card);
      remove_privileges(person);
      forget_if_empty(slot);
      any = true;
    }
    return any;
  }
};

People::People(const PeopleCapacity& capacity) : tables_(std::make_unique<Tables>(capacity)) {}
People::~People() = default;
People::People(People&&) noexcept = default;
People& People::operator=(People&&) noexcept = default;

bool People::apply(const PeopleChange& change) {
  return std::visit([this](const auto& each) { return tables_->apply(each); }, change);
}

// Only the indexes have to move what they hold when they grow.
void People::reserve(std::size_t users) {
  const std::size_t count = std::min(users, tables_->capacity.users);
  tables_->pins.reserve(count, tables_->hash_of_pin());
  tables_->numbers.reserve(count, tables_->hash_of_number());
  tables_->passwords.reserve(count, tables_->hash_of_password());
}

bool People::erase_temporary() {
  return tables_->erase_temporary();
}

People::CardOwner People::by_card(CardNo card) const {
  const auto& persons = tables_->persons;
  const auto& cards = tables_->cards;
  const auto is_better = [&](const CardPlace& a, const CardPlace& b) {
    const bool known = persons[a.person].known, other_known = persons[b.person].known;
    if (known != other_known) return known;
    if (a.lost != b.lost) return a.lost;
    if (a.row != b.row) return a.row;
    return tables_->pin_of(a.person) < tables_->pin_of(b.person);
  };
  Slot best = tables_->find(card);
  if (best == no_slot) return {};
  for (Slot slot = cards[best].same_number_next; slot != no_slot;
       slot = cards[slot].same_number_next) {
    if (is_better(cards[slot], cards[best])) best = slot;
  }
  return {.person = tables_->person(cards[best].person), .lost = cards[best].lost};
}

std::optional<Person> People::by_pin(const Pin& pin) const {
  return tables_->person(tables_->find(pin));
}

People::PasswordOwner People::by_password(std::string_view digits) const {
  const auto password = Password::from(digits);
  if (!password) return {};
  const Slot slot = tables_->find(PackedPassword{*password});
  if (slot == no_slot) return {};
  if (tables_->persons[slot].same_password_next != no_slot) {
    return {.person = std::nullopt, .ambiguous = true};
  }
  return {.person = tables_->person(slot), .ambiguous = false};
}

Privilege People::Privileges::Iterator::operator*() const {
  const PrivilegePlace& place = tables_->rights[at_];
  return {.pin = tables_->pin_of(person_),
          .timezone = place.timezone,
          .doors = place.doors,
          .validity = place.validity.validity()};
}

People::Privileges::Iterator& People::Privileges::Iterator::operator++() {
  at_ = tables_->rights[at_].next;
  return *this;
}

People::Privileges People::privileges(const Pin& pin) const {
  Privileges range;
  const Slot slot = tables_->find(pin);
  if (slot == no_slot) return range;
  range.first_.tables_ = tables_.get();
  range.first_.person_ = slot;
  range.first_.at_ = tables_->persons[slot].first_privilege;
  return range;
}

std::size_t People::users() const {
  return tables_->users;
}
std::size_t People::cards() const {
  return tables_->card_rows;
}
std::size_t People::privilege_count() const {
  return tables_->privileges;
}

}  // namespace lintel
