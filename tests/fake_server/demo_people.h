// The people of the demo, all made up, and what the demo server sends a controller that has just
// registered. The README names them; `lintel-demo-server --people` prints them.
//
// Their cards are 26-bit frames whose whole payload of 24 bits is the card number.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lintel::fake {

struct DemoPerson {
  std::string_view pin;
  std::string_view name;
  std::uint32_t card;
  std::string_view password;  // empty: none
  unsigned time_zone;         // 1 always, 2 office hours
  unsigned doors;             // a bit each, door 1 lowest
  bool blacklisted;
  bool expired;
  std::string_view remark;
};

inline constexpr unsigned all_doors = 15;
inline constexpr unsigned time_zone_always = 1;
inline constexpr unsigned time_zone_office = 2;

inline constexpr std::array<DemoPerson, 6> demo_people = {{
    {"1", "Ada Berg", 1'000'001, "1111", time_zone_always, all_doors, false, false,
     "all doors, always"},
    {"2", "Bruno Costa", 1'000'002, "2222", time_zone_always, 3, false, false,
     "doors 1 and 2, always"},
    {"3", "Chloé Dubois", 1'000'003, "", time_zone_office, 1, false, false,
     "door 1, Monday to Friday from 08:00 to 18:00"},
    {"4", "Dan Eklund", 1'000'004, "", time_zone_always, all_doors, true, false,
     "on the blacklist"},
    {"5", "Eva Frost", 1'000'005, "", time_zone_always, all_doors, false, true,
     "was valid until the end of 2024"},
    {"6", "Finn Gray", 1'000'006, "", time_zone_always, all_doors, false, false,
     "has lost his second card, 1000007"},
}};
inline constexpr std::uint32_t demo_lost_card = 1'000'007;     // Finn Gray's
inline constexpr std::uint32_t demo_unknown_card = 1'000'099;  // nobody's

// The 26 bits of a card: even parity over the first half, 24 bits, odd parity over the second.
// REQUIRES: card < 2^24.
std::string frame26(std::uint32_t card);

// The list with ready-made frames, for people.
std::string people_in_words();

// The commands that set a controller up from nothing, in their order. `now` is UTC.
std::vector<std::string> demo_commands(unsigned doors, std::int64_t now, int zone_minutes);

}  // namespace lintel::fake
