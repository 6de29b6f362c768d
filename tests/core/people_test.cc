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

ExtUser ext(const char* id, bool temporary, bool extended_time = false) {
  return {.pin = pin(id), .extended_time = extended_time, .temporary = temporary, .verify = 4};
}

std::vector<Privilege> privileges(const People& people, const char* id) {
  std::vector<Privilege> all;
  for (const Privilege& each : people.privileges(pin(id)))
    all.push_back(each);
  return all;
}

std::string owner(const People& people, std::uint64_t card) {
  const auto owner = people.by_card(CardNo{card});
  std::string text = owner.person ? std::string{owner.person->user.pin.view()} : "nobody";
  return text + (owner.lost ? " lost" : "");
}

TEST(AUserId, is_text_and_not_a_number) {
  People people;
  people.apply(user("7"));
  EXPECT_FALSE(people.by_pin(pin("007")));
  EXPECT_TRUE(people.by_pin(pin("7")));
  EXPECT_FALSE(Pin::from(""));
  EXPECT_FALSE(Pin::from("1234567890123456789012345"));
  EXPECT_FALSE(Pin::from("a b"));
}

TEST(AUserId, of_any_kind_comes_back_as_it_was) {
  const std::vector<const char*> ids{"0",
                                     "00",
                                     "1",
                                     "01",
                                     "1000000000000000000",       // 19 digits
                                     "999999999999999999",        // 18
                                     "000000000000000000",        // 18
                                     "0000000000000000000",       // 19
                                     "18446744073709551615",      // 2^64 - 1
                                     "123456789012345678901234",  // 24
                                     "A",
                                     "AA",
                                     "a",
                                     "12345-78",
                                     "~~~~~~~~",
                                     "!!!!!!!!",
                                     "~~~~~~~~~",
                                     "visitor-of-the-third-flo",
                                     "visitor-of-the-third-fla"};
  People people;
  std::uint64_t card = 0;
  for (const char* id : ids)
    ASSERT_TRUE(people.apply(user(id, ++card)));
  EXPECT_EQ(people.users(), ids.size());
  card = 0;
  for (const char* id : ids) {
    EXPECT_EQ(owner(people, ++card), id);
    ASSERT_TRUE(people.by_pin(pin(id))) << id;
    EXPECT_EQ(people.by_pin(pin(id))->user.card.value, card) << id;
  }
  for (const char* id : ids) {
    people.apply(EraseUser{pin(id)});
    EXPECT_FALSE(people.by_pin(pin(id))) << id;
  }
  EXPECT_EQ(people.users(), 0u);
  EXPECT_FALSE(people.by_pin(Pin{})) << "nobody is nobody";
}

