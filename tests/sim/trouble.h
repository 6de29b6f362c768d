// What goes wrong between a controller and its server, and how long a life of it lasts.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

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

// A life of many chapters, each with its trouble: an outage, an upgrade. What a chapter is and what
// must be true after it, its heir says.
class TroubledLife {
 public:
  // `chapter`: what one is called in complaints.
  TroubledLife(const char* chapter, std::uint64_t seed, Sabotage sabotage = Sabotage::nothing);
  virtual ~TroubledLife();

  // Ends early when something is wrong.
  void live(std::uint64_t chapters);
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

 protected:
  virtual void one() = 0;
  virtual void push_is_to_die() {}
  void complain(const std::string& sentence);
  // What becomes of the next exchange.
  Lanes::Network network();
  // Push or the engine dies here, where the trouble wants it: push with so many per cent, the
  // engine when its steps are used up. It is started again within `engine_away`.
  void die_at(Lanes::Step step, unsigned push_percent, std::chrono::nanoseconds engine_away);

  Chance chance_;
  Lanes lanes_;
  std::optional<Trouble> trouble_;
  unsigned steps_left_ = 0;
  std::uint64_t chapters_ = 0, push_deaths_ = 0, engine_deaths_ = 0;

 private:
  std::string chapter_;
  std::vector<std::string> complaints_;
};

// LINTEL_SEED=7
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace lintel::sim
