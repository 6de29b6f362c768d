#include "storage/store.h"

#include <algorithm>
#include <array>

#include "engine/core/limits.h"
#include "storage/commands.h"
#include "storage/database.h"
#include "storage/table_statements.h"

namespace lintel::storage {
namespace {

constexpr std::size_t option_name_bytes_max = 128;

Result<void> create_options(Database& database) {
  return database.run(
      "CREATE TABLE lintel_option(name TEXT PRIMARY KEY COLLATE NOCASE, value TEXT NOT NULL) "
      "WITHOUT ROWID");
}

Result<void> first_form(Database& database) {
  return create_tables(database).and_then([&] { return create_options(database); }).and_then([&] {
    return Commands::create_first(database);
  });
}

// Which results the server has, and what goes up unasked.
Result<void> second_form(Database& database) {
  return Commands::add_reports(database).and_then([&] { return Uploads::create(database); });
}

// Comparison photos came without No and Index, and count as the first of their kind.
Result<void> number_photos(Database& database) {
  return database.run("UPDATE OR IGNORE biophoto SET \"No\"='0' WHERE \"No\"=''").and_then([&] {
    return database.run("UPDATE OR IGNORE biophoto SET \"Index\"='0' WHERE \"Index\"=''");
  });
}

// The error log; templates and photos are looked up by their type.
Result<void> third_form(Database& database) {
  return create_tables(database).and_then([&] { return number_photos(database); });
}

// Forward only. A released step is never changed; README.md says how one is added.
constexpr Database::Migration steps[] = {first_form, second_form, third_form};
constexpr Database::Form form = {.noun = "configuration store",
                                 .application_id = 0x4c6e5374 /* LnSt */,
                                 .steps = steps,
                                 .keeps_copy = true};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_value(const Field& field, std::string_view a, std::string_view b) {
  if (!field.hex) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Conditions as the statements take them: each field once.
struct Wanted {
  FieldSet fields;
  std::array<std::string_view, fields_max> values;
  bool contradictory = false;  // a field must equal two values: no row does

  void bind_to(Statement& statement) const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i]) statement.bind(parameter_of(i), values[i]);
    }
  }
};

Result<Wanted> wanted_of(const TableSchema& table, std::span<const Condition> conditions) {
  Wanted wanted;
  for (const Condition& condition : conditions) {
    if (condition.field < 0 || static_cast<std::size_t>(condition.field) >= table.fields.size()) {
      return fail(Errc::invalid, "a condition names a field that table " + std::string(table.name) +
                                     " does not have");
    }
    const auto field = static_cast<std::size_t>(condition.field);
    if (wanted.fields[field] &&
        !same_value(table.fields[field], wanted.values[field], condition.value)) {
      wanted.contradictory = true;
    }
    wanted.fields.set(field);
    wanted.values[field] = condition.value;
  }
  return wanted;
}

Result<FieldSet> columns_of(const TableSchema& table, std::span<const int> columns) {
  FieldSet fields;
  for (const int column : columns) {
    if (column < 0 || static_cast<std::size_t>(column) >= table.fields.size()) {
      return fail(Errc::invalid, "a column that the table does not have");
    }
    if (fields[static_cast<std::size_t>(column)]) {
      return fail(Errc::invalid,
                  "field " + std::string(table.fields[static_cast<std::size_t>(column)].name) +
                      " is named twice");
    }
    fields.set(static_cast<std::size_t>(column));
  }
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    if (!table.fields[i].key || fields[i]) continue;
    if (!table.fields[i].may_lack) {
      return fail(Errc::invalid,
                  "the key field " + std::string(table.fields[i].name) + " is missing");
    }
    fields.set(i);  // bound as empty, so that it is part of the key all the same
  }
  return fields;
}

// A value that goes over several pages, and whose last page is one of zeros: the one damage that
// the checksums pass, because a free page is a page of zeros. What servers send is text, and has no
// zero at its end.
bool ends_in_zeros(std::string_view value) {
  constexpr std::size_t kept_in_one_page = 500;  // less than SQLite leaves to the first
  return value.size() > kept_in_one_page && value.back() == '\0';
}

Result<void> check_row(const TableSchema& table, std::span<const int> columns,
                       std::span<const std::string_view> row) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Field& field = table.fields[static_cast<std::size_t>(columns[i])];
    if (field.key && !field.may_lack && row[i].empty()) {
      return fail(Errc::invalid, "the key field " + std::string(field.name) + " has no value");
    }
    if (ends_in_zeros(row[i]))
      return fail(Errc::invalid, "a value of field " + std::string(field.name) + " ends in zeros");
    bytes += row[i].size();
  }
  if (bytes > limits::row_bytes_max) {
    return fail(Errc::full, "a row has " + std::to_string(bytes) + " bytes; at most " +
                                std::to_string(limits::row_bytes_max) + " are kept");
  }
  return {};
}

}  // namespace