TEST(AUser, comes_back_as_it_was) {
  User all = user("5", 0xffff'ffff'ffff'ffff, "!\"# a~");
  all.validity = {.start = civil_from_text("2000-01-01"),
                  .end = civil_from_text("2136-02-07 06:28:14")};
  all.group = 0xffff'ffff;
  all.verify = mode_code("0000101000000011").value();
  all.privilege = 14;
  all.blacklisted = true;
  People people;
  people.apply(all);
  const auto found = people.by_pin(pin("5"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user.pin, all.pin);
  EXPECT_EQ(found->user.card, all.card);
  EXPECT_EQ(found->user.password, all.password);
  EXPECT_EQ(found->user.validity, all.validity);
  EXPECT_EQ(found->user.group, all.group);
  EXPECT_EQ(found->user.verify, all.verify);
  EXPECT_EQ(found->user.privilege, all.privilege);
  EXPECT_TRUE(found->user.blacklisted);
  people.apply(row("5", 7));
  EXPECT_EQ(people.by_pin(pin("5"))->user.card, all.card) << "not the one of mulcarduser";
  people.apply(user("5"));
  EXPECT_EQ(people.by_pin(pin("5"))->user.card.value, 0u);
  EXPECT_TRUE(people.by_pin(pin("5"))->user.validity.unlimited());
  EXPECT_FALSE(people.by_pin(pin("5"))->user.blacklisted);
  EXPECT_EQ(people.by_pin(pin("5"))->user.verify, mode_none);
}

TEST(AValidity, keeps_its_meaning_however_far_away_its_ends_are) {
  const CivilTime today = civil_from_text("2026-11-23 08:00:00").value();
  const auto kept = [](const char* start, const char* end) {
    People people;
    User dated = user("5");
    dated.validity = {.start = civil_from_text(start), .end = civil_from_text(end)};
    people.apply(dated);
    return people.by_pin(pin("5"))->user.validity;
  };
  EXPECT_TRUE(kept("", "").unlimited());
  EXPECT_TRUE(kept("1999-12-31 23:59:59", "").unlimited()) << "began long ago";
  EXPECT_TRUE(kept("1900-01-01", "9999-12-31").unlimited());
  EXPECT_TRUE(kept("", "1999-12-31 23:59:59").too_late(today));
  EXPECT_TRUE(kept("", "1970-01-01").too_late(today));
  EXPECT_FALSE(kept("", "2136-02-07 06:28:15").end) << "32 bits cannot say it";
  EXPECT_TRUE(kept("2136-02-07 06:28:15", "").too_early(today));
  EXPECT_TRUE(kept("9999-12-31", "").too_early(civil_from_text("2130-01-01").value()));
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
  EXPECT_EQ(people.by_pin(pin("5"))->user.card.value, 1005u);
  EXPECT_EQ(owner(people, 1005), "5");
  EXPECT_EQ(people.by_password("2580").person->user.pin, pin("5"));
  EXPECT_FALSE(people.by_password("258").person);
  EXPECT_FALSE(people.by_password("258025802580").person);
  EXPECT_EQ(owner(people, 1006), "nobody");
}

TEST(AnUpdate, replaces_card_and_password) {
  People people;
  people.apply(user("5", 1005, "2580"));
  people.apply(user("5", 1006, "1111"));
  EXPECT_EQ(people.users(), 1u);
  EXPECT_EQ(owner(people, 1005), "nobody");
  EXPECT_EQ(owner(people, 1006), "5");
  EXPECT_FALSE(people.by_password("2580").person);
  people.apply(user("5"));
  EXPECT_EQ(owner(people, 1006), "nobody");
  EXPECT_FALSE(people.by_password("1111").person);
}

TEST(NoCardAndNoPassword, are_nobodys) {
  People people;
  people.apply(user("5"));
  EXPECT_TRUE(people.apply(row("5", 0)));
  EXPECT_EQ(owner(people, 0), "nobody");
  EXPECT_EQ(people.cards(), 0u);
  EXPECT_FALSE(people.by_password("").person);
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
  EXPECT_EQ(privileges(people, "5").size(), 1u);
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
  EXPECT_FALSE(people.by_password("1234").person);
  people.apply(EraseUser{pin("2")});
  EXPECT_TRUE(people.by_password("1234").ambiguous);
  people.apply(user("1", 0, "4321"));
  EXPECT_FALSE(people.by_password("1234").ambiguous);
  EXPECT_EQ(people.by_password("1234").person->user.pin, pin("3"));
}

TEST(Privileges, are_counted_by_zone_and_doors) {
  People people;
  people.apply(privilege("5", 1, 1));
  people.apply(privilege("5", 1, 2));
  Privilege dated = privilege("5", 1, 2);
  dated.validity.end = civil_from_text("2027-01-01");
  people.apply(dated);
  const auto all = privileges(people, "5");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].doors, 1u) << "in the order in which they came";
  EXPECT_EQ(all[1].doors, 2u);
  EXPECT_EQ(all[1].validity, dated.validity);
  EXPECT_EQ(all[1].pin, pin("5"));
  people.apply(ErasePrivilege{pin("5"), 2, 2});
  EXPECT_EQ(people.privilege_count(), 2u) << "another zone";
  people.apply(ErasePrivilege{pin("5"), 1, 1});
  EXPECT_EQ(people.privilege_count(), 1u);
  EXPECT_TRUE(people.privileges(pin("6")).empty());
}

TEST(APrivilege, that_goes_leaves_the_order_of_the_others) {
  People people;
  for (const std::uint32_t doors : {1u, 2u, 4u})
    people.apply(privilege("5", 1, doors));
  people.apply(ErasePrivilege{pin("5"), 1, 2});
  people.apply(privilege("5", 1, 8));
  people.apply(ErasePrivilege{pin("5"), 1, 1});
  people.apply(privilege("5", 1, 1));
  const auto all = privileges(people, "5");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].doors, 4u);
  EXPECT_EQ(all[1].doors, 8u);
  EXPECT_EQ(all[2].doors, 1u);
}

TEST(ARowOfExtuser, may_come_before_its_user_and_outlive_him) {
  People people;
  people.apply(ext("5", false, true));
  EXPECT_FALSE(people.by_pin(pin("5"))) << "that is no user yet";
  EXPECT_EQ(people.users(), 0u);
  people.apply(user("5", 1005));
  EXPECT_TRUE(people.by_pin(pin("5"))->extended_time);
  EXPECT_EQ(people.by_card(CardNo{1005}).person->personal, 4u);
  people.apply(user("5", 1006));
  EXPECT_TRUE(people.by_pin(pin("5"))->extended_time) << "another table";
  people.apply(EraseUser{pin("5")});
  people.apply(user("5"));
  EXPECT_TRUE(people.by_pin(pin("5"))->extended_time);
  people.apply(ext("5", true));
  EXPECT_FALSE(people.by_pin(pin("5"))->extended_time) << "the row is replaced";
  EXPECT_TRUE(people.by_pin(pin("5"))->temporary);
  people.apply(EraseExtUser{pin("5")});
  EXPECT_FALSE(people.by_pin(pin("5"))->temporary);
  EXPECT_EQ(people.by_pin(pin("5"))->personal, mode_none);
  people.apply(ext("5", true));
  people.apply(ClearExtUsers{});
  EXPECT_FALSE(people.by_pin(pin("5"))->temporary);
  EXPECT_FALSE(people.erase_temporary());
}

