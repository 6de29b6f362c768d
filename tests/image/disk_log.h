// What a machine wrote to its disk, write by write, and what would be left of it had the power gone
// at some point. The log is QEMU's (block filter blklogwrites, the format of dm-log-writes).
//
// A disk has a volatile cache: what was written is safe only after a flush, or when the write said
// so itself (FUA). What lies in the cache when the power goes is lost, or kept, or kept in parts;
// all three are to be survived.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace lintel::image {

struct Write {
  std::uint64_t sector = 0, sectors = 0;  // of sector_size bytes
  std::uint64_t data_at = 0;              // in the log; nothing there when it is discarded
  bool flush = false, fua = false, discard = false;
  [[nodiscard]] bool has_data() const { return sectors > 0 && !discard; }
};

class DiskLog {
 public:
  // Fails with a sentence when the file is no such log or is torn.
  static Result<DiskLog> open(const std::string& path);

  [[nodiscard]] const std::vector<Write>& writes() const { return writes_; }
  [[nodiscard]] std::uint32_t sector_size() const { return sector_size_; }
  [[nodiscard]] std::string data(const Write& write) const;

  // How many writes a log that is still being written has by now; 0: none yet.
  static std::uint64_t count(const std::string& path);

 private:
  UniqueFd file_;
  std::uint32_t sector_size_ = 0;
  std::vector<Write> writes_;
};

// What becomes of the writes that no flush had made safe.
enum class Cache { lost, kept, torn };  // torn: sector by sector, as chance will have it

// A disk that is brought from its beginning to later and later points.
class Replay {
 public:
  // `disk` is a copy of what the machine had at its start; it is changed here.
  static Result<Replay> begin(const DiskLog& log, const std::string& disk);

  // The disk becomes what is certainly on it after the first `count` writes. Only forward.
  Result<void> advance(std::uint64_t count);
  // Of the writes that were made but are not safe at this point, `cache` says which are there: they
  // are written to `disk`, which somebody has copied from the disk of this replay.
  Result<void> spill(const std::string& disk, Cache cache, std::mt19937_64& chance) const;

 private:
  Replay(const DiskLog& log, UniqueFd disk) : log_(&log), disk_(std::move(disk)) {}
  Result<void> make_safe();
  Result<void> put(int fd, const Write& write) const;

  const DiskLog* log_;
  UniqueFd disk_;
  std::uint64_t next_ = 0;
  // Since the last flush, in order; those that are safe by themselves too, so that an older write
  // to the same place does not come after them.
  std::vector<std::uint64_t> unsafe_;
};

}  // namespace lintel::image
