// Files: made, migrated, refused. What is not ours, newer or damaged stays as it is, byte for byte.
#include "storage/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "storage/journal.h"
#include "storage/table_statements.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::HasSubstr;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

class FileTest : public testing::Test {
 protected:
  TempFolder folder;
  std::string path = folder.file("store.db");
};

// ---- migrations

Result<void> make_first(Database& database) {
  return database.run("CREATE TABLE a(x)");
}
Result<void> add_second(Database& database) {
  return database.run("ALTER TABLE a ADD COLUMN y");
}
Result<void> half_a_step(Database& database) {
  return database.run("CREATE TABLE b(x)").and_then([&] {
    return database.run("CREATE TABLE a(x)");
  });
}

constexpr Database::Migration one_step[] = {make_first};
constexpr Database::Migration two_steps[] = {make_first, add_second};
constexpr Database::Migration bad_step[] = {make_first, half_a_step};

Database::Form form_of(std::span<const Database::Migration> steps) {
  return {"test file", 0x1234, steps};
}

TEST_F(FileTest, GoesForwardStepByStepAndOnlyOnce) {
  must(must(Database::open(path, form_of(one_step), {})).run("INSERT INTO a(x) VALUES(1)"));
  must(must(Database::open(path, form_of(two_steps), {})).run("UPDATE a SET y=2"));
  auto database = must(Database::open(path, form_of(two_steps), {}));
  auto rows = must(database.prepare("SELECT x+y FROM a"));
  ASSERT_TRUE(must(rows.step()));
  EXPECT_EQ(rows.number(0), 3);
}