TEST(TemporaryUsers, go_with_all_that_they_had) {
  People people;
  EXPECT_FALSE(people.erase_temporary());
  for (const char* id : {"1", "2", "a-visitor-of-today"}) {
    people.apply(user(id, 100, "11"));
    people.apply(row(id, 200));
    people.apply(row(id, 300));
    people.apply(privilege(id, 1, 1));
    people.apply(privilege(id, 2, 1));
  }
  people.apply(ext("1", false));
  EXPECT_FALSE(people.erase_temporary());
  people.apply(ext("2", true));
  people.apply(ext("a-visitor-of-today", true));
  people.apply(ext("9", true));
  people.apply(row("9", 200, true));
  EXPECT_TRUE(people.erase_temporary());
  EXPECT_EQ(people.users(), 1u);
  EXPECT_EQ(people.cards(), 3u) << "those of 1, and that of 9, who is no user";
  EXPECT_EQ(people.privilege_count(), 2u);
  EXPECT_FALSE(people.by_pin(pin("2")));
  EXPECT_EQ(owner(people, 100), "1");
  EXPECT_EQ(owner(people, 200), "1");
  EXPECT_EQ(people.by_password("11").person->user.pin, pin("1"));
  EXPECT_TRUE(privileges(people, "2").empty());
  EXPECT_FALSE(people.erase_temporary());
  people.apply(user("2"));
  EXPECT_FALSE(people.by_pin(pin("2"))->temporary) << "his row of extuser is gone as well";
  people.apply(user("9"));
  EXPECT_TRUE(people.by_pin(pin("9"))->temporary) << "his had to wait for him";
  EXPECT_TRUE(people.erase_temporary());
  EXPECT_EQ(people.cards(), 2u);
}

TEST(AClearedTable, leaves_the_others_alone) {
  People people;
  for (const char* id : {"1", "2", "3"}) {
    people.apply(user(id, 100, "11"));
    people.apply(ext(id, false, true));
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
  EXPECT_TRUE(people.by_pin(pin("2"))->extended_time);
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
  EXPECT_FALSE(people.by_pin(pin("one-more")));
  EXPECT_EQ(owner(people, 77), "nobody");
  EXPECT_EQ(people.users(), limits::users_max);
  EXPECT_TRUE(people.apply(user("5", 55))) << "there already";
  EXPECT_EQ(owner(people, 55), "5");

  for (std::size_t n = 0; n < limits::users_max; ++n)
    ASSERT_TRUE(people.apply(ext(std::to_string(n).c_str(), false)));
  EXPECT_FALSE(people.apply(ext("one-more", true)));
  EXPECT_TRUE(people.apply(ext("5", true))) << "there already";

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

TEST(ATable, has_the_room_that_it_was_given) {
  People people({.users = 1, .cards = 2, .privileges = 3});
  EXPECT_TRUE(people.apply(user("1")));
  EXPECT_FALSE(people.apply(user("2")));
  EXPECT_TRUE(people.apply(row("1", 11)));
  EXPECT_TRUE(people.apply(row("2", 12)));
  EXPECT_FALSE(people.apply(row("1", 13)));
  for (const std::uint32_t doors : {1u, 2u, 3u})
    EXPECT_TRUE(people.apply(privilege("3", 1, doors)));
  EXPECT_FALSE(people.apply(privilege("1", 1, 1)));
  people.apply(EraseUser{pin("1")});
  EXPECT_TRUE(people.apply(user("2")));
  EXPECT_EQ(owner(people, 12), "2");
}

TEST(WhatIsNotThere, is_erased_without_a_word) {
  People people;
  EXPECT_TRUE(people.apply(EraseUser{pin("5")}));
  EXPECT_TRUE(people.apply(EraseExtUser{pin("5")}));
  EXPECT_TRUE(people.apply(EraseCard{pin("5"), CardNo{1}}));
  EXPECT_TRUE(people.apply(ErasePrivilege{pin("5"), 1, 1}));
  people.apply(privilege("5", 1, 1));
  EXPECT_TRUE(people.apply(EraseUser{pin("5")}));
  EXPECT_TRUE(people.apply(EraseCard{pin("5"), CardNo{1}}));
  EXPECT_EQ(people.privilege_count(), 1u);
}

}  // namespace
}  // namespace lintel
