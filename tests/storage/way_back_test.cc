// The way back of a store that a newer program brings forward: at no moment is there neither the
// file as it was nor a whole copy of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/database.h"
#include "storage/journal.h"
#include "tests/storage/power_cut.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::HasSubstr;

using Step = Result<void> (*)(Database&);

// Rewrites every page of the people, so that the log is worked into the file on the way.
Result<void> change_people(Database& database) {
  return database.run("UPDATE user SET \"Name\"='newer ' || \"Name\"");
}
constexpr Step next_version[] = {change_people};

OpenOptions newer(OpenOptions options) {
  options.later_steps = next_version;
  return options;
}

void make_store(const std::string& path, const OpenOptions& options) {
  auto store = must(Store::open(path, options));
  must(store.begin());
  for (int pin = 1; pin <= 40; ++pin)
    must(put(store, "user", "Pin=" + std::to_string(pin) + " Name=" + std::string(200, 'n')));
  must(store.commit());
}

std::string names_in(Store& store) {
  const auto rows = rows_of(store, "user");
  const bool newer_ones = !rows.empty() && rows.front().find("newer") != std::string::npos;
  return std::to_string(rows.size()) + (newer_ones ? " newer" : " older");
}

// What the older program can go on with.
Result<std::string> for_the_older_program(CrashVfs& disk) {
  auto store = Store::open(file_name, on(disk));
  if (!store && store.error().code == Errc::unsupported)
    store = Store::open(Database::older_copy(file_name), on(disk));
  if (!store) return fail(Error(store.error()));
  if (const auto damage = integrity(disk); !damage.empty()) return damage;
  return names_in(*store);
}

TEST(WayBack, APowerCutWhileTheStoreGoesForwardLeavesWhatTheOlderProgramNeeds) {
  CrashVfs old;
  make_store(file_name, on(old));
  CrashVfs disk(old.files());
  {
    auto store = must(Store::open(file_name, newer(on(disk))));
    EXPECT_EQ(names_in(store), "40 newer");
  }
  EXPECT_GT(disk.steps(), 40u);
  const auto count = cut_everywhere(disk, {{0, "40 older"}}, for_the_older_program);
  EXPECT_EQ(count.wrong, 0) << count.first;
}

TEST(WayBack, AnotherUpdateTakesThePlaceOfTheCopyBefore) {
  CrashVfs old;
  make_store(file_name, on(old));
  { must(Store::open(file_name, newer(on(old)))); }
  constexpr Step two_versions[] = {change_people, change_people};
  OpenOptions newest = on(old);
  newest.later_steps = two_versions;
  { must(Store::open(file_name, newest)); }
  auto copy = must(Store::open(Database::older_copy(file_name), newer(on(old))));
  EXPECT_EQ(names_in(copy), "40 newer") << "one copy, of the version just before";
}

TEST(WayBack, ADiskThatTakesNoCopyStillGoesForward) {
  CrashVfs old;
  make_store(file_name, on(old));
  CrashVfs disk(old.files());
  testing::internal::CaptureStderr();
  disk.fail(CrashVfs::Fault::disk_full, 3, false);
  const auto store = Store::open(file_name, newer(on(disk)));
  const auto told = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(disk.has_failed());
  ASSERT_TRUE(store) << store.error().text;
  EXPECT_THAT(told, HasSubstr("no way back to an older version"));
  EXPECT_FALSE(disk.files().contains(Database::older_copy(file_name)));
}

TEST(WayBack, AFreshStoreHasNothingToKeep) {
  CrashVfs disk;
  make_store(file_name, newer(on(disk)));
  EXPECT_FALSE(disk.files().contains(Database::older_copy(file_name)));
}

