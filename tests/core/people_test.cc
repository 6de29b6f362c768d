#include "engine/core/people.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lintel {
namespace {

Pin pin(const char* text) {
  return Pin::from(text).value();
}

User user(const char* id, std::uint64_t card = 0, const char* password = "") {
  User user;
  user.pin = pin(id);
  user.card = CardNo{card};
  user.password = Password::from(password).value();
  return user;
}

UserCard row(const char* id, std::uint64_t card, bool lost = false) {
  return {.pin = pin(id), .card = CardNo{card}, .lost = lost, .sub_card = false};
}

Privilege privilege(const char* id, TimezoneId zone, std::uint32_t doors) {
  Privilege privilege;
  privilege.pin = pin(id);
  privilege.timezone = zone;
  privilege.doors = doors;
  return privilege;
}

std::string owner(const People& people, std::uint64_t card) {
  const auto owner = people.by_card(CardNo{card});
  std::string text = owner.user != nullptr ? std::string{owner.user->pin.view()} : "nobody";
  return text + (owner.lost ? " lost" : "");
}

TEST(AUserId, is_text_and_not_a_number) {
  People people;
  people.apply(user("7"));
  EXPECT_EQ(people.by_pin(pin("007")), nullptr);
  EXPECT_NE(people.by_pin(pin("7")), nullptr);
  EXPECT_FALSE(Pin::from(""));
  EXPECT_FALSE(Pin::from("1234567890123456789012345"));
  EXPECT_FALSE(Pin::from("a b"));
}

TEST(APassword, has_at_most_eight_bytes) {
  EXPECT_TRUE(Password::from("12345678"));
  EXPECT_FALSE(Password::from("123456789"));
  EXPECT_FALSE(Password::from("12\n4"));
  EXPECT_TRUE(Password::from("!~"));
  EXPECT_TRUE(Password::from("")->empty());
}

TEST(AUser, is_found_by_id_card_and_password) {
  People people;
  people.apply(user("5", 1005, "2580"));
  EXPECT_EQ(people.by_pin(pin("5"))->card.value, 1005u);
  EXPECT_EQ(owner(people, 1005), "5");
  EXPECT_EQ(people.by_password("2580").user->pin, pin("5"));
  EXPECT_EQ(people.by_password("258").user, nullptr);
  EXPECT_EQ(people.by_password("258025802580").user, nullptr);
  EXPECT_EQ(owner(people, 1006), "nobody");
}

TEST(AnUpdate, replaces_card_and_password) {
  People people;
  people.apply(user("5", 1005, "2580"));
  people.apply(user("5", 1006, "1111"));
  EXPECT_EQ(people.users(), 1u);
  EXPECT_EQ(owner(people, 1005), "nobody");
  EXPECT_EQ(owner(people, 1006), "5");
  EXPECT_EQ(people.by_password("2580").user, nullptr);
  people.apply(user("5"));
  EXPECT_EQ(owner(people, 1006), "nobody");
  EXPECT_EQ(people.by_password("1111").user, nullptr);
}

TEST(NoCardAndNoPassword, are_nobodys) {
  People people;
  people.apply(user("5"));
  EXPECT_TRUE(people.apply(row("5", 0)));
  EXPECT_EQ(owner(people, 0), "nobody");
  EXPECT_EQ(people.cards(), 0u);
  EXPECT_EQ(people.by_password("").user, nullptr);
}

TEST(Cards, may_be_several) {
  People people;
  people.apply(user("5", 1005));
  people.apply(row("5", 2005));
  people.apply(row("5", 3005));
  EXPECT_EQ(owner(people, 1005), "5");
  EXPECT_EQ(owner(people, 2005), "5");
  EXPECT_EQ(people.cards(), 2u);
  people.apply(row("5", 3005, true));
  EXPECT_EQ(people.cards(), 2u) << "the same row again";
  EXPECT_EQ(owner(people, 3005), "5 lost");
  people.apply(EraseCard{pin("5"), CardNo{3005}});
  EXPECT_EQ(owner(people, 3005), "nobody");
  people.apply(EraseCard{pin("5"), CardNo{1005}});
  EXPECT_EQ(owner(people, 1005), "5") << "that one is the user's own, not a row of mulcarduser";
}

TEST(ACard, may_come_before_its_user_and_outlive_him) {
  People people;
  people.apply(row("5", 2005));
  people.apply(privilege("5", 1, 1));
  EXPECT_EQ(owner(people, 2005), "nobody");
  people.apply(user("5"));
  EXPECT_EQ(owner(people, 2005), "5");
  people.apply(EraseUser{pin("5")});
  EXPECT_EQ(owner(people, 2005), "nobody");
  EXPECT_EQ(people.users(), 0u);
  EXPECT_EQ(people.privileges(pin("5")).size(), 1u);
  people.apply(user("5"));
  EXPECT_EQ(owner(people, 2005), "5");
}

TEST(ACardOfSeveralPeople, belongs_to_the_same_one_in_whatever_order_they_came) {
  for (const bool backwards : {false, true}) {
    People people;
    std::vector<PeopleChange> changes{user("2", 99), user("1", 99), user("3"), row("3", 99)};
    if (backwards) std::reverse(changes.begin(), changes.end());
    for (const PeopleChange& change : changes)
      people.apply(change);
    EXPECT_EQ(owner(people, 99), "3") << "mulcarduser before user.CardNo";
    people.apply(row("4", 99, true));
    EXPECT_EQ(owner(people, 99), "3") << "nobody knows 4";
    people.apply(user("4"));
    EXPECT_EQ(owner(people, 99), "4 lost") << "what anybody has reported lost is lost";
    people.apply(EraseCard{pin("4"), CardNo{99}});
    people.apply(EraseUser{pin("3")});
    EXPECT_EQ(owner(people, 99), "1") << "the smaller ID";
    people.apply(EraseUser{pin("1")});
    EXPECT_EQ(owner(people, 99), "2");
  }
}

TEST(APasswordOfSeveralPeople, names_none_of_them) {
  People people;
  people.apply(user("1", 0, "1234"));
  people.apply(user("2", 0, "1234"));
  people.apply(user("3", 0, "1234"));
  EXPECT_TRUE(people.by_password("1234").ambiguous);
  EXPECT_EQ(people.by_password("1234").user, nullptr);
  people.apply(EraseUser{pin("2")});
  EXPECT_TRUE(people.by_password("1234").ambiguous);
  people.apply(user("1", 0, "4321"));
  EXPECT_FALSE(people.by_password("1234").ambiguous);
  EXPECT_EQ(people.by_password("1234").user->pin, pin("3"));
}

TEST(Privileges, are_counted_by_zone_and_doors) {
  People people;
  people.apply(privilege("5", 1, 1));
  people.apply(privilege("5", 1, 2));
  Privilege dated = privilege("5", 1, 2);
  dated.validity.end = civil_from_text("2027-01-01");
  people.apply(dated);
  ASSERT_EQ(people.privileges(pin("5")).size(), 2u);
  EXPECT_EQ(people.privileges(pin("5"))[1].validity, dated.validity);
  people.apply(ErasePrivilege{pin("5"), 2, 2});
  EXPECT_EQ(people.privilege_count(), 2u) << "another zone";
  people.apply(ErasePrivilege{pin("5"), 1, 1});
  EXPECT_EQ(people.privilege_count(), 1u);
  EXPECT_TRUE(people.privileges(pin("6")).empty());
}

TEST(AClearedTable, leaves_the_others_alone) {
  People people;
  for (const char* id : {"1", "2", "3"}) {
    people.apply(user(id, 100, "11"));
    people.apply(row(id, 200 + static_cast<std::uint64_t>(*id)));
    people.apply(privilege(id, 1, 1));
  }
  people.apply(ClearUsers{});
  EXPECT_EQ(people.users(), 0u);
  EXPECT_EQ(people.cards(), 3u);
  EXPECT_EQ(people.privilege_count(), 3u);
  EXPECT_EQ(owner(people, 100), "nobody");
  EXPECT_FALSE(people.by_password("11").ambiguous);
  people.apply(user("2", 102));
  EXPECT_EQ(owner(people, 200 + '2'), "2");
  people.apply(ClearCards{});
  EXPECT_EQ(people.cards(), 0u);
  EXPECT_EQ(owner(people, 200 + '2'), "nobody");
  EXPECT_EQ(owner(people, 102), "2") << "his own card is in the user table";
  people.apply(ClearPrivileges{});
  EXPECT_EQ(people.privilege_count(), 0u);
  EXPECT_TRUE(people.privileges(pin("2")).empty());
}

TEST(AFullTable, takes_no_more_and_changes_nothing) {
  People people;
  people.reserve(limits::users_max);
  for (std::size_t n = 0; n < limits::users_max; ++n) {
    ASSERT_TRUE(people.apply(user(std::to_string(n).c_str())));
  }
  EXPECT_FALSE(people.apply(user("one-more", 77)));
  EXPECT_EQ(people.by_pin(pin("one-more")), nullptr);
  EXPECT_EQ(owner(people, 77), "nobody");
  EXPECT_EQ(people.users(), limits::users_max);
  EXPECT_TRUE(people.apply(user("5", 55))) << "there already";
  EXPECT_EQ(owner(people, 55), "5");

  for (std::size_t n = 1; n <= limits::cards_max; ++n)
    ASSERT_TRUE(people.apply(row("5", n)));
  EXPECT_FALSE(people.apply(row("5", limits::cards_max + 1)));
  EXPECT_TRUE(people.apply(row("5", 7, true))) << "there already";
  EXPECT_EQ(people.cards(), limits::cards_max);

  for (std::size_t n = 0; n < limits::privileges_max; ++n) {
    const std::string id = std::to_string(n / 4);
    ASSERT_TRUE(people.apply(privilege(id.c_str(), static_cast<TimezoneId>(n % 4), 1)));
  }
  EXPECT_FALSE(people.apply(privilege("5", 9, 1)));
  EXPECT_TRUE(people.apply(privilege("5", 3, 1))) << "there already";
  EXPECT_EQ(people.privilege_count(), limits::privileges_max);
}

TEST(WhatIsNotThere, is_erased_without_a_word) {
  People people;
  EXPECT_TRUE(people.apply(EraseUser{pin("5")}));
  EXPECT_TRUE(people.apply(EraseCard{pin("5"), CardNo{1}}));
  EXPECT_TRUE(people.apply(ErasePrivilege{pin("5"), 1, 1}));
  people.apply(privilege("5", 1, 1));
  EXPECT_TRUE(people.apply(EraseUser{pin("5")}));
  EXPECT_TRUE(people.apply(EraseCard{pin("5"), CardNo{1}}));
  EXPECT_EQ(people.privilege_count(), 1u);
}

}  // namespace
}  // namespace lintel
