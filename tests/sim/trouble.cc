#include "tests/sim/trouble.h"

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

}  // namespace lintel::sim
