// lintel-mutants [NUMBER...]: plants one bug of list.txt after the other (or those that are named)
// and runs the tests of the core, the cheapest first, until one fails. A table tells which test
// caught which bug. The program fails when the tests fail without any bug, or when a bug survives.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/mutants/list.h"

namespace lintel::mutants {
namespace {

struct Suite {
  const char* binary;       // cheapest first
  const char* environment;  // how much of it
};
constexpr Suite suites[] = {
    // Without those that measure time and memory: they take long and ask about no rule.
    {"core_test_planted", "GTEST_FILTER='-AHundredThousandPeople.*:AUser.*takes*:AFullTable.*'"},
    {"oracle_test_planted", "LINTEL_WORLDS=20000"},
    {"week_test_planted", "LINTEL_SEEDS=20"},
};
// The same random cases in every run, and no search for smaller ones.
constexpr const char* always = "RC_PARAMS='seed=1 noshrink=1'";
// A test that takes so long has met a bug that hangs.
constexpr int seconds_max = 100;

// The test that failed first; where none could say so, the one that ran when the program ended.
std::string test_in(const std::string& output) {
  const std::string fails = "[  FAILED  ] ", runs = "[ RUN      ] ";
  auto at = output.find(fails);
  if (at == std::string::npos) at = output.rfind(runs);
  if (at == std::string::npos) return {};
  const auto begin = at + fails.size();  // both are as long
  return output.substr(begin, output.find_first_of(" ,(\n", begin) - begin);
}

// Runs a suite with a bug (0: none). Nothing: it passes. Else the test that fails.
std::optional<std::string> failure(const Suite& suite, int bug) {
  const std::string command = std::string(always) + " " + suite.environment +
                              " LINTEL_PLANTED=" + std::to_string(bug) + " timeout " +
                              std::to_string(seconds_max) + " " LINTEL_TEST_DIR "/" + suite.binary +
                              " --gtest_fail_fast 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) give_up("No test can be started.");
  std::string output;
  char bytes[4096];
  while (const std::size_t got = std::fread(bytes, 1, sizeof bytes, pipe))
    output.append(bytes, got);
  const int status = ::pclose(pipe);
  if (status == 0) return std::nullopt;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  constexpr int timed_out = 124, cannot_run = 126, not_there = 127, failed = 1;
  if (code == cannot_run || code == not_there)
    give_up("The tests cannot be started: " + command + "\n" + output);
  const std::string test = test_in(output);
  if (bug == 0) std::printf("%s\n", output.c_str());
  return test + (code == failed ? "" : code == timed_out ? " (hangs)" : " (stops the program)");
}

struct Catch {
  const Suite* suite = nullptr;  // nothing: it survived
  std::string test;
  double seconds = 0;
};

Catch hunt(int bug) {
  const auto start = std::chrono::steady_clock::now();
  Catch result;
  for (const Suite& suite : suites) {
    if (const auto test = failure(suite, bug)) {
      result.suite = &suite;
      result.test = *test;
      break;
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

void print(const Mutant& mutant, const Catch& caught) {
  std::printf("%3d  %-66s  %-20s  %s  %.1f s\n", mutant.number, mutant.name.c_str(),
              caught.suite == nullptr ? "SURVIVES" : caught.suite->binary, caught.test.c_str(),
              caught.seconds);
  std::fflush(stdout);
}

// As many at once as there are processors; returns how many survive.
int hunt_all(const std::vector<Mutant>& list) {
  std::atomic<std::size_t> next{0};
  std::atomic<int> survivors{0};
  std::mutex table;
  const auto work = [&] {
    for (std::size_t at = next++; at < list.size(); at = next++) {
      const Catch caught = hunt(list[at].number);
      if (caught.suite == nullptr) ++survivors;
      const std::lock_guard lock(table);
      print(list[at], caught);
    }
  };
  std::vector<std::thread> workers(std::max(1u, std::thread::hardware_concurrency()));
  for (auto& worker : workers)
    worker = std::thread(work);
  for (auto& worker : workers)
    worker.join();
  return survivors;
}

}  // namespace
}  // namespace lintel::mutants

int main(int argc, char** argv) {
  using namespace lintel::mutants;
  auto list = read_list(LINTEL_MUTANT_LIST);
  if (argc > 1) {
    std::erase_if(list, [&](const Mutant& mutant) {
      return std::none_of(argv + 1, argv + argc,
                          [&](const char* word) { return std::atoi(word) == mutant.number; });
    });
  }
  for (const Suite& suite : suites) {
    if (const auto test = failure(suite, 0))
      give_up(std::string(suite.binary) + " fails without any bug: " + *test);
  }
  const int survivors = hunt_all(list);
  std::printf("%zu bugs planted, %zu caught.\n", list.size(),
              list.size() - static_cast<std::size_t>(survivors));
  if (survivors == 0) return 0;
  std::printf("What survives needs a test: look for SURVIVES.\n");
  return 1;
}
