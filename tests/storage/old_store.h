// A configuration store as the first released form made it: the SQL of that day for what is our
// own, never changed. For stories about files that come from an older program.
#pragma once

#include <string>

#include "storage/database.h"
#include "storage/table_statements.h"
#include "tests/storage/store_words.h"

namespace lintel::tests {

inline Result<void> old_store_form(storage::Database& database) {
  return storage::create_tables(database)
      .and_then([&] {
        return database.run(
            "CREATE TABLE lintel_option(name TEXT PRIMARY KEY COLLATE NOCASE, value TEXT NOT NULL) "
            "WITHOUT ROWID");
      })
      .and_then([&] {
        return database.run(
            "CREATE TABLE lintel_command(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, digest BLOB "
            "NOT NULL, at INTEGER NOT NULL, result INTEGER NOT NULL, finished INTEGER NOT NULL, "
            "UNIQUE(id, digest))");
      });
}

// A person, an option, and two commands: "221", refused with -11, and "222", which was taken and
// never finished.
inline void make_old_store(const std::string& path, const storage::OpenOptions& options = {}) {
  static constexpr storage::Database::Migration steps[] = {old_store_form};
  auto database =
      must(storage::Database::open(path, {"configuration store", 0x4c6e5374, steps}, options));
  must(database.run("INSERT INTO lintel_option VALUES('LockCount', '4')"));
  must(
      database.run("INSERT INTO lintel_command VALUES(6, '221', x'6431', 1700000001, -11, 1), "
                   "(7, '222', x'6432', 1700000002, 0, 0)"));
}

}  // namespace lintel::tests
