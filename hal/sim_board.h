// A simulated board: a box of N doors that tests, demos and people drive over a Unix socket.
//
// A line in, a line out: `ok ...` or `error` and a sentence. The requests and the names of the
// lines are in hal/README.md. A request that causes something is answered in settled(), when the
// program has acted on it; the others at once. Not thread-safe, like every board.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hal/board.h"
#include "hal/line_socket.h"
#include "hal/sim_clock.h"
#include "hal/sim_request.h"

namespace lintel::hal {

class SimBoard final : public Board {
 public:
  // Notices appended by one read(), give or take one request.
  static constexpr std::size_t notices_per_read_max = 2048;
  // How far the clock can be advanced altogether.
  static constexpr std::chrono::seconds advanced_max = std::chrono::hours(24 * 366 * 80);

  // Serves at `socket_path`. `doors` is 1 to limits::doors_max; there are as many auxiliary inputs
  // and outputs, and at least two. Fails with Errc::busy when somebody else serves there.
  static Result<std::unique_ptr<SimBoard>> open(unsigned doors, const std::string& socket_path);

  [[nodiscard]] const Layout& layout() const override { return layout_; }
  [[nodiscard]] SimClock& clock() override { return clock_; }
  [[nodiscard]] int fd() const override { return socket_->fd(); }
  Result<void> read(std::vector<Notice>& notices) override;
  // Watchers are told at once, with the time of CLOCK_MONOTONIC on entry.
  Result<void> set(const OutputLine& line, bool on) override;
  [[nodiscard]] Level level(const InputLine& line) const override;
  void settled() override;

 private:
  struct Held {  // an answer that waits until what it speaks of is done
    LineSocket::PeerId peer = 0;
    std::string text;
  };

  SimBoard(const Layout& layout, std::unique_ptr<LineSocket> socket);

  // Each does what was asked and returns the answer.
  std::string act(const LineSocket::Line& line, std::vector<Notice>& notices);
  std::string act(const sim::SendFrame& frame, std::vector<Notice>& notices);
  std::string act(const sim::PressKeys& press, std::vector<Notice>& notices);
  std::string act(const sim::SetInput& input, std::vector<Notice>& notices);
  std::string act(const sim::SetClock& clock, std::vector<Notice>& notices);
  std::string act(const sim::AdvanceBy& advance, std::vector<Notice>& notices);
  [[nodiscard]] std::string list_outputs() const;

  // When a burst that lasts so long begins, to end now: later, if the reader's last one is too
  // near.
  [[nodiscard]] Uptime burst_begin(ReaderId reader, std::chrono::nanoseconds length) const;
  void add_pulse(ReaderId reader, bool one, Uptime at, std::vector<Notice>& notices);

  Layout layout_;
  std::unique_ptr<LineSocket> socket_;
  SimClock clock_;
  std::map<InputLine, Level> inputs_;
  std::vector<OutputLine> output_order_;
  std::map<OutputLine, bool> outputs_;
  std::vector<Uptime> last_pulse_;  // by reader, from 0
  std::vector<Held> held_;
};

}  // namespace lintel::hal
