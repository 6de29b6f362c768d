// Where the server is: the configuration file's address, or what the server itself has set since
// (options WebServerIP and WebServerPort), which wins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lintel::push {

struct ServerAddress {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] std::string url() const;  // "https://push.example:443", for logs and the console
  bool operator==(const ServerAddress&) const = default;
};

// "http://HOST[:PORT]" or "https://HOST[:PORT]". Nothing for anything else.
std::optional<ServerAddress> parse_address(std::string_view url);

// The address to use. Option values that cannot be an address are passed over. The options never
// lead from https down to http. Nothing: no server is known.
std::optional<ServerAddress> choose_address(const std::optional<ServerAddress>& configured,
                                            std::string_view web_server_ip,
                                            std::string_view web_server_port);

}  // namespace lintel::push
