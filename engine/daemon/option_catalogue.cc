#include "engine/daemon/option_catalogue.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "engine/core/rules.h"
#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

using K = OptionSpec::Kind;

constexpr OptionSpec specs[] = {
    // What the box is (4.4, 9.5.2)
    {"~SerialNumber", K::fact, "", 0, 0, true},
    {"DeviceType", K::fact, "acc"},
    {"~DeviceName", K::fact, "", 0, 0, true},
    {"FirmVer", K::fact, "", 0, 0, true},
    {"PushVersion", K::fact, "", 0, 0, true},
    {"MAC", K::fact, "", 0, 0, true},
    {"CommType", K::fact, "ethernet"},
    {"MaxPackageSize", K::fact, "2048000"},
    {"LockCount", K::fact, "", 0, 0, true},
    {"ReaderCount", K::fact, "", 0, 0, true},
    {"AuxInCount", K::fact, "", 0, 0, true},
    {"AuxOutCount", K::fact, "", 0, 0, true},
    {"MachineType", K::fact, "101"},
    {"~IsOnlyRFMachine", K::fact, "1"},
    {"~MaxUserCount", K::fact, "", 0, 0, true},
    {"~MaxAttLogCount", K::fact, "", 0, 0, true},
    {"~MaxFingerCount", K::fact, "0"},
    {"~MaxUserFingerCount", K::fact, "0"},
    {"~MaxFace7Count", K::fact, "0"},
    {"~MaxFvCount", K::fact, "0"},
    {"UserCount", K::fact, "", 0, 0, true},
    {"TransactionCount", K::fact, "", 0, 0, true},
    {"~Platform", K::fact, "", 0, 0, true},
    {"~ZKFPVersion", K::fact, ""},
    {"~REXInputFunOn", K::fact, "1"},
    {"~CardFormatFunOn", K::fact, "1"},
    {"~SupAuthrizeFunOn", K::fact, "1"},
    {"~ReaderCFGFunOn", K::fact, "0"},
    {"~ReaderLinkageFunOn", K::fact, "1"},
    {"~RelayStateFunOn", K::fact, "1"},
    {"~Ext485ReaderFunOn", K::fact, "0"},
    {"~TimeAPBFunOn", K::fact, "1"},
    {"~CtlAllRelayFunOn", K::fact, "1"},
    {"~LossCardFunOn", K::fact, "1"},
    {"OverallAntiFunOn", K::fact, "0"},
    {"SimpleEventType", K::fact, "1"},
    {"VerifyStyles", K::fact, ""},
    {"EventTypes", K::fact, ""},
    {"NewNormalEventTypes", K::fact, ""},
    {"NewErrorEventTypes", K::fact, ""},
    {"NewWarningEventTypes", K::fact, ""},
    {"DisableUserFunOn", K::fact, "1"},
    {"DeleteAndFunOn", K::fact, "1"},
    {"LogIDFunOn", K::fact, "1"},
    {"DateFmtFunOn", K::fact, "1"},
    {"DelAllLossCardFunOn", K::fact, "1"},
    {"FvFunOn", K::fact, "0", 0, 0, true},
    {"FaceFunOn", K::fact, "0", 0, 0, true},
    {"FingerFunOn", K::fact, "0", 0, 0, true},
    {"CameraOpen", K::fact, "0"},
    {"AccSupportFunList", K::fact, ""},
    {"AutoServerFunOn", K::fact, "0"},
    {"DelayOpenDoorFunOn", K::fact, "1"},
    {"UserOpenDoorDelayFunOn", K::fact, "1"},
    {"MultiCardInterTimeFunOn", K::fact, "1"},
    {"OutRelaySetFunOn", K::fact, "1"},
    {"MachineTZFunOn", K::fact, "1"},
    {"DSTFunOn", K::fact, "1"},
    {"CardSiteCodeFunOn", K::fact, "1"},
    {"UserNameFunOn", K::fact, "1"},
    {"StringPinFunOn", K::fact, "1"},
    {"MaxLockCount", K::fact, ""},
    {"MaxZigbeeCount", K::fact, "0"},
    {"MaxMCUCardBits", K::fact, "64"},
    {"SupportReaderType", K::fact, "1"},
    {"CmdFormat", K::fact, "0"},
    {"MultiStageControlFunOn", K::fact, "0"},
    {"MasterControlOn", K::fact, "0"},
    {"SubControlOn", K::fact, "0"},
    {"BioPhotoFun", K::fact, "0"},
    {"BioDataFun", K::fact, "0"},
    {"PhotoFunOn", K::fact, "0"},
    {"UserPicURLFunOn", K::fact, "0"},
    {"MultiBioDataSupport", K::fact, "0:0:0:0:0:0:0:0:0:0"},
    {"MultiBioPhotoSupport", K::fact, "0:0:0:0:0:0:0:0:0:0"},
    {"MultiBioVersion", K::fact, "0:0:0:0:0:0:0:0:0:0"},
    {"MaxMultiBioDataCount", K::fact, "0:0:0:0:0:0:0:0:0:0"},
    {"MaxMultiBioPhotoCount", K::fact, "0:0:0:0:0:0:0:0:0:0"},
    {"SubcontractingUpgradeFunOn", K::fact, "0"},
    {"IRTempDetectionFunOn", K::fact, "0"},
    {"MaskDetectionFunOn", K::fact, "0"},
    {"NewVFStyles", K::fact, ""},
    {"IsSupportQRcode", K::fact, "0"},
    {"QRCodeDecryptFunList", K::fact, "000"},
    {"DevNSLevel", K::fact, "0"},
    {"WGRuleVer", K::fact, "1.0"},
    // What acts here
    {"DateTime", K::clock},
    {"MachineTZ", K::zone, ""},
    {"ServerTZ", K::zone, ""},
    {"DelRecord", K::number, "5000", 1, 100'000},
    {"WebServerIP", K::text, "", 0, 253, true},
    {"WebServerPort", K::number, "", 1, 65'535, true},
    {"PushOptionsFlag", K::number, "1", 0, 1},
    {"MulCardUserFunOn", K::number, "1", 0, 1},
    // Kept and answered
    {"MThreshold", K::number, "60", 0, 100},
    {"IclockSvrFun", K::number, "1", 0, 1},
    {"IPAddress", K::address, "", 0, 0, true},
    {"NetMask", K::address, "", 0, 0, true},
    {"GATEIPAddress", K::address, "", 0, 0, true},
    {"ComPwd", K::secret, "", 0, 32},
    {"authKey", K::secret, "", 0, 64},
    {"VMSUserName", K::text, "", 0, 64},
    {"VMSPasswd", K::secret, "", 0, 64},
    {"AutoClearDay", K::number, "0", 0, 3'650},
    {"FirstDelayDay", K::number, "0", 0, 3'650},
    {"DelayDay", K::number, "0", 0, 3'650},
    {"StopAllVerify", K::number, "0", 0, 1},
    {"PC485AsInbio485", K::number, "0", 0, 1},
    {"MasterInbio485", K::number, "0", 0, 1},
    {"RS232BaudRate", K::number, "115200", 300, 4'000'000},
    {"AutoServerMode", K::number, "0", 0, 3},
    {"IPCLinkFunOn", K::number, "0", 0, 1},
    {"IPCLinkServerIP", K::address, ""},
    {"Language", K::number, "69", 0, 255},
    {"QRCodeEnable", K::number, "0", 0, 1},
    {"QRCodeDecryptType", K::number, "0", 0, 3},
    {"QRCodeDecryptKey", K::secret, "", 0, 2'048},
    {"IRTempUnit", K::number, "0", 0, 1},
    {"IRTempUnitTrans", K::number, "0", 0, 1},
    {"TempWirelessSSID", K::text, "", 0, 32},
    {"TempWirelessKey", K::secret, "", 0, 64},
    {"VoiceModuleType", K::number, "0", 0, 1},
    {"VoiceModuleCancelTime", K::number, "2", 0, 254},
    {"VoiceModuleCancelCount", K::number, "1", 0, 254},
    {"IsSupportSIPServer", K::number, "0", 0, 1},
    {"ServerIPAddress", K::text, "", 0, 253},
    {"SIPUser", K::text, "", 0, 64},
    {"SIPAuthName", K::text, "", 0, 64},
    {"SIPKey", K::secret, "", 0, 64},
    {"SIPTransferProtocol", K::number, "0", 0, 2},
    {"SIPIsVerifyPeer", K::number, "0", 0, 1},
    {"IntercomCallMode", K::number, "1", 1, 2},
    {"IntercomContactID", K::text, "", 0, 64},
    {"IntercomGroupSearchFunOn", K::number, "0", 0, 1},
    {"IntercomGroupDesc", K::text, "", 0, 128},
    {"IntercomContactHintDesc", K::text, "", 0, 256},
    // Device parameters (appendix 12)
    {"DSTOn", K::number, "0", 0, 1},
    {"CurTimeMode", K::number, "2", 1, 2},
    {"DLSTMode", K::number, "0", 0, 1},
    {"BackupTime", K::number, "0", 0, 23},
    {"AntiPassback", K::number, "0", 0, 255, false, is_anti_passback_value, "appendix 8"},
    {"InterLock", K::number, "0", 0, 5, false, is_interlock_value, "appendix 9"},
    {"NtpFunOn", K::number, "0", 0, 1},
    {"fireAlarmType", K::number, "1", 0, 2},
    {"fireAlarmRunMode", K::number, "0", 0, 1},
    {"fireAlarmInputMode", K::number, "0", 0, 1},
    {"fireAlarmSupervisedResistor", K::number, "1", 1, 4},
    // The reader's side and the Wiegand ports (9.5.1)
    {"WiegandIDIn", K::number, "1", 0, 255},
    {"WiegandID", K::number, "1", 0, 255},
    {"Reader1IOState", K::number, "0", 0, 1},
    {"Reader2IOState", K::number, "1", 0, 1},
    {"Reader3IOState", K::number, "0", 0, 1},
    {"Reader4IOState", K::number, "1", 0, 1},
    {"Reader5IOState", K::number, "0", 0, 1},
    {"Reader6IOState", K::number, "1", 0, 1},
    {"Reader7IOState", K::number, "0", 0, 1},
    {"Reader8IOState", K::number, "1", 0, 1},
};

bool printable(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool ipv4(const std::string& value) {
  in_addr address{};
  return ::inet_pton(AF_INET, value.c_str(), &address) == 1;
}

}  // namespace

std::span<const OptionSpec> option_specs() {
  return specs;
}

const OptionSpec* find_option(std::string_view name) {
  if (!name.empty() && name.front() == '~') name.remove_prefix(1);
  const auto found = std::find_if(std::begin(specs), std::end(specs), [&](const OptionSpec& spec) {
    auto known = spec.name;
    if (known.front() == '~') known.remove_prefix(1);
    return same_name(known, name);
  });
  return found == std::end(specs) ? nullptr : found;
}

std::string option_complaint(const OptionSpec& spec, std::string_view value) {
  switch (spec.kind) {
    case K::fact:
      return "stay as it is: it says what this controller is and cannot be set";
    case K::number: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      const bool fine =
          value.empty() || (error == std::errc{} && end == value.data() + value.size() &&
                            number >= spec.low && number <= spec.high);
      if (!fine) {
        return "be a number from " + std::to_string(spec.low) + " to " + std::to_string(spec.high);
      }
      const bool listed = value.empty() || spec.is_value == nullptr ||
                          spec.is_value(static_cast<std::uint32_t>(number));
      return listed ? "" : "be a value of " + std::string(spec.listed_in);
    }
    case K::text:
    case K::secret:
      return value.size() <= static_cast<std::size_t>(spec.high) && printable(value)
                 ? ""
                 : "have at most " + std::to_string(spec.high) + " bytes and no control characters";
    case K::address:
      return value.empty() || ipv4(std::string(value)) ? ""
                                                       : "be an IPv4 address, such as 192.0.2.7";
    case K::zone:
      return value.empty() || parse_zone(value) ? "" : "be an offset from UTC, such as +0800";
    case K::clock:
      return parse_utc(value) ? "" : "be the UTC time in seconds of appendix 5 (not Unix seconds)";
  }
  return {};
}

}  // namespace lintel::daemon
