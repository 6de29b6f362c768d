#include "rootfs/system/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "engine/base/unique_fd.h"

namespace lintel::helper {
namespace {

constexpr std::size_t bytes_max = 64u << 10;

tl::unexpected<Error> failed(const std::string& errand) {
  return fail(Errc::io, errand + ": " + std::strerror(errno));
}

Result<void> make_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return failed("make " + part);
    if (end == std::string::npos) return {};
  }
}

}  // namespace

std::optional<std::string> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::string text(bytes_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

Result<void> replace_text(const std::string& folder, const std::string& name, std::string_view text,
                          mode_t mode, Durable durable) {
  if (auto made = make_folder(folder); !made) return made;
  const UniqueFd place(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!place) return failed("open " + folder);
  const std::string beside = "." + name + ".new";
  ::unlinkat(place.get(), beside.c_str(), 0);
  const UniqueFd file(::openat(place.get(), beside.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  const std::string errand = "write " + folder + "/" + name;
  if (!file || ::fchmod(file.get(), mode) != 0) return failed(errand);
  while (!text.empty()) {
    const auto put = ::write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed(errand);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (durable == Durable::yes && ::fsync(file.get()) != 0) return failed(errand);
  if (::renameat(place.get(), beside.c_str(), place.get(), name.c_str()) != 0)
    return failed(errand);
  if (durable == Durable::yes && ::fsync(place.get()) != 0) return failed(errand);
  return {};
}

Result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove " + path);
  return {};
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()),
                                                 [](DIR* dir) { return ::closedir(dir); });
  if (!open) return names;
  while (const auto* entry = ::readdir(open.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace lintel::helper
