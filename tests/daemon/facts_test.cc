// What the controller says of itself (4.4, 4.6, appendixes 2, 3, 18) is what it does.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/core/limits.h"
#include "engine/daemon/supported_functions.h"
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

using FactsOfTheBox = Rows;

// ---- AccSupportFunList

// A function that is claimed, and a row that the doors hear of.
struct Claimed {
  unsigned position;
  const char* table;
  const char* row;
};
constexpr Claimed of_rules[] = {
    {0, "ReaderProperty", "ID=1\tDisable=1"},
    {8, "InputIOSetting", "Number=1\tInType=0\tTimeZoneId=2"},
    {12, "PersonalVSTimezone", "PIN=1\tDoorID=1\tTimezoneID=1"},
    {16, "SuperAuthorize", "Pin=1\tDoorID=1"},
    {18, "ReaderProperty", "ID=2\tVerifyType=1"},
    {19, "AuxIn", "ID=1\tDisable=1"},
    {20, "AuxOut", "ID=1\tDisable=1"},
    {22, "AntiPassBack", "AntiPassBackID=1\tPTriggerListID=1\tTTriggerListID=2"},
    {23, "InterLock", "InterLockID=1\tPTriggerListID=1\tTTriggerListID=2"},
    {66, "TriggerList", "TriggerListID=1\tType=0\tDevID=1\tTriggerID=1"},
};
constexpr Claimed of_people[] = {
    {7, "mulcarduser", "Pin=1\tCardNo=a1"},
    {9, "extuser", "Pin=1\tFunSwitch=2"},
    {62, "userauthorize", "Pin=1\tAuthorizeTimezoneId=1\tAuthorizeDoorId=1\tEndTime=20261122"},
};
constexpr unsigned of_elsewhere[] = {2, 3, 5, 6, 21, 33, 39, 48, 60};

TEST_F(FactsOfTheBox, each_claimed_table_of_rules_reaches_the_doors) {
  const auto list = option("AccSupportFunList");
  for (const auto& [position, table, row] : of_rules) {
    EXPECT_EQ('1', list.at(position)) << position;
    const auto before = daemon::stored_rules(*store_, facts_).value();
    EXPECT_EQ(0, update(table, {row}).code()) << table;
    EXPECT_NE(before, rules()) << table;
  }
}

TEST_F(FactsOfTheBox, each_claimed_table_of_people_reaches_the_doors) {
  const auto list = option("AccSupportFunList");
  for (const auto& [position, table, row] : of_people) {
    EXPECT_EQ('1', list.at(position)) << position;
    EXPECT_EQ(0, update(table, {row}).code()) << table;
    EXPECT_EQ(1u, effects_.people.size()) << table;
  }
}

TEST_F(FactsOfTheBox, claims_of_doors_formats_and_time_are_kept) {
  const auto list = option("AccSupportFunList");
  for (const unsigned position : of_elsewhere)
    EXPECT_EQ('1', list.at(position)) << position;
  EXPECT_EQ(0, set_option("Door1MaskFlag", "1").code());
  ASSERT_FALSE(effects_.doors.empty());
  EXPECT_TRUE(effects_.doors[0].second.locked);
  EXPECT_EQ(0, update("timezone", {"TimezoneId=2\tEndTime=20261122"}).code());
  ASSERT_TRUE(effects_.timezones);
  EXPECT_TRUE(effects_.timezones->at(0).validity.end);
  EXPECT_EQ(
      0,
      update("WGFormat", {"ID=9\tCardBit=9\tSiteCode=5\tCardFormat=ssssccccc:xxxxxxxxx"}).code());
  EXPECT_EQ(0, update("ReaderWGFormat",
                      {"ReaderID=1\tDevID=1\tWGFormatID=9\tParityVerifyDisable=1\tReversalType=1"})
                   .code());
  ASSERT_TRUE(effects_.reader_formats);
  EXPECT_EQ(9u, effects_.reader_formats->at(0).at(0).bits());
}

TEST_F(FactsOfTheBox, nothing_else_is_claimed_by_the_engine) {
  std::set<unsigned> claimed(std::begin(of_elsewhere), std::end(of_elsewhere));
  for (const auto& each : of_rules)
    claimed.insert(each.position);
  for (const auto& each : of_people)
    claimed.insert(each.position);
  const auto list = daemon::engine_support_list(facts_);
  ASSERT_EQ(daemon::support_positions, list.size());
  for (unsigned position = 0; position < list.size(); ++position)
    EXPECT_EQ(claimed.contains(position) ? '1' : '0', list[position]) << position;
  auto single = facts_;
  single.single_door_ids = true;
  EXPECT_EQ('1', daemon::engine_support_list(single).at(15));
}