struct Store::Impl {
  Database database;
  TableStatements table_statements{database};
  Statement set_option, option, each_option;
  Commands commands;
  Uploads uploads;
  bool in_savepoint = false;

  explicit Impl(Database opened) : database(std::move(opened)) {}

  Result<void> prepare_own() {
    const std::pair<Statement*, std::string_view> texts[] = {
        {&set_option,
         "INSERT INTO lintel_option(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET "
         "value=excluded.value"},
        {&option, "SELECT value FROM lintel_option WHERE name=?1"},
        {&each_option, "SELECT name, value FROM lintel_option ORDER BY name"},
    };
    for (const auto& [statement, text] : texts) {
      auto prepared = database.prepare(text);
      if (!prepared) return fail(prepared.error());
      *statement = std::move(*prepared);
    }
    return commands.prepare(database).and_then([&] { return uploads.prepare(database); });
  }

  // A change has failed: what was changed with it goes too.
  tl::unexpected<Error> undo(Error error, std::string_view errand) {
    if (database.in_transaction()) {
      const auto undone = database.run(in_savepoint ? "ROLLBACK TO job" : "ROLLBACK");
      if (!undone && database.in_transaction()) static_cast<void>(database.run("ROLLBACK"));
    }
    if (!database.in_transaction()) in_savepoint = false;
    return fail(std::move(error).during(errand));
  }

  tl::unexpected<Error> undo(Error error, std::string_view verb, const TableSchema& table) {
    return undo(std::move(error), std::string(verb) + " " + std::string(table.name));
  }

  // A change inside the open transaction.
  template <class Work>
  auto change(std::string_view errand, Work work) -> decltype(work()) {
    if (!database.in_transaction())
      return fail(Errc::invalid, std::string(errand) + ": there is no transaction");
    auto done = work();
    if (!done) return undo(std::move(done.error()), errand);
    return done;
  }

  Result<void> run_once(Statement& statement) {
    const ResetAtEnd reset(statement);
    auto row = statement.step();
    if (!row) return fail(std::move(row.error()));
    return {};
  }

  Result<void> upsert(const TableSchema& table, std::span<const int> columns,
                      std::span<const std::string_view> values,
                      std::vector<std::size_t>* replaced) {
    if (!database.in_transaction()) return fail(Errc::invalid, "there is no transaction");
    const auto fields = columns_of(table, columns);
    if (!fields) return fail(fields.error());
    if (values.size() % columns.size() != 0) {  // there is a column: every table has a key
      return fail(Errc::invalid, "the values do not fill whole rows");
    }
    const auto statement = table_statements.get(Verb::upsert, table, *fields);
    if (!statement) return fail(statement.error());
    const ResetAtEnd reset(**statement);
    FieldSet lacking = *fields;
    for (const int column : columns)
      lacking.reset(static_cast<std::size_t>(column));
    std::size_t number = 0;
    for (auto rest = values; !rest.empty(); rest = rest.subspan(columns.size()), ++number) {
      const auto row = rest.first(columns.size());
      if (auto sound = check_row(table, columns, row); !sound) return sound;
      for (std::size_t i = 0; i < row.size(); ++i) {
        (*statement)->bind(parameter_of(static_cast<std::size_t>(columns[i])), row[i]);
      }
      for (std::size_t i = 0; lacking.any() && i < lacking.size(); ++i) {
        if (lacking[i]) (*statement)->bind(parameter_of(i), std::string_view());
      }
      const auto newest = database.last_row_id();  // a row that is replaced keeps its own
      if (auto done = run_once(**statement); !done) return done;
      if (replaced != nullptr && database.last_row_id() == newest) replaced->push_back(number);
    }
    return {};
  }

  Result<void> select(const TableSchema& table, const Wanted& wanted, std::uint64_t after,
                      const RowSink& sink) {
    if (wanted.contradictory || after > INT64_MAX) return {};
    const auto statement = table_statements.get(Verb::select, table, wanted.fields);
    if (!statement) return fail(statement.error());
    Statement& rows = **statement;
    const ResetAtEnd reset(rows);
    wanted.bind_to(rows);
    rows.bind(parameter_after(table), static_cast<std::int64_t>(after));
    std::array<std::string_view, fields_max> values;
    const std::size_t count = table.fields.size();
    for (;;) {
      auto row = rows.step();
      if (!row) return fail(std::move(row.error()));
      if (!*row) return {};
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = rows.text(static_cast<int>(i) + 1);
        if (ends_in_zeros(values[i])) return fail(Errc::corrupt, "the end of a value was lost");
      }
      if (!sink(static_cast<std::uint64_t>(rows.number(0)), std::span(values).first(count)))
        return {};
    }
  }
};

