#include "engine/daemon/fire_watch.h"

#include <poll.h>

#include <algorithm>
#include <future>

#include "engine/base/log.h"
#include "engine/daemon/lines.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto look_every = 50ms;
constexpr auto open_again_after = 1s;
constexpr std::size_t notices_kept_max = 8'192;

bool is_of_a_reader(const hal::Notice& notice) {
  return std::holds_alternative<hal::Pulse>(notice) ||
         std::holds_alternative<hal::PulsesLost>(notice);
}

Result<StorageFiles> open(const std::string& directory) {
  if (auto made = make_directory(directory); !made) return fail(std::move(made).error());
  return open_storage(directory);
}

}  // namespace

void FireWatch::turn() {
  notices_.clear();
  // Lines that cannot be read now are as they were; the engine tells what is wrong with the board.
  [[maybe_unused]] const auto read = board_.read(notices_);
  for (const auto& notice : notices_) {
    if (const auto* jump = std::get_if<hal::Advance>(&notice)) board_.clock().advance(jump->by);
    if (is_of_a_reader(notice) && engine_expected_ && waiting_.size() < notices_kept_max)
      waiting_.push_back(notice);
  }
  // Whether the line is supervised stands in the database: as long as nobody knows, a cut line may
  // well be a fire.
  const bool fire = board_.level({InputKind::fire, 0}) != Level::inactive;
  if (released_ != fire) drive_locks(fire);
  if (waiting_.empty()) board_.settled();
  board_.turned(board_.clock().now().uptime, fire ? ~std::uint32_t{0} : 0);
  if (each_turn_) each_turn_();
}

void FireWatch::drive_locks(bool released) {
  if (released) log_warning("engine", "fire: every door is open, before there is an engine");
  released_ = released;
  for (const auto& line : output_lines(board_.layout())) {
    if (line.kind != OutputKind::lock) continue;
    if (!board_.set(line, released)) released_.reset();  // the next turn tries again
  }
}

void FireWatch::expect_nobody() {
  engine_expected_ = false;
  waiting_.clear();
}

void FireWatch::rest() {
  drive_locks(false);
}

bool wait_under_watch(FireWatch& watch, hal::Board& board, std::chrono::milliseconds time,
                      const UniqueFd& end_signals) {
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    watch.turn();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now(), look_every));
    pollfd waits[] = {{board.fd(), POLLIN, 0}, {end_signals.get(), POLLIN, 0}};
    ::poll(waits, std::size(waits), static_cast<int>(std::max<long long>(left.count(), 0)));
    if (waits[1].revents != 0) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

Result<std::optional<StorageFiles>> open_storage_under_watch(FireWatch& watch, hal::Board& board,
                                                             const std::string& directory,
                                                             const UniqueFd& end_signals) {
  std::string told;
  for (;;) {
    auto opening = std::async(std::launch::async, open, directory);
    while (opening.wait_for(0ms) != std::future_status::ready) {
      if (wait_under_watch(watch, board, 1ms, end_signals)) return std::nullopt;
    }
    auto files = opening.get();
    if (files) {
      if (!told.empty()) log_info("engine", "the storage is there again");
      return std::optional<StorageFiles>(*std::move(files));
    }
    if (files.error().code == Errc::busy) return fail(std::move(files).error());
    if (told != files.error().text) {
      log_error("engine", files.error().text +
                              "; nobody is let in until this is mended, and fire opens the doors");
    }
    told = files.error().text;
    watch.expect_nobody();
    if (wait_under_watch(watch, board, open_again_after, end_signals)) return std::nullopt;
  }
}

}  // namespace lintel::daemon
