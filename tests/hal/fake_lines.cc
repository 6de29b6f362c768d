#include "tests/hal/fake_lines.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>

#include "engine/base/unique_fd.h"

namespace lintel::hal {

struct FakeChips::Request {
  std::string chip;
  std::deque<Edge> edges;
  std::size_t room = 16;
  std::uint32_t sequence = 0;
  bool gone = false;
  UniqueFd fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  void ring() const {
    const std::uint64_t one = 1;
    if (::write(fd.get(), &one, sizeof one) != sizeof one) throw std::runtime_error("eventfd");
  }
};

namespace {

Error chip_gone(const std::string& chip) {
  return {Errc::io, chip + ": No such device"};
}

}  // namespace

// Frees its lines at its end, as the kernel does.
class FakeInputs final : public InputLines {
 public:
  FakeInputs(FakeChips& chips, std::unique_ptr<FakeChips::Request> request)
      : chips_(chips), request_(std::move(request)) {}
  ~FakeInputs() override { chips_.free_lines(request_.get()); }
  [[nodiscard]] int fd() const override { return request_->fd.get(); }
  Result<void> read(std::vector<Edge>& edges) override {
    if (request_->gone) return fail(chip_gone(request_->chip));
    constexpr std::size_t most = 64;
    for (std::size_t i = 0; i < most && !request_->edges.empty(); ++i) {
      edges.push_back(request_->edges.front());
      request_->edges.pop_front();
    }
    std::uint64_t count = 0;
    if (request_->edges.empty()) static_cast<void>(::read(fd(), &count, sizeof count) > 0);
    return {};
  }
  Result<bool> active(unsigned offset) override {
    if (request_->gone) return fail(chip_gone(request_->chip));
    const auto& line = chips_.chips_.at(request_->chip).lines.at(offset);
    return line.high != line.active_low;
  }

 private:
  FakeChips& chips_;
  std::unique_ptr<FakeChips::Request> request_;
};

class FakeOutputs final : public OutputLines {
 public:
  FakeOutputs(FakeChips& chips, std::unique_ptr<FakeChips::Request> request)
      : chips_(chips), request_(std::move(request)) {}
  ~FakeOutputs() override { chips_.free_lines(request_.get()); }
  Result<void> set(unsigned offset, bool active) override {
    if (request_->gone) return fail(chip_gone(request_->chip));
    auto& line = chips_.chips_.at(request_->chip).lines.at(offset);
    line.high = active != line.active_low;
    line.was.push_back(line.high);
    return {};
  }
  [[nodiscard]] int fd() const override { return request_->fd.get(); }

 private:
  FakeChips& chips_;
  std::unique_ptr<FakeChips::Request> request_;
};

class FakeGpioLines final : public GpioLines {
 public:
  explicit FakeGpioLines(FakeChips& chips) : chips_(chips) {}

  Result<FoundLine> find(const LineAddress& address) override {
    for (const auto& [path, chip] : chips_.chips_) {
      if (!chip.present || (!address.chip.empty() && path != "/dev/" + address.chip)) continue;
      for (const auto& [offset, line] : chip.lines) {
        if (address.chip.empty() ? line.name == address.name : offset == address.offset)
          return FoundLine{path, offset};
      }
    }
    return fail(Errc::not_found, "no GPIO chip has " + text_of(address));
  }

  Result<std::unique_ptr<InputLines>> request(const std::string& chip,
                                              const std::vector<InputWish>& wishes,
                                              std::size_t edges) override {
    auto request = begin(chip, wishes);
    if (!request) return fail(std::move(request).error());
    (*request)->room = edges;
    for (const auto& wish : wishes) {
      auto& line = chips_.chips_.at(chip).lines.at(wish.offset);
      line.active_low = wish.active_low;
      line.both_edges = wish.both_edges;
    }
    return std::make_unique<FakeInputs>(chips_, std::move(*request));
  }

