// Many commands at once: the engine has the next ones while it works at the one before, and nobody
// can tell but by the clock.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Ahead : public World {
 protected:
  void SetUp() override { go_online(); }
  void all_answered(const std::vector<std::string>& ids) {
    ASSERT_TRUE(run_until([&] { return server_.code(ids.back()).has_value(); }, 120s));
    for (const auto& id : ids)
      EXPECT_THAT(server_.results(id), SizeIs(1)) << id;
  }
};

TEST_F(Ahead, each_command_keeps_its_place_and_its_code) {
  std::vector<std::string> ids;
  for (int n = 1; n <= 6; ++n)
    ids.push_back(server_.queue("DATA UPDATE user Pin=" + std::to_string(n)));
  ids.push_back(server_.queue("DATA UPDATE user Pin=7\tNoSuchField=1"));
  ids.push_back(server_.queue("DATA DELETE user Pin=2"));
  ids.push_back(server_.queue("DATA DELETE user Pin=3\tName=*"));  // asks the engine first
  ids.push_back(server_.queue("DATA COUNT user"));
  ids.push_back(server_.queue("DATA DELETE user *"));
  ids.push_back(server_.queue("DATA UPDATE user Pin=8"));
  ids.push_back(server_.queue("DATA COUNT user"));
  all_answered(ids);
  for (const std::size_t done : {0, 1, 2, 3, 4, 5, 7, 8, 10, 11})
    EXPECT_EQ(server_.code(ids[done]), 0) << done;
  EXPECT_LT(*server_.code(ids[6]), 0);
  EXPECT_EQ(server_.code(ids[9]), 4);   // 1, 4, 5, 6
  EXPECT_EQ(server_.code(ids[12]), 1);  // 8
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Ahead, an_engine_that_dies_in_between_does_each_once) {
  std::vector<std::string> ids;
  for (int n = 1; n <= 20; ++n)
    ids.push_back(server_.queue("DATA UPDATE user Pin=" + std::to_string(n)));
  engine_dies_at_next_getrequest();
  run(3s);
  ASSERT_TRUE(box_->running() || box_->start());
  all_answered(ids);
  for (const auto& id : ids)
    EXPECT_EQ(server_.code(id), 0);
  EXPECT_EQ(do_command("DATA COUNT user"), 20);
}

TEST_F(Ahead, who_had_much_to_say_is_asked_again_at_once) {
  server_.change([](fake::Settings& settings) { settings.commands_at_once = 10; });
  std::vector<std::string> ids;
  for (int n = 1; n <= 100; ++n)
    ids.push_back(server_.queue("DATA UPDATE user Pin=" + std::to_string(n)));
  const auto start = now();
  all_answered(ids);
  EXPECT_LT(now() - start, 5s);  // ten replies, and RequestDelay is 2 s
}

TEST_F(Ahead, who_repeats_himself_is_not) {
  server_.change([](fake::Settings& settings) { settings.idle_answer = "C:7:DATA COUNT user"; });
  const auto before = server_.count(Kind::getrequest);
  run(60s);
  EXPECT_LE(server_.count(Kind::getrequest) - before, 32u);  // every 2 s
  EXPECT_GE(server_.count(Kind::getrequest) - before, 28u);
}

}  // namespace
}  // namespace lintel::push
