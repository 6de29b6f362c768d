#include "tests/kernel/gpio_sim.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace lintel::kernel {
namespace {

const std::string all_devices = "/sys/kernel/config/gpio-sim/";
const std::string tracing = "/sys/kernel/tracing/";

[[noreturn]] void refused(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

void write_file(const std::string& path, const std::string& text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    refused("write " + text + " to " + path);
}

std::string word_in(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  if (!(file >> word)) refused("read " + path);
  return word;
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) refused("make " + path);
}

// "gpiochip0: GPIOs 512-543, parent: ..."
unsigned first_number(const std::string& chip) {
  std::ifstream file("/sys/kernel/debug/gpio");
  const std::string beginning = chip + ": GPIOs ";
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(beginning, 0) == 0)
      return static_cast<unsigned>(std::stoul(line.substr(beginning.size())));
  }
  throw std::runtime_error("the kernel tells no numbers for " + chip);
}

}  // namespace

SimChip::SimChip(std::string label, std::vector<std::string> line_names)
    : label_(std::move(label)),
      line_names_(std::move(line_names)),
      config_(all_devices + label_ + "/") {
  make_folder(config_);
  make_folder(config_ + "bank");
  write_file(config_ + "bank/num_lines", std::to_string(line_names_.size()));
  write_file(config_ + "bank/label", label_);
  for (std::size_t offset = 0; offset < line_names_.size(); ++offset) {
    if (line_names_[offset].empty()) continue;
    const std::string folder = config_ + "bank/line" + std::to_string(offset);
    make_folder(folder);
    write_file(folder + "/name", line_names_[offset]);
  }
  come_back();
}

SimChip::~SimChip() {
  // Nothing here may throw; what is left of it ends with the kernel.
  std::ofstream(config_ + "live") << 0;
  for (std::size_t offset = 0; offset < line_names_.size(); ++offset)
    ::rmdir((config_ + "bank/line" + std::to_string(offset)).c_str());
  ::rmdir((config_ + "bank").c_str());
  ::rmdir(config_.c_str());
}

void SimChip::remove() {
  pulls_.clear();
  write_file(config_ + "live", "0");
}

void SimChip::come_back() {
  write_file(config_ + "live", "1");
  name_ = word_in(config_ + "bank/chip_name");
  device_ = "/sys/devices/platform/" + word_in(config_ + "dev_name") + "/" + name_ + "/";
  first_number_ = first_number(name_);
  pulls_.resize(line_names_.size());
}

void SimChip::pull(unsigned offset, bool high) {
  UniqueFd& fd = pulls_.at(offset);
  if (!fd) {
    const std::string path = device_ + "sim_gpio" + std::to_string(offset) + "/pull";
    fd.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) refused(path);
  }
  const std::string_view word = high ? "pull-up" : "pull-down";
  if (::pwrite(fd.get(), word.data(), word.size(), 0) != static_cast<ssize_t>(word.size()))
    refused("pull line " + std::to_string(offset) + " of " + label_);
}

bool SimChip::value(unsigned offset) const {
  return word_in(device_ + "sim_gpio" + std::to_string(offset) + "/value") == "1";
}

unsigned SimChip::offset_of(std::string_view line_name) const {
  const auto found = std::find(line_names_.begin(), line_names_.end(), line_name);
  if (found == line_names_.end())
    throw std::runtime_error(label_ + " has no line " + std::string(line_name));
  return static_cast<unsigned>(found - line_names_.begin());
}

LineOwner::LineOwner(const SimChip& chip, unsigned offset, const std::string& consumer) {
  const UniqueFd fd(::open(chip.path().c_str(), O_RDWR | O_CLOEXEC));
  gpio_v2_line_request request{};
  request.offsets[0] = offset;
  request.num_lines = 1;
  request.config.flags = GPIO_V2_LINE_FLAG_INPUT;
  std::strncpy(request.consumer, consumer.c_str(), sizeof request.consumer - 1);
  if (!fd || ::ioctl(fd.get(), GPIO_V2_GET_LINE_IOCTL, &request) != 0)
    refused("own line " + std::to_string(offset) + " of " + chip.label());
  request_.reset(request.fd);
}

LineTrace::LineTrace() {
  write_file(tracing + "trace_clock", "mono");
  write_file(tracing + "events/gpio/enable", "1");
  std::ofstream(tracing + "trace");  // empties it
}

LineTrace::~LineTrace() {
  std::ofstream(tracing + "events/gpio/enable") << 0;
}

// "lintel-7 [000] ..... 12.345678: gpio_value: 512 set 1", "...: gpio_direction: 512 out (0)"; the
// value of a line that becomes an output stands before its direction.
std::vector<LineTrace::Change> LineTrace::changes(const SimChip& chip, unsigned offset) const {
  std::vector<Change> all;
  std::ifstream file(tracing + "trace");
  bool high = false;
  for (std::string line; std::getline(file, line);) {
    const auto place = line.find(": gpio_");
    if (line.rfind('#', 0) == 0 || place == std::string::npos) continue;
    const auto stamp = line.rfind(' ', place - 1) + 1;
    std::istringstream words(line.substr(place + 2));
    std::string event, what, value;
    unsigned number = 0;
    words >> event >> number >> what >> value;
    if (number != chip.number(offset) || what == "get") continue;
    const Uptime at{std::chrono::nanoseconds(
        static_cast<std::int64_t>(std::stod(line.substr(stamp, place - stamp)) * 1e9 + 0.5))};
    Change change = all.empty() ? Change{} : all.back();
    change.at = at;
    if (event == "gpio_value:") {
      high = value == "1";
      if (!change.output) continue;
      change.high = high;
    } else {
      if (value != "(0)") continue;
      change.output = what == "out";
      change.high = change.output && high;
    }
    const Change before = all.empty() ? Change{} : all.back();
    if (change.output != before.output || change.high != before.high) all.push_back(change);
  }
  return all;
}

Uptime now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return Uptime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

void wait_until(Uptime when) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch());
  const timespec time{.tv_sec = since.count() / 1'000'000'000,
                      .tv_nsec = since.count() % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) != 0) {
  }
}

ReaderWires::ReaderWires(SimChip& chip, unsigned d0, unsigned d1) : chip_(chip), wires_{d0, d1} {
  for (const unsigned wire : wires_)
    chip_.pull(wire, true);
}

void ReaderWires::send(std::string_view bits, const Rhythm& rhythm) {
  Uptime next = now();
  for (const char bit : bits) {
    const unsigned wire = wires_[bit == '1' ? 1 : 0];
    chip_.pull(wire, false);
    if (rhythm.width.count() > 0) wait_until(next + rhythm.width);
    chip_.pull(wire, true);
    next += rhythm.bit;
    wait_until(next);
  }
}

}  // namespace lintel::kernel
