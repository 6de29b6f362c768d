#include "storage/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/base/unique_fd.h"
#include "engine/core/limits.h"
#include "storage/schema.h"

namespace lintel::storage {
namespace {

constexpr int busy_wait_ms = 200;  // a program that is just ending may still hold the file
constexpr int wal_bytes_kept = 4 << 20;

Error error_of(sqlite3* handle, int rc) {
  const auto with_cause = [&](std::string text) {
    const int cause = sqlite3_system_errno(handle);
    if (cause != 0) text += ": " + std::generic_category().message(cause);
    return text + " (SQLite code " + std::to_string(rc) + ")";
  };
  switch (rc) {  // the exact code first, then its family
    case SQLITE_IOERR_DATA:
      return {Errc::corrupt, "the file is damaged: a page does not fit its checksum"};
    case SQLITE_IOERR_CORRUPTFS:
      return {Errc::corrupt, "the file system is damaged"};
    case SQLITE_IOERR_NOMEM:
      return {Errc::io, "no memory is left"};
    case SQLITE_IOERR_READ:
      return {Errc::io, with_cause("the disk failed while reading")};
    case SQLITE_IOERR_WRITE:
      return {Errc::io, with_cause("the disk failed while writing")};
    case SQLITE_IOERR_FSYNC:
      return {Errc::io, with_cause("the disk failed while storing for good")};
    default:
      break;
  }
  switch (rc & 0xff) {
    case SQLITE_FULL:
      return {Errc::full, "the disk is full"};
    case SQLITE_READONLY:
      return {Errc::io, "the file or its disk is read-only"};
    case SQLITE_CANTOPEN:
      return {Errc::io, with_cause("the file cannot be opened")};
    case SQLITE_IOERR:
      return {Errc::io, with_cause("the disk failed")};
    case SQLITE_NOMEM:
      return {Errc::io, "no memory is left"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::busy, "another program has the file open; end it first"};
    case SQLITE_NOTADB:
      return {Errc::corrupt, "the file is not a database"};
    case SQLITE_CORRUPT:
      return {Errc::corrupt, "the file is damaged"};
    case SQLITE_TOOBIG:
      return {Errc::full,
              "a row is larger than " + std::to_string(limits::row_bytes_max) + " bytes"};
    // The statements are ours and fixed: when one does not fit, the file's tables are not.
    default:
      return {Errc::corrupt,
              "the file does not have our tables: " + std::string(sqlite3_errmsg(handle))};
  }
}

constexpr std::uint64_t spare_room = 16u << 20;  // that stays free beside a copy

Error disk_error(const std::string& errand) {
  return Error{Errc::io, std::generic_category().message(errno)}.during(errand);
}

Result<void> has_room(const std::string& path, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return fail(disk_error("look at the disk"));
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= bytes + spare_room) return {};
  return fail(Errc::full, "a copy has " + std::to_string(bytes) + " bytes, and " +
                              std::to_string(free) + " are free");
}

Result<void> sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail(disk_error("sync the folder"));
  return {};
}

}  // namespace

