#include "push/registration.h"

#include <algorithm>

#include "push/command.h"
#include "push/text.h"

namespace lintel::push {
namespace {

constexpr std::string_view fields[] = {
    "~DeviceName",
    "FirmVer",
    "PushVersion",
    "MAC",
    "CommType",
    "MaxPackageSize",
    "LockCount",
    "ReaderCount",
    "AuxInCount",
    "AuxOutCount",
    "MachineType",
    "~IsOnlyRFMachine",
    "~MaxUserCount",
    "~MaxAttLogCount",
    "~MaxUserFingerCount",
    "MThreshold",
    "IPAddress",
    "NetMask",
    "GATEIPAddress",
    "~ZKFPVersion",
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
    "SimpleEventType",
    "VerifyStyles",
    "EventTypes",
    "DisableUserFunOn",
    "DeleteAndFunOn",
    "LogIDFunOn",
    "DateFmtFunOn",
    "DelAllLossCardFunOn",
    "AutoClearDay",
    "FirstDelayDay",
    "DelayDay",
    "StopAllVerify",
    "FvFunOn",
    "FaceFunOn",
    "FingerFunOn",
    "CameraOpen",
    "AccSupportFunList",
    "AutoServerFunOn",
    "DelayOpenDoorFunOn",
    "UserOpenDoorDelayFunOn",
    "MultiCardInterTimeFunOn",
    "OutRelaySetFunOn",
    "MachineTZFunOn",
    "DSTFunOn",
    "CardSiteCodeFunOn",
    "MulCardUserFunOn",
    "UserNameFunOn",
    "StringPinFunOn",
    "MaxLockCount",
    "MaxZigbeeCount",
    "MaxMCUCardBits",
    "SupportReaderType",
    "CmdFormat",
    "authKey",
    "MultiStageControlFunOn",
    "MasterControlOn",
    "SubControlOn",
    "BioPhotoFun",
    "BioDataFun",
    "UserPicURLFunOn",
    "MultiBioDataSupport",
    "MultiBioPhotoSupport",
    "MultiBioVersion",
    "MaxMultiBioDataCount",
    "MaxMultiBioPhotoCount",
    "SubcontractingUpgradeFunOn",
    "IRTempDetectionFunOn",
    "MaskDetectionFunOn",
    "VMSUserName",
    "VMSPasswd",
    "NewVFStyles",
    "IsSupportQRcode",
    "QRCodeEnable",
    "QRCodeDecryptFunList",
    "DevNSLevel",
    // Described in the text, or met in its examples, but without a place in its list: at the end,
    // where they move no other.
    "NewNormalEventTypes",
    "NewErrorEventTypes",
    "NewWarningEventTypes",
    "WGRuleVer",
    "IclockSvrFun",
    "OverallAntiFunOn",
};

// A comma would begin the next field.
std::string field_value(std::string_view value) {
  std::string text = one_line(value);
  std::replace(text.begin(), text.end(), ',', ' ');
  return text;
}

}  // namespace

std::span<const std::string_view> registry_fields() {
  return fields;
}

std::string_view option_value(const pb::Options& answers, std::string_view name) {
  for (const auto& option : answers.option()) {
    if (same_name(option.name(), name)) return option.value();
  }
  return {};
}

std::string told_value(const pb::Option& option) {
  std::string value = option.value();
  if (same_name(option.name(), "AccSupportFunList")) {
    for (const auto position : functions_by_commands()) {
      if (value.size() <= position) value.resize(position + 1, '0');
      value[position] = '1';
    }
  }
  return value;
}

std::string registry_body(const pb::Options& answers) {
  std::string body = "DeviceType=acc";
  for (const auto name : fields) {
    pb::Option option;
    option.set_name(std::string(name));
    option.set_value(std::string(option_value(answers, name)));
    body += "," + option.name() + "=" + field_value(told_value(option));
  }
  return body;
}

std::string options_body(const pb::Options& answers) {
  std::string body;
  for (const auto& option : answers.option()) {
    if (!body.empty()) body += ',';
    body += option.name() + "=" + field_value(told_value(option));
  }
  return body;
}

}  // namespace lintel::push
