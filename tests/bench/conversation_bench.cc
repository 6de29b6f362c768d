// Everything that a server may have, down, and everything that happened, up: 100,000 users with
// cards, privileges and templates; 100,000 events. What it takes, and whether a swipe notices.
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "push/http.h"
#include "storage/journal.h"
#include "tests/bench/bare_sqlite.h"
#include "tests/bench/benches.h"
#include "tests/bench/people.h"
#include "tests/bench/swipes.h"
#include "tests/fake_server/http_front.h"

namespace lintel::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t people = 100'000;
constexpr std::uint32_t templates = 10'000;
constexpr std::uint32_t events = 100'000;
constexpr std::uint32_t rows_per_command = 1'000;
constexpr std::uint32_t templates_per_command = 100;  // about 200 KiB
constexpr std::size_t template_characters = 2'048;    // 1.5 KiB in base64
constexpr std::size_t commands_per_reply = 20;        // far below 8 MiB
constexpr std::size_t events_per_request = 100;
constexpr auto patience = std::chrono::seconds(600);
constexpr std::chrono::microseconds pause_max(5'000);
constexpr std::chrono::milliseconds latency_wanted(2);
const char* const programs_of_the_box[] = {"lintel-engine", "lintel-push", "lintel-web"};

std::string template_text(std::uint32_t n) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text(template_characters, 'A');
  for (std::size_t i = 0; i < text.size(); ++i)
    text[i] = digits[(n * 31 + i * 7 + i * i) % 64];
  return text;
}

std::string template_row(std::uint32_t n) {
  return "Pin=" + std::to_string(n) + "\tFingerID=0\tValid=1\tTemplate=" + template_text(n);
}

std::vector<std::string> queue_rows(fake::FakeServer& server, const std::string& table,
                                    std::uint32_t rows, std::uint32_t at_once,
                                    std::string (*row)(std::uint32_t)) {
  std::vector<std::string> ids;
  for (std::uint32_t first = 1; first <= rows; first += at_once) {
    std::string command = "DATA UPDATE " + table + " ";
    for (std::uint32_t n = first; n < first + at_once; ++n)
      command += (n == first ? "" : "\n") + row(n);
    ids.push_back(server.queue(command));
  }
  return ids;
}

// What the three programs used while something went on.
class Meter {
 public:
  explicit Meter(const Programs& programs) : programs_(programs) {
    for (const auto* program : programs_of_the_box)
      before_.push_back(programs.use(program).cpu_seconds);
  }
  void add_to(Table& table, const std::string& what) const {
    std::string cpu, memory;
    double peak = 0;
    for (std::size_t i = 0; i < std::size(programs_of_the_box); ++i) {
      const auto use = programs_.use(programs_of_the_box[i]);
      char text[64];
      std::snprintf(text, sizeof text, "%s%.1f s", i == 0 ? "" : ", ",
                    use.cpu_seconds - before_[i]);
      cpu += text;
      std::snprintf(text, sizeof text, "%s%.0f", i == 0 ? "" : ", ", use.peak_mib);
      memory += text;
      peak += use.peak_mib;
    }
    table.add({"processor time of engine, push, web: " + what, cpu, "", "reported", true});
    table.add({"most memory of engine, push, web: " + what, memory + " MiB", "", "128 MiB together",
               peak < 128});
  }

 private:
  const Programs& programs_;
  std::vector<double> before_;
};

void insert_all(BareSqlite& bare, std::uint32_t rows, std::uint32_t at_once,
                const std::function<std::vector<std::string>(std::uint32_t)>& row) {
  for (std::uint32_t n = 1; n <= rows; ++n) {
    if (n % at_once == 1) bare.run("BEGIN");
    bare.insert(row(n));
    if (n % at_once == 0) bare.run("COMMIT");
  }
}

