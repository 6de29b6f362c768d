// What peers may ask, what they are answered, and that a refusal changes nothing.
#include "engine/daemon/gate.h"

#include <gtest/gtest.h>

#include "engine/daemon/option_catalogue.h"
#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using Gate = InProcess;

pb::Request erase(const std::string& table,
                  const std::vector<std::pair<std::string, std::string>>& where) {
  pb::Request request;
  request.mutable_delete_()->set_table(table);
  auto& conditions = *request.mutable_delete_()->add_any();
  for (const auto& [field, value] : where) {
    auto& condition = *conditions.add_all();
    condition.set_field(field);
    condition.set_value(value);
  }
  return request;
}

pb::Request count(const std::string& table) {
  pb::Request request;
  request.mutable_count()->set_table(table);
  return request;
}

TEST_F(Gate, answers_each_mistake_with_its_own_code) {
  struct Mistake {
    std::string table, row;
    std::int32_t code;
  };
  const Mistake mistakes[] = {
      {"usr", "Pin=1", -629},                                           // no such table
      {"user", "Pin=1\tShoeSize=44", -621},                             // no such field
      {"user", "CardNo=77", -11},                                       // no key
      {"user", "Pin=", -11},                                            // an empty key
      {"user", "Pin=1\tCardNo=seven", -11},                             // not a number
      {"user", "Pin=1\tPassword=123456789012", -11},                    // too long
      {"user", "Pin=1\tStartTime=20261340", -11},                       // no such day
      {"timezone", "TimezoneId=2\tMonTime1=161808384", -11},            // 2469 is no time of day
      {"holiday", "Holiday=20261301\tHolidayType=1\tLoop=1", -11},      // month 13
      {"userauthorize", "Pin=1\tAuthorizeTimezoneId=1", -11},           // no door
      {"DoorParameters", "ID=1\tName=DoorDrivertime\tValue=999", -11},  // out of range
      {"DoorParameters", "ID=9\tName=DoorDrivertime\tValue=5", -11},    // no such door
      {"WGFormat", "ID=5\tCardBit=26\tCardFormat=pcc", -11},            // bits do not fit
  };
  for (const auto& mistake : mistakes) {
    const auto reply = box().update(mistake.table, {mistake.row});
    EXPECT_EQ(mistake.code, reply.code())
        << mistake.table << " " << mistake.row << ": " << reply.error();
    EXPECT_FALSE(reply.error().empty());
  }
  EXPECT_EQ(0u, box().ask(count("user")).rows());
  EXPECT_EQ(0u, box().ask(count("timezone")).rows());
}

TEST_F(Gate, takes_a_command_whole_or_not_at_all) {
  const auto reply =
      box().update("user", {"Pin=1\tCardNo=77", "Pin=2\tCardNo=x", "Pin=3\tCardNo=79"});
  EXPECT_EQ(-11, reply.code());
  EXPECT_NE(std::string::npos, reply.error().find("Row 2")) << reply.error();
  EXPECT_EQ(0u, box().ask(count("user")).rows());
  EXPECT_EQ(0u, box().status().users());
}

TEST_F(Gate, never_deletes_more_than_was_asked_for) {
  box().update("user", {"Pin=1", "Pin=2", "Pin=5"});
  EXPECT_EQ(-101, box().ask(erase("user", {{"uidd", "5"}})).code())
      << "a field that the table does not have";
  EXPECT_EQ(3u, box().ask(count("user")).rows());
  EXPECT_EQ(0, box().ask(erase("user", {{"pin", "5"}})).code());
  EXPECT_EQ(2u, box().ask(count("user")).rows());
  EXPECT_EQ(2u, box().status().users());

  pb::Request nothing_said;
  nothing_said.mutable_delete_()->set_table("user");
  EXPECT_EQ(-620, box().ask(nothing_said).code());
  EXPECT_EQ(2u, box().ask(count("user")).rows());
}

