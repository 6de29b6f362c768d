#include "engine/api/config.h"

#include <ini.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

#include "engine/core/limits.h"

namespace lintel::api {
namespace {

constexpr std::size_t config_bytes_max = 64 << 10;
constexpr std::size_t line_bytes_max = 190;  // inih cuts longer lines without a word

struct Key {
  std::string_view section;
  std::string_view name;
  std::string Config::*value;
  // Empty: fine. Else what is allowed, as the end of "must ...".
  std::string (*complaint)(std::string_view value);
};

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string anything(std::string_view) {
  return {};
}

std::string serial_complaint(std::string_view value) {
  const bool fine =
      !value.empty() && value.size() <= 32 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
      });
  return fine ? "" : "have 1 to 32 letters, digits, - or _";
}

std::string name_complaint(std::string_view value) {
  const bool fine = !value.empty() && value.size() <= 40 &&
                    value.find_first_of(",\t=\"") == std::string_view::npos;
  return fine ? "" : "have 1 to 40 characters and no comma, tab, = or quotation mark";
}

std::string door_ids_complaint(std::string_view value) {
  return value == "mask" || value == "single" ? "" : "be mask or single";
}

std::string directory_complaint(std::string_view value) {
  return value.empty() ? "name a directory" : "";
}

std::optional<unsigned> doors_of(std::string_view board) {
  if (!starts_with(board, "sim:")) return std::nullopt;
  board.remove_prefix(4);
  unsigned doors = 0;
  const auto [end, error] = std::from_chars(board.data(), board.data() + board.size(), doors);
  if (error != std::errc{} || end != board.data() + board.size() || doors < 1 ||
      doors > limits::doors_max) {
    return std::nullopt;
  }
  return doors;
}

constexpr std::string_view gpio = "gpio:";

std::string board_complaint(std::string_view value) {
  const bool fine = doors_of(value) || (starts_with(value, gpio) && value.size() > gpio.size());
  return fine ? ""
              : "be sim:N with N from 1 to " + std::to_string(limits::doors_max) +
                    ", or gpio: and the name of a board file";
}

std::optional<unsigned> port_of(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

// A name, an IPv4 address or an IPv6 address in brackets.
bool is_host(std::string_view text) {
  const bool brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (brackets) text = text.substr(1, text.size() - 2);
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    return letter || digit || c == '.' || c == '-' || c == '_' || (brackets && c == ':');
  });
}

std::string server_complaint(std::string_view value) {
  if (value.empty()) return {};
  const bool http = starts_with(value, "http://");
  if (!http && !starts_with(value, "https://")) return "begin with http:// or https://";
  value.remove_prefix(http ? 7 : 8);
  if (!value.empty() && value.back() == '/') value.remove_suffix(1);
  const auto colon = value.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && value.find(']', colon) == std::string_view::npos;
  const auto host = has_port ? value.substr(0, colon) : value;
  if (!is_host(host) || (has_port && !port_of(value.substr(colon + 1)))) {
    return "be http://HOST[:PORT] or https://HOST[:PORT], with no path and no user name";
  }
  return {};
}

std::string fingerprint_complaint(std::string_view value) {
  const bool fine = value.empty() ||
                    (value.size() == 64 &&
                     value.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos);
  return fine ? "" : "be a SHA-256 of 64 hexadecimal digits";
}

std::string switch_complaint(std::string_view value) {
  return value == "on" || value == "off" ? "" : "be on or off";
}

std::string security_level_complaint(std::string_view value) {
  return value.size() == 1 && value.front() >= '0' && value.front() <= '4' ? "" : "be 0 to 4";
}

std::string listen_complaint(std::string_view value) {
  if (value.empty()) return {};
  const auto colon = value.rfind(':');
  if (colon == std::string_view::npos || !is_host(value.substr(0, colon)) ||
      !port_of(value.substr(colon + 1))) {
    return "be HOST:PORT, such as 127.0.0.1:8080";
  }
  return {};
}

