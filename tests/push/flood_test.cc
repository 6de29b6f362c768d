// More commands than anybody sends, larger ones than anybody sends, the same one again, and others
// out of their order.
#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Flood : public World {
 protected:
  Flood() {
    set_log_level(LogLevel::error);
    server_.change([](fake::Settings& s) {
      s.commands_at_once = 20'000;
      s.hand_out_again_after = 10;
    });
  }
  ~Flood() override { set_log_level(LogLevel::info); }

  std::vector<std::string> queue_users(unsigned count) {
    std::vector<std::string> ids;
    for (unsigned n = 1; n <= count; ++n)
      ids.push_back(server_.queue("DATA UPDATE user Pin=" + std::to_string(n)));
    return ids;
  }
  std::size_t answered_with(const std::vector<std::string>& ids, int code) {
    return static_cast<std::size_t>(std::count_if(ids.begin(), ids.end(), [&](const auto& id) {
      const auto results = server_.results(id);
      return results.size() == 1 && results[0].code == code;
    }));
  }
  unsigned openings() {
    unsigned count = 0;
    for (const auto& event : box_->events())
      count += event.code() == 8 ? 1 : 0;
    return count;
  }
};

TEST_F(Flood, of_10000_commands_in_one_reply_is_carried_out_and_answered_in_one_request) {
  go_online();
  const auto ids = queue_users(limits::commands_per_reply_max);
  ASSERT_TRUE(run_until([&] { return server_.open_commands() == 0; }, 60s));
  EXPECT_EQ(answered_with(ids, 0), ids.size());
  EXPECT_EQ(server_.count(Kind::devicecmd), 1u);
  EXPECT_EQ(box_->status().users(), ids.size());
  EXPECT_TRUE(online());
}

TEST_F(Flood, of_10001_commands_leaves_the_last_for_the_next_reply) {
  go_online();
  const auto ids = queue_users(limits::commands_per_reply_max + 1);
  ASSERT_TRUE(run_until([&] { return server_.count(Kind::devicecmd) == 1; }, 60s));
  EXPECT_EQ(answered_with(ids, 0), limits::commands_per_reply_max);
  EXPECT_FALSE(server_.code(ids.back())) << "passed over, and not answered as if it were done";
  ASSERT_TRUE(run_until([&] { return server_.open_commands() == 0; }, 60s));
  EXPECT_EQ(answered_with(ids, 0), ids.size());
}

TEST_F(Flood, in_one_command_is_taken_up_to_4_MiB) {
  go_online();
  const std::string id = "C:1:";
  const std::string start = "DATA UPDATE biophoto PIN=1\tType=9\tNo=0\tIndex=0\tFileName=";
  const std::string content = "\tContent=";
  const auto command_of = [&](std::size_t bytes) {
    const auto left = bytes - id.size() - start.size() - content.size();
    const auto photo = (left - 1) / 4 * 4;  // base64 comes in fours; the name takes the rest
    return start + std::string(left - photo, 'a') + content + std::string(photo, 'A');
  };
  // The ids that the server gives are of one digit here.
  const auto exactly = server_.queue(command_of(limits::command_bytes_max));
  ASSERT_TRUE(run_until([&] { return server_.code(exactly).has_value(); }, 60s));
  EXPECT_EQ(server_.code(exactly), 0);
  const auto more = server_.queue(command_of(limits::command_bytes_max + 1));
  const auto next = server_.queue("DATA UPDATE user Pin=1");
  ASSERT_TRUE(run_until([&] { return server_.code(next).has_value(); }, 60s));
  EXPECT_EQ(server_.code(more), -106);
  EXPECT_EQ(server_.code(next), 0) << "the command behind it is not lost";
}

TEST_F(Flood, beyond_8_MiB_is_no_reply_and_does_not_end_the_conversation) {
  go_online();
  server_.queue_raw(std::string(limits::reply_bytes_max + 1, 'x'));
  run(20s);
  EXPECT_TRUE(run_until([&] { return online(); }, 60s));
  EXPECT_EQ(do_command("DATA UPDATE user Pin=1"), 0);
}

TEST_F(Flood, of_one_command_opens_the_door_once_and_is_answered_each_time) {
  go_online();
  std::string reply;
  for (int n = 0; n < 100; ++n)
    reply += "C:500:CONTROL DEVICE 01010101\r\n";
  for (int round = 0; round < 3; ++round) {
    server_.queue_raw(reply);
    run(10s);
  }
  EXPECT_EQ(openings(), 1u);
  EXPECT_EQ(server_.results("500").size(), 300u);
  for (const auto& result : server_.results("500"))
    EXPECT_EQ(result.code, 0);
}

TEST_F(Flood, of_ids_in_any_order_is_carried_out_in_the_order_of_the_reply) {
  go_online();
  server_.queue_raw(
      "C:900:DATA UPDATE user Pin=5\tName=First\r\n"
      "C:7:DATA DELETE user Pin=5\r\n"
      "C:0:DATA UPDATE user Pin=5\tName=Third\r\n"
      "C:8:DATA COUNT user\r\n"
      "C:7:DATA UPDATE user Pin=6\r\n"
      "C:3:DATA COUNT user\r\n");
  run(10s);
  const auto results = requests_of(Kind::devicecmd);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].request.body,
            "ID=900&Return=0&CMD=DATA UPDATE\n"
            "ID=7&Return=0&CMD=DATA DELETE\n"
            "ID=0&Return=0&CMD=DATA UPDATE\n"
            "ID=8&Return=1&CMD=DATA COUNT\n"
            "ID=7&Return=0&CMD=DATA UPDATE\n"
            "ID=3&Return=2&CMD=DATA COUNT");
}

}  // namespace
}  // namespace lintel::push
