#include "tests/image/disk_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lintel::image {
namespace {

constexpr std::uint64_t magic = 0x6a736677736872;
constexpr std::uint64_t flag_flush = 1, flag_fua = 2, flag_discard = 4;
constexpr std::uint32_t sector_size_max = 1 << 20;

struct Head {
  std::uint64_t magic, version, count;
  std::uint32_t sector_size;
};
static_assert(sizeof(Head) == 32);

Result<void> read_at(int fd, void* to, std::size_t size, std::uint64_t at, const char* what) {
  const auto got = ::pread(fd, to, size, static_cast<off_t>(at));
  if (got == static_cast<ssize_t>(size)) return {};
  return fail(Errc::io, std::string("The log of the disk ends in the middle of ") + what + ".");
}

Result<void> write_at(int fd, const std::string& bytes, std::uint64_t at) {
  const auto done = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
  if (done == static_cast<ssize_t>(bytes.size())) return {};
  return fail(Errc::io, std::string("write to a replayed disk: ") + std::strerror(errno));
}

}  // namespace

Result<DiskLog> DiskLog::open(const std::string& path) {
  DiskLog log;
  log.file_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!log.file_) return fail(Errc::io, "open " + path + ": " + std::strerror(errno));
  Head head{};
  if (auto read = read_at(log.file_.get(), &head, sizeof head, 0, "its head"); !read)
    return fail(std::move(read).error());
  if (head.magic != magic || head.sector_size < 512 || head.sector_size > sector_size_max)
    return fail(Errc::corrupt, path + " is no log of a disk's writes.");
  log.sector_size_ = head.sector_size;
  std::uint64_t at = head.sector_size;
  for (std::uint64_t i = 0; i < head.count; ++i) {
    std::array<std::uint64_t, 4> entry{};  // sector, sectors, flags, bytes of a mark
    if (auto read = read_at(log.file_.get(), entry.data(), sizeof entry, at, "an entry"); !read)
      return fail(std::move(read).error());
    at += head.sector_size;
    Write write{.sector = entry[0],
                .sectors = entry[1],
                .data_at = at,
                .flush = (entry[2] & flag_flush) != 0,
                .fua = (entry[2] & flag_fua) != 0,
                .discard = (entry[2] & flag_discard) != 0};
    if (write.has_data()) at += write.sectors * head.sector_size;
    log.writes_.push_back(write);
  }
  return log;
}

std::string DiskLog::data(const Write& write) const {
  std::string bytes(write.sectors * sector_size_, '\0');
  if (!read_at(file_.get(), bytes.data(), bytes.size(), write.data_at, "a write")) bytes.clear();
  return bytes;
}

std::uint64_t DiskLog::count(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Head head{};
  if (!file || !read_at(file.get(), &head, sizeof head, 0, "its head") || head.magic != magic)
    return 0;
  return head.count;
}

Result<Replay> Replay::begin(const DiskLog& log, const std::string& disk) {
  UniqueFd file(::open(disk.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return fail(Errc::io, "open " + disk + ": " + std::strerror(errno));
  return Replay(log, std::move(file));
}

Result<void> Replay::put(int fd, const Write& write) const {
  const auto bytes = log_->data(write);
  if (bytes.empty()) return fail(Errc::io, "The log of the disk lacks what was written.");
  return write_at(fd, bytes, write.sector * log_->sector_size());
}

Result<void> Replay::make_safe() {
  for (const auto index : unsafe_) {
    if (auto done = put(disk_.get(), log_->writes()[index]); !done) return done;
  }
  unsafe_.clear();
  return {};
}

Result<void> Replay::advance(std::uint64_t count) {
  for (; next_ < count && next_ < log_->writes().size(); ++next_) {
    const auto& write = log_->writes()[next_];
    if (write.flush) {
      if (auto done = make_safe(); !done) return done;
    }
    if (!write.has_data()) continue;
    unsafe_.push_back(next_);
    if (!write.fua) continue;
    if (auto done = put(disk_.get(), write); !done) return done;
  }
  return {};
}

Result<void> Replay::spill(const std::string& disk, Cache cache, std::mt19937_64& chance) const {
  if (cache == Cache::lost) return {};
  const UniqueFd file(::open(disk.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return fail(Errc::io, "open " + disk + ": " + std::strerror(errno));
  for (const auto index : unsafe_) {
    const auto& write = log_->writes()[index];
    const auto bytes = log_->data(write);
    const std::size_t size = log_->sector_size();
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      if (cache == Cache::torn && !write.fua && (chance() & 1) == 0) continue;
      if (auto done = write_at(file.get(), bytes.substr(at, size), write.sector * size + at); !done)
        return done;
    }
  }
  return {};
}

}  // namespace lintel::image