// The same rows by SQLite alone, in transactions of the same size.
double bare_download_seconds(const std::string& directory) {
  BareSqlite users(directory + "/bare-everything-users.db", 8, 1),
      privileges(directory + "/bare-everything-privileges.db", 4, 4),
      fingers(directory + "/bare-everything-fingers.db", 4, 2);
  const auto start = Clock::now();
  insert_all(users, people, rows_per_command, [](std::uint32_t n) {
    const auto id = std::to_string(n);
    return std::vector<std::string>{id,
                                    std::to_string(first_card + n),
                                    std::to_string(100'000 + n),
                                    "1",
                                    "0",
                                    "0",
                                    "Person " + id,
                                    "0"};
  });
  insert_all(privileges, people, rows_per_command, [](std::uint32_t n) {
    return std::vector<std::string>{std::to_string(n), "1", "15", "1"};
  });
  insert_all(fingers, templates, templates_per_command, [](std::uint32_t n) {
    return std::vector<std::string>{std::to_string(n), "0", "1", template_text(n)};
  });
  return seconds(Clock::now() - start);
}

void bench_download(Table& table, Programs& programs, fake::FakeServer& server,
                    const std::string& directory) {
  auto ids = queue_rows(server, "user", people, rows_per_command, user_row);
  for (auto& id : queue_rows(server, "userauthorize", people, rows_per_command, privilege_row))
    ids.push_back(std::move(id));
  for (auto& id : queue_rows(server, "templatev10", templates, templates_per_command, template_row))
    ids.push_back(std::move(id));
  const Meter meter(programs);
  Swiping swiping(programs, pause_max);
  const auto asked = server.count(fake::Kind::getrequest);
  server.wait_until([&] { return server.count(fake::Kind::getrequest) > asked; }, patience);
  const auto start = Clock::now();
  expect_done(server, ids, patience);
  const double took = seconds(Clock::now() - start);
  auto& latencies = swiping.stop();
  const char* const what = "download of 100,000 users, privileges, 10,000 templates";
  const double bare = bare_download_seconds(directory);
  char text[48];
  std::snprintf(text, sizeof text, " (%.1f s), %.2f of bare", took, bare / took);
  constexpr double rows = 2.0 * people + templates;
  table.add({what, per_second(rows / took) + text, "bare SQLite: " + per_second(rows / bare),
             "0.5 of bare", bare / took >= 0.5});
  meter.add_to(table, "that download");
  add_latency(table, "meanwhile", latencies, latency_wanted);
}

// ---- up

void fill_journal(const std::string& path) {
  auto journal = storage::EventJournal::open(path, {});
  if (!journal) give_up(journal.error().text);
  std::vector<Event> portion;
  for (std::uint32_t n = 1; n <= events; ++n) {
    Event event;
    event.code = EventCode::opened;
    event.time = CivilTime(std::chrono::local_days(std::chrono::year{2026} / 11 / 23)) +
                 std::chrono::seconds(n);
    event.pin = *Pin::from(std::to_string(n));
    event.card = CardNo{first_card + n};
    event.address = 1;
    event.verify = VerifyCode::card;
    event.reason.rule = Rule::granted;
    portion.push_back(event);
    if (portion.size() < 1'000) continue;
    if (!journal->append(portion)) give_up("100,000 events could not be stored");
    portion.clear();
  }
}

// The same bytes over loopback, one request after the other, and nothing behind them.
double bare_upload_seconds(std::size_t bytes_a_request) {
  fake::HttpFront front(
      [](const push::HttpRequest&) { return fake::Answer{fake::text_reply("OK")}; }, {});
  push::HttpTransport transport({false, "127.0.0.1", front.port()}, nullptr);
  const push::HttpRequest request{
      "POST", "/iclock/cdata?SN=3383154200002&table=rtlog", {}, std::string(bytes_a_request, 'x')};
  const auto start = Clock::now();
  for (std::size_t n = 0; n < events / events_per_request; ++n) {
    if (!transport.exchange(request, std::chrono::seconds(10))) give_up("no loopback");
  }
  return seconds(Clock::now() - start);
}

// REQUIRES: the programs have just started, and the journal is full.
void bench_upload(Table& table, Programs& programs, fake::FakeServer& server,
                  const std::atomic<std::uint32_t>& arrived,
                  const std::atomic<std::size_t>& bytes_a_request) {
  const Meter meter(programs);
  Swiping swiping(programs, pause_max);
  const auto first = arrived.load();
  server.wait_until([&] { return arrived > first; }, patience);
  const auto start = Clock::now();
  const bool done =
      server.wait_until([&] { return arrived >= first + events - events_per_request; }, patience);
  if (!done) give_up("only " + std::to_string(arrived.load()) + " events arrived");
  const double took = seconds(Clock::now() - start);
  auto& latencies = swiping.stop();
  constexpr double promised = 50'000.0 / 600;  // an outage's events, drained in ten minutes
  char text[48];
  std::snprintf(text, sizeof text, " (%.1f s)", took);
  table.add({"upload of 100,000 events", per_second(events / took) + text,
             "the same bytes to a server that does nothing: " +
                 per_second(events / bare_upload_seconds(bytes_a_request)),
             per_second(promised), events / took >= promised});
  meter.add_to(table, "that upload");
  add_latency(table, "meanwhile", latencies, latency_wanted);
}

}  // namespace

void bench_conversation(Table& table, const std::string& directory) {
  std::atomic<std::uint32_t> arrived{0};
  fake::FakeServer server;
  fake::Listeners listeners;
  listeners.event = [&](const fake::Event&) { ++arrived; };
  server.listen(std::move(listeners));
  server.change([](fake::Settings& settings) {
    settings.configure("RequestDelay", "1");
    settings.configure("ErrorDelay", "1");
    settings.hand_out_again_after = 0;
    settings.requests_kept = 10;
    settings.commands_at_once = commands_per_reply;
  });
  std::atomic<std::size_t> bytes_a_request{0};
  fake::HttpFront front(
      [&](const push::HttpRequest& request) {
        if (request.target.find("table=rtlog") != std::string::npos)
          bytes_a_request = std::max(bytes_a_request.load(), request.body.size());
        return server.answer(request);
      },
      {});
  const std::string box = directory + "/everything";
  ::mkdir(box.c_str(), 0700);
  {
    Programs programs(box, front.url());
    programs.wait_until_ready();
    prepare_door(server);
    bench_download(table, programs, server, directory);
  }
  fill_journal(box + "/events.db");
  Programs programs(box, front.url());
  programs.wait_until_ready();
  bench_upload(table, programs, server, arrived, bytes_a_request);
}

}  // namespace lintel::bench
