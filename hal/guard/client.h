// The engine's side of the guard: hands it the locks' lines, and tells it that the loop turns.
// Without a guard everything works but the guard.
//
// One thread: the board's. Nothing waits longer than a quarter of a second, at connecting.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hal/guard/protocol.h"

namespace lintel::guard {

class Client {
 public:
  // `socket_path` empty: there is to be no guard.
  explicit Client(std::string socket_path);

  // Connects, and takes what the guard holds from an engine before. What take() leaves there until
  // the next watch() is free again from then on.
  Result<void> connect();
  // The line request of these locks, if the guard had it.
  UniqueFd take(const LockLines& lines);
  // From now on these are guarded, and no others.
  Result<void> watch(const std::vector<HeldLines>& requests);

  // Before a lock is driven, and after.
  void turned(std::uint64_t now_ns, std::uint32_t kept_open);
  void driven(unsigned door, bool on);
  // The guard has put lines to rest since the last call: what is still wished is to be driven anew.
  bool has_rested();

  // The guard has gone; connect() and watch() again.
  [[nodiscard]] bool lost();
  [[nodiscard]] bool wanted() const { return !path_.empty(); }
  [[nodiscard]] bool watching() const { return static_cast<bool>(socket_) && watching_; }

 private:
  std::string path_;
  UniqueFd socket_, page_fd_;
  MappedPage page_;
  bool watching_ = false;
  std::uint32_t rested_ = 0;
  std::vector<HeldLines> held_;
};

}  // namespace lintel::guard
