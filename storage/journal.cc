#include "storage/journal.h"

#include <algorithm>
#include <bit>
#include <chrono>

#include "engine/core/reason.h"
#include "storage/database.h"

namespace lintel::storage {
namespace {

constexpr std::string_view columns =
    "id, code, at, pin, card, site_code, address, way, verify, card_bits, reason, proofs, "
    "link";

Result<void> first_form(Database& database) {
  return database
      .run(
          "CREATE TABLE event(id INTEGER PRIMARY KEY, code INTEGER NOT NULL, at INTEGER NOT NULL, "
          "pin TEXT NOT NULL, card INTEGER NOT NULL, site_code INTEGER NOT NULL, address INTEGER "
          "NOT NULL, "
          "way INTEGER NOT NULL, verify INTEGER NOT NULL, card_bits INTEGER NOT NULL, reason TEXT "
          "NOT NULL)")
      // One row. The last index is that of the newest event, and `erased_to` when there is none:
      // so that an append writes nothing but its events.
      .and_then([&] {
        return database.run(
            "CREATE TABLE state(one INTEGER PRIMARY KEY, confirmed INTEGER NOT NULL, erased_to "
            "INTEGER NOT NULL)");
      })
      .and_then([&] { return database.run("INSERT INTO state VALUES(1, 0, 0)"); });
}

// The proofs and the linkage of an event, and what events leave behind.
Result<void> second_form(Database& database) {
  return database.run("ALTER TABLE event ADD COLUMN proofs INTEGER NOT NULL DEFAULT 0")
      .and_then([&] {
        return database.run("ALTER TABLE event ADD COLUMN link INTEGER NOT NULL DEFAULT 0");
      })
      .and_then([&] {
        return database.run(
            "CREATE TABLE kept(kind INTEGER NOT NULL, place INTEGER NOT NULL, pin TEXT NOT NULL, "
            "value INTEGER NOT NULL, extra INTEGER NOT NULL, PRIMARY KEY(kind, place, pin)) "
            "WITHOUT ROWID");
      });
}

constexpr Database::Migration steps[] = {first_form, second_form};
// Every step only adds, so that an older program can go on with the journal of a newer one: indexes
// and events have no other way back. README.md says what that means for a new step.
constexpr Database::Form form = {.noun = "event journal",
                                 .application_id = 0x4c6e4a6e /* LnJn */,
                                 .steps = steps,
                                 .readable_from = 2};

// What a filter leaves out stays unbound, which is NULL. Parameters: see bind_filter().
constexpr std::string_view filtered =
    " FROM event WHERE id>?1 AND at>=?2 AND at<=?3 AND (?4 IS NULL OR pin=?4) AND (?5 IS NULL OR "
    "card=?5) "
    "AND (?6 IS NULL OR address=?6) AND (?7 IS NULL OR code=?7) AND id<=?9";

std::int64_t seconds_of(CivilTime time) {
  return time.time_since_epoch().count();
}

// A card number of 64 bits is kept as the signed number of the same bits.
std::int64_t column_of(CardNo card) {
  return std::bit_cast<std::int64_t>(card.value);
}

void bind_filter(Statement& statement, std::uint64_t after, const JournalFilter& filter) {
  statement.bind(1, static_cast<std::int64_t>(after));
  statement.bind(2, filter.start ? seconds_of(*filter.start) : INT64_MIN);
  statement.bind(3, filter.end ? seconds_of(*filter.end) : INT64_MAX);
  if (filter.pin) statement.bind(4, filter.pin->view());
  if (filter.card) statement.bind(5, column_of(*filter.card));
  if (filter.address) statement.bind(6, std::int64_t{*filter.address});
  if (filter.code) statement.bind(7, std::int64_t{*filter.code});
  const bool ends = filter.through > 0 && filter.through <= INT64_MAX;
  statement.bind(9, ends ? static_cast<std::int64_t>(filter.through) : INT64_MAX);
}

bool takes_all(const JournalFilter& filter) {
  return !filter.start && !filter.end && !filter.pin && !filter.card && !filter.address &&
         !filter.code && filter.through == 0;
}

// Reads the columns of a row in their order, and remembers whether each could have been ours.
class RowReader {
 public:
  explicit RowReader(const Statement& row) : row_(row) {}

