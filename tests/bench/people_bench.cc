// What people cost: bytes for each of 100,000, and a box of the largest kind, with a million.
#include <malloc.h>

#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/core/controller.h"
#include "tests/bench/benches.h"
#include "tests/bench/people.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t usual = 100'000, million = 1'000'000;
constexpr PeopleCapacity largest{.users = million, .cards = 2 * million, .privileges = 4 * million};
constexpr double bytes_wanted = 128;
constexpr int decisions = 200'000;

// What this thread has from the heap now.
std::size_t bytes_on_heap() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string with_unit(double number, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1f %s", number, unit);
  return text;
}

void memory_of_a_user(Table& table) {
  const std::size_t before = bytes_on_heap();
  People grown;
  fill(grown, usual);
  const double bytes = static_cast<double>(bytes_on_heap() - before) / usual;
  table.add(
      {"memory of a user with card, password, privilege; 100,000", with_unit(bytes, "bytes"),
       "unpacked, not indexed: " + std::to_string(sizeof(User) + sizeof(Privilege)) + " bytes",
       "128 bytes", bytes <= bytes_wanted});
}

// Reported, without a limit: nobody has promised anything for so many.
void a_million(Table& table) {
  const std::size_t before = bytes_on_heap();
  Controller controller(Layout{4, 4, 4}, largest);
  controller.people().reserve(million);
  const auto start = Clock::now();
  fill(controller.people(), million);
  const auto loaded = Clock::now() - start;
  const double mebibytes = static_cast<double>(bytes_on_heap() - before) / (1u << 20);
  const bool complete =
      controller.people().users() == million && controller.people().privilege_count() == million;

  // As much memory, written once, is what the machine itself asks for.
  const auto write_start = Clock::now();
  auto memory = std::make_unique<char[]>(static_cast<std::size_t>(mebibytes) << 20);
  const auto written = Clock::now() - write_start;
  memory.reset();
  table.add({"1,000,000 users with privileges: loading",
             in_words(loaded) + ", " + with_unit(mebibytes, "MiB"),
             "writing as much memory: " + in_words(written), "reported", complete});

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
    const auto card = first_card + 1 + random() % (million + million / 10);
    const CardRead read{ReaderId{static_cast<std::uint8_t>(1 + random() % 8)}, CardNo{card}, 0, 26};
    now.uptime += std::chrono::milliseconds(20);
    actions.clear();
    const auto asked = Clock::now();
    controller.handle(read, now, actions);
    const auto answered = Clock::now();
    decided.push_back(answered - asked);
    clock_reads.push_back(Clock::now() - answered);
  }
  table.add(
      {"decision in the core, 1,000,000 users: 99.9 % under",
       in_words(percentile(decided, 0.999)) + ", median " + in_words(percentile(decided, 0.5)),
       "reading the clock: 99.9 % " + in_words(percentile(clock_reads, 0.999)), "reported", true});
}

}  // namespace

void bench_people(Table& table) {
  memory_of_a_user(table);
  a_million(table);
}

}  // namespace lintel::bench
