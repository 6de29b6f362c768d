// What the helper asks of the machine: each a small interface, with one that speaks to the system
// bus (bus_*.cc) or the kernel, and one in tests. All on the loop's thread. A call may take some
// seconds where the other side is slow; what takes longer is begun, and asked for again.
//
// Errors: gone (nobody serves it), timeout, io (in the other side's words).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace lintel::helper {

using Nanoseconds = std::chrono::nanoseconds;

// systemd-networkd.
class Networkd {
 public:
  virtual ~Networkd() = default;
  [[nodiscard]] virtual bool is_there() = 0;
  // Reads its files again; links whose file has changed are set up anew.
  virtual Result<void> reload() = 0;
};

// The service manager.
class Units {
 public:
  virtual ~Units() = default;
  virtual Result<void> restart(const std::string& unit) = 0;
  // In order: every unit ends first.
  virtual Result<void> reboot() = 0;
};

struct FoundNetwork {
  std::string mac, ssid;
  int dbm = 0;
  // What ECN means where it is used: 0 open, 1 WEP, 2 WPA, 3 WPA2 or newer, 4 WPA and WPA2, 5 with
  // accounts.
  int encryption = 0;
  bool operator==(const FoundNetwork&) const = default;
};

// wpa_supplicant.
class Wifi {
 public:
  virtual ~Wifi() = default;
  [[nodiscard]] virtual bool is_there() = 0;
  // From now on this network and no other. The key is of 8 to 63 characters, or 64 hexadecimal
  // digits, or empty.
  virtual Result<void> join(const std::string& interface, const std::string& ssid,
                            const std::string& key) = 0;
  virtual Result<void> leave(const std::string& interface) = 0;
  // Does it look after the interface? False after it was started anew.
  [[nodiscard]] virtual bool has(const std::string& interface) = 0;
  virtual Result<void> scan(const std::string& interface) = 0;
  // Once, when the scan has ended; `anyway`: what is known by now.
  virtual std::optional<std::vector<FoundNetwork>> scanned(bool anyway) = 0;
};

struct Bundle {
  std::string compatible, version;
  bool allow_older = false;  // [meta.lintel] allow-older=true, under the signature
};

// RAUC.
class Installer {
 public:
  virtual ~Installer() = default;
  [[nodiscard]] virtual bool is_there() = 0;
  // What the machine wants of a bundle's `compatible`.
  virtual Result<std::string> compatible() = 0;
  // refused: it is not signed by whom the machine believes, or it is no bundle at all.
  virtual Result<Bundle> inspect(const std::string& file) = 0;
  // Begins. RAUC looks at signature and platform once more, but cannot be told which version it may
  // install (1.13): whoever exchanged the file since inspect() would get another one of our signer
  // into the slot. So installed_version() is asked afterwards.
  virtual Result<void> install(const std::string& file) = 0;
  // Once, when it has ended, with the installer's words where it failed.
  virtual std::optional<Result<void>> ended() = 0;
  [[nodiscard]] virtual Result<bool> installing() = 0;
  // What it is at; empty: nothing.
  [[nodiscard]] virtual std::string progress() = 0;
  // What was written to the slot that does not run.
  virtual Result<std::string> installed_version() = 0;
  // That slot is not started.
  virtual Result<void> mark_other_bad() = 0;
  // Is the slot that runs marked as good?
  virtual Result<bool> slot_is_good() = 0;
  virtual Result<void> mark_good() = 0;
};

// The kernel's clocks.
class HostClock {
 public:
  virtual ~HostClock() = default;
  [[nodiscard]] virtual Nanoseconds uptime() = 0;
  [[nodiscard]] virtual Nanoseconds utc() = 0;
  // The wall clock, and the battery clock where there is one.
  virtual Result<void> set(Nanoseconds utc) = 0;
  // Is something keeping it right?
  [[nodiscard]] virtual bool synchronised() = 0;
};

struct InterfaceAddress {
  std::string interface, address, netmask;
  bool operator==(const InterfaceAddress&) const = default;
};
// IPv4, of interfaces that are up.
class Addresses {
 public:
  virtual ~Addresses() = default;
  [[nodiscard]] virtual std::vector<InterfaceAddress> now() = 0;
};

struct Machine {
  Networkd& networkd;
  Units& units;
  Wifi& wifi;
  Installer& installer;
  HostClock& clock;
  Addresses& addresses;
};

}  // namespace lintel::helper
