// The engine's messages as the page reads them, in JSON. Names are those of lintel.proto.
#pragma once

#include <string>

#include "engine/api/lintel.pb.h"

namespace lintel::web {

// How the console stands to the engine.
struct EngineLink {
  bool answers = false;
  std::string last_heard;  // the controller's civil time then; empty: never yet
  std::string error;       // why it does not answer, in words
};

// Everything in the status, and the link as member "engine". Without a status: only the link.
std::string to_json(const EngineLink& link, const pb::Status* status);

// A card number is told only where nobody owns the card (27): the technician needs it to register
// the card, and nobody else is named by it.
std::string to_json(const pb::StoredEvent& event);
std::string to_json(const pb::Events& events);

}  // namespace lintel::web
