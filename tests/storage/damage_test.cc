// Files damaged at random: opening and reading give back what was written, or an error. Never a
// crash, never a person who was not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "storage/journal.h"
#include "storage/store.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/event_words.h"
#include "tests/storage/kept_words.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories

constexpr const char* file_name = "file.db";
constexpr unsigned seeds = 300;

// A few bytes, a sector, a page, the end, or two pages in each other's place.
void damage(std::string& file, std::mt19937_64& chance) {
  const auto anywhere = [&] { return static_cast<std::size_t>(chance() % file.size()); };
  switch (chance() % 6) {
    case 0:
    case 1:
      for (auto flips = 1 + chance() % 8; flips > 0; --flips)
        file[anywhere()] ^= static_cast<char>(1 + chance() % 255);
      break;
    case 2: {
      const std::size_t from = anywhere() / 512 * 512;
      for (std::size_t i = from; i < std::min(from + 512, file.size()); ++i)
        file[i] = static_cast<char>(chance());
      break;
    }
    case 3: {
      const std::size_t from = anywhere() / 4096 * 4096;
      std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(from),
                  std::min<std::size_t>(4096, file.size() - from), '\0');
      break;
    }
    case 4:
      file.resize(anywhere());
      break;
    default:
      file[chance() % 100] ^= static_cast<char>(1 + chance() % 255);  // the header
  }
}

Rows every_row(Store& store, bool& failed) {
  Rows rows;
  for (const TableSchema& schema : tables()) {
    const auto done =
        store.query(schema, {}, 0, [&](auto, std::span<const std::string_view> values) {
          std::string row(schema.name);
          for (const std::string_view value : values)
            row += "|" + std::string(value);
          rows.push_back(std::move(row));
          return true;
        });
    failed = failed || !done;
  }
  const auto done = store.each_option(
      [&](auto name, auto value) { rows.push_back(std::string(name) + "=" + std::string(value)); });
  failed = failed || !done;
  return rows;
}

