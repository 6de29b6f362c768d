// Templates and photos, of which there are many: looked up by their type, in pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/old_store.h"
#include "tests/storage/store_words.h"
#include "tests/storage/temp_folder.h"

namespace lintel::storage {
namespace {

using namespace lintel::tests;  // NOLINT: the words of the stories
using testing::ElementsAre;

class Templates : public testing::Test {
 protected:
  TempFolder folder;
  std::string path = folder.file("store.db");
};

TEST_F(Templates, AreFoundByTypeAndByPersonInTheOrderInWhichTheyCame) {
  auto store = must(Store::open(path));
  must(store.begin());
  for (const auto* row : {"Pin=9 No=0 Index=0 Type=9 Tmp=a", "Pin=1 No=6 Index=0 Type=1 Tmp=b",
                          "Pin=1 No=0 Index=0 Type=9 Tmp=c", "Pin=5 No=0 Index=0 Type=9 Tmp=d",
                          "Pin=1 No=7 Index=0 Type=1 Tmp=e"})
    must(put(store, "biodata", row));
  must(store.commit());
  EXPECT_THAT(rows_of(store, "biodata", "Type=9"),
              ElementsAre("Pin=9 No=0 Index=0 Type=9 Tmp=a", "Pin=1 No=0 Index=0 Type=9 Tmp=c",
                          "Pin=5 No=0 Index=0 Type=9 Tmp=d"));
  EXPECT_THAT(rows_of(store, "biodata", "Type=9", 3),
              ElementsAre("Pin=5 No=0 Index=0 Type=9 Tmp=d"));
  EXPECT_THAT(rows_of(store, "biodata", "Type=1 Pin=1 No=7"),
              ElementsAre("Pin=1 No=7 Index=0 Type=1 Tmp=e"));
  EXPECT_EQ(count_of(store, "biodata", "Type=1 Pin=1"), 2U);
  EXPECT_EQ(count_of(store, "biodata", "Type=01 Pin=1"), 0U);
  EXPECT_EQ(must(erase_from(store, "biodata", "Type=1 Pin=1")), 2U);
  EXPECT_EQ(count_of(store, "biodata"), 3U);
}

TEST_F(Templates, PhotosOfAnOlderFileHaveTheNumberThatTheTextGivesThem) {
  make_old_store(path, {});
  {
    const auto as_it_is = [](Database&) -> Result<void> { return {}; };
    static constexpr Database::Migration steps[] = {as_it_is};
    auto file = must(Database::open(path, {"configuration store", 0x4c6e5374, steps}, {}));
    for (const auto* values : {"'1', '9', '', '', 'QUJD'", "'2', '9', '', '3', 'QUJE'",
                               "'3', '9', '0', '0', 'QUJF'", "'3', '9', '', '', 'QUJG'"}) {
      must(file.run(
          "INSERT INTO biophoto(\"PIN\", \"Type\", \"No\", \"Index\", \"Content\") VALUES(" +
          std::string(values) + ")"));
    }
  }
  auto store = must(Store::open(path));
  EXPECT_THAT(rows_of(store, "biophoto", "PIN=1"),
              ElementsAre("PIN=1 Type=9 No=0 Index=0 Content=QUJD"));
  EXPECT_THAT(rows_of(store, "biophoto", "PIN=2"),
              ElementsAre("PIN=2 Type=9 No=0 Index=3 Content=QUJE"));
  EXPECT_EQ(count_of(store, "biophoto", "PIN=3"), 2U) << "no photo is lost for another's number";
  EXPECT_EQ(count_of(store, "errorlog"), 0U) << "the table is there";
}

}  // namespace
}  // namespace lintel::storage
