// What goes wrong between a controller and its server, and how long a life of it lasts.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"

namespace lintel::sim {

enum class Trouble {
  refuses,
  hangs,
  swallows_answers,
  flickers,
  one_break,
  forgets_us,
  push_dies,
  engine_dies,
  all
};

inline Trouble any_trouble(Chance& chance) {
  return static_cast<Trouble>(chance.below(static_cast<unsigned>(Trouble::all) + 1));
}

inline bool is(Trouble trouble, Trouble wanted) {
  return trouble == wanted || trouble == Trouble::all;
}

// What becomes of the next exchange. `steps_left`: until the one break.
Lanes::Network network_in(Trouble trouble, Chance& chance, unsigned& steps_left);

// LINTEL_SEED=7
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace lintel::sim
