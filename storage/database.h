// One SQLite file of ours: opened so that a commit is on disk when it returns, that nobody else can
// have it open, and that damage is an error and never an answer. SQLite's types end here.
//
// Not thread-safe: one thread at a time uses a database and its statements.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "storage/checked_vfs.h"
#include "storage/open_options.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lintel::storage {

class Database;

// A prepared statement. Its text is one of ours; what comes from outside is only ever bound.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters count from 1. The bytes must stay where they are until reset(). What goes wrong
  // here is told by step().
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  void bind_bytes(int parameter, std::string_view bytes);

  // True: a row. False: done.
  Result<bool> step();
  // Ready to run again; forgets what was bound.
  void reset();
  [[nodiscard]] bool running() const;  // between its first row and reset()

  // Columns count from 0; good until the next step() or reset().
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_ = nullptr;
  int bind_error_ = 0;
};

// Resets a statement when a block is left, whichever way.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

class Database {
 public:
  // One step forward of a file's form, inside a transaction of its own.
  using Migration = Result<void> (*)(Database&);
  struct Form {
    std::string_view noun;             // "configuration store", in messages
    std::int32_t application_id = 0;   // marks the file as ours
    std::span<const Migration> steps;  // from version 0 (an empty file) to the present one
  };

  // Opens or creates, and migrates forward. The file is left as it is, byte for byte, when it is
  //   damaged, or not ours       corrupt
  //   of a newer version         unsupported
  //   open in another program    busy
  static Result<Database> open(const std::string& path, const Form& form,
                               const OpenOptions& options);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;

  Result<Statement> prepare(std::string_view sql);
  Result<void> run(std::string_view sql);  // without parameters and without rows
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] std::uint64_t changes() const;  // rows of the last change
  [[nodiscard]] std::int64_t last_row_id() const;

 private:
  Database() = default;
  Result<void> harden();
  Result<void> refuse_foreign(const Form& form);
  Result<void> make_durable(const OpenOptions& options);
  Result<void> migrate(const Form& form);
  Result<std::int64_t> single_number(std::string_view sql);

  std::unique_ptr<CheckedVfs> vfs_;
  sqlite3* handle_ = nullptr;
};

}  // namespace lintel::storage
