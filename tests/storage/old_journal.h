// A journal file as the first released form made it: the SQL of that day, never changed. For
// stories about files that come from an older program.
#pragma once

#include <string>

#include "storage/database.h"
#include "tests/storage/store_words.h"

namespace lintel::tests {

inline Result<void> old_journal_form(storage::Database& database) {
  return database
      .run(
          "CREATE TABLE event(id INTEGER PRIMARY KEY, code INTEGER NOT NULL, at INTEGER NOT NULL, "
          "pin TEXT NOT NULL, card INTEGER NOT NULL, site_code INTEGER NOT NULL, address INTEGER "
          "NOT NULL, way INTEGER NOT NULL, verify INTEGER NOT NULL, card_bits INTEGER NOT NULL, "
          "reason TEXT NOT NULL)")
      .and_then([&] {
        return database.run(
            "CREATE TABLE state(one INTEGER PRIMARY KEY, confirmed INTEGER NOT NULL, erased_to "
            "INTEGER NOT NULL)");
      })
      .and_then([&] { return database.run("INSERT INTO state VALUES(1, 0, 0)"); });
}

// Events 4, 5 and 6, of which the server has 4; three older ones were erased.
inline void make_old_journal(const std::string& path, const storage::OpenOptions& options = {}) {
  static constexpr storage::Database::Migration steps[] = {old_journal_form};
  auto database =
      must(storage::Database::open(path, {"event journal", 0x4c6e4a6e, steps}, options));
  must(database.run("UPDATE state SET confirmed=4, erased_to=3"));
  must(database.run(
      "INSERT INTO event VALUES"
      "(4, 0, 1700000004, '1004', 77, 12, 1, 0, 4, 26, 'granted record=1 detail=5 door=1 "
      "reader=1'),"
      "(5, 21, 1700000005, '1005', -1, 0, 2, 1, 200, 34, 'time_zone record=3 door=2 reader=4'),"
      "(6, 206, 1700000006, '', 0, 0, 0, 2, 200, 0, 'system')"));
}

}  // namespace lintel::tests
