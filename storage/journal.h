// The event journal: what happened at the doors, in order, until the server has it. A row, once
// committed, is never changed. Indexes are gapless, increasing and never used again, also after
// everything was deleted. A file of its own (WAL, synchronous=FULL).
//
// Beside the events lies what they left behind and the rules must not forget (core/kept.h): one row
// for each key, changed in one transaction with the events around the change.
//
// Not thread-safe: the storage thread owns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/events.h"
#include "engine/core/kept.h"
#include "engine/core/limits.h"
#include "storage/open_options.h"

namespace lintel::storage {

struct StoredEvent {
  std::uint64_t index = 0;
  Event event;
};

struct JournalFilter {
  bool new_records = false;                       // above the upload cursor
  std::optional<CivilTime> start = {}, end = {};  // both count
  std::optional<Pin> pin = {};
  std::optional<CardNo> card = {};
  std::optional<std::uint8_t> address = {};
  std::optional<std::uint16_t> code = {};
  std::uint64_t through = 0;  // up to and including this index; 0: no limit
};

class EventJournal {
 public:
  struct Capacity {
    std::uint64_t events = limits::events_max;
    // DelRecord. Never more than half of the capacity: the newest stay.
    std::uint64_t dropped_at_once = limits::events_dropped_at_once;
  };
  // Errors as of Store::open: corrupt, unsupported and busy files are left as they are.
  static Result<EventJournal> open(const std::string& path, Capacity capacity,
                                   const OpenOptions& options = {});
  // The highest index that the journal in this file has given out, whatever version it has, and as
  // far as it can still be read; the file is left as it is. Nothing: it cannot be told.
  static std::optional<std::uint64_t> last_index_of(const std::string& path);
  // The first event will be the one after `index`; the server has nothing to ask for below it.
  // REQUIRES: the journal has never had an event.
  Result<void> begin_after(std::uint64_t index);
  ~EventJournal();
  EventJournal(EventJournal&&) noexcept;
  EventJournal& operator=(EventJournal&&) noexcept;

  void set_capacity(Capacity capacity);  // takes effect with the next append
  [[nodiscard]] Capacity capacity() const;

  struct Appended {
    std::uint64_t last_index = 0;
    // The oldest, to make room: those that the server has, as long as there are enough of them.
    std::uint64_t dropped = 0;
    std::uint64_t unsent_dropped = 0;  // of them, those that the server never had
    bool nearly_full = false;  // 90 % was passed upward with this append: record event 6005 once
  };
  // Appends all of `events` and makes all changes of `kept`, in their order, in one transaction.
  // All or none: after a power cut every one is there or no one. Durable when it returns. Either
  // may be empty.
  Result<Appended> append(std::span<const Event> events, std::span<const Kept> kept = {});

  // Every kept row, in the order of the keys, each as a `put`. A kind that this program does not
  // know, of a newer one perhaps, is passed over and stays; a row that cannot be ours: corrupt.
  Result<std::vector<Kept>> kept();

  // Events above `after`, oldest first, at most `most`.
  Result<std::vector<StoredEvent>> read(std::uint64_t after, std::size_t most,
                                        const JournalFilter& filter = {});
  // The newest `most`, newest first; for the console.
  Result<std::vector<StoredEvent>> newest(std::size_t most);
  Result<std::uint64_t> count(const JournalFilter& filter);
  // DATA DELETE transaction *: deletes what is there and keeps index, cursor and kept rows.
  // Returns how many.
  Result<std::uint64_t> erase_all();

  // The upload cursor: the server has everything up to and including it.
  [[nodiscard]] std::uint64_t confirmed() const;
  // Moves it; below the present one or above last_index(): Errc::invalid, nothing changed.
  Result<void> confirm(std::uint64_t index);

  [[nodiscard]] std::uint64_t last_index() const;  // 0: none yet
  // The oldest still there; last_index() + 1 when empty.
  [[nodiscard]] std::uint64_t first_index() const;
  [[nodiscard]] std::uint64_t stored() const;

 private:
  struct Impl;
  explicit EventJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::storage
