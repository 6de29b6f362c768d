// The tables and options of rules: a row comes in, and the core's Rules hold what it says.
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

constexpr DoorId door(unsigned number) {
  return DoorId{static_cast<std::uint8_t>(number)};
}
Pin pin(std::string_view text) {
  return Pin::from(text).value();
}
constexpr std::uint16_t minutes(int hour, int minute) {
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

class RuleRows : public Rows {};

TEST_F(RuleRows, groups_of_people_for_a_door) {
  ASSERT_EQ(0, update("multimcard", {"Index=1\tDoorId=1\tGroup1=1\tGroup2=3\tGroup3=\tGroup4=\t"
                                     "Group5=\tDevID=1",
                                     "Index=2\tDoorId=9\tGroup1=1"})
                   .code());
  const std::vector<MultiCardGroup> expected{{door(1), {1, 3, 0, 0, 0}}};
  EXPECT_EQ(expected, rules().multi_card) << "a door that the box does not have is kept and mute";
  EXPECT_EQ(2u, count("multimcard"));
  refuses("multimcard", "Index=3\tDoorId=256", "DoorId must be a number from 0 to 255");
  refuses("multimcard", "Index=3\tDoorId=1\tGroup4=first", "Group4 must be a number");
}

TEST_F(RuleRows, what_a_row_does_not_name_it_keeps) {
  ASSERT_EQ(0, update("multimcard", {"Index=1\tDoorId=2\tGroup1=5"}).code());
  ASSERT_EQ(0, update("multimcard", {"Index=1\tGroup2=6"}).code());
  EXPECT_EQ((std::vector<MultiCardGroup>{{door(2), {5, 6, 0, 0, 0}}}), rules().multi_card);
}

TEST_F(RuleRows, holders_of_a_first_card) {
  ASSERT_EQ(
      0,
      update("firstcard", {"DoorID=1\tTimezoneID=2\tPin=007\tDevID=1", "DoorID=4\tPin=8"}).code());
  const std::vector<FirstCardHolder> expected{{pin("007"), door(1), 2}, {pin("8"), door(4), 0}};
  EXPECT_EQ(expected, rules().first_cards);
  refuses("firstcard", "DoorID=0\tPin=7", "DoorID must be a number from 1 to 255");
  refuses("firstcard", "DoorID=1\tPin=a b", "Pin must have 1 to 24 printable characters");
  refuses("firstcard", "DoorID=1\tPin=7\tTimezoneID=70000", "TimezoneID must be a number");
}

TEST_F(RuleRows, super_users_of_a_door_or_of_all) {
  ASSERT_EQ(0, update("superauthorize", {"Pin=1\tDoorID=4\tDevID=14", "pin=2\tdoorid=0"}).code());
  EXPECT_EQ((std::vector<SuperUser>{{pin("1"), 4}, {pin("2"), 0}}), rules().super_users);
  refuses("SuperAuthorize", "Pin=1\tDoorID=front", "DoorID must be a number from 0 to 255");
}

TEST_F(RuleRows, what_an_event_sets_off) {
  ASSERT_EQ(0, update("inoutfun", {"Index=1\tEventType=204\tInAddr=0\tOutType=0\tOutAddr=1\t"
                                   "OutTime=0\tReserved=0\tInDevID=14\tOutDevID=14",
                                   "Index=2\tEventType=27\tInAddr=3\tOutType=1\tOutAddr=2\t"
                                   "OutTime=255\tReserved=1",
                                   "Index=3\tEventType=221\tInAddr=1\tOutAddr=2\tReserved=16",
                                   "Index=4\tEventType=220\tInAddr=1\tOutAddr=2\tReserved=32"})
                   .code());
  const std::vector<Linkage> expected{
      {1, 204, 0, false, Linkage::Output::lock, Linkage::Act::output, 1, 0},
      {2, 27, 3, true, Linkage::Output::aux, Linkage::Act::output, 2, linkage_on},
      {3, 221, 1, false, Linkage::Output::lock, Linkage::Act::lock_door, 2, 0},
      {4, 220, 1, false, Linkage::Output::lock, Linkage::Act::unlock_door, 2, 0}};
  EXPECT_EQ(expected, rules().linkages);
  refuses("inoutfun", "Index=5\tOutType=3", "OutType must be a number from 0 to 2");
  refuses("inoutfun", "Index=5\tOutTime=256", "OutTime must be a number from 0 to 255");
  refuses("inoutfun", "Index=5\tReserved=3", "Reserved must be 0 (door), 1 (reader)");
  refuses("inoutfun", "Index=5\tReserved=48", "Reserved must");
  refuses("inoutfun", "Index=5\tEventType=70000", "EventType must be a number from 0 to 65535");
}

TEST_F(RuleRows, linkages_of_cameras_are_kept_and_do_nothing) {
  ASSERT_EQ(0, update("inoutfun", {"Index=1\tEventType=27\tOutType=2\tOutTime=16785441\tReserved=2",
                                   "Index=2\tEventType=27\tOutType=0\tOutAddr=5"})
                   .code());
  EXPECT_TRUE(rules().linkages.empty());
  EXPECT_EQ(2u, count("inoutfun"));
}

TEST_F(RuleRows, outputs_by_the_clock) {
  ASSERT_EQ(0, update("outrelaysetting", {"Num=1\tOutType=1\tActionType=1\tTimezoneId=2\tDevID=14",
                                          "Num=3\tOutType=0\tActionType=2\tTimezoneId=5",
                                          "Num=2\tOutType=1\tActionType=0\tTimezoneId=1"})
                   .code());
  const std::vector<ScheduledOutput> expected{{true, 1, ScheduledOutput::Act::open, 2},
                                              {false, 3, ScheduledOutput::Act::closed, 5}};
  EXPECT_EQ(expected, rules().scheduled_outputs) << "ActionType 0 is no action";
  refuses("outrelaysetting", "Num=1\tOutType=2\tTimezoneId=1", "OutType must be");
  refuses("outrelaysetting", "Num=1\tOutType=1\tActionType=3\tTimezoneId=1", "ActionType must be");
}

TEST_F(RuleRows, inputs_that_work_at_their_times) {
  ASSERT_EQ(0, update("InputIOSetting",
                      {"Number=1\tInType=0\tTimeZoneId=3\tDevID=14",
                       "Number=2\tInType=1\tTimeZoneId=4", "Number=3\tInType=0\tTimeZoneId="})
                   .code());
  EXPECT_EQ((std::vector<InputZone>{{false, 1, 3}, {true, 2, 4}}), rules().input_zones);
  refuses("InputIOSetting", "Number=1\tInType=2\tTimeZoneId=3", "InType must be");
  refuses("InputIOSetting", "Number=1\tInType=0\tTimeZoneId=x", "TimeZoneId must be");
}

TEST_F(RuleRows, auxiliary_inputs_and_outputs) {
  ASSERT_EQ(0, update("AuxIn", {"ID=1\tDevID=14\tAddress=1\tDisable=0\tExtBoardID=1\tInputType=2\t"
                                "InputMode=1\tSupervisedResistor=4",
                                "ID=2\tDisable=1\tInputType="})
                   .code());
  const std::vector<AuxInput> inputs{{1, true, AuxInput::Contact::normally_closed, true, 4},
                                     {2, false, AuxInput::Contact::normally_open, false}};
  EXPECT_EQ(inputs, rules().aux_inputs);
  refuses("AuxIn", "ID=1\tInputType=3", "InputType must be a number from 0 to 2");
  refuses("AuxIn", "ID=1\tSupervisedResistor=5", "SupervisedResistor must be");

  ASSERT_EQ(0, update("AuxOut", {"ID=1\tAddress=1\tDisable=0", "ID=2\tDisable=1"}).code());
  EXPECT_EQ(std::vector<std::uint8_t>{2}, rules().aux_outputs_off);
  EXPECT_EQ(inputs, rules().aux_inputs) << "rules come whole";
  refuses("AuxOut", "ID=1\tDisable=yes", "Disable must be a number from 0 to 1");
}

TEST_F(RuleRows, verification_modes_by_time) {
  ASSERT_EQ(0, update("DiffTimezoneVS",
                      {"TimezoneID=1\tMonTime1=2359\tMonTime1VSUser=7\tMonTime1VSDoor=5\t"
                       "MonTime2=0\tMonTime2VSUser=255\tHol3Time3=" +
                       std::to_string((830u << 16) + 1200u) +
                       "\tHol3Time3VSDoor=0000101000000011\tHol3Time3VSUser="})
                   .code());
  const auto all = rules().verify_schedules;
  ASSERT_EQ(1u, all.size());
  EXPECT_EQ(1u, all[0].id);
  const auto& monday = all[0].days[static_cast<std::size_t>(Day::mon)][0];
  EXPECT_EQ((VerifySchedule::Part{{0, minutes(23, 59), true}, 7, 5}), monday);
  const auto& holiday = all[0].days[static_cast<std::size_t>(Day::hol3)][2];
  EXPECT_EQ((VerifySchedule::Part{{minutes(8, 30), minutes(12, 0), true},
                                  mode_none,
                                  mode_code("0000101000000011").value()}),
            holiday);
  EXPECT_EQ(VerifySchedule::Part{}, all[0].days[0][0]) << "what is not named is no interval";
  refuses("DiffTimezoneVS", "TimezoneID=0", "TimezoneID must be a number from 1 to 65535");
  refuses("DiffTimezoneVS", "TimezoneID=2\tSunTime1=2460", "SunTime1 must be (HHMM");
  refuses("DiffTimezoneVS", "TimezoneID=2\tSunTime1VSDoor=30",
          "SunTime1VSDoor must be a verification mode from 0 to 29");
  refuses("DiffTimezoneVS", "TimezoneID=2\tHol1Time2VSUser=00001010000000112", "Hol1Time2VSUser");

  ASSERT_EQ(0, update("DoorVSTimezone", {"DoorID=4\tTimezoneID=1\tDevID=14"}).code());
  EXPECT_EQ((std::vector<DoorVerify>{{door(4), 1}}), rules().door_verify);
  refuses("DoorVSTimezone", "DoorID=0\tTimezoneID=1", "DoorID must be");
  ASSERT_EQ(0, update("PersonalVSTimezone", {"PIN=1\tDoorID=4\tTimezoneID=1\tDevID=14"}).code());
  EXPECT_EQ((std::vector<PersonVerify>{{pin("1"), door(4), 1}}), rules().person_verify);
  refuses("PersonalVSTimezone", "PIN=1\tDoorID=x\tTimezoneID=1", "DoorID must be");
}

TEST_F(RuleRows, lists_of_doors_and_readers) {
  ASSERT_EQ(0, update("TriggerList", {"TriggerListID=0\tType=0\tDevID=1\tTriggerID=1",
                                      "TriggerListID=7\tType=4\tDevID=1\tTriggerID=8",
                                      "TriggerListID=7\tType=4\tDevID=1\tTriggerID=9",
                                      "TriggerListID=8\tType=0\tDevID=1\tTriggerID=0"})
                   .code());
  EXPECT_EQ((std::vector<TriggerPoint>{{0, false, 1}, {7, true, 8}, {8, false, 0}}),
            rules().triggers);
  refuses("TriggerList", "TriggerListID=1\tType=1\tTriggerID=1", "Type must be 0 (door) or 4");
  ASSERT_EQ(
      0, update("AntiPassBack", {"AntiPassBackID=1\tPTriggerListID=7\tTTriggerListID=8"}).code());
  ASSERT_EQ(0, update("InterLock", {"InterLockID=2\tPTriggerListID=8\tTTriggerListID=8"}).code());
  EXPECT_EQ((std::vector<ListPair>{{1, 7, 8}}), rules().anti_passback_pairs);
  EXPECT_EQ((std::vector<ListPair>{{2, 8, 8}}), rules().interlock_pairs);
  refuses("InterLock", "InterLockID=3\tPTriggerListID=-1", "PTriggerListID must be");
}

TEST_F(RuleRows, what_a_reader_is) {
  ASSERT_EQ(0, update("ReaderProperty",
                      {"ID=1\tDoorID=1\tType=2\tAddress=1\tIPAddress=\tPort=4376\tMAC=\tInOut=0\t"
                       "Disable=1\tVerifyType=0\tMulticast=\tDevID=14\tOfflineRefuse=0",
                       "ReaderID=3\tDoorID=2\tVerifyType=15", "ID=9\tDisable=1"})
                   .code());
  auto readers = rules().readers;
  ASSERT_EQ(3u, readers.size()) << "there is no reader 9";
  EXPECT_EQ((ReaderSetting{false, Proof::card, std::nullopt}), readers[0]);
  EXPECT_EQ(ReaderSetting{}, readers[1]);
  EXPECT_EQ((ReaderSetting{true, Proof::face, std::nullopt}), readers[2]);

  ASSERT_EQ(0, update("ReaderParameters", {"ID=3\tDevID=1\tName=VerifyType\tValue=1",
                                           "ID=3\tDevID=1\tName=MaskFlag\tValue=1"})
                   .code());
  ASSERT_EQ(0, update("ReaderParameter", {"ReaderID=3\tName=duresssitecode\tValue=99",
                                          "ReaderID=2\tName=VerifyType\tValue=25"})
                   .code());
  readers = rules().readers;
  EXPECT_EQ((ReaderSetting{true, Proof::fingerprint, 99}), readers[2]) << "the parameter wins";
  EXPECT_EQ(Proof::palm_vein, readers[1].proof);

  auto wired = facts_;
  wired.reader_proofs = {Proof::face, Proof::face, Proof::face, Proof::face};
  readers = daemon::stored_rules(*store_, wired)->readers;
  EXPECT_EQ((ReaderSetting{false, Proof::face, std::nullopt}), readers[0])
      << "a row that does not say what the reader is leaves it to the board file";
  EXPECT_EQ(Proof::palm_vein, readers[1].proof) << "what the server says wins";
  EXPECT_EQ(Proof::face, readers[3].proof) << "no row says anything";
  refuses("ReaderProperty", "ID=0\tDisable=1", "ID must be a number from 1 to 255");
  refuses("ReaderProperty", "ID=1\tVerifyType=finger", "VerifyType must be");
  refuses("ReaderParameters", "ID=1\tName=DuressSiteCode\tValue=many", "Value must be a number");
}

TEST_F(RuleRows, deleted_rows_no_longer_rule) {
  ASSERT_EQ(0, update("SuperAuthorize", {"Pin=1\tDoorID=1", "Pin=2\tDoorID=1"}).code());
  ASSERT_EQ(0, erase("SuperAuthorize", "Pin", "1").code());
  EXPECT_EQ((std::vector<SuperUser>{{pin("2"), 1}}), rules().super_users);
  ASSERT_EQ(0, erase("SuperAuthorize").code());
  EXPECT_TRUE(rules().super_users.empty());
}

TEST_F(RuleRows, a_table_takes_so_many_rows_and_no_more) {
  std::vector<std::string> rows;
  for (std::size_t n = 0; n <= limits::rule_rows_max; ++n)
    rows.push_back("Pin=" + std::to_string(n + 1) + "\tDoorID=1");
  const auto reply = update("SuperAuthorize", rows);
  EXPECT_EQ(-18, reply.code()) << reply.error();
  EXPECT_EQ(0u, count("SuperAuthorize"));
  rows.pop_back();
  EXPECT_EQ(0, update("SuperAuthorize", rows).code());
  EXPECT_EQ(-18, update("SuperAuthorize", {"Pin=more\tDoorID=1"}).code());
  EXPECT_EQ(limits::rule_rows_max, count("SuperAuthorize"));
}

TEST_F(RuleRows, a_row_of_an_earlier_version_that_makes_no_sense_is_left_out) {
  const auto& table = *storage::find_table("SuperAuthorize");
  const int columns[] = {table.field("Pin"), table.field("DoorID")};
  const std::string_view values[] = {"1", "front", "2", "3"};
  ASSERT_TRUE(store_->begin());
  ASSERT_TRUE(store_->update(table, columns, values));
  ASSERT_TRUE(store_->commit());
  const auto stored = daemon::stored_rules(*store_, facts_);
  ASSERT_TRUE(stored);
  EXPECT_EQ((std::vector<SuperUser>{{pin("2"), 3}}), stored->super_users);
}

// ---- options

TEST_F(RuleRows, anti_passback_and_interlock_have_the_values_of_their_appendixes) {
  ASSERT_EQ(0, set_option("AntiPassback", "4").code());
  EXPECT_EQ(4, rules().anti_passback);
  ASSERT_EQ(0, set_option("antipassback", "196").code());
  EXPECT_EQ(192, rules().anti_passback) << "doors 3 and 4";
  for (const auto* wrong : {"7", "15", "200", "256", "-1", "x"}) {
    const auto reply = set_option("AntiPassback", wrong);
    EXPECT_EQ(-11, reply.code()) << wrong;
    EXPECT_NE(std::string::npos, reply.error().find("AntiPassback must be")) << reply.error();
  }
  ASSERT_EQ(0, set_option("InterLock", "5").code());
  EXPECT_EQ(5, rules().interlock);
  EXPECT_EQ(-11, set_option("InterLock", "6").code());
  ASSERT_EQ(0, set_option("InterLock", "").code());
  EXPECT_EQ(0, rules().interlock) << "empty is the default";
}

TEST_F(RuleRows, the_fire_input) {
  EXPECT_EQ((FireInput{true, false}), daemon::stored_rules(*store_, facts_)->fire);
  ASSERT_EQ(0, set_option("fireAlarmInputMode", "1").code());
  EXPECT_EQ((FireInput{true, true}), rules().fire);
  ASSERT_EQ(0, set_option("fireAlarmType", "0").code());
  EXPECT_EQ((FireInput{false, true}), rules().fire);
}

TEST_F(RuleRows, a_row_of_device_parameters_acts_like_the_option) {
  ASSERT_EQ(0, update("DevParameters",
                      {"ID=14\tName=AntiPassback\tValue=1", "ID=14\tName=INTERLOCK\tValue=2",
                       "ID=14\tName=IsSupportReaderEncrypt\tValue=0"})
                   .code());
  EXPECT_EQ(1, rules().anti_passback);
  EXPECT_EQ(2, rules().interlock);
  EXPECT_EQ("1", option("AntiPassback"));
  EXPECT_EQ(3u, count("DevParameters"));
  refuses("DevParameters", "ID=14\tName=AntiPassback\tValue=7", "Row 1: AntiPassback must be");
  EXPECT_EQ("1", option("AntiPassback"));
  ASSERT_EQ(0, erase("DevParameters", "Name", "AntiPassback").code());
  EXPECT_EQ(0, rules().anti_passback);
  ASSERT_EQ(0, erase("DevParameters").code());
  EXPECT_EQ(0, rules().interlock);
  EXPECT_EQ("", option("InterLock"));
}

TEST_F(RuleRows, summer_time_goes_with_the_zone) {
  ASSERT_EQ(0, set_option("MachineTZ", "+0100").code());
  EXPECT_EQ(hal::TimeZone(std::chrono::minutes(60)), effects_.zone);
  ASSERT_EQ(
      0, update("DSTSetting", {"Year=2026\tStartTime=03050002\tEndTime=10050003\tLoop=1"}).code());
  EXPECT_EQ(hal::TimeZone(std::chrono::minutes(60)), effects_.zone) << "DSTOn is 0";
  ASSERT_EQ(0, update("DevParameters", {"ID=1\tName=DSTOn\tValue=1"}).code());
  ASSERT_TRUE(effects_.zone);
  EXPECT_EQ("<+01>-1<+02>,M3.5.0/2,M10.5.0/3", effects_.zone->posix(2027));
  refuses("DSTSetting", "Year=2027\tStartTime=13050002", "StartTime must be MMIIWWHH");
  refuses("DSTSetting", "Year=2027\tLoop=2", "Loop must be");
  ASSERT_EQ(0, update("DSTSetting", {"Year=2028\tStartTime=\tEndTime=\tLoop=0"}).code());
  EXPECT_EQ("<+01>-1", effects_.zone->posix(2028)) << "a year of its own without summer time";
  ASSERT_EQ(0, erase("DSTSetting").code());
  EXPECT_EQ(hal::TimeZone(std::chrono::minutes(60)), effects_.zone);
}

}  // namespace
}  // namespace lintel::test
