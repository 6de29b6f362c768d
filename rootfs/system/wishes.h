// The engine's wishes, each value checked once more: the engine speaks with the outside, and may be
// somebody else's by now. Whatever passes here can be written into the system's own files.
// Errors: invalid, in words for the log; no value of a secret is in them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/wish_folder.h"
#include "engine/base/result.h"

namespace lintel::helper {

enum class Uplink : std::uint8_t { wired, wifi, mobile };
const char* name_of(Uplink uplink);
std::optional<Uplink> uplink_named(std::string_view name);

struct NetworkWish {
  Uplink uplink = Uplink::wired;
  // DHCP when `address` is empty. Else a host's address with its prefix; the gateway is empty or
  // another host of that network.
  std::string address, gateway;
  unsigned prefix = 0;
  std::string ssid, key;  // wifi only; no key: an open network
  bool operator==(const NetworkWish&) const = default;
};
Result<NetworkWish> network_wish(const api::WishFile& file);
// The same as a file, to be kept.
api::WishFile file_of(const NetworkWish& wish);

struct ClockWish {
  std::chrono::nanoseconds utc{}, uptime{};
};
Result<ClockWish> clock_wish(const api::WishFile& file);

// Names or addresses.
Result<std::vector<std::string>> time_servers_wish(const api::WishFile& file);

// A plain name of a file in `folder`, the only place that firmware comes from.
Result<std::string> firmware_wish(const api::WishFile& file, const std::string& folder);

std::string netmask_of(unsigned prefix);

}  // namespace lintel::helper
