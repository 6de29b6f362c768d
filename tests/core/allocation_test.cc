#include "tests/core/allocation.h"

#include <gtest/gtest.h>

#include <ctime>

#include "tests/core/story.h"
#include "tests/sanitizers.h"

namespace lintel {
namespace {

using std::chrono::seconds;

Pin pin_of(unsigned n) {
  return *Pin::from(std::to_string(n));
}

void add_crowd(Controller& controller, unsigned people) {
  controller.people().reserve(people);
  for (unsigned n = 1; n <= people; ++n) {
    User user;
    user.pin = pin_of(n);
    user.card = CardNo{1'000'000 + n};
    user.password = *Password::from(std::to_string(10'000'000 + n));
    Privilege privilege;
    privilege.pin = user.pin;
    privilege.timezone = timezone_always;
    privilege.doors = 0xF;
    ASSERT_TRUE(controller.people().apply(user));
    ASSERT_TRUE(controller.people().apply(privilege));
  }
}

// Time of this thread alone, so that a busy machine does not fail the test.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

#if defined(__OPTIMIZE__) && !defined(LINTEL_SANITIZED)
constexpr bool fast_build = true;
#else
constexpr bool fast_build = false;
#endif

struct Box {
  Controller controller{Layout{.doors = 4, .aux_inputs = 4, .aux_outputs = 4}};
  Moment now{.uptime = Uptime{seconds{1}}, .civil = *civil_from_text("2026-11-23 08:00:00")};
  Actions actions;

  Box() { actions.reserve(256); }
  void start() { controller.start({}, now, actions); }
  void handle(const Input& input) {
    actions.clear();
    controller.handle(input, now, actions);
  }
  void later(UptimeClock::duration time) { now.uptime += time; }
};

TEST(Swipes, take_nothing_from_the_heap) {
  Box box;
  add_crowd(box.controller, 1'000);
  DoorParameters card_and_password;
  card_and_password.verify_type = 11;
  card_and_password.sensor = SensorType::normally_open;
  box.controller.set_parameters(DoorId{2}, card_and_password, box.now, box.actions);
  box.start();
  const std::size_t before = allocations();
  for (unsigned n = 1; n <= 1'000; ++n) {
    box.later(seconds{1});
    box.handle(CardRead{ReaderId{1}, CardNo{1'000'000 + n}, 0, 26});
    box.handle(CardRead{ReaderId{2}, CardNo{n}, 0, 26});
    box.handle(CardRead{ReaderId{3}, CardNo{1'000'000 + n}, 0, 26});
    for (const char c : std::to_string(10'000'000 + n)) {
      box.handle(KeyPressed{ReaderId{3}, static_cast<std::uint8_t>(c - '0')});
    }
    box.handle(KeyPressed{ReaderId{3}, 11});
    box.handle(BadFrame{ReaderId{5}, 31});
    box.handle(LevelChanged{{InputKind::door_sensor, 2}, Level::active});
    box.handle(LevelChanged{{InputKind::door_sensor, 2}, Level::inactive});
    box.handle(LevelChanged{{InputKind::exit_button, 3}, Level::active});
    box.handle(LevelChanged{{InputKind::exit_button, 3}, Level::inactive});
    box.handle(Tick{});
  }
  EXPECT_EQ(allocations(), before);
}

TEST(Swipes, take_nothing_from_the_heap_where_every_rule_is_asked) {
  Box box;
  add_crowd(box.controller, 1'000);
  Rules rules;
  rules.anti_passback = 4;
  rules.interlock = 2;
  rules.triggers = {{.list = 1, .reader = false, .number = 0}};
  rules.anti_passback_pairs = {{.id = 1, .from = 1, .to = 1}};
  rules.multi_card = {{.door = DoorId{2}, .groups = {1, 2, 0, 0, 0}}};
  rules.first_cards = {{.pin = pin_of(1), .door = DoorId{1}, .zone = timezone_always}};
  rules.super_users = {{.pin = pin_of(2), .door = 0}};
  rules.linkages = {
      {.index = 1, .event = 0, .output = Linkage::Output::aux, .out = 1, .time = 5},
      {.index = 2, .event = 27, .output = Linkage::Output::lock, .out = 4, .time = 5}};
  rules.verify_schedules.resize(1);
  rules.verify_schedules[0].id = 7;
  rules.door_verify = {{.door = DoorId{1}, .schedule = 7}};
  rules.person_verify = {{.pin = pin_of(3), .door = DoorId{1}, .schedule = 7}};
  box.controller.set_rules(rules, box.now, box.actions);
  DoorParameters busy;
  busy.in_out_anti_passback = 3;
  busy.anti_passback = seconds{5};
  busy.emergency_password = *Password::from("9119");
  busy.duress_password = *Password::from("1199");
  for (const unsigned door : {1u, 2u, 3u, 4u}) {
    busy.multi_card = door == 2;
    busy.first_card = door == 1 ? FirstCard::activation : FirstCard::off;
    busy.verify_type = door == 3 ? 11 : 0;
    box.controller.set_parameters(DoorId{static_cast<std::uint8_t>(door)}, busy, box.now,
                                  box.actions);
  }
  box.start();
  const std::size_t before = allocations();
  for (unsigned n = 1; n <= 1'000; ++n) {
    box.later(seconds{1});
    for (const unsigned reader : {1u, 4u, 5u, 8u}) {
      const ReaderId at{static_cast<std::uint8_t>(reader)};
      box.handle(CardRead{at, CardNo{1'000'000 + n}, 0, 26});
      for (const int key : {1, 1, 9, 9, 11})
        box.handle(KeyPressed{at, static_cast<std::uint8_t>(key)});
    }
    box.handle(CardRead{ReaderId{1}, CardNo{1'000'002}, 0, 26});  // gestures of a super user
    box.handle(KeyPressed{ReaderId{7}, 7});
    box.handle(KeyPressed{ReaderId{7}, 11});
    box.handle(Tick{});
  }
  EXPECT_EQ(allocations(), before);
}

TEST(ThirtyThousandPeople, cost_less_than_twelve_mebibytes) {
  const std::size_t before = bytes_on_heap();
  Box box;
  add_crowd(box.controller, 30'000);
  EXPECT_LT(bytes_on_heap() - before, 12u << 20);
}

TEST(AHundredThousandPeople, are_loaded_and_decided_on_quickly) {
  double load_time = 1e9;
  for (int attempt = 0; attempt < 3 && load_time > 0.150; ++attempt) {  // caches are shared
    Box other;
    const double start = cpu_seconds();
    add_crowd(other.controller, 100'000);
    load_time = cpu_seconds() - start;
  }
  Box box;
  add_crowd(box.controller, 100'000);
  const double loaded = cpu_seconds();
  box.start();
  unsigned granted = 0;
  for (unsigned n = 0; n < 100'000; ++n) {
    box.later(seconds{1});
    const unsigned person = n * 7919u % 100'000 + 1;  // no two neighbours in memory
    box.handle(CardRead{ReaderId{1}, CardNo{1'000'000 + person}, 0, 26});
    for (const Action& action : box.actions) {
      const auto* record = std::get_if<Record>(&action);
      if (record != nullptr && record->event.code == EventCode::opened) ++granted;
    }
  }
  const double decided = cpu_seconds();
  EXPECT_EQ(granted, 100'000u);
  if (!fast_build) return;
  EXPECT_LT(load_time, 0.150);
  EXPECT_LT((decided - loaded) / 100'000, 5e-6) << "seconds a swipe";
}

}  // namespace
}  // namespace lintel
