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
#include <vector>

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
    // The oldest version whose programs may go on working on a file of the present one, because
    // the steps since then have only added; stands in the file. 0: none.
    std::int32_t readable_from = 0;
    bool keeps_copy = false;  // of the file as it was, before an older one goes forward
  };

  // Opens or creates, and migrates forward; where the form keeps a copy, older_copy() is made first
  // and whole, and newer_copy() goes afterwards. Without room for a copy it goes forward without
  // one, and the log says so. The file is left as it is, byte for byte, when it is
  //   damaged, or not ours       corrupt
  //   of a newer version         unsupported, but not if that says we may work on it
  //   open in another program    busy
  static Result<Database> open(const std::string& path, const Form& form,
                               const OpenOptions& options);
  ~Database();

  // The way back, for a file that was refused as newer: it is set aside as newer_copy(), and
  // older_copy() takes its place in one step. A power cut leaves the one or the other; call it
  // again then. On the system's own files only. Nothing has changed when there is
  //   no copy that we can work on  not_found
  //   trouble with the disk        io
  static Result<void> go_back(const std::string& path, const Form& form);
  // One number of a file, which is left as it is: whatever it is, and as far as it can be read.
  static Result<std::int64_t> look(const std::string& path, std::string_view sql);
  static std::string older_copy(const std::string& path) { return path + ".older"; }
  static std::string newer_copy(const std::string& path) { return path + ".newer"; }

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
  Result<void> migrate(const std::string& path, const Form& form, const OpenOptions& options);
  Result<std::int64_t> single_number(std::string_view sql);
  static Result<Database> connect(const std::string& path, const OpenOptions& options);
  Result<void> fold();
  Result<void> keep_copy(const std::string& path, const Form& form, const OpenOptions& options);
  Result<void> copy_into(const std::string& path, const OpenOptions& options);
  Result<void> note_readers(const Form& form);

  std::unique_ptr<CheckedVfs> vfs_;
  sqlite3* handle_ = nullptr;
};

// A form as OpenOptions would have it: with the steps of a later program.
class LaterForm {
 public:
  LaterForm(const Database::Form& form, const OpenOptions& options);
  [[nodiscard]] const Database::Form& form() const { return form_; }

 private:
  std::vector<Database::Migration> steps_;
  Database::Form form_;
};

}  // namespace lintel::storage
