// The operating system's part of a controller, behind one interface: addresses, Wi-Fi, uplinks and
// the installer of firmware. The engine has no right to any of it. It says what is wished; somebody
// with that right does it, or does not.
//
// The storage thread owns it once the engine runs: whatever it reads and writes lies on some disk,
// and none stands between a swipe and the strike. Nothing waits: what takes time is asked for
// again, by the engine, now and then. Implementations: SystemFolder (files in a folder that a
// helper of the image watches), NoSystem (a controller whose network is none of our business), and
// one in tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/types.h"

namespace lintel::daemon {

// Empty fields: DHCP for the address, no Wi-Fi.
struct NetworkWish {
  enum class Uplink : std::uint8_t { wired, wifi, mobile };
  std::string address, netmask, gateway;  // IPv4
  std::string wifi_name, wifi_key;
  Uplink uplink = Uplink::wired;
  bool operator==(const NetworkWish&) const = default;
};

struct AccessPoint {
  std::string ecn, ssid, rssi, mac;  // as [APList] has them
};

// What the machine says of itself; what is absent or empty is not known.
struct SystemNow {
  std::string slot;                  // "a" or "b"
  std::string version;               // of the whole image
  std::string update;                // what the installer is at, in words; empty: nothing
  std::string trouble;               // of its storage, in words; empty: none
  std::optional<bool> good;          // false: the slot is on trial
  std::optional<bool> synchronised;  // the clock, by NTP
  std::optional<int> temperature;    // tenths of a degree Celsius
  std::optional<std::uint64_t> storage_used, storage_size;  // bytes
  std::optional<unsigned> storage_life;  // per cent of the card's wear that is used up
  bool operator==(const SystemNow&) const = default;
};

class System {
 public:
  virtual ~System() = default;

  // What this system can do at all; the rest is refused before it is wished. As network() last saw
  // it.
  [[nodiscard]] virtual bool has_network() const = 0;
  [[nodiscard]] virtual bool has_wifi() const = 0;
  [[nodiscard]] virtual bool has_mobile() const = 0;
  [[nodiscard]] virtual bool has_installer() const = 0;
  [[nodiscard]] virtual bool has_clock() const = 0;         // it can set the machine's
  [[nodiscard]] virtual bool has_time_servers() const = 0;  // they can be named to it
  [[nodiscard]] virtual bool has_reset() const = 0;

  // The addresses as they are now, for GET OPTIONS; nothing: not known. Without the Wi-Fi key.
  [[nodiscard]] virtual std::optional<NetworkWish> network() = 0;
  // Wishes that the network be like this. Handed over when it returns, done soon after.
  virtual Result<void> set_network(const NetworkWish& wish) = 0;

  // A scan begins; scanned() has its result once. Nothing: still under way.
  virtual Result<void> scan() = 0;
  virtual std::optional<std::vector<AccessPoint>> scanned() = 0;

  // The file goes to the installer, which believes our signature only. installed() has how it
  // ended, once: a code of appendix 1. After a restart of the engine the same file is handed over
  // again; one that the installer has already is not installed twice. REQUIRES: each file has a
  // name of its own.
  virtual Result<void> install(const std::string& file) = 0;
  virtual std::optional<std::int32_t> installed() = 0;

  // The machine's clock, which the engine may not set: at `uptime` it was `utc`. invalid: before
  // 1970.
  virtual Result<void> set_clock(std::chrono::sys_seconds utc, Uptime uptime) = 0;
  // Names or addresses, the first ten count; none: those that the network names.
  virtual Result<void> set_time_servers(const std::vector<std::string>& servers) = 0;
  // Everything that is stored goes, and the machine restarts as it was delivered.
  virtual Result<void> factory_reset() = 0;
  // As last told, half a minute ago at most; nothing: nobody tells.
  [[nodiscard]] virtual std::optional<SystemNow> state() = 0;
};

// A controller whose network is none of our business.
class NoSystem : public System {
 public:
  [[nodiscard]] bool has_network() const override { return false; }
  [[nodiscard]] bool has_wifi() const override { return false; }
  [[nodiscard]] bool has_mobile() const override { return false; }
  [[nodiscard]] bool has_installer() const override { return false; }
  [[nodiscard]] bool has_clock() const override { return false; }
  [[nodiscard]] bool has_time_servers() const override { return false; }
  [[nodiscard]] bool has_reset() const override { return false; }
  [[nodiscard]] std::optional<NetworkWish> network() override { return std::nullopt; }
  Result<void> set_network(const NetworkWish&) override { return none(); }
  Result<void> scan() override { return none(); }
  std::optional<std::vector<AccessPoint>> scanned() override { return std::nullopt; }
  Result<void> install(const std::string&) override { return none(); }
  std::optional<std::int32_t> installed() override { return std::nullopt; }
  Result<void> set_clock(std::chrono::sys_seconds, Uptime) override { return none(); }
  Result<void> set_time_servers(const std::vector<std::string>&) override { return none(); }
  Result<void> factory_reset() override { return none(); }
  [[nodiscard]] std::optional<SystemNow> state() override { return std::nullopt; }

 private:
  static Result<void> none() {
    return fail(Errc::unsupported, "this controller has no interface to its system");
  }
};

// What a request may know of the system while the storage thread works on it.
struct SystemView {
  bool network = false, wifi = false, mobile = false, installer = false;
  bool time_servers = false;         // they can be named to it
  bool has_server = false;           // the link to a server names one
  bool enrolling = false;            // somebody is
  std::optional<NetworkWish> now;    // as System::network()
  std::optional<SystemNow> machine;  // as System::state()
};

}  // namespace lintel::daemon