TEST_F(Gate, keeps_what_an_update_does_not_name) {
  box().update("user", {"Pin=1\tCardNo=77\tName=Ada"});
  box().update("user", {"Pin=1\tPassword=4321"});
  pb::Request query;
  query.mutable_query()->set_table("USER");
  const auto reply = box().ask(query);
  ASSERT_EQ(1u, reply.page().rows());
  std::map<std::string, std::string> row;
  for (int i = 0; i < reply.page().field_size(); ++i)
    row[reply.page().field(i)] = reply.page().value(i);
  EXPECT_EQ("77", row["CardNo"]);
  EXPECT_EQ("Ada", row["Name"]);
  EXPECT_EQ("4321", row["Password"]);
}

TEST_F(Gate, shows_passwords_to_the_server_that_owns_them_and_to_nobody_else) {
  box().update("user", {"Pin=1\tPassword=4321"});
  pb::Request query;
  query.mutable_query()->set_table("user");
  query.mutable_query()->add_field("Password");
  EXPECT_EQ("4321", box().ask(query, pb::ROLE_PUSH).page().value(0));
  EXPECT_EQ("", box().ask(query, pb::ROLE_WEB).page().value(0));
  EXPECT_EQ("", box().ask(query, pb::ROLE_TECHNICIAN).page().value(0));

  box().update("DoorParameters", {"ID=1\tName=DoorSupperPassWord\tValue=1357"});
  query.mutable_query()->set_table("DoorParameters");
  query.mutable_query()->set_field(0, "Value");
  EXPECT_EQ("1357", box().ask(query, pb::ROLE_PUSH).page().value(0));
  EXPECT_EQ("", box().ask(query, pb::ROLE_WEB).page().value(0));
}

TEST_F(Gate, lets_only_the_server_change_anything) {
  pb::Request update;
  update.mutable_update()->set_table("user");
  auto& rows = *update.mutable_update()->add_rows();
  rows.add_field("Pin");
  rows.add_value("1");
  for (const auto role : {pb::ROLE_WEB, pb::ROLE_TECHNICIAN})
    EXPECT_EQ(-8, box().ask(update, role).code());
  EXPECT_EQ(0u, box().status().users());
  pb::Request open;
  open.mutable_control()->set_verb(pb::Control::OPEN);
  open.mutable_control()->set_place(1);
  open.mutable_control()->set_seconds(5);
  EXPECT_EQ(-8, box().ask(open, pb::ROLE_WEB).code());
  EXPECT_FALSE(box().board.lock(1));
}

TEST_F(Gate, executes_a_command_once_and_answers_it_again) {
  pb::Request open;
  auto& control = *open.mutable_control();
  control.mutable_command()->set_id("221");
  control.mutable_command()->set_digest("made up");
  control.set_verb(pb::Control::OPEN);
  control.set_place(1);
  control.set_seconds(3);
  EXPECT_EQ(0, box().ask(open).code());
  EXPECT_TRUE(box().board.lock(1));
  box().pass(std::chrono::seconds(4));
  EXPECT_FALSE(box().board.lock(1));
  EXPECT_EQ(0, box().ask(open).code()) << "answered again";
  EXPECT_FALSE(box().board.lock(1)) << "and not executed again";

  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_EQ(0, box().ask(open).code()) << "also after a restart";
  EXPECT_FALSE(box().board.lock(1));

  box().pass(std::chrono::seconds(120));
  EXPECT_EQ(0, box().ask(open).code());
  EXPECT_FALSE(box().board.lock(1)) << "nor after a long outage: the server has no result yet";

  pb::Request told;
  *told.mutable_confirm_results()->add_command() = control.command();
  EXPECT_EQ(0, box().ask(told).code());
  EXPECT_EQ(0, box().ask(open).code());
  EXPECT_TRUE(box().board.lock(1)) << "later, the same words are a new command";
}

