// The programs as they ship: swipe to relay, a download, memory, a start with many people.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "storage/store.h"
#include "tests/bench/bare_sqlite.h"
#include "tests/bench/benches.h"
#include "tests/bench/people.h"
#include "tests/bench/programs.h"
#include "tests/bench/swipes.h"
#include "tests/fake_server/fake_server.h"
#include "tests/fake_server/http_front.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::uint32_t people = 30'000;
constexpr std::uint32_t rows_per_command = 1'000;
constexpr auto patience = std::chrono::seconds(120);

std::vector<std::string> queue_download(fake::FakeServer& server) {
  std::vector<std::string> ids;
  for (const bool users : {true, false}) {
    for (std::uint32_t first = 1; first <= people; first += rows_per_command) {
      std::string command = users ? "DATA UPDATE user " : "DATA UPDATE userauthorize ";
      for (std::uint32_t n = first; n < first + rows_per_command; ++n) {
        command += (users ? user_row(n) : privilege_row(n)) +
                   (n + 1 < first + rows_per_command ? "\n" : "");
      }
      ids.push_back(server.queue(command));
    }
  }
  return ids;
}

// The same rows by SQLite alone, in transactions of the same size.
double bare_rate(const std::string& directory) {
  BareSqlite users(directory + "/bare-users.db", 8, 1),
      privileges(directory + "/bare-privileges.db", 4, 4);
  std::vector<std::vector<std::string>> user_rows, privilege_rows;
  for (std::uint32_t n = 1; n <= people; ++n) {
    const auto id = std::to_string(n);
    user_rows.push_back({id, std::to_string(first_card + n), std::to_string(100'000 + n), "1", "0",
                         "0", "Person " + id, "0"});
    privilege_rows.push_back({id, "1", "15", "1"});
  }
  const auto start = Clock::now();
  const auto insert_all = [](BareSqlite& bare, const std::vector<std::vector<std::string>>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % rows_per_command == 0) bare.run("BEGIN");
      bare.insert(rows[i]);
      if (i % rows_per_command == rows_per_command - 1) bare.run("COMMIT");
    }
  };
  insert_all(users, user_rows);
  insert_all(privileges, privilege_rows);
  return 2 * people / seconds(Clock::now() - start);
}

struct Download {
  double rate = 0;  // rows a second, from the command's leaving the server to the last result
  std::vector<nanoseconds> latencies;
};

Download download(Programs& programs, fake::FakeServer& server) {
  Download result;
  const auto ids = queue_download(server);
  Swiping swiping(programs, std::chrono::microseconds(1'000));
  const auto results_before = server.count(fake::Kind::devicecmd);
  // The commands leave with the next getrequest; count from there.
  const auto asked = server.count(fake::Kind::getrequest);
  server.wait_until([&] { return server.count(fake::Kind::getrequest) > asked; }, patience);
  const auto start = Clock::now();
  expect_done(server, ids);
  result.rate = 2 * people / seconds(Clock::now() - start);
  result.latencies = swiping.stop();
  if (server.count(fake::Kind::devicecmd) == results_before) give_up("no result came");
  return result;
}

void bench_start(Table& table, const std::string& directory) {
  constexpr std::uint32_t many = 100'000;
  ::mkdir(directory.c_str(), 0700);
  {
    auto store = storage::Store::open(directory + "/lintel.db");
    if (!store) give_up(store.error().text);
    const auto& users = *storage::find_table("user");
    const auto& privileges = *storage::find_table("userauthorize");
    const int user_columns[] = {users.field("Pin"), users.field("CardNo")};
    const int privilege_columns[] = {
        privileges.field("Pin"), privileges.field("AuthorizeTimezoneId"),
        privileges.field("AuthorizeDoorId"), privileges.field("DevID")};
    bool fine = store->begin().has_value();
    for (std::uint32_t n = 1; n <= many && fine; ++n) {
      const auto id = std::to_string(n), card = std::to_string(first_card + n);
      const std::string_view user[] = {id, card}, privilege[] = {id, "1", "15", "1"};
      fine = store->update(users, user_columns, user) &&
             store->update(privileges, privilege_columns, privilege);
    }
    if (!fine || !store->commit()) give_up("100,000 users could not be stored");
  }
  const auto start = Clock::now();
  Programs programs(directory, "");
  programs.wait_until_ready();
  const auto took = Clock::now() - start;
  table.add({"start of the engine with 100,000 users, until it decides", in_words(took), "", "1 s",
             took < std::chrono::seconds(1)});
}

}  // namespace

void bench_programs(Table& table, const std::string& directory) {
  fake::FakeServer server;
  server.change([](fake::Settings& settings) {
    settings.configure("RequestDelay", "1");
    settings.hand_out_again_after = 0;
    settings.requests_kept = 10;
    settings.commands_at_once = 1'000;
  });
  fake::HttpFront front(server);
  const std::string box = directory + "/box";
  ::mkdir(box.c_str(), 0700);
  {
    Programs programs(box, front.url());
    programs.wait_until_ready();
    prepare_door(server);
    const std::atomic<bool> always{true};
    auto quiet = swipe(programs, always, 2'000);
    add_latency(table, "quiet box", quiet);

    auto loaded = download(programs, server);
    add_latency(table, "while 30,000 users download", loaded.latencies);
    const double bare = bare_rate(directory);
    char text[48];
    std::snprintf(text, sizeof text, "%.2f of bare", loaded.rate / bare);
    table.add({"download of 30,000 users with privileges, rows durable",
               per_second(loaded.rate) + ", " + text, "bare SQLite: " + per_second(bare),
               "0.5 of bare", loaded.rate >= 0.5 * bare});
    const double mib = programs.resident_mib();
    std::snprintf(text, sizeof text, "%.1f MiB", mib);
    table.add(
        {"resident memory of the three programs, 30,000 users", text, "", "64 MiB", mib < 64});
  }
  bench_start(table, directory + "/many");
}

}  // namespace lintel::bench
