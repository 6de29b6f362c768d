// The tables of rules, and what core::Rules makes of their rows. Their meaning is the table in
// engine/README.md.
#pragma once

#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "engine/core/rules.h"
#include "engine/core/types.h"
#include "engine/daemon/row_reader.h"

namespace lintel::daemon {

struct RuleTable {
  std::string_view name;  // the schema's
  // Adds what one row says to the rules. A row about a door, reader or line that the box does not
  // have, and one that says nothing (a linkage of cameras), is fine and adds nothing. An error
  // names field and range, and adds nothing either.
  Result<void> (*take)(const NamedRow& row, const Layout& layout, Rules& rules);
};

// In the order in which they are to be taken: what a later one says of a reader wins.
std::span<const RuleTable> rule_tables();
const RuleTable* find_rule_table(std::string_view name);  // as the schema spells it; null: none

}  // namespace lintel::daemon
