// The line to the engine with several commands on it at once, and the engine's end in the middle.
#include "push/engine_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/in_process/box.h"

namespace lintel::push {
namespace {

using namespace std::chrono_literals;

struct Directory {
  Directory() {
    char form[] = "/tmp/lintel-line-XXXXXX";
    EXPECT_NE(nullptr, ::mkdtemp(form));
    path = form;
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string path;
};

class PostedCommands : public ::testing::Test {
 protected:
  PostedCommands() {
    EXPECT_TRUE(box_.start());
    EXPECT_TRUE(line_.ready());
  }

  static pb::Request update(unsigned pin) {
    const auto text = std::to_string(pin);
    auto request = test::update_of("user", {"Pin=" + text + "\tCardNo=" + text});
    request.mutable_update()->mutable_command()->set_id(text);
    request.mutable_update()->mutable_command()->set_digest(std::string(32, 'd') + text);
    return request;
  }
  std::uint64_t users() {
    pb::Request request;
    request.mutable_count()->set_table("user");
    return box_.ask(request).rows();
  }

  Directory directory_;
  test::Box box_{directory_.path, 4};
  EngineLine line_{[this]() -> Result<std::unique_ptr<api::Link>> {
                     if (!box_.running()) return fail(Errc::gone, "the engine does not answer");
                     return box_.link(pb::ROLE_PUSH);
                   },
                   [this] { return box_.clock.now().uptime; }};
};

TEST_F(PostedCommands, AreCarriedOutInTheirOrder) {
  pb::Request erase;
  erase.mutable_delete_()->set_table("user");
  erase.mutable_delete_()->add_any();
  ASSERT_TRUE(line_.post(update(1)));
  ASSERT_TRUE(line_.post(erase));
  ASSERT_TRUE(line_.post(update(2)));
  ASSERT_TRUE(line_.post(test::update_of("user", {"Pin=3\tCardNo=no number"})));
  EXPECT_EQ(line_.outstanding(), 4u);
  EXPECT_EQ(line_.wait()->code(), 0);
  EXPECT_EQ(line_.wait()->code(), 0);
  EXPECT_EQ(line_.wait()->code(), 0);
  EXPECT_LT(line_.wait()->code(), 0);  // of its own: the others keep theirs
  EXPECT_EQ(line_.outstanding(), 0u);
  EXPECT_EQ(users(), 1u);
}

TEST_F(PostedCommands, AStatusInBetweenGetsItsOwnAnswer) {
  ASSERT_TRUE(line_.post(update(1)));
  ASSERT_TRUE(line_.post(update(2)));
  EXPECT_TRUE(line_.status().has_value());
  EXPECT_EQ(line_.wait()->code(), 0);
  EXPECT_EQ(line_.wait()->code(), 0);
}

TEST_F(PostedCommands, AreAskedAgainWhenTheEngineDiesAndAreDoneOnce) {
  for (const unsigned pin : {1u, 2u, 3u})
    ASSERT_TRUE(line_.post(update(pin)));
  EXPECT_EQ(line_.wait()->code(), 0);  // the engine has worked at all three meanwhile
  box_.kill();
  const auto lost = line_.wait();
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(line_.outstanding(), 0u);
  EXPECT_EQ(line_.wait().error().code, Errc::gone);  // nothing of the old link is waited for
  ASSERT_TRUE(box_.start());
  box_.pass(5s);
  ASSERT_TRUE(line_.ready());
  for (const unsigned pin : {2u, 3u, 4u})
    ASSERT_TRUE(line_.post(update(pin)));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(line_.wait()->code(), 0);
  EXPECT_EQ(users(), 4u);
}

TEST_F(PostedCommands, WithoutAnEngineNothingIsPosted) {
  box_.kill();
  EXPECT_FALSE(line_.post(update(1)).has_value());
  EXPECT_EQ(line_.post(update(1)).error().code, Errc::gone);
  EXPECT_EQ(line_.outstanding(), 0u);
}

}  // namespace
}  // namespace lintel::push
