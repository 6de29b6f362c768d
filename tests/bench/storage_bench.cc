// The journal beside bare SQLite commits of the same rows, in the same directory.
#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/core/controller.h"
#include "storage/journal.h"
#include "tests/bench/bare_sqlite.h"
#include "tests/bench/benches.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int commits = 600;
constexpr int rounds = 5;

Event sample(int n) {
  Event event;
  event.code = EventCode::opened;
  event.time = CivilTime(std::chrono::local_days(std::chrono::year{2026} / 11 / 23)) +
               std::chrono::seconds(n);
  event.pin = *Pin::from(std::to_string(n));
  event.card = CardNo{4'000'000u + static_cast<unsigned>(n)};
  event.address = 1;
  event.way = InOut::in;
  event.verify = VerifyCode::card;
  event.reason.rule = Rule::granted;
  event.reason.record = 1;
  return event;
}

double journal_rate(storage::EventJournal& journal, int from) {
  const auto start = Clock::now();
  for (int i = 0; i < commits; ++i) {
    const Event event = sample(from + i);
    if (!journal.append({&event, 1})) std::abort();
  }
  return commits / seconds(Clock::now() - start);
}

double bare_rate(BareSqlite& bare, int from) {
  const auto start = Clock::now();
  for (int i = 0; i < commits; ++i) {
    const Event event = sample(from + i);
    const auto reason = to_text(event.reason);
    bare.run("BEGIN");
    bare.insert({std::to_string(number(event.code)),
                 std::to_string(event.time.time_since_epoch().count()),
                 std::string(event.pin.view()), std::to_string(event.card.value), "0", "1", "0",
                 "4", "26", reason});
    bare.run("COMMIT");
  }
  return commits / seconds(Clock::now() - start);
}

}  // namespace

void bench_storage(Table& table, const std::string& directory) {
  auto journal = storage::EventJournal::open(directory + "/journal.db", {});
  if (!journal) {
    std::fprintf(stderr, "lintel-bench: %s\n", journal.error().text.c_str());
    std::exit(1);
  }
  BareSqlite bare(directory + "/bare-journal.db", 10);
  // In turns, so that a slow moment of the machine meets both.
  std::vector<double> ratios;
  double ours = 0, theirs = 0;
  for (int round = 0; round < rounds; ++round) {
    theirs = bare_rate(bare, round * commits);
    ours = journal_rate(*journal, round * commits);
    ratios.push_back(ours / theirs);
  }
  std::sort(ratios.begin(), ratios.end());
  const double ratio = ratios[rounds / 2];
  char text[32];
  std::snprintf(text, sizeof text, "%.2f of bare", ratio);
  table.add({"journal: durable commits of one event each", per_second(ours) + ", " + text,
             "bare SQLite: " + per_second(theirs), "0.7 of bare", ratio >= 0.7});
}

}  // namespace lintel::bench
