// Every data table of the protocol, declared once: name, fields, natural key. UPDATE, DELETE, COUNT
// and QUERY work on each from this declaration alone; the SQL of each is made from it when the
// store opens and never from anything that came from outside.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lintel::storage {

struct Field {
  std::string_view name;   // as the protocol's examples spell it in answers: "CardNo"
  bool key = false;        // part of the natural key that an UPDATE replaces on
  bool may_lack = false;   // a key part that servers leave out (DevID): then it counts as empty
  bool hex = false;        // hexadecimal digits: AB and ab are the same value
  bool looked_up = false;  // has an index of its own: large tables are asked by it
};

inline constexpr std::size_t fields_max = 96;  // of one table

struct TableSchema {
  std::string_view name;          // "user"
  std::span<const Field> fields;  // in the order of the text
  // Index of the field, without regard to case, also by the names that other places of the text use
  // (alias); -1: none.
  [[nodiscard]] int field(std::string_view name) const;
};

std::span<const TableSchema> tables();
// Without regard to case. Null: no such table. "transaction" and "[APList]" are not among them:
// the journal and the system answer for those. Nor is "ATTPHOTO", which is only ever uploaded.
const TableSchema* find_table(std::string_view name);

}  // namespace lintel::storage
