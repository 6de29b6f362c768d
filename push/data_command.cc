// DATA UPDATE, DELETE, COUNT and QUERY (chapter 9.1): records are `name=value` parted by TAB, a
// line each.
#include <algorithm>
#include <utility>

#include "engine/core/limits.h"
#include "push/charset.h"
#include "push/command_parts.h"
#include "push/text.h"

namespace lintel::push {
namespace {

struct Cell {
  std::string_view name;
  std::string value;
};

std::optional<Refusal> parse_record(std::string_view line, std::vector<Cell>& cells) {
  cells.clear();
  while (!line.empty()) {
    auto part = trimmed(take_until(line, '\t'));
    if (part.empty()) continue;
    if (part.find('=') == std::string_view::npos) {
      return Refusal{code::bad_data, "A field is not written as name=value."};
    }
    const auto name = trimmed(take_until(part, '='));
    if (!is_name(name)) return Refusal{code::bad_data, "A field's name is empty or unreadable."};
    auto value = to_utf8(trimmed(part));
    if (!value) {
      return Refusal{code::bad_data, "A value is neither UTF-8 nor GB18030."};
    }
    cells.push_back({name, std::move(*value)});
  }
  return std::nullopt;
}

bool same_fields(const pb::Rows& rows, const std::vector<Cell>& cells) {
  return std::equal(rows.field().begin(), rows.field().end(), cells.begin(), cells.end(),
                    [](const std::string& field, const Cell& cell) { return field == cell.name; });
}

// Rows that name the same fields in the same order share a pb::Rows. Only neighbours do: the order
// of rows is kept, because a later row of the same key counts.
std::optional<Refusal> parse_rows(std::string_view text, pb::Update& update) {
  std::vector<Cell> cells;
  std::size_t records = 0;
  while (!text.empty()) {
    const auto line = trimmed(take_until(text, '\n'));
    if (line.empty()) continue;
    if (++records > limits::records_per_command_max) {
      return Refusal{code::too_large, "The command has more than 10000 records."};
    }
    if (auto refusal = parse_record(line, cells)) return refusal;
    const bool shared =
        update.rows_size() > 0 && same_fields(update.rows(update.rows_size() - 1), cells);
    pb::Rows& rows = shared ? *update.mutable_rows(update.rows_size() - 1) : *update.add_rows();
    for (Cell& cell : cells) {
      if (!shared) rows.add_field(std::string(cell.name));
      rows.add_value(std::move(cell.value));
    }
  }
  if (records == 0) return Refusal{code::bad_data, "The command has no records."};
  return std::nullopt;
}

std::optional<Refusal> parse_conditions(std::string_view line, pb::Conditions& conditions) {
  if (line == "*") return std::nullopt;
  std::vector<Cell> cells;
  if (auto refusal = parse_record(line, cells)) return refusal;
  for (Cell& cell : cells) {
    auto& condition = *conditions.add_all();
    condition.set_field(std::string(cell.name));
    condition.set_value(std::move(cell.value));
  }
  return std::nullopt;
}

Refusal bad_table() {
  return {code::bad_table_name, "The command names no table, or one whose name is unreadable."};
}

// The text delivers the expansion boards with their first field where the table's name should
// stand ("DATA UPDATE ExtBoardID=1 DevID=1 ..."): the fields tell which of the two tables is meant.
bool names_expansion_board(std::string_view word) {
  return same_name(word.substr(0, word.find('=')), "ExtBoardID");
}

Intention parse_expansion_board(const CommandText& command, std::string_view first,
                                std::string_view rest) {
  std::string records(first.find('=') == std::string_view::npos ? "" : std::string(first) + "\t");
  records += rest;
  pb::Update update;
  set_key(command, update);
  if (auto refusal = parse_rows(records, update)) return *refusal;
  const auto& fields = update.rows(0).field();
  const bool configuration = std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return same_name(field, "ReactType") || same_name(field, "EntityID") ||
           same_name(field, "SeqNo");
  });
  update.set_table(configuration ? "ExtBoardConfig" : "ExtBoardProperty");
  return update;
}

// Takes the table's name; `DELETE ReaderProperty*` is met in the text's own examples.
std::string_view take_table(std::string_view& rest) {
  auto table = take_word(rest);
  if (table.size() > 1 && table.back() == '*' && trimmed(rest).empty()) {
    rest = table.substr(table.size() - 1);
    table.remove_suffix(1);
  }
  return table;
}

// The text deletes a reader's Wiegand formats as "WGFormat ReaderID=1" or "WGFormat DevID=24"; the
// table of formats has neither field.
bool means_reader_formats(const pb::Delete& request) {
  if (!same_name(request.table(), "WGFormat")) return false;
  return std::any_of(request.any().begin(), request.any().end(), [](const auto& conditions) {
    return std::any_of(conditions.all().begin(), conditions.all().end(), [](const auto& condition) {
      return same_name(condition.field(), "ReaderID") || same_name(condition.field(), "DevID");
    });
  });
}

// ---- DATA QUERY tablename=user,fielddesc=*,filter=*

// Takes `name=` off the front, in any case, with blanks around the sign.
bool take_key(std::string_view& text, std::string_view name) {
  auto rest = trimmed(text);
  const auto sign = rest.find('=');
  if (sign == std::string_view::npos || !same_name(trimmed(rest.substr(0, sign)), name)) {
    return false;
  }
  text = rest.substr(sign + 1);
  return true;
}