void fill(Store& store) {
  must(store.begin());
  for (int pin = 1; pin <= 300; ++pin) {
    const std::string text = std::to_string(pin);
    must(put(
        store, "user",
        "Pin=" + text + " CardNo=" + std::to_string(1'000'000 + pin) + " Name=Somebody-" + text));
    must(put(store, "userauthorize",
             "Pin=" + text + " AuthorizeTimezoneId=1 AuthorizeDoorId=15 DevID=1"));
  }
  must(put(store, "userpic", "pin=1 content=" + std::string(20'000, 'p')));
  must(store.set_option("LockCount", "4"));
  must(store.commit());
}

void use_it_all_the_same(Store& store) {
  // Whatever these answer: they answer.
  static_cast<void>(commit_row(store, "user", "Pin=1 Name=Changed"));
  static_cast<void>(commit_row(store, "user", "Pin=999"));
  static_cast<void>(erase_from(store, "user", "Pin=5"));
  static_cast<void>(erase_from(store, "userpic"));
  static_cast<void>(store.option("LockCount"));
  static_cast<void>(store.find_command("1", "digest", 0));
}

TEST(Damage, StoreGivesBackWhatWasWrittenOrAnError) {
  CrashVfs::Files files;
  Rows written;
  {
    CrashVfs disk;
    {
      auto store = must(Store::open(file_name, {.vfs = disk.name()}));
      fill(store);
      bool failed = false;
      written = every_row(store, failed);
      ASSERT_FALSE(failed);
    }
    files = disk.files();
  }
  const std::set<std::string> known(written.begin(), written.end());
  unsigned refused = 0, errors = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 chance(seed);
    CrashVfs::Files damaged = files;
    damage(damaged[file_name], chance);
    CrashVfs disk(damaged);
    auto store = Store::open(file_name, {.vfs = disk.name()});
    if (!store) {
      // An empty file is a new one; everything else that cannot be opened is left as it is.
      EXPECT_EQ(store.error().code, Errc::corrupt) << store.error().text;
      EXPECT_TRUE(disk.files()[file_name] == damaged[file_name])
          << "changed: " << store.error().text;
      ++refused;
      continue;
    }
    bool failed = false;
    const Rows rows = every_row(*store, failed);
    for (const std::string& row : rows)
      EXPECT_TRUE(known.contains(row)) << row.substr(0, 100);
    if (failed) {
      ++errors;
    } else if (!damaged[file_name].empty()) {
      EXPECT_TRUE(rows == written) << "rows are missing without an error";
    }
    use_it_all_the_same(*store);
  }
  EXPECT_GT(refused, seeds / 10);
  EXPECT_GT(errors, seeds / 10);
}

TEST(Damage, JournalGivesBackWhatHappenedOrAnError) {
  CrashVfs::Files files;
  std::vector<Kept> kept;
  for (unsigned n = 0; n < 1000; ++n)
    kept.push_back(put_kept(key_of(KeptKind::passage, n / 100, std::to_string(1000 + n)), n, n));
  {
    CrashVfs disk;
    {
      auto journal = must(EventJournal::open(file_name, {}, {.vfs = disk.name()}));
      must(journal.append(events_from(1, 2000), kept));
      must(journal.confirm(1500));
    }
    files = disk.files();
  }
  unsigned errors = 0, kept_errors = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 chance(seed);
    CrashVfs::Files damaged = files;
    damage(damaged[file_name], chance);
    CrashVfs disk(damaged);
    auto journal = EventJournal::open(file_name, {}, {.vfs = disk.name()});
    if (!journal) {
      EXPECT_EQ(journal.error().code, Errc::corrupt) << journal.error().text;
      EXPECT_TRUE(disk.files()[file_name] == damaged[file_name])
          << "changed: " << journal.error().text;
      ++errors;
      continue;
    }
    const auto events = journal->read(0, 10'000);
    if (!events) {
      EXPECT_EQ(events.error().code, Errc::corrupt) << events.error().text;
      ++errors;
    } else if (!damaged[file_name].empty()) {
      EXPECT_EQ(journal->confirmed(), 1500U);
      ASSERT_EQ(events->size(), 2000U);
      for (const StoredEvent& event : *events) {
        EXPECT_TRUE(same_event(event.event, event_number(static_cast<unsigned>(event.index))));
      }
    }
    const auto rows = journal->kept();
    if (!rows) {
      EXPECT_EQ(rows.error().code, Errc::corrupt) << rows.error().text;
      ++kept_errors;
    } else if (!damaged[file_name].empty()) {
      EXPECT_EQ(texts_of(*rows), texts_of(kept));
    }
    static_cast<void>(journal->append(events_from(2001, 3), kept));
    static_cast<void>(journal->count({.pin = Pin::from("1001")}));
    static_cast<void>(journal->newest(10));
    static_cast<void>(journal->erase_all());
  }
  EXPECT_GT(errors, seeds / 4);
  EXPECT_GT(kept_errors, 0U);
}

TEST(Damage, ADamagedLogBesideTheFileEndsWhereTheDamageBegins) {
  CrashVfs disk;
  auto journal =
      must(EventJournal::open(file_name, {}, {.vfs = disk.name(), .checkpoint_pages = 10'000}));
  for (unsigned n = 1; n <= 60; ++n)
    must(journal.append(events_from(n, 1)));
  const CrashVfs::Files files = disk.files();
  const std::string log = std::string(file_name) + "-wal";
  ASSERT_TRUE(files.contains(log));
  unsigned shorter = 0;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 chance(seed);
    CrashVfs::Files damaged = files;
    damage(damaged[log], chance);
    CrashVfs after(damaged);
    auto reopened = EventJournal::open(file_name, {}, {.vfs = after.name()});
    if (!reopened) continue;
    const auto events = reopened->read(0, 1000);
    if (!events) continue;
    EXPECT_EQ(events->size(), reopened->last_index());
    if (events->size() < 60) ++shorter;
    std::uint64_t expected = 1;
    for (const StoredEvent& event : *events) {
      EXPECT_EQ(event.index, expected++);
      EXPECT_TRUE(same_event(event.event, event_number(static_cast<unsigned>(event.index))));
    }
  }
  EXPECT_GT(shorter, 0U);
}

}  // namespace
}  // namespace lintel::storage
