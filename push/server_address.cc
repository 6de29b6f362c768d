#include "push/server_address.h"

#include <algorithm>

#include "push/text.h"

namespace lintel::push {
namespace {

constexpr std::size_t host_bytes_max = 253;

bool host_is_sound(std::string_view host) {
  if (host.empty() || host.size() > host_bytes_max) return false;
  const bool bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  if (bracketed) host = host.substr(1, host.size() - 2);
  return std::all_of(host.begin(), host.end(), [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    return letter || digit || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
  });
}

std::optional<std::uint16_t> port_from(std::string_view text) {
  const auto port = whole_number(text);
  if (!port || *port < 1 || *port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

}  // namespace

std::string ServerAddress::url() const {
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

std::optional<ServerAddress> parse_address(std::string_view url) {
  ServerAddress address;
  constexpr std::string_view http = "http://";
  constexpr std::string_view https = "https://";
  if (same_name(url.substr(0, https.size()), https)) {
    address.tls = true;
    url.remove_prefix(https.size());
  } else if (same_name(url.substr(0, http.size()), http)) {
    url.remove_prefix(http.size());
  } else {
    return std::nullopt;
  }
  if (!url.empty() && url.back() == '/') url.remove_suffix(1);
  const auto colon = url.rfind(':');
  const auto bracket = url.rfind(']');
  address.port = address.tls ? 443 : 80;
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
    const auto port = port_from(url.substr(colon + 1));
    if (!port) return std::nullopt;
    address.port = *port;
    url = url.substr(0, colon);
  }
  if (!host_is_sound(url)) return std::nullopt;
  address.host = url;
  return address;
}

std::optional<ServerAddress> choose_address(const std::optional<ServerAddress>& configured,
                                            std::string_view web_server_ip,
                                            std::string_view web_server_port) {
  auto host = trimmed(web_server_ip);
  const auto port = port_from(trimmed(web_server_port));
  if (host.empty() || host == "0.0.0.0") {
    auto address = configured;
    if (address && port) address->port = *port;
    return address;
  }

  const bool has_scheme = host.find("://") != std::string_view::npos;
  const bool tls_configured = configured && configured->tls;
  auto chosen =
      parse_address(has_scheme ? std::string(host)
                               : (tls_configured ? "https://" : "http://") + std::string(host));
  if (!chosen) return configured;
  if (tls_configured) chosen->tls = true;
  if (port) {
    chosen->port = *port;
  } else if (configured && !has_scheme && host.rfind(':') == std::string_view::npos) {
    chosen->port = configured->port;
  }
  return chosen;
}

}  // namespace lintel::push
