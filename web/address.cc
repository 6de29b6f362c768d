#include "web/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace lintel::web {
namespace {

struct HostAndPort {
  std::string host;
  std::string_view port;  // empty: none
};

// "localhost:8080", "127.0.0.1", "[::1]:8080"
std::optional<HostAndPort> split(std::string_view text) {
  HostAndPort parts;
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    in6_addr address{};
    if (::inet_pton(AF_INET6, parts.host.c_str(), &address) != 1) return std::nullopt;
  } else {
    const auto end = std::min(text.find(':'), text.size());
    parts.host = text.substr(0, end);
    text.remove_prefix(end);
  }
  if (text.empty()) return parts;
  if (text.front() != ':' || text.size() < 2) return std::nullopt;
  parts.port = text.substr(1);
  return parts;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool is_localhost(std::string_view host) {
  constexpr std::string_view name = "localhost";
  return std::equal(host.begin(), host.end(), name.begin(), name.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace

Result<Address> listen_address(std::string_view listen, bool secured) {
  const auto parts = split(listen);
  const auto port = parts ? port_of(parts->port) : std::nullopt;
  if (!port || *port == 0) {
    return fail(Errc::invalid, "[web] listen must be HOST:PORT, such as 127.0.0.1:8080, not \"" +
                                   std::string(listen) + "\"");
  }
  if (is_localhost(parts->host)) return Address{"127.0.0.1", *port};
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, parts->host.c_str(), &v4) != 1 &&
      ::inet_pton(AF_INET6, parts->host.c_str(), &v6) != 1) {
    return fail(Errc::invalid,
                "[web] listen must begin with localhost or an address, such as "
                "127.0.0.1, not \"" +
                    std::string(listen) + "\"");
  }
  if (!secured && !is_loopback(parts->host)) {
    return fail(Errc::unsupported,
                "[web] listen must be a loopback address, such as 127.0.0.1:8080, not \"" +
                    std::string(listen) +
                    "\": over a network the console wants https and a code to sign in with; set "
                    "[web] certificate, key and claim");
  }
  return Address{parts->host, *port};
}

std::string host_in(std::string_view host_header) {
  const auto parts = split(host_header);
  const bool fine = parts && !parts->host.empty() &&
                    (parts->port.empty() || port_of(parts->port)) &&
                    std::all_of(parts->host.begin(), parts->host.end(), [](char c) {
                      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                      return letter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
                    });
  if (!fine) return {};
  return host_header.front() == '[' ? "[" + parts->host + "]" : parts->host;
}

bool host_allowed(std::string_view host_header) {
  const auto parts = split(host_header);
  if (!parts || (!parts->port.empty() && !port_of(parts->port))) return false;
  return is_localhost(parts->host) || is_loopback(parts->host);
}

}  // namespace lintel::web
