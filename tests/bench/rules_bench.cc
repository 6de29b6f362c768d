// The full ladder beside the plain one: what it costs at the door that every rule is configured.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>

#include "engine/core/controller.h"
#include "tests/bench/benches.h"
#include "tests/bench/people.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

constexpr std::uint32_t users = 100'000;
constexpr unsigned doors = 4;
constexpr std::uint32_t rows = 1'000;  // of each table that grows with the people
constexpr TimezoneId working_hours = 2;
constexpr ModeCode card_only = 4;  // of appendix 3

// Doors 1 and 2 in turns, and in and out in turns at each: passes back nowhere. The second half of
// the people walks through doors 3 and 4.
constexpr std::uint8_t ways_of_most[] = {1, 3, 2, 4};
constexpr unsigned rounds = 4;
// So fast that all of it lies within the five minutes of a lockout.
constexpr microseconds between{500};
// A minute of the civil clock has as many decisions: at each the core makes room for passages.
constexpr std::uint32_t decisions_of_a_minute = 2'000;

void set(DoorParameters& parameters, const char* name, const char* value) {
  const auto* spec = find_door_parameter(name);
  if (spec == nullptr || !set_parameter(parameters, *spec, value)) {
    std::fprintf(stderr, "lintel-bench: no door takes %s=%s\n", name, value);
    std::exit(1);
  }
}

DoorParameters plain_door() {
  DoorParameters parameters;
  set(parameters, "DoorIntertime", "0");
  set(parameters, "DoorSensorType", "1");
  return parameters;
}

DoorParameters full_door() {
  DoorParameters parameters = plain_door();
  for (const auto& [name, value] : {std::pair{"DoorIntertime", "2"},
                                    {"DoorValidTZ", "2"},
                                    {"DoorSupperPassWord", "87654321"},
                                    {"DoorForcePassWord", "654321"},
                                    {"DoorInOutAntiPassback", "3"},
                                    {"DoorInTimeAPB", "60"},
                                    {"DoorFirstCardOpenDoor", "2"}})
    set(parameters, name, value);
  return parameters;
}

Timezone zone_of_every_day(TimezoneId id, std::uint16_t from_hour, std::uint16_t to_hour) {
  Timezone zone;
  zone.id = id;
  for (auto& day : zone.days)
    day[0] = {static_cast<std::uint16_t>(from_hour * 60), static_cast<std::uint16_t>(to_hour * 60),
              true};
  return zone;
}

Pin pin_of(std::uint32_t n) {
  return *Pin::from(std::to_string(n));
}

void add_lists(Rules& rules) {
  constexpr std::uint32_t passback_pairs = 32, interlock_pairs = 16;
  for (std::uint32_t pair = 0; pair < passback_pairs; ++pair) {
    // Doors or their readers; the pair of doors 1 and 2, or that of 3 and 4.
    const bool readers = pair % 2 == 1;
    const auto first = static_cast<std::uint8_t>(pair % 4 < 2 ? 1 : 3);
    const std::uint32_t from = 2 * pair + 1, to = from + 1;
    for (const auto& [list, door] :
         {std::pair{from, first}, {to, static_cast<std::uint8_t>(first + 1)}}) {
      if (!readers) rules.triggers.push_back({list, false, door});
      for (int way = 1; readers && way >= 0; --way)
        rules.triggers.push_back({list, true, static_cast<std::uint8_t>(2 * door - way)});
    }
    rules.anti_passback_pairs.push_back({pair + 1, from, to});
    if (!readers && rules.interlock_pairs.size() < interlock_pairs)
      rules.interlock_pairs.push_back({pair + 1, from, to});
  }
}

// Every person of 1 to `rows` has a schedule of his own, and so has every door.
void add_verification(Rules& rules) {
  for (std::uint32_t id = 1; id <= rows; ++id) {
    VerifySchedule schedule;
    schedule.id = id;
    for (auto& day : schedule.days)
      day[0] = {{6 * 60, 22 * 60, true}, card_only, card_only};
    rules.verify_schedules.push_back(schedule);
    const DoorId door{static_cast<std::uint8_t>(1 + id % doors)};
    rules.person_verify.push_back({pin_of(id), door, id});
  }
  for (std::uint8_t door = 1; door <= doors; ++door)
    rules.door_verify.push_back({DoorId{door}, door});
}

void add_linkage(Rules& rules) {
  constexpr std::uint32_t linkages = 64;
  for (std::uint32_t index = 1; index <= linkages; ++index) {
    Linkage linkage;
    linkage.index = index;
    // One for every opening of a door, the rest for what does not happen here.
    linkage.event = static_cast<std::uint16_t>(
        number(index <= doors ? EventCode::opened : EventCode::forced_open));
    linkage.in = static_cast<std::uint8_t>(1 + index % doors);
    linkage.output = Linkage::Output::aux;
    linkage.out = static_cast<std::uint8_t>(1 + index % doors);
    linkage.time = 1;
    rules.linkages.push_back(linkage);
  }
}

Rules every_rule() {
  Rules rules;
  rules.anti_passback = 3;
  rules.interlock = 4;
  add_lists(rules);
  add_verification(rules);
  add_linkage(rules);
  for (std::uint32_t n = 0; n < rows; ++n) {
    const auto door = static_cast<std::uint8_t>(1 + n % doors);
    rules.first_cards.push_back({pin_of(users / 2 - n), DoorId{door}, working_hours});
    rules.super_users.push_back({pin_of(users - n), door});
  }
  for (std::uint8_t output = 1; output <= doors; ++output) {
    const auto act = output % 2 == 0 ? ScheduledOutput::Act::open : ScheduledOutput::Act::closed;
    rules.scheduled_outputs.push_back({true, output, act, working_hours});
  }
  ReaderSetting reader;
  reader.duress_site_code = 255;
  rules.readers.assign(2 * doors, reader);
  return rules;
}