// ---- Statement

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), bind_error_(other.bind_error_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(bind_error_, other.bind_error_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::bind(int parameter, std::string_view text) {
  const char* bytes = text.data() == nullptr ? "" : text.data();  // null would bind NULL
  const int rc =
      sqlite3_bind_text64(statement_, parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (rc != SQLITE_OK) bind_error_ = rc;
}

void Statement::bind(int parameter, std::int64_t number) {
  const int rc = sqlite3_bind_int64(statement_, parameter, number);
  if (rc != SQLITE_OK) bind_error_ = rc;
}

void Statement::bind_bytes(int parameter, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  const int rc = sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC);
  if (rc != SQLITE_OK) bind_error_ = rc;
}

Result<bool> Statement::step() {
  const int rc = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return fail(error_of(sqlite3_db_handle(statement_), rc));
}

void Statement::reset() {
  sqlite3_reset(statement_);  // its result repeats what step() has told
  sqlite3_clear_bindings(statement_);
  bind_error_ = SQLITE_OK;
}

bool Statement::running() const {
  return sqlite3_stmt_busy(statement_) != 0;
}

std::string_view Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

// ---- Database

LaterForm::LaterForm(const Database::Form& form, const OpenOptions& options)
    : steps_(form.steps.begin(), form.steps.end()), form_(form) {
  if (options.later_steps.empty()) return;
  steps_.insert(steps_.end(), options.later_steps.begin(), options.later_steps.end());
  form_.steps = steps_;
  form_.readable_from = options.later_readable_from;
}

Database::Database(Database&& other) noexcept
    : vfs_(std::move(other.vfs_)), handle_(std::exchange(other.handle_, nullptr)) {}

Database::~Database() {
  // Every statement belongs to somebody who is gone by now.
  DOOR_CHECK(sqlite3_close(handle_) == SQLITE_OK);
}

Result<Database> Database::open(const std::string& path, const Form& form,
                                const OpenOptions& options) {
  const auto errand = [&](Error error) {
    return fail(std::move(error).during("open " + std::string(form.noun) + " " + path));
  };
  auto database = connect(path, options);
  if (!database) return errand(database.error());
  const auto opened = database->refuse_foreign(form)
                          .and_then([&] { return database->make_durable(options); })
                          .and_then([&] { return database->migrate(path, form, options); });
  if (!opened) return errand(opened.error());
  return database;
}

Result<Database> Database::connect(const std::string& path, const OpenOptions& options) {
  Database database;
  database.vfs_ = CheckedVfs::over(options.vfs);
  if (!database.vfs_) return fail(Errc::invalid, "there is no such VFS");
  if (options.vfs == nullptr) {
    // The file holds cards and passwords: nobody but its owner reads it. The log beside it
    // takes over the mode. A file that exists keeps its own, and a failure is told by SQLite below.
    const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_RDWR, 0600);
    if (fd >= 0) ::close(fd);
  }
  const int rc = sqlite3_open_v2(
      path.c_str(), &database.handle_,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      database.vfs_->name());
  if (database.handle_ == nullptr) return fail(Errc::io, "no memory is left");
  if (rc != SQLITE_OK) return fail(error_of(database.handle_, rc));
  if (auto hardened = database.harden(); !hardened) return fail(hardened.error());
  return database;
}

// Before the file is read for the first time.
Result<void> Database::harden() {
  sqlite3_busy_timeout(handle_, busy_wait_ms);
  constexpr std::pair<int, int> switches[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      // Until the file is known to be ours, closing it must not work its log into it.
      {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
  };
  for (const auto& [option, value] : switches) {
    const int rc = sqlite3_db_config(handle_, option, value, nullptr);
    if (rc != SQLITE_OK) return fail(error_of(handle_, rc));
  }
  constexpr std::pair<int, int> maxima[] = {
      {SQLITE_LIMIT_LENGTH,
       static_cast<int>(limits::row_bytes_max) + 4096},  // and the row's own header
      {SQLITE_LIMIT_SQL_LENGTH, 16 << 10},
      {SQLITE_LIMIT_COLUMN, static_cast<int>(fields_max) + 4},
      {SQLITE_LIMIT_EXPR_DEPTH, static_cast<int>(fields_max) + 32},  // a condition on every field
      {SQLITE_LIMIT_COMPOUND_SELECT, 4},
      {SQLITE_LIMIT_VDBE_OP, 25'000},
      {SQLITE_LIMIT_FUNCTION_ARG, 8},
      {SQLITE_LIMIT_ATTACHED, 0},
      {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 16},
      {SQLITE_LIMIT_VARIABLE_NUMBER, static_cast<int>(fields_max) + 4},
      {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
      {SQLITE_LIMIT_WORKER_THREADS, 0},
  };
  for (const auto& [limit, value] : maxima)
    sqlite3_limit(handle_, limit, value);
  int reserved = reserved_bytes;  // for the checksum; only a new file takes it over
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  for (const char* pragma :
       {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA page_size=4096", "PRAGMA cache_size=-2048",
        "PRAGMA temp_store=MEMORY", "PRAGMA cell_size_check=ON", "PRAGMA secure_delete=ON"}) {
    if (auto done = run(pragma); !done) return done;
  }
  return {};
}

Result<void> Database::refuse_foreign(const Form& form) {
  const auto id = single_number("PRAGMA application_id");
  if (!id) return fail(id.error());
  const auto version = single_number("PRAGMA user_version");
  if (!version) return fail(version.error());
  const auto newest = static_cast<std::int64_t>(form.steps.size());
  if (*id == 0 && *version == 0) {
    const auto tables = single_number("SELECT count(*) FROM sqlite_schema");
    if (!tables) return fail(tables.error());
    if (*tables == 0) return {};  // a new file, or one whose making was cut short
  }
  if (*id != form.application_id) {
    return fail(Errc::corrupt, "the file is a database, but not a " + std::string(form.noun));
  }
  if (*version > newest) {
    const auto told = single_number("SELECT count(*) FROM sqlite_schema WHERE name='lintel_form'");
    if (!told) return fail(told.error());
    const auto from =
        *told == 0 ? 0 : single_number("SELECT readable_from FROM lintel_form WHERE one=1");
    if (!from) return fail(from.error());
    if (*from > 0 && *from <= newest) return {};
  }
  if (*version < 0 || *version > newest) {
    return fail(Errc::unsupported, "the file has version " + std::to_string(*version) +
                                       ", and this program knows " + std::to_string(newest) +
                                       "; it was left as it is");
  }
  return {};
}

Result<void> Database::make_durable(const OpenOptions& options) {
  auto statement = prepare("PRAGMA journal_mode=WAL");
  if (!statement) return fail(statement.error());
  const auto row = statement->step();
  if (!row) return fail(row.error());
  if (!*row || statement->text(0) != "wal")
    return fail(Errc::io, "the file cannot keep a write-ahead log");
  statement->reset();
  const char* synchronous = options.durability == Durability::full     ? "PRAGMA synchronous=FULL"
                            : options.durability == Durability::normal ? "PRAGMA synchronous=NORMAL"
                                                                       : "PRAGMA synchronous=OFF";
  for (const std::string& pragma :
       {std::string(synchronous),
        "PRAGMA wal_autocheckpoint=" + std::to_string(options.checkpoint_pages),
        "PRAGMA journal_size_limit=" + std::to_string(wal_bytes_kept)}) {
    if (auto done = run(pragma); !done) return done;
  }
  const int rc = sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  if (rc != SQLITE_OK) return fail(error_of(handle_, rc));
  return {};
}

Result<void> Database::migrate(const std::string& path, const Form& form,
                               const OpenOptions& options) {
  const auto version = single_number("PRAGMA user_version");
  if (!version) return fail(version.error());
  const bool older = *version > 0 && static_cast<std::size_t>(*version) < form.steps.size();
  if (older && form.keeps_copy) {
    if (auto kept = keep_copy(path, form, options); !kept) {
      log_error("storage", "there will be no way back to an older version: " + kept.error().text);
    }
  }
  for (auto next = static_cast<std::size_t>(*version) + 1; next <= form.steps.size(); ++next) {
    const auto done =
        run("BEGIN IMMEDIATE")
            .and_then([&] { return form.steps[next - 1](*this); })
            .and_then(
                [&] { return run("PRAGMA application_id=" + std::to_string(form.application_id)); })
            .and_then([&] { return run("PRAGMA user_version=" + std::to_string(next)); })
            .and_then(
                [&] { return next == form.steps.size() ? note_readers(form) : Result<void>(); })
            .and_then([&] { return run("COMMIT"); });
    if (done) continue;
    if (in_transaction()) static_cast<void>(run("ROLLBACK"));  // the first error is the one to tell
    return fail(Error(done.error()).during("bring the file to version " + std::to_string(next)));
  }
  if (older && form.keeps_copy) {
    // What was set aside on a way back is of no use any more.
    sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs);
    vfs->xDelete(vfs, newer_copy(path).c_str(), 1);
  }
  return {};
}

Result<void> Database::note_readers(const Form& form) {
  return run("CREATE TABLE IF NOT EXISTS lintel_form(one INTEGER PRIMARY KEY, readable_from "
             "INTEGER "
             "NOT NULL)")
      .and_then([&] {
        return run("REPLACE INTO lintel_form VALUES(1, " + std::to_string(form.readable_from) +
                   ")");
      });
}

Result<std::int64_t> Database::look(const std::string& path, std::string_view sql) {
  if (::access(path.c_str(), F_OK) != 0) return fail(Errc::not_found, "there is no such file");
  auto database = connect(path, {});
  if (!database) return fail(database.error());
  return database->single_number(sql);
}

// ---- the way back

Result<void> Database::keep_copy(const std::string& path, const Form& form,
                                 const OpenOptions& options) {
  const auto errand = [&](Error error) {
    return fail(
        std::move(error).during("copy the " + std::string(form.noun) + " before it goes forward"));
  };
  const auto copy = older_copy(path);
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs);
  // One of an older version yet; with what a power cut may have left of its making.
  for (const char* suffix : {"-journal", ""})
    vfs->xDelete(vfs, (copy + suffix).c_str(), 1);
  if (options.vfs == nullptr) {
    const auto pages = single_number("PRAGMA page_count");
    if (!pages) return errand(pages.error());
    if (auto room = has_room(path, static_cast<std::uint64_t>(*pages) * page_bytes); !room)
      return errand(room.error());
  }
  if (auto copied = copy_into(copy, options); !copied) {
    for (const char* suffix : {"-journal", ""})
      vfs->xDelete(vfs, (copy + suffix).c_str(), 1);
    return errand(copied.error());
  }
  return {};
}

// In one transaction of the copy, with a rollback journal: after a power cut it is whole or empty.
Result<void> Database::copy_into(const std::string& path, const OpenOptions& options) {
  auto copy = connect(path, options);
  if (!copy) return fail(copy.error());
  // EXTRA: the copy counts when its journal has gone from the folder, and that is to last.
  if (auto done = copy->run("PRAGMA synchronous=EXTRA"); !done) return done;
  sqlite3_backup* backup = sqlite3_backup_init(copy->handle_, "main", handle_, "main");
  if (backup == nullptr) return fail(error_of(copy->handle_, sqlite3_errcode(copy->handle_)));
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return fail(error_of(copy->handle_, stepped));
  if (finished != SQLITE_OK) return fail(error_of(copy->handle_, finished));
  return {};
}

// The write-ahead log goes into the file, and away when the file is closed.
Result<void> Database::fold() {
  const int rc = sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  if (rc != SQLITE_OK) return fail(error_of(handle_, rc));
  return run("PRAGMA synchronous=FULL").and_then([&] {
    return run("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}

Result<void> Database::go_back(const std::string& path, const Form& form) {
  const auto copy = older_copy(path), aside = newer_copy(path);
  const auto errand = [&](Error error) {
    return fail(std::move(error).during("put the " + std::string(form.noun) + " back"));
  };
  if (::access(copy.c_str(), F_OK) != 0) return errand({Errc::not_found, "there is no copy"});
  {
    auto older = connect(copy, {});
    if (!older) return errand({Errc::not_found, older.error().text});
    const auto version = older->single_number("PRAGMA user_version");
    const auto ours = older->refuse_foreign(form);
    if (!version || !ours || *version == 0)
      return errand({Errc::not_found, ours ? "the copy is not whole" : ours.error().text});
  }
  {
    auto newer = connect(path, {});
    if (!newer) return errand(newer.error());
    if (auto folded = newer->fold(); !folded) return errand(folded.error());
  }
  if (::access((path + "-wal").c_str(), F_OK) == 0)
    return errand({Errc::io, "its write-ahead log is still there"});
  ::unlink(aside.c_str());
  if (::link(path.c_str(), aside.c_str()) != 0) return errand(disk_error("set the newer aside"));
  if (auto synced = sync_folder_of(path); !synced) return errand(synced.error());
  if (std::rename(copy.c_str(), path.c_str()) != 0) return errand(disk_error("rename the copy"));
  return sync_folder_of(path);
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (rc != SQLITE_OK) return fail(error_of(handle_, rc));
  return Statement(statement);
}

Result<void> Database::run(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return fail(statement.error());
  for (;;) {  // some pragmas answer with a row
    const auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) return {};
  }
}

Result<std::int64_t> Database::single_number(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return fail(statement.error());
  const auto row = statement->step();
  if (!row) return fail(row.error());
  return *row ? statement->number(0) : 0;
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}
std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(handle_));
}
std::int64_t Database::last_row_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

}  // namespace lintel::storage
