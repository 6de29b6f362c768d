// Who may go where: users, their cards, passwords and privileges, in memory, for the decision.
// The rows themselves are in storage; this is what the core needs of them, found in constant time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "engine/core/calendar.h"
#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/core/verification.h"

namespace lintel {

// Keypad digits, kept so that they can be compared and returned to the server that owns them.
class Password {
 public:
  // At most 8 printable bytes; "" gives an empty one: no password.
  static std::optional<Password> from(std::string_view text);
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  bool operator==(const Password& other) const { return view() == other.view(); }

 private:
  std::array<char, limits::password_digits_max> bytes_{};
  std::uint8_t size_ = 0;
};

struct User {  // a row of user
  Pin pin;
  CardNo card;  // CardNo of the user table; 0: none there
  Password password;
  Validity validity;
  std::uint32_t group = 0;      // for several-person rules
  ModeCode verify = mode_none;  // user.Verify: the person's own mode (a row's 0 is mode_none)
  // 0 common, 2 registrar, 6 administrator, 10 user-defined, 14 super administrator
  std::uint8_t privilege = 0;
  bool blacklisted = false;  // Disable=1
};

struct ExtUser {  // a row of extuser
  Pin pin;
  bool extended_time = false;   // FunSwitch bit 0: the lock is released for longer
  bool temporary = false;       // FunSwitch bit 1: deleted when the day is over
  ModeCode verify = mode_none;  // PersonalVS
};

// Somebody who has a row in user, with what extuser says of him.
struct Person {
  User user;
  bool extended_time = false, temporary = false;
  ModeCode personal = mode_none;  // PersonalVS
};

struct UserCard {  // a row of mulcarduser
  Pin pin;
  CardNo card;
  bool lost = false;
  bool sub_card = false;
};

struct Privilege {  // a row of userauthorize
  Pin pin;
  TimezoneId timezone = 0;
  std::uint32_t doors = 0;  // a bit for each door, door 1 lowest
  Validity validity;
};

// What a committed command changed, in the core's words. Applied whole, between two steps.
struct EraseUser {
  Pin pin;
};
struct EraseExtUser {
  Pin pin;
};
struct EraseCard {
  Pin pin;
  CardNo card;
};
struct ErasePrivilege {
  Pin pin;
  TimezoneId timezone;
  std::uint32_t doors;
};
struct ClearUsers {};  // the user table: user.CardNo and passwords go, cards and privileges stay
struct ClearExtUsers {};
struct ClearCards {};       // mulcarduser
struct ClearPrivileges {};  // userauthorize
using PeopleChange =
    std::variant<User, ExtUser, UserCard, Privilege, EraseUser, EraseExtUser, EraseCard,
                 ErasePrivilege, ClearUsers, ClearExtUsers, ClearCards, ClearPrivileges>;

// How many rows of each kind there may be.
struct PeopleCapacity {
  std::size_t users = limits::users_max;
  std::size_t cards = limits::cards_max;
  std::size_t privileges = limits::privileges_max;
};

// Rows of other tables may arrive before their user, and outlive it: a person is known only while
// its row in the user table is. Finding allocates nothing, and hands out values: a user with card,
// password and one privilege takes at most 128 bytes here, so nothing lies about as a User.
//
// Not thread-safe; owned by the controller.
class People {
  struct Tables;

 public:
  explicit People(const PeopleCapacity& capacity = {});
  ~People();
  People(People&&) noexcept;
  People& operator=(People&&) noexcept;

  // False: a table has reached its maximum, and nothing has changed.
  bool apply(const PeopleChange& change);
  void reserve(std::size_t users);  // before a bulk load
  // The temporary users in memory go, with their cards and privileges: their day is over.
  // Returns whether there were any.
  bool erase_temporary();

  struct CardOwner {
    std::optional<Person> person;  // nothing: nobody has this card, or its user has no row
    bool lost = false;
  };
  // Where several rows have one card: a known user goes before an unknown one, a lost row before a
  // good one, mulcarduser before user.CardNo, the smaller ID before the larger.
  [[nodiscard]] CardOwner by_card(CardNo card) const;
  // Nothing: no such person, or without a row in user.
  [[nodiscard]] std::optional<Person> by_pin(const Pin& pin) const;

  struct PasswordOwner {
    std::optional<Person> person;
    bool ambiguous = false;  // several people have it: it names none of them
  };
  [[nodiscard]] PasswordOwner by_password(std::string_view digits) const;

  // What somebody may do, in the order in which it came: for (const Privilege& each : ...).
  // Good until the next apply().
  class Privileges {
   public:
    class Iterator {
     public:
      using iterator_category = std::input_iterator_tag;
      using value_type = Privilege;
      using difference_type = std::ptrdiff_t;
      using pointer = const Privilege*;
      using reference = Privilege;
      Privilege operator*() const;
      Iterator& operator++();
      Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
      }
      bool operator==(const Iterator& other) const { return at_ == other.at_; }

     private:
      friend class People;
      friend class Privileges;
      const Tables* tables_ = nullptr;
      std::uint32_t person_ = 0;
      std::uint32_t at_ = 0xffff'ffff;
    };
    Privileges() = default;  // none
    [[nodiscard]] Iterator begin() const { return first_; }
    [[nodiscard]] Iterator end() const { return {}; }
    [[nodiscard]] bool empty() const { return begin() == end(); }

   private:
    friend class People;
    Iterator first_;
  };
  [[nodiscard]] Privileges privileges(const Pin& pin) const;

  [[nodiscard]] std::size_t users() const;
  [[nodiscard]] std::size_t cards() const;
  [[nodiscard]] std::size_t privilege_count() const;

 private:
  std::unique_ptr<Tables> tables_;
};

}  // namespace lintel
