#include "hal/gpio_lines.h"

#include <fcntl.h>
#include <gpiod.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/base/check.h"
#include "hal/guard/protocol.h"

namespace lintel::hal {
namespace {

constexpr const char* consumer = "lintel";
constexpr std::size_t edges_per_read = 64;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, Freed<free>>;

using Chip = Owned<gpiod_chip, gpiod_chip_close>;
using ChipInfo = Owned<gpiod_chip_info, gpiod_chip_info_free>;
using LineInfo = Owned<gpiod_line_info, gpiod_line_info_free>;
using Settings = Owned<gpiod_line_settings, gpiod_line_settings_free>;
using LineConfig = Owned<gpiod_line_config, gpiod_line_config_free>;
using RequestConfig = Owned<gpiod_request_config, gpiod_request_config_free>;
using Request = Owned<gpiod_line_request, gpiod_line_request_release>;
using Edges = Owned<gpiod_edge_event_buffer, gpiod_edge_event_buffer_free>;

std::string reason(int error) {
  return std::strerror(error);
}

class KernelInputs final : public InputLines {
 public:
  KernelInputs(Request request, std::string chip)
      : request_(std::move(request)),
        events_(gpiod_edge_event_buffer_new(edges_per_read)),
        chip_(std::move(chip)) {}

  [[nodiscard]] int fd() const override { return gpiod_line_request_get_fd(request_.get()); }

  Result<void> read(std::vector<Edge>& edges) override {
    const int count =
        gpiod_line_request_read_edge_events(request_.get(), events_.get(), edges_per_read);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? Result<void>{} : gone(errno);
    for (int i = 0; i < count; ++i) {
      auto* event = gpiod_edge_event_buffer_get_event(events_.get(), static_cast<unsigned>(i));
      edges.push_back(
          {.offset = gpiod_edge_event_get_line_offset(event),
           .active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
           .at = Uptime(std::chrono::nanoseconds(gpiod_edge_event_get_timestamp_ns(event))),
           .sequence = static_cast<std::uint32_t>(gpiod_edge_event_get_global_seqno(event))});
    }
    return {};
  }

  Result<bool> active(unsigned offset) override {
    const auto value = gpiod_line_request_get_value(request_.get(), offset);
    if (value == GPIOD_LINE_VALUE_ERROR) return fail(std::move(gone(errno)).error());
    return value == GPIOD_LINE_VALUE_ACTIVE;
  }

 private:
  [[nodiscard]] Result<void> gone(int error) const {
    return fail(Errc::io, "read the lines of " + chip_ + ": " + reason(error));
  }
  Request request_;
  Edges events_;
  std::string chip_;
};

// By the kernel's descriptor alone, which another program may have handed on.
class KernelOutputs final : public OutputLines {
 public:
  KernelOutputs(UniqueFd request, std::string chip, const std::vector<OutputWish>& lines)
      : request_(std::move(request)), chip_(std::move(chip)) {
    for (const auto& line : lines)
      offsets_.push_back(line.offset);
  }

  Result<void> set(unsigned offset, bool active) override {
    const auto found = std::find(offsets_.begin(), offsets_.end(), offset);
    DOOR_CHECK(found != offsets_.end());
    const auto bit = std::uint64_t{1} << (found - offsets_.begin());
    auto set = guard::set_lines(request_.get(), bit, active ? bit : 0);
    if (!set) return fail(std::move(set).error().during(chip_));
    return set;
  }
  [[nodiscard]] int fd() const override { return request_.get(); }

 private:
  UniqueFd request_;
  std::string chip_;
  std::vector<unsigned> offsets_;  // in the order of the request
};

}  // namespace

std::vector<std::string> gpio_chips() {
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", none)) {
    if (entry.path().filename().string().rfind("gpiochip", 0) == 0)
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return paths;
}

namespace {

class KernelLines final : public GpioLines {
 public:
  Result<FoundLine> find(const LineAddress& address) override {
    std::string closed;  // a chip that may have it, and why nobody can look
    for (const auto& path : gpio_chips()) {
      const Chip chip(gpiod_chip_open(path.c_str()));
      if (!chip) {
        closed = "; " + path + " cannot be opened: " + std::strerror(errno);
        continue;
      }
      const ChipInfo info(gpiod_chip_get_info(chip.get()));
      if (!info) continue;
      if (address.chip.empty()) {
        const int offset = gpiod_chip_get_line_offset_from_name(chip.get(), address.name.c_str());
        if (offset >= 0) return FoundLine{path, static_cast<unsigned>(offset)};
        continue;
      }
      if (address.chip != path && address.chip != gpiod_chip_info_get_name(info.get()) &&
          address.chip != gpiod_chip_info_get_label(info.get()))
        continue;
      const auto count = gpiod_chip_info_get_num_lines(info.get());
      if (address.offset < count) return FoundLine{path, address.offset};
      return fail(Errc::not_found, address.chip + " has lines 0 to " + std::to_string(count - 1) +
                                       " only, and no " + std::to_string(address.offset));
    }
    return fail(Errc::not_found,
                (address.chip.empty() ? "no GPIO chip has a line of the name " + address.name
                                      : "there is no GPIO chip " + address.chip) +
                    closed);
  }

