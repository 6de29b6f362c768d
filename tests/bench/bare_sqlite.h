// SQLite with nothing around it: the limit that storage is measured against. One table of text
// columns, the first `keys` of them its unique key; the same durability as ours.
#pragma once

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace lintel::bench {

class BareSqlite {
 public:
  BareSqlite(const std::string& path, int columns, int keys = 0) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) give_up();
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("PRAGMA locking_mode=EXCLUSIVE");
    std::string create = "CREATE TABLE t (id INTEGER PRIMARY KEY", unique,
                insert = "INSERT INTO t VALUES (NULL";
    for (int i = 0; i < columns; ++i) {
      const auto name = "c" + std::to_string(i);
      create += ", " + name + " TEXT NOT NULL";
      if (i < keys) unique += (i == 0 ? "" : ", ") + name;
      insert += ", ?";
    }
    run(create + (keys > 0 ? ", UNIQUE (" + unique + "))" : ")"));
    if (sqlite3_prepare_v2(db_, (insert + ")").c_str(), -1, &insert_, nullptr) != SQLITE_OK)
      give_up();
  }
  ~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) give_up();
  }
  void insert(const std::vector<std::string>& values) {
    int at = 0;
    for (const auto& value : values) {
      sqlite3_bind_text(insert_, ++at, value.data(), static_cast<int>(value.size()), nullptr);
    }
    if (sqlite3_step(insert_) != SQLITE_DONE) give_up();
    sqlite3_reset(insert_);
  }

 private:
  [[noreturn]] void give_up() {
    std::fprintf(stderr, "lintel-bench: bare SQLite: %s\n", sqlite3_errmsg(db_));
    std::exit(1);
  }
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

}  // namespace lintel::bench
