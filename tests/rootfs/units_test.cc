// What the units of the image may, in what order they start, and that the service manager takes
// them. The manager's own tools look at a root made of these files alone.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/api/config.h"
#include "hal/board_file.h"
#include "tests/box/program.h"

namespace lintel {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const fs::path rootfs = fs::path(LINTEL_SOURCE_DIR) / "rootfs";
constexpr const char* analyze = "/usr/bin/systemd-analyze";

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> units() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(rootfs / "units"))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// All values of a key, those of one line parted by blanks.
std::vector<std::string> words(const std::string& unit, const std::string& key) {
  std::vector<std::string> found;
  std::istringstream lines(text_of(rootfs / "units" / unit));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key + "=", 0) != 0) continue;
    std::istringstream values(line.substr(key.size() + 1));
    for (std::string value; values >> value;)
      found.push_back(value);
  }
  return found;
}
std::string word(const std::string& unit, const std::string& key) {
  const auto all = words(unit, key);
  return all.empty() ? "" : all.back();
}

class Units : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "lintel-units-XXXXXX";
    root_ = ::mkdtemp(name.data());
    fs::create_directories(root_ / "usr/lib/systemd/system");
    for (const auto& from : {rootfs / "overlay"})
      fs::copy(from, root_, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    fs::copy(rootfs / "units", root_ / "usr/lib/systemd/system");
  }
  void TearDown() override { fs::remove_all(root_); }

  static bool has(const char* program) {
    std::error_code none;
    return fs::exists(program, none);
  }
  box::Outcome run(const char* program, const std::vector<std::string>& arguments) {
    const auto log = root_ / ("log" + std::to_string(++runs_));
    return box::run(program, arguments, log);
  }

  fs::path root_;
  int runs_ = 0;
};

TEST_F(Units, have_no_more_rights_than_they_need) {
  if (!has(analyze)) GTEST_SKIP() << "systemd is not installed";
  // Tenths, by systemd-analyze security; 0 is a program that may nothing.
  const std::map<std::string, int> most = {
      {"lintel-guard.service", 5},       {"lintel-engine.service", 10},
      {"lintel-push.service", 15},       {"lintel-web.service", 18},
      {"lintel-health.service", 18},     {"lintel-system.service", 28},
      {"lintel-first-boot.service", 28}, {"lintel-firewall.service", 20}};
  for (const auto& unit : units()) {
    const auto bar = most.find(unit);
    if (unit.rfind("lintel-data-", 0) == 0 || fs::path(unit).extension() == ".mount") continue;
    ASSERT_NE(most.end(), bar) << unit << " has no bar";
    const auto path = rootfs / "units" / unit;
    const auto looked = run(analyze, {"security", "--offline=true", "--no-pager",
                                      "--threshold=" + std::to_string(bar->second), path});
    EXPECT_EQ(0, looked.code) << looked.said;
    EXPECT_THAT(looked.said, HasSubstr("Overall exposure level for " + unit));
  }
  // The bar is one: a program without a sandbox does not come under it.
  std::ofstream(root_ / "open.service") << "[Service]\nExecStart=/bin/true\n";
  EXPECT_NE(0, run(analyze, {"security", "--offline=true", "--no-pager", "--threshold=28",
                             root_ / "open.service"})
                   .code);
}

