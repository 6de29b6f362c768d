#include "hal/sim_board.h"

#include <algorithm>

#include "hal/line_names.h"
#include "hal/system_clock.h"
#include "hal/wiegand.h"

namespace lintel::hal {
namespace {

constexpr std::chrono::milliseconds pulse_interval(1);
// Silence between two bursts of a reader: the framing's gap, and a little more.
constexpr auto burst_gap = FramingLimits{}.gap + pulse_interval;

}  // namespace

Result<std::unique_ptr<SimBoard>> SimBoard::open(unsigned doors, const std::string& socket_path) {
  if (doors < 1 || doors > limits::doors_max) {
    return fail(Errc::invalid, "a simulated board has 1 to " + std::to_string(limits::doors_max) +
                                   " doors, not " + std::to_string(doors));
  }
  auto socket = LineSocket::open(socket_path);
  if (!socket) return fail(std::move(socket).error().during("open simulated board"));
  const unsigned aux = std::max(doors, 2u);
  const Layout layout{.doors = doors, .aux_inputs = aux, .aux_outputs = aux};
  return std::unique_ptr<SimBoard>(new SimBoard(layout, std::move(*socket)));
}

SimBoard::SimBoard(const Layout& layout, std::unique_ptr<LineSocket> socket)
    : layout_(layout),
      socket_(std::move(socket)),
      output_order_(outputs_of(layout)),
      last_pulse_(layout.readers()) {
  for (const auto& line : inputs_of(layout_))
    inputs_[line] = Level::inactive;
  for (const auto& line : output_order_)
    outputs_[line] = false;
}

Result<void> SimBoard::read(std::vector<Notice>& notices) {
  socket_->poll();
  const auto full = notices.size() + notices_per_read_max;
  while (notices.size() < full) {
    const auto line = socket_->next();
    if (!line) break;
    const auto before = notices.size();
    auto answer = act(*line, notices);
    if (notices.size() == before) {
      socket_->answer(line->peer, answer);
      continue;
    }
    held_.push_back({.peer = line->peer, .text = std::move(answer)});
    // What others ask after an advance is to see the time that it leaves behind.
    if (std::holds_alternative<Advance>(notices.back())) break;
  }
  socket_->wake_if_lines();
  return {};
}

void SimBoard::settled() {
  for (const auto& held : held_)
    socket_->answer(held.peer, held.text);
  held_.clear();
  socket_->wake_if_lines();
}

Result<void> SimBoard::set(const OutputLine& line, bool on) {
  const auto now = host_uptime();
  const auto output = outputs_.find(line);
  if (output == outputs_.end()) {
    return fail(Errc::not_found, "the simulated board has no " + name_of(line));
  }
  if (output->second == on) return {};
  output->second = on;
  socket_->tell_watchers("output " + name_of(line) + (on ? " 1 " : " 0 ") +
                         std::to_string(now.time_since_epoch().count()));
  return {};
}

Level SimBoard::level(const InputLine& line) const {
  const auto input = inputs_.find(line);
  return input == inputs_.end() ? Level::inactive : input->second;
}

std::string SimBoard::act(const LineSocket::Line& line, std::vector<Notice>& notices) {
  auto request = sim::read_request(line.text, layout_);
  if (!request) return "error " + request.error().text;
  if (std::get_if<sim::ListOutputs>(&*request) != nullptr) return list_outputs();
  if (std::get_if<sim::Watch>(&*request) != nullptr) {
    socket_->watch(line.peer);
    return "ok";
  }
  if (const auto* frame = std::get_if<sim::SendFrame>(&*request)) return act(*frame, notices);
  if (const auto* press = std::get_if<sim::PressKeys>(&*request)) return act(*press, notices);
  if (const auto* input = std::get_if<sim::SetInput>(&*request)) return act(*input, notices);
  if (const auto* clock = std::get_if<sim::SetClock>(&*request)) return act(*clock, notices);
  return act(std::get<sim::AdvanceBy>(*request), notices);
}

std::string SimBoard::act(const sim::SendFrame& frame, std::vector<Notice>& notices) {
  Uptime at = burst_begin(frame.reader, pulse_interval * (frame.bits.size() - 1));
  for (const bool bit : frame.bits) {
    add_pulse(frame.reader, bit, at, notices);
    at += pulse_interval;
  }
  return "ok";
}

std::string SimBoard::act(const sim::PressKeys& press, std::vector<Notice>& notices) {
  constexpr auto key_length = pulse_interval * 3;
  const auto keys = press.keys.size();
  Uptime begin = burst_begin(press.reader, key_length * keys + burst_gap * (keys - 1));
  for (const unsigned key : press.keys) {
    for (unsigned bit = 0; bit < 4; ++bit) {
      add_pulse(press.reader, (key >> (3 - bit) & 1u) != 0, begin + pulse_interval * bit, notices);
    }
    begin += key_length + burst_gap;
  }
  return "ok";
}

std::string SimBoard::act(const sim::SetInput& input, std::vector<Notice>& notices) {
  Level& level = inputs_[input.line];
  if (level != input.level) notices.emplace_back(LevelChanged{input.line, input.level});
  level = input.level;
  return "ok";
}

std::string SimBoard::act(const sim::SetClock& clock, std::vector<Notice>& notices) {
  clock_.set_civil(clock.civil);
  notices.emplace_back(WallClockSet{});
  return "ok";
}

std::string SimBoard::act(const sim::AdvanceBy& advance, std::vector<Notice>& notices) {
  if (clock_.advanced() + advance.by > advanced_max) {
    return "error The clock cannot be advanced further: " + std::to_string(advanced_max.count()) +
           " seconds altogether are the most.";
  }
  notices.emplace_back(Advance{advance.by});
  return "ok";
}

std::string SimBoard::list_outputs() const {
  std::string text = "ok";
  for (const auto& line : output_order_) {
    text += " " + name_of(line) + (outputs_.at(line) ? "=1" : "=0");
  }
  return text;
}

Uptime SimBoard::burst_begin(ReaderId reader, std::chrono::nanoseconds length) const {
  return std::max(clock_.now().uptime - length, last_pulse_[number(reader) - 1] + burst_gap);
}

void SimBoard::add_pulse(ReaderId reader, bool one, Uptime at, std::vector<Notice>& notices) {
  const auto ahead = std::max(at - clock_.now().uptime, std::chrono::nanoseconds(0));
  notices.emplace_back(Pulse{.reader = reader, .one = one, .at = at, .width = {}, .ahead = ahead});
  last_pulse_[number(reader) - 1] = at;
}

}  // namespace lintel::hal
