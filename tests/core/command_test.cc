#include <gtest/gtest.h>

#include "tests/core/story.h"

namespace lintel {
namespace {

using std::chrono::seconds;

TEST(ACommand, opens_and_closes_a_door) {
  Story story;
  story.play("from afar", R"(
     1 remote open 3  -> unlock remote_opened
     4 wait           -> relock
     5 remote open 60 -> unlock remote_opened
     6 remote close   -> relock remote_closed
     7 remote close   -> remote_closed
     8 remote open 0  -> unlock remote_opened
    13 wait           -> relock
    14 remote open 2 at 2 -> unlock:2 remote_opened:2
  )");
  EXPECT_EQ(story.last_event().verify, VerifyCode::none);
  EXPECT_EQ(story.last_event().way, InOut::system);
  EXPECT_EQ(story.last_event().reason.rule, Rule::remote);
  EXPECT_EQ(story.last_event().reason.detail, 1u);
}

TEST(ACommand, needs_a_door_that_exists) {
  Story story;
  for (const Command& command :
       {Command{OpenDoor{3, seconds{5}}}, Command{CloseDoor{255}}, Command{NormalOpen{3}},
        Command{NormalOpenToday{3, true}}, Command{CancelAlarm{3}}, Command{LockDoor{3, true}},
        Command{SetAuxOutput{3, true, seconds{5}}}, Command{SetAuxOutput{0, true, seconds{5}}}}) {
    EXPECT_EQ(story.act(command), CommandOutcome::no_such_place);
  }
  EXPECT_EQ(story.events().size(), 1u) << "the start, and nothing else";
}

TEST(ACommand, to_door_0_is_for_all_doors) {
  Story story;
  story.play("all of them", R"(
     1 remote open 5 at 0   -> unlock remote_opened unlock:2 remote_opened:2
     2 remote close at 0    -> relock remote_closed relock:2 remote_closed:2
     3 remote lock at 1     -> locked
     4 remote open 5 at 0   -> unlock:2 remote_opened:2
     5 remote lock at 0     -> locked relock:2 locked:2
     6 remote open 5 at 0   -> is_locked
     7 remote unlock at 0   -> unlocked unlocked:2
     8 remote cancel at 0   -> cancelled cancelled:2
     9 remote stay at 0     -> unlock stays_open unlock:2 stays_open:2
    10 remote open 5 at 0   -> already_open
    11 remote today off at 0 -> today_off today_off:2
  )");
}

TEST(ALockedDoor, stays_shut) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.play("locked and unlocked", R"(
     1 remote open 60 -> unlock remote_opened
     2 remote lock    -> relock locked keep
     3 card 1005      -> door_locked
     4 remote open 5  -> is_locked
     5 remote stay    -> is_locked
     6 press          -> door_locked
     7 remote close   -> remote_closed
     8 remote unlock  -> unlocked keep
     9 card 1005      -> unlock granted
  )");
  EXPECT_FALSE(story.controller().parameters(DoorId{1}).locked);
}

TEST(ALock, that_a_command_sets_is_kept_for_a_restart) {
  Story story;
  Actions actions;
  story.controller().command(LockDoor{2, true}, story.now(), actions);
  ASSERT_EQ(actions.size(), 2u);
  const auto& keep = std::get<KeepParameter>(actions[1]);
  EXPECT_EQ(keep.door, DoorId{2});
  EXPECT_EQ(keep.name, "DoorMaskFlag");
  EXPECT_EQ(keep.value, 1u);
  EXPECT_NE(find_door_parameter(keep.name), nullptr);
  EXPECT_TRUE(story.controller().parameters(DoorId{2}).locked);
  EXPECT_TRUE(story.controller().status(DoorId{2}).locked);
}

TEST(ADisabledDoor, is_not_opened_from_afar) {
  Story story;
  story.set("DoorDisable", "0");
  story.play("disabled", R"(
     1 remote open 5 -> is_disabled
     2 remote stay   -> is_disabled
  )");
}

TEST(AnOpenDelay, of_somebody_on_his_way_in_is_ended_by_a_lock) {
  Story story;
  story.person({.pin = "5", .card = 1005});
  story.set("DoorDelayOpenTime", "5");
  story.play("too late", R"(
     1 card 1005   -> granted
     2 remote lock -> locked
    20 wait        ->
  )");
}

TEST(AnAuxiliaryOutput, is_on_for_its_time) {
  Story story;
  story.play("a lamp", R"(
     1 aux on 3        -> aux_on aux_enabled
     4 wait            -> aux_off
     5 aux on 0 at 2   -> aux_on:2 aux_enabled:2
   500 wait            ->
   501 aux on 5 at 2   -> aux_enabled:2
   502 aux on 5 at 2   -> aux_enabled:2
   506 wait            ->
   507 wait            -> aux_off:2
   508 aux on 60       -> aux_on aux_enabled
   509 aux off         -> aux_off aux_disabled
   600 wait            ->
  )");
  EXPECT_EQ(story.last_event().address, 1);
  EXPECT_FALSE(story.controller().output({OutputKind::aux, 1}));
}

}  // namespace
}  // namespace lintel
