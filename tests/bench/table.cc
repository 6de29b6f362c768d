#include "tests/bench/table.h"

#include <algorithm>
#include <cstdio>

namespace lintel::bench {
namespace {

void line(const std::string& a, const std::string& b, const std::string& c, const std::string& d,
          const std::string& e) {
  std::printf("%-58s  %-24s  %-34s  %-14s  %s\n", a.c_str(), b.c_str(), c.c_str(), d.c_str(),
              e.c_str());
  std::fflush(stdout);
}

}  // namespace

Table::Table() {
  line("what", "measured", "the machine in the same run", "wanted", "reached");
}

void Table::add(Row row) {
  line(row.what, row.measured, row.machine, row.wanted, row.reached ? "yes" : "NO");
  all_reached_ = all_reached_ && row.reached;
}

std::chrono::nanoseconds percentile(std::vector<std::chrono::nanoseconds>& samples, double part) {
  std::sort(samples.begin(), samples.end());
  const auto at = static_cast<std::size_t>(part * static_cast<double>(samples.size()));
  return samples[std::min(at, samples.size() - 1)];
}

std::string in_words(std::chrono::nanoseconds time) {
  char text[32];
  const auto ns = static_cast<double>(time.count());
  if (ns < 1e3) {
    std::snprintf(text, sizeof text, "%.0f ns", ns);
  } else if (ns < 1e6) {
    std::snprintf(text, sizeof text, "%.1f us", ns / 1e3);
  } else if (ns < 1e9) {
    std::snprintf(text, sizeof text, "%.1f ms", ns / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.2f s", ns / 1e9);
  }
  return text;
}

std::string per_second(double rate) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f/s", rate);
  return text;
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace lintel::bench
