// The operating system's part of a controller, behind one interface: addresses, Wi-Fi, uplinks and
// the installer of firmware. The engine has no right to any of it. It says what is wished; somebody
// with that right does it, or does not.
//
// The loop's thread owns it. Nothing waits: what takes time is asked for again at deadline().
// Implementations: SystemFolder (files in a folder that a helper of the image watches), NoSystem (a
// controller whose network is none of our business), and one in tests.
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

class System {
 public:
  virtual ~System() = default;

  // What this system can do at all; the rest is refused before it is wished.
  [[nodiscard]] virtual bool has_network() const = 0;
  [[nodiscard]] virtual bool has_wifi() const = 0;
  [[nodiscard]] virtual bool has_mobile() const = 0;
  [[nodiscard]] virtual bool has_installer() const = 0;

  // The addresses as they are now, for GET OPTIONS; nothing: not known.
  [[nodiscard]] virtual std::optional<NetworkWish> network() = 0;
  // Wishes that the network be like this. Handed over when it returns, done soon after.
  virtual Result<void> set_network(const NetworkWish& wish) = 0;

  // A scan begins; scanned() has its result once. Nothing: still under way.
  virtual Result<void> scan() = 0;
  virtual std::optional<std::vector<AccessPoint>> scanned() = 0;

  // The file goes to the installer, which believes our signature only. installed() has how it
  // ended, once, perhaps after a restart: a code of appendix 1.
  virtual Result<void> install(const std::string& file) = 0;
  virtual std::optional<std::int32_t> installed() = 0;
};

}  // namespace lintel::daemon
