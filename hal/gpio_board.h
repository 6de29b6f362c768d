// The board of the kernel's GPIO lines, wired as a board file says (board_file.h).
//
//   readers   D0 and D1 in one request: one sequence of edges, stamped by the kernel. A gap in it
//             is told as PulsesLost, and the frame it lies in never becomes a card.
//   contacts  debounced by the kernel; or measured through a resistor network (supervised.h).
//   outputs   requested at rest: nothing moves when the program starts. The locks of a chip are a
//             request of their own, which a guard outside can hold, too.
//
// A chip that goes away (an expander on a cable) is told, and asked for again every second; what
// hangs on other chips goes on. Its contacts keep their last level meanwhile, and its outputs come
// back as they are wished by then.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/unique_fd.h"
#include "hal/board.h"
#include "hal/board_file.h"
#include "hal/gpio_lines.h"
#include "hal/guard/client.h"
#include "hal/supervised.h"
#include "hal/system_clock.h"

namespace lintel::hal {

class GpioBoard final : public Board {
 public:
  // Where the parts of the kernel are; tests have their own.
  struct Places {
    std::string iio = "/sys/bus/iio/devices";
    std::string leds = "/sys/class/leds";
    std::string guard = {};  // the socket of the locks' guard (hal/guard); empty: none
  };
  // In the kernel, for each reader: more than the longest frame that a stopped program may miss.
  static constexpr std::size_t reader_edges = 1024;
  static constexpr std::size_t input_edges = 512;
  static constexpr std::chrono::seconds try_again_every{1};

  // Fails when a line does not exist or is somebody else's: then the file is wrong, and a door
  // that silently has no reader would be worse than none.
  static Result<std::unique_ptr<GpioBoard>> open(const BoardFile& file,
                                                 std::unique_ptr<GpioLines> lines,
                                                 const Places& places);
  static Result<std::unique_ptr<GpioBoard>> open(const BoardFile& file, std::string guard) {
    Places places;
    places.guard = std::move(guard);
    return open(file, kernel_lines(), places);
  }

  [[nodiscard]] const Layout& layout() const override { return file_.layout; }
  [[nodiscard]] Clock& clock() override { return clock_; }
  [[nodiscard]] int fd() const override { return epoll_.get(); }
  Result<void> read(std::vector<Notice>& notices) override;
  [[nodiscard]] std::optional<Uptime> deadline() const override;
  Result<void> set(const OutputLine& line, bool on) override;
  [[nodiscard]] Level level(const InputLine& line) const override;
  [[nodiscard]] std::string trouble() const override;
  void set_resistor(const InputLine& line, unsigned ohms) override;
  void show(Indicator indicator, bool on) override;
  void turned(Uptime now, std::uint32_t kept_open) override;

  // The requests that hold locks, with a duplicate of each: for the guard.
  [[nodiscard]] std::vector<guard::HeldLines> lock_lines() const;

  // Edges that the kernel had no room for, since the start.
  [[nodiscard]] std::uint64_t edges_lost() const { return edges_lost_; }

 private:
  // What is asked of one chip in one request, and what came of it. Which of the four kinds: readers
  // have `reader`, contacts `contacts`, locks and other outputs `outputs`.
  struct Group {
    std::string chip;
    std::string what;  // for people: "reader 1", "contacts", "locks", "outputs"
    const BoardReader* reader = nullptr;
    std::map<unsigned, const BoardInput*> contacts;  // by offset
    std::map<unsigned, const BoardOutput*> outputs;
    unsigned d0 = 0, d1 = 0;
    bool locks = false;
    std::unique_ptr<InputLines> in;
    std::unique_ptr<OutputLines> out;
    std::uint32_t sequence = 0;  // of the last edge; the first one has 1
    std::string trouble;         // empty: all is well
    [[nodiscard]] bool open() const { return in || out; }
  };

  GpioBoard(BoardFile file, std::unique_ptr<GpioLines> lines, const Places& places);
  Result<void> gather();
  Group& group_of(const std::string& chip, const std::string& what);
  Result<void> request(Group& group);
  [[nodiscard]] guard::LockLines locks_of(const Group& group) const;
  Result<void> take_from_guard();
  void call_guard();
  void drive_again();
  [[nodiscard]] bool has_released_lock() const;
  Result<void> watch(int fd, Group* group) const;
  void lose(const Group& lost, const Error& error);
  void look_for_gone();
  bool find_again(Group& group);
  void try_again(std::vector<Notice>& notices);
  void read_reader(Group& group, std::vector<Notice>& notices);
  void read_contacts(Group& group, std::vector<Notice>& notices);
  void read_levels(Group& group, std::vector<Notice>& notices);
  std::uint32_t lost_before(Group& group, const Edge& edge);
  void put_level(const InputLine& line, Level level, std::vector<Notice>& notices);

  BoardFile file_;  // never changes: groups point into it
  std::unique_ptr<GpioLines> lines_;
  Places places_;
  SystemClock clock_;
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::map<OutputLine, std::pair<Group*, unsigned>> outputs_;  // with the offset
  std::map<OutputLine, bool> wished_;
  std::map<InputLine, Level> levels_;
  std::unique_ptr<SupervisedInputs> supervised_;  // none: the board has no such inputs
  std::optional<Uptime> try_again_at_;
  Uptime look_again_at_{};
  guard::Client guard_;
  Uptime call_guard_at_{};     // when it is lost
  std::string guard_trouble_;  // empty: it watches, or there is to be none
  Uptime turned_at_{};
  std::uint32_t kept_open_ = 0;
  std::uint64_t edges_lost_ = 0;
  std::array<std::optional<bool>, indicators> shown_;
  std::vector<ReaderId> lost_readers_;
  std::vector<Edge> edges_;  // filled and emptied within a read; kept for its memory
};

}  // namespace lintel::hal
