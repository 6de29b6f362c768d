#include "engine/daemon/option_catalogue.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <string>

#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

using K = OptionSpec::Kind;

bool printable(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

// In the order of the host; nothing: this is no IPv4 address.
std::optional<std::uint32_t> ipv4(std::string_view value) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(value).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

// One that a machine in a network can have: not 0.x, loopback, multicast or beyond.
bool is_of_one_machine(std::string_view value) {
  const auto address = ipv4(value);
  if (!address) return false;
  const auto first = *address >> 24;
  return first != 0 && first != 127 && first < 224;
}

// Ones and behind them zeros, with room for two machines at least.
bool is_mask(std::string_view value) {
  const auto mask = ipv4(value);
  return mask && std::countl_one(*mask) + std::countr_zero(*mask) == 32 &&
         std::countl_one(*mask) >= 1 && std::countl_one(*mask) <= 30;
}

// A name, an IPv4 address, or an IPv6 address in brackets.
bool is_host(std::string_view value) {
  const bool bracketed = value.size() > 2 && value.front() == '[' && value.back() == ']';
  if (bracketed) value = value.substr(1, value.size() - 2);
  return !value.empty() && std::all_of(value.begin(), value.end(), [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    return letter || digit || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
  });
}

}  // namespace

const OptionSpec* find_option(std::string_view name) {
  if (!name.empty() && name.front() == '~') name.remove_prefix(1);
  const auto specs = option_specs();
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& spec) {
    auto known = spec.name;
    if (known.front() == '~') known.remove_prefix(1);
    return same_name(known, name);
  });
  return found == specs.end() ? nullptr : &*found;
}

std::string option_complaint(const OptionSpec& spec, std::string_view value) {
  switch (spec.kind) {
    case K::fact:
      return "stay as it is: it says what this controller is and cannot be set";
    case K::number: {
      std::int64_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      const bool fine =
          value.empty() || (error == std::errc{} && end == value.data() + value.size() &&
                            number >= spec.low && number <= spec.high);
      if (!fine) {
        return "be a number from " + std::to_string(spec.low) + " to " + std::to_string(spec.high);
      }
      const bool listed = value.empty() || spec.is_value == nullptr ||
                          spec.is_value(static_cast<std::uint32_t>(number));
      return listed ? "" : "be a value of " + std::string(spec.listed_in);
    }
    case K::text:
    case K::secret:
      return value.size() <= static_cast<std::size_t>(spec.high) && printable(value)
                 ? ""
                 : "have at most " + std::to_string(spec.high) + " bytes and no control characters";
    case K::address:
      return value.empty() || is_of_one_machine(value)
                 ? ""
                 : "be the IPv4 address of one machine, such as 192.0.2.7";
    case K::mask:
      return value.empty() || is_mask(value) ? "" : "be a subnet mask, such as 255.255.255.0";
    case K::host:
      return value.empty() ||
                     (value.size() <= static_cast<std::size_t>(spec.high) && is_host(value))
                 ? ""
                 : "be the name or address of a host";
    case K::zone:
      return value.empty() || parse_zone(value) ? "" : "be an offset from UTC, such as +0800";
    case K::clock:
      return parse_utc(value) ? "" : "be the UTC time in seconds of appendix 5 (not Unix seconds)";
  }
  return {};
}

}  // namespace lintel::daemon