TEST_F(Gate, refuses_a_momentary_command_that_comes_too_late) {
  pb::Request open;
  open.mutable_control()->set_verb(pb::Control::OPEN);
  open.mutable_control()->set_place(1);
  open.mutable_control()->set_seconds(3);
  open.mutable_control()->set_expires_uptime_ns(1);  // long ago
  EXPECT_EQ(-12, box().ask(open).code());
  EXPECT_FALSE(box().board.lock(1));
}

TEST_F(Gate, sets_options_all_or_none) {
  pb::Request request;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"Door1Drivertime", "9"}, {"MachineTZ", "+0800"}, {"Door2Drivertime", "900"}}) {
    auto& option = *request.mutable_set_options()->add_option();
    option.set_name(name);
    option.set_value(value);
  }
  EXPECT_EQ(-11, box().ask(request).code());
  EXPECT_EQ("5", option("Door1Drivertime"));
  EXPECT_EQ("", option("MachineTZ"));
  EXPECT_EQ(-108, box().set_option("NoSuchThing", "1").code());
  EXPECT_EQ(-108, box().set_option("LockCount", "64").code()) << "what the box is cannot be set";
  EXPECT_EQ(0, box().set_option("DOOR1DRIVERTIME", "9").code());
  EXPECT_EQ("9", option("Door1Drivertime"));
}

TEST_F(Gate, reads_a_door_option_and_a_door_parameter_as_one_thing) {
  EXPECT_EQ(0,
            box().update("DoorParameters", {"ID=2\tName=DoorDrivertime\tValue=7\tDevID=1"}).code());
  EXPECT_EQ("7", option("Door2Drivertime"));
  EXPECT_EQ(0, box().set_option("Door2Drivertime", "8").code());
  EXPECT_EQ(1u, box().ask(count("DoorParameters")).rows());
  EXPECT_EQ("8", option("Door2Drivertime"));
}

TEST_F(Gate, takes_the_parameters_of_our_own_like_those_of_the_text) {
  EXPECT_EQ("0", option("Door1ClockPolicy"));
  EXPECT_EQ("1", option("Door1FireOpen"));
  EXPECT_EQ(0, box().update("DoorParameters", {"ID=1\tName=FireOpen\tValue=0"}).code());
  EXPECT_EQ("0", option("Door1FireOpen"));
  EXPECT_EQ(0, box().set_option("Door1ClockPolicy", "1").code());
  EXPECT_EQ(-11, box().set_option("Door1ClockPolicy", "2").code());
}

TEST_F(Gate, sets_the_clock_from_utc_seconds_and_the_zone) {
  // 2027-01-05 06:07:08 UTC in the seconds of appendix 5.
  const auto seconds = (27u * 372 + 4) * 86'400 + 6 * 3'600 + 7 * 60 + 8;
  EXPECT_EQ(0, box().set_option("MachineTZ", "+0800").code());
  EXPECT_EQ(0, box().set_option("DateTime", std::to_string(seconds)).code());
  EXPECT_EQ("2027-01-05 14:07:08", box().status().time());
  EXPECT_EQ(-11, box().set_option("DateTime", "1795353600").code()) << "Unix seconds";
  EXPECT_EQ("2027-01-05 14:07:08", box().status().time());
}

TEST_F(Gate, knows_every_option_it_declares) {
  for (const auto& spec : daemon::option_specs()) {
    pb::Request request;
    request.mutable_get_options()->add_name(std::string(spec.name));
    const auto reply = box().ask(request);
    ASSERT_EQ(1, reply.options().option_size()) << spec.name;
    EXPECT_TRUE(reply.options().option(0).known()) << spec.name;
    const auto& value = reply.options().option(0).value();
    if (spec.kind == daemon::OptionSpec::Kind::number) {
      EXPECT_EQ("", daemon::option_complaint(spec, value))
          << spec.name << " has a default out of its range";
    }
  }
  EXPECT_EQ("4", option("LockCount"));
  EXPECT_EQ("8", option("~ReaderCount"));
  EXPECT_EQ("3383154200002", option("SerialNumber"));
  EXPECT_EQ(67u, option("AccSupportFunList").size());
  // Events 0 to 13: lowest bit of the first byte first.
  EXPECT_EQ("FF3F", option("EventTypes").substr(0, 4));
  EXPECT_EQ(64u, option("EventTypes").size());
}