  template <class T>
  T number(std::int64_t most) {
    const std::int64_t value = row_.number(column_++);
    sound_ = sound_ && value >= 0 && value <= most;
    return static_cast<T>(value);
  }
  std::int64_t any_number() { return row_.number(column_++); }
  Pin pin() {
    const std::string_view text = row_.text(column_++);
    if (text.empty()) return {};
    const auto pin = Pin::from(text);
    sound_ = sound_ && pin.has_value();
    return pin.value_or(Pin());
  }
  // A rule that this program does not know, of a newer one perhaps, is no reason to lose the event.
  Reason reason() { return reason_from_text(row_.text(column_++)).value_or(Reason{}); }
  [[nodiscard]] bool sound() const { return sound_; }

 private:
  const Statement& row_;
  int column_ = 0;
  bool sound_ = true;
};

Result<StoredEvent> event_of(const Statement& row) {
  RowReader reader(row);
  StoredEvent stored;
  stored.index = reader.number<std::uint64_t>(INT64_MAX);
  Event& event = stored.event;
  event.code = reader.number<EventCode>(UINT16_MAX);
  event.time = CivilTime(std::chrono::seconds(reader.any_number()));
  event.pin = reader.pin();
  event.card.value = std::bit_cast<std::uint64_t>(reader.any_number());
  event.site_code = reader.number<std::uint32_t>(UINT32_MAX);
  event.address = reader.number<std::uint8_t>(UINT8_MAX);
  event.way = reader.number<InOut>(static_cast<int>(InOut::system));
  event.verify = reader.number<VerifyCode>(UINT16_MAX);
  event.card_bits = reader.number<std::uint8_t>(UINT8_MAX);
  event.reason = reader.reason();
  event.proofs = reader.number<std::uint16_t>(UINT16_MAX);
  event.link = reader.number<std::uint32_t>(UINT32_MAX);
  if (!reader.sound()) {
    return fail(Errc::corrupt,
                "event " + std::to_string(stored.index) + " cannot have been written by us");
  }
  return stored;
}

bool is_known(KeptKind kind) {
  switch (kind) {  // no default: the compiler asks for a kind that is new
    case KeptKind::passage:
    case KeptKind::stay_open:
    case KeptKind::first_card:
    case KeptKind::emergency:
    case KeptKind::lockdown:
    case KeptKind::alarms:
    case KeptKind::reader_lockout:
    case KeptKind::person_lockout:
    case KeptKind::temporary_day:
      return true;
  }
  return false;
}

Result<Kept> kept_of(const Statement& row) {
  RowReader reader(row);
  Kept kept;
  kept.key.kind = reader.number<KeptKind>(UINT8_MAX);
  kept.key.place = reader.number<std::uint8_t>(UINT8_MAX);
  kept.key.pin = reader.pin();
  kept.value = reader.any_number();
  kept.extra = reader.any_number();
  if (!reader.sound()) {
    return fail(Errc::corrupt, "a kept row of kind " + std::to_string(row.number(0)) +
                                   " cannot have been written by us");
  }
  return kept;
}

// "3 events and 1 kept row", for messages.
std::string in_words(std::size_t events, std::size_t kept) {
  const auto counted = [](std::size_t count, const char* noun) {
    return std::to_string(count) + noun + (count == 1 ? "" : "s");
  };
  if (kept == 0) return counted(events, " event");
  if (events == 0) return counted(kept, " kept row");
  return counted(events, " event") + " and " + counted(kept, " kept row");
}

EventJournal::Capacity sensible(EventJournal::Capacity capacity) {
  capacity.events = std::max<std::uint64_t>(capacity.events, 2);
  capacity.dropped_at_once =
      std::clamp<std::uint64_t>(capacity.dropped_at_once, 1, capacity.events / 2);
  return capacity;
}

}  // namespace

struct EventJournal::Impl {
  Database database;
  Capacity capacity;
  Statement insert, read, count, newest, confirm, drop;
  Statement put, erase, erase_kind, kept;
  std::uint64_t first = 1, last = 0, confirmed = 0;
  bool was_nearly_full = false;

  Impl(Database opened, Capacity wanted)
      : database(std::move(opened)), capacity(sensible(wanted)) {}

