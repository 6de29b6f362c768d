#include "engine/ctl/event_words.h"

#include <algorithm>

namespace lintel::ctl {
namespace {

constexpr std::uint32_t not_registered = 27;
// Events of auxiliary inputs and outputs: their address is a line's number.
constexpr std::uint32_t aux_codes[] = {12, 13, 65, 116, 117, 220, 221, 225, 226, 229, 230};

}  // namespace

std::string where_words(const pb::StoredEvent& event) {
  if (event.address() == 0) return "controller";
  const bool aux =
      std::find(std::begin(aux_codes), std::end(aux_codes), event.code()) != std::end(aux_codes);
  const char* way = event.way() == 0 ? " in" : event.way() == 1 ? " out" : "";
  return (aux ? "aux " : "door ") + std::to_string(event.address()) + (aux ? "" : way);
}

std::string who_words(const pb::StoredEvent& event) {
  if (!event.pin().empty() && event.pin() != "0") return "user " + event.pin();
  // The technician needs the number of a card that is to be registered; no other is shown.
  if (event.code() == not_registered && event.card() != 0)
    return "card " + std::to_string(event.card());
  return "-";
}

}  // namespace lintel::ctl
