// A machine that is made up: folders below /tmp, and services that note what they are asked.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "rootfs/system/machine.h"
#include "rootfs/system/paths.h"

namespace lintel::helper {

inline std::string file_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline void put_file(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

struct FakeNetworkd : Networkd {
  bool there = true;
  unsigned reloads = 0;
  [[nodiscard]] bool is_there() override { return there; }
  Result<void> reload() override {
    ++reloads;
    return {};
  }
};

struct FakeUnits : Units {
  std::vector<std::string> restarted;
  unsigned reboots = 0;
  bool failing = false;
  Result<void> restart(const std::string& unit) override {
    restarted.push_back(unit);
    return {};
  }
  Result<void> reboot() override {
    ++reboots;
    if (failing) return fail(Errc::timeout, "nobody answers");
    return {};
  }
};

struct FakeWifi : Wifi {
  bool there = true;
  std::vector<std::string> joined;  // "wlan0 SSID KEY"
  unsigned left = 0, scans = 0;
  bool looked_after = true;
  std::optional<std::vector<FoundNetwork>> found;
  std::vector<FoundNetwork> known;  // when the scan is cut short
  [[nodiscard]] bool is_there() override { return there; }
  Result<void> join(const std::string& interface, const std::string& ssid,
                    const std::string& key) override {
    joined.push_back(interface + " " + ssid + " " + key);
    looked_after = true;
    return {};
  }
  Result<void> leave(const std::string&) override {
    ++left;
    return {};
  }
  [[nodiscard]] bool has(const std::string&) override { return looked_after; }
  Result<void> scan(const std::string&) override {
    ++scans;
    return {};
  }
  std::optional<std::vector<FoundNetwork>> scanned(bool anyway) override {
    if (anyway) return known;
    return std::exchange(found, std::nullopt);
  }
};

struct FakeInstaller : Installer {
  bool there = true, busy = false, good = false;
  Result<Bundle> bundle = Bundle{"lintel-amd64", "0.2.0", false};
  std::vector<std::string> installed;
  std::optional<Result<void>> end;
  std::optional<Result<std::string>> written;  // nothing: what was looked at
  unsigned marked = 0, given_up = 0;
  [[nodiscard]] bool is_there() override { return there; }
  Result<std::string> compatible() override { return "lintel-amd64"; }
  Result<Bundle> inspect(const std::string&) override { return bundle; }
  Result<void> install(const std::string& file) override {
    installed.push_back(file);
    busy = true;
    return {};
  }
  std::optional<Result<void>> ended() override {
    if (end) busy = false;
    return std::exchange(end, std::nullopt);
  }
  [[nodiscard]] Result<bool> installing() override { return busy; }
  [[nodiscard]] std::string progress() override { return busy ? "40 %: Copying" : ""; }
  Result<std::string> installed_version() override {
    return written.value_or(bundle ? bundle->version : "");
  }
  Result<void> mark_other_bad() override {
    ++given_up;
    return {};
  }
  Result<bool> slot_is_good() override { return good; }
  Result<void> mark_good() override {
    ++marked;
    return {};
  }
};

struct FakeClock : HostClock {
  Nanoseconds up = std::chrono::seconds(1'000), wall = std::chrono::seconds(0);
  std::vector<Nanoseconds> sets;
  bool kept = false;
  [[nodiscard]] Nanoseconds uptime() override { return up; }
  [[nodiscard]] Nanoseconds utc() override { return wall; }
  Result<void> set(Nanoseconds utc) override {
    sets.push_back(utc);
    wall = utc;
    return {};
  }
  [[nodiscard]] bool synchronised() override { return kept; }
};

struct FakeAddresses : Addresses {
  std::vector<InterfaceAddress> addresses;
  [[nodiscard]] std::vector<InterfaceAddress> now() override { return addresses; }
};

class MadeUpMachine : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/lintel-helper-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(path));
    root_ = path;
    paths_.wishes = root_ + "/wishes";
    paths_.firmware = root_ + "/firmware";
    paths_.data = root_ + "/data";
    paths_.config = root_ + "/data/config";
    paths_.networkd = root_ + "/networkd";
    paths_.timesyncd = root_ + "/timesyncd";
    paths_.sys = root_ + "/sys";
    paths_.proc = root_ + "/proc";
    paths_.version = root_ + "/lintel-version";
    for (const auto& folder : {paths_.wishes, paths_.firmware, paths_.config})
      std::filesystem::create_directories(folder);
    put_file(paths_.version, "0.1.0\n");
    boot("first");
    wire("eth0");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void boot(const std::string& id) {
    put_file(paths_.proc + "/sys/kernel/random/boot_id", id + "\n");
  }
  void wire(const std::string& name) {
    put_file(paths_.sys + "/class/net/" + name + "/type", "1\n");
    std::filesystem::create_directories(paths_.sys + "/class/net/" + name + "/device");
  }
  void wireless(const std::string& name) {
    wire(name);
    std::filesystem::create_directories(paths_.sys + "/class/net/" + name + "/phy80211");
  }

  std::string root_;
  Paths paths_;
  FakeNetworkd networkd_;
  FakeUnits units_;
  FakeWifi wifi_;
  FakeInstaller installer_;
  FakeClock clock_;
  FakeAddresses addresses_;
  Machine machine_{networkd_, units_, wifi_, installer_, clock_, addresses_};
};

}  // namespace lintel::helper