TEST_F(Gate, says_which_functions_it_has) {
  const auto list = option("AccSupportFunList");
  for (const unsigned yes : {0u, 2u, 3u, 8u, 9u, 12u, 16u, 18u, 22u, 23u, 48u, 66u})
    EXPECT_EQ('1', list.at(yes)) << yes;
  for (const unsigned no : {1u, 15u, 17u, 26u, 61u, 63u, 65u})
    EXPECT_EQ('0', list.at(no)) << no;
  EXPECT_EQ("1", option("~SupAuthrizeFunOn"));
  EXPECT_EQ("1", option("DSTFunOn"));
  EXPECT_EQ("0", option("FaceFunOn")) << "faces are a reader's own business";
  // Every mode of appendix 3 can be met: a reader may recognise what this box cannot.
  EXPECT_EQ("FFFFFFFC", option("VerifyStyles"));
  EXPECT_EQ("0000111000111010", option("NewVFStyles"));
}

TEST_F(Gate, leaves_a_clock_that_ntp_keeps) {
  const auto answer = [](std::int64_t utc) {
    pb::Request request;
    request.mutable_set_time()->set_utc_seconds(utc);
    return request;
  };
  EXPECT_EQ(0, box().ask(answer(1'799'128'800)).code());
  EXPECT_EQ("2027-01-05 06:00:00", box().status().time());
  EXPECT_EQ(0, box().set_option("NtpFunOn", "1").code());
  EXPECT_EQ(0, box().ask(answer(1'799'132'400)).code());
  EXPECT_EQ("2027-01-05 06:00:00", box().status().time()) << "the server's answer is not needed";
  const auto noon = (27u * 372 + 4) * 86'400 + 12 * 3'600;
  EXPECT_EQ(0, box().set_option("DateTime", std::to_string(noon)).code());
  EXPECT_EQ("2027-01-05 12:00:00", box().status().time()) << "an order is an order";
  box().clock.trusted = false;
  EXPECT_EQ(0, box().ask(answer(1'799'132'400)).code());
  EXPECT_EQ("2027-01-05 07:00:00", box().status().time()) << "nobody keeps this clock";
}

TEST_F(Gate, hands_the_rules_to_the_doors_and_finds_them_again_after_a_restart) {
  ASSERT_EQ(0, box().update("SuperAuthorize", {"Pin=1\tDoorID=4"}).code());
  ASSERT_EQ(0, box().update("DevParameters", {"ID=1\tName=InterLock\tValue=1"}).code());
  ASSERT_EQ(0, box().update("user", {"Pin=7\tCardNo=77"}).code());
  ASSERT_EQ(0, box().update("extuser", {"Pin=7\tFunSwitch=1\tPersonalVS=11"}).code());
  const auto rules = box().engine().controller().rules();
  EXPECT_EQ(1u, rules.super_users.size());
  EXPECT_EQ(1, rules.interlock);
  box().kill();
  ASSERT_TRUE(box().start());
  EXPECT_EQ(rules, box().engine().controller().rules());
}

TEST_F(Gate, reads_requests_that_make_no_sense) {
  EXPECT_EQ(-8, box().ask(pb::Request{}).code());
  pb::Request uneven;
  uneven.mutable_update()->set_table("user");
  auto& rows = *uneven.mutable_update()->add_rows();
  rows.add_field("Pin");
  rows.add_field("Name");
  rows.add_value("1");
  EXPECT_EQ(-620, box().ask(uneven).code());
  pb::Request confirm;
  confirm.mutable_confirm_events()->set_through(1'000'000);
  EXPECT_EQ(-11, box().ask(confirm).code()) << "nobody can have events that do not exist yet";
}

}  // namespace
}  // namespace lintel::test
