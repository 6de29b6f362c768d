#include "engine/daemon/facts.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <vector>

#include "engine/core/controller.h"
#include "engine/core/limits.h"
#include "engine/core/verification.h"
#include "engine/daemon/biometric_rows.h"
#include "engine/daemon/supported_functions.h"

namespace lintel::daemon {
namespace {

// A reader may recognise people by itself and send who it was; what is left is read here.
constexpr std::uint16_t proofs_of_this_box =
    bit(Proof::card) | bit(Proof::password) | bit(Proof::user_id) | bit(Proof::fingerprint) |
    bit(Proof::face) | bit(Proof::finger_vein) | bit(Proof::palm_vein);

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const auto byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02X", static_cast<unsigned>(byte));
    text += two;
  }
  return text;
}

// Appendix 3: position 0 is the highest bit of the first byte. A mode is supported when what this
// box can read is enough to meet it.
std::string verify_styles() {
  std::vector<std::uint8_t> bytes(4);
  for (unsigned mode = 0; mode < 30; ++mode) {
    const auto known = verify_mode(std::to_string(mode));
    if (known && known->met_by(proofs_of_this_box)) {
      bytes[mode / 8] = static_cast<std::uint8_t>(bytes[mode / 8] | (0x80u >> (mode % 8)));
    }
  }
  return hex(bytes);
}

// 4.4: bit n of the string is event base + n, lowest bit of the first byte first.
std::string event_types(unsigned base, unsigned count, bool whole_length) {
  std::vector<std::uint8_t> bytes(count / 8);
  const auto add = [&](EventCode code) {
    const unsigned value = number(code);
    if (value < base || value >= base + count) return;
    const unsigned at = value - base;
    bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | (1u << (at % 8)));
  };
  for (const auto code : event_codes)
    add(code);
  add(EventCode::validity_over);  // of servers to which 5024 and 5025 mean nothing
  while (!whole_length && !bytes.empty() && bytes.back() == 0)
    bytes.pop_back();
  return hex(bytes);
}

// Appendix 18: a value for each type, parted by colons. The common type stands for nothing that
// could be registered, and says 0.
std::string for_each_type(std::string_view value) {
  std::string text = "0";
  for (unsigned type = 1; type < biometric_types; ++type)
    text += ":" + std::string(value);
  return text;
}

std::string new_verify_styles() {
  std::string text(16, '0');
  for (unsigned position = 0; position < 16; ++position) {
    if ((proofs_of_this_box & (1u << position)) != 0) text[15 - position] = '1';
  }
  return text;
}

// The first Ethernet interface's address; empty on a box without one.
std::string mac_address() {
  for (const auto* name : {"eth0", "end0", "enp1s0", "ens3"}) {
    std::ifstream file(std::string("/sys/class/net/") + name + "/address");
    std::string address;
    if (file >> address && address.size() == 17) return address;
  }
  return {};
}

}  // namespace

std::string fact(const Facts& facts, std::string_view name) {
  if (name == "~SerialNumber") return facts.serial;
  if (name == "~DeviceName") return facts.name;
  if (name == "FirmVer" || name == "FWVersion") return "Lintel " + std::string(version_text);
  if (name == "PushVersion") return std::string(push_version);
  if (name == "~Platform") return "Lintel";
  if (name == "MAC") return mac_address();
  if (name == "LockCount" || name == "MaxLockCount") return std::to_string(facts.layout.doors);
  if (name == "ReaderCount") return std::to_string(facts.layout.readers());
  if (name == "AuxInCount") return std::to_string(facts.layout.aux_inputs);
  if (name == "AuxOutCount") return std::to_string(facts.layout.aux_outputs);
  if (name == "~MaxUserCount") return std::to_string(limits::users_max);
  if (name == "~MaxAttLogCount") return std::to_string(limits::events_max);
  if (name == "~MaxFingerCount") return std::to_string(limits::fingerprints_max);
  if (name == "~MaxUserFingerCount") return std::to_string(limits::fingers_max);
  if (name == "~MaxFaceCount" || name == "~MaxFace7Count" || name == "~MaxFvCount" ||
      name == "~MaxPvCount") {
    return std::to_string(limits::templates_of_type_max);
  }
  if (name == "~MaxUserPhotoCount") return std::to_string(limits::user_photos_max);
  if (name == "MultiBioDataSupport" || name == "MultiBioPhotoSupport") return for_each_type("1");
  if (name == "MultiBioVersion") return for_each_type("0");  // no algorithm is at home here
  if (name == "MaxMultiBioDataCount")
    return for_each_type(std::to_string(limits::templates_of_type_max));
  if (name == "MaxMultiBioPhotoCount")
    return for_each_type(std::to_string(limits::photos_of_type_max));
  if (name == "DevNSLevel") return facts.security_level;
  if (name == "VerifyStyles") return verify_styles();
  if (name == "EventTypes") return event_types(0, 256, true);
  if (name == "NewNormalEventTypes") return event_types(4000, 1000, false);
  if (name == "NewErrorEventTypes") return event_types(5000, 1000, false);
  if (name == "NewWarningEventTypes") return event_types(6000, 1000, false);
  if (name == "AccSupportFunList") return engine_support_list(facts);
  if (name == "NewVFStyles") return new_verify_styles();
  return {};
}

}  // namespace lintel::daemon
