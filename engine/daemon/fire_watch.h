// Fire, before there is an engine: while the storage cannot be opened, nobody knows people or
// rules, and one thing is still certain. While the fire input is active every lock is released, and
// falls when it ends.
//
// One thread owns it: the one that owns the board.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/daemon/storage_files.h"
#include "hal/board.h"

namespace lintel::daemon {

class FireWatch {
 public:
  // `each_turn` is called after every turn.
  explicit FireWatch(hal::Board& board, std::function<void()> each_turn = {})
      : board_(board), each_turn_(std::move(each_turn)) {}

  // Reads what the board has and moves the locks as the fire input says. Cheap; call it whenever
  // board.fd() is readable, and every so often.
  void turn();
  // What came from readers shortly before the engine was there: it is for the engine to decide. The
  // board still owes answers for it.
  std::vector<hal::Notice> hand_over() { return std::move(waiting_); }
  // From now on nobody will be there soon: what readers send is dropped.
  void expect_nobody();

  void rest();  // all locks locked; before the program ends

 private:
  void drive_locks(bool released);

  hal::Board& board_;
  std::function<void()> each_turn_;
  std::vector<hal::Notice> notices_, waiting_;
  bool engine_expected_ = true;
  std::optional<bool> released_;  // as last driven; nothing: the board refused, or never yet
};

// Makes the directory and opens the files in it, on a thread of its own, with the watch going on
// here. What goes wrong is logged once, and tried again every second.
//   nothing  somebody wants the program to end (end_signals is readable)
//   busy     another engine has the files
Result<std::optional<StorageFiles>> open_storage_under_watch(FireWatch& watch, hal::Board& board,
                                                             const std::string& directory,
                                                             const UniqueFd& end_signals);

// Waits with the watch going on. True: the program is to end.
bool wait_under_watch(FireWatch& watch, hal::Board& board, std::chrono::milliseconds time,
                      const UniqueFd& end_signals);

}  // namespace lintel::daemon
