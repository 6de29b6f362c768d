#include "engine/daemon/storage_files.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

namespace fs = std::filesystem;

// Moves the file and what SQLite keeps beside it out of the way. Nothing: it could not be moved.
std::optional<std::string> put_aside(const std::string& path, const std::string& word) {
  for (int n = 1; n < 100; ++n) {
    const std::string aside = path + "." + word + "-" + std::to_string(n);
    if (fs::exists(aside)) continue;
    std::error_code error;
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      if (fs::exists(path + suffix)) fs::rename(path + suffix, aside + suffix, error);
    }
    return error ? std::nullopt : std::optional(aside);
  }
  return std::nullopt;
}

void add(std::string& trouble, const std::string& told) {
  log_error("storage", told);
  trouble += (trouble.empty() ? "" : "; ") + told;
}

// Out of the way with what cannot be worked on, if that is what `error` says. False: it is not, or
// it cannot be moved.
bool make_way(const std::string& path, const Error& error, std::string& trouble) {
  const bool newer = error.code == Errc::unsupported;
  if (!newer && error.code != Errc::corrupt) return false;
  const auto aside = put_aside(path, newer ? "newer" : "damaged");
  if (!aside) return false;
  add(trouble, path + (newer ? " is of a newer version (" : " is damaged (") + error.text +
                   ") and was put aside as " + *aside +
                   "; a fresh one was begun: synchronise this controller from its server");
  return true;
}

Result<storage::Store> open_store(const std::string& path, std::string& trouble) {
  auto store = storage::Store::open(path);
  if (!store && store.error().code == Errc::unsupported) {
    const auto back = storage::Store::go_back(path);
    if (!back && back.error().code != Errc::not_found && back.error().code != Errc::corrupt)
      return fail(Error(back.error()));
    if (back) {
      add(trouble, path +
                       " was of a newer version and was put aside; the copy from before the update "
                       "took its place: synchronise this controller from its server");
      store = storage::Store::open(path);
    }
  }
  if (store || !make_way(path, store.error(), trouble)) return store;
  return storage::Store::open(path);
}

// What the journal before has given out is not given out again, even if it cannot be read any more.
Result<storage::EventJournal> open_journal(const std::string& path, storage::Store& store,
                                           std::string& trouble) {
  auto journal = storage::EventJournal::open(path, {});
  if (journal) return journal;
  auto last = storage::EventJournal::last_index_of(path);
  if (!make_way(path, journal.error(), trouble)) return journal;
  if (!last) {
    const auto noted = store.option(last_event_option);
    if (!noted) return fail(Error(noted.error()));
    last = parse_number(noted->value_or("")).value_or(0) + limits::events_skipped;
  }
  journal = storage::EventJournal::open(path, {});
  if (!journal) return journal;
  if (auto begun = journal->begin_after(*last); !begun) return fail(std::move(begun).error());
  return journal;
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
  auto store = open_store(directory + "/lintel.db", trouble);
  if (!store) return fail(std::move(store).error());
  auto journal = open_journal(directory + "/events.db", *store, trouble);
  if (!journal) return fail(std::move(journal).error());
  if (const auto most = store->option("DelRecord"); most && *most) {
    const auto dropped = parse_number(**most);
    if (dropped) journal->set_capacity({limits::events_max, *dropped});
  }
  return StorageFiles{*std::move(store), *std::move(journal), trouble};
}

Result<void> remove_for_good(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(Errc::io, "remove " + path + ": " + std::strerror(errno));
  const auto folder = fs::path(path).parent_path();
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0)
    return fail(Errc::io, "sync the directory " + folder.string() + ": " + std::strerror(errno));
  return {};
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
