#include "storage/uploads.h"

#include <algorithm>

#include "engine/core/limits.h"

namespace lintel::storage {
namespace {

constexpr std::size_t table_name_bytes_max = 64;

std::int64_t bound(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

}  // namespace

// AUTOINCREMENT: a number that was used is never used again, also when the newest row is gone.
Result<void> Uploads::create(Database& database) {
  return database.run(
      "CREATE TABLE lintel_upload(number INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT "
      "NULL, content BLOB NOT NULL)");
}

Result<void> Uploads::prepare(Database& database) {
  const std::pair<Statement*, std::string_view> texts[] = {
      // Rows go from the front only, so that this is their number without looking at each.
      {&span_,
       "SELECT 1+(SELECT max(number) FROM lintel_upload)-(SELECT min(number) FROM lintel_upload)"},
      {&add_, "INSERT INTO lintel_upload(table_name, content) VALUES(?1, ?2)"},
      {&after_,
       "SELECT number, table_name, content FROM lintel_upload WHERE number>?1 ORDER BY number "
       "LIMIT ?2"},
      {&confirmed_, "DELETE FROM lintel_upload WHERE number<=?1"},
  };
  for (const auto& [statement, text] : texts) {
    auto prepared = database.prepare(text);
    if (!prepared) return fail(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<std::uint64_t> Uploads::add(Database& database, std::string_view table,
                                   std::string_view content) {
  if (table.empty() || table.size() > table_name_bytes_max)
    return fail(Errc::invalid, "the name of an upload's table has 1 to 64 bytes");
  if (content.size() > limits::upload_bytes_max) {
    return fail(Errc::full, "an upload has " + std::to_string(content.size()) + " bytes; at most " +
                                std::to_string(limits::upload_bytes_max) + " are kept");
  }
  {
    const ResetAtEnd reset(span_);
    auto row = span_.step();
    if (!row) return fail(std::move(row.error()));
    // A reader under test brings rows for as long as somebody likes: they never take the places of
    // the others.
    const auto most = table == "testdata" ? limits::uploads_max / 2 : limits::uploads_max;
    if (span_.number(0) >= static_cast<std::int64_t>(most)) {
      return fail(Errc::full, std::to_string(most) + " uploads wait for the server already");
    }
  }
  const ResetAtEnd reset(add_);
  add_.bind(1, table);
  add_.bind_bytes(2, content);
  auto added = add_.step();
  if (!added) return fail(std::move(added.error()));
  return static_cast<std::uint64_t>(database.last_row_id());
}

Result<std::vector<StoredUpload>> Uploads::after(std::uint64_t number, std::size_t most,
                                                 std::size_t bytes_max) {
  const ResetAtEnd reset(after_);
  after_.bind(1, bound(number));
  after_.bind(2, bound(most));
  std::vector<StoredUpload> uploads;
  for (std::size_t bytes = 0; uploads.empty() || bytes < bytes_max;) {
    auto row = after_.step();
    if (!row) return fail(std::move(row.error()));
    if (!*row) break;
    uploads.push_back({static_cast<std::uint64_t>(after_.number(0)), std::string(after_.text(1)),
                       std::string(after_.text(2))});
    bytes += uploads.back().content.size();
  }
  return uploads;
}

Result<void> Uploads::confirmed(std::uint64_t through) {
  const ResetAtEnd reset(confirmed_);
  confirmed_.bind(1, bound(through));
  auto done = confirmed_.step();
  if (!done) return fail(std::move(done.error()));
  return {};
}

}  // namespace lintel::storage
