// The time before there is an engine.
#include "engine/daemon/fire_watch.h"

#include <gtest/gtest.h>

#include "tests/daemon/fixture.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;

class BeforeTheEngine : public InProcess {
 protected:
  void SetUp() override {
    InProcess::SetUp();
    box().update("user", {"Pin=7\tCardNo=4660001"});
    box().update("userauthorize", {"Pin=7\tAuthorizeTimezoneId=1\tAuthorizeDoorId=15"});
    box().kill();
  }
  void fire(Level level) { box().board.input({InputKind::fire, 0}, level); }
  void every_door_is(bool open) {
    for (unsigned door = 1; door <= 4; ++door)
      EXPECT_EQ(open, box().board.lock(door)) << door;
  }
};

TEST_F(BeforeTheEngine, a_fire_opens_every_door_as_long_as_it_burns) {
  daemon::FireWatch watch(box().board);
  watch.turn();
  every_door_is(false);
  for (const auto level : {Level::active, Level::cut, Level::shorted}) {
    fire(level);
    watch.turn();
    every_door_is(true);
    fire(Level::inactive);
    watch.turn();
    every_door_is(false);
  }
}

TEST_F(BeforeTheEngine, a_lock_that_does_not_move_is_tried_again) {
  daemon::FireWatch watch(box().board);
  box().board.failing = "line is busy";
  fire(Level::active);
  watch.turn();
  every_door_is(false);
  box().board.failing.clear();
  watch.turn();
  every_door_is(true);
}

TEST_F(BeforeTheEngine, a_card_shown_at_the_start_is_decided_by_the_engine) {
  daemon::FireWatch watch(box().board);
  box().board.wiegand(1, frame26(4660001));
  watch.turn();
  ASSERT_TRUE(box().start());
  box().engine().begin_with(watch.hand_over());
  box().pass(100ms);
  EXPECT_TRUE(box().board.lock(1));
}

TEST_F(BeforeTheEngine, a_card_shown_while_nobody_will_be_there_soon_opens_nothing_later) {
  daemon::FireWatch watch(box().board);
  box().board.wiegand(1, frame26(4660001));
  watch.turn();
  watch.expect_nobody();
  box().board.wiegand(3, frame26(4660001));
  watch.turn();
  EXPECT_TRUE(watch.hand_over().empty());
}

}  // namespace
}  // namespace lintel::test
