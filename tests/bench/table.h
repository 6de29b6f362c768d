// The benchmarks' table: each figure beside what the machine itself can do, measured in the same
// run.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lintel::bench {

struct Row {
  std::string what;
  std::string measured;
  std::string machine;  // the limit that was measured beside it
  std::string wanted;
  bool reached = false;
};

// Prints each row as it comes.
class Table {
 public:
  Table();
  void add(Row row);
  [[nodiscard]] bool all_reached() const { return all_reached_; }

 private:
  bool all_reached_ = true;
};

// The value below which `part` (0.99) of the samples lie. REQUIRES: not empty. Sorts them.
std::chrono::nanoseconds percentile(std::vector<std::chrono::nanoseconds>& samples, double part);
std::string in_words(std::chrono::nanoseconds time);  // "12.3 us"
std::string per_second(double rate);                  // "41,200/s"
double seconds(std::chrono::nanoseconds time);

}  // namespace lintel::bench