// Takes the list of fields off the front, up to `,filter=`: its own separator may be a comma too.
std::string_view take_fields(std::string_view& text) {
  for (std::size_t comma = text.find(','); comma != std::string_view::npos;
       comma = text.find(',', comma + 1)) {
    auto behind = text.substr(comma + 1);
    if (!take_key(behind, "filter")) continue;
    const auto fields = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return fields;
  }
  return std::exchange(text, std::string_view{});
}

bool means_all(std::string_view text) {
  return text.empty() || text == "*" || text == "\\*";
}

// For `transaction` the filter may also be NewRecord, starttime= and endtime=.
std::optional<Refusal> parse_filter(std::string_view filter, pb::Query& query) {
  if (means_all(filter)) return std::nullopt;
  const bool journal = same_name(query.table(), "transaction");
  std::string rest;
  while (!filter.empty()) {
    const auto part = trimmed(take_until(filter, '\t'));
    if (journal && same_name(part, "NewRecord")) {
      query.set_new_records(true);
    } else {
      rest += std::string(part) + "\t";
    }
  }
  pb::Conditions conditions;
  if (auto refusal = parse_conditions(trimmed(rest), conditions)) return refusal;
  for (auto& condition : *conditions.mutable_all()) {
    if (journal && same_name(condition.field(), "starttime")) {
      query.set_start_time(condition.value());
    } else if (journal && same_name(condition.field(), "endtime")) {
      query.set_end_time(condition.value());
    } else {
      *query.mutable_where()->add_all() = std::move(condition);
    }
  }
  return std::nullopt;
}

// Comparison photos are deleted by conditions parted by blanks (9.1.2), all others by TAB: where a
// name and = follow a blank, a TAB is meant.
std::string with_tabs(std::string_view line) {
  std::string out(line);
  for (std::size_t at = out.find(' '); at != std::string::npos; at = out.find(' ', at + 1)) {
    const auto behind = std::string_view(out).substr(at + 1);
    const auto sign = behind.find('=');
    if (sign != std::string_view::npos && is_name(behind.substr(0, sign))) out[at] = '\t';
  }
  return out;
}

}  // namespace

Intention parse_update(const CommandText& command, std::string_view rest) {
  const auto table = take_word(rest);
  if (names_expansion_board(table)) return parse_expansion_board(command, table, rest);
  if (!is_name(table)) return bad_table();
  pb::Update update;
  set_key(command, update);
  update.set_table(std::string(table));
  if (auto refusal = parse_rows(rest, update)) return *refusal;
  return update;
}

Intention parse_delete(const CommandText& command, std::string_view rest) {
  const auto table = take_table(rest);
  if (!is_name(table)) return bad_table();
  pb::Delete request;
  set_key(command, request);
  request.set_table(std::string(table));
  while (!rest.empty()) {
    const auto line = trimmed(take_until(rest, '\n'));
    if (line.empty()) continue;
    if (static_cast<std::size_t>(request.any_size()) >= limits::records_per_command_max) {
      return Refusal{code::too_large, "The command has more than 10000 conditions."};
    }
    const auto conditions = same_name(table, "biophoto") ? with_tabs(line) : std::string(line);
    if (auto refusal = parse_conditions(conditions, *request.add_any())) return *refusal;
  }
  if (request.any_size() == 0) {
    return Refusal{code::bad_parameter,
                   "The command names no condition; all rows are deleted by * only."};
  }
  if (means_reader_formats(request)) request.set_table("ReaderWGFormat");
  return request;
}

Intention parse_count(const CommandText&, std::string_view rest) {
  const auto table = take_table(rest);
  if (!is_name(table)) return bad_table();
  pb::Count count;
  count.set_table(std::string(table));
  const auto line = trimmed(rest);
  if (line.find('\n') != std::string_view::npos) {
    return Refusal{code::bad_data, "COUNT takes its conditions in one line."};
  }
  if (line.empty()) return count;
  if (auto refusal = parse_conditions(line, *count.mutable_where())) return *refusal;
  return count;
}

Intention parse_query(const CommandText&, std::string_view rest) {
  if (!take_key(rest, "tablename")) {
    return Refusal{code::bad_data, "QUERY is written as tablename=...,fielddesc=...,filter=...."};
  }
  pb::Query query;
  const auto table = trimmed(take_until(rest, ','));
  if (!is_name(table)) return bad_table();
  query.set_table(std::string(table));
  std::string_view fields;
  if (take_key(rest, "fielddesc")) fields = trimmed(take_fields(rest));
  if (!means_all(fields)) {
    while (!fields.empty()) {
      const auto end = std::min(fields.find_first_of(",;\t"), fields.size());
      const auto name = trimmed(fields.substr(0, end));
      fields.remove_prefix(std::min(end + 1, fields.size()));
      if (!is_name(name)) return Refusal{code::bad_data, "fielddesc names a field without a name."};
      query.add_field(std::string(name));
    }
  }
  if (!trimmed(rest).empty()) {
    if (!take_key(rest, "filter")) {
      return Refusal{code::bad_data, "QUERY is written as tablename=...,fielddesc=...,filter=...."};
    }
    if (auto refusal = parse_filter(trimmed(rest), query)) return *refusal;
  }
  return query;
}

}  // namespace lintel::push
