// Stories of what waits to go up unasked.
#include "storage/uploads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/limits.h"
#include "storage/store.h"
#include "tests/storage/crash_vfs.h"
#include "tests/storage/store_words.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t any = 1u << 30;

class UploadStore : public testing::Test {
 protected:
  CrashVfs disk;
  Store store = must(Store::open("store.db", {.vfs = disk.name()}));

  void reopen() {
    store = [&] {
      { const Store closed = std::move(store); }
      return must(Store::open("store.db", {.vfs = disk.name()}));
    }();
  }
  std::uint64_t add(std::string_view table, std::string_view content) {
    must(store.begin());
    const auto number = must(store.add_upload(table, content));
    must(store.commit());
    return number;
  }
  void confirm(std::uint64_t through) {
    must(store.begin());
    must(store.uploads_confirmed(through));
    must(store.commit());
  }
  Rows waiting(std::uint64_t after = 0, std::size_t most = any, std::size_t bytes = any) {
    Rows rows;
    for (const auto& upload : must(store.uploads(after, most, bytes)))
      rows.push_back(std::to_string(upload.number) + " " + upload.table + " " + upload.content);
    return rows;
  }
};

TEST_F(UploadStore, GivesThemInTheirOrderUntilTheyAreConfirmed) {
  add("user", "a");
  add("errorlog", "b");
  add("user", "c");
  reopen();
  EXPECT_THAT(waiting(), ElementsAre("1 user a", "2 errorlog b", "3 user c"));
  EXPECT_THAT(waiting(1), ElementsAre("2 errorlog b", "3 user c"));
  EXPECT_THAT(waiting(0, 2), ElementsAre("1 user a", "2 errorlog b"));
  confirm(2);
  reopen();
  EXPECT_THAT(waiting(), ElementsAre("3 user c"));
  confirm(2);
  EXPECT_THAT(waiting(), ElementsAre("3 user c")) << "the same once more does no harm";
}

TEST_F(UploadStore, NeverUsesANumberAgain) {
  EXPECT_EQ(1U, add("user", "a"));
  EXPECT_EQ(2U, add("user", "b"));
  confirm(2);
  reopen();
  EXPECT_THAT(waiting(), IsEmpty());
  EXPECT_EQ(3U, add("user", "c"));
  confirm(UINT64_MAX);
  reopen();
  EXPECT_THAT(waiting(), IsEmpty()) << "beyond the end: all that there were";
  EXPECT_EQ(4U, add("user", "d"));
  EXPECT_THAT(waiting(UINT64_MAX), IsEmpty());
}

TEST_F(UploadStore, ForgetsWhatWasTakenBack) {
  must(store.begin());
  must(store.savepoint());
  must(store.add_upload("user", "never"));
  store.rollback_to_savepoint();
  must(store.commit());
  EXPECT_THAT(waiting(), IsEmpty());
  EXPECT_EQ(1U, add("user", "a")) << "nobody has seen that number";
}

TEST_F(UploadStore, KeepsEveryByte) {
  std::string content;
  for (int byte = 0; byte < 256; ++byte)
    content += static_cast<char>(byte);
  content += '\0';
  add("testdata", content);
  add("testdata", "");
  reopen();
  const auto uploads = must(store.uploads(0, 10, any));
  ASSERT_EQ(2U, uploads.size());
  EXPECT_TRUE(content == uploads[0].content);
  EXPECT_EQ("", uploads[1].content);
}

TEST_F(UploadStore, GivesNoMoreThanSoManyBytesButAlwaysOne) {
  for (int i = 0; i < 4; ++i)
    add("user", std::string(100, 'a'));
  EXPECT_EQ(2U, waiting(0, any, 150).size());
  EXPECT_EQ(2U, waiting(0, any, 200).size());
  EXPECT_EQ(1U, waiting(0, any, 1).size());
  EXPECT_EQ(1U, waiting(0, any, 0).size());
}

TEST_F(UploadStore, IsFullAtItsLimitAndTakesTheNextWhenThereIsRoom) {
  must(store.begin());
  for (std::size_t i = 0; i < limits::uploads_max; ++i)
    must(store.add_upload("user", "a"));
  must(store.commit());
  must(store.begin());
  const auto refused = store.add_upload("user", "one more");
  ASSERT_FALSE(refused);
  EXPECT_EQ(Errc::full, refused.error().code);
  EXPECT_FALSE(store.in_transaction()) << "undone with what was changed before";
  confirm(1);
  EXPECT_EQ(limits::uploads_max + 1, add("user", "one more"));
}

TEST_F(UploadStore, LeavesHalfOfItsRoomToOthersThanAReaderUnderTest) {
  must(store.begin());
  for (std::size_t i = 0; i < limits::uploads_max / 2; ++i)
    must(store.add_upload("testdata", "0101"));
  must(store.commit());
  must(store.begin());
  const auto refused = store.add_upload("testdata", "0101");
  ASSERT_FALSE(refused);
  EXPECT_EQ(Errc::full, refused.error().code);
  EXPECT_EQ(limits::uploads_max / 2 + 1, add("user", "a"));
}

TEST_F(UploadStore, RefusesWhatIsTooLargeOrHasNoTable) {
  add("user", std::string(limits::upload_bytes_max, 'a'));
  must(store.begin());
  EXPECT_EQ(Errc::full,
            store.add_upload("user", std::string(limits::upload_bytes_max + 1, 'a')).error().code);
  must(store.begin());
  EXPECT_EQ(Errc::invalid, store.add_upload("", "a").error().code);
  must(store.begin());
  EXPECT_EQ(Errc::invalid, store.add_upload(std::string(65, 't'), "a").error().code);
  EXPECT_EQ(1U, waiting().size());
}

TEST_F(UploadStore, ChangesInATransactionOnly) {
  EXPECT_EQ(Errc::invalid, store.add_upload("user", "a").error().code);
  EXPECT_EQ(Errc::invalid, store.uploads_confirmed(1).error().code);
}

}  // namespace
}  // namespace lintel::storage
