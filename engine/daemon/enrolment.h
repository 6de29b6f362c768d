// Enrolment (9.6.1): the next card at a reader that nobody owns becomes a person's. Who passes with
// a card of his own meanwhile passes; the door goes on working. Pure: it is told what readers send
// and the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/api/lintel.pb.h"
#include "engine/core/people.h"
#include "engine/core/types.h"

namespace lintel::daemon {

class Enrolment {
 public:
  // REQUIRES: not waiting(); the request has been checked.
  void begin(pb::Enroll request, Uptime now);
  [[nodiscard]] bool waiting() const { return tries_left_ > 0; }
  [[nodiscard]] const pb::Enroll& request() const { return request_; }

  //   taken   it is the person's: the waiting is over, and the card is not decided
  //   other   somebody else's: decided as usual, and counts for nothing
  //   failed  a try has failed; over() tells whether it was the last one
  enum class Card : std::uint8_t { taken, other, failed };
  // `owner`: whose card it is, as far as anybody is known to have it. REQUIRES: waiting().
  Card card(CardNo card, const People::CardOwner& owner, Uptime now);
  // A frame that cannot be read. REQUIRES: waiting().
  void unreadable(Uptime now);
  // True: nobody came within the last try's time; the waiting is over.
  bool time_passed(Uptime now);

  [[nodiscard]] std::optional<Uptime> deadline() const;

 private:
  void try_failed(Uptime now);

  pb::Enroll request_;
  unsigned tries_left_ = 0;
  Uptime try_ends_{};
};

}  // namespace lintel::daemon