  Result<std::unique_ptr<InputLines>> request(const std::string& chip,
                                              const std::vector<InputWish>& lines,
                                              std::size_t edges) override {
    const LineConfig config(gpiod_line_config_new());
    for (const auto& line : lines) {
      const Settings settings(gpiod_line_settings_new());
      gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_INPUT);
      gpiod_line_settings_set_edge_detection(
          settings.get(), line.both_edges ? GPIOD_LINE_EDGE_BOTH : GPIOD_LINE_EDGE_RISING);
      gpiod_line_settings_set_event_clock(settings.get(), GPIOD_LINE_CLOCK_MONOTONIC);
      gpiod_line_settings_set_bias(settings.get(), bias_of(line.bias));
      gpiod_line_settings_set_active_low(settings.get(), line.active_low);
      gpiod_line_settings_set_debounce_period_us(settings.get(),
                                                 static_cast<unsigned long>(line.debounce.count()));
      if (gpiod_line_config_add_line_settings(config.get(), &line.offset, 1, settings.get()) != 0)
        return refused(chip, errno);
    }
    auto request = make(chip, config.get(), edges);
    if (!request) return fail(std::move(request).error());
    // The kernel would let the reader of an empty request wait.
    const int fd = gpiod_line_request_get_fd(request->get());
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    return std::make_unique<KernelInputs>(std::move(*request), chip);
  }

  Result<std::unique_ptr<OutputLines>> request(const std::string& chip,
                                               const std::vector<OutputWish>& lines) override {
    const LineConfig config(gpiod_line_config_new());
    for (const auto& line : lines) {
      const Settings settings(gpiod_line_settings_new());
      gpiod_line_settings_set_direction(settings.get(), GPIOD_LINE_DIRECTION_OUTPUT);
      gpiod_line_settings_set_active_low(settings.get(), line.active_low);
      gpiod_line_settings_set_output_value(
          settings.get(), line.active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
      if (gpiod_line_config_add_line_settings(config.get(), &line.offset, 1, settings.get()) != 0)
        return refused(chip, errno);
    }
    auto request = make(chip, config.get(), 0);
    if (!request) return fail(std::move(request).error());
    // The lines are requested as long as one duplicate is open.
    UniqueFd kept(::fcntl(gpiod_line_request_get_fd(request->get()), F_DUPFD_CLOEXEC, 0));
    if (!kept) return refused(chip, errno);
    return adopt(std::move(kept), chip, lines);
  }

  std::unique_ptr<OutputLines> adopt(UniqueFd request, const std::string& chip,
                                     const std::vector<OutputWish>& lines) override {
    return std::make_unique<KernelOutputs>(std::move(request), chip, lines);
  }

 private:
  static gpiod_line_bias bias_of(Bias bias) {
    switch (bias) {
      case Bias::none:
        return GPIOD_LINE_BIAS_DISABLED;
      case Bias::pull_up:
        return GPIOD_LINE_BIAS_PULL_UP;
      case Bias::pull_down:
        return GPIOD_LINE_BIAS_PULL_DOWN;
      case Bias::as_is:
        break;
    }
    return GPIOD_LINE_BIAS_AS_IS;
  }

  static tl::unexpected<Error> refused(const std::string& chip, int error) {
    return fail(error == ENODEV || error == ENOENT ? Errc::not_found : Errc::io,
                "request lines of " + chip + ": " + reason(error));
  }

  // Who has which of these lines already.
  static std::string users(gpiod_chip* chip, gpiod_line_config* config) {
    std::vector<unsigned> offsets(gpiod_line_config_get_num_configured_offsets(config));
    gpiod_line_config_get_configured_offsets(config, offsets.data(), offsets.size());
    std::string who;
    for (const auto offset : offsets) {
      const LineInfo info(gpiod_chip_get_line_info(chip, offset));
      if (!info || !gpiod_line_info_is_used(info.get())) continue;
      const char* name = gpiod_line_info_get_name(info.get());
      const char* user = gpiod_line_info_get_consumer(info.get());
      who += (who.empty() ? "" : ", ") + std::string("line ") + std::to_string(offset) +
             (name == nullptr ? "" : " (" + std::string(name) + ")") + " is used by " +
             (user == nullptr ? "the kernel" : "\"" + std::string(user) + "\"");
    }
    return who;
  }

  static Result<Request> make(const std::string& path, gpiod_line_config* config,
                              std::size_t edges) {
    const Chip chip(gpiod_chip_open(path.c_str()));
    if (!chip) return refused(path, errno);
    const RequestConfig wish(gpiod_request_config_new());
    gpiod_request_config_set_consumer(wish.get(), consumer);
    gpiod_request_config_set_event_buffer_size(wish.get(), edges);
    Request request(gpiod_chip_request_lines(chip.get(), wish.get(), config));
    if (request) return request;
    const int error = errno;
    if (error == EBUSY)
      return fail(Errc::busy, path + ": " + users(chip.get(), config) + "; free it there first");
    return refused(path, error);
  }
};

}  // namespace

std::unique_ptr<GpioLines> kernel_lines() {
  return std::make_unique<KernelLines>();
}

}  // namespace lintel::hal
