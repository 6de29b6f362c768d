// Rows about people, as the core knows them.
#pragma once

#include <optional>
#include <span>

#include "engine/base/result.h"
#include "engine/core/people.h"
#include "engine/daemon/facts.h"
#include "engine/daemon/row_reader.h"
#include "storage/schema.h"

namespace lintel::daemon {

// user, extuser, mulcarduser, userauthorize: what the core keeps in People.
bool is_people_table(const storage::TableSchema& table);

// What People makes of the row. Errors name field and range.
// REQUIRES: is_people_table.
Result<PeopleChange> person_from(const storage::TableSchema& table, const NamedRow& row,
                                 const Facts& facts);
// Do these fields of the table say all that the core wants to know? If not, what the row had before
// belongs to it.
// REQUIRES: is_people_table.
bool says_all(const storage::TableSchema& table, std::span<const int> fields);

// The row is no more; nothing for one that made no sense, which the core never had.
// REQUIRES: is_people_table.
std::optional<PeopleChange> person_gone(const storage::TableSchema& table, const NamedRow& row,
                                        const Facts& facts);
// Every row of the table is gone.
// REQUIRES: is_people_table.
PeopleChange people_gone(const storage::TableSchema& table);

}  // namespace lintel::daemon