// A controller with its people, and what it took to decide.
struct Box {
  Controller controller{Layout{doors, doors, doors}};
  Actions actions;
  std::vector<nanoseconds> decided;
  std::size_t opened = 0;

  void begin(const DoorParameters& parameters, TimezoneId zone, Rules rules, const Moment& now) {
    controller.people().reserve(users);
    fill(controller.people(), users, zone);
    for (TimezoneId id = working_hours; id <= 64; ++id)
      controller.calendar().put(zone_of_every_day(id, 6, 22));
    for (std::uint8_t door = 1; door <= doors; ++door)
      controller.set_parameters(DoorId{door}, parameters, now, actions);
    controller.set_rules(std::move(rules), now, actions);
    actions.reserve(256);
    decided.reserve(std::size_t{rounds} * users);
  }
  void decide(const CardRead& read, const Moment& now) {
    actions.clear();
    const auto start = Clock::now();
    controller.handle(read, now, actions);
    decided.push_back(Clock::now() - start);
    for (const auto& action : actions) {
      const auto* set = std::get_if<SetOutput>(&action);
      if (set != nullptr && set->on && set->line.kind == OutputKind::lock) ++opened;
    }
    // He walks through, and the door is at rest again before the next one.
    for (const Level level : {Level::active, Level::inactive}) {
      const auto door = static_cast<std::uint8_t>(number(door_of(read.reader)));
      if (controller.output({OutputKind::lock, door}) || level == Level::inactive)
        controller.handle(LevelChanged{{InputKind::door_sensor, door}, level}, now, actions);
    }
  }
};

// Locked out already: some readers for what is typed, and people for their passwords.
void lock_out(Controller& controller) {
  std::vector<Kept> kept;
  for (std::uint8_t reader = 1; reader <= doors; ++reader)
    kept.push_back({.key = {KeptKind::reader_lockout, reader, {}},
                    .value = limits::wrong_entries_max,
                    .extra = 1});
  for (std::uint32_t n = 1; n <= rows; ++n)
    kept.push_back({.key = {KeptKind::person_lockout, 0, pin_of(n)},
                    .value = limits::wrong_entries_max,
                    .extra = 1});
  controller.restore(kept);
}

}  // namespace

void bench_rules(Table& table) {
  Moment now{
      Uptime(std::chrono::seconds(1)),
      CivilTime(std::chrono::local_days(std::chrono::year{2026} / 11 / 23)) + std::chrono::hours(8),
      true};
  Box plain, full;
  plain.begin(plain_door(), timezone_always, {}, now);
  full.begin(full_door(), working_hours, every_rule(), now);
  lock_out(full.controller);
  for (Box* box : {&plain, &full})
    box->controller.start({}, now, box->actions);

  // The first card of each door lets the others in.
  for (std::uint32_t n = 0; n < doors; ++n) {
    now.uptime += between;
    const auto door = static_cast<std::uint8_t>(1 + n % doors);
    full.decide({ReaderId{static_cast<std::uint8_t>(2 * door - 1)},
                 CardNo{first_card + users / 2 - n}, 0, 26},
                now);
  }
  full.controller.command(ResetPassback{}, now, full.actions);
  full.decided.clear();
  full.opened = 0;

  std::vector<std::uint32_t> order(users);
  std::iota(order.begin(), order.end(), 1);
  std::mt19937 random(1);
  std::shuffle(order.begin(), order.end(), random);
  for (unsigned round = 0; round < rounds; ++round) {
    for (const std::uint32_t n : order) {
      const unsigned other_doors = n % 2 == 0 ? 4 : 0;
      const ReaderId reader{static_cast<std::uint8_t>(ways_of_most[round] + other_doors)};
      // One in ten is a stranger.
      const std::uint32_t card = first_card + n + (n % 10 == 0 ? users : 0);
      now.uptime += between;
      if (full.decided.size() % decisions_of_a_minute == 0) {
        now.civil += std::chrono::minutes(1);
        for (Box* box : {&plain, &full})
          box->controller.handle(Tick{}, now, box->actions);
      }
      for (Box* box : {&plain, &full})
        box->decide({reader, CardNo{card}, 0, 26}, now);
    }
  }
  if (full.opened != plain.opened || full.opened < users) {
    std::fprintf(
        stderr,
        "lintel-bench: the full ladder opened %zu times, the plain one %zu: they do not compare\n",
        full.opened, plain.opened);
    std::exit(1);
  }
  const auto median = percentile(full.decided, 0.5), plain_median = percentile(plain.decided, 0.5);
  const double ratio = seconds(median) / seconds(plain_median);
  char times[32];
  std::snprintf(times, sizeof times, "%.1f", ratio);
  table.add({"decision with every rule configured, 100,000 users: median",
             in_words(median) + ", 99.9 % " + in_words(percentile(full.decided, 0.999)) + ", " +
                 times + " of plain",
             "plain ladder: " + in_words(plain_median) + ", 99.9 % " +
                 in_words(percentile(plain.decided, 0.999)),
             "3 of plain", ratio <= 3});
}

}  // namespace lintel::bench
