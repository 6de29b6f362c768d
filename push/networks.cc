#include "push/networks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "push/text.h"

namespace lintel::push {
namespace {

// -1: there is no such field.
int column(const pb::Page& page, std::string_view name) {
  for (int at = 0; at < page.field_size(); ++at) {
    if (same_name(page.field(at), name)) return at;
  }
  return -1;
}

}  // namespace

std::variant<Refusal, pb::Page> select_networks(const pb::Page& found, const pb::Query& query) {
  std::vector<std::pair<int, std::string_view>> conditions;
  for (const auto& condition : query.where().all()) {
    const int at = column(found, condition.field());
    if (at < 0)
      return Refusal{code::no_such_condition, "Networks have no such field to filter by."};
    if (condition.value() != "*") conditions.emplace_back(at, condition.value());
  }
  pb::Page page;
  std::vector<int> columns;
  for (const auto& name : query.field().empty() ? found.field() : query.field()) {
    columns.push_back(column(found, name));
    if (columns.back() < 0) return Refusal{code::no_such_field, "Networks have no such field."};
    page.add_field(name);
  }
  if (found.field().empty()) return page;
  for (int row = 0; row + found.field_size() <= found.value_size(); row += found.field_size()) {
    const bool fits = std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
      return found.value(row + condition.first) == condition.second;
    });
    if (!fits) continue;
    for (const int at : columns) {
      page.add_value(found.value(row + at));
    }
    page.set_rows(page.rows() + 1);
  }
  return page;
}

}  // namespace lintel::push
