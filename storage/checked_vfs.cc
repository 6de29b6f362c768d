#include "storage/checked_vfs.h"

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>

namespace lintel::storage {
namespace {

// The file that SQLite sees; the one below lies right behind it in the same memory.
struct CheckedFile {
  sqlite3_file file;  // first: SQLite knows only this part
  sqlite3_file* below;
};

sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<CheckedFile*>(file)->below;
}

constexpr std::size_t payload_bytes = page_bytes - reserved_bytes;

// Two sums that feed each other: any change within one word changes the result. A page of zeros,
// as a hole in the file is read, carries its checksum (0).
std::array<char, reserved_bytes> checksum(const char* page) {
  std::uint32_t a = 0, b = 0;
  for (std::size_t at = 0; at < payload_bytes; at += 8) {
    std::array<std::uint32_t, 2> words;
    std::memcpy(words.data(), page + at, sizeof words);
    a += words[0] + b;
    b += words[1] + a;
  }
  std::array<char, reserved_bytes> sum;
  std::memcpy(sum.data(), &a, 4);
  std::memcpy(sum.data() + 4, &b, 4);
  return sum;
}

bool whole_page(int bytes, sqlite3_int64 at) {
  return bytes == page_bytes && at % page_bytes == 0;
}

int read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  const int rc = below(file)->pMethods->xRead(below(file), to, bytes, at);
  // SQLite looks at less than a sector of the header before it reads the page whole.
  if ((rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ) || bytes < 512) return rc;
  if (!whole_page(bytes, at)) return SQLITE_IOERR_DATA;  // a header that names another page size
  const char* page = static_cast<const char*>(to);
  const bool sound = std::memcmp(page + payload_bytes, checksum(page).data(), reserved_bytes) == 0;
  return sound ? rc : SQLITE_IOERR_DATA;
}

int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  if (!whole_page(bytes, at)) return SQLITE_IOERR_WRITE;
  std::array<char, page_bytes> page;
  std::memcpy(page.data(), from, payload_bytes);
  std::memcpy(page.data() + payload_bytes, checksum(page.data()).data(), reserved_bytes);
  return below(file)->pMethods->xWrite(below(file), page.data(), bytes, at);
}

int close(sqlite3_file* file) {
  return below(file)->pMethods->xClose(below(file));
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return below(file)->pMethods->xTruncate(below(file), size);
}
int sync(sqlite3_file* file, int flags) {
  return below(file)->pMethods->xSync(below(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return below(file)->pMethods->xFileSize(below(file), size);
}
int lock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xLock(below(file), level);
}
int unlock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* held) {
  return below(file)->pMethods->xCheckReservedLock(below(file), held);
}
int file_control(sqlite3_file* file, int what, void* with) {
  return below(file)->pMethods->xFileControl(below(file), what, with);
}
int sector_size(sqlite3_file* file) {
  return below(file)->pMethods->xSectorSize(below(file));
}
int device_characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

constexpr sqlite3_io_methods methods = {
    1, close, read, write, truncate, sync, file_size, lock, unlock, check_reserved_lock,
    file_control, sector_size, device_characteristics,
    // Version 1: no shared memory and no mapped pages, which would go around read().
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};

sqlite3_vfs* base_of(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* base = base_of(vfs);
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return base->xOpen(base, name, file, flags, flags_out);
  auto* checked = new (file) CheckedFile{};
  checked->below = reinterpret_cast<sqlite3_file*>(checked + 1);
  checked->below->pMethods = nullptr;
  const int rc = base->xOpen(base, name, checked->below, flags, flags_out);
  if (rc == SQLITE_OK) {
    file->pMethods = &methods;
  } else if (checked->below->pMethods != nullptr) {
    checked->below->pMethods->xClose(checked->below);
  }
  return rc;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  return base_of(vfs)->xDelete(base_of(vfs), name, sync_folder);
}
int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  return base_of(vfs)->xAccess(base_of(vfs), name, flags, result);
}
int full_path(sqlite3_vfs* vfs, const char* name, int bytes, char* out) {
  return base_of(vfs)->xFullPathname(base_of(vfs), name, bytes, out);
}
int randomness(sqlite3_vfs* vfs, int bytes, char* out) {
  return base_of(vfs)->xRandomness(base_of(vfs), bytes, out);
}
int sleep(sqlite3_vfs* vfs, int microseconds) {
  return base_of(vfs)->xSleep(base_of(vfs), microseconds);
}
int current_time(sqlite3_vfs* vfs, double* julian_day) {
  return base_of(vfs)->xCurrentTime(base_of(vfs), julian_day);
}
int last_error(sqlite3_vfs* vfs, int bytes, char* out) {
  return base_of(vfs)->xGetLastError(base_of(vfs), bytes, out);
}

}  // namespace

struct CheckedVfs::Impl {
  std::string name;
  sqlite3_vfs vfs{};
};

std::unique_ptr<CheckedVfs> CheckedVfs::over(const char* base_name) {
  sqlite3_vfs* base = sqlite3_vfs_find(base_name);
  if (base == nullptr) return nullptr;
  auto impl = std::make_unique<Impl>();
  // One for each database, so that none outlives the VFS below it.
  impl->name = "checked-" + std::to_string(reinterpret_cast<std::uintptr_t>(impl.get()));
  sqlite3_vfs& vfs = impl->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = static_cast<int>(sizeof(CheckedFile)) + base->szOsFile;
  vfs.mxPathname = base->mxPathname;
  vfs.zName = impl->name.c_str();
  vfs.pAppData = base;
  vfs.xOpen = open;
  vfs.xDelete = remove;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  // xDlOpen and its kin stay null: extensions are never loaded.
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) return nullptr;
  return std::unique_ptr<CheckedVfs>(new CheckedVfs(std::move(impl)));
}

CheckedVfs::CheckedVfs(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CheckedVfs::~CheckedVfs() {
  sqlite3_vfs_unregister(&impl_->vfs);
}
const char* CheckedVfs::name() const {
  return impl_->name.c_str();
}

}  // namespace lintel::storage
