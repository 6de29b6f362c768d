// SET and GET OPTIONS (9.5, appendixes 10 to 12): every parameter by name, kind and range; several
// at once are all or none.
#include <unistd.h>

#include <tuple>

#include "engine/core/limits.h"
#include "engine/daemon/option_catalogue.h"
#include "engine/daemon/storage_files.h"
#include "tests/daemon/rows_fixture.h"

namespace lintel::test {
namespace {

using Lines = std::vector<std::string>;

class Options : public Rows {
 protected:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  pb::Reply set(const Pairs& options) {
    pb::Request request;
    for (const auto& [name, value] : options) {
      auto& option = *request.mutable_set_options()->add_option();
      option.set_name(name);
      option.set_value(value);
    }
    return ask(request);
  }
  void takes(const std::string& name, const std::string& value) {
    const auto reply = set({{name, value}});
    EXPECT_EQ(0, reply.code()) << name << "=" << value << ": " << reply.error();
    EXPECT_TRUE(effects_.options) << name << ": the server is to hear of it";
    EXPECT_EQ(value, option(name));
  }
  void refuses_value(const std::string& name, const std::string& value) {
    const auto before = option(name);
    EXPECT_EQ(-11, set({{name, value}}).code()) << name << "=" << value;
    EXPECT_EQ(before, option(name));
  }
};

// The lists of 9.5.2, and what 9.5.1 and appendix 12 set.
TEST_F(Options, every_parameter_of_the_text_answers) {
  for (const auto* name : {"~SerialNumber",
                           "FirmVer",
                           "~DeviceName",
                           "LockCount",
                           "ReaderCount",
                           "AuxInCount",
                           "AuxOutCount",
                           "MachineType",
                           "~IsOnlyRFMachine",
                           "~MaxUserCount",
                           "~MaxAttLogCount",
                           "~MaxFingerCount",
                           "~MaxUserFingerCount",
                           "MThreshold",
                           "NetMask",
                           "GATEIPAddress",
                           "~ZKFPVersion",
                           "SimpleEventType",
                           "VerifyStyles",
                           "EventTypes",
                           "ComPwd",
                           "IclockSvrFun",
                           "OverallAntiFunOn",
                           "~REXInputFunOn",
                           "~CardFormatFunOn",
                           "~SupAuthrizeFunOn",
                           "~ReaderCFGFunOn",
                           "~ReaderLinkageFunOn",
                           "~RelayStateFunOn",
                           "~Ext485ReaderFunOn",
                           "~TimeAPBFunOn",
                           "~CtlAllRelayFunOn",
                           "~LossCardFunOn",
                           "DisableUserFunOn",
                           "DeleteAndFunOn",
                           "LogIDFunOn",
                           "DateFmtFunOn",
                           "DelAllLossCardFunOn",
                           "DelayOpenDoorFunOn",
                           "UserOpenDoorDelayFunOn",
                           "MultiCardInterTimeFunOn",
                           "DSTFunOn",
                           "OutRelaySetFunOn",
                           "MachineTZFunOn",
                           "AutoServerFunOn",
                           "PC485AsInbio485",
                           "MasterInbio485",
                           "RS232BaudRate",
                           "AutoServerMode",
                           "IPCLinkFunOn",
                           "IPCLinkServerIP",
                           "FingerFunOn",
                           "FvFunOn",
                           "FaceFunOn",
                           "~MaxFace7Count",
                           "~MaxFvCount",
                           "IPAddress",
                           "WebServerIP",
                           "WebServerPort",
                           "Reader1IOState",
                           "WiegandIDIn",
                           "WiegandID",
                           "QRCodeDecryptType",
                           "QRCodeDecryptKey",
                           "VoiceModuleType",
                           "VoiceModuleCancelTime",
                           "VoiceModuleCancelCount",
                           "IsSupportSIPServer",
                           "ServerIPAddress",
                           "SIPUser",
                           "SIPAuthName",
                           "SIPKey",
                           "SIPTransferProtocol",
                           "SIPIsVerifyPeer",
                           "IntercomCallMode",
                           "IntercomContactID",
                           "IntercomGroupSearchFunOn",
                           "IntercomGroupDesc",
                           "IntercomContactHintDesc",
                           "DSTOn",
                           "CurTimeMode",
                           "DLSTMode",
                           "BackupTime",
                           "DelRecord",
                           "MachineTZ",
                           "AntiPassback",
                           "InterLock",
                           "NtpFunOn",
                           "fireAlarmType",
                           "fireAlarmRunMode",
                           "fireAlarmInputMode",
                           "fireAlarmSupervisedResistor",
                           "MultiBioDataCount",
                           "MultiBioPhotoCount",
                           "~MaxFaceCount",
                           "~MaxPvCount"}) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    const auto reply = ask(request);
    ASSERT_EQ(1, reply.options().option_size());
    EXPECT_TRUE(reply.options().option(0).known()) << name;
  }
}

TEST_F(Options, every_door_parameter_of_appendix_10_answers_for_a_door) {
  for (const auto* name : {"Door1AutoMatch",
                           "Door1Drivertime",
                           "Door1KeepOpenTimeZone",
                           "Door1CancelKeepOpenDelay",
                           "Door1ValidTZ",
                           "Door1SupperPassWord",
                           "Door1Intertime",
                           "Door1VerifyType",
                           "Door1SensorType",
                           "Door1Detectortime",
                           "Door1CloseAndLock",
                           "Door1ReaderType",
                           "Door1ForcePassWord",
                           "Door1InTimeAPB",
                           "Door1REXInput",
                           "Door1REXTimeOut",
                           "Door1WiegandIDIn",
                           "Door1WiegandID",
                           "Door1DelayOpenTime",
                           "ExtDoor1DelayDrivertime",
                           "Door1MultiCardInterTime",
                           "Door1FirstCardOpenDoor",
                           "Door1MultiCardOpenDoor",
                           "Door1Disable",
                           "Door1InOutAntiPassback",
                           "Door1MaskFlag",
                           "door1REXButtonType",
                           "door1REXButtonInputMode",
                           "door1REXButtonSupervisedResistor",
                           "door1SensorInputMode",
                           "door1SensorSupervisedResistor"}) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    const auto reply = ask(request);
    ASSERT_EQ(1, reply.options().option_size());
    EXPECT_TRUE(reply.options().option(0).known()) << name;
  }
}

