#include <gtest/gtest.h>

#include "tests/fuzz/mutation.h"
#include "tests/fuzz/victim.h"

namespace lintel::fuzz {
namespace {

using namespace std::chrono;

// Whatever a line carries, no door opens by it, and the next good card is decided at once.
TEST(ReaderFuzz, NoiseOpensNoDoorAndStallsNone) {
  Victim victim;
  sim::Chance chance(12);
  const auto last_event = [&] { return victim.station.status().last_event(); };
  for (unsigned count = cases(2'000); count > 0; --count) {
    std::string bits;
    for (unsigned left = chance.one_of({1u, 3u, 4u, 8u, 25u, 26u, 27u, 34u, 37u, 40u, 130u, 300u});
         left > 0; --left) {
      bits += chance.percent(50) ? '1' : '0';
    }
    const auto before = last_event();
    victim.station.board.wiegand(chance.between(1, 4), bits);
    if (chance.percent(40)) {  // the next one runs into it
      victim.station.pass(chance.up_to(milliseconds(30)));
      victim.station.board.wiegand(chance.between(1, 4), bits.substr(bits.size() / 2));
    }
    victim.station.pass(milliseconds(500));
    for (const auto& event : victim.station.events(before)) {
      ASSERT_NE(event.code(), 0u) << "by " << bits;
      ASSERT_NE(event.code(), 207u) << "by " << bits;
    }
    ASSERT_FALSE(victim.station.board.lock(1) || victim.station.board.lock(2)) << "by " << bits;
    if (count % 50 == 0) {
      victim.station.pass(seconds(11));  // what looked like keys is forgotten
      ASSERT_TRUE(victim.lets_ada_in()) << "after " << bits;
      victim.station.pass(seconds(6));
    }
  }
}

}  // namespace
}  // namespace lintel::fuzz
