// A machine that first-boot makes ready, in a folder of its own: files are real, the rest is
// written down.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rootfs/first-boot/prepare.h"

namespace lintel::first_boot {

class Machine {
 public:
  Machine() {
    // In memory where that can be had: syncing takes its time on a disk.
    std::string folder = (::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : ::testing::TempDir()) +
                         "lintel-first-boot-XXXXXX";
    root = ::mkdtemp(folder.data());
    paths = {.data = root + "/data",
             .card = root + "/card/lintel",
             .run = root + "/run",
             .given = root + "/given",
             .proc = root + "/proc",
             .sys = root + "/sys"};
    for (const auto& path : {paths.data, paths.card, paths.given + "/boards",
                             paths.proc + "/device-tree", paths.sys + "/class/dmi/id"})
      std::filesystem::create_directories(path);
    put(paths.given + "/lintel.conf",
        "[device]\nserial = @SERIAL@\n[storage]\npath = /data/lintel\n");
    put(paths.given + "/boards/raspberry-pi-4.conf", "a Pi\n");
    put(paths.given + "/boards/qemu-arm64.conf", "an emulated one\n");
    put(paths.proc + "/device-tree/compatible",
        std::string("raspberrypi,4-model-b\0brcm,bcm2711\0", 34));
    const Owner mine{::getuid(), ::getgid()};
    owners = {mine, mine, mine, mine};
    host.random = [this](std::size_t count) {
      std::string bytes;
      while (bytes.size() < count)
        bytes += static_cast<char>(next_random += 37);
      return bytes;
    };
    host.check_configuration = [this](const std::string& path) { return check(path, checked); };
    host.check_board = [this](const std::string& path) { return check(path, boards_checked); };
    host.reset_button_held = [this](const std::string&) { return button; };
    host.discard_freed = [this] { ++discarded; };
    host.data_is_in_memory = [this] { return in_memory; };
    host.stir = [this](const std::string& seed) { stirred.push_back(seed); };
    host.hand_over_chips = [this] { ++handed_over; };
    host.set_host_name = [this](const std::string& name) -> Result<void> {
      host_name = name;
      return {};
    };
    host.adopt_machine_id = [this](const std::string& id) { machine_id = id; };
    host.utc = [this] { return utc; };
    host.set_clock = [this](std::chrono::sys_seconds to) -> Result<void> {
      utc = to;
      return {};
    };
    host.tell = [this](const std::string& line) { said.push_back(line); };
  }
  ~Machine() { std::filesystem::remove_all(root); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Ready start() {
    Files files;
    return start(files);
  }
  Ready start(Files& files) {
    said.clear();
    return make_ready(paths, owners, host, files);
  }

  static void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  [[nodiscard]] std::string data(const std::string& name) const {
    return read_text(paths.data + "/" + name).value_or("(none)");
  }
  [[nodiscard]] std::string mode(const std::string& name) const {
    struct stat about {};
    if (::stat((paths.data + "/" + name).c_str(), &about) != 0) return "(none)";
    char text[8];
    std::snprintf(text, sizeof text, "%o", about.st_mode & 07777);
    return text;
  }
  // The first line that the console shows with this in it.
  [[nodiscard]] std::string told(const std::string& part) const {
    for (const auto& line : said) {
      if (line.find(part) != std::string::npos) return line;
    }
    return "(nothing)";
  }

  std::string root;
  Paths paths;
  Owners owners;
  Host host;
  // A file with "WRONG" in it is refused, with the rest of its text as the reason.
  std::vector<std::string> checked, boards_checked;
  bool button = false, in_memory = false;
  int discarded = 0, handed_over = 0;
  std::vector<std::string> stirred, said;
  std::string host_name, machine_id;
  std::chrono::sys_seconds utc{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26)};
  unsigned char next_random = 1;

 private:
  static Result<void> check(const std::string& path, std::vector<std::string>& seen) {
    seen.push_back(path);
    const auto text = read_text(path);
    if (!text) return fail(Errc::not_found, path + " cannot be read");
    if (text->find("WRONG") != std::string::npos) return fail(Errc::invalid, path + " is wrong");
    return {};
  }
};

}  // namespace lintel::first_boot