TEST_F(Options, reader_parameters_of_appendix_11_have_their_values) {
  for (const auto& [table, id] : {std::pair("ReaderParameters", "ID=1\tDevID=1"),
                                  std::pair("ReaderParameter", "ReaderID=1")}) {
    const auto row = [id = std::string(id)](const std::string& name, const std::string& value) {
      return id + "\tName=" + name + "\tValue=" + value;
    };
    EXPECT_EQ(
        0, update(table, {row("IdentityCardVerifyMode", "1"), row("readerChannelSecureType", "2"),
                          row("readerChannelSecurePassword", "made-up")})
               .code());
    refuses(table, row("IdentityCardVerifyMode", "2"), "Value");
    refuses(table, row("readerChannelSecureType", "3"), "Value");
    refuses(table, row("readerChannelSecurePassword", std::string(65, 'p')), "Value");
  }
}

TEST_F(Options, the_examples_of_the_text_are_taken) {
  EXPECT_EQ(0, set({{"Door1Drivertime", "5"},
                    {"Door1KeepOpenTimeZone", "0"},
                    {"Door1ValidTZ", "1"},
                    {"Door1SupperPassWord", ""},
                    {"Door1Intertime", "0"},
                    {"Door1VerifyType", "0"},
                    {"Door1SensorType", "1"},
                    {"Door1Detectortime", "15"},
                    {"Door1CloseAndLock", "0"},
                    {"Door1ForcePassWord", ""},
                    {"Reader1IOState", "0"},
                    {"WiegandIDIn", "1"},
                    {"WiegandID", "1"}})
                   .code());
  EXPECT_EQ(0, set({{"ComPwd", "1"}}).code());
  EXPECT_EQ(0, set({{"DateTime", "583080894"}}).code());
  EXPECT_TRUE(effects_.utc);
  EXPECT_EQ(0, set({{"QRCodeDecryptType", "3"}, {"QRCodeDecryptKey", "not-a-real-key"}}).code());
  EXPECT_EQ(0, set({{"Door1VerifyType", "0000101000000011"}}).code())
      << "card and password and face";
}

