// Where an event happened, and to whom, in a few words for a column.
#pragma once

#include <string>

#include "engine/api/lintel.pb.h"

namespace lintel::ctl {

std::string where_words(const pb::StoredEvent& event);  // "door 2 in", "aux 1", "controller"
// "user 12"; a card number only where nobody owns the card; "-": nobody.
std::string who_words(const pb::StoredEvent& event);

}  // namespace lintel::ctl
