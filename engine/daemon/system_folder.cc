#include "engine/daemon/system_folder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/return_codes.h"
#include "engine/daemon/storage_files.h"

namespace lintel::daemon {
namespace {

constexpr const char* uplinks[] = {"wired", "wifi", "mobile"};

bool ipv4_or_empty(std::string_view text) {
  in_addr address{};
  return text.empty() || ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

// "02:00:00:00:00:01 -47 3 Front office": the name comes last, for it may have blanks.
std::optional<AccessPoint> access_point(std::string_view line) {
  const auto only = [](std::string_view text, std::string_view of, std::size_t most) {
    return !text.empty() && text.size() <= most &&
           text.find_first_not_of(of) == std::string_view::npos;
  };
  const auto mac = api::take_word(line), rssi = api::take_word(line), ecn = api::take_word(line);
  if (!only(mac, "0123456789abcdefABCDEF:", 17) || !only(rssi, "-0123456789", 4) ||
      !only(ecn, "0123456789", 2) || line.size() > limits::wifi_name_bytes_max) {
    return std::nullopt;
  }
  return AccessPoint{std::string(ecn), std::string(line), std::string(rssi), std::string(mac)};
}

// "-3.5": tenths of a degree. Nothing: absent, or it makes no sense, and then `sound` ends.
std::optional<int> tenths(std::string_view text, bool& sound) {
  if (text.empty()) return std::nullopt;
  const bool below = text.front() == '-';
  if (below) text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto whole = api::whole_number(text.substr(0, dot), 1'000);
  const auto part = dot == std::string_view::npos ? std::optional<std::uint64_t>(0)
                                                  : api::whole_number(text.substr(dot + 1), 9);
  if (!whole || !part) {
    sound = false;
    return std::nullopt;
  }
  const int value = static_cast<int>(*whole * 10 + *part);
  return below ? -value : value;
}

std::int32_t installed_code(std::string_view word) {
  constexpr std::pair<std::string_view, std::int32_t> words[] = {
      {"ok", codes::ok},
      {"no_platform", codes::no_platform},
      {"wrong_platform", codes::wrong_platform},
      {"older", codes::older_firmware},
      {"bad_signature", codes::bad_firmware},
      {"failed", codes::upgrade_failed}};
  for (const auto& [name, code] : words) {
    if (name == word) return code;
  }
  return codes::upgrade_failed;
}

}  // namespace

Result<std::unique_ptr<SystemFolder>> SystemFolder::open(std::string folder) {
  if (auto made = make_directory(folder); !made)
    return fail(std::move(made).error().during("open the folder of the system"));
  auto files = api::WishFolder::open(folder);
  if (!files) return fail(std::move(files).error().during("open the folder of the system"));
  std::unique_ptr<SystemFolder> made(new SystemFolder(*std::move(files)));
  // No number is used twice, so that no old answer is taken for that of a new wish.
  for (const auto* name : {"network", "scan", "install", "clock", "ntp", "reset", "network.now",
                           "scan.done", "install.done"}) {
    if (const auto content = made->read(name))
      made->last_number_ = std::max(made->last_number_, content->number);
  }
  (void)made->network();
  return made;
}

std::optional<api::WishFile> SystemFolder::read(const std::string& name) {
  auto file = files_.read(name);
  if (file) return *std::move(file);
  refuse(name, file.error().text);
  return std::nullopt;
}

void SystemFolder::refuse(const std::string& name, const std::string& why) {
  if (std::exchange(refused_[name], why) == why) return;
  log_warning("system", "the file " + name + " of the system's helper is refused: " + why);
}

Result<std::uint64_t> SystemFolder::write(const std::string& name, api::WishFile file) {
  file.number = last_number_ + 1;
  if (auto put = files_.write(name, file); !put)
    return fail(std::move(put).error().during("write the wish " + name));
  return ++last_number_;
}

std::optional<NetworkWish> SystemFolder::network() {
  const auto content = read("network.now");
  if (!content) return now_;
  NetworkWish now;
  now.address = content->value("address");
  now.netmask = content->value("netmask");
  now.gateway = content->value("gateway");
  now.wifi_name = content->value("ssid");
  const auto uplink = content->value("uplink");
  const auto* known = std::find(std::begin(uplinks), std::end(uplinks), uplink);
  if (!ipv4_or_empty(now.address) || !ipv4_or_empty(now.netmask) || !ipv4_or_empty(now.gateway) ||
      now.wifi_name.size() > limits::wifi_name_bytes_max || known == std::end(uplinks)) {
    refuse("network.now", "a value makes no sense");
    return now_;
  }
  now.uplink = static_cast<NetworkWish::Uplink>(known - std::begin(uplinks));
  abilities_ = {};
  std::string_view can = content->value("can");
  while (!can.empty()) {
    const auto word = api::take_word(can);
    abilities_.network |= word == "network";
    abilities_.wifi |= word == "wifi";
    abilities_.mobile |= word == "mobile";
    abilities_.installer |= word == "installer";
    abilities_.clock |= word == "clock";
    abilities_.ntp |= word == "ntp";
    abilities_.reset |= word == "reset";
  }
  refused_.erase("network.now");
  now_ = std::move(now);
  return now_;
}

Result<void> SystemFolder::set_network(const NetworkWish& wish) {
  auto written = write("network", {0,
                                   {{"uplink", uplinks[static_cast<std::size_t>(wish.uplink)]},
                                    {"address", wish.address},
                                    {"netmask", wish.netmask},
                                    {"gateway", wish.gateway},
                                    {"ssid", wish.wifi_name},
                                    {"key", wish.wifi_key}}});
  if (!written) return fail(std::move(written).error());
  return {};
}

Result<void> SystemFolder::scan() {
  auto written = write("scan", {});
  if (!written) return fail(std::move(written).error());
  scan_number_ = *written;
  return {};
}

std::optional<std::vector<AccessPoint>> SystemFolder::scanned() {
  if (scan_number_ == 0) return std::nullopt;
  const auto content = read("scan.done");
  if (!content || content->number != scan_number_) return std::nullopt;
  scan_number_ = 0;
  std::vector<AccessPoint> found;
  for (const auto& [key, value] : content->lines) {
    if (key != "network" || found.size() >= limits::access_points_max) continue;
    if (auto point = access_point(value)) {
      found.push_back(*std::move(point));
    } else {
      refuse("scan.done", "a network in it makes no sense");
    }
  }
  return found;
}

Result<void> SystemFolder::install(const std::string& file) {
  if (const auto wished = read("install"); wished && wished->value("file") == file) {
    install_number_ = wished->number;
    return {};
  }
  auto written = write("install", {0, {{"file", file}}});
  if (!written) return fail(std::move(written).error());
  install_number_ = *written;
  return {};
}

std::optional<std::int32_t> SystemFolder::installed() {
  if (install_number_ == 0) return std::nullopt;
  const auto content = read("install.done");
  if (!content || content->number != install_number_) return std::nullopt;
  install_number_ = 0;
  return installed_code(content->value("result"));
}

Result<void> SystemFolder::set_clock(std::chrono::sys_seconds utc, Uptime uptime) {
  const auto text = [](std::chrono::nanoseconds time) {
    char buffer[48];
    std::snprintf(buffer, sizeof(buffer), "%lld.%09lld",
                  static_cast<long long>(time / std::chrono::seconds(1)),
                  static_cast<long long>((time % std::chrono::seconds(1)).count()));
    return std::string(buffer);
  };
  if (utc.time_since_epoch().count() < 0 || uptime < Uptime{})
    return fail(Errc::invalid, "a time before 1970 cannot be set");
  auto written = write(
      "clock",
      {0, {{"utc", text(utc.time_since_epoch())}, {"uptime", text(uptime.time_since_epoch())}}});
  if (!written) return fail(std::move(written).error());
  return {};
}

Result<void> SystemFolder::set_time_servers(const std::vector<std::string>& servers) {
  api::WishFile file;
  for (const auto& server : servers) {
    if (file.lines.size() >= limits::time_servers_max) break;
    file.lines.emplace_back("server", server);
  }
  auto written = write("ntp", std::move(file));
  if (!written) return fail(std::move(written).error());
  return {};
}

Result<void> SystemFolder::factory_reset() {
  auto written = write("reset", {});
  if (!written) return fail(std::move(written).error());
  return {};
}

std::optional<SystemNow> SystemFolder::state() {
  const auto content = read("system.now");
  if (!content) return state_;
  const auto refused = [this] {
    refuse("system.now", "a value makes no sense");
    return state_;
  };
  SystemNow now;
  bool sound = true;
  const auto text = [&](std::string_view key, std::size_t bytes_max) {
    const auto value = content->value(key);
    sound = sound && value.size() <= bytes_max;
    return std::string(value);
  };
  const auto number = [&](std::string_view key,
                          std::uint64_t most) -> std::optional<std::uint64_t> {
    if (!content->has(key)) return std::nullopt;
    const auto value = api::whole_number(content->value(key), most);
    sound = sound && value;
    return value;
  };
  const auto truth = [&](std::string_view key) -> std::optional<bool> {
    if (!content->has(key)) return std::nullopt;
    const auto value = content->value(key);
    sound = sound && (value == "yes" || value == "no");
    return value == "yes";
  };
  now.slot = text("slot", 1);
  now.version = text("version", 64);
  now.update = text("update", 256);
  now.trouble = text("trouble", 256);
  now.good = truth("good");
  now.synchronised = truth("synchronised");
  now.storage_used = number("storage_used", UINT64_MAX);
  now.storage_size = number("storage_size", UINT64_MAX);
  if (const auto life = number("storage_life", 1'000))
    now.storage_life = static_cast<unsigned>(*life);
  now.temperature = tenths(content->value("temperature"), sound);
  if (!sound || (!now.slot.empty() && now.slot != "a" && now.slot != "b")) return refused();
  refused_.erase("system.now");
  state_ = std::move(now);
  return state_;
}

}  // namespace lintel::daemon
