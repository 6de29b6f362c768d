// Linkage: an event switches something, once, and what that does switches nothing.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/core/story.h"

namespace lintel {
namespace {

constexpr auto lock = Linkage::Output::lock, aux = Linkage::Output::aux;

class ALinkage : public ::testing::Test {
 protected:
  ALinkage() {
    story.person({.pin = "5", .card = 1005, .password = "2580"});
    story.set("DoorIntertime", "0");
  }
  void rows(std::vector<Linkage> linkages) {
    story.change([&](Rules& rules) { rules.linkages = std::move(linkages); });
  }
  Story story;
};

TEST_F(ALinkage, tells_its_trigger_its_row_its_place_and_its_person) {
  rows({{.index = 42, .event = 0, .in = 1, .output = aux, .out = 2, .time = 5}});
  story.play("a lamp for whoever comes in", R"(
     1 card 1005 -> unlock granted aux_on:2 linked:2
     6 wait      -> relock aux_off:2
  )");
  const Event& linked = story.last_event();
  EXPECT_EQ(number(linked.code), 6u);
  EXPECT_EQ(static_cast<unsigned>(linked.verify), 0u) << "the code of the trigger";
  EXPECT_EQ(linked.link, 42u);
  EXPECT_EQ(linked.address, 2) << "the output's place";
  EXPECT_EQ(linked.pin.view(), "5");
  EXPECT_EQ(linked.card.value, 1005u);
  EXPECT_EQ(linked.reason.rule, Rule::linkage);
  EXPECT_EQ(linked.reason.record, 42u);
  EXPECT_EQ(linked.reason.detail, 0u);
  EXPECT_FALSE(is_about_a_credential(linked));
}

TEST_F(ALinkage, follows_each_kind_of_event) {
  rows({{.index = 1, .event = 27, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 2, .event = 102, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 3, .event = 202, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 4, .event = 221, .in = 2, .output = aux, .out = 1, .time = 1},
        {.index = 5, .event = 8, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 6, .event = 100, .in = 0, .output = aux, .out = 1, .time = 1},
        {.index = 7, .event = 28, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 8, .event = 5, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 9, .event = 105, .in = 0, .output = aux, .out = 1, .time = 1},
        {.index = 10, .event = 200, .in = 1, .output = aux, .out = 1, .time = 1},
        {.index = 11, .event = 206, .in = 0, .output = aux, .out = 1, .time = 1}});
  story.play("refused, alarms, lines, commands, time, the box", R"(
     1 card 999               -> unregistered aux_on linked
    10 press                  -> aux_off unlock exit aux_on linked
    20 input aux active at 2  -> aux_off relock aux_closed:2 aux_on linked
    30 remote open 5          -> aux_off unlock remote_opened aux_on linked
    40 input tamper active    -> aux_off relock tamper aux_on linked
    50 link down              -> aux_off offline aux_on linked
    60 open                   -> aux_off forced aux_on linked linked
    75 wait                   -> aux_off held aux_on linked
    80 close                  -> aux_off
    90 set DoorKeepOpenTimeZone 1 -> unlock zone_began aux_on linked
   100 restart                -> aux_off unlock aux_on started zone_began linked linked
  )");
}

TEST_F(ALinkage, is_that_of_its_place) {
  rows({{.index = 1, .event = 202, .in = 2, .output = aux, .out = 1, .time = 1},
        {.index = 2, .event = 221, .in = 1, .output = aux, .out = 2, .time = 1}});
  story.play("at the other it is nothing", R"(
     1 press                 -> unlock exit
     2 press at 2            -> unlock:2 exit:2 aux_on linked
     3 input aux active at 2 -> aux_off aux_closed:2
     4 input aux active at 1 -> aux_closed aux_on:2 linked:2
  )");
}

TEST_F(ALinkage, may_be_that_of_a_reader) {
  rows(
      {{.index = 1, .event = 0, .in = 2, .by_reader = true, .output = aux, .out = 1, .time = 1},
       {.index = 2, .event = 27, .in = 4, .by_reader = true, .output = aux, .out = 2, .time = 1},
       {.index = 3, .event = 224, .in = 3, .by_reader = true, .output = aux, .out = 2, .time = 1}});
  story.play("in and out are two readers", R"(
     1 card 1005 at 1 -> unlock granted
     7 card 1005 at 2 -> relock unlock granted aux_on linked
    10 card 999 at 3  -> aux_off unregistered:2
    11 card 999 at 4  -> unregistered:2 aux_on:2 linked:2
    20 keys # at 3    -> relock aux_off:2 bell:2 aux_on:2 linked:2
    21 keys # at 4    -> aux_off:2 bell:2
    30 press          -> unlock exit
  )");
}

TEST_F(ALinkage, of_a_reader_follows_a_lockdown_once) {
  story.person({.pin = "1", .card = 1001});
  story.change([](Rules& rules) { rules.super_users = {{.pin = pin_of("1"), .door = 0}}; });
  rows({{.index = 1,
         .event = 4016,
         .in = 1,
         .by_reader = true,
         .output = aux,
         .out = 1,
         .time = 5}});
  story.play("he was at one reader", R"(
     1 card 1001 -> unlock super
     2 card 1001 -> super
     3 card 1001 -> relock lockdown lockdown:2 aux_on linked
  )");
  EXPECT_EQ(story.event_before(1).reason.reader, ReaderId{}) << "nobody was at door 2";
}

TEST_F(ALinkage, opens_a_lock_for_a_time) {
  rows({{.index = 1, .event = 202, .in = 1, .output = lock, .out = 2, .time = 3}});
  story.play("one button for two doors", R"(
     1 press -> unlock exit unlock:2 linked:2
     4 wait  -> relock:2
     6 wait  -> relock
  )");
  EXPECT_EQ(story.last_event().reason.door, DoorId{2});
}

TEST_F(ALinkage, opens_a_lock_until_it_is_closed) {
  rows({{.index = 1, .event = 221, .in = 1, .output = lock, .out = 2, .time = 255},
        {.index = 2, .event = 220, .in = 1, .output = lock, .out = 2, .time = 0}});
  story.play("on, off", R"(
     1 input aux active   -> aux_closed unlock:2 linked:2
   400 restart            -> unlock:2 started stays_open:2
   500 input aux inactive -> aux_open relock:2 linked:2
   501 restart            -> started
  )");
}

TEST_F(ALinkage, does_not_close_a_door_in_its_normal_open_time) {
  rows({{.index = 1, .event = 221, .in = 1, .output = lock, .out = 1, .time = 0}});
  story.set("DoorKeepOpenTimeZone", "1");
  story.play("it goes on", "1 input aux active -> unlock zone_began aux_closed");
}

TEST_F(ALinkage, switches_an_output_on_and_off) {
  rows({{.index = 1, .event = 221, .in = 1, .output = aux, .out = 1, .time = 255},
        {.index = 2, .event = 220, .in = 1, .output = aux, .out = 1, .time = 0},
        {.index = 3, .event = 221, .in = 2, .output = aux, .out = 1, .time = 2}});
  story.play("a siren", R"(
     1 input aux active        -> aux_closed aux_on linked
   900 input aux inactive      -> aux_open aux_off linked
   901 input aux active at 2   -> aux_closed:2 aux_on linked
   903 wait                    -> aux_off
  )");
}

TEST_F(ALinkage, locks_and_unlocks_a_door) {
  rows({{.index = 1, .event = 221, .in = 1, .act = Linkage::Act::lock_door, .out = 2},
        {.index = 2, .event = 220, .in = 1, .act = Linkage::Act::unlock_door, .out = 2}});
  story.play("a switch", R"(
     1 remote open 60 at 2 -> unlock:2 remote_opened:2
     2 input aux active    -> aux_closed relock:2 keep linked:2
     3 card 1005 at 3      -> door_locked:2
     4 restart             -> started
     5 card 1005 at 3      -> door_locked:2
     6 input aux inactive  -> aux_open linked:2
     7 card 1005 at 3      -> unlock:2 granted:2
  )");
}

TEST_F(ALinkage, obeys_lockdown_lock_and_interlock) {
  rows({{.index = 1, .event = 221, .in = 1, .output = lock, .out = 1, .time = 5}});
  story.change([](Rules& rules) { rules.interlock = 1; });
  story.play("nothing follows", R"(
     1 remote lock         -> locked
     2 input aux active    -> aux_closed
     3 remote unlock       -> unlocked
     4 emergency close     -> dual_close dual_close:2
     5 input aux inactive  -> aux_open
     6 input aux active    -> aux_closed
     7 emergency off       -> cancelled cancelled:2
     8 open at 2           -> forced:2
     9 input aux inactive  -> aux_open
    10 input aux active    -> aux_closed
    11 close at 2          ->
    12 set DoorDisable 0   ->
    13 input aux inactive  -> aux_open
    14 input aux active    -> aux_closed
    15 set DoorDisable 1   ->
    16 input aux inactive  -> aux_open
    17 input aux active    -> aux_closed unlock linked
  )");
}

TEST_F(ALinkage, triggers_no_other_and_not_itself) {
  rows({{.index = 1, .event = 6, .output = aux, .out = 2, .time = 5},
        {.index = 2, .event = 202, .output = aux, .out = 1, .time = 5}});
  story.play("6 is no trigger", "1 press -> unlock exit aux_on linked");
  EXPECT_EQ(story.last_event().link, 2u);
}

TEST_F(ALinkage, follows_what_time_does) {
  rows({{.index = 1, .event = 75, .in = 1, .output = aux, .out = 1, .time = 5}});
  story.set("DoorVerifyType", "11");
  story.play("nobody typed his password", R"(
     1 card 1005 ->
    11 wait      -> timeout aux_on linked
  )");
  EXPECT_EQ(story.last_event().pin.view(), "5");
}

TEST_F(ALinkage, may_have_several_rows_for_one_event) {
  rows({{.index = 1, .event = 202, .in = 0, .output = aux, .out = 1, .time = 5},
        {.index = 2, .event = 202, .in = 1, .output = aux, .out = 2, .time = 5},
        {.index = 3, .event = 202, .in = 1, .output = lock, .out = 2, .time = 5}});
  story.play("all of them, in their order", R"(
     1 press -> unlock exit aux_on linked aux_on:2 linked:2 unlock:2 linked:2
  )");
}

TEST_F(ALinkage, to_what_the_box_does_not_have_is_none) {
  rows({{.index = 1, .event = 202, .output = aux, .out = 9, .time = 5},
        {.index = 2, .event = 202, .output = lock, .out = 3, .time = 5},
        {.index = 3, .event = 202, .output = lock, .out = 0, .time = 5}});
  story.play("nothing", "1 press -> unlock exit");
}

TEST_F(ALinkage, may_open_upon_a_refusal) {
  rows({{.index = 1, .event = 27, .in = 1, .output = lock, .out = 2, .time = 5}});
  story.play("strangers go round", "1 card 999 -> unregistered unlock:2 linked:2");
  EXPECT_EQ(story.last_event().card.value, 999u);
}

TEST_F(ALinkage, of_an_alarm_follows_the_decision) {
  story.set("DoorForcePassWord", "1199");
  rows({{.index = 1, .event = 101, .in = 1, .output = aux, .out = 1, .time = 255}});
  story.play("a silent alarm", "1 keys 1199# -> unlock by_password duress aux_on linked");
}

}  // namespace
}  // namespace lintel
