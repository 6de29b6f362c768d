#include "tests/storage/crash_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <vector>

namespace lintel::tests {
namespace {

constexpr std::size_t sector_bytes = 512;

struct Step {
  enum class Kind { write, truncate, sync, create, remove } kind{};
  std::string file = {};
  std::size_t at = 0;  // write: offset; truncate: new size
  std::string data = {};
  bool folder_synced = false;  // sync, remove: what happened to names before is durable
};

void write_at(std::string& file, std::size_t at, std::string_view data) {
  if (file.size() < at + data.size()) file.resize(at + data.size(), '\0');
  std::ranges::copy(data, file.begin() + static_cast<std::ptrdiff_t>(at));
}

// What a disk holds after a power cut: changes reach it when synced, or as chance will have it.
class Disk {
 public:
  explicit Disk(CrashVfs::Files files) : durable_(std::move(files)) {}

  void take(const Step& step) {
    switch (step.kind) {
      case Step::Kind::create:
        if (forget_removed(step.file)) durable_.erase(step.file);
        durable_.try_emplace(step.file);
        break;
      case Step::Kind::sync:
        settle([&](const Step& change) {
          return change.kind == Step::Kind::remove ? step.folder_synced : change.file == step.file;
        });
        break;
      case Step::Kind::remove:
        pending_.push_back(&step);
        if (step.folder_synced) {
          settle([](const Step& change) { return change.kind == Step::Kind::remove; });
        }
        break;
      case Step::Kind::write:
      case Step::Kind::truncate:
        pending_.push_back(&step);
        break;
    }
  }

  CrashVfs::Files left(CrashVfs::Left left, std::uint64_t seed) {
    std::mt19937_64 chance(seed);
    const auto survives = [&] { return left == CrashVfs::Left::all || (chance() & 1) != 0; };
    if (left == CrashVfs::Left::synced) return durable_;
    for (const Step* change : pending_) {
      if (change->kind != Step::Kind::write) {
        if (survives()) apply(*change);
        continue;
      }
      const std::string_view data = change->data;
      for (std::size_t from = 0; from < data.size();) {
        const std::size_t room = sector_bytes - (change->at + from) % sector_bytes;
        const std::string_view sector = data.substr(from, room);
        if (survives()) write_at(durable_[change->file], change->at + from, sector);
        from += sector.size();
      }
    }
    return durable_;
  }

 private:
  // A name that is used again: the file that had it before is gone for good.
  bool forget_removed(const std::string& file) {
    const bool was_removed = std::ranges::any_of(pending_, [&](const Step* change) {
      return change->kind == Step::Kind::remove && change->file == file;
    });
    if (was_removed) {
      std::erase_if(pending_, [&](const Step* change) { return change->file == file; });
    }
    return was_removed;
  }

  template <class Reached>
  void settle(const Reached& reached) {
    std::erase_if(pending_, [&](const Step* change) {
      if (!reached(*change)) return false;
      apply(*change);
      return true;
    });
  }

  void apply(const Step& change) {
    if (change.kind == Step::Kind::write) write_at(durable_[change.file], change.at, change.data);
    if (change.kind == Step::Kind::truncate) durable_[change.file].resize(change.at, '\0');
    if (change.kind == Step::Kind::remove) durable_.erase(change.file);
  }

  CrashVfs::Files durable_;
  std::vector<const Step*> pending_;
};

struct Content {
  std::string bytes;
  bool name_is_new = false;  // SQLite syncs the folder with the first sync of a new log
};

}  // namespace

struct CrashVfs::Impl {
  sqlite3_vfs vfs{};
  std::string name;
  std::mutex mutex;
  Files before;
  std::map<std::string, std::shared_ptr<Content>> files;
  std::vector<Step> steps;
  int open_files = 0;

  std::optional<Fault> fault;
  std::size_t tries_left = 0;
  bool for_ever = false;
  bool failed = false;

  // SQLITE_OK, or the code with which this try fails.
  int fate(bool change, int error) {
    if (!fault || change == (*fault == Fault::read_fails)) return SQLITE_OK;
    if (tries_left > 0) {
      --tries_left;
      return SQLITE_OK;
    }
    failed = true;
    const int code =
        *fault == Fault::disk_full && error == SQLITE_IOERR_WRITE ? SQLITE_FULL : error;
    if (!for_ever) fault.reset();
    return code;
  }
};

namespace {

struct Handle {
  sqlite3_file file;  // first: SQLite knows only this part
  CrashVfs::Impl* disk;
  std::string* name;  // null: a file without a name, which nobody records
  std::shared_ptr<Content>* content;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file);
}
CrashVfs::Impl& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<CrashVfs::Impl*>(vfs->pAppData);
}

int close_file(sqlite3_file* file) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  --handle.disk->open_files;
  delete handle.name;
  delete handle.content;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  if (const int rc = handle.disk->fate(false, SQLITE_IOERR_READ); rc != SQLITE_OK) return rc;
  const std::string& content = (*handle.content)->bytes;
  const auto from = std::min(static_cast<std::size_t>(at), content.size());
  const auto size = std::min(static_cast<std::size_t>(bytes), content.size() - from);
  std::memcpy(to, content.data() + from, size);
  if (size == static_cast<std::size_t>(bytes)) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + size, 0, static_cast<std::size_t>(bytes) - size);
  return SQLITE_IOERR_SHORT_READ;
}

void record(Handle& handle, Step step) {
  if (handle.name == nullptr) return;
  step.file = *handle.name;
  handle.disk->steps.push_back(std::move(step));
}

