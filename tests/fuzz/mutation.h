// Texts that are nearly right: the mistakes of servers, of hands, and of those who look for holes.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/chance.h"

namespace lintel::fuzz {

// One to four changes: bytes flipped, lost, doubled, cut off, mixed with another of the corpus, and
// words put in that parsers stumble over.
std::string mutated(const std::vector<std::string>& corpus, sim::Chance& chance);

// How many cases a test plays: `otherwise`, or what LINTEL_FUZZ says.
unsigned cases(unsigned otherwise);

}  // namespace lintel::fuzz