  Result<std::unique_ptr<OutputLines>> request(const std::string& chip,
                                               const std::vector<OutputWish>& wishes) override {
    auto request = begin(chip, wishes);
    if (!request) return fail(std::move(request).error());
    for (const auto& wish : wishes) {
      auto& line = chips_.chips_.at(chip).lines.at(wish.offset);
      line.active_low = wish.active_low;
      line.high = wish.active != wish.active_low;
      line.was = {line.high};
    }
    return std::make_unique<FakeOutputs>(chips_, std::move(*request));
  }

  std::unique_ptr<OutputLines> adopt(UniqueFd fd, const std::string& chip,
                                     const std::vector<OutputWish>& wishes) override {
    auto request = std::make_unique<FakeChips::Request>();
    request->chip = chip;
    request->fd = std::move(fd);
    for (const auto& wish : wishes) {
      auto& line = chips_.chips_.at(chip).lines.at(wish.offset);
      line.request = request.get();
      line.active_low = wish.active_low;
    }
    return std::make_unique<FakeOutputs>(chips_, std::move(request));
  }

 private:
  template <class Wish>
  Result<std::unique_ptr<FakeChips::Request>> begin(const std::string& path,
                                                    const std::vector<Wish>& wishes) {
    const auto known = chips_.chips_.find(path);
    if (known == chips_.chips_.end() || !known->second.present) return fail(chip_gone(path));
    auto& chip = known->second;
    for (const auto& wish : wishes) {
      const auto& line = chip.lines.at(wish.offset);
      if (!line.user.empty())
        return fail(Errc::busy, path + ": line " + line.name + " is used by \"" + line.user + "\"");
    }
    auto request = std::make_unique<FakeChips::Request>();
    request->chip = path;
    for (const auto& wish : wishes) {
      auto& line = chip.lines.at(wish.offset);
      line.user = "lintel";
      line.request = request.get();
    }
    return request;
  }
  FakeChips& chips_;
};

void FakeChips::add(const std::string& chip, unsigned offset, const std::string& name, bool high) {
  auto& line = chips_[chip].lines[offset];
  line.name = name;
  line.high = high;
}

FakeChips::Line& FakeChips::line(const std::string& name) {
  for (auto& [path, chip] : chips_)
    for (auto& [offset, line] : chip.lines)
      if (line.name == name) return line;
  throw std::runtime_error("There is no line " + name);
}

void FakeChips::put(const std::string& name, bool high, Uptime at) {
  auto& changed = line(name);
  if (changed.high == high) return;
  changed.high = high;
  auto* request = changed.request;
  const bool active = high != changed.active_low;
  if (request == nullptr || (!active && !changed.both_edges)) return;
  unsigned offset = 0;
  for (const auto& [at_offset, line] : chips_.at(request->chip).lines)
    if (&line == &changed) offset = at_offset;
  // The oldest goes when the kernel has no room.
  if (request->edges.size() == request->room) request->edges.pop_front();
  request->edges.push_back(
      {.offset = offset, .active = active, .at = at, .sequence = ++request->sequence});
  request->ring();
}

void FakeChips::remove(const std::string& path) {
  auto& chip = chips_.at(path);
  chip.present = false;
  for (auto& [offset, line] : chip.lines) {
    if (line.request == nullptr) continue;
    line.request->gone = true;
    line.request->ring();
    line.high = false;
  }
}

void FakeChips::bring_back(const std::string& path, const std::string& as) {
  auto chip = std::move(chips_.at(path));
  chips_.erase(path);
  chip.present = true;
  for (auto& [offset, line] : chip.lines) {
    line.request = nullptr;
    line.user.clear();
  }
  chips_[as] = std::move(chip);
}

void FakeChips::free_lines(const Request* request) {
  for (auto& [path, chip] : chips_) {
    for (auto& [offset, line] : chip.lines) {
      if (line.request != request) continue;
      line.request = nullptr;
      line.user.clear();
    }
  }
}

std::unique_ptr<GpioLines> FakeChips::lines() {
  return std::make_unique<FakeGpioLines>(*this);
}

}  // namespace lintel::hal
