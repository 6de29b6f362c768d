// Events and states as their POSTs carry them (chapters 7.2 and 7.3).
#pragma once

#include <cstdint>
#include <string>

#include "engine/api/lintel.pb.h"
#include "push/parameters.h"

namespace lintel::push {

// How events are written for one server.
struct EventStyle {
  bool with_bits = false;       // Wiegand rules 2.0 are spoken: the length of the frame is told
  bool verify_styles = false;   // verifytype in the 16 digits of 7.2, not the number of appendix 3
  bool extended_codes = false;  // the server's version knows 5024 and 5025 (appendix 19)
};
EventStyle event_style(const Parameters& parameters, bool with_bits);

// One record, `time` first, no line end.
std::string event_record(const pb::StoredEvent& event, const EventStyle& style);

// The code as this server is told it: to one that does not know 5024 and 5025 both are 29.
std::uint32_t code_for(const EventStyle& style, std::uint32_t code);

// Access records as the answer of a QUERY: `eventtype` as code_for() says.
void restyle(pb::Page& page, const EventStyle& style);

// What changes in a state: "sensor=..\trelay=..\talarm=..".
std::string state_of_doors(const pb::Status& status);
std::string state_record(const pb::Status& status);

}  // namespace lintel::push