TEST_F(Options, one_bad_among_ten_and_none_of_them_is_set) {
  const auto drops_before = journal_->capacity().dropped_at_once;
  const Pairs nine = {{"Door1Drivertime", "9"}, {"DelRecord", "77"},       {"MThreshold", "11"},
                      {"Door2Drivertime", "8"}, {"MachineTZ", "+0200"},    {"AntiPassback", "1"},
                      {"SIPUser", "lobby"},     {"DateTime", "583080894"}, {"Language", "73"}};
  for (const auto& [bad, code] : std::vector<std::pair<std::pair<std::string, std::string>, int>>{
           {{"NetMask", "255.0.255.0"}, -11},
           {{"NoSuchOption", "1"}, -108},
           {{"LockCount", "9"}, -108},
           {{"Door1Drivertime", "300"}, -11},
           {{"Door9Drivertime", "5"}, -108}}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{5}, nine.size()}) {
      auto all = nine;
      all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), bad);
      effects_ = {};
      EXPECT_EQ(code, set(all).code()) << bad.first;
      EXPECT_FALSE(effects_.utc || effects_.zone || effects_.rules || !effects_.doors.empty());
      EXPECT_EQ(drops_before, journal_->capacity().dropped_at_once);
      for (const auto& [name, value] : nine) {
        if (name != "DateTime") {
          EXPECT_NE(value, option(name)) << name;
        }
      }
      EXPECT_EQ(0u, count("DoorParameters"));
    }
  }
  EXPECT_EQ(0, set(nine).code());
  EXPECT_TRUE(effects_.utc && effects_.zone && effects_.rules && !effects_.doors.empty());
  EXPECT_EQ(77u, journal_->capacity().dropped_at_once);
  EXPECT_EQ("9", option("Door1Drivertime"));
  EXPECT_EQ("lobby", option("SIPUser"));
}

TEST_F(Options, a_bad_row_of_device_parameters_takes_the_good_ones_back) {
  const auto before = journal_->capacity().dropped_at_once;
  EXPECT_EQ(-11, update("DevParameters",
                        {"ID=1\tName=DelRecord\tValue=77", "ID=1\tName=BackupTime\tValue=24"})
                     .code());
  EXPECT_EQ(before, journal_->capacity().dropped_at_once);
  EXPECT_EQ("5000", option("DelRecord"));
  EXPECT_EQ(0, update("DevParameters", {"ID=1\tName=DelRecord\tValue=77"}).code());
  EXPECT_EQ(77u, journal_->capacity().dropped_at_once);
  EXPECT_TRUE(effects_.options);
  EXPECT_EQ(0, erase("DevParameters").code());
  EXPECT_EQ(before, journal_->capacity().dropped_at_once);
}

TEST_F(Options, addresses_are_those_of_one_machine) {
  for (const auto* name : {"IPAddress", "GATEIPAddress", "IPCLinkServerIP"}) {
    takes(name, "192.168.213.221");
    takes(name, "");
    for (const auto* wrong : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255",
                              "192.168.1", "192.168.1.256", "host.example", "192.168.1.1 ", "::1"})
      refuses_value(name, wrong);
  }
  for (const auto* mask : {"255.255.255.0", "255.255.255.252", "128.0.0.0", "255.255.254.0"})
    takes("NetMask", mask);
  for (const auto* wrong : {"0.0.0.0", "255.0.255.0", "255.255.255.255", "255.255.255.254",
                            "0.255.255.0", "24", "255.255.255.1"})
    refuses_value("NetMask", wrong);
  for (const auto* name : {"WebServerIP", "ServerIPAddress"}) {
    for (const auto* host : {"192.0.2.9", "push.example.org", "[2001:db8::1]", "acc_1"})
      takes(name, host);
    for (const auto* wrong : {"http://192.0.2.9", "a b", "a;b", "2001:db8::1", "x/y"})
      refuses_value(name, wrong);
    refuses_value(name, std::string(254, 'a'));
  }
}

