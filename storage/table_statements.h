// The SQL of the protocol tables, made from their declaration: nothing but declared names and
// parameter numbers is ever written into a statement. What a server sends decides only which of
// these statements runs; its values are bound.
//
// Prepared when first wanted, and the last few kept.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

#include "storage/database.h"
#include "storage/schema.h"

namespace lintel::storage {

// Creates what the declaration names and the file lacks: tables, fields of older tables, indexes.
Result<void> create_tables(Database& database);

using FieldSet = std::bitset<fields_max>;

// Parameters: field i is number i + 1. `select` has one more behind the last field, the row id
// above which it starts; its columns are the row id and then all fields in order.
enum class Verb : std::uint8_t {
  upsert,  // fields: those that are set
  select,  // fields: those that a row must equal, here and below
  count,
  erase,
};

constexpr int parameter_of(std::size_t field) {
  return static_cast<int>(field) + 1;
}
inline int parameter_after(const TableSchema& table) {
  return parameter_of(table.fields.size());
}

class TableStatements {
 public:
  static constexpr std::size_t kept_max = 64;

  explicit TableStatements(Database& database) : database_(database) {}

  // Good until the next get(). REQUIRES: the table is one of tables().
  Result<Statement*> get(Verb verb, const TableSchema& table, const FieldSet& fields);

 private:
  struct Kept {
    Verb verb{};
    const TableSchema* table = nullptr;
    FieldSet fields;
    std::uint64_t used = 0;
    Statement statement;
  };
  Kept& place_for_one_more();

  Database& database_;
  std::vector<std::unique_ptr<Kept>> kept_;
  std::uint64_t uses_ = 0;
};

}  // namespace lintel::storage
