// Short words for stories about the store: rows as text, "Pin=7 Name=Ada", empty fields left out.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/store.h"

namespace lintel::tests {

using Rows = std::vector<std::string>;

// What a story expects to work. Stops it otherwise, with the error's text.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

const storage::TableSchema& table(std::string_view name);

// Field and value pairs out of "Pin=7 Name=Ada".
struct Assignments {
  std::vector<int> fields;
  std::vector<std::string> texts;
  Assignments(const storage::TableSchema& schema, std::string_view text);
  [[nodiscard]] std::vector<std::string_view> values() const {
    return {texts.begin(), texts.end()};
  }
  [[nodiscard]] std::vector<storage::Condition> conditions() const;
};

// One row, inside the caller's transaction, and in one of its own.
Result<void> put(storage::Store& store, std::string_view name, std::string_view row);
Result<void> commit_row(storage::Store& store, std::string_view name, std::string_view row);

Rows rows_of(storage::Store& store, std::string_view name, std::string_view conditions = "",
             std::uint64_t after = 0);
std::uint64_t count_of(storage::Store& store, std::string_view name,
                       std::string_view conditions = "");
Result<std::uint64_t> erase_from(storage::Store& store, std::string_view name,
                                 std::string_view conditions = "");

}  // namespace lintel::tests