TEST_F(Options, enumerations_have_their_values_and_no_others) {
  const std::vector<std::tuple<std::string, Lines, Lines>> enumerations = {
      {"Language", {"69", "83", "116"}, {"0", "67", "255", "en"}},
      {"QRCodeDecryptType", {"1", "2", "3"}, {"4", "-1"}},
      {"SIPTransferProtocol", {"0", "1", "2"}, {"3"}},
      {"SIPIsVerifyPeer", {"0", "1"}, {"2"}},
      {"IsSupportSIPServer", {"0", "1"}, {"2", "yes"}},
      {"IntercomCallMode", {"1", "2"}, {"0", "3"}},
      {"IntercomGroupSearchFunOn", {"0", "1"}, {"2"}},
      {"VoiceModuleType", {"0", "1"}, {"2"}},
      {"CurTimeMode", {"1", "2"}, {"0", "3"}},
      {"fireAlarmType", {"0", "1", "2"}, {"3"}},
      {"fireAlarmRunMode", {"0", "1"}, {"2"}},
      {"fireAlarmInputMode", {"0", "1"}, {"2"}},
      {"fireAlarmSupervisedResistor", {"1", "4"}, {"0", "5"}},
      {"NtpFunOn", {"0", "1"}, {"2"}},
      {"BackupTime", {"0", "23"}, {"24"}},
      {"WebServerPort", {"1", "65535"}, {"0", "65536"}},
      {"AntiPassback", {"0", "6", "196"}, {"7", "15"}},
      {"InterLock", {"0", "5"}, {"6"}},
      {"MachineTZ", {"+0800", "-0330"}, {"8", "+9900"}}};
  for (const auto& [name, right, wrong] : enumerations) {
    for (const auto& value : right)
      takes(name, value);
    for (const auto& value : wrong)
      refuses_value(name, value);
  }
}

TEST_F(Options, secrets_are_answered_to_the_server_alone) {
  for (const auto* name : {"ComPwd", "SIPKey", "QRCodeDecryptKey", "VMSPasswd", "TempWirelessKey",
                           "Door1SupperPassWord", "Door1ForcePassWord"}) {
    const std::string secret = "4711";
    ASSERT_EQ(0, set({{name, secret}}).code()) << name;
    EXPECT_EQ(secret, option(name)) << name;
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    for (const auto role : {pb::ROLE_WEB, pb::ROLE_TECHNICIAN}) {
      const auto outcome =
          gate_.execute(role, request.SerializeAsString(), utc_, *store_, *journal_);
      ASSERT_TRUE(outcome);
      EXPECT_EQ("", outcome->reply.options().option(0).value()) << name;
    }
    pb::Request uploaded;
    uploaded.mutable_get_options();
    const auto reply = ask(uploaded);
    for (const auto& each : reply.options().option())
      EXPECT_NE(secret, each.value()) << each.name();
  }
}

TEST_F(Options, whatever_changes_one_tells_the_server) {
  EXPECT_EQ(0, update("DoorParameters", {"ID=1\tName=DoorDrivertime\tValue=7\tDevID=1"}).code());
  EXPECT_TRUE(effects_.options);
  EXPECT_EQ(0, erase("DoorParameters").code());
  EXPECT_TRUE(effects_.options);
  EXPECT_EQ(0, update("DevParameters", {"ID=1\tName=InterLock\tValue=1"}).code());
  EXPECT_TRUE(effects_.options);
  EXPECT_EQ(0, erase("DevParameters").code());
  EXPECT_TRUE(effects_.options);
  pb::Request time;
  time.mutable_set_time()->set_utc_seconds(1'795'000'000);
  EXPECT_EQ(0, ask(time).code());
  EXPECT_FALSE(effects_.options) << "the time is none";
  time.mutable_set_time()->set_has_zone(true);
  time.mutable_set_time()->set_zone_minutes(60);
  EXPECT_EQ(0, ask(time).code());
  EXPECT_TRUE(effects_.options) << "ServerTZ is one";
  EXPECT_EQ("+0100", option("ServerTZ"));
}

TEST_F(Options, a_restart_remembers_how_many_records_go_at_once) {
  const std::string path = "/tmp/lintel-delrecord-" + std::to_string(::getpid());
  ASSERT_TRUE(daemon::make_directory(path));
  {
    auto files = daemon::open_storage(path);
    ASSERT_TRUE(files) << files.error().text;
    EXPECT_EQ(limits::events_dropped_at_once, files->journal.capacity().dropped_at_once);
    ASSERT_TRUE(files->store.begin());
    ASSERT_TRUE(files->store.set_option("DelRecord", "123"));
    ASSERT_TRUE(files->store.commit());
  }
  const auto files = daemon::open_storage(path);
  ASSERT_TRUE(files) << files.error().text;
  EXPECT_EQ(123u, files->journal.capacity().dropped_at_once);
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace lintel::test
