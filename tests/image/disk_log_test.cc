// What is left of a disk when the power goes: told by a log that is written here, byte by byte.
#include "tests/image/disk_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace lintel::image {
namespace {

constexpr std::uint64_t flush = 1, fua = 2, discard = 4;
constexpr std::size_t sector = 512;

std::string sector_of(char letter) {
  return std::string(sector, letter);
}

// A log in the making.
class LogText {
 public:
  LogText& add(std::uint64_t at, const std::string& bytes, std::uint64_t flags = 0) {
    std::array<std::uint64_t, 4> entry{at, bytes.size() / sector, flags, 0};
    std::string head(sector, '\0');
    std::memcpy(head.data(), entry.data(), sizeof entry);
    text_ += head + ((flags & discard) != 0 ? "" : bytes);
    ++count_;
    return *this;
  }
  [[nodiscard]] std::string str(std::uint64_t magic = 0x6a736677736872) const {
    const std::array<std::uint64_t, 3> numbers{magic, 1, count_};
    const std::uint32_t size = sector;
    std::string head(sector, '\0');
    std::memcpy(head.data(), numbers.data(), sizeof numbers);
    std::memcpy(head.data() + sizeof numbers, &size, sizeof size);
    return head + text_;
  }

 private:
  std::string text_;
  std::uint64_t count_ = 0;
};

struct ADisk : testing::Test {
  ADisk() {
    std::string name = testing::TempDir() + "disk-log-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
    folder = name;
    put("disk", std::string(4 * sector, '.'));
  }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::string letters(const std::string& name) const {  // one for each sector
    std::ifstream in(folder + "/" + name, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    std::string out;
    for (std::size_t at = 0; at < all.str().size(); at += sector)
      out += all.str()[at];
    return out;
  }
  [[nodiscard]] Result<DiskLog> log(const LogText& text) const {
    put("log", text.str());
    return DiskLog::open(folder + "/log");
  }
  // The disk after a cut behind the first `count` writes.
  std::string cut(const DiskLog& log, std::uint64_t count, Cache cache) {
    put("disk", std::string(4 * sector, '.'));
    auto replay = Replay::begin(log, folder + "/disk");
    EXPECT_TRUE(replay && replay->advance(count));
    put("cut", "");
    std::ifstream in(folder + "/disk", std::ios::binary);
    std::ofstream(folder + "/cut", std::ios::binary) << in.rdbuf();
    EXPECT_TRUE(replay->spill(folder + "/cut", cache, chance));
    return letters("cut");
  }
  std::string folder;
  std::mt19937_64 chance{1};
};

TEST_F(ADisk, LosesWhatNoFlushHasMadeSafe) {
  const auto log = this->log(
      LogText().add(0, sector_of('a')).add(0, "", flush).add(1, sector_of('b') + sector_of('c')));
  ASSERT_TRUE(log) << log.error().text;
  EXPECT_EQ(cut(*log, 1, Cache::lost), "....");
  EXPECT_EQ(cut(*log, 1, Cache::kept), "a...");
  EXPECT_EQ(cut(*log, 2, Cache::lost), "a...");
  EXPECT_EQ(cut(*log, 3, Cache::lost), "a...");
  EXPECT_EQ(cut(*log, 3, Cache::kept), "abc.");
}

TEST_F(ADisk, KeepsAWriteThatWentThroughTheCacheByItself) {
  const auto log = this->log(LogText()
                                 .add(0, sector_of('a'))
                                 .add(0, sector_of('b'), fua)
                                 .add(3, sector_of('d'))
                                 .add(0, "", flush));
  ASSERT_TRUE(log) << log.error().text;
  EXPECT_EQ(cut(*log, 2, Cache::lost), "b...");
  EXPECT_EQ(cut(*log, 2, Cache::torn), "b...");
  EXPECT_EQ(cut(*log, 4, Cache::lost), "b..d") << "the older write does not come back";
}

TEST_F(ADisk, TearsAWriteSectorBySector) {
  const auto log = this->log(LogText().add(0, sector_of('a') + sector_of('b') + sector_of('c')));
  ASSERT_TRUE(log) << log.error().text;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i)
    seen.insert(cut(*log, 1, Cache::torn));
  EXPECT_EQ(seen.size(), 8u);
}

TEST_F(ADisk, PassesOverWhatIsDiscarded) {
  const auto log = this->log(LogText().add(0, sector_of('x'), discard).add(1, sector_of('b'), fua));
  ASSERT_TRUE(log) << log.error().text;
  EXPECT_EQ(cut(*log, 2, Cache::lost), ".b..");
}

TEST_F(ADisk, TellsOfALogThatIsNone) {
  put("log", LogText().str(7));
  EXPECT_FALSE(DiskLog::open(folder + "/log"));
  put("log", LogText().add(0, sector_of('a')).str().substr(0, 3 * sector - 1));
  const auto torn = DiskLog::open(folder + "/log");
  ASSERT_TRUE(torn) << "what was announced is there but for the end of its bytes";
  EXPECT_TRUE(torn->data(torn->writes()[0]).empty());
  EXPECT_FALSE(DiskLog::open(folder + "/none"));
}

}  // namespace
}  // namespace lintel::image