  [[nodiscard]] std::uint64_t stored() const { return last + 1 - first; }
  // Of those stored, how many the server has: the oldest.
  [[nodiscard]] std::uint64_t sent() const { return confirmed < first ? 0 : confirmed + 1 - first; }
  [[nodiscard]] bool nearly_full(std::uint64_t events) const {
    return events >= capacity.events - capacity.events / 10;
  }

  Result<void> prepare() {
    const std::string names(columns), where(filtered);
    const std::pair<Statement*, std::string> texts[] = {
        {&insert,
         "INSERT INTO event(" + names + ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)"},
        {&read, "SELECT " + names + where + " ORDER BY id LIMIT ?8"},
        {&count, "SELECT count(*)" + where},
        {&newest, "SELECT " + names + " FROM event ORDER BY id DESC LIMIT ?1"},
        {&confirm, "UPDATE state SET confirmed=?1 WHERE one=1"},
        {&drop, "DELETE FROM event WHERE id<?1"},
        {&put, "REPLACE INTO kept(kind, place, pin, value, extra) VALUES(?1,?2,?3,?4,?5)"},
        {&erase, "DELETE FROM kept WHERE kind=?1 AND place=?2 AND pin=?3"},
        {&erase_kind, "DELETE FROM kept WHERE kind=?1"},
        {&kept, "SELECT kind, place, pin, value, extra FROM kept ORDER BY kind, place, pin"},
    };
    for (const auto& [statement, text] : texts) {
      auto prepared = database.prepare(text);
      if (!prepared) return fail(std::move(prepared.error()));
      *statement = std::move(*prepared);
    }
    return {};
  }

  Result<void> load_state() {
    auto state = database.prepare(
        "SELECT confirmed, erased_to, (SELECT min(id) FROM event), (SELECT max(id) FROM event) "
        "FROM state WHERE one=1");
    if (!state) return fail(std::move(state.error()));
    auto row = state->step();
    if (!row) return fail(std::move(row.error()));
    if (!*row) return fail(Errc::corrupt, "the row with the upload cursor is missing");
    const std::int64_t cursor = state->number(0), erased_to = state->number(1);
    const std::int64_t oldest = state->number(2),
                       newest_id = state->number(3);  // 0 when there is none
    last = static_cast<std::uint64_t>(std::max(newest_id, erased_to));
    first = newest_id > 0 ? static_cast<std::uint64_t>(oldest) : last + 1;
    confirmed = static_cast<std::uint64_t>(cursor);
    if (cursor < 0 || erased_to < 0 || oldest < 0 || newest_id < 0 || confirmed > last) {
      return fail(Errc::corrupt, "its indexes cannot have been written by us");
    }
    was_nearly_full = nearly_full(stored());
    return {};
  }

  Result<void> run_once(Statement& statement) {
    const ResetAtEnd reset(statement);
    auto row = statement.step();
    if (!row) return fail(std::move(row.error()));
    return {};
  }

  Result<void> insert_all(std::span<const Event> events) {
    std::uint64_t index = last;
    for (const Event& event : events) {
      const std::string reason = to_text(event.reason);
      insert.bind(1, static_cast<std::int64_t>(++index));
      insert.bind(2, std::int64_t{number(event.code)});
      insert.bind(3, seconds_of(event.time));
      insert.bind(4, event.pin.view());
      insert.bind(5, column_of(event.card));
      insert.bind(6, std::int64_t{event.site_code});
      insert.bind(7, std::int64_t{event.address});
      insert.bind(8, static_cast<std::int64_t>(event.way));
      insert.bind(9, static_cast<std::int64_t>(event.verify));
      insert.bind(10, std::int64_t{event.card_bits});
      insert.bind(11, reason);
      insert.bind(12, std::int64_t{event.proofs});
      insert.bind(13, std::int64_t{event.link});
      if (auto done = run_once(insert); !done) return done;
    }
    return {};
  }

  Result<void> change(const Kept& row) {
    const bool puts = row.change == Kept::Change::put;
    const bool whole_kind = row.change == Kept::Change::erase_all;
    Statement& statement = puts ? put : whole_kind ? erase_kind : erase;
    statement.bind(1, static_cast<std::int64_t>(row.key.kind));
    if (!whole_kind) {
      statement.bind(2, std::int64_t{row.key.place});
      statement.bind(3, row.key.pin.view());
    }
    if (puts) {
      statement.bind(4, row.value);
      statement.bind(5, row.extra);
    }
    return run_once(statement);
  }

