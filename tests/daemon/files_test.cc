// Files that are not what they should be: told, kept, and the door works.
#include <gtest/gtest.h>

#include <fstream>

#include "engine/daemon/storage_files.h"
#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using StorageFiles = InProcess;

TEST_F(StorageFiles, a_damaged_file_is_put_aside_and_a_fresh_one_begun) {
  const std::string path = directory() + "/other";
  ASSERT_TRUE(daemon::make_directory(path));
  std::ofstream(path + "/lintel.db") << std::string(8192, 'x');
  const auto files = daemon::open_storage(path);
  ASSERT_TRUE(files) << files.error().text;
  EXPECT_NE(std::string::npos, files->trouble.find("damaged-1")) << files->trouble;
  EXPECT_EQ(8192u, std::filesystem::file_size(path + "/lintel.db.damaged-1"))
      << "nothing is thrown away";
  EXPECT_EQ(0u, files->journal.last_index());
}

TEST_F(StorageFiles, a_directory_that_cannot_be_made_is_an_error_in_words) {
  std::ofstream(directory() + "/file") << "not a directory";
  const auto made = daemon::make_directory(directory() + "/file/below");
  ASSERT_FALSE(made);
  EXPECT_NE(std::string::npos, made.error().text.find("below"));
}

}  // namespace
}  // namespace lintel::test
