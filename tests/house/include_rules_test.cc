// The walls of the house: who may include whom. A folder that is not listed here may not exist.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = LINTEL_SOURCE_DIR;

// What a folder may include besides std: the beginnings of the paths between the quotes or
// brackets.
const std::map<std::string, std::vector<std::string>> may_include = {
    {"engine/base", {"engine/base/", "tl/", "unistd.h"}},
    {"engine/core", {"engine/core/", "engine/base/check.h"}},
    {"engine/api",
     {"engine/api/", "engine/base/", "engine/core/limits.h", "google/protobuf/", "ini.h", "poll.h",
      "sys/", "unistd.h"}},
    {"engine/daemon",
     {"engine/", "hal/", "storage/", "google/protobuf/", "arpa/inet.h", "sys/", "poll.h", "sched.h",
      "pwd.h", "fcntl.h", "openssl/evp.h", "unistd.h"}},
    {"engine/ctl",
     {"engine/ctl/", "engine/api/", "engine/base/", "engine/core/", "poll.h", "signal.h", "sys/",
      "unistd.h"}},
    {"hal",
     {"hal/", "engine/base/", "engine/core/", "sys/", "unistd.h", "fcntl.h", "poll.h", "time.h"}},
    {"storage",
     {"storage/", "engine/base/", "engine/core/", "sqlite3.h", "sys/", "unistd.h", "fcntl.h",
      "poll.h"}},
    {"push",
     {"push/", "engine/api/", "engine/base/", "engine/core/", "openssl/", "iconv.h", "poll.h",
      "sys/", "unistd.h"}},
    {"web",
     {"web/", "engine/api/", "engine/base/", "engine/core/", "Poco/", "fcntl.h", "poll.h",
      "signal.h", "sys/", "unistd.h", "netinet/", "arpa/"}},
    // Programs with rights that the others do not have: what they know of the others is little.
    {"rootfs/first-boot",
     {"rootfs/first-boot/", "engine/base/", "engine/api/config.h", "engine/core/limits.h",
      "hal/board_file.h", "hal/gpio_lines.h", "openssl/", "linux/", "sys/", "dirent.h", "fcntl.h",
      "grp.h", "poll.h", "pwd.h", "spawn.h", "unistd.h"}},
    {"rootfs/system",
     {"rootfs/system/", "engine/base/", "engine/api/client.h", "engine/api/wish_folder.h",
      "engine/core/limits.h", "openssl/", "systemd/", "linux/", "net/", "sys/", "arpa/inet.h",
      "dirent.h", "fcntl.h", "ifaddrs.h", "poll.h", "signal.h", "unistd.h"}},
};
// What one file alone knows, beside what its folder may.
const std::map<std::string, std::set<std::string>> may_include_too = {
    // It opens files by their folder, and follows no links.
    {"engine/api/wish_folder.cc", {"fcntl.h"}},
    // The file of a firmware, and that of the code.
    {"engine/ctl/firmware.cc", {"fcntl.h"}},
    {"engine/ctl/claim_code.cc", {"fcntl.h"}},
    {"hal/board_file.cc", {"ini.h"}},
    // The kernel's lines are asked in one file; the board knows what they are, not how.
    {"hal/gpio_lines.cc", {"gpiod.h"}},
    {"hal/guard/protocol.cc", {"linux/gpio.h"}},
    {"hal/guard/guard.cc", {"signal.h"}},
    {"hal/guard/main.cc", {"pwd.h"}},
    {"push/record_archive.cc", {"archive.h", "archive_entry.h"}},
    // The system's resolver is asked in one file, which gives it a time limit.
    {"push/resolver.cc", {"netdb.h"}},
    {"push/test_host.cc", {"arpa/inet.h"}},
    {"web/sign_in.cc", {"openssl/crypto.h", "openssl/evp.h", "openssl/rand.h"}},
};
// Poco's client stays in these files of push; the rest of the conversation does not know it.
const std::set<std::string> poco_in_push = {"push/http.h", "push/http.cc", "push/tls.h",
                                            "push/tls.cc"};

bool starts_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

// Headers of the C++ library have neither a slash nor a dot.
bool is_std(const std::string& header) {
  return header.find_first_of("./") == std::string::npos;
}

bool allowed(const std::string& file, const std::string& folder, const std::string& header) {
  if (is_std(header)) return true;
  if (starts_with(header, "Poco/") && poco_in_push.count(file) != 0) return true;
  const auto own = may_include_too.find(file);
  if (own != may_include_too.end() && own->second.count(header) != 0) return true;
  for (const auto& start : may_include.at(folder)) {
    if (starts_with(header, start)) return true;
  }
  return false;
}

std::vector<std::string> includes_of(const fs::path& file) {
  std::vector<std::string> headers;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string directive, header;
    words >> directive >> header;
    if (directive == "#include" && header.size() > 2)
      headers.push_back(header.substr(1, header.size() - 2));
  }
  return headers;
}

std::string folder_of(const std::string& file) {
  for (const auto& [folder, unused] : may_include) {
    if (starts_with(file, folder + "/")) return folder;
  }
  return {};
}

std::vector<std::string> sources() {
  std::vector<std::string> files;
  for (const auto* top : {"engine", "hal", "storage", "push", "web", "rootfs"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto ending = entry.path().extension();
      if (ending == ".h" || ending == ".cc")
        files.push_back(fs::relative(entry.path(), root).string());
    }
  }
  return files;
}

TEST(TheHouse, keeps_its_walls) {
  std::size_t seen = 0;
  for (const auto& file : sources()) {
    const auto folder = folder_of(file);
    ASSERT_FALSE(folder.empty()) << file << " stands in a folder that the house does not have";
    for (const auto& header : includes_of(root / file)) {
      ++seen;
      EXPECT_TRUE(allowed(file, folder, header)) << file << " may not include " << header;
    }
  }
  EXPECT_GT(seen, 200u) << "the test does not see the sources";
}

TEST(TheHouse, notices_a_wall_that_is_broken) {
  EXPECT_FALSE(allowed("engine/core/door.cc", "engine/core", "sys/socket.h"));
  EXPECT_FALSE(allowed("engine/core/door.cc", "engine/core", "engine/base/log.h"));
  EXPECT_FALSE(allowed("hal/sim_board.cc", "hal", "storage/store.h"));
  EXPECT_FALSE(allowed("push/conversation.cc", "push", "Poco/Net/HTTPClientSession.h"));
  EXPECT_FALSE(allowed("web/routes.cc", "web", "sqlite3.h"));
  EXPECT_FALSE(allowed("rootfs/system/helper.cc", "rootfs/system", "engine/daemon/engine.h"));
  EXPECT_FALSE(allowed("rootfs/first-boot/host.cc", "rootfs/first-boot", "rootfs/system/files.h"));
  EXPECT_TRUE(allowed("push/http.cc", "push", "Poco/Net/HTTPClientSession.h"));
  EXPECT_TRUE(allowed("engine/core/door.cc", "engine/core", "vector"));
}

TEST(TheHouse, has_the_folders_of_its_plan) {
  const std::set<std::string> planned = {"engine", "hal",    "storage", "push",
                                         "web",    "rootfs", "tests"};
  const std::set<std::string> beside = {"cmake", "build", "docs", "state"};
  for (const auto& entry : fs::directory_iterator(root)) {
    const auto name = entry.path().filename().string();
    if (!entry.is_directory() || name[0] == '.') continue;
    EXPECT_TRUE(planned.count(name) != 0 || beside.count(name) != 0)
        << name << " stands beside the house";
  }
}

}  // namespace
