// Fire while the disk is of no use: nobody can be let in, and everybody can be let out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/box/box.h"

namespace lintel::box {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The storage cannot be opened: a file lies where its directory should be.
class Fire : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(box.directory() + "/state") << "not a directory\n";
    box.start(Part::engine);
    ASSERT_TRUE(box.deciding());
  }
  void every_door_is(bool open) {
    for (unsigned door = 1; door <= 4; ++door)
      EXPECT_EQ(open, box.lock(door)) << door;
  }
  void mend() {
    std::filesystem::remove(box.directory() + "/state");
    ASSERT_TRUE(eventually([&] { return box.client(pb::ROLE_TECHNICIAN).has_value(); }, 20s));
  }
  [[nodiscard]] std::string log() const {
    std::ifstream file(box.directory() + "/lintel-engine.log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      ++found;
    return found;
  }
  Box box;
};

TEST_F(Fire, OpensEveryDoorAtOnceAndAsLongAsItBurns) {
  every_door_is(false);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(box.ask("input fire active"), HasSubstr("ok"));
  every_door_is(true);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 500ms);
  EXPECT_THAT(box.ask("input fire inactive"), HasSubstr("ok"));
  every_door_is(false);
  EXPECT_THAT(box.ask("input fire cut"), HasSubstr("ok"));
  every_door_is(true);
}

TEST_F(Fire, IsKeptUpByTheEngineWhenTheDiskIsMended) {
  box.ask("input fire active");
  mend();
  every_door_is(true);
  box.ask("input fire inactive");
  every_door_is(false);
  auto client = box.client(pb::ROLE_PUSH);
  ASSERT_TRUE(client);
  pb::Request open;
  open.mutable_control()->set_verb(pb::Control::OPEN);
  open.mutable_control()->set_place(2);
  open.mutable_control()->set_seconds(60);
  const auto reply = (*client)->call(open, 10s);
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(0, reply->code()) << reply->error();
  EXPECT_TRUE(box.lock(2)) << "the engine decides";
  EXPECT_FALSE(box.lock(1));
}

TEST_F(Fire, CardsShownMeanwhileOpenNothingLater) {
  box.swipe(1, 1'000'001);
  mend();
  auto client = box.client(pb::ROLE_TECHNICIAN);
  ASSERT_TRUE(client);
  pb::Request request;
  request.mutable_pull_events()->set_most(100);
  const auto reply = (*client)->call(request, 10s);
  ASSERT_TRUE(reply);
  ASSERT_EQ(1, reply->events().event_size());
  EXPECT_EQ(206u, reply->events().event(0).code());
}

TEST_F(Fire, TheTroubleIsToldOnceAndTheProgramEndsWhenAsked) {
  ASSERT_TRUE(eventually([&] { return log().find("/state") != std::string::npos; }, 10s));
  EXPECT_FALSE(
      eventually([&] { return !box.runs(Part::engine); }, 2500ms));  // tries again meanwhile
  EXPECT_EQ(1u, count(log(), "/state")) << log();
  EXPECT_THAT(log(), Not(HasSubstr("deciding at")));
  box.ask("input fire active");
  EXPECT_EQ(0, box.end(Part::engine, 10s));
}

}  // namespace
}  // namespace lintel::box
