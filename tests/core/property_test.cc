// What must be true of every door, whatever happens to it, and of every time zone.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "tests/core/story.h"

namespace lintel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- time zones, against an oracle that walks minute by minute

RC_GTEST_PROP(ATimeZone, holds_exactly_in_the_minutes_that_its_intervals_name, ()) {
  Calendar calendar;
  Timezone zone;
  zone.id = 2;
  const auto minute = rc::gen::inRange<int>(0, 1440);
  for (auto& day : zone.days) {
    for (Interval& interval : day) {
      interval.used = *rc::gen::arbitrary<bool>();
      interval.start = static_cast<std::uint16_t>(*minute);
      interval.end = static_cast<std::uint16_t>(*minute);
    }
  }
  calendar.put(zone);
  const auto first = std::chrono::floor<std::chrono::days>(*civil_from_text("2026-11-23"));
  const auto holiday = first + std::chrono::days{*rc::gen::inRange(0, 7)};
  calendar.put(Holiday{std::chrono::year_month_day{holiday}, 2, false});

  std::set<std::int64_t> held;  // minutes from `first`
  for (int d = -1; d < 7; ++d) {
    const auto today = first + std::chrono::days{d};
    const Day kind =
        today == holiday ? Day::hol2 : static_cast<Day>(std::chrono::weekday{today}.c_encoding());
    for (const Interval& interval : zone.days[static_cast<std::size_t>(kind)]) {
      if (!interval.used) continue;
      const int end = interval.end + (interval.end < interval.start ? 1440 : 0);
      for (int m = interval.start; m <= end; ++m)
        held.insert(d * 1440 + m);
    }
  }
  for (int m = 0; m < 7 * 1440; m += 7) {
    const Moment now{.uptime = {}, .civil = first + std::chrono::minutes{m} + seconds{m % 60}};
    RC_ASSERT(calendar.holds(2, now) == held.contains(m));
  }
}

