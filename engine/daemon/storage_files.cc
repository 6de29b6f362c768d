#include "engine/daemon/storage_files.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

namespace fs = std::filesystem;

// Moves the file and what SQLite keeps beside it out of the way. Nothing: it could not be moved.
std::optional<std::string> put_aside(const std::string& path) {
  for (int n = 1; n < 100; ++n) {
    const std::string aside = path + ".damaged-" + std::to_string(n);
    if (fs::exists(aside)) continue;
    std::error_code error;
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      if (fs::exists(path + suffix)) fs::rename(path + suffix, aside + suffix, error);
    }
    return error ? std::nullopt : std::optional(aside);
  }
  return std::nullopt;
}

template <class File, class Open>
Result<File> open_or_begin_anew(const std::string& path, Open open, std::string& trouble) {
  auto file = open(path);
  if (file || file.error().code != Errc::corrupt) return file;
  const std::string damage = file.error().text;
  const auto aside = put_aside(path);
  if (!aside) return file;
  const std::string told = path + " is damaged (" + damage + ") and was put aside as " + *aside +
                           "; a fresh one was begun: synchronise this controller from its server";
  log_error("storage", told);
  trouble += (trouble.empty() ? "" : "; ") + told;
  return open(path);
}

}  // namespace

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  const bool made = fs::create_directories(path, error);
  if (error) return fail(Errc::io, "make the directory " + path + ": " + error.message());
  if (made) fs::permissions(path, fs::perms::owner_all, error);
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(Errc::io, "the directory " + path + " cannot be written by this user");
  }
  return {};
}

Result<StorageFiles> open_storage(const std::string& directory) {
  std::string trouble;
  auto store = open_or_begin_anew<storage::Store>(
      directory + "/lintel.db", [](const std::string& path) { return storage::Store::open(path); },
      trouble);
  if (!store) return fail(std::move(store).error());
  auto journal = open_or_begin_anew<storage::EventJournal>(
      directory + "/events.db",
      [](const std::string& path) { return storage::EventJournal::open(path, {}); }, trouble);
  if (!journal) return fail(std::move(journal).error());
  if (const auto most = store->option("DelRecord"); most && *most) {
    const auto dropped = parse_number(**most);
    if (dropped) journal->set_capacity({limits::events_max, *dropped});
  }
  return StorageFiles{*std::move(store), *std::move(journal), trouble};
}

std::optional<uid_t> user_id(const std::string& name) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return entry.pw_uid;
}

}  // namespace lintel::daemon
