#include "tests/storage/store_words.h"

#include <stdexcept>

namespace lintel::tests {

using namespace storage;  // NOLINT: the words of one part

const TableSchema& table(std::string_view name) {
  const TableSchema* found = find_table(name);
  if (found == nullptr) throw std::runtime_error("no table " + std::string(name));
  return *found;
}

Assignments::Assignments(const TableSchema& schema, std::string_view text) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const auto sign = word.find('=');
    const int field = schema.field(word.substr(0, sign));
    if (field < 0) throw std::runtime_error("no field " + std::string(word));
    fields.push_back(field);
    texts.emplace_back(word.substr(sign + 1));
  }
}

std::vector<Condition> Assignments::conditions() const {
  std::vector<Condition> all;
  for (std::size_t i = 0; i < fields.size(); ++i)
    all.push_back({fields[i], texts[i]});
  return all;
}

Result<void> put(Store& store, std::string_view name, std::string_view row) {
  const Assignments assignments(table(name), row);
  return store.update(table(name), assignments.fields, assignments.values());
}

Result<void> commit_row(Store& store, std::string_view name, std::string_view row) {
  return store.begin().and_then([&] { return put(store, name, row); }).and_then([&] {
    return store.commit();
  });
}

namespace {

std::string text_of(const TableSchema& schema, std::span<const std::string_view> values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    if (!text.empty()) text += ' ';
    text += std::string(schema.fields[i].name) + "=" + std::string(values[i]);
  }
  return text;
}

}  // namespace

Rows rows_of(Store& store, std::string_view name, std::string_view conditions,
             std::uint64_t after) {
  Rows rows;
  const Assignments wanted(table(name), conditions);
  must(store.query(table(name), wanted.conditions(), after,
                   [&](std::uint64_t, std::span<const std::string_view> values) {
                     rows.push_back(text_of(table(name), values));
                     return true;
                   }));
  return rows;
}

std::uint64_t count_of(Store& store, std::string_view name, std::string_view conditions) {
  const Assignments wanted(table(name), conditions);
  return must(store.count(table(name), wanted.conditions()));
}

Result<std::uint64_t> erase_from(Store& store, std::string_view name, std::string_view conditions) {
  const Assignments wanted(table(name), conditions);
  return store.erase(table(name), wanted.conditions(), nullptr);
}

}  // namespace lintel::tests
