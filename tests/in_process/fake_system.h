// An operating system of memory: what it can do and how it answers is what the test says.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/daemon/system.h"

namespace lintel::test {

class FakeSystem : public daemon::System {
 public:
  // ---- what it can do; by default nothing, as where there is none
  bool can_network = false, can_wifi = false, can_mobile = false, can_install = false;
  bool can_clock = false, can_time_servers = false, can_reset = false;
  void can_everything() {
    can_network = can_wifi = can_mobile = can_install = true;
    can_clock = can_time_servers = can_reset = true;
  }

  // ---- what it was told
  std::vector<daemon::NetworkWish> wishes;
  unsigned scans = 0;
  std::vector<std::string> files;  // of firmware, each once
  std::vector<std::pair<std::chrono::sys_seconds, Uptime>> clocks;
  std::vector<std::vector<std::string>> time_servers;
  unsigned resets = 0;

  // ---- what it answers
  std::optional<daemon::NetworkWish> now;
  std::optional<std::vector<daemon::AccessPoint>> found;  // ends the scan
  std::optional<std::int32_t> installer;  // how an installation ends; nothing: not yet
  std::optional<daemon::SystemNow> machine;
  std::string failing;  // not empty: wishes fail with this text

  [[nodiscard]] bool has_network() const override { return can_network; }
  [[nodiscard]] bool has_wifi() const override { return can_wifi; }
  [[nodiscard]] bool has_mobile() const override { return can_mobile; }
  [[nodiscard]] bool has_installer() const override { return can_install; }
  [[nodiscard]] bool has_clock() const override { return can_clock; }
  [[nodiscard]] bool has_time_servers() const override { return can_time_servers; }
  [[nodiscard]] bool has_reset() const override { return can_reset; }
  [[nodiscard]] std::optional<daemon::NetworkWish> network() override { return now; }
  Result<void> set_network(const daemon::NetworkWish& wish) override {
    if (!failing.empty()) return fail(Errc::io, failing);
    wishes.push_back(wish);
    return {};
  }
  Result<void> scan() override {
    if (!failing.empty()) return fail(Errc::io, failing);
    ++scans;
    return {};
  }
  std::optional<std::vector<daemon::AccessPoint>> scanned() override {
    return std::exchange(found, std::nullopt);
  }
  Result<void> install(const std::string& file) override {
    if (!failing.empty()) return fail(Errc::io, failing);
    if (files.empty() || files.back() != file) files.push_back(file);
    waits_ = true;
    return {};
  }
  std::optional<std::int32_t> installed() override {
    return installer && std::exchange(waits_, false) ? installer : std::nullopt;
  }
  Result<void> set_clock(std::chrono::sys_seconds utc, Uptime uptime) override {
    if (!failing.empty()) return fail(Errc::io, failing);
    clocks.emplace_back(utc, uptime);
    return {};
  }
  Result<void> set_time_servers(const std::vector<std::string>& servers) override {
    if (!failing.empty()) return fail(Errc::io, failing);
    time_servers.push_back(servers);
    return {};
  }
  Result<void> factory_reset() override {
    if (!failing.empty()) return fail(Errc::io, failing);
    ++resets;
    return {};
  }
  [[nodiscard]] std::optional<daemon::SystemNow> state() override { return machine; }

 private:
  bool waits_ = false;  // somebody for the installer's answer, which is told once
};

}  // namespace lintel::test
