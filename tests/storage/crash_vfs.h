// A file system in memory for SQLite that records every change, so that a test can cut the power
// between any two of them, and that fails when told to.
//
//   CrashVfs disk;
//   { ... open with OpenOptions{.vfs = disk.name()}, work, note disk.steps() at each
//   acknowledgement } CrashVfs after(disk.after_cut(step, CrashVfs::Left::some, seed)); { ... open
//   on after.name(), count }
//
// Several threads may use it; one connection to a file at a time (it grants every lock).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace lintel::tests {

class CrashVfs {
 public:
  using Files = std::map<std::string, std::string>;  // contents by name

  explicit CrashVfs(Files files = {});
  ~CrashVfs();  // REQUIRES: no file of it is open
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  [[nodiscard]] const char* name() const;  // registered with SQLite under it
  [[nodiscard]] Files files() const;       // as programs see them now

  // ---- power cuts
  // Changes recorded so far: writes, truncations, syncs, removals. A cut lies before step n.
  [[nodiscard]] std::size_t steps() const;
  enum class Left {
    synced,  // what was synced, and nothing else
    some,    // and of the rest each sector of 512 bytes or not, as the seed will have it
    all,     // everything that was handed over
  };
  [[nodiscard]] Files after_cut(std::size_t step, Left left, std::uint64_t seed = 0) const;

  // ---- faults
  enum class Fault {
    change_fails,  // SQLITE_IOERR_*: of a write half is written
    disk_full,     // SQLITE_FULL for writes, SQLITE_IOERR_FSYNC for syncs
    read_fails,    // SQLITE_IOERR_READ
  };
  // The try number `at` from now on (0: the next) fails; with `for_ever` all after it do, too.
  void fail(Fault fault, std::size_t at, bool for_ever);
  void heal();
  [[nodiscard]] bool has_failed() const;  // since the last fail()

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::tests
