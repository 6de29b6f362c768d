// Rows about people, and what reaches the core of them.
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

class PeopleRows : public Rows {
 protected:
  // The last request changed one thing about one person, of this kind.
  template <class Change>
  Change the_change() {
    EXPECT_EQ(1u, effects_.people.size());
    const auto* change =
        effects_.people.empty() ? nullptr : std::get_if<Change>(&effects_.people.back());
    EXPECT_NE(nullptr, change);
    return change == nullptr ? Change{} : *change;
  }
  std::vector<PeopleChange> loaded() {
    std::vector<PeopleChange> all;
    daemon::Effects effects;
    auto done =
        daemon::load_all(*store_, facts_, effects, [&](const std::vector<PeopleChange>& some) {
          all.insert(all.end(), some.begin(), some.end());
        });
    EXPECT_TRUE(done) << done.error().text;
    return all;
  }
};

TEST_F(PeopleRows, the_extended_user) {
  ASSERT_EQ(0,
            update("extuser", {"Pin=1\tFunSwitch=3\tFirstName=\tLastName=\tPersonalVS=4"}).code());
  auto user = the_change<ExtUser>();
  EXPECT_EQ("1", user.pin.view());
  EXPECT_TRUE(user.extended_time);
  EXPECT_TRUE(user.temporary);
  EXPECT_EQ(4, user.verify);

  ASSERT_EQ(0, update("extuser", {"Pin=1\tPersonalVS=0"}).code());
  user = the_change<ExtUser>();
  EXPECT_TRUE(user.temporary) << "what the row does not name it keeps";
  EXPECT_EQ(mode_none, user.verify);

  refuses("extuser", "Pin=1\tFunSwitch=both", "FunSwitch must be a number");
  refuses("extuser", "Pin=1\tPersonalVS=30", "PersonalVS must be a verification mode from 0 to 29");

  ASSERT_EQ(0, erase("extuser", "Pin", "1").code());
  EXPECT_EQ("1", the_change<EraseExtUser>().pin.view());
  ASSERT_EQ(0, erase("extuser").code());
  the_change<ClearExtUsers>();
}

TEST_F(PeopleRows, the_mode_of_a_person) {
  const std::pair<const char*, ModeCode> modes[] = {
      {"", mode_none}, {"0", mode_none}, {"255", mode_none},
      {"11", 11},      {"29", 29},       {"0000101000000011", *mode_code("0000101000000011")}};
  for (const auto& [text, mode] : modes) {
    ASSERT_EQ(0, update("user", {"Pin=7\tVerify=" + std::string(text)}).code()) << text;
    EXPECT_EQ(mode, the_change<User>().verify) << text;
  }
  for (const auto* wrong : {"30", "x", "65535", "0000101000000012"})
    refuses("user", "Pin=7\tVerify=" + std::string(wrong), "Verify must be a verification mode");
}

TEST_F(PeopleRows, what_a_row_does_not_name_it_keeps) {
  ASSERT_EQ(0, update("user", {"Pin=7\tCardNo=[15CD5B07]\tPassword=2468\tGroup=3\tDisable=1\t"
                               "StartTime=20260101\tEndTime=0\tPrivilege=14\tVerify=11"})
                   .code());
  ASSERT_EQ(0, update("user", {"Pin=7\tGroup=4", "Pin=8\tGroup=5"}).code());
  ASSERT_EQ(2u, effects_.people.size());
  const auto seven = std::get<User>(effects_.people[0]);
  EXPECT_EQ(CardNo{123456789}, seven.card);
  EXPECT_EQ("2468", seven.password.view());
  EXPECT_EQ(4u, seven.group);
  EXPECT_TRUE(seven.blacklisted);
  EXPECT_TRUE(seven.validity.start);
  EXPECT_EQ(14, seven.privilege);
  EXPECT_EQ(11, seven.verify);
  EXPECT_EQ(5u, std::get<User>(effects_.people[1]).group);

  ASSERT_EQ(0, update("mulcarduser", {"Pin=7\tCardNo=ab\tLossCardFlag=1\tCardType=1"}).code());
  ASSERT_EQ(0, update("mulcarduser", {"Pin=7\tCardNo=AB\tCardType=0"}).code());
  const auto card = the_change<UserCard>();
  EXPECT_EQ(CardNo{0xab}, card.card);
  EXPECT_TRUE(card.lost);
  EXPECT_FALSE(card.sub_card);

  const std::string privilege = "Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=5";
  ASSERT_EQ(0,
            update("userauthorize", {privilege + "\tStartTime=20260101\tEndTime=20261231"}).code());
  ASSERT_EQ(0, update("userauthorize", {privilege}).code());
  EXPECT_TRUE(the_change<Privilege>().validity.end);
}