TEST_F(FactsOfTheBox, ntp_servers_are_claimed_where_the_system_takes_them) {
  EXPECT_EQ('0', option("AccSupportFunList").at(61));
  system_.time_servers = true;
  EXPECT_EQ('1', option("AccSupportFunList").at(61));
  EXPECT_EQ(0, update("ntpserverlist", {"ServerAddress=192.0.2.1"}).code());
  ASSERT_TRUE(effects_.time_servers);
  EXPECT_EQ(std::vector<std::string>{"192.0.2.1"}, *effects_.time_servers);
}

TEST_F(FactsOfTheBox, what_is_not_claimed_is_kept_and_tells_the_doors_nothing) {
  for (const auto& [table, row] : std::initializer_list<std::pair<const char*, const char*>>{
           {"DoorProperty", "ID=1\tDevID=1\tAddress=1\tDisable=1"},         // 17
           {"usereleauthorize", "Pin=1\tAuthorizeTimezoneId=1\tDevID=1"},   // 52 to 56
           {"contact_info", "ContactID=1\tPin=1"},                          // 63
           {"cambindinfo", "TargetType=0\tTargetID=1\tChn=1\tDevID=1"}}) {  // 65
    effects_ = {};
    EXPECT_EQ(0, update(table, {row}).code()) << table;
    EXPECT_FALSE(effects_.rules) << table;
    EXPECT_TRUE(effects_.people.empty() && effects_.doors.empty()) << table;
  }
}

// ---- events

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The names and values of the enumeration, as events.h has them.
std::vector<std::pair<std::string, unsigned>> declared_events() {
  std::vector<std::pair<std::string, unsigned>> events;
  std::istringstream lines(text_of(LINTEL_SOURCE_DIR "/engine/core/events.h"));
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("enum class EventCode")) inside = true;
    if (inside && line.starts_with("};")) break;
    const auto equals = line.find(" = ");
    if (!inside || equals == std::string::npos || line.find("//") < equals) continue;
    const auto start = line.find_first_not_of(' ');
    events.emplace_back(line.substr(start, equals - start),
                        static_cast<unsigned>(std::stoul(line.substr(equals + 3))));
  }
  return events;
}

TEST_F(FactsOfTheBox, each_event_that_is_told_is_made_somewhere_and_no_other_is_told) {
  std::string makers;  // all sources but the declaration and the words
  for (const auto* folder : {"/engine/core", "/engine/daemon"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(LINTEL_SOURCE_DIR) + folder)) {
      const auto name = entry.path().filename().string();
      const bool tells_only = name == "events.h" || name == "events.cc" ||
                              name == "event_words.cc" || name == "supported_functions.cc" ||
                              name == "facts.cc";
      if (entry.is_regular_file() && !tells_only) makers += text_of(entry.path());
    }
  }
  const auto bit = [this](unsigned code) {
    const auto [base, name] = code < 256    ? std::pair(0u, "EventTypes")
                              : code < 5000 ? std::pair(4000u, "NewNormalEventTypes")
                              : code < 6000 ? std::pair(5000u, "NewErrorEventTypes")
                                            : std::pair(6000u, "NewWarningEventTypes");
    const auto text = option(name);
    const auto at = code - base;
    if (text.size() < at / 8 * 2 + 2) return false;
    return (std::stoul(text.substr(at / 8 * 2, 2), nullptr, 16) >> (at % 8) & 1) != 0;
  };
  const auto events = declared_events();
  ASSERT_GT(events.size(), 70u);
  std::set<unsigned> codes;
  for (const auto& [name, code] : events) {
    codes.insert(code);
    EXPECT_TRUE(bit(code)) << name;
    if (name == "validity_over") continue;  // push says it to servers that know nothing newer
    EXPECT_NE(std::string::npos, makers.find("EventCode::" + name)) << name << " never happens";
  }
  for (unsigned code = 0; code < 256; ++code)
    EXPECT_EQ(codes.contains(code), bit(code)) << code;
  for (unsigned code = 4000; code < 7000; ++code)
    EXPECT_EQ(codes.contains(code), bit(code)) << code;
}

// ---- templates and photos

