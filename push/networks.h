// Wi-Fi networks in range (9.1.4): a table that is stored nowhere, found by a scan.
#pragma once

#include <string_view>
#include <variant>

#include "engine/api/lintel.pb.h"
#include "push/command.h"

namespace lintel::push {

inline constexpr std::string_view networks_table = "[APList]";

// Of the networks that were found, what the query wants to know: the fields of fielddesc in their
// order, of those that fit the filter. Refused with the codes that the engine has for its tables:
// -621 such a field there is not, -101 nor could one filter by it.
std::variant<Refusal, pb::Page> select_networks(const pb::Page& found, const pb::Query& query);

}  // namespace lintel::push