TEST_F(Units, are_what_the_service_manager_understands) {
  if (!has(analyze)) GTEST_SKIP() << "systemd is not installed";
  const fs::path own = "/usr/lib/systemd/system";
  for (const auto& entry : fs::directory_iterator(own)) {
    const auto kind = entry.path().extension();
    const auto place = root_ / own.relative_path() / entry.path().filename();
    if ((kind == ".target" || kind == ".slice") && !fs::exists(place))
      fs::copy(entry.path(), place, fs::copy_options::copy_symlinks);
  }
  std::vector<std::string> arguments = {"verify", "--man=no", "--generators=no",
                                        "--root=" + root_.string()};
  for (const auto& unit : units()) {
    arguments.push_back(root_ / "usr/lib/systemd/system" / unit);
    // verify wants the programs; that they are there is the image's to show.
    for (const auto* key : {"ExecStart"}) {
      const auto command = words(unit, key);
      if (command.empty()) continue;
      const auto program = root_ / fs::path(command.front()).relative_path();
      fs::create_directories(program.parent_path());
      std::ofstream(program) << "#!/bin/true\n";
      fs::permissions(program, fs::perms::owner_all);
    }
  }
  const auto looked = run(analyze, arguments);
  EXPECT_EQ(0, looked.code) << looked.said;
  std::istringstream lines(looked.said);
  for (std::string line; std::getline(lines, line);) {
    for (const auto* fault : {"Unknown", "Failed to parse", "ignoring:", "Invalid", "cycle"})
      EXPECT_THAT(line, Not(HasSubstr(fault)));
  }
  std::ofstream(root_ / "usr/lib/systemd/system/lintel-engine.service", std::ios::app)
      << "\n[Service]\nDeviceAlow=char-gpiochip rw\n";
  EXPECT_THAT(run(analyze, arguments).said, HasSubstr("DeviceAlow")) << "a misspelt key is seen";
}

TEST_F(Units, run_as_users_that_exist_under_fixed_numbers) {
  constexpr const char* sysusers = "/usr/bin/systemd-sysusers";
  if (!has(sysusers)) GTEST_SKIP() << "systemd is not installed";
  const auto made = run(sysusers, {"--root=" + root_.string()});
  ASSERT_EQ(0, made.code) << made.said;
  const auto passwd = text_of(root_ / "etc/passwd"), group = text_of(root_ / "etc/group");
  EXPECT_THAT(passwd, HasSubstr("lintel-engine:x:804:804:"));
  for (const auto& unit : units()) {
    for (const auto& user : words(unit, "User"))
      EXPECT_THAT(passwd, HasSubstr(user + ":x:")) << unit;
    for (const auto* key : {"Group", "SupplementaryGroups"}) {
      for (const auto& name : words(unit, key))
        EXPECT_THAT(group, HasSubstr(name + ":x:")) << unit;
    }
  }
  // Nobody has a password or a shell.
  std::istringstream users(passwd), shadow(text_of(root_ / "etc/shadow"));
  for (std::string line; std::getline(users, line);)
    EXPECT_THAT(line, HasSubstr("nologin"));
  for (std::string line; std::getline(shadow, line);)
    EXPECT_THAT(line, HasSubstr(":!"));
}

TEST_F(Units, decide_at_doors_without_a_network) {
  for (const auto* unit : {"lintel-first-boot.service", "lintel-guard.service",
                           "lintel-engine.service", "lintel-data-memory.service", "data.mount"}) {
    EXPECT_EQ("no", word(unit, "DefaultDependencies")) << unit;
    for (const auto* key : {"After", "Wants", "Requires", "BindsTo"}) {
      for (const auto& other : words(unit, key))
        EXPECT_THAT(
            other,
            Not(::testing::MatchesRegex(".*(network|resolve|push|web|dbus|time|sysinit|basic).*")))
            << unit << " " << key;
    }
  }
  EXPECT_THAT(words("lintel-engine.service", "Requires"), IsEmpty())
      << "it does with what is there";
  EXPECT_EQ("simple", word("lintel-guard.service", "Type"))
      << "on a slow machine its sandbox takes long; the engine waits for none of that";
  EXPECT_EQ("yes", word("lintel-engine.service", "PrivateNetwork"));
  EXPECT_THAT(words("lintel-engine.service", "CapabilityBoundingSet"), IsEmpty());
  EXPECT_EQ("rw", word("lintel-engine.service", "DeviceAllow"));
}

