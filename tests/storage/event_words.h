// Events for stories about the journal.
#pragma once

#include <string>
#include <vector>

#include "engine/core/events.h"

namespace lintel::tests {

// An event that is told apart from every other by its number, in all of its columns.
inline Event event_number(unsigned n) {
  Event event;
  event.code = EventCode{static_cast<std::uint16_t>(n % 300)};
  event.time = CivilTime(std::chrono::seconds(1'700'000'000 + n));
  event.pin = *Pin::from(std::to_string(1000 + n));
  event.card = CardNo{0xF000'0000'0000'0000U + n};
  event.site_code = n * 3;
  event.address = static_cast<std::uint8_t>(1 + n % 4);
  event.way = InOut{static_cast<std::uint8_t>(n % 3)};
  event.verify = n % 2 == 0 ? VerifyCode::card : VerifyCode::none;
  event.proofs = static_cast<std::uint16_t>(n * 7);
  event.link = n * 5;
  event.card_bits = static_cast<std::uint8_t>(n % 128);
  event.reason.rule = n % 2 == 0 ? Rule::granted : Rule::time_zone;
  event.reason.record = n % 50;
  event.reason.refused_by = n * 11;
  return event;
}

inline bool same_event(const Event& a, const Event& b) {
  return a.code == b.code && a.time == b.time && a.pin == b.pin && a.card == b.card &&
         a.site_code == b.site_code && a.address == b.address && a.way == b.way &&
         a.verify == b.verify && a.proofs == b.proofs && a.link == b.link &&
         a.card_bits == b.card_bits && a.reason.rule == b.reason.rule &&
         a.reason.record == b.reason.record && a.reason.refused_by == b.reason.refused_by;
}

inline std::vector<Event> events_from(unsigned first, unsigned count) {
  std::vector<Event> events;
  for (unsigned n = first; n < first + count; ++n)
    events.push_back(event_number(n));
  return events;
}

}  // namespace lintel::tests