Result<Store> Store::open(const std::string& path, const OpenOptions& options) {
  const LaterForm later(form, options);
  auto database = Database::open(path, later.form(), options);
  if (!database) return fail(std::move(database.error()));
  auto impl = std::make_unique<Impl>(std::move(*database));
  if (auto done = impl->prepare_own(); !done) {
    return fail(std::move(done.error()).during("open configuration store " + path));
  }
  return Store(std::move(impl));
}

Result<void> Store::go_back(const std::string& path) {
  return Database::go_back(path, form);
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;

// ---- transactions

Result<void> Store::begin() {
  if (in_transaction()) return fail(Errc::invalid, "begin: there is a transaction already");
  auto done = impl_->database.run("BEGIN IMMEDIATE");
  if (!done)
    return fail(std::move(done.error()).during("begin a change of the configuration store"));
  return {};
}

Result<void> Store::commit() {
  if (!in_transaction()) return fail(Errc::invalid, "commit: there is no transaction");
  auto done = impl_->database.run("COMMIT");
  if (!done) {
    rollback();
    return fail(std::move(done.error()).during("commit to the configuration store"));
  }
  impl_->in_savepoint = false;
  return {};
}

void Store::rollback() {
  // When even this fails the disk has failed, and SQLite has rolled back by itself.
  if (in_transaction()) static_cast<void>(impl_->database.run("ROLLBACK"));
  impl_->in_savepoint = false;
}

bool Store::in_transaction() const {
  return impl_->database.in_transaction();
}

Result<void> Store::savepoint() {
  if (!in_transaction() || impl_->in_savepoint) {
    return fail(Errc::invalid, "savepoint: needs a transaction, and no other savepoint");
  }
  auto done = impl_->database.run("SAVEPOINT job");
  if (!done) return impl_->undo(std::move(done.error()), "savepoint");
  impl_->in_savepoint = true;
  return {};
}

Result<void> Store::release() {
  if (!impl_->in_savepoint) return fail(Errc::invalid, "release: there is no savepoint");
  auto done = impl_->database.run("RELEASE job");
  if (!done) return impl_->undo(std::move(done.error()), "release savepoint");
  impl_->in_savepoint = false;
  return {};
}

bool Store::in_savepoint() const {
  return impl_->in_savepoint;
}

void Store::rollback_to_savepoint() {
  if (!impl_->in_savepoint) return;
  auto done = impl_->database.run("ROLLBACK TO job").and_then([&] {
    return impl_->database.run("RELEASE job");
  });
  if (!done) rollback();
  impl_->in_savepoint = false;
}

// ---- tables

Result<void> Store::update(const TableSchema& table, std::span<const int> columns,
                           std::span<const std::string_view> values,
                           std::vector<std::size_t>* replaced) {
  auto done = impl_->upsert(table, columns, values, replaced);
  if (!done) return impl_->undo(std::move(done.error()), "update", table);
  return {};
}

Result<std::uint64_t> Store::erase(const TableSchema& table, std::span<const Condition> conditions,
                                   const RowSink& deleted) {
  auto wanted = wanted_of(table, conditions);
  if (!wanted) return impl_->undo(std::move(wanted.error()), "delete", table);
  if (wanted->contradictory) return 0;
  if (deleted) {
    auto shown = impl_->select(table, *wanted, 0, deleted);
    if (!shown) return impl_->undo(std::move(shown.error()), "delete", table);
  }
  auto statement = impl_->table_statements.get(Verb::erase, table, wanted->fields);
  if (!statement) return impl_->undo(std::move(statement.error()), "delete", table);
  wanted->bind_to(**statement);
  auto done = impl_->run_once(**statement);
  if (!done) return impl_->undo(std::move(done.error()), "delete", table);
  return impl_->database.changes();
}

Result<std::uint64_t> Store::count(const TableSchema& table,
                                   std::span<const Condition> conditions) {
  const auto errand = "count " + std::string(table.name);
  auto wanted = wanted_of(table, conditions);
  if (!wanted) return fail(std::move(wanted.error()).during(errand));
  if (wanted->contradictory) return 0;
  auto statement = impl_->table_statements.get(Verb::count, table, wanted->fields);
  if (!statement) return fail(std::move(statement.error()).during(errand));
  const ResetAtEnd reset(**statement);
  wanted->bind_to(**statement);
  auto row = (*statement)->step();
  if (!row) return fail(std::move(row.error()).during(errand));
  return static_cast<std::uint64_t>((*statement)->number(0));
}

Result<void> Store::query(const TableSchema& table, std::span<const Condition> conditions,
                          std::uint64_t after, const RowSink& row) {
  auto wanted = wanted_of(table, conditions);
  if (!wanted) return fail(std::move(wanted.error()).during("query " + std::string(table.name)));
  auto done = impl_->select(table, *wanted, after, row);
  if (!done) return fail(std::move(done.error()).during("query " + std::string(table.name)));
  return {};
}

Result<bool> Store::find(const TableSchema& table, std::span<const std::string_view> key,
                         const RowSink& row) {
  std::vector<Condition> conditions;
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    if (!table.fields[i].key) continue;
    if (conditions.size() == key.size())
      return fail(Errc::invalid, "find: a part of the key is missing");
    conditions.push_back({static_cast<int>(i), key[conditions.size()]});
  }
  if (conditions.size() != key.size())
    return fail(Errc::invalid, "find: the key has too many parts");
  bool found = false;
  auto done = query(table, conditions, 0,
                    [&](std::uint64_t row_id, std::span<const std::string_view> values) {
                      found = true;
                      row(row_id, values);
                      return false;
                    });
  if (!done) return fail(std::move(done.error()));
  return found;
}

