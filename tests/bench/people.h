// Made-up people in numbers, as a server would send them.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/people.h"

namespace lintel::bench {

inline constexpr std::uint32_t first_card = 4'000'000;

std::string user_row(std::uint32_t n);       // fields of the user table, TAB between
std::string privilege_row(std::uint32_t n);  // fields of userauthorize
std::string frame26(std::uint32_t card);

// The same people in the core's words, 1 to `users`: card, password, and a privilege for all doors
// while `zone` holds.
void fill(People& people, std::uint32_t users, TimezoneId zone = timezone_always);

}  // namespace lintel::bench
