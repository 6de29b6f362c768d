// What people cost: bytes, and steps.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "engine/core/people.h"
#include "tests/core/allocation.h"

namespace lintel {
namespace {

Pin pin_of(unsigned n) {
  return *Pin::from(std::to_string(n));
}

// Time of this thread alone, so that a busy machine does not fail the test.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Users with card, password and one privilege, as far as their number is up to `last`.
void add(People& people, unsigned first, unsigned last) {
  for (unsigned n = first; n <= last; ++n) {
    User user;
    user.pin = pin_of(n);
    user.card = CardNo{1'000'000 + n};
    user.password = *Password::from(std::to_string(10'000'000 + n));
    user.validity.end = civil_from_text("2030-01-01");
    ASSERT_TRUE(people.apply(user));
    ASSERT_TRUE(people.apply(Privilege{user.pin, timezone_always, 0xF, user.validity}));
  }
}

TEST(AUser, with_card_password_and_privilege_takes_128_bytes) {
  for (const bool reserved : {false, true}) {
    const std::size_t before = bytes_on_heap();
    People people;
    if (reserved) people.reserve(100'000);
    add(people, 1, 100'000);
    const double bytes = static_cast<double>(bytes_on_heap() - before) / 100'000;
    RecordProperty(reserved ? "bytes_reserved" : "bytes_grown", std::to_string(bytes));
    EXPECT_LE(bytes, 128) << (reserved ? "reserved" : "grown");
  }
}

// An index that has just doubled is emptiest: that is the dearest moment.
TEST(AUser, takes_no_more_just_after_the_indexes_have_grown) {
  const std::size_t before = bytes_on_heap();
  People people({.users = 300'000, .cards = 1, .privileges = 300'000});
  unsigned last = 0;
  for (const unsigned users : {58'000u, 115'000u, 230'000u, 300'000u}) {
    add(people, last + 1, users);
    last = users;
    EXPECT_LE(static_cast<double>(bytes_on_heap() - before) / users, 128) << users;
  }
}

TEST(Finding, takes_nothing_from_the_heap) {
  People people;
  add(people, 1, 1'000);
  User by_text;
  by_text.pin = *Pin::from("a-visitor-of-the-house");
  by_text.card = CardNo{7};
  people.apply(by_text);
  people.apply(Privilege{by_text.pin, timezone_always, 0xF, {}});
  const std::size_t before = allocations();
  unsigned found = 0;
  for (unsigned n = 1; n <= 1'000; ++n) {
    const auto owner = people.by_card(CardNo{1'000'000 + n});
    if (!owner.person || people.by_card(CardNo{n + 7}).person) continue;
    if (!people.by_password(owner.person->user.password.view()).person) continue;
    for (const Privilege& each : people.privileges(owner.person->user.pin))
      found += each.doors == 0xF ? 1 : 0;
  }
  const auto visitor = people.by_card(CardNo{7}).person;
  for (const Privilege& each : people.privileges(visitor->user.pin))
    found += each.doors == 0xF ? 1 : 0;
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(found, 1'001u);
}

// Digits, and for every fourth an ID too long to be packed.
Pin id_of(unsigned n) {
  return n % 4 != 0 ? pin_of(n) : *Pin::from("visitor-number-" + std::to_string(n));
}

// Everything that may stand under an ID, for `people` IDs from `first` on.
void come_and_go(People& table, unsigned first, unsigned people, unsigned way) {
  for (unsigned n = first; n < first + people; ++n) {
    User user;
    user.pin = id_of(n);
    table.apply(user);
    table.apply(ExtUser{.pin = user.pin});
    table.apply(EraseExtUser{user.pin});
    table.apply(UserCard{.pin = user.pin, .card = CardNo{n}});
    table.apply(Privilege{.pin = user.pin, .timezone = 1, .doors = 1, .validity = {}});
  }
  const auto each = [&](auto erase) {
    for (unsigned n = first; n < first + people; ++n)
      table.apply(erase(n));
  };
  const auto users = [&] { each([](unsigned n) { return EraseUser{id_of(n)}; }); };
  const auto cards = [&] { each([](unsigned n) { return EraseCard{id_of(n), CardNo{n}}; }); };
  const auto rights = [&] { each([](unsigned n) { return ErasePrivilege{id_of(n), 1, 1}; }); };
  switch (way) {  // whichever goes last takes the person with it
    case 0:
      users(), cards(), rights();
      break;
    case 1:
      rights(), users(), cards();
      break;
    case 2:
      cards(), rights(), users();
      break;
    case 3:
      table.apply(ClearUsers{}), table.apply(ClearCards{}), table.apply(ClearPrivileges{});
      break;
    case 4:
      table.apply(ClearPrivileges{}), table.apply(ClearUsers{}), table.apply(ClearCards{});
      break;
    default:
      table.apply(ClearCards{}), table.apply(ClearPrivileges{}), table.apply(ClearUsers{});
      break;
  }
}

TEST(PeopleWhoAreGone, leave_their_room_to_others) {
  People people;
  for (unsigned way = 0; way < 6; ++way)
    come_and_go(people, 1, 500, way);
  const std::size_t before = bytes_on_heap();
  for (unsigned round = 1; round < 60; ++round)
    come_and_go(people, round * 500, 500, round % 6);
  EXPECT_EQ(bytes_on_heap(), before);
}

TEST(APasswordThatEverybodyHas, slows_nothing_down) {
  People people;
  const double start = cpu_seconds();
  for (unsigned n = 1; n <= 50'000; ++n) {
    User user;
    user.pin = pin_of(n);
    user.password = *Password::from("1234");
    people.apply(user);
  }
  for (unsigned n = 1; n < 50'000; ++n)
    people.apply(EraseUser{pin_of(n)});
  // Were each one looked for among all the others, this would be billions of steps.
  EXPECT_LT(cpu_seconds() - start, 5.0);
  EXPECT_EQ(people.by_password("1234").person->user.pin.view(), "50000");
}

}  // namespace
}  // namespace lintel
