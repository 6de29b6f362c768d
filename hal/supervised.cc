#include "hal/supervised.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "hal/line_names.h"

namespace lintel::hal {
namespace {

std::optional<unsigned> number_in(const std::string& file) {
  std::ifstream in(file);
  std::string text;
  long number = 0;
  if (!(in >> text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<unsigned>(std::max(0L, number));  // a converter's zero may lie a bit below
}

// The folder of the device of this name, or what it is called there itself.
std::string device_folder(const std::string& folder, const std::string& name) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    std::ifstream in(entry.path() / "name");
    std::string said;
    if ((in >> said && said == name) || entry.path().filename() == name) return entry.path();
  }
  return {};
}

// The part of the pull-up's voltage that a contact of so many ohms leaves.
double part(double ohms, double pull_up) {
  return ohms / (ohms + pull_up);
}

}  // namespace

Level level_of(const SupervisedInput& input, unsigned ohms, unsigned raw, Level before) {
  // In the order of rising voltage, with the border above each.
  const Level closed = input.active_open ? Level::inactive : Level::active;
  const Level open = input.active_open ? Level::active : Level::inactive;
  const Level levels[] = {Level::shorted, closed, open, Level::cut};
  const double r = ohms, pull_up = input.pull_up_ohms;
  const double at[] = {0, part(r, pull_up), part(2 * r, pull_up), 1};
  const double here = std::min(1.0, static_cast<double>(raw) / input.full_scale);
  for (std::size_t i = 0; i < 3; ++i) {
    const double middle = (at[i] + at[i + 1]) / 2;
    const double band = (at[i + 1] - at[i]) / 8;
    // The border moves away from where the input was.
    const auto was = std::find(std::begin(levels), std::end(levels), before) - std::begin(levels);
    const double border = was <= static_cast<std::ptrdiff_t>(i) ? middle + band : middle - band;
    if (here < border) return levels[i];
  }
  return Level::cut;
}

Result<std::unique_ptr<SupervisedInputs>> SupervisedInputs::open(
    const std::vector<BoardInput>& inputs, const std::string& folder) {
  std::unique_ptr<SupervisedInputs> all(new SupervisedInputs);
  for (const auto& input : inputs) {
    if (!input.supervised) continue;
    const auto device = device_folder(folder, input.supervised->device);
    const auto file = device + "/in_voltage" + std::to_string(input.supervised->channel) + "_raw";
    if (device.empty() || !std::filesystem::exists(file))
      return fail(Errc::not_found, name_of(input.line) + ": there is no converter " +
                                       input.supervised->device + " with a channel " +
                                       std::to_string(input.supervised->channel));
    all->channels_.push_back({.input = input, .file = file});
  }
  all->changed_fd_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!all->changed_fd_) return fail(Errc::io, "make an eventfd");
  all->sample();  // twice: a level counts when two readings agree
  all->sample();
  all->thread_ = std::thread([board = all.get()] { board->run(); });
  return all;
}

SupervisedInputs::~SupervisedInputs() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  end_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SupervisedInputs::run() {
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, sampled_every, [this] { return ending_; })) {
    lock.unlock();
    sample();
    lock.lock();
  }
}

void SupervisedInputs::sample() {
  std::string trouble;
  bool news = false;
  for (auto& channel : channels_) {
    const auto raw = number_in(channel.file);  // slow: without the lock
    const std::lock_guard lock(mutex_);
    if (!raw) {
      trouble =
          name_of(channel.input.line) + ": the converter does not answer (" + channel.file + ")";
      continue;
    }
    const auto level = level_of(*channel.input.supervised, channel.ohms, *raw, channel.seen);
    const bool agreed = channel.ever_read && level == channel.seen;
    channel.seen = level;
    channel.ever_read = true;
    if (!agreed || level == channel.told) continue;
    channel.told = level;
    changed_[channel.input.line] = level;
    news = true;
  }
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
  const std::uint64_t one = 1;
  if (news) static_cast<void>(::write(changed_fd_.get(), &one, sizeof one) == sizeof one);
}

std::vector<std::pair<InputLine, Level>> SupervisedInputs::take() {
  std::uint64_t count = 0;
  static_cast<void>(::read(changed_fd_.get(), &count, sizeof count) == sizeof count);
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<InputLine, Level>> changed(changed_.begin(), changed_.end());
  changed_.clear();
  return changed;
}

std::string SupervisedInputs::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void SupervisedInputs::set_resistor(const InputLine& line, unsigned ohms) {
  const std::lock_guard lock(mutex_);
  for (auto& channel : channels_)
    if (channel.input.line == line) channel.ohms = ohms;
}

}  // namespace lintel::hal
