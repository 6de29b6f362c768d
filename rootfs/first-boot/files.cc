#include "rootfs/first-boot/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/unique_fd.h"

namespace lintel::first_boot {
namespace {

constexpr std::size_t text_bytes_max = 64u << 10;
constexpr unsigned depth_max = 64;

tl::unexpected<Error> failed(const std::string& errand) {
  return fail(Errc::io, errand + ": " + std::strerror(errno));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failed("sync the folder " + path);
  return {};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  // A descriptor of its own: reading moves its place.
  UniqueFd own(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::unique_ptr<DIR, CloseFolder> list(own ? ::fdopendir(own.get()) : nullptr);
  if (!list) return names;
  static_cast<void>(own.release());  // list's now
  while (const auto* entry = ::readdir(list.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

}  // namespace

std::optional<std::string> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  std::string text(text_bytes_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

bool exists(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

Result<void> Files::write(const std::string& path, std::string_view text, mode_t mode,
                          Owner owner) {
  const auto beside = path + ".new";
  before_change_();
  ::unlink(beside.c_str());  // of a start that the power ended
  const UniqueFd file(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("make " + beside);
  for (auto left = text; !left.empty();) {
    const auto put = ::write(file.get(), left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed("write " + beside);
    left.remove_prefix(static_cast<std::size_t>(put));
    before_change_();
  }
  if (::fchown(file.get(), owner.user, owner.group) != 0 || ::fchmod(file.get(), mode) != 0)
    return failed("give " + beside + " its owner");
  before_change_();
  if (::fsync(file.get()) != 0) return failed("sync " + beside);
  before_change_();
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed("rename " + beside);
  before_change_();
  return sync_folder(folder_of(path));
}

Result<void> Files::folder(const std::string& path, mode_t mode, Owner owner) {
  before_change_();
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) return failed("make the folder " + path);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  struct stat about {};
  if (!folder || ::fstat(folder.get(), &about) != 0) return failed("open the folder " + path);
  const bool fits = owner == Owner{about.st_uid, about.st_gid} && (about.st_mode & 07777) == mode;
  if (fits && !made) return {};
  before_change_();
  if (::fchown(folder.get(), owner.user, owner.group) != 0 || ::fchmod(folder.get(), mode) != 0)
    return failed("give the folder " + path + " its owner");
  before_change_();
  if (::fsync(folder.get()) != 0) return failed("sync the folder " + path);
  return sync_folder(folder_of(path));
}

Result<void> Files::remove(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) return {};
  before_change_();
  if (!S_ISDIR(about.st_mode)) {
    if (::unlink(path.c_str()) != 0) return failed("remove " + path);
    return sync_folder(folder_of(path));
  }
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder) return failed("open the folder " + path);
  if (auto emptied = empty_folder(folder.get(), path, 0, about.st_dev); !emptied) return emptied;
  before_change_();
  if (::rmdir(path.c_str()) != 0) return failed("remove the folder " + path);
  return sync_folder(folder_of(path));
}

Result<void> Files::empty_folder(int folder, const std::string& path, unsigned depth,
                                 dev_t device) {
  if (depth > depth_max) return fail(Errc::full, path + " is too deep");
  for (const auto& name : names_in(folder)) {
    struct stat about {};
    if (::fstatat(folder, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0)
      return failed("look at " + path + "/" + name);
    if (S_ISDIR(about.st_mode) && about.st_dev == device) {
      const UniqueFd inner(
          ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
      if (!inner) return failed("open the folder " + path + "/" + name);
      auto emptied = empty_folder(inner.get(), path + "/" + name, depth + 1, device);
      if (!emptied) return emptied;
    }
    before_change_();
    const int what = S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0;
    if (::unlinkat(folder, name.c_str(), what) != 0) return failed("remove " + path + "/" + name);
  }
  return {};
}

}  // namespace lintel::first_boot
