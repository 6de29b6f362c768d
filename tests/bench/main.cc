// lintel-bench: the figures that Lintel promises, each beside what this machine can do at all.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/bench/benches.h"

int main() {
  const char* base = std::getenv("TMPDIR");
  std::string path = std::string(base != nullptr ? base : "/tmp") + "/lintel-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    std::fprintf(stderr, "lintel-bench: cannot make a directory %s\n", path.c_str());
    return 1;
  }
  lintel::bench::Table table;
  lintel::bench::bench_core(table);
  lintel::bench::bench_rules(table);
  lintel::bench::bench_people(table);
  lintel::bench::bench_storage(table, path);
  lintel::bench::bench_programs(table, path);
  std::filesystem::remove_all(path);
  return table.all_reached() ? 0 : 1;
}