const Key keys[] = {
    {"device", "serial", &Config::serial, serial_complaint},
    {"device", "name", &Config::name, name_complaint},
    {"device", "door_ids", &Config::door_ids, door_ids_complaint},
    {"storage", "path", &Config::storage_path, directory_complaint},
    {"hal", "board", &Config::board, board_complaint},
    {"hal", "simulator", &Config::simulator, anything},
    {"hal", "guard", &Config::guard, anything},
    {"push", "server", &Config::server, server_complaint},
    {"push", "ca_file", &Config::ca_file, anything},
    {"push", "pinned_certificate", &Config::pinned_certificate, fingerprint_complaint},
    {"push", "client_certificate", &Config::client_certificate, anything},
    {"push", "client_key", &Config::client_key, anything},
    {"push", "encryption", &Config::encryption, switch_complaint},
    {"push", "security_level", &Config::security_level, security_level_complaint},
    {"system", "folder", &Config::system_folder, anything},
    {"web", "listen", &Config::listen, listen_complaint},
    {"web", "certificate", &Config::certificate, anything},
    {"web", "key", &Config::certificate_key, anything},
    {"web", "claim", &Config::claim, anything},
    {"web", "redirect", &Config::redirect, listen_complaint},
    {"api", "socket", &Config::socket, anything},
    {"api", "push_user", &Config::push_user, anything},
    {"api", "web_user", &Config::web_user, anything},
    {"api", "technician_user", &Config::technician_user, anything},
};

struct Reading {
  Config config;
  std::set<std::string> seen;
  std::string complaint;  // about the first line that is wrong
};

// inih calls this for each name=value and remembers the line of the first 0.
int take(void* user, const char* section, const char* name, const char* value) {
  auto& reading = *static_cast<Reading*>(user);
  if (!reading.complaint.empty()) return 0;
  const std::string where = "[" + std::string(section) + "] " + name;
  const auto key = std::find_if(std::begin(keys), std::end(keys), [&](const Key& k) {
    return k.section == section && k.name == name;
  });
  if (key == std::end(keys)) {
    reading.complaint = where + " is no setting of Lintel";
  } else if (!reading.seen.insert(where).second) {
    reading.complaint = where + " is set twice";
  } else if (const auto wrong = key->complaint(value); !wrong.empty()) {
    reading.complaint = where + " must " + wrong + ", not \"" + value + "\"";
  } else {
    reading.config.*key->value = value;
  }
  return reading.complaint.empty() ? 1 : 0;
}

// The text as inih is to see it: without blanks at the start of a line, which it would take for the
// continuation of the line before, and without what it would lose silently.
Result<std::string> cleaned(std::string_view text, const std::string& file_name) {
  std::string clean;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string where = file_name + " line " + std::to_string(number) + ": ";
    if (line.find('\0') != std::string_view::npos)
      return fail(Errc::invalid, where + "this is no text: it has a NUL byte");
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.size() > line_bytes_max) {
      return fail(Errc::invalid,
                  where + "this line is longer than " + std::to_string(line_bytes_max) + " bytes");
    }
    clean.append(line) += '\n';
  }
  return clean;
}

}  // namespace

unsigned Config::sim_doors() const {
  return doors_of(board).value_or(0);
}

std::string Config::board_file() const {
  return starts_with(board, gpio) ? board.substr(gpio.size()) : std::string();
}

Result<Config> parse_config(const std::string& text, const std::string& file_name) {
  auto clean = cleaned(text, file_name);
  if (!clean) return fail(std::move(clean).error());
  Reading reading;
  const int line = ini_parse_string(clean->c_str(), take, &reading);
  if (line != 0) {
    if (reading.complaint.empty()) reading.complaint = "this is neither [section] nor name = value";
    return fail(Errc::invalid, file_name + (line > 0 ? " line " + std::to_string(line) : "") +
                                   ": " + reading.complaint);
  }
  Config& config = reading.config;
  if (config.serial.empty()) return fail(Errc::invalid, file_name + ": [device] serial is missing");
  if (config.storage_path.empty())
    return fail(Errc::invalid, file_name + ": [storage] path is missing");
  const bool any = !config.certificate.empty() || !config.certificate_key.empty() ||
                   !config.claim.empty() || !config.redirect.empty();
  const bool all =
      !config.certificate.empty() && !config.certificate_key.empty() && !config.claim.empty();
  if (any && !all) {
    return fail(Errc::invalid,
                file_name + ": [web] certificate, key and claim go together; redirect needs them");
  }
  if (!config.server.empty() && config.server.back() == '/') config.server.pop_back();
  if (config.socket.empty()) config.socket = config.storage_path + "/engine.sock";
  if (config.simulator.empty()) config.simulator = config.storage_path + "/sim.sock";
  return config;
}

Result<Config> read_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(Errc::not_found,
                path + " cannot be read; name an existing configuration file with --config FILE");
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty())  // a directory opens and gives nothing
    return fail(Errc::io, path + " cannot be read, or is empty");
  if (text.str().size() > config_bytes_max)
    return fail(Errc::full, path + " is larger than 64 KiB; this cannot be a configuration");
  return parse_config(text.str(), path);
}

}  // namespace lintel::api
