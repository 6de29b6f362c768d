#include "engine/core/people.h"

#include <algorithm>
#include <utility>

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

// Everything under one user ID. It exists while anything does: the row, a card, or a privilege.
struct Person {
  User user;  // its pin is always right; the rest only while `known`
  std::vector<Privilege> privileges;
  Slot same_password_next = no_slot, same_password_before = no_slot;
  std::uint32_t card_rows = 0;  // of mulcarduser
  bool known = false;           // there is a row in the user table
};

struct Card {
  CardNo number;
  Slot person = no_slot;
  Slot same_card_next = no_slot, same_card_before = no_slot;
  bool lost = false;
  bool row = false;  // of mulcarduser; false: the CardNo of the user table
};

std::size_t hash_of(const Pin& pin) {
  return std::hash<Pin>{}(pin);
}
std::size_t hash_of(CardNo card) {
  return std::hash<CardNo>{}(card);
}
std::size_t hash_of(const Password& password) {
  return std::hash<std::string_view>{}(password.view());
}

// A vector whose places are used again.
template <class T>
class Slots {
 public:
  Slot add() {
    ++used_;
    if (free_.empty()) {
      places_.emplace_back();
      return static_cast<Slot>(places_.size() - 1);
    }
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void remove(Slot slot) {
    --used_;
    places_[slot] = T{};
    free_.push_back(slot);
  }
  T& operator[](Slot slot) { return places_[slot]; }
  const T& operator[](Slot slot) const { return places_[slot]; }
  [[nodiscard]] Slot end() const { return static_cast<Slot>(places_.size()); }
  [[nodiscard]] std::size_t used() const { return used_; }
  void reserve(std::size_t count) { places_.reserve(count); }

 private:
  std::vector<T> places_;
  std::vector<Slot> free_;
  std::size_t used_ = 0;
};

}  // namespace

struct People::Tables {
  Slots<Person> persons;
  Slots<Card> cards;
  SlotIndex pins;       // -> persons
  SlotIndex numbers;    // -> cards: the first of those with the same number
  SlotIndex passwords;  // -> persons: the first of those with the same password
  std::size_t users = 0, card_rows = 0, privileges = 0;

  [[nodiscard]] Slot find(const Pin& pin) const {
    return pins.find(hash_of(pin), [&](Slot slot) { return persons[slot].user.pin == pin; });
  }
  [[nodiscard]] Slot find(CardNo card) const {
    if (card.value == 0) return no_slot;
    return numbers.find(hash_of(card), [&](Slot slot) { return cards[slot].number == card; });
  }
  [[nodiscard]] Slot find(const Password& password) const {
    return passwords.find(hash_of(password),
                          [&](Slot slot) { return persons[slot].user.password == password; });
  }
  // The entry of this person among those of one card number.
  [[nodiscard]] Slot find(CardNo card, Slot person, bool row) const {
    Slot slot = find(card);
    while (slot != no_slot && (cards[slot].person != person || cards[slot].row != row)) {
      slot = cards[slot].same_card_next;
    }
    return slot;
  }

  Slot find_or_add(const Pin& pin) {
    const Slot found = find(pin);
    if (found != no_slot) return found;
    const Slot slot = persons.add();
    persons[slot].user.pin = pin;
    pins.insert(hash_of(pin), slot);
    return slot;
  }

  void forget_if_empty(Slot slot) {
    const Person& person = persons[slot];
    if (person.known || person.card_rows != 0 || !person.privileges.empty()) return;
    pins.erase(hash_of(person.user.pin), slot);
    persons.remove(slot);
  }

  // ---- cards

  void add_card(CardNo number, Slot person, bool row, bool lost) {
    const Slot first = find(number);
    const Slot slot = cards.add();
    cards[slot] = {.number = number,
                   .person = person,
                   .same_card_next = first,
                   .same_card_before = no_slot,
                   .lost = lost,
                   .row = row};
    if (first == no_slot) {
      numbers.insert(hash_of(number), slot);
    } else {
      cards[first].same_card_before = slot;
      numbers.replace(hash_of(number), first, slot);
    }
  }

  void remove_card(Slot slot) {
    const Card card = cards[slot];
    if (card.same_card_next != no_slot) {
      cards[card.same_card_next].same_card_before = card.same_card_before;
    }
    if (card.same_card_before != no_slot) {
      cards[card.same_card_before].same_card_next = card.same_card_next;
    } else if (card.same_card_next != no_slot) {
      numbers.replace(hash_of(card.number), slot, card.same_card_next);
    } else {
      numbers.erase(hash_of(card.number), slot);
    }
    cards.remove(slot);
  }

  // ---- passwords

  void link_password(Slot slot) {
    Person& person = persons[slot];
    if (person.user.password.empty()) return;
    const std::size_t hash = hash_of(person.user.password);
    const Slot first = passwords.find(
        hash, [&](Slot other) { return persons[other].user.password == person.user.password; });
    person.same_password_before = no_slot;
    person.same_password_next = first;
    if (first == no_slot) {
      passwords.insert(hash, slot);
    } else {
      persons[first].same_password_before = slot;
      passwords.replace(hash, first, slot);
    }
  }

  void unlink_password(Slot slot) {
    Person& person = persons[slot];
    if (person.user.password.empty()) return;
    const Slot next = std::exchange(person.same_password_next, no_slot);
    const Slot before = std::exchange(person.same_password_before, no_slot);
    if (next != no_slot) persons[next].same_password_before = before;
    if (before != no_slot) {
      persons[before].same_password_next = next;
    } else if (next != no_slot) {
      passwords.replace(hash_of(person.user.password), slot, next);
    } else {
      passwords.erase(hash_of(person.user.password), slot);
    }
  }