TEST_F(Units, start_again_for_ever) {
  for (const auto* unit : {"lintel-guard.service", "lintel-engine.service", "lintel-system.service",
                           "lintel-push.service", "lintel-web.service"}) {
    EXPECT_EQ("always", word(unit, "Restart")) << unit;
    EXPECT_EQ("0", word(unit, "StartLimitIntervalSec")) << unit;
    EXPECT_NE("", word(unit, "MemoryMax")) << unit;
  }
  for (const auto* unit :
       {"lintel-engine.service", "lintel-system.service", "lintel-push.service"}) {
    EXPECT_NE("", word(unit, "WatchdogSec")) << unit;
    EXPECT_EQ("notify", word(unit, "Type")) << unit;
  }
}

TEST_F(Units, are_switched_on_and_so_is_nothing_that_lets_somebody_in) {
  constexpr const char* systemctl = "/usr/bin/systemctl";
  const auto preset = text_of(rootfs / "overlay/usr/lib/systemd/system-preset/10-lintel.preset");
  for (const auto& unit : units()) {
    const bool installed = text_of(rootfs / "units" / unit).find("[Install]") != std::string::npos;
    EXPECT_EQ(installed, preset.find("enable " + unit + "\n") != std::string::npos) << unit;
  }
  EXPECT_THAT(preset, HasSubstr("disable *\n"));
  for (const auto* off :
       {"system/getty@.service", "system/serial-getty@.service", "system/console-getty.service",
        "system/emergency.service", "system/rescue.service", "system/debug-shell.service",
        "system/ctrl-alt-del.target", "system-generators/systemd-getty-generator",
        "system-generators/systemd-ssh-generator", "system-generators/systemd-debug-generator",
        "system-generators/systemd-run-generator"}) {
    std::error_code none;
    EXPECT_EQ("/dev/null", fs::read_symlink(rootfs / "overlay/etc/systemd" / off, none)) << off;
  }
  EXPECT_THAT(text_of(rootfs / "overlay/etc/systemd/system/local-fs.target"),
              Not(HasSubstr("\nOnFailure")));
  if (!has(systemctl)) GTEST_SKIP() << "systemd is not installed";
  const auto done = run(systemctl, {"--root=" + root_.string(), "preset-all"});
  EXPECT_EQ(0, done.code) << done.said;
  for (const auto* wanted :
       {"multi-user.target.wants/lintel-engine.service", "local-fs.target.wants/data.mount",
        "systemd-networkd.service.requires/lintel-firewall.service"}) {
    EXPECT_TRUE(fs::is_symlink(root_ / "etc/systemd/system" / wanted)) << wanted;
  }
}

TEST_F(Units, come_with_a_configuration_that_the_programs_take) {
  auto text = text_of(rootfs / "overlay/usr/share/lintel/lintel.conf");
  const auto place = text.find("@SERIAL@");
  ASSERT_NE(std::string::npos, place);
  EXPECT_FALSE(api::parse_config(text, "lintel.conf")) << "without a serial it is none";
  text.replace(place, 8, "1234567890123");
  const auto config = api::parse_config(text, "lintel.conf");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ("/data/config/board.conf", config->board_file());
  EXPECT_EQ("/run/lintel/engine.sock", config->socket);
  EXPECT_THAT(text_of(rootfs / "units/lintel-guard.service"),
              HasSubstr("--socket " + config->guard + " "));
  // The console has the files that first-boot makes.
  EXPECT_EQ("/data/config/tls/console.crt", config->certificate);
  EXPECT_EQ("/data/config/tls/console.key", config->certificate_key);
  EXPECT_EQ("/data/config/claim", config->claim);
  // Users that the engine looks up, or it does not start.
  const auto users = text_of(rootfs / "overlay/usr/lib/sysusers.d/lintel.conf");
  for (const auto& user : {config->push_user, config->web_user})
    EXPECT_THAT(users, HasSubstr("u " + user + " "));
}

}  // namespace
}  // namespace lintel
