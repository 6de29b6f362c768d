// lintel-bench: the figures that Lintel promises, each beside what this machine can do at all.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/bench/benches.h"

int main(int argc, char** argv) {
  // One part alone: lintel-bench conversation
  const std::string only = argc > 1 ? argv[1] : "";
  const auto wanted = [&only](const char* name) { return only.empty() || only == name; };
  const char* base = std::getenv("TMPDIR");
  std::string path = std::string(base != nullptr ? base : "/tmp") + "/lintel-bench-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    std::fprintf(stderr, "lintel-bench: cannot make a directory %s\n", path.c_str());
    return 1;
  }
  lintel::bench::Table table;
  if (wanted("core")) lintel::bench::bench_core(table);
  if (wanted("rules")) lintel::bench::bench_rules(table);
  if (wanted("people")) lintel::bench::bench_people(table);
  if (wanted("storage")) lintel::bench::bench_storage(table, path);
  if (wanted("programs")) lintel::bench::bench_programs(table, path);
  if (wanted("conversation")) lintel::bench::bench_conversation(table, path);
  std::filesystem::remove_all(path);
  return table.all_reached() ? 0 : 1;
}
