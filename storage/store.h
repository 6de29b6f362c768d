// The configuration store: every protocol table, the options, the commands executed; one SQLite
// file (WAL, synchronous=FULL). Users and configuration are here, the journal is in a file of its
// own.
//
// Not thread-safe: after open() one thread uses it (the storage thread).
// Errors: io (disk, full, read-only), corrupt (the file), invalid (what was asked), full (a row too
// large), busy (another program has the file). After any error of a change the changes since the
// savepoint, or without one the whole transaction, are undone; when the disk failed the transaction
// may be gone altogether (in_transaction() tells).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "storage/executed_command.h"
#include "storage/open_options.h"
#include "storage/schema.h"
#include "storage/uploads.h"

namespace lintel::storage {

// A condition of DELETE, COUNT or QUERY; several are joined by AND. Values compare as text, in hex
// fields without regard to case; numbers with leading zeros are not equal to those without. A field
// that the table does not have: Errc::invalid.
struct Condition {
  int field;  // index in the table's fields
  std::string_view value;
};

class Store {
 public:
  // Opens or creates; migrates older files forward, after a copy was made of them (PATH.older). A
  // damaged file: Errc::corrupt, one of a newer program: Errc::unsupported, one that another
  // program has open: Errc::busy. All three are left as they are.
  static Result<Store> open(const std::string& path, const OpenOptions& options = {});
  // After open() has said `unsupported`: the copy takes the file's place, and the newer one is set
  // aside (PATH.newer). What came in since the copy was made is not in it. Errors as of
  // Database::go_back().
  static Result<void> go_back(const std::string& path);
  ~Store();
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;

  // ---- transactions: begin, any number of changes, commit. Reads are possible without one.
  Result<void> begin();
  Result<void> commit();  // durable when it returns
  void rollback();
  [[nodiscard]] bool in_transaction() const;
  // Nested, one deep: the changes of one job inside the transaction of a group.
  Result<void> savepoint();
  Result<void> release();
  void rollback_to_savepoint();
  [[nodiscard]] bool in_savepoint() const;

  // ---- tables
  // Upserts rows. `columns` are indexes of the table's fields, the same for all rows; `values` row
  // after row. Fields that are not named keep their value, or are empty in a new row. All or none.
  // Errc::invalid when not in a transaction, when a column is named twice, and when a key field is
  // not among the columns or has no value (but a may_lack field then counts as empty).
  // `replaced`, if wanted: the numbers of the rows, from 0, that took the place of an older one
  // (perhaps of a new one too, never of fewer).
  Result<void> update(const TableSchema& table, std::span<const int> columns,
                      std::span<const std::string_view> values,
                      std::vector<std::size_t>* replaced = nullptr);

  // Rows come as values in the order of the table's fields; the views are good until the callback
  // returns. The callback returns false to stop. It may ask the store again, and must not change
  // the table that it is shown.
  using RowSink =
      std::function<bool(std::uint64_t row_id, std::span<const std::string_view> values)>;

  // Deletes the rows that meet the conditions (none: all rows) and shows each to `deleted` first.
  // Returns how many. `deleted` may be null; when it returns false it is shown no more rows, and
  // all are deleted nonetheless.
  Result<std::uint64_t> erase(const TableSchema& table, std::span<const Condition> conditions,
                              const RowSink& deleted);
  Result<std::uint64_t> count(const TableSchema& table, std::span<const Condition> conditions);
  // In order of row id, from the first above `after`.
  Result<void> query(const TableSchema& table, std::span<const Condition> conditions,
                     std::uint64_t after, const RowSink& row);
  // The one row with this key (values in the order of the key fields). False: there is none.
  Result<bool> find(const TableSchema& table, std::span<const std::string_view> key,
                    const RowSink& row);

  // ---- options: names without regard to case, the spelling of the first set is kept
  // Errc::invalid when not in a transaction, or without a name.
  Result<void> set_option(std::string_view name, std::string_view value);
  Result<std::optional<std::string>> option(std::string_view name);
  Result<void> each_option(
      const std::function<void(std::string_view name, std::string_view value)>& sink);

  // ---- commands executed. Newest of the same id and digest, not older than `since` (UTC seconds).
  Result<std::optional<ExecutedCommand>> find_command(std::string_view id, std::string_view digest,
                                                      std::int64_t since);
  // Takes the place of an earlier one of the same id and digest. Keeps the last 1000 that
  // the server has, and those that it does not have: limits::results_max, then the oldest go.
  // Errc::invalid when not in a transaction.
  Result<void> remember_command(const ExecutedCommand& command);
  // Those that are finished and whose result the server does not have: at most so many, oldest
  // first.
  Result<std::vector<ExecutedCommand>> unreported_commands(std::size_t most);
  // The server has it. One that is not there, or has not ended: fine. Errc::invalid when not in a
  // transaction.
  Result<void> command_reported(std::string_view id, std::string_view digest);
  // At start: those that were never finished are, with this result; but not those that `lives_on`,
  // if there is one, says true to. Returns how many.
  Result<std::uint64_t> finish_commands(std::int32_t result, const CommandTest& lives_on = {});

  // ---- uploads: what waits to go up unasked, in order. Numbers are never used again.
  // full: limits::uploads_max wait, or this one is too large; nothing was added. Errc::invalid when
  // not in a transaction.
  Result<std::uint64_t> add_upload(std::string_view table, std::string_view content);
  // Those above `after`, in order: at most so many, and no more once they have `bytes_max`
  // together.
  Result<std::vector<StoredUpload>> uploads(std::uint64_t after, std::size_t most,
                                            std::size_t bytes_max);
  // The server has them. Beyond the newest: all that there are. Errc::invalid when not in a
  // transaction.
  Result<void> uploads_confirmed(std::uint64_t through);

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::storage
