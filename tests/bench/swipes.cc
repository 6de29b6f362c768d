#include "tests/bench/swipes.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "tests/bench/people.h"

namespace lintel::bench {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

[[noreturn]] void give_up(const std::string& text) {
  std::fprintf(stderr, "lintel-bench: %s\n", text.c_str());
  std::exit(1);
}

void expect_done(fake::FakeServer& server, const std::vector<std::string>& ids,
                 std::chrono::seconds patience) {
  const bool done =
      server.wait_until([&] { return server.code(ids.back()).has_value(); }, patience);
  for (const auto& id : ids) {
    if (!done || server.code(id) != 0) give_up("command " + id + " was not carried out");
  }
}

void prepare_door(fake::FakeServer& server) {
  expect_done(
      server,
      {server.queue("DATA UPDATE user " + user_row(1)),
       server.queue("DATA UPDATE userauthorize " + privilege_row(1)),
       server.queue("SET OPTIONS Door1Intertime=0"),
       server.queue("DATA UPDATE WGFormat ID=1\tCardBit=26\tSiteCode=0\tFormatName=26\tCardFormat="
                    "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo"),
       server.queue("DATA UPDATE ReaderWGFormat ReaderID=1\tDevID=1\tWGFormatID=1\t"
                    "ParityVerifyDisable=0\tReversalType=0")});
}

std::vector<nanoseconds> swipe(Programs& programs, const std::atomic<bool>& going, std::size_t most,
                               std::chrono::microseconds pause_max) {
  SimLine sim(programs.simulator()), watch(programs.simulator());
  if (watch.ask("watch").rfind("ok", 0) != 0) give_up("the board does not let itself be watched");
  const std::string request = "wiegand 1 " + frame26(first_card + 1);
  std::minstd_rand chance(1);
  std::uniform_int_distribution<useconds_t> pause(0, static_cast<useconds_t>(pause_max.count()));
  std::vector<nanoseconds> latencies;
  while (going && latencies.size() < most) {
    const auto start = Clock::now().time_since_epoch();
    sim.ask(request);
    std::string line;
    do
      line = watch.next_line();
    while (line.rfind("output door1.lock 1", 0) != 0);
    const nanoseconds at(std::atoll(line.c_str() + line.rfind(' ') + 1));
    latencies.push_back(at - start);
    sim.ask("advance 6");  // the lock falls back; its line is read above, by the next frame
    ::usleep(pause(chance));
  }
  return latencies;
}

void add_latency(Table& table, const std::string& when, std::vector<nanoseconds>& latencies,
                 std::chrono::milliseconds wanted) {
  if (latencies.size() < 50)
    give_up("only " + std::to_string(latencies.size()) + " swipes fitted into the time");
  const auto p99 = percentile(latencies, 0.99);
  table.add({"last Wiegand edge to relay command, " + when + ": 99 % under",
             in_words(p99) + ", median " + in_words(percentile(latencies, 0.5)) + ", " +
                 std::to_string(latencies.size()) + " swipes",
             "one message to another process: 99 % " + in_words(socket_hop(0.99)),
             std::to_string(wanted.count()) + " ms", p99 < wanted});
}

}  // namespace lintel::bench