TEST_F(FileTest, AFailedStepLeavesTheOlderForm) {
  { must(Database::open(path, form_of(one_step), {})); }
  const auto failed = Database::open(path, form_of(bad_step), {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().text, HasSubstr("bring the file to version 2"));
  auto database = must(Database::open(path, form_of(one_step), {}));
  EXPECT_FALSE(database.prepare("SELECT x FROM b"));
}

TEST_F(FileTest, ANewerFileIsRefusedAndLeftAsItIs) {
  { must(Database::open(path, form_of(two_steps), {})); }
  const std::string before = content_of(path);
  const auto opened = Database::open(path, form_of(one_step), {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unsupported);
  EXPECT_THAT(opened.error().text, HasSubstr("version 2, and this program knows 1"));
  EXPECT_EQ(content_of(path), before);
}

TEST_F(FileTest, TheFileOfAnotherPurposeIsRefused) {
  { must(EventJournal::open(path, {})); }
  const std::string before = content_of(path);
  const auto opened = Store::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_THAT(opened.error().text, HasSubstr("not a configuration store"));
  EXPECT_EQ(content_of(path), before);
}

Result<void> user_of_an_older_program(Database& database) {
  return database
      .run("CREATE TABLE \"user\"(row_id INTEGER PRIMARY KEY, \"Pin\" TEXT NOT NULL DEFAULT '')")
      .and_then(
          [&] { return database.run("CREATE UNIQUE INDEX \"user key\" ON \"user\"(\"Pin\")"); })
      .and_then([&] { return database.run("INSERT INTO \"user\"(\"Pin\") VALUES('7')"); });
}
constexpr Database::Migration older[] = {user_of_an_older_program};
constexpr Database::Migration declared[] = {user_of_an_older_program, create_tables};

TEST_F(FileTest, FieldsAndTablesDeclaredLaterAreAddedAndOldRowsStay) {
  { must(Database::open(path, form_of(older), {})); }
  auto database = must(Database::open(path, form_of(declared), {}));
  auto rows = must(database.prepare("SELECT \"Pin\", \"Name\", \"uid\" FROM \"user\""));
  ASSERT_TRUE(must(rows.step()));
  EXPECT_EQ(rows.text(0), "7");
  EXPECT_EQ(rows.text(1), "");
  rows.reset();
  must(database.prepare("SELECT \"Hol3Time3VSDoor\" FROM \"DiffTimezoneVS\""));
}

// ---- what is not a database of ours

class Foreign : public FileTest, public testing::WithParamInterface<std::string> {};

TEST_P(Foreign, IsRefusedAsDamagedAndLeftAsItIs) {
  write_file(path, GetParam());
  const auto store = Store::open(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::corrupt) << store.error().text;
  EXPECT_THAT(store.error().text, HasSubstr(path));
  const auto journal = EventJournal::open(path, {});
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, Errc::corrupt);
  EXPECT_EQ(content_of(path), GetParam());
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
}

INSTANTIATE_TEST_SUITE_P(Files, Foreign,
                         testing::Values("no database", std::string(4096, 'x'),
                                         std::string(100'000, '\xff'),
                                         std::string("SQLite format 3\0", 16),
                                         std::string("SQLite format 3\0", 16) +
                                             std::string(9000, '\1')));

TEST_F(FileTest, ATruncatedFileIsRefused) {
  {
    auto store = must(Store::open(path));
    must(commit_row(store, "user", "Pin=1"));
  }
  const std::string whole = content_of(path);
  for (const std::size_t size :
       {whole.size() - 4096, whole.size() / 2, std::size_t{4096}, std::size_t{100}}) {
    write_file(path, whole.substr(0, size));
    const auto opened = Store::open(path);
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().text;
    EXPECT_EQ(content_of(path), whole.substr(0, size));
  }
}

TEST_F(FileTest, AnEmptyFileIsTakenForANewOne) {
  write_file(path, "");
  auto store = must(Store::open(path));
  must(commit_row(store, "user", "Pin=1"));
}

TEST_F(FileTest, AFlippedByteIsAnErrorAndNotAnotherPerson) {
  {
    auto store = must(Store::open(path));
    must(commit_row(store, "user", "Pin=4711 Name=Ada"));
  }
  std::string content = content_of(path);
  const std::size_t at = content.find("4711Ada");
  ASSERT_NE(at, std::string::npos);
  content[at] = '5';
  write_file(path, content);
  auto store = Store::open(path);
  ASSERT_TRUE(store) << store.error().text;
  const auto read = store->query(table("user"), {}, 0, [](auto, auto) {
    ADD_FAILURE() << "a damaged row was shown";
    return true;
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::corrupt);
  EXPECT_THAT(read.error().text, HasSubstr("checksum"));
  EXPECT_EQ(count_of(*store, "holiday"), 0U);  // the other tables still answer
}

// ---- one owner

TEST_F(FileTest, ASecondEngineIsTurnedAway) {
  auto store = must(Store::open(path));
  must(commit_row(store, "user", "Pin=1"));
  const auto second = Store::open(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_THAT(second.error().text, HasSubstr("another program has the file open"));
  must(commit_row(store, "user", "Pin=2"));
  EXPECT_FALSE(std::filesystem::exists(path + "-shm"));
}

TEST_F(FileTest, NobodyElseMayReadCardsAndPasswords) {
  auto store = must(Store::open(path));
  must(commit_row(store, "user", "Pin=1 Password=1234"));
  for (const std::string& file : {path, path + "-wal"}) {
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << file;
  }
}

TEST_F(FileTest, AFolderThatIsNotThereIsToldInWords) {
  const auto opened = Store::open(folder.file("nothing/store.db"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_THAT(opened.error().text, HasSubstr("open configuration store"));
  EXPECT_THAT(opened.error().text, HasSubstr("No such file or directory"));
}

TEST_F(FileTest, TheLogBesideTheFileStaysBounded) {
  auto store = must(Store::open(path));
  const std::string photo(1 << 20, 'p');
  for (int i = 0; i < 20; ++i)
    must(commit_row(store, "userpic", "pin=1 content=" + photo));
  EXPECT_LT(std::filesystem::file_size(path + "-wal"), 8U << 20);
}

}  // namespace
}  // namespace lintel::storage
