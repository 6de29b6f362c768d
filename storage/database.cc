#include "storage/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "engine/base/check.h"
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
  Database database;
  database.vfs_ = CheckedVfs::over(options.vfs);
  if (!database.vfs_) return errand({Errc::invalid, "there is no such VFS"});
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
  if (database.handle_ == nullptr) return errand({Errc::io, "no memory is left"});
  if (rc != SQLITE_OK) return errand(error_of(database.handle_, rc));
  const auto opened = database.harden()
                          .and_then([&] { return database.refuse_foreign(form); })
                          .and_then([&] { return database.make_durable(options); })
                          .and_then([&] { return database.migrate(form); });
  if (!opened) return errand(opened.error());
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

Result<void> Database::migrate(const Form& form) {
  const auto version = single_number("PRAGMA user_version");
  if (!version) return fail(version.error());
  for (auto next = static_cast<std::size_t>(*version) + 1; next <= form.steps.size(); ++next) {
    const auto done =
        run("BEGIN IMMEDIATE")
            .and_then([&] { return form.steps[next - 1](*this); })
            .and_then(
                [&] { return run("PRAGMA application_id=" + std::to_string(form.application_id)); })
            .and_then([&] { return run("PRAGMA user_version=" + std::to_string(next)); })
            .and_then([&] { return run("COMMIT"); });
    if (done) continue;
    if (in_transaction()) static_cast<void>(run("ROLLBACK"));  // the first error is the one to tell
    return fail(Error(done.error()).during("bring the file to version " + std::to_string(next)));
  }
  return {};
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
