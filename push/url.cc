#include "push/url.h"

#include <algorithm>

#include "engine/core/limits.h"
#include "push/text.h"

namespace lintel::push {
namespace {

constexpr std::string_view behind_scheme = "://";

bool is_sound(std::string_view text) {
  return !text.empty() && text.size() <= limits::url_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_this_machine(std::string_view host) {
  return same_name(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

// What would end the parameter or begin another.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&' || c == '#' || c == '+') {
      out += "%" + hex_upper(std::string_view(&c, 1));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!is_sound(text)) return std::nullopt;
  text = text.substr(0, text.find('#'));
  Url url;
  const auto path_from = text.find_first_of("/?");
  const auto colon = text.find(':');
  const bool has_scheme = colon != std::string_view::npos && colon < path_from;
  if (has_scheme) {
    const auto host_at = colon + behind_scheme.size();
    if (text.substr(colon, behind_scheme.size()) != behind_scheme) return std::nullopt;
    const auto target_at = std::min(text.find_first_of("/?", host_at), text.size());
    url.address = parse_address(text.substr(0, target_at));
    if (!url.address) return std::nullopt;
    text.remove_prefix(target_at);
  } else if (text.substr(0, 2) == "//") {
    return std::nullopt;  // another host, in the scheme of the page: there is no page
  }
  if (text.empty() || text.front() != '/') url.target = "/";
  url.target += text;
  return url;
}

std::string without_disguise(std::string_view text) {
  std::string url(text);
  std::replace(url.begin(), url.end(), '\\', '/');
  const auto star = url.find("*//");
  if (star == std::string::npos || star > std::string_view("https").size()) return url;
  url[star] = ':';
  const auto host_at = star + behind_scheme.size();
  const auto host_end = std::min(url.find('/', host_at), url.size());
  std::replace(url.begin() + static_cast<std::ptrdiff_t>(host_at),
               url.begin() + static_cast<std::ptrdiff_t>(host_end), '*', ':');
  return url;
}

std::string_view file_name(const Url& url) {
  const std::string_view path = std::string_view(url.target).substr(0, url.target.find('?'));
  return path.substr(path.rfind('/') + 1);
}

std::optional<Source> source_of(const Url& url, const ServerAddress& server) {
  if (!url.address) return Source{server, url.target, true};
  if (!same_name(url.address->host, server.host)) return std::nullopt;
  if (server.tls && !url.address->tls) return std::nullopt;
  const bool is_server = url.address->tls == server.tls && url.address->port == server.port;
  return Source{*url.address, url.target, is_server};
}

std::string parameter_of(const Url& url, const ServerAddress& server) {
  ServerAddress address = url.address.value_or(server);
  if (is_this_machine(address.host)) address.host = server.host;
  return escaped(address.url() + url.target);
}

}  // namespace lintel::push
