// Who passed which reader last: what anti-passback remembers. A passage is noted when it counts,
// and kept over restarts.
//
// Not thread-safe; owned by the controller. Finding allocates nothing; noting does not either while
// fewer than limits::passage_room new ones come between two calls of make_room().
#pragma once

#include <optional>
#include <vector>

#include "engine/core/kept.h"
#include "engine/core/people.h"
#include "engine/core/places.h"
#include "engine/core/turn.h"

namespace lintel {

struct Passage {
  ReaderId reader{};
  CivilTime civil{};
  Uptime uptime{};
  std::uint64_t order = 0;  // later ones have a greater one
};

class Passages {
 public:
  Passages() { make_room(); }

  // The person's newest passage by any reader of the set.
  [[nodiscard]] std::optional<Passage> last(const Pin& pin, ReaderSet readers) const;

  void note(const Pin& pin, ReaderId reader, Turn& turn);
  void forget(const Pin& pin, Turn& turn);
  void forget_all(Turn& turn);
  // Once a day: those who have no row in user, and have passed nowhere for a week, are forgotten.
  void clean(const People& people, Turn& turn);

  void restore(const Kept& row);
  // After the last restore(): how long ago the passages were, as far as the clock can say. Where it
  // cannot, it was just now: nobody profits from a restart.
  void settle(const Moment& now);
  void make_room();

 private:
  using Place = std::uint32_t;
  static constexpr Place nowhere = 0xffff'ffff;
  struct Node {
    Passage passage;
    Place next = nowhere;
  };
  struct Head {  // of a person's nodes; open addressing, at most half full
    Pin pin;
    Place first = nowhere;
  };

  [[nodiscard]] std::size_t slot_of(const Pin& pin) const;
  Passage& find_or_add(const Pin& pin, ReaderId reader);
  void rebuild(std::size_t slots);

  std::vector<Head> heads_;
  std::vector<Node> nodes_;
  std::vector<Place> free_;
  std::size_t people_ = 0;
  std::uint64_t newest_ = 0;
};

}  // namespace lintel
