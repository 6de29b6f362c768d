#include "tests/kernel/board_loop.h"

#include <poll.h>

#include <algorithm>

#include "tests/kernel/gpio_sim.h"

namespace lintel::kernel {
namespace {

// Whether the board has something; waits for it so long at most.
bool wait_for(const hal::Board& board, std::chrono::nanoseconds most) {
  const auto left = std::max(std::chrono::nanoseconds(0), most);
  const timespec time{.tv_sec = left.count() / 1'000'000'000,
                      .tv_nsec = left.count() % 1'000'000'000};
  pollfd wait{.fd = board.fd(), .events = POLLIN, .revents = 0};
  return ::ppoll(&wait, 1, &time, nullptr) == 1;
}

}  // namespace

BoardLoop::BoardLoop(hal::Board& board) : board_(board) {
  for (unsigned reader = 1; reader <= board.layout().readers(); ++reader) {
    ports_.emplace_back(ReaderId{static_cast<std::uint8_t>(reader)});
    ports_.back().set_formats(hal::default_card_formats());
  }
}

Uptime BoardLoop::next(Uptime end) const {
  for (const auto& port : ports_)
    end = std::min(end, port.deadline().value_or(end));
  return std::min(end, board_.deadline().value_or(end));
}

void BoardLoop::run_until(Uptime end, std::size_t most) {
  const auto enough = told_ + std::min(most, ~std::size_t{0} - told_);
  // Asking for the time is a system call there, and this is done for each edge.
  for (auto time = now(); time < end && told_ < enough;) {
    bool more = wait_for(board_, next(end) - time);
    do {
      if (const auto read = board_.read(notices_); !read && failure.empty())
        failure = read.error().text;
      for (const auto& notice : notices_)
        take(notice);
      notices_.clear();
      more = more && wait_for(board_, {});
    } while (more);
    time = now();
    for (auto& port : ports_) {
      if (port.deadline() && *port.deadline() <= time) port.time_passed(time, inputs_);
    }
    tell();
    board_.settled();
  }
}

void BoardLoop::run_for(std::chrono::nanoseconds length) {
  run_until(now() + length);
}

const hal::FrameCounts& BoardLoop::counts(unsigned reader) const {
  return ports_.at(reader - 1).counts();
}

void BoardLoop::take(const hal::Notice& notice) {
  if (const auto* pulse = std::get_if<hal::Pulse>(&notice)) {
    ports_.at(number(pulse->reader) - 1u).pulse(*pulse, inputs_);
  } else if (const auto* gone = std::get_if<hal::PulsesLost>(&notice)) {
    lost[number(gone->reader)] += gone->count;
    ports_.at(number(gone->reader) - 1u).pulses_lost(*gone, inputs_);
  } else if (const auto* level = std::get_if<LevelChanged>(&notice)) {
    levels.push_back(*level);
  }
}

void BoardLoop::tell() {
  for (const auto& input : inputs_) {
    if (const auto* card = std::get_if<CardRead>(&input)) {
      told[number(card->reader)].push_back("card " + std::to_string(card->card.value) + " of " +
                                           std::to_string(card->bits));
    } else if (const auto* key = std::get_if<KeyPressed>(&input)) {
      told[number(key->reader)].push_back("key " + std::to_string(key->key));
    } else if (const auto* bad = std::get_if<BadFrame>(&input)) {
      told[number(bad->reader)].push_back("bad " + std::to_string(bad->bits));
    }
  }
  told_ += inputs_.size();
  inputs_.clear();
}

}  // namespace lintel::kernel