// ---- options

Result<void> Store::set_option(std::string_view name, std::string_view value) {
  if (!in_transaction()) return fail(Errc::invalid, "set option: there is no transaction");
  if (name.empty() || name.size() > option_name_bytes_max) {
    return impl_->undo({Errc::invalid, "an option's name has 1 to 128 bytes"}, "set option");
  }
  impl_->set_option.bind(1, name);
  impl_->set_option.bind(2, value);
  auto done = impl_->run_once(impl_->set_option);
  if (!done) return impl_->undo(std::move(done.error()), "set option");
  return {};
}

Result<std::optional<std::string>> Store::option(std::string_view name) {
  Statement& statement = impl_->option;
  const ResetAtEnd reset(statement);
  statement.bind(1, name);
  auto row = statement.step();
  if (!row) return fail(std::move(row.error()).during("read option"));
  if (!*row) return std::nullopt;
  return std::string(statement.text(0));
}

Result<void> Store::each_option(
    const std::function<void(std::string_view name, std::string_view value)>& sink) {
  Statement& statement = impl_->each_option;
  const ResetAtEnd reset(statement);
  for (;;) {
    auto row = statement.step();
    if (!row) return fail(std::move(row.error()).during("read options"));
    if (!*row) return {};
    sink(statement.text(0), statement.text(1));
  }
}

// ---- commands executed

Result<std::optional<ExecutedCommand>> Store::find_command(std::string_view id,
                                                           std::string_view digest,
                                                           std::int64_t since) {
  auto found = impl_->commands.find(id, digest, since);
  if (!found) return fail(std::move(found.error()).during("look up command"));
  return found;
}

Result<void> Store::remember_command(const ExecutedCommand& command) {
  return impl_->change("remember command", [&] { return impl_->commands.remember(command); });
}

Result<std::vector<ExecutedCommand>> Store::unreported_commands(std::size_t most) {
  auto found = impl_->commands.unreported(most);
  if (!found) return fail(std::move(found.error()).during("look up results"));
  return found;
}

Result<void> Store::command_reported(std::string_view id, std::string_view digest) {
  return impl_->change("note a reported command",
                       [&] { return impl_->commands.reported(id, digest); });
}

Result<std::uint64_t> Store::finish_commands(std::int32_t result, const CommandTest& lives_on) {
  return impl_->change("end commands", [&] { return impl_->commands.finish(result, lives_on); });
}

// ---- uploads

Result<std::uint64_t> Store::add_upload(std::string_view table, std::string_view content) {
  return impl_->change("keep an upload",
                       [&] { return impl_->uploads.add(impl_->database, table, content); });
}

Result<std::vector<StoredUpload>> Store::uploads(std::uint64_t after, std::size_t most,
                                                 std::size_t bytes_max) {
  auto found = impl_->uploads.after(after, most, bytes_max);
  if (!found) return fail(std::move(found.error()).during("look up uploads"));
  return found;
}

Result<void> Store::uploads_confirmed(std::uint64_t through) {
  return impl_->change("note confirmed uploads", [&] { return impl_->uploads.confirmed(through); });
}

}  // namespace lintel::storage
