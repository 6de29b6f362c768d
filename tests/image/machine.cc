#include "tests/image/machine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr unsigned gpio_lines = 8;  // of a PL061

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

// Of several, the first that is there.
std::string first_file(const std::vector<std::string>& paths) {
  for (const auto& path : paths)
    if (std::filesystem::exists(path)) return path;
  throw std::runtime_error("There is no firmware for QEMU: " + paths.front());
}

using Arguments = std::vector<std::string>;

void add(Arguments& to, std::initializer_list<std::string> more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Fresh variables for each machine: old ones remember the disk by its place on the bus.
std::string fresh_variables(const std::string& folder, const std::string& from) {
  const auto to = folder + "/firmware-variables";
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  return to;
}

void add_firmware(Arguments& to, const std::string& code, const std::string& variables) {
  add(to, {"-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + code, "-drive",
           "if=pflash,unit=1,format=raw,file=" + variables});
}

}  // namespace

std::uint16_t free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0)
    throw std::runtime_error("There is no free port.");
  return ntohs(address.sin_port);
}

// ---- LineSocket

bool LineSocket::connect() {
  if (fd_) return true;
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path_);
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return false;
  fd_ = std::move(fd);
  read_.clear();
  return true;
}

std::string LineSocket::next(std::chrono::milliseconds most) {
  const auto end = Clock::now() + most;
  if (!connect()) return {};
  for (;;) {
    if (const auto at = read_.find('\n'); at != std::string::npos) {
      auto line = read_.substr(0, at);
      read_.erase(0, at + 1);
      while (!line.empty() && line.back() == '\r')
        line.pop_back();
      return line;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd waits{fd_.get(), POLLIN, 0};
    if (left <= 0ms || ::poll(&waits, 1, static_cast<int>(left.count())) <= 0) return {};
    char bytes[65536];
    const auto count = ::read(fd_.get(), bytes, sizeof bytes);
    if (count <= 0) {
      fd_.reset();
      return {};
    }
    read_.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string LineSocket::ask(const std::string& request, std::chrono::milliseconds most) {
  if (!connect()) return {};
  const auto line = request + "\n";
  if (::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    fd_.reset();
    return {};
  }
  return next(most);
}

// ---- Machine

Machine::Machine(Options options) : options_(std::move(options)), driven_(gpio_lines, false) {
  const auto& folder = options_.folder;
  std::filesystem::create_directories(folder);
  if (options_.https_port == 0) options_.https_port = free_port();
  if (options_.http_port == 0) options_.http_port = free_port();
  const bool amd64 = options_.arch == Arch::amd64;
  Arguments arguments;
  if (amd64) {
    add(arguments, {"-M", "q35", "-cpu", "max"});
    add_firmware(arguments, first_file({"/usr/share/OVMF/OVMF_CODE_4M.fd"}),
                 fresh_variables(folder, "/usr/share/OVMF/OVMF_VARS_4M.fd"));
  } else {
    // With ACPI the machine has no PL061.
    add(arguments, {"-M", "virt,acpi=off", "-cpu", "cortex-a57"});
    if (options_.u_boot) {
      add(arguments, {"-bios", first_file({"/usr/lib/u-boot/qemu_arm64/u-boot.bin"})});
    } else {
      add_firmware(arguments, first_file({"/usr/share/AAVMF/AAVMF_CODE.fd"}),
                   fresh_variables(folder, "/usr/share/AAVMF/AAVMF_VARS.fd"));
    }
    add(arguments,
        {"-qtest", "unix:" + folder + "/qtest,server=on,wait=off", "-qtest-log", "none"});
  }
  // One processor: with two, emulated, the kernel's simulated lines lose edges.
  add(arguments, {"-accel", "tcg", "-smp", "1", "-m", "768", "-display", "none", "-nodefaults",
                  "-serial", "file:" + folder + "/serial.log"});
  if (amd64) add(arguments, {"-serial", "unix:" + folder + "/agent,server=on,wait=off"});
  add(arguments, {"-qmp", "unix:" + folder + "/monitor,server=on,wait=off"});
  if (!options_.reboots) add(arguments, {"-no-reboot"});
  if (!options_.clock.empty()) add(arguments, {"-rtc", "base=" + options_.clock});
  add(arguments, {"-blockdev", "driver=" + options_.format + ",node-name=disk,file.driver=file," +
                                   "file.filename=" + options_.disk});
  std::string drive = "disk";
  if (!options_.write_log.empty()) {
    // The log says how much of it there is after every write: a test looks while it grows.
    add(arguments,
        {"-blockdev", "driver=file,node-name=log,filename=" + options_.write_log, "-blockdev",
         "driver=blklogwrites,node-name=logged,file=disk,log=log,log-sector-size=512,"
         "log-super-update-interval=1"});
    drive = "logged";
  }
  add(arguments, {"-device", "virtio-blk-pci,drive=" + drive + ",write-cache=on"});
  const auto port = [](std::uint16_t number) { return std::to_string(number); };
  add(arguments, {"-netdev",
                  "user,id=net,hostfwd=tcp:127.0.0.1:" + port(options_.https_port) +
                      "-:443,hostfwd=tcp:127.0.0.1:" + port(options_.http_port) + "-:80",
                  "-device", "virtio-net-pci,netdev=net,romfile="});
  program_ = std::make_unique<box::Program>(
      amd64 ? "/usr/bin/qemu-system-x86_64" : "/usr/bin/qemu-system-aarch64", arguments,
      folder + "/qemu.log");
  agent_ = std::make_unique<LineSocket>(folder + "/agent");
  monitor_ = std::make_unique<LineSocket>(folder + "/monitor");
  qtest_ = std::make_unique<LineSocket>(folder + "/qtest");
}

Machine::~Machine() {
  const bool failed = testing::Test::HasFailure();
  if (failed && running()) {
    std::fprintf(stderr, "--- its log:\n%s\n", log(200).c_str());
    for (const char* question : {"run /usr/bin/lintelctl status", "run /usr/bin/lintelctl events"})
      std::fprintf(stderr, "--- %s:\n%s\n", question, bytes(question).c_str());
  }
  cut_power();
  if (!failed) return;
  auto said = serial();
  constexpr std::size_t enough = 6000;
  if (said.size() > enough) said.erase(0, said.size() - enough);
  std::fprintf(stderr, "--- %s/serial.log ends with:\n%s\n--- QEMU said:\n%s\n",
               options_.folder.c_str(), said.c_str(),
               file_text(options_.folder + "/qemu.log").c_str());
}

void Machine::cut_power() {
  program_->signal(SIGKILL);
  program_->ended(10s);
}

std::string Machine::monitor(const std::string& command) {
  const auto asked = monitor_->ask(R"({"execute":"qmp_capabilities"})", 10s);  // its greeting
  for (auto line = asked; !line.empty(); line = monitor_->next(10s)) {
    if (line.find("\"return\"") != std::string::npos || line.find("\"error\"") != std::string::npos)
      break;
  }
  for (auto line = monitor_->ask(command, 10s); !line.empty(); line = monitor_->next(10s)) {
    if (line.find("\"return\"") != std::string::npos || line.find("\"error\"") != std::string::npos)
      return line;
  }
  return {};
}

void Machine::reset() {
  monitor(R"({"execute":"system_reset"})");
}

bool Machine::shut_down(std::chrono::milliseconds most) {
  monitor(R"({"execute":"system_powerdown"})");
  return program_->ended(most).has_value();
}

std::string Machine::serial() const {
  return file_text(options_.folder + "/serial.log");
}

bool Machine::wait_for_serial(const std::string& text, std::chrono::milliseconds most) {
  return box::eventually(
             [&] {
               const auto at = serial().find(text, serial_seen_);
               if (at == std::string::npos) return !running();
               serial_seen_ = at + text.size();
               return true;
             },
             most) &&
         running();
}

std::string Machine::agent(const std::string& request, std::chrono::milliseconds most) {
  return agent_->ask(request, most);
}

std::string Machine::bytes(const std::string& request, std::chrono::milliseconds most) {
  const auto said = agent(request, most);
  std::string text;
  if (said.rfind("ok ", 0) != 0) return text;
  for (std::size_t at = 3; at + 1 < said.size(); at += 2)
    text += static_cast<char>(std::stoi(said.substr(at, 2), nullptr, 16));
  return text;
}

std::string Machine::log(unsigned lines) {
  return bytes("run /usr/bin/journalctl --no-pager -q -o short-monotonic -n " +
               std::to_string(lines));
}

bool Machine::wait_for_agent(std::chrono::milliseconds most) {
  const auto end = Clock::now() + most;
  while (Clock::now() < end && running()) {
    if (agent_->ask("hello", 1s) == "ok") return true;
    agent_->hang_up();  // what it says later is no answer to the next question
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

// ---- the PL061

std::string Machine::qtest(const std::string& command) {
  for (auto line = qtest_->ask(command, 10s); !line.empty(); line = qtest_->next(10s)) {
    unsigned number = 0;
    char how[8] = {};
    if (std::sscanf(line.c_str(), "IRQ %7s %u", how, &number) == 2) {
      if (number < gpio_lines) driven_[number] = std::string(how) == "raise";
      continue;
    }
    return line;
  }
  return {};
}

void Machine::find_gpio() {
  if (!gpio_path_.empty()) return;
  const auto devices =
      monitor(R"({"execute":"qom-list","arguments":{"path":"/machine/unattached"}})");
  const auto at = devices.find("child<pl061>");
  if (at == std::string::npos) throw std::runtime_error("This machine has no PL061: " + devices);
  // {"name": "device[11]", "type": "child<pl061>"}, in either order.
  const auto begin = devices.rfind('{', at);
  const auto name = devices.find("device[", begin);
  gpio_path_ = "/machine/unattached/" + devices.substr(name, devices.find('"', name) - name);
}

void Machine::put_line(unsigned line, bool high) {
  find_gpio();
  qtest("set_irq_in " + gpio_path_ + " unnamed-gpio-in " + std::to_string(line) +
        (high ? " 1" : " 0"));
}

void Machine::watch_lines() {
  find_gpio();
  qtest("irq_intercept_out " + gpio_path_);
}

bool Machine::line_driven(unsigned line) {
  qtest("endianness");  // any question: what was told meanwhile comes before it
  return driven_.at(line);
}

}  // namespace lintel::image
