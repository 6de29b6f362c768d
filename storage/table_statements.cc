#include "storage/table_statements.h"

#include <algorithm>
#include <string>

#include "engine/base/check.h"

namespace lintel::storage {
namespace {

// Many names of the protocol are words of SQL (Group, Index, Loop): all are quoted. A name is a
// declared one and has no quote in it.
std::string quoted(std::string_view name) {
  return '"' + std::string(name) + '"';
}

// "a","b" for the fields that `want` says yes to.
template <class Want, class Write>
std::string list_of(const TableSchema& table, std::string_view between, const Want& want,
                    const Write& write) {
  std::string list;
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    if (!want(i)) continue;
    if (!list.empty()) list += between;
    list += write(i);
  }
  return list;
}

// Where the first part of the key is known, the index of the key finds the few rows that there can
// be; a + before a name keeps SQLite from trying a longer one.
std::string conditions(const TableSchema& table, const FieldSet& fields) {
  const auto first_of_key = static_cast<std::size_t>(
      std::ranges::find_if(table.fields, [](const Field& field) { return field.key; }) -
      table.fields.begin());
  return list_of(
      table, " AND ", [&](std::size_t i) { return fields[i]; },
      [&](std::size_t i) {
        const bool passed_over = table.fields[i].looked_up && fields[first_of_key];
        return (passed_over ? "+" : "") + quoted(table.fields[i].name) + "=?" +
               std::to_string(parameter_of(i));
      });
}

std::string upsert_sql(const TableSchema& table, const FieldSet& fields) {
  const auto name = [&](std::size_t i) { return quoted(table.fields[i].name); };
  const auto given = [&](std::size_t i) { return fields[i]; };
  const auto key = [&](std::size_t i) { return table.fields[i].key; };
  const std::string changes = list_of(
      table, ",", [&](std::size_t i) { return fields[i] && !table.fields[i].key; },
      [&](std::size_t i) { return name(i) + "=excluded." + name(i); });
  return "INSERT INTO " + quoted(table.name) + "(" + list_of(table, ",", given, name) +
         ") VALUES(" +
         list_of(table, ",", given,
                 [](std::size_t i) { return "?" + std::to_string(parameter_of(i)); }) +
         ") ON CONFLICT(" + list_of(table, ",", key, name) + ") DO " +
         (changes.empty() ? "NOTHING" : "UPDATE SET " + changes);
}

std::string select_sql(const TableSchema& table, const FieldSet& fields) {
  std::string sql = "SELECT row_id";
  for (const Field& field : table.fields)
    sql += "," + quoted(field.name);
  sql += " FROM " + quoted(table.name) + " WHERE row_id>?" + std::to_string(parameter_after(table));
  if (fields.any()) sql += " AND " + conditions(table, fields);
  return sql + " ORDER BY row_id";
}

std::string sql_of(Verb verb, const TableSchema& table, const FieldSet& fields) {
  const std::string where = fields.any() ? " WHERE " + conditions(table, fields) : "";
  switch (verb) {
    case Verb::upsert:
      return upsert_sql(table, fields);
    case Verb::select:
      return select_sql(table, fields);
    case Verb::count:
      return "SELECT count(*) FROM " + quoted(table.name) + where;
    case Verb::erase:
      return "DELETE FROM " + quoted(table.name) + where;
  }
  return {};
}

// Text that compares byte by byte; hexadecimal digits without regard to case, in the key too.
std::string column_sql(const Field& field) {
  return quoted(field.name) + " TEXT NOT NULL DEFAULT ''" + (field.hex ? " COLLATE NOCASE" : "");
}

Result<void> create_table(Database& database, const TableSchema& table) {
  std::string sql = "CREATE TABLE " + quoted(table.name) + "(row_id INTEGER PRIMARY KEY";
  for (const Field& field : table.fields)
    sql += "," + column_sql(field);
  if (auto done = database.run(sql + ")"); !done) return done;
  const std::string key = list_of(
      table, ",", [&](std::size_t i) { return table.fields[i].key; },
      [&](std::size_t i) { return quoted(table.fields[i].name); });
  return database.run("CREATE UNIQUE INDEX " + quoted(std::string(table.name) + " key") + " ON " +
                      quoted(table.name) + "(" + key + ")");
}

// Row ids stand in every index, in order: pages of rows with one value are read from it alone.
Result<void> create_indexes(Database& database, const TableSchema& table) {
  for (const Field& field : table.fields) {
    if (!field.looked_up) continue;
    const auto name = std::string(table.name) + " by " + std::string(field.name);
    auto done = database.run("CREATE INDEX IF NOT EXISTS " + quoted(name) + " ON " +
                             quoted(table.name) + "(" + quoted(field.name) + ")");
    if (!done) return done;
  }
  return {};
}

Result<FieldSet> fields_in_file(Database& database, const TableSchema& table) {
  auto statement = database.prepare("SELECT name FROM pragma_table_info(?1)");
  if (!statement) return fail(statement.error());
  statement->bind(1, table.name);
  FieldSet present;
  for (;;) {
    const auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) return present;
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      if (table.fields[i].name == statement->text(0)) present.set(i);
    }
  }
}

}  // namespace

Result<void> create_tables(Database& database) {
  for (const TableSchema& table : tables()) {
    const auto present = fields_in_file(database, table);
    if (!present) return fail(present.error());
    if (present->none()) {
      if (auto done = create_table(database, table); !done) return done;
    }
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      if (present->none() || (*present)[i]) continue;
      auto done = database.run("ALTER TABLE " + quoted(table.name) + " ADD COLUMN " +
                               column_sql(table.fields[i]));
      if (!done) return done;
    }
    if (auto done = create_indexes(database, table); !done) return done;
  }
  return {};
}

TableStatements::Kept& TableStatements::place_for_one_more() {
  if (kept_.size() >= kept_max) {
    const auto oldest = std::ranges::min_element(kept_, {}, [](const auto& kept) {
      return kept->statement.running() ? UINT64_MAX : kept->used;
    });
    if (!(*oldest)->statement.running()) return **oldest;
  }
  return *kept_.emplace_back(std::make_unique<Kept>());
}

Result<Statement*> TableStatements::get(Verb verb, const TableSchema& table,
                                        const FieldSet& fields) {
  DOOR_CHECK(&table >= tables().data() && &table < tables().data() + tables().size());
  // One that is running belongs to a caller further up: who asks from inside a row gets another.
  const auto found = std::ranges::find_if(kept_, [&](const auto& kept) {
    return kept->table == &table && kept->verb == verb && kept->fields == fields &&
           !kept->statement.running();
  });
  if (found != kept_.end()) {
    (*found)->used = ++uses_;
    return &(*found)->statement;
  }
  auto statement = database_.prepare(sql_of(verb, table, fields));
  if (!statement) return fail(statement.error());
  Kept& kept = place_for_one_more();
  kept.verb = verb;
  kept.table = &table;
  kept.fields = fields;
  kept.used = ++uses_;
  kept.statement = std::move(*statement);
  return &kept.statement;
}

}  // namespace lintel::storage