  Result<void> change_all(std::span<const Kept> rows) {
    for (const Kept& row : rows) {
      if (auto done = change(row); !done) return done;
    }
    return {};
  }

  Result<void> drop_below(std::uint64_t index) {
    if (index <= first) return {};
    drop.bind(1, static_cast<std::int64_t>(index));
    return run_once(drop);
  }

  // Runs `changes` in a transaction; nothing of it stays when it fails.
  template <class Changes>
  Result<void> transact(const Changes& changes) {
    auto done = database.run("BEGIN IMMEDIATE").and_then(changes).and_then([&] {
      return database.run("COMMIT");
    });
    if (!done && database.in_transaction()) static_cast<void>(database.run("ROLLBACK"));
    return done;
  }

  Result<std::vector<StoredEvent>> rows_of(Statement& statement) {
    std::vector<StoredEvent> events;
    for (;;) {
      auto row = statement.step();
      if (!row) return fail(std::move(row.error()).during("read the journal"));
      if (!*row) return events;
      auto event = event_of(statement);
      if (!event) return fail(std::move(event.error()).during("read the journal"));
      events.push_back(*event);
    }
  }
};

Result<EventJournal> EventJournal::open(const std::string& path, Capacity capacity,
                                        const OpenOptions& options) {
  const LaterForm later(form, options);
  auto database = Database::open(path, later.form(), options);
  if (!database) return fail(std::move(database.error()));
  auto impl = std::make_unique<Impl>(std::move(*database), capacity);
  auto ready = impl->prepare().and_then([&] { return impl->load_state(); });
  if (!ready) return fail(std::move(ready.error()).during("open event journal " + path));
  return EventJournal(std::move(impl));
}

std::optional<std::uint64_t> EventJournal::last_index_of(const std::string& path) {
  auto newest = Database::look(path, "SELECT max(id) FROM event");
  auto erased = Database::look(path, "SELECT erased_to FROM state");
  if (!newest || !erased || *newest < 0 || *erased < 0) return std::nullopt;
  return static_cast<std::uint64_t>(std::max(*newest, *erased));
}

Result<void> EventJournal::begin_after(std::uint64_t index) {
  if (impl_->last != 0 || index > INT64_MAX / 2)
    return fail(Errc::invalid, "begin the journal after event " + std::to_string(index));
  const auto text = std::to_string(index);
  auto done = impl_->transact([&] {
    return impl_->database.run("UPDATE state SET confirmed=" + text + ", erased_to=" + text +
                               " WHERE one=1");
  });
  if (!done) return fail(std::move(done.error()).during("begin the journal after event " + text));
  impl_->last = impl_->confirmed = index;
  impl_->first = index + 1;
  return {};
}

EventJournal::EventJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EventJournal::~EventJournal() = default;
EventJournal::EventJournal(EventJournal&&) noexcept = default;
EventJournal& EventJournal::operator=(EventJournal&&) noexcept = default;

void EventJournal::set_capacity(Capacity capacity) {
  impl_->capacity = sensible(capacity);
}
EventJournal::Capacity EventJournal::capacity() const {
  return impl_->capacity;
}

Result<EventJournal::Appended> EventJournal::append(std::span<const Event> events,
                                                    std::span<const Kept> kept) {
  if (events.empty() && kept.empty()) return Appended{.last_index = impl_->last};
  const std::uint64_t last = impl_->last + events.size();
  const std::uint64_t wanted = last + 1 - impl_->first;
  std::uint64_t dropped = 0;
  if (!events.empty() && wanted > impl_->capacity.events) {
    const std::uint64_t needed = wanted - impl_->capacity.events;
    dropped = std::max(impl_->capacity.dropped_at_once, needed);
    if (const auto sent = impl_->sent(); sent >= needed) dropped = std::min(dropped, sent);
  }
  const std::uint64_t unsent_dropped = dropped - std::min(dropped, impl_->sent());
  const std::uint64_t first = impl_->first + dropped;
  auto done = impl_->transact([&] {
    return impl_->insert_all(events)
        .and_then([&] { return impl_->drop_below(first); })
        .and_then([&] { return impl_->change_all(kept); });
  });
  if (!done) {
    return fail(std::move(done.error())
                    .during("append " + in_words(events.size(), kept.size()) + " to the journal"));
  }
  impl_->last = last;
  impl_->first = first;
  const bool nearly_full = impl_->nearly_full(impl_->stored());
  const bool passed = nearly_full && !impl_->was_nearly_full;
  impl_->was_nearly_full = nearly_full;
  return Appended{.last_index = last,
                  .dropped = dropped,
                  .unsent_dropped = unsent_dropped,
                  .nearly_full = passed};
}

Result<std::vector<Kept>> EventJournal::kept() {
  const ResetAtEnd reset(impl_->kept);
  std::vector<Kept> rows;
  for (;;) {
    auto more = impl_->kept.step();
    if (!more) return fail(std::move(more.error()).during("read what the journal keeps"));
    if (!*more) return rows;
    auto row = kept_of(impl_->kept);
    if (!row) return fail(std::move(row.error()).during("read what the journal keeps"));
    if (is_known(row->key.kind)) rows.push_back(*row);
  }
}

Result<std::vector<StoredEvent>> EventJournal::read(std::uint64_t after, std::size_t most,
                                                    const JournalFilter& filter) {
  if (filter.new_records) after = std::max(after, impl_->confirmed);
  if (after >= impl_->last) return std::vector<StoredEvent>();
  const ResetAtEnd reset(impl_->read);
  bind_filter(impl_->read, after, filter);
  impl_->read.bind(8, static_cast<std::int64_t>(std::min<std::uint64_t>(most, INT64_MAX)));
  return impl_->rows_of(impl_->read);
}

Result<std::vector<StoredEvent>> EventJournal::newest(std::size_t most) {
  const ResetAtEnd reset(impl_->newest);
  impl_->newest.bind(1, static_cast<std::int64_t>(std::min<std::uint64_t>(most, INT64_MAX)));
  return impl_->rows_of(impl_->newest);
}

Result<std::uint64_t> EventJournal::count(const JournalFilter& filter) {
  const std::uint64_t below = impl_->first - 1;
  const std::uint64_t after = filter.new_records ? std::max(impl_->confirmed, below) : below;
  if (takes_all(filter)) return impl_->last - after;
  const ResetAtEnd reset(impl_->count);
  bind_filter(impl_->count, after, filter);
  auto row = impl_->count.step();
  if (!row) return fail(std::move(row.error()).during("count events"));
  return static_cast<std::uint64_t>(impl_->count.number(0));
}

Result<std::uint64_t> EventJournal::erase_all() {
  const std::uint64_t erased = impl_->stored();
  auto done = impl_->transact([&] {
    return impl_->database
        .run("UPDATE state SET erased_to=" + std::to_string(impl_->last) + " WHERE one=1")
        .and_then([&] { return impl_->database.run("DELETE FROM event"); });
  });
  if (!done) return fail(std::move(done.error()).during("erase the journal"));
  impl_->first = impl_->last + 1;
  impl_->was_nearly_full = false;
  return erased;
}

std::uint64_t EventJournal::confirmed() const {
  return impl_->confirmed;
}

Result<void> EventJournal::confirm(std::uint64_t index) {
  if (index < impl_->confirmed || index > impl_->last) {
    return fail(Errc::invalid, "confirm events up to " + std::to_string(index) +
                                   ": the cursor is at " + std::to_string(impl_->confirmed) +
                                   " and the newest event is " + std::to_string(impl_->last));
  }
  if (index == impl_->confirmed) return {};
  impl_->confirm.bind(1, static_cast<std::int64_t>(index));
  auto done = impl_->run_once(impl_->confirm);
  if (!done) return fail(std::move(done.error()).during("move the upload cursor"));
  impl_->confirmed = index;
  return {};
}

std::uint64_t EventJournal::last_index() const {
  return impl_->last;
}
std::uint64_t EventJournal::first_index() const {
  return impl_->first;
}
std::uint64_t EventJournal::stored() const {
  return impl_->stored();
}

}  // namespace lintel::storage
