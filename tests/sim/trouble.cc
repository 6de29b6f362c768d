#include "tests/sim/trouble.h"

#include "engine/base/log.h"

namespace lintel::sim {

Lanes::Network network_in(Trouble trouble, Chance& chance, unsigned& steps_left) {
  using Network = Lanes::Network;
  switch (trouble) {
    case Trouble::all:
      return chance.one_of({Network::fine, Network::fine, Network::refused, Network::lost,
                            Network::unheard, Network::cut, Network::broken});
    case Trouble::refuses:
      return Network::refused;
    case Trouble::hangs:
      return Network::lost;
    case Trouble::swallows_answers:
      return chance.one_of({Network::unheard, Network::broken});
    case Trouble::flickers:
      return chance.one_of({Network::fine, Network::cut, Network::broken});
    case Trouble::one_break:
      return steps_left > 0 && --steps_left == 0 ? Network::broken : Network::fine;
    default:
      return Network::fine;
  }
}

TroubledLife::TroubledLife(const char* chapter, std::uint64_t seed, Sabotage sabotage)
    : chance_(seed), lanes_(seed, sabotage), chapter_(chapter) {
  set_log_level(LogLevel::error);
}

TroubledLife::~TroubledLife() {
  set_log_level(LogLevel::info);
}

void TroubledLife::live(std::uint64_t chapters) {
  for (; chapters_ < chapters && complaints_.empty(); ++chapters_)
    one();
  for (const auto& sentence : lanes_.server.complaints())
    complain("the server complains: " + sentence);
}

void TroubledLife::complain(const std::string& sentence) {
  complaints_.push_back(chapter_ + " " + std::to_string(chapters_) + ": " + sentence);
}

Lanes::Network TroubledLife::network() {
  return trouble_ ? network_in(*trouble_, chance_, steps_left_) : Lanes::Network::fine;
}

void TroubledLife::die_at(Lanes::Step step, unsigned push_percent,
                          std::chrono::nanoseconds engine_away) {
  if (!trouble_) return;
  const bool of_engine = step == Lanes::Step::before_call || step == Lanes::Step::after_call;
  if (is(*trouble_, Trouble::engine_dies) && of_engine && steps_left_ > 0 && --steps_left_ == 0) {
    ++engine_deaths_;
    lanes_.box().kill();
    lanes_.at(lanes_.now() + chance_.up_to(engine_away), [this] { lanes_.start_engine(); });
  } else if (is(*trouble_, Trouble::push_dies) && chance_.percent(push_percent)) {
    ++push_deaths_;
    push_is_to_die();
    Lanes::push_dies();
  }
}

}  // namespace lintel::sim