RC_GTEST_PROP(ProtocolSeconds, come_back_as_they_went, ()) {
  const CivilTime time =
      *civil_from_text("2000-01-01") + seconds{*rc::gen::inRange<std::int64_t>(0, 4'100'000'000)};
  RC_ASSERT(from_protocol_seconds(to_protocol_seconds(time)) == time);
  RC_ASSERT(civil_from_text(to_text(time)) == time);
}

// ---- doors. The story player itself insists that each release has its cause, and that a refusal
// moves no lock.

constexpr const char* modes[] = {"0", "3", "4", "7", "11", "0000011000000001"};

// One random thing happens.
void something(Story& story, bool commands) {
  const auto below = [](int n) { return static_cast<std::uint8_t>(*rc::gen::inRange(0, n)); };
  const ReaderId reader{static_cast<std::uint8_t>(1 + below(4))};
  const auto door = static_cast<std::uint8_t>(1 + below(2));
  switch (*rc::gen::inRange(0, commands ? 12 : 7)) {
    case 0:
    case 1:
      story.act(CardRead{reader, CardNo{1000u + below(4)}, 0, 26});
      break;
    case 2:
      story.act(BadFrame{reader, below(128)});
      break;
    case 3:
      for (const char c : std::to_string(below(3))) {
        story.act(KeyPressed{reader, static_cast<std::uint8_t>(c - '0')});
      }
      story.act(KeyPressed{reader, 11});
      break;
    case 4:
      story.act(KeyPressed{reader, below(13)});
      break;
    case 5:
      story.act(LevelChanged{{InputKind::door_sensor, door}, static_cast<Level>(below(4))});
      break;
    case 6:
      story.act(LevelChanged{{InputKind::exit_button, door}, static_cast<Level>(below(2))});
      break;
    case 7:
      story.act(Command{OpenDoor{below(4), seconds{below(20)}}});
      break;
    case 8:
      story.act(Command{CloseDoor{below(3)}});
      break;
    case 9:
      story.act(Command{LockDoor{door, below(3) == 0}});
      break;
    case 10:
      if (below(3) == 0) story.act(Command{NormalOpen{door}});
      break;
    default:
      story.act(Command{NormalOpenToday{door, below(2) == 0}});
      break;
  }
  story.advance(milliseconds{*rc::gen::inRange(0, 8'000)});
}

void arrange(Story& story) {
  story.person({.pin = "1", .card = 1001, .password = "1"});
  story.person({.pin = "2", .card = 1002, .password = "2", .doors = 1});
  for (const unsigned door : {1u, 2u}) {
    story.set("DoorVerifyType",
              *rc::gen::elementOf(std::vector(std::begin(modes), std::end(modes))), door);
    story.set("DoorCloseAndLock", *rc::gen::arbitrary<bool>() ? "1" : "0", door);
    story.set("DoorDelayOpenTime", *rc::gen::arbitrary<bool>() ? "2" : "0", door);
    story.set("DoorSensorType", *rc::gen::arbitrary<bool>() ? "1" : "0", door);
    story.set("DoorREXInput", *rc::gen::inRange(0, 4) == 0 ? "0" : "1", door);
  }
}

RC_GTEST_PROP(EveryDoor, goes_back_to_rest_when_people_leave_it_alone, ()) {
  Story story;
  arrange(story);
  for (int i = 0; i < 60; ++i)
    something(story, false);
  story.advance(seconds{5 + 2});  // the lock time and the delay
  for (const unsigned door : {1u, 2u}) {
    RC_ASSERT(!story.controller().status(DoorId{static_cast<std::uint8_t>(door)}).released);
  }
}

RC_GTEST_PROP(EveryDoor, says_of_its_lock_what_its_output_is, ()) {
  Story story;
  arrange(story);
  for (int i = 0; i < 60; ++i) {
    something(story, true);
    for (const std::uint8_t door : {1, 2}) {
      const DoorStatus status = story.controller().status(DoorId{door});
      RC_ASSERT(status.released == story.controller().output({OutputKind::lock, door}));
      RC_ASSERT(!status.released || !status.locked);
      RC_ASSERT(!status.normal_open || status.released);
    }
  }
}

RC_GTEST_PROP(EveryDoor, sounds_forced_and_held_at_most_once_an_episode, ()) {
  Story story;
  arrange(story);
  for (int i = 0; i < 60; ++i)
    something(story, true);
  std::map<unsigned, std::map<EventCode, int>> since_opened;
  for (const Event& event : story.events()) {
    if (event.code == EventCode::door_opened) since_opened[event.address].clear();
    if (event.code == EventCode::forced_open || event.code == EventCode::open_too_long) {
      RC_ASSERT(++since_opened[event.address][event.code] == 1);
    }
  }
}

// ---- with every rule there is

// One random thing of those that stand above the rules, or change them.
void something_strong(Story& story) {
  const auto below = [](int n) { return static_cast<std::uint8_t>(*rc::gen::inRange(0, n)); };
  const auto door = static_cast<std::uint8_t>(1 + below(2));
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      story.act(Command{Emergency{static_cast<Emergency::Mode>(below(3))}});
      break;
    case 1:
      story.act(LevelChanged{{InputKind::fire, 0}, static_cast<Level>(below(4))});
      break;
    case 2:
      for (int i = 0; i < 3; ++i) {
        story.act(CardRead{ReaderId{static_cast<std::uint8_t>(2 * door)}, CardNo{1009}, 0, 26});
        story.advance(seconds{1});
      }
      break;
    case 3:
      story.act(LevelChanged{{InputKind::aux, door}, static_cast<Level>(below(4))});
      break;
    case 4:
      story.act(LevelChanged{{InputKind::tamper, 0}, static_cast<Level>(below(2))});
      break;
    case 5:
      story.act(Command{ResetPassback{}});
      break;
    case 6:
      story.act(Command{CancelAlarm{below(3)}});
      break;
    case 7:
      story.advance(std::chrono::minutes{*rc::gen::inRange(1, 90)});
      break;
    default:
      story.set("DoorMaskFlag", below(2) == 0 ? "1" : "0", door);
      break;
  }
}

void arrange_rules(Story& story) {
  const auto some = [](int n) { return *rc::gen::inRange(0, n); };
  story.person({.pin = "9", .card = 1009, .password = "9"});
  story.zone(3, Day::mon, 900, 1029);
  story.zone(4, Day::mon, 930, 1129);
  story.change_user("1", [](User& user) { user.group = 1; });
  story.change_user("2", [](User& user) { user.group = 2; });
  for (const unsigned door : {1u, 2u}) {
    story.set("DoorInOutAntiPassback", std::to_string(some(4)).c_str(), door);
    story.set("DoorFirstCardOpenDoor", std::to_string(some(3)).c_str(), door);
    story.set("DoorMultiCardOpenDoor", some(4) == 0 ? "1" : "0", door);
    story.set("DoorKeepOpenTimeZone", some(3) == 0 ? "4" : "0", door);
    story.set("DoorFireOpen", some(4) == 0 ? "0" : "1", door);
    story.set("DoorSupperPassWord", "0", door);
    story.set("DoorForcePassWord", "1", door);
    story.set("DoorVerifyType", some(2) == 0 ? "0" : "11", door);
  }
  story.change([&](Rules& rules) {
    rules.interlock = static_cast<std::uint8_t>(some(2));
    rules.fire.supervised = some(2) == 0;
    rules.multi_card = {{.door = DoorId{1}, .groups = {1, 2, 0, 0, 0}}};
    rules.super_users = {{.pin = pin_of("9"), .door = 0}};
    rules.first_cards = {{.pin = pin_of("1"), .door = DoorId{1}, .zone = 3}};
    if (some(2) == 0) {
      rules.scheduled_outputs = {
          {.number = 2,
           .act = some(2) == 0 ? ScheduledOutput::Act::open : ScheduledOutput::Act::closed,
           .zone = 3}};
    }
    rules.linkages = {{.index = 1, .event = 221, .in = 1, .out = 2, .time = 4},
                      {.index = 2, .event = 221, .in = 2, .out = 1, .time = 255},
                      {.index = 3, .event = 220, .in = 2, .out = 1, .time = 0}};
  });
}

RC_GTEST_PROP(EveryDoor, obeys_the_strongest, ()) {
  Story story;
  arrange(story);
  arrange_rules(story);
  for (int i = 0; i < 80; ++i) {
    if (*rc::gen::inRange(0, 3) == 0) {
      something_strong(story);
    } else {
      something(story, true);
    }
    for (const std::uint8_t door : {1, 2}) {
      const DoorStatus status = story.controller().status(DoorId{door});
      RC_ASSERT(status.released == story.controller().output({OutputKind::lock, door}));
      RC_ASSERT(!status.fire || status.released);
      if (status.fire) continue;
      RC_ASSERT(!status.locked_down || !status.released);
      if (status.locked_down) continue;
      RC_ASSERT(!status.emergency_open || status.released);
      if (status.emergency_open) continue;
      RC_ASSERT(status.enabled || !status.released);
      RC_ASSERT(!status.locked || !status.normal_open);
    }
  }
}

RC_GTEST_PROP(EveryDoor, is_after_a_restart_as_it_was_but_for_what_lasts_a_moment, ()) {
  Story story;
  arrange(story);
  arrange_rules(story);
  for (int i = 0; i < 40; ++i) {
    if (*rc::gen::inRange(0, 3) == 0) {
      something_strong(story);
    } else {
      something(story, true);
    }
  }
  story.advance(seconds{30});  // pulses and delays are over
  const DoorStatus before[] = {story.controller().status(DoorId{1}),
                               story.controller().status(DoorId{2})};
  const bool interlocked = story.controller().rules().interlock != 0;
  story.restart();
  for (const std::uint8_t door : {1, 2}) {
    const DoorStatus& then = before[door - 1];
    const DoorStatus now = story.controller().status(DoorId{door});
    RC_ASSERT(now.sensor == then.sensor);
    RC_ASSERT(now.locked == then.locked);
    RC_ASSERT(now.locked_down == then.locked_down);
    RC_ASSERT(now.emergency_open == then.emergency_open);
    RC_ASSERT((now.alarms & then.alarms) == then.alarms);
    const bool sure = !interlocked && !then.fire && !now.fire;  // fire has its line
    if (sure) RC_ASSERT(now.released == then.released);
    if (sure) RC_ASSERT(now.normal_open == then.normal_open);
  }
}

RC_GTEST_PROP(TheSameInputs, give_the_same_actions, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      40, rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::inRange(0, 9'000)));
  const auto tell = [&](Story& story) {
    story.person({.pin = "1", .card = 1001, .password = "1"});
    for (const auto& [what, wait] : steps) {
      switch (what) {
        case 0:
          story.act(CardRead{ReaderId{1}, CardNo{1001}, 0, 26});
          break;
        case 1:
          story.act(KeyPressed{ReaderId{2}, 1});
          break;
        case 2:
          story.act(KeyPressed{ReaderId{2}, 11});
          break;
        case 3:
          story.act(LevelChanged{{InputKind::door_sensor, 1}, static_cast<Level>(wait % 2)});
          break;
        default:
          story.act(LevelChanged{{InputKind::exit_button, 2}, static_cast<Level>(wait % 2)});
          break;
      }
      story.advance(milliseconds{wait});
    }
    return story.all_that_came();
  };
  Story one, other;
  const std::string trace = tell(one);
  RC_ASSERT(!trace.empty());
  RC_ASSERT(trace == tell(other));
}

}  // namespace
}  // namespace lintel
