#include "rootfs/system/wishes.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>

#include "engine/core/limits.h"

namespace lintel::helper {
namespace {

constexpr const char* uplinks[] = {"wired", "wifi", "mobile"};
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";
constexpr std::string_view name_letters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";

bool only(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  in_addr address{};
  if (!only(text, "0123456789.") || text.size() > 15 ||
      ::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1)
    return std::nullopt;
  return ntohl(address.s_addr);
}

std::string ipv4_text(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &raw, text, sizeof(text));
  return text;
}

std::uint32_t mask_of(unsigned prefix) {
  return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix);
}

// The prefix of a netmask of a network that has room for a host and its gateway.
std::optional<unsigned> prefix_of(std::string_view netmask) {
  if (netmask.empty()) return 24;
  const auto mask = ipv4(netmask);
  if (!mask) return std::nullopt;
  const auto prefix = static_cast<unsigned>(std::popcount(*mask));
  if (*mask != mask_of(prefix) || prefix < 1 || prefix > 30) return std::nullopt;
  return prefix;
}

// One that a host can have: not of "this network", loopback, link-local, multicast or above.
bool is_hosts(std::uint32_t address, unsigned prefix) {
  const auto first = address >> 24;
  const auto part = address & ~mask_of(prefix);
  return first != 0 && first != 127 && first < 224 && (address >> 16) != 0xa9feu && part != 0 &&
         part != ~mask_of(prefix);
}

Result<void> take_address(const api::WishFile& file, NetworkWish& wish) {
  const auto address = file.value("address"), gateway = file.value("gateway");
  if (address.empty()) return {};
  const auto prefix = prefix_of(file.value("netmask"));
  if (!prefix) return fail(Errc::invalid, "netmask is not one of a network with hosts");
  const auto host = ipv4(address);
  if (!host || !is_hosts(*host, *prefix))
    return fail(Errc::invalid, "address is not an IPv4 address that a host can have");
  wish.address = ipv4_text(*host);
  wish.prefix = *prefix;
  if (gateway.empty() || gateway == "0.0.0.0") return {};
  const auto way = ipv4(gateway);
  if (!way || !is_hosts(*way, *prefix) || ((*way ^ *host) & mask_of(*prefix)) != 0 || way == host)
    return fail(Errc::invalid, "gateway is not another host of the address's network");
  wish.gateway = ipv4_text(*way);
  return {};
}

// WPA's own rule: 8 to 63 characters, or 64 hexadecimal digits. Quotes end nothing on the way that
// this goes, and are allowed.
bool is_wifi_key(std::string_view key) {
  if (key.empty()) return true;
  if (key.size() == 64) return only(key, hex_digits);
  return key.size() >= 8 && key.size() <= 63 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// "1790000000.000000000"
std::optional<std::chrono::nanoseconds> moment(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || text.size() - dot - 1 != 9) return std::nullopt;
  const auto seconds = api::whole_number(text.substr(0, dot), 9'000'000'000);
  const auto parts = api::whole_number(text.substr(dot + 1), 999'999'999);
  if (!seconds || !parts) return std::nullopt;
  return std::chrono::seconds(*seconds) + std::chrono::nanoseconds(*parts);
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '-' || text.front() == '.') return false;
  in6_addr address{};
  if (text.find(':') != std::string_view::npos)
    return only(text, "0123456789abcdefABCDEF:.") &&
           ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
  return only(text, name_letters);
}

}  // namespace

const char* name_of(Uplink uplink) {
  return uplinks[static_cast<std::size_t>(uplink)];
}

std::optional<Uplink> uplink_named(std::string_view name) {
  for (std::size_t at = 0; at < std::size(uplinks); ++at) {
    if (name == uplinks[at]) return static_cast<Uplink>(at);
  }
  return std::nullopt;
}

std::string netmask_of(unsigned prefix) {
  return ipv4_text(mask_of(prefix));
}

Result<NetworkWish> network_wish(const api::WishFile& file) {
  const auto uplink = uplink_named(file.value("uplink"));
  if (!uplink) return fail(Errc::invalid, "uplink is not wired, wifi or mobile");
  NetworkWish wish;
  wish.uplink = *uplink;
  if (auto taken = take_address(file, wish); !taken) return fail(std::move(taken).error());
  if (*uplink != Uplink::wifi) return wish;
  wish.ssid = file.value("ssid");
  wish.key = file.value("key");
  if (wish.ssid.empty() || wish.ssid.size() > limits::wifi_name_bytes_max)
    return fail(Errc::invalid, "ssid has not 1 to 32 bytes");
  if (!is_wifi_key(wish.key))
    return fail(Errc::invalid, "key has not 8 to 63 characters or 64 hexadecimal digits");
  return wish;
}

api::WishFile file_of(const NetworkWish& wish) {
  api::WishFile file;
  file.lines = {{"uplink", name_of(wish.uplink)},
                {"address", wish.address},
                {"netmask", wish.address.empty() ? "" : netmask_of(wish.prefix)},
                {"gateway", wish.gateway},
                {"ssid", wish.ssid},
                {"key", wish.key}};
  return file;
}

Result<ClockWish> clock_wish(const api::WishFile& file) {
  const auto utc = moment(file.value("utc")), uptime = moment(file.value("uptime"));
  if (!utc || !uptime) return fail(Errc::invalid, "utc or uptime is not seconds with nine places");
  return ClockWish{*utc, *uptime};
}

Result<std::vector<std::string>> time_servers_wish(const api::WishFile& file) {
  std::vector<std::string> servers;
  for (const auto& [key, value] : file.lines) {
    if (key != "server") continue;
    if (!is_host_name(value)) return fail(Errc::invalid, "a server is no name and no address");
    if (servers.size() == limits::time_servers_max)
      return fail(Errc::invalid, "there are more than ten servers");
    servers.push_back(value);
  }
  return servers;
}

Result<std::string> firmware_wish(const api::WishFile& file, const std::string& folder) {
  const auto path = file.value("file");
  const auto slash = path.rfind('/');
  const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  if (path != folder + "/" + std::string(name) || name.empty() || name.size() > 64 ||
      name.front() == '.' || name.front() == '-' || !only(name, name_letters))
    return fail(Errc::invalid, "file is not the plain name of a file in " + folder);
  return std::string(path);
}

}  // namespace lintel::helper
