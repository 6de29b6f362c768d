// A decision in the core with 100,000 users.
#include <random>

#include "engine/core/controller.h"
#include "tests/bench/benches.h"
#include "tests/bench/people.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t users = 100'000;
constexpr int decisions = 200'000;

}  // namespace

void bench_core(Table& table) {
  Controller controller(Layout{4, 4, 4});
  controller.people().reserve(users);
  fill(controller.people(), users);
  Actions actions;
  actions.reserve(64);
  Moment now{Uptime(std::chrono::seconds(1)),
             CivilTime(std::chrono::local_days(std::chrono::year{2026} / 11 / 23)), true};
  for (std::uint8_t door = 1; door <= 4; ++door) {
    DoorParameters parameters;
    parameters.interval = std::chrono::seconds(0);
    controller.set_parameters(DoorId{door}, parameters, now, actions);
  }
  controller.start({}, now, actions);

  std::mt19937 random(1);
  std::vector<std::chrono::nanoseconds> decided, clock_reads;
  decided.reserve(decisions);
  clock_reads.reserve(decisions);
  for (int i = 0; i < decisions; ++i) {
    // One in ten is a stranger.
    const auto card = first_card + 1 + random() % (users + users / 10);
    const CardRead read{ReaderId{static_cast<std::uint8_t>(1 + random() % 8)}, CardNo{card}, 0, 26};
    now.uptime += std::chrono::milliseconds(20);
    actions.clear();
    const auto start = Clock::now();
    controller.handle(read, now, actions);
    const auto end = Clock::now();
    decided.push_back(end - start);
    clock_reads.push_back(Clock::now() - end);
  }
  const auto worst = percentile(decided, 0.999);
  table.add({"decision in the core, 100,000 users: 99.9 % under",
             in_words(worst) + ", median " + in_words(percentile(decided, 0.5)),
             "reading the clock: 99.9 % " + in_words(percentile(clock_reads, 0.999)), "20 us",
             worst < std::chrono::microseconds(20)});
}

}  // namespace lintel::bench
