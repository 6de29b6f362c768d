#pragma once

#include <string>

#include "tests/bench/table.h"

namespace lintel::bench {

void bench_core(Table& table);
void bench_rules(Table& table);
void bench_people(Table& table);
void bench_storage(Table& table, const std::string& directory);
// The programs themselves, with a fake server in this process.
void bench_programs(Table& table, const std::string& directory);
// The same under all that a server may ask of them: everything down, everything up.
void bench_conversation(Table& table, const std::string& directory);

}  // namespace lintel::bench