TEST_F(FactsOfTheBox, a_store_without_a_sensor_says_both) {
  for (const auto* name : {"FingerFunOn", "FaceFunOn", "FvFunOn", "PvFunOn"})
    EXPECT_EQ("0", option(name)) << name;
  EXPECT_EQ("0:1:1:1:1:1:1:1:1:1:1", option("MultiBioDataSupport"));
  EXPECT_EQ("0:1:1:1:1:1:1:1:1:1:1", option("MultiBioPhotoSupport"));
  EXPECT_EQ("0:0:0:0:0:0:0:0:0:0:0", option("MultiBioVersion")) << "no algorithm, no extractor";
  EXPECT_EQ(0u, option("MaxMultiBioDataCount").find("0:100000:100000:"));
  EXPECT_EQ(0u, option("MaxMultiBioPhotoCount").find("0:20000:20000:"));
  for (const auto* name :
       {"BioPhotoFun", "BioDataFun", "PhotoFunOn", "UserPicURLFunOn", "SubcontractingUpgradeFunOn"})
    EXPECT_EQ("1", option(name)) << name;
  EXPECT_EQ("100000", option("~MaxFingerCount"));
  EXPECT_EQ("20000", option("~MaxUserPhotoCount"));
  EXPECT_EQ("10", option("~MaxUserFingerCount"));
}

TEST_F(FactsOfTheBox, counts_come_from_the_store) {
  ASSERT_EQ(0, update("user", {"Pin=1", "Pin=2"}).code());
  ASSERT_EQ(0, update("templatev10", {"Pin=1\tFingerID=0\tTemplate=QUJD"}).code());
  for (const auto* type : {"1", "2", "7", "8", "9", "10"})
    ASSERT_EQ(0, update("biodata", {std::string("Pin=1\tTmp=QUJD\tType=") + type}).code());
  ASSERT_EQ(0, update("biophoto", {"PIN=1\tType=9\tContent=QUJD"}).code());
  EXPECT_EQ("2", option("UserCount"));
  EXPECT_EQ("0", option("TransactionCount"));
  EXPECT_EQ("2", option("FPCount")) << "of both forms";
  EXPECT_EQ("2", option("FaceCount")) << "near infrared and visible light";
  EXPECT_EQ("1", option("FvCount"));
  EXPECT_EQ("2", option("PvCount"));
  EXPECT_EQ("0:1:1:0:0:0:0:1:1:1:1", option("MultiBioDataCount"));
  EXPECT_EQ("0:0:0:0:0:0:0:0:0:1:0", option("MultiBioPhotoCount"));
}

TEST_F(FactsOfTheBox, the_security_level_is_the_configurations) {
  EXPECT_EQ("0", option("DevNSLevel"));
  facts_.security_level = "3";
  gate_ = daemon::Gate(facts_);
  EXPECT_EQ("3", option("DevNSLevel"));
}

TEST_F(FactsOfTheBox, what_this_box_is_not_it_does_not_claim_to_be) {
  EXPECT_EQ("101", option("MachineType"));
  EXPECT_EQ("0", option("CmdFormat"));
  // No sub-controllers, no server asked about people, no camera, no thermometer, no QR code.
  for (const auto* name :
       {"MultiStageControlFunOn", "MasterControlOn", "SubControlOn", "AutoServerFunOn",
        "CameraOpen", "IPCLinkFunOn", "IRTempDetectionFunOn", "MaskDetectionFunOn",
        "IsSupportQRcode", "~Ext485ReaderFunOn", "MaxZigbeeCount"})
    EXPECT_EQ("0", option(name)) << name;
  EXPECT_EQ("000", option("QRCodeDecryptFunList"));
}

TEST_F(FactsOfTheBox, what_is_uploaded_stands_in_the_order_of_the_text) {
  pb::Request request;
  request.mutable_get_options();
  const auto reply = ask(request);
  std::string names;
  for (const auto& each : reply.options().option())
    names += each.name() + ",";
  EXPECT_EQ(0u,
            names.find("~DeviceName,MAC,TransactionCount,~MaxAttLogCount,UserCount,"
                       "~MaxUserCount,PhotoFunOn,~MaxUserPhotoCount,FingerFunOn,FPVersion,"
                       "~MaxFingerCount,FPCount,FaceFunOn,FaceVersion,~MaxFaceCount,FaceCount,"
                       "FvFunOn,FvVersion,~MaxFvCount,FvCount,PvFunOn,PvVersion,~MaxPvCount,"
                       "PvCount,Language,IPAddress,~Platform,~OEMVendor,FWVersion,PushVersion,"))
      << names;
  for (const auto& each : reply.options().option())
    EXPECT_TRUE(each.known()) << each.name();
}

}  // namespace
}  // namespace lintel::test