  // ---- users

  // The row goes; cards and privileges of the same ID stay.
  void clear_row(Slot slot) {
    Person& person = persons[slot];
    unlink_password(slot);
    if (person.user.card.value != 0) remove_card(find(person.user.card, slot, false));
    const Pin pin = person.user.pin;
    person.user = User{};
    person.user.pin = pin;
    person.known = false;
    --users;
  }

  bool apply(const User& user) {
    const Slot old = find(user.pin);
    const bool known = old != no_slot && persons[old].known;
    if (!known && users >= limits::users_max) return false;
    const Slot slot = find_or_add(user.pin);
    if (known) clear_row(slot);
    persons[slot].user = user;
    persons[slot].known = true;
    ++users;
    link_password(slot);
    if (user.card.value != 0) add_card(user.card, slot, false, false);
    return true;
  }

  bool apply(const UserCard& card) {
    if (card.card.value == 0) return true;  // no card: there is nothing to find it by
    const Slot owner = find(card.pin);
    const Slot old = owner == no_slot ? no_slot : find(card.card, owner, true);
    if (old != no_slot) {
      cards[old].lost = card.lost;
      return true;
    }
    if (card_rows >= limits::cards_max) return false;
    const Slot slot = find_or_add(card.pin);
    add_card(card.card, slot, true, card.lost);
    ++persons[slot].card_rows;
    ++card_rows;
    return true;
  }

  bool apply(const Privilege& privilege) {
    const Slot owner = find(privilege.pin);
    if (owner != no_slot) {
      for (Privilege& old : persons[owner].privileges) {
        if (old.timezone != privilege.timezone || old.doors != privilege.doors) continue;
        old = privilege;
        return true;
      }
    }
    if (privileges >= limits::privileges_max) return false;
    persons[find_or_add(privilege.pin)].privileges.push_back(privilege);
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

  bool apply(const EraseCard& erase) {
    const Slot person = find(erase.pin);
    const Slot card = person == no_slot ? no_slot : find(erase.card, person, true);
    if (card != no_slot) remove_row(card);
    return true;
  }

  void remove_row(Slot card) {
    const Slot person = cards[card].person;
    remove_card(card);
    --persons[person].card_rows;
    --card_rows;
    forget_if_empty(person);
  }

  bool apply(const ErasePrivilege& erase) {
    const Slot slot = find(erase.pin);
    if (slot == no_slot) return true;
    privileges -= std::erase_if(persons[slot].privileges, [&](const Privilege& privilege) {
      return privilege.timezone == erase.timezone && privilege.doors == erase.doors;
    });
    forget_if_empty(slot);
    return true;
  }

  bool apply(const ClearUsers&) {
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      if (!persons[slot].known) continue;
      clear_row(slot);
      forget_if_empty(slot);
    }
    return true;
  }

  bool apply(const ClearCards&) {
    for (Slot slot = 0; slot < cards.end(); ++slot) {
      if (cards[slot].person != no_slot && cards[slot].row) remove_row(slot);
    }
    return true;
  }

  bool apply(const ClearPrivileges&) {
    for (Slot slot = 0; slot < persons.end(); ++slot) {
      if (persons[slot].privileges.empty()) continue;
      persons[slot].privileges = {};
      forget_if_empty(slot);
    }
    privileges = 0;
    return true;
  }
};

People::People() : tables_(std::make_unique<Tables>()) {}
People::~People() = default;
People::People(People&&) noexcept = default;
People& People::operator=(People&&) noexcept = default;

bool People::apply(const PeopleChange& change) {
  return std::visit([this](const auto& each) { return tables_->apply(each); }, change);
}

void People::reserve(std::size_t users) {
  const std::size_t count = std::min(users, limits::users_max);
  tables_->persons.reserve(count);
  tables_->cards.reserve(count);
  tables_->pins.reserve(count);
  tables_->numbers.reserve(count);
  tables_->passwords.reserve(count);
}

People::CardOwner People::by_card(CardNo card) const {
  const auto& persons = tables_->persons;
  const auto& cards = tables_->cards;
  const auto is_better = [&](const Card& a, const Card& b) {
    const Person &owner = persons[a.person], &other = persons[b.person];
    if (owner.known != other.known) return owner.known;
    if (a.lost != b.lost) return a.lost;
    if (a.row != b.row) return a.row;
    return owner.user.pin < other.user.pin;
  };
  Slot best = tables_->find(card);
  if (best == no_slot) return {};
  for (Slot slot = cards[best].same_card_next; slot != no_slot; slot = cards[slot].same_card_next) {
    if (is_better(cards[slot], cards[best])) best = slot;
  }
  const Person& owner = persons[cards[best].person];
  return {.user = owner.known ? &owner.user : nullptr, .lost = cards[best].lost};
}

const User* People::by_pin(const Pin& pin) const {
  const Slot slot = tables_->find(pin);
  return slot != no_slot && tables_->persons[slot].known ? &tables_->persons[slot].user : nullptr;
}

People::PasswordOwner People::by_password(std::string_view digits) const {
  const auto password = Password::from(digits);
  if (!password || password->empty()) return {};
  const Slot slot = tables_->find(*password);
  if (slot == no_slot) return {};
  const Person& person = tables_->persons[slot];
  if (person.same_password_next != no_slot) return {.user = nullptr, .ambiguous = true};
  return {.user = &person.user, .ambiguous = false};
}

std::span<const Privilege> People::privileges(const Pin& pin) const {
  const Slot slot = tables_->find(pin);
  if (slot == no_slot) return {};
  return tables_->persons[slot].privileges;
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