TEST(WayBack, NothingIsPutBackThatCannotBeWorkedOn) {
  TempFolder folder;
  const auto path = folder.file("store.db");
  make_store(path, newer({}));
  const auto no_copy = Store::go_back(path);
  ASSERT_FALSE(no_copy);
  EXPECT_EQ(no_copy.error().code, Errc::not_found);
  for (const auto& content : {std::string(), std::string(8192, 'x')}) {
    std::ofstream(Database::older_copy(path), std::ios::binary | std::ios::trunc) << content;
    const auto refused = Store::go_back(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::not_found) << refused.error().text;
  }
  std::filesystem::copy_file(path, Database::older_copy(path),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(Store::go_back(path).error().code, Errc::not_found) << "a copy of a newer one, too";
  auto still = must(Store::open(path, newer({})));
  EXPECT_EQ(names_in(still), "40 older") << "the newer one made it afresh, and it is untouched";
}

TEST(WayBack, ANewerStoreThatWasKilledIsSetAsideWithWhatItsLogHolds) {
  TempFolder folder, after_kill;
  const auto path = folder.file("store.db"), killed = after_kill.file("store.db");
  make_store(path, {});
  {
    auto running = must(Store::open(path, newer({})));
    must(commit_row(running, "user", "Pin=41 Name=late"));
    for (const char* suffix : {"", "-wal", ".older"})
      std::filesystem::copy_file(path + suffix, killed + suffix);
  }
  EXPECT_EQ(Store::open(killed).error().code, Errc::unsupported);
  must(Store::go_back(killed));
  {
    auto store = must(Store::open(killed));
    EXPECT_EQ(names_in(store), "40 older");
  }
  auto aside = must(Store::open(Database::newer_copy(killed), newer({})));
  EXPECT_EQ(count_of(aside, "user"), 41u) << "nothing is thrown away";
}

// ---- a journal that says that older programs may work on it

Result<void> more_columns(Database& database) {
  return database.run("ALTER TABLE event ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'");
}
constexpr Step more[] = {more_columns};

TEST(WayBack, AJournalThatOnlyGrewIsWorkedOnByTheOlderProgram) {
  TempFolder folder;
  const auto path = folder.file("events.db");
  OpenOptions newer_program;
  newer_program.later_steps = more;
  newer_program.later_readable_from = 2;
  const std::vector<Event> three(3);
  { must(must(EventJournal::open(path, {}, newer_program)).append(three)); }
  {
    auto older = must(EventJournal::open(path, {}));
    EXPECT_EQ(older.last_index(), 3u);
    EXPECT_EQ(must(older.append(three)).last_index, 6u);
  }
  auto again = must(EventJournal::open(path, {}, newer_program));
  EXPECT_EQ(again.stored(), 6u);
}

TEST(WayBack, AJournalThatDoesNotSaySoIsRefused) {
  TempFolder folder;
  const auto path = folder.file("events.db");
  OpenOptions newer_program;
  newer_program.later_steps = more;
  for (const std::int32_t from : {0, 3}) {
    std::filesystem::remove(path);
    newer_program.later_readable_from = from;
    { must(EventJournal::open(path, {}, newer_program)); }
    const auto refused = EventJournal::open(path, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
  }
}

TEST(WayBack, TheLastIndexIsReadOutOfAFileWhateverItsVersion) {
  TempFolder folder;
  const auto path = folder.file("events.db");
  OpenOptions newer_program;
  newer_program.later_steps = more;
  {
    auto journal = must(EventJournal::open(path, {}, newer_program));
    must(journal.append(std::vector<Event>(5)));
    EXPECT_FALSE(journal.begin_after(10)) << "it has had events";
  }
  EXPECT_EQ(EventJournal::last_index_of(path), 5u);
  { must(must(EventJournal::open(path, {}, newer_program)).erase_all()); }
  EXPECT_EQ(EventJournal::last_index_of(path), 5u);
  EXPECT_FALSE(EventJournal::last_index_of(folder.file("none.db")));
  std::ofstream(folder.file("damaged.db")) << std::string(8192, 'x');
  EXPECT_FALSE(EventJournal::last_index_of(folder.file("damaged.db")));
  auto fresh = must(EventJournal::open(folder.file("fresh.db"), {}));
  must(fresh.begin_after(5));
  EXPECT_EQ(fresh.stored(), 0u);
  EXPECT_EQ(must(fresh.append(std::vector<Event>(1))).last_index, 6u);
  EXPECT_EQ(must(fresh.read(0, 10)).front().index, 6u);
}

}  // namespace
}  // namespace lintel::storage