TEST_F(PeopleRows, a_privilege_names_doors_by_a_mask_or_one_by_its_number) {
  const std::string row = "Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=";
  ASSERT_EQ(0, update("userauthorize", {row + "5"}).code());
  EXPECT_EQ(5u, the_change<Privilege>().doors) << "doors 1 and 3";

  facts_.single_door_ids = true;
  gate_ = daemon::Gate(facts_);
  EXPECT_EQ('1', option("AccSupportFunList").at(15));
  ASSERT_EQ(0, update("userauthorize", {row + "3"}).code());
  EXPECT_EQ(4u, the_change<Privilege>().doors) << "door 3";
  refuses("userauthorize", row + "0", "AuthorizeDoorId must be a number from 1 to 32");
  refuses("userauthorize", row + "33", "AuthorizeDoorId must be a number from 1 to 32");
  ASSERT_EQ(0, erase("userauthorize", "AuthorizeDoorId", "3").code());
  EXPECT_EQ(4u, the_change<ErasePrivilege>().doors);
}

TEST_F(PeopleRows, a_stored_row_that_makes_no_sense_does_not_keep_the_doors_from_starting) {
  ASSERT_EQ(0, update("user", {"Pin=1\tCardNo=77", "Pin=2\tCardNo=78"}).code());
  const auto& table = *storage::find_table("user");
  const int columns[] = {table.field("Pin"), table.field("Verify"), table.field("Disable")};
  const std::string_view values[] = {"1", "128", "0", "2", "0", "perhaps"};
  ASSERT_TRUE(store_->begin());
  ASSERT_TRUE(store_->update(table, columns, values));
  ASSERT_TRUE(store_->commit());
  const auto people = loaded();
  ASSERT_EQ(1u, people.size());
  const auto user = std::get<User>(people[0]);
  EXPECT_EQ(CardNo{77}, user.card);
  EXPECT_EQ(mode_none, user.verify) << "earlier versions took any number";
}

// ---- temporary users

class TemporaryUsers : public PeopleRows {
 protected:
  void SetUp() override {
    Rows::SetUp();
    update("extuser", {"Pin=1\tFunSwitch=0", "Pin=2\tFunSwitch=2", "Pin=3\tFunSwitch=3",
                       "Pin=9\tFunSwitch=2"});  // 9 has no row in user yet
    for (const std::string pin : {"1", "2", "3"}) {
      update("user", {"Pin=" + pin + "\tCardNo=" + pin});
      update("mulcarduser", {"Pin=" + pin + "\tCardNo=a" + pin});
      update("userauthorize", {"Pin=" + pin + "\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1",
                               "Pin=" + pin + "\tAuthorizeTimezoneId=2\tAuthorizeDoorId=2"});
      update("firstcard", {"DoorID=1\tTimezoneID=1\tPin=" + pin});
      update("SuperAuthorize", {"Pin=" + pin + "\tDoorID=1"});
      update("PersonalVSTimezone", {"PIN=" + pin + "\tDoorID=1\tTimezoneID=1"});
      update("templatev10", {"Pin=" + pin + "\tFingerID=1\tTemplate=QUJD"});
      update("biodata", {"Pin=" + pin + "\tNo=0\tIndex=0\tType=1\tTmp=QUJD"});
      update("biophoto", {"PIN=" + pin + "\tType=9\tContent=QUJD"});
      update("userpic", {"pin=" + pin + "\tcontent=QUJD"});
      update("identitycard", {"Pin=" + pin + "\tName=Somebody"});
    }
  }
};

TEST_F(TemporaryUsers, go_from_every_table_when_their_day_is_over) {
  ASSERT_TRUE(store_->begin());
  const auto effects = daemon::erase_temporary(*store_, facts_);
  ASSERT_TRUE(effects) << effects.error().text;
  ASSERT_TRUE(store_->commit());
  for (const auto* table :
       {"user", "mulcarduser", "firstcard", "SuperAuthorize", "PersonalVSTimezone", "templatev10",
        "biodata", "biophoto", "userpic", "identitycard"})
    EXPECT_EQ(1u, count(table)) << table;
  EXPECT_EQ(2u, count("userauthorize"));
  EXPECT_EQ(2u, count("extuser")) << "1, and 9 of whom there is no user";
  ASSERT_TRUE(effects->rules);
  EXPECT_EQ(1u, effects->rules->super_users.size());
  EXPECT_EQ(1u, effects->rules->first_cards.size());
  EXPECT_EQ(1u, effects->rules->person_verify.size());
  EXPECT_EQ(10u, effects->people.size()) << "of two: user, extuser, a card, two privileges";
  for (const auto& change : effects->people) {
    const auto* user = std::get_if<EraseUser>(&change);
    EXPECT_FALSE(user != nullptr && user->pin.view() == "1");
  }
}

TEST_F(TemporaryUsers, are_told_once) {
  ASSERT_TRUE(store_->begin());
  ASSERT_TRUE(daemon::erase_temporary(*store_, facts_));
  const auto again = daemon::erase_temporary(*store_, facts_);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->people.empty());
  EXPECT_FALSE(again->rules);
  ASSERT_TRUE(store_->commit());
}

}  // namespace
}  // namespace lintel::test
