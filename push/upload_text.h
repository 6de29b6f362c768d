// Events and states as their POSTs carry them (chapters 7.2 and 7.3).
#pragma once

#include <string>

#include "engine/api/lintel.pb.h"

namespace lintel::push {

// One record, `time` first, no line end. `with_bits`: Wiegand rules 2.0 are spoken, so that the
// length of the frame is told.
std::string event_record(const pb::StoredEvent& event, bool with_bits);

// What changes in a state: "sensor=..\trelay=..\talarm=..".
std::string state_of_doors(const pb::Status& status);
std::string state_record(const pb::Status& status);

}  // namespace lintel::push
