// Cuts the power between any two changes of a disk and looks at what is there after the restart.
//
// For each cut the disk is rebuilt four times: with what was synced only, with everything, and
// twice with a random half of the sectors that were on their way.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "storage/checked_vfs.h"
#include "storage/open_options.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::tests {

inline constexpr const char* file_name = "file.db";

inline storage::OpenOptions on(const CrashVfs& disk,
                               storage::Durability durability = storage::Durability::full) {
  return {.vfs = disk.name(),
          .durability = durability,
          .checkpoint_pages = 10};  // checkpoints among the cuts
}

// "" when SQLite finds nothing wrong in the file.
inline std::string integrity(const CrashVfs& disk) {
  const auto vfs = storage::CheckedVfs::over(disk.name());
  sqlite3* handle = nullptr;
  std::string answer = "not opened";
  sqlite3_open_v2(file_name, &handle, SQLITE_OPEN_READWRITE, vfs->name());
  sqlite3_exec(handle, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    const auto* text = sqlite3_column_text(statement, 0);
    answer = reinterpret_cast<const char*>(text);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return answer == "ok" ? "" : "integrity: " + answer;
}

// What a run promised: the state that was acknowledged at each step of the disk.
struct Acknowledged {
  std::size_t step = 0;
  std::string state;
  std::set<std::string> before = {};  // states through which it may have gone there
};
using History = std::vector<Acknowledged>;

struct Count {
  int images = 0, wrong = 0, damaged = 0;
  std::string first;  // what was wrong first
};

// Rebuilds the disk after each cut and asks `state_after` what a restart finds: the state last
// acknowledged, or the one on its way. An error of `state_after` is damage.
inline Count cut_everywhere(const CrashVfs& disk, const History& history,
                            const std::function<Result<std::string>(CrashVfs&)>& state_after,
                            std::size_t stride = 1) {
  Count count;
  std::size_t acknowledged = 0;
  for (std::size_t step = 0; step <= disk.steps(); step += stride) {
    while (acknowledged + 1 < history.size() && history[acknowledged + 1].step <= step)
      ++acknowledged;
    for (const auto& [left, seed] : {std::pair{CrashVfs::Left::synced, 0U},
                                     {CrashVfs::Left::all, 0U},
                                     {CrashVfs::Left::some, 1U},
                                     {CrashVfs::Left::some, 2U}}) {
      CrashVfs after(disk.after_cut(step, left, seed * 1000 + step));
      const auto state = state_after(after);
      ++count.images;
      const bool on_its_way = acknowledged + 1 < history.size() && state &&
                              (*state == history[acknowledged + 1].state ||
                               history[acknowledged + 1].before.contains(*state));
      if (state && (*state == history[acknowledged].state || on_its_way)) continue;
      if (!state) ++count.damaged;
      ++count.wrong;
      if (count.first.empty()) {
        count.first = "cut " + std::to_string(step) + " left " +
                      std::to_string(static_cast<int>(left)) + " seed " + std::to_string(seed) +
                      ": " + (state ? *state : state.error().text) + "\n  instead of " +
                      history[acknowledged].state;
      }
    }
  }
  return count;
}

}  // namespace lintel::tests
