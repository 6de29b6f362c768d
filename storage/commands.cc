#include "storage/commands.h"

#include <string>

#include "engine/core/limits.h"

namespace lintel::storage {
namespace {

constexpr std::size_t reported_kept = 1000;

// The order of the columns wherever rows are read.
constexpr std::string_view columns =
    "SELECT id, digest, at, result, finished, words, reported, seq ";
constexpr int seq_column = 7;

ExecutedCommand command_in(const Statement& row) {
  return {.id = std::string(row.text(0)),
          .digest = std::string(row.text(1)),
          .at = row.number(2),
          .result = static_cast<std::int32_t>(row.number(3)),
          .finished = row.number(4) != 0,
          .words = std::string(row.text(5)),
          .reported = row.number(6) != 0};
}

Result<void> run_once(Statement& statement) {
  const ResetAtEnd reset(statement);
  const auto row = statement.step();
  if (!row) return fail(row.error());
  return {};
}

}  // namespace

Result<void> Commands::create_first(Database& database) {
  return database.run(
      "CREATE TABLE lintel_command(seq INTEGER PRIMARY KEY, id TEXT NOT NULL, digest BLOB NOT "
      "NULL, at INTEGER NOT NULL, result INTEGER NOT NULL, finished INTEGER NOT NULL, UNIQUE(id, "
      "digest))");
}

Result<void> Commands::add_reports(Database& database) {
  return database.run("ALTER TABLE lintel_command ADD COLUMN words TEXT NOT NULL DEFAULT ''")
      .and_then([&] {
        return database.run(
            "ALTER TABLE lintel_command ADD COLUMN reported INTEGER NOT NULL DEFAULT 1");
      })
      .and_then([&] {
        return database.run("CREATE INDEX lintel_command_order ON lintel_command(reported, seq)");
      });
}

// An unfinished command counts as one without a report, and neither is ever forgotten for one that
// has it. How many wait is counted only when so many can be: numbers count up, so that the distance
// of the oldest from the newest says it.
Result<void> Commands::prepare(Database& database) {
  const auto most = std::to_string(limits::results_max);
  const std::pair<Statement*, std::string> texts[] = {
      {&find_, std::string(columns) + "FROM lintel_command WHERE id=?1 AND digest=?2 AND at>=?3"},
      {&remember_,
       "INSERT OR REPLACE INTO lintel_command(id, digest, at, result, finished, words, reported) "
       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0)"},
      {&forget_reported_,
       "DELETE FROM lintel_command WHERE reported=1 AND seq<=(SELECT seq FROM lintel_command WHERE "
       "reported=1 ORDER BY seq DESC LIMIT 1 OFFSET " +
           std::to_string(reported_kept) + ")"},
      {&forget_unreported_,
       "DELETE FROM lintel_command WHERE reported=0 AND seq<=CASE WHEN (SELECT max(seq) FROM "
       "lintel_command)-(SELECT min(seq) FROM lintel_command WHERE reported=0)<" +
           most +
           " THEN 0 ELSE ifnull((SELECT seq FROM lintel_command WHERE reported=0 ORDER BY seq DESC "
           "LIMIT 1 OFFSET " +
           most + "), 0) END"},
      {&unreported_, std::string(columns) +
                         "FROM lintel_command WHERE reported=0 AND finished=1 ORDER BY seq LIMIT "
                         "?1"},
      {&reported_, "UPDATE lintel_command SET reported=1 WHERE id=?1 AND digest=?2 AND finished=1"},
      {&unfinished_, std::string(columns) + "FROM lintel_command WHERE finished=0 ORDER BY seq"},
      {&finish_, "UPDATE lintel_command SET finished=1, reported=0, result=?1 WHERE seq=?2"},
  };
  for (const auto& [statement, text] : texts) {
    auto prepared = database.prepare(text);
    if (!prepared) return fail(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<std::optional<ExecutedCommand>> Commands::find(std::string_view id, std::string_view digest,
                                                      std::int64_t since) {
  const ResetAtEnd reset(find_);
  find_.bind(1, id);
  find_.bind_bytes(2, digest);
  find_.bind(3, since);
  auto row = find_.step();
  if (!row) return fail(std::move(row.error()));
  if (!*row) return std::nullopt;
  return command_in(find_);
}

Result<void> Commands::remember(const ExecutedCommand& command) {
  remember_.bind(1, command.id);
  remember_.bind_bytes(2, command.digest);
  remember_.bind(3, command.at);
  remember_.bind(4, static_cast<std::int64_t>(command.result));
  remember_.bind(5, static_cast<std::int64_t>(command.finished));
  remember_.bind(6, std::string_view(command.words));
  return run_once(remember_).and_then([&] { return run_once(forget_reported_); }).and_then([&] {
    return run_once(forget_unreported_);
  });
}

Result<std::vector<ExecutedCommand>> Commands::unreported(std::size_t most) {
  const ResetAtEnd reset(unreported_);
  unreported_.bind(1, static_cast<std::int64_t>(most));
  std::vector<ExecutedCommand> commands;
  for (;;) {
    auto row = unreported_.step();
    if (!row) return fail(std::move(row.error()));
    if (!*row) return commands;
    commands.push_back(command_in(unreported_));
  }
}

Result<void> Commands::reported(std::string_view id, std::string_view digest) {
  reported_.bind(1, id);
  reported_.bind_bytes(2, digest);
  return run_once(reported_);
}

Result<std::uint64_t> Commands::finish(std::int32_t result, const CommandTest& lives_on) {
  std::vector<std::int64_t> ended;
  {
    const ResetAtEnd reset(unfinished_);
    for (;;) {
      auto row = unfinished_.step();
      if (!row) return fail(std::move(row.error()));
      if (!*row) break;
      if (!lives_on || !lives_on(command_in(unfinished_)))
        ended.push_back(unfinished_.number(seq_column));
    }
  }
  for (const auto seq : ended) {
    finish_.bind(1, static_cast<std::int64_t>(result));
    finish_.bind(2, seq);
    if (auto done = run_once(finish_); !done) return fail(std::move(done.error()));
  }
  return ended.size();
}

}  // namespace lintel::storage
