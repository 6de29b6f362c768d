// Who may go where: users, their cards, passwords and privileges, in memory, for the decision.
// The rows themselves are in storage; this is what the core needs of them, found in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/limits.h"
#include "engine/core/types.h"

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

struct User {
  Pin pin;
  CardNo card;  // CardNo of the user table; 0: none there
  Password password;
  Validity validity;
  std::uint32_t group = 0;
  std::uint16_t verify = 0;  // user.Verify: the person's own mode
  // 0 common, 2 registrar, 6 administrator, 10 user-defined, 14 super administrator
  std::uint8_t privilege = 0;
  bool blacklisted = false;  // Disable=1
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
struct ClearCards {};  // mulcarduser
struct ClearPrivileges {};  // userauthorize
using PeopleChange = std::variant<User, UserCard, Privilege, EraseUser, EraseCard, ErasePrivilege,
                                  ClearUsers, ClearCards, ClearPrivileges>;

// Privileges and cards may arrive before their user, and outlive it: a user is known only while
// its row in the user table is. Finding allocates nothing.
//
// Not thread-safe; owned by the controller.
class People {
 public:
  People();
  ~People();
  People(People&&) noexcept;
  People& operator=(People&&) noexcept;

  // False: a table has reached its maximum (limits.h), and nothing has changed.
  bool apply(const PeopleChange& change);
  void reserve(std::size_t users);  // before a bulk load

  struct CardOwner {
    const User* user = nullptr;  // null: nobody has this card, or its user has no row
    bool lost = false;
  };
  // Where several rows have one card: a known user goes before an unknown one, a lost row before a
  // good one, mulcarduser before user.CardNo, the smaller ID before the larger.
  [[nodiscard]] CardOwner by_card(CardNo card) const;
  // Pointers and spans hold until the next apply().
  [[nodiscard]] const User* by_pin(const Pin& pin) const;

  struct PasswordOwner {
    const User* user = nullptr;
    bool ambiguous = false;  // several people have it: it names none of them
  };
  [[nodiscard]] PasswordOwner by_password(std::string_view digits) const;
  [[nodiscard]] std::span<const Privilege> privileges(const Pin& pin) const;

  [[nodiscard]] std::size_t users() const;
  [[nodiscard]] std::size_t cards() const;
  [[nodiscard]] std::size_t privilege_count() const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace lintel
