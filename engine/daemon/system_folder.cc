#include "engine/daemon/system_folder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/return_codes.h"
#include "engine/daemon/storage_files.h"

namespace lintel::daemon {
namespace {

constexpr const char* uplinks[] = {"wired", "wifi", "mobile"};

std::string reason() {
  return std::strerror(errno);
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool ipv4_or_empty(std::string_view text) {
  in_addr address{};
  return text.empty() || ::inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

// A plain file of a decent size, read whole. A FIFO or a device would make the loop wait, a link
// might lead anywhere.
Result<std::optional<std::string>> read_file(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) return fail(Errc::io, reason());
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return fail(Errc::io, reason());
  if (!S_ISREG(about.st_mode)) return fail(Errc::invalid, "it is not a plain file");
  std::string text(limits::system_file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::io, reason());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limits::system_file_bytes_max) return fail(Errc::invalid, "it is too large");
  text.resize(size);
  return text;
}

// Whoever looks sees the file before this or after it, never half.
Result<void> replace_file(const std::string& folder, const std::string& name,
                          std::string_view text) {
  const std::string beside = folder + "/." + name + ".new";
  ::unlink(beside.c_str());
  const UniqueFd file(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(Errc::io, reason());
  while (!text.empty()) {
    const auto put = ::write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail(Errc::io, reason());
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (std::rename(beside.c_str(), (folder + "/" + name).c_str()) != 0)
    return fail(Errc::io, reason());
  return {};
}

// "02:00:00:00:00:01 -47 3 Front office": the name comes last, for it may have blanks.
std::optional<AccessPoint> access_point(std::string_view line) {
  const auto only = [](std::string_view text, std::string_view of, std::size_t most) {
    return !text.empty() && text.size() <= most &&
           text.find_first_not_of(of) == std::string_view::npos;
  };
  const auto mac = next_word(line), rssi = next_word(line), ecn = next_word(line);
  if (!only(mac, "0123456789abcdefABCDEF:", 17) || !only(rssi, "-0123456789", 4) ||
      !only(ecn, "0123456789", 2) || line.size() > limits::wifi_name_bytes_max) {
    return std::nullopt;
  }
  return AccessPoint{std::string(ecn), std::string(line), std::string(rssi), std::string(mac)};
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
  std::unique_ptr<SystemFolder> made(new SystemFolder(std::move(folder)));
  // No number is used twice, so that no old answer is taken for that of a new wish.
  for (const auto* name :
       {"network", "scan", "install", "network.now", "scan.done", "install.done"}) {
    if (const auto content = made->read(name))
      made->last_number_ = std::max(made->last_number_, content->number);
  }
  (void)made->network();
  return made;
}

std::string_view SystemFolder::Content::value(std::string_view key) const {
  for (const auto& [name, value] : lines) {
    if (name == key) return value;
  }
  return {};
}

Result<SystemFolder::Content> SystemFolder::parse(std::string_view text) {
  constexpr std::uint64_t number_max = 1'000'000'000'000;  // leaves room to count on
  Content content;
  std::optional<std::uint64_t> first, last;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || last) return fail(Errc::invalid, "it is torn");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto equals = line.find('=');
    if (!printable(line)) return fail(Errc::invalid, "a line is not text");
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (equals == std::string_view::npos) return fail(Errc::invalid, "a line is not key=value");
    const auto key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "number" || key == "end") {
      const auto number = parse_number(value);
      auto& mark = key == "end" ? last : first;
      if (!number || *number > number_max || mark)
        return fail(Errc::invalid, std::string(key) + " is not one number");
      mark = number;
    } else {
      content.lines.emplace_back(key, value);
    }
  }
  if (!first || first != last) return fail(Errc::invalid, "it is torn: number and end must agree");
  content.number = *first;
  return content;
}

std::optional<SystemFolder::Content> SystemFolder::read(const std::string& name) {
  const auto text = read_file(folder_ + "/" + name);
  if (!text) {
    refuse(name, text.error().text);
    return std::nullopt;
  }
  if (!*text) return std::nullopt;
  auto content = parse(**text);
  if (content) return *std::move(content);
  refuse(name, content.error().text);
  return std::nullopt;
}

void SystemFolder::refuse(const std::string& name, const std::string& why) {
  if (std::exchange(refused_[name], why) == why) return;
  log_warning("system", "the file " + name + " of the system's helper is refused: " + why);
}

Result<std::uint64_t> SystemFolder::write(const std::string& name, Content content) {
  const auto number = std::to_string(last_number_ + 1);
  std::string text = "number=" + number + "\n";
  for (const auto& [key, value] : content.lines) {
    if (!printable(value)) return fail(Errc::invalid, key + " is not text");
    text += key + "=" + value + "\n";
  }
  text += "end=" + number + "\n";
  if (auto put = replace_file(folder_, name, text); !put)
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
    const auto word = next_word(can);
    abilities_.network |= word == "network";
    abilities_.wifi |= word == "wifi";
    abilities_.mobile |= word == "mobile";
    abilities_.installer |= word == "installer";
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

}  // namespace lintel::daemon
