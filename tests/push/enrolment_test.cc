// ENROLL_INFO (9.6.1) from the command to the card at the reader and back: its data, the row that
// has the card, and last the result.
#include "tests/push/world.h"

namespace lintel::push {
namespace {

using fake::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class Enrolling : public World {
 protected:
  void SetUp() override {
    go_online();
    ASSERT_EQ(do_command("DATA UPDATE user Pin=9\tName=Ada"), 0);
  }
  std::string begin(const std::string& parameters) {
    const auto id = server_.queue("ENROLL_INFO TYPE=0 " + parameters);
    run(5s);
    EXPECT_EQ(server_.code(id), std::nullopt) << "nobody has shown a card yet";
    return id;
  }
  std::size_t last_at(Kind kind) const {
    const auto kinds = this->kinds();
    for (std::size_t at = kinds.size(); at > 0; --at) {
      if (kinds[at - 1] == kind) return at;
    }
    return 0;
  }
};

TEST_F(Enrolling, a_card_tells_it_first_and_that_it_is_done_last) {
  const auto id = begin("PIN=9 RETRY=3 MODE=1");
  box_->swipe(1, 0x123456);
  run(10s);
  ASSERT_THAT(requests_of(Kind::enrolled), SizeIs(1));
  EXPECT_EQ(requests_of(Kind::enrolled)[0].request.body, "TYPE=0\tPIN=9\tTMP=1193046");
  ASSERT_THAT(server_.results(id), SizeIs(1));
  EXPECT_EQ(server_.results(id)[0].code, 0);
  EXPECT_EQ(server_.results(id)[0].command, "ENROLL_INFO");
  EXPECT_LT(last_at(Kind::enrolled), last_at(Kind::devicecmd));
  const auto user = server_.queue("DATA QUERY tablename=user,fielddesc=CardNo,filter=Pin=9");
  run(5s);
  EXPECT_THAT(server_.rows(user), ElementsAre("user cardno=1193046"));
  EXPECT_THAT(server_.complaints(), IsEmpty());
}

TEST_F(Enrolling, without_keeping_the_card_only_tells_it) {
  const auto id = begin("PIN=9 RETRY=3 MODE=0");
  box_->swipe(1, 0x123456);
  run(10s);
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_THAT(requests_of(Kind::enrolled), SizeIs(1));
  EXPECT_EQ(do_command("DATA COUNT user CardNo=1193046"), 0);
}

TEST_F(Enrolling, ends_by_itself_when_nobody_comes) {
  const auto id = begin("PIN=9 RETRY=1 MODE=1");
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 30min));
  EXPECT_EQ(server_.code(id), -725);
  EXPECT_THAT(requests_of(Kind::enrolled), IsEmpty());
}

TEST_F(Enrolling, outlives_push_and_a_server_that_is_away) {
  const auto id = begin("PIN=9 RETRY=3 MODE=1");
  network_ = false;
  box_->swipe(1, 0x123456);
  run(5s);
  restart_push();
  network_ = true;
  ASSERT_TRUE(run_until([&] { return server_.code(id).has_value(); }, 5min));
  EXPECT_EQ(server_.code(id), 0);
  EXPECT_THAT(requests_of(Kind::enrolled), SizeIs(1));
  EXPECT_LT(last_at(Kind::enrolled), last_at(Kind::devicecmd));
}

TEST_F(Enrolling, for_nobody_is_refused_at_once) {
  EXPECT_EQ(do_command("ENROLL_INFO TYPE=0 PIN=404 RETRY=3 MODE=1"), -27);
}

}  // namespace
}  // namespace lintel::push
