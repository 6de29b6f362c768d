// An update that is taken back: the older program finds what the newer one has left, and goes on.
#include <gmock/gmock.h>

#include <fstream>

#include "engine/core/limits.h"
#include "engine/daemon/storage_files.h"
#include "storage/database.h"
#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using ::testing::HasSubstr;

// What the next version does to each file: the store gets another form, the journal gets more.
Result<void> add_to_store(storage::Database& database) {
  return database.run("CREATE TABLE tomorrow(x)");
}
Result<void> add_to_journal(storage::Database& database) {
  return database.run("ALTER TABLE event ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
      .and_then([&] { return database.run("CREATE TABLE moods(name TEXT NOT NULL)"); });
}
Result<void> rename_events(storage::Database& database) {
  return database.run("ALTER TABLE event RENAME COLUMN code TO what");
}

class WayBack : public InProcess {
 protected:
  using Step = Result<void> (*)(storage::Database&);

  void SetUp() override {
    InProcess::SetUp();
    box().kill();  // the files of a folder of their own are looked at here
    path_ = directory() + "/files";
    ASSERT_TRUE(daemon::make_directory(path_));
  }
  daemon::StorageFiles open() {
    auto files = daemon::open_storage(path_);
    if (!files) throw std::runtime_error(files.error().text);
    return *std::move(files);
  }
  [[nodiscard]] std::string db() const { return path_ + "/lintel.db"; }
  [[nodiscard]] std::string events() const { return path_ + "/events.db"; }

  void add_user(storage::Store& store, const std::string& pin) {
    const auto& table = *storage::find_table("user");
    const int columns[] = {table.field("Pin")};
    const std::string_view values[] = {pin};
    ASSERT_TRUE(store.begin());
    ASSERT_TRUE(store.update(table, columns, values));
    ASSERT_TRUE(store.commit());
  }
  static std::uint64_t users(storage::Store& store) {
    return store.count(*storage::find_table("user"), {}).value_or(999);
  }
  static void record(storage::EventJournal& journal, unsigned count) {
    Event event;
    event.code = EventCode::door_opened;
    const std::vector<Event> events(count, event);
    ASSERT_TRUE(journal.append(events));
  }
  Result<void> newer_store() {
    static constexpr Step steps[] = {add_to_store};
    storage::OpenOptions options;
    options.later_steps = steps;
    auto database = storage::Store::open(db(), options);
    if (!database) return fail(Error(database.error()));
    return {};
  }
  Result<void> newer_journal(unsigned events_more, Step step, std::int32_t readable_from) {
    const Step steps[] = {step};
    storage::OpenOptions options;
    options.later_steps = steps;
    options.later_readable_from = readable_from;
    auto journal = storage::EventJournal::open(events(), {}, options);
    if (!journal) return fail(Error(journal.error()));
    record(*journal, events_more);
    return {};
  }

  std::string path_;
};

TEST_F(WayBack, the_store_of_a_newer_version_gives_way_to_the_copy_from_before) {
  {
    auto files = open();
    add_user(files.store, "1");
  }
  ASSERT_TRUE(newer_store());
  ASSERT_TRUE(std::filesystem::exists(db() + ".older"));
  {
    auto files = open();
    EXPECT_THAT(files.trouble, HasSubstr("the copy from before the update took its place"));
    EXPECT_EQ(1u, users(files.store));
    add_user(files.store, "2");
  }
  EXPECT_TRUE(std::filesystem::exists(db() + ".newer")) << "nothing is thrown away";
  EXPECT_FALSE(std::filesystem::exists(db() + ".older"));
  {
    auto files = open();
    EXPECT_EQ("", files.trouble);
    EXPECT_EQ(2u, users(files.store));
  }
  ASSERT_TRUE(newer_store());
  EXPECT_FALSE(std::filesystem::exists(db() + ".newer")) << "of no use once it went forward again";
  auto files = open();
  EXPECT_EQ(2u, users(files.store));
}

TEST_F(WayBack, a_power_cut_on_the_way_back_leaves_the_way_open) {
  {
    auto files = open();
    add_user(files.store, "1");
  }
  ASSERT_TRUE(newer_store());
  // The newer one has its second name already, and still stands in its place.
  std::filesystem::create_hard_link(db(), db() + ".newer");
  auto files = open();
  EXPECT_EQ(1u, users(files.store));
  EXPECT_TRUE(std::filesystem::exists(db() + ".newer"));
}

TEST_F(WayBack, without_a_whole_copy_a_fresh_store_is_begun) {
  {
    auto files = open();
    add_user(files.store, "1");
  }
  ASSERT_TRUE(newer_store());
  std::ofstream(db() + ".older", std::ios::trunc).flush();
  auto files = open();
  EXPECT_THAT(files.trouble, HasSubstr("a fresh one was begun"));
  EXPECT_EQ(0u, users(files.store));
  EXPECT_TRUE(std::filesystem::exists(db() + ".newer-1"));
}

TEST_F(WayBack, the_journal_of_a_newer_version_goes_on_with_its_events_and_indexes) {
  {
    auto files = open();
    record(files.journal, 3);
  }
  ASSERT_TRUE(newer_journal(4, add_to_journal, 2));
  {
    auto files = open();
    EXPECT_EQ("", files.trouble);
    EXPECT_EQ(7u, files.journal.last_index()) << "what the newer version recorded is here";
    EXPECT_EQ(7u, files.journal.stored());
    record(files.journal, 1);
    EXPECT_EQ(8u, files.journal.last_index());
  }
  ASSERT_TRUE(newer_journal(1, add_to_journal, 2)) << "and forward again";
  EXPECT_EQ(9u, open().journal.last_index());
}

TEST_F(WayBack, a_journal_that_cannot_be_worked_on_still_gives_no_index_twice) {
  {
    auto files = open();
    record(files.journal, 3);
  }
  ASSERT_FALSE(newer_journal(0, rename_events, 0)) << "our own statements do not fit it";
  auto files = open();
  EXPECT_THAT(files.trouble, HasSubstr("newer-1"));
  EXPECT_EQ(4u, files.journal.first_index());
  record(files.journal, 1);
  EXPECT_EQ(4u, files.journal.last_index());
  EXPECT_EQ(1u, files.journal.stored());
  EXPECT_EQ(3u, files.journal.confirmed()) << "there is nothing below to ask for";
}

TEST_F(WayBack, nor_does_one_that_is_damaged_beyond_reading) {
  {
    auto files = open();
    record(files.journal, 3);
    ASSERT_TRUE(files.store.begin());
    ASSERT_TRUE(files.store.set_option(daemon::last_event_option, "2"));
    ASSERT_TRUE(files.store.commit());
  }
  std::ofstream(events()) << std::string(8192, 'x');
  auto files = open();
  record(files.journal, 1);
  EXPECT_EQ(2 + limits::events_skipped + 1, files.journal.last_index());
}

TEST_F(WayBack, the_engine_notes_the_last_index_as_it_goes) {
  ASSERT_TRUE(box().start());
  box().pass(std::chrono::hours(2));
  const auto last = box().status().last_event();
  ASSERT_GT(last, 0u);
  box().kill();
  auto store = storage::Store::open(directory() + "/lintel.db");
  ASSERT_TRUE(store);
  EXPECT_EQ(std::to_string(last), store->option(daemon::last_event_option)->value_or(""));
}

TEST_F(WayBack, a_guessed_clock_that_has_passed_the_floor_raises_it) {
  ASSERT_TRUE(box().start());
  ASSERT_TRUE(box().clock.set_utc(box().clock.utc() + std::chrono::hours(30 * 24)));
  box().clock.trusted = false;  // beyond the build's time, and guessed all the same
  box().pass(std::chrono::hours(2));
  const auto reached = box().clock.utc().time_since_epoch().count();
  box().kill();
  auto store = storage::Store::open(directory() + "/lintel.db");
  ASSERT_TRUE(store);
  const auto floor = std::stoll(store->option("lintel.clock_floor")->value_or("0"));
  EXPECT_GT(floor, reached - 7200);
  EXPECT_LE(floor, reached);
}

}  // namespace
}  // namespace lintel::test