int write_file(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  const int rc = handle.disk->fate(true, SQLITE_IOERR_WRITE);
  const auto size = static_cast<std::size_t>(rc == SQLITE_OK ? bytes : bytes / 2);
  std::string data(static_cast<const char*>(from), size);
  write_at((*handle.content)->bytes, static_cast<std::size_t>(at), data);
  record(handle,
         {.kind = Step::Kind::write, .at = static_cast<std::size_t>(at), .data = std::move(data)});
  return rc;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  if (const int rc = handle.disk->fate(true, SQLITE_IOERR_TRUNCATE); rc != SQLITE_OK) return rc;
  (*handle.content)->bytes.resize(static_cast<std::size_t>(size), '\0');
  record(handle, {.kind = Step::Kind::truncate, .at = static_cast<std::size_t>(size)});
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  if (const int rc = handle.disk->fate(true, SQLITE_IOERR_FSYNC); rc != SQLITE_OK) return rc;
  record(handle, {.kind = Step::Kind::sync, .folder_synced = (*handle.content)->name_is_new});
  (*handle.content)->name_is_new = false;
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.disk->mutex);
  *size = static_cast<sqlite3_int64>((*handle.content)->bytes.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int unlock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_reserved_lock(sqlite3_file*, int* held) {
  *held = 0;
  return SQLITE_OK;
}
int file_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
// As the system's own VFS says: a write does not touch the bytes beside it.
int sector_size(sqlite3_file*) {
  return 4096;
}
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

constexpr sqlite3_io_methods methods = {1,
                                        close_file,
                                        read_file,
                                        write_file,
                                        truncate_file,
                                        sync_file,
                                        size_of_file,
                                        lock_file,
                                        unlock_file,
                                        check_reserved_lock,
                                        file_control,
                                        sector_size,
                                        device_characteristics,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr,
                                        nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  CrashVfs::Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  file->pMethods = nullptr;
  std::shared_ptr<Content> content;
  if (name == nullptr) {
    content = std::make_shared<Content>();
  } else if (const auto found = disk.files.find(name); found != disk.files.end()) {
    content = found->second;
  } else {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (const int rc = disk.fate(true, SQLITE_CANTOPEN); rc != SQLITE_OK) return rc;
    content = std::make_shared<Content>();
    content->name_is_new = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    disk.files[name] = content;
    disk.steps.push_back({.kind = Step::Kind::create, .file = name});
  }
  auto* handle = new (file) Handle{};
  handle->disk = &disk;
  handle->name = name == nullptr ? nullptr : new std::string(name);
  handle->content = new std::shared_ptr<Content>(std::move(content));
  handle->file.pMethods = &methods;
  ++disk.open_files;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  CrashVfs::Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  if (!disk.files.contains(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (const int rc = disk.fate(true, SQLITE_IOERR_DELETE); rc != SQLITE_OK) return rc;
  disk.files.erase(name);
  disk.steps.push_back(
      {.kind = Step::Kind::remove, .file = name, .folder_synced = sync_folder != 0});
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
  CrashVfs::Impl& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex);
  const auto found = disk.files.find(name);
  *result = found != disk.files.end() && !found->second->bytes.empty() ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int bytes, char* out) {
  sqlite3_snprintf(bytes, out, "%s", name);
  return SQLITE_OK;
}

// The same every time, so that a seed names one run.
int randomness(sqlite3_vfs*, int bytes, char* out) {
  std::memset(out, 7, static_cast<std::size_t>(bytes));
  return bytes;
}
int sleep(sqlite3_vfs*, int) {
  return 0;
}
int current_time(sqlite3_vfs*, double* julian_day) {
  *julian_day = 2'460'000.5;
  return SQLITE_OK;
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

CrashVfs::CrashVfs(Files files) : impl_(std::make_unique<Impl>()) {
  static std::atomic<unsigned> count{0};
  impl_->name = "crash-" + std::to_string(++count);
  impl_->before = files;
  for (auto& [name, bytes] : files) {
    impl_->files[name] = std::make_shared<Content>(Content{std::move(bytes), false});
  }
  sqlite3_vfs& vfs = impl_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 512;
  vfs.zName = impl_->name.c_str();
  vfs.pAppData = impl_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = randomness;
  vfs.xSleep = sleep;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  sqlite3_vfs_register(&vfs, 0);
}

CrashVfs::~CrashVfs() {
  if (impl_->open_files != 0) std::abort();
  sqlite3_vfs_unregister(&impl_->vfs);
}

const char* CrashVfs::name() const {
  return impl_->name.c_str();
}

CrashVfs::Files CrashVfs::files() const {
  const std::lock_guard lock(impl_->mutex);
  Files files;
  for (const auto& [name, content] : impl_->files)
    files[name] = content->bytes;
  return files;
}

std::size_t CrashVfs::steps() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->steps.size();
}

CrashVfs::Files CrashVfs::after_cut(std::size_t step, Left left, std::uint64_t seed) const {
  const std::lock_guard lock(impl_->mutex);
  Disk disk(impl_->before);
  for (std::size_t i = 0; i < step && i < impl_->steps.size(); ++i)
    disk.take(impl_->steps[i]);
  return disk.left(left, seed);
}

void CrashVfs::fail(Fault fault, std::size_t at, bool for_ever) {
  const std::lock_guard lock(impl_->mutex);
  impl_->fault = fault;
  impl_->tries_left = at;
  impl_->for_ever = for_ever;
  impl_->failed = false;
}

void CrashVfs::heal() {
  const std::lock_guard lock(impl_->mutex);
  impl_->fault.reset();
}

bool CrashVfs::has_failed() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failed;
}

}  // namespace lintel::tests
