#include "engine/daemon/upgrade_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "engine/daemon/conversion.h"
#include "engine/daemon/storage_files.h"

namespace lintel::daemon {
namespace {

constexpr const char* part_name = "firmware.part";
constexpr std::uint64_t spare_room = 16u << 20;      // that stays free beside the file
constexpr std::uint64_t summed_at_once = 16u << 20;  // of what was there before a restart
constexpr std::size_t read_at_once = 256u << 10;

Result<void> trouble(const char* errand) {
  const int error = errno;
  return fail(error == ENOSPC || error == EDQUOT || error == EFBIG ? Errc::full : Errc::io,
              std::string(errand) + ": " + std::strerror(error));
}

Result<void> sync_folder(const std::string& folder) {
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return trouble("sync the folder of updates");
  return {};
}

}  // namespace

void UpgradeFile::Free::operator()(evp_md_ctx_st* sum) const {
  EVP_MD_CTX_free(sum);
}

UpgradeFile::UpgradeFile(std::string folder) : folder_(std::move(folder)) {}
UpgradeFile::~UpgradeFile() = default;

Result<void> UpgradeFile::begin() {
  if (auto opened = open(); !opened) return opened;
  return truncate(0);
}

Result<void> UpgradeFile::open() {
  if (file_) return {};
  if (auto made = make_directory(folder_); !made) return made;
  UniqueFd file(::open(path(part_name).c_str(),
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file) return trouble("open the firmware file");
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return trouble("look at the firmware file");
  if (!S_ISREG(about.st_mode)) return fail(Errc::io, "the firmware file is not a plain file");
  file_ = std::move(file);
  size_ = static_cast<std::uint64_t>(about.st_size);
  forget_sum();
  return {};
}

Result<void> UpgradeFile::truncate(std::uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) {
    file_.reset();  // how long it is, is found out anew
    return trouble("cut the firmware file");
  }
  size_ = size;
  if (summed_ > size_) forget_sum();
  return {};
}

Result<std::uint64_t> UpgradeFile::received() {
  if (auto opened = open(); !opened) return fail(std::move(opened).error());
  return size_;
}

Result<void> UpgradeFile::append(std::uint64_t offset, std::string_view data) {
  if (auto opened = open(); !opened) return opened;
  if (offset == 0 && size_ != 0) {
    if (auto cut = truncate(0); !cut) return cut;
  }
  if (offset != size_) return fail(Errc::invalid, "the piece does not follow what is there");
  const std::uint64_t before = size_;
  for (std::uint64_t at = before; !data.empty();) {
    const auto put = ::pwrite(file_.get(), data.data(), data.size(), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      auto failed = trouble("write the firmware file");
      (void)truncate(before);
      return failed;
    }
    at += static_cast<std::uint64_t>(put);
    data.remove_prefix(static_cast<std::size_t>(put));
    size_ = at;
  }
  if (::fdatasync(file_.get()) != 0) {
    auto failed = trouble("sync the firmware file");
    (void)truncate(before);
    return failed;
  }
  return sum_up(size_ - before + summed_at_once);
}

Result<std::optional<std::string>> UpgradeFile::checksum() {
  if (auto opened = open(); !opened) return fail(std::move(opened).error());
  if (auto summed = sum_up(summed_at_once); !summed) return fail(std::move(summed).error());
  if (summed_ < size_) return std::nullopt;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const bool done = EVP_DigestFinal_ex(sum_.get(), digest.data(), &size) == 1;
  forget_sum();
  if (!done) return fail(Errc::io, "the checksum cannot be computed");
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

Result<void> UpgradeFile::sum_up(std::uint64_t most) {
  if (!sum_) {
    sum_.reset(EVP_MD_CTX_new());
    if (!sum_ || EVP_DigestInit_ex(sum_.get(), EVP_md5(), nullptr) != 1) {
      forget_sum();
      return fail(Errc::io, "the checksum cannot be computed");
    }
  }
  std::vector<char> room(read_at_once);
  while (summed_ < size_ && most > 0) {
    const auto wanted = std::min({std::uint64_t{room.size()}, size_ - summed_, most});
    const auto got = ::pread(file_.get(), room.data(), wanted, static_cast<off_t>(summed_));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || EVP_DigestUpdate(sum_.get(), room.data(), static_cast<std::size_t>(got)) != 1) {
      forget_sum();
      return fail(Errc::io, "the firmware file cannot be read again");
    }
    summed_ += static_cast<std::uint64_t>(got);
    most -= static_cast<std::uint64_t>(got);
  }
  return {};
}

void UpgradeFile::forget_sum() {
  sum_.reset();
  summed_ = 0;
}

Result<void> UpgradeFile::complete(const std::string& name) {
  if (auto opened = open(); !opened) return opened;
  if (std::rename(path(part_name).c_str(), path(name).c_str()) != 0)
    return trouble("name the firmware file");
  file_.reset();
  size_ = 0;
  forget_sum();
  return sync_folder(folder_);
}

void UpgradeFile::remove(const std::string& name) {
  file_.reset();
  size_ = 0;
  forget_sum();
  ::unlink(path(part_name).c_str());
  if (!name.empty()) ::unlink(path(name).c_str());
}

Result<bool> UpgradeFile::has_room(std::uint64_t bytes) {
  if (auto made = make_directory(folder_); !made) return fail(std::move(made).error());
  struct statvfs disk {};
  if (::statvfs(folder_.c_str(), &disk) != 0)
    return fail(Errc::io, std::string("look at the disk: ") + std::strerror(errno));
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  return free >= bytes + spare_room;
}

}  // namespace lintel::daemon
