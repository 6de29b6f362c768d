// A controller's machine in QEMU: its disk, its serial port, its lines and its power switch.
//
//   Machine machine({.arch = Arch::amd64, .disk = "disk.img", .folder = folder});
//   machine.wait_for_serial("Lintel", 60s);
//   machine.agent("frame reader1.d0 reader1.d1 10000111101000010010000010");
//   machine.cut_power();
//
// The network is QEMU's own: the machine sees the test as 10.0.2.2, and its ports 443 and 80 are
// ports of 127.0.0.1 here. Slow: an emulated processor, all of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"
#include "tests/box/program.h"

namespace lintel::image {

enum class Arch { amd64, arm64 };

// A socket of lines: a request, an answer.
class LineSocket {
 public:
  explicit LineSocket(std::string path) : path_(std::move(path)) {}
  // Empty: nobody answered in time.
  std::string ask(const std::string& request, std::chrono::milliseconds most);
  // The next line, whoever asked for it.
  std::string next(std::chrono::milliseconds most);
  void hang_up() { fd_.reset(); }

 private:
  bool connect();
  std::string path_;
  std::string read_;
  UniqueFd fd_;
};

class Machine {
 public:
  struct Options {
    Arch arch = Arch::amd64;
    std::string disk{};  // raw or qcow2
    std::string format = "raw";
    std::string folder{};     // where logs and sockets go; a new one for each machine
    std::string write_log{};  // an empty file: every write to the disk is noted there (disk_log.h)
    std::string clock{};      // "1970-01-01T00:00:00": what the board's clock says; empty: now
    std::uint16_t https_port = 0, http_port = 0;  // here; 0: any that is free
    bool u_boot = false;  // arm64: by U-Boot, as boards are, instead of AAVMF
    bool reboots = true;  // false: the machine ends when it would restart
  };

  explicit Machine(Options options);
  ~Machine();  // cuts the power; when the test has failed, prints what the machine last said
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] bool running() { return program_->running(); }
  // At once, with whatever the disk has by then.
  void cut_power();
  // The reset button.
  void reset();
  // The power button; true: it went off by itself in time.
  bool shut_down(std::chrono::milliseconds most);

  [[nodiscard]] std::string serial() const;
  // Waits for a text on the serial port that comes after what was waited for before.
  bool wait_for_serial(const std::string& text, std::chrono::milliseconds most);

  // One request to the agent in the machine (agent/main.cc), if it has one.
  std::string agent(const std::string& request,
                    std::chrono::milliseconds most = std::chrono::seconds(60));
  // The same where the answer is bytes: "read PATH", "run PROGRAM". Empty: an error.
  std::string bytes(const std::string& request,
                    std::chrono::milliseconds most = std::chrono::seconds(60));
  std::string log(unsigned lines);
  bool wait_for_agent(std::chrono::milliseconds most);

  // ---- arm64: the PL061's lines, from outside
  void put_line(unsigned line, bool high);
  // Whether the machine drives the line high, since watch_lines().
  void watch_lines();
  bool line_driven(unsigned line);

  [[nodiscard]] std::uint16_t https_port() const { return options_.https_port; }
  [[nodiscard]] std::uint16_t http_port() const { return options_.http_port; }

 private:
  std::string monitor(const std::string& command);  // QMP
  void find_gpio();
  std::string qtest(const std::string& command);

  Options options_;
  std::unique_ptr<box::Program> program_;
  std::unique_ptr<LineSocket> agent_, monitor_, qtest_;
  std::string gpio_path_;
  std::vector<bool> driven_;
  std::size_t serial_seen_ = 0;
};

// A port of 127.0.0.1 that nobody serves just now.
std::uint16_t free_port();

}  // namespace lintel::image
