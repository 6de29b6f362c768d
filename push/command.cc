#include "push/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/core/limits.h"
#include "push/charset.h"
#include "push/digest.h"
#include "push/text.h"

namespace lintel::push {
namespace {

constexpr std::size_t id_bytes_max = 64;
constexpr std::size_t name_bytes_max = 64;

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && is_printable(text);
}

// An id goes back in `ID=<id>&Return=`: it must not be able to forge what stands beside it.
bool is_id(std::string_view id) {
  return id.size() <= id_bytes_max && is_printable(id) &&
         id.find_first_of("&=?#%") == std::string_view::npos;
}

// ---- the commands of a reply

// Where in the line "C:" begins; nothing: the line continues the command before it. Behind a
// prefix of CmdFormat 1 (appendix 14) it stands after "CmdDesc=".
std::optional<std::size_t> command_start(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return std::nullopt;
  line.remove_prefix(first);
  if (line.substr(0, 2) == "C:") return first;
  constexpr std::string_view data_type = "DataType=";
  constexpr std::string_view description = "CmdDesc=";
  if (!same_name(line.substr(0, data_type.size()), data_type)) return std::nullopt;
  const auto found = line.find(description);
  if (found == std::string_view::npos) return std::nullopt;
  const auto start = line.find_first_not_of(' ', found + description.size());
  if (start == std::string_view::npos || line.substr(start, 2) != "C:") return std::nullopt;
  return first + start;
}

// The serial that a prefix of CmdFormat 1 names; nothing: no prefix, or none in it.
std::optional<std::string_view> addressee(std::string_view prefix) {
  while (!prefix.empty()) {
    auto part = trimmed(take_until(prefix, ','));
    if (same_name(trimmed(take_until(part, '=')), "SN")) return trimmed(part);
  }
  return std::nullopt;
}

// Nothing: the id could not be sent back.
std::optional<CommandText> command_from(std::string_view whole, std::string_view prefix,
                                        std::string_view serial) {
  whole = trimmed(whole);
  const auto line = whole.substr(2, whole.find_first_of("\r\n") - 2);
  const auto colon = line.find(':');
  CommandText command;
  command.id = trimmed(line.substr(0, colon));
  if (!is_id(command.id)) return std::nullopt;
  command.whole = whole;
  if (colon != std::string_view::npos) command.text = trimmed(whole.substr(2 + colon + 1));
  if (command.id.empty() || command.text.empty()) {
    command.refusal = Refusal{code::bad_command_format, "The command has no id or no text."};
  } else if (whole.size() > limits::command_bytes_max) {
    command.refusal = Refusal{code::too_large, "The command is larger than 4 MiB."};
  } else if (const auto to = addressee(prefix); to && *to != serial) {
    command.refusal = Refusal{code::not_on_this_box,
                              "The command is for another device; this one has no others."};
  }
  return command;
}

// ---- records: `name=value` parted by TAB

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

// ---- DATA

template <class Message>
void set_key(const CommandText& command, Message& message) {
  *message.mutable_command() = command_key(command);
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
    if (auto refusal = parse_conditions(line, *request.add_any())) return *refusal;
  }
  if (request.any_size() == 0) {
    return Refusal{code::bad_parameter,
                   "The command names no condition; all rows are deleted by * only."};
  }
  if (means_reader_formats(request)) request.set_table("ReaderWGFormat");
  return request;
}

Intention parse_count(std::string_view rest) {
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

Intention parse_query(std::string_view rest) {
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

Intention parse_data(const CommandText& command, std::string_view rest) {
  const auto verb = take_word(rest);
  if (same_name(verb, "UPDATE")) return parse_update(command, rest);
  if (same_name(verb, "DELETE")) return parse_delete(command, rest);
  if (same_name(verb, "COUNT")) return parse_count(rest);
  if (same_name(verb, "QUERY")) return parse_query(rest);
  return Refusal{code::no_such_command, "DATA knows UPDATE, DELETE, COUNT and QUERY."};
}

// ---- options

bool is_options_word(std::string_view word) {
  return same_name(word, "OPTIONS") || same_name(word, "OPTION");
}

// A comma parts options, and so does a line break.
std::string_view take_option(std::string_view& rest) {
  const auto end = std::min(rest.find_first_of(",\r\n"), rest.size());
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

Intention parse_set_options(const CommandText& command, std::string_view rest) {
  pb::SetOptions request;
  set_key(command, request);
  while (!rest.empty()) {
    auto part = take_option(rest);
    if (part.empty()) continue;
    if (part.find('=') == std::string_view::npos) {
      return Refusal{code::bad_options, "An option is not written as name=value."};
    }
    const auto name = trimmed(take_until(part, '='));
    auto value = to_utf8(trimmed(part));
    if (!is_name(name) || !value) {
      return Refusal{code::bad_options, "An option's name or value is unreadable."};
    }
    auto& option = *request.add_option();
    option.set_name(std::string(name));
    option.set_value(std::move(*value));
  }
  if (request.option_size() == 0) return Refusal{code::bad_options, "The command has no options."};
  if (static_cast<std::size_t>(request.option_size()) > limits::records_per_command_max) {
    return Refusal{code::too_large, "The command has more than 10000 options."};
  }
  return request;
}

Intention parse_get_options(std::string_view rest) {
  pb::GetOptions request;
  if (trimmed(rest) == "*") return request;
  while (!rest.empty()) {
    const auto name = take_option(rest);
    if (name.empty()) continue;
    if (!is_name(name)) return Refusal{code::bad_options, "An option's name is unreadable."};
    request.add_name(std::string(name));
  }
  if (request.name_size() == 0) return Refusal{code::bad_options, "The command names no options."};
  if (static_cast<std::size_t>(request.name_size()) > limits::records_per_command_max) {
    return Refusal{code::too_large, "The command names more than 10000 options."};
  }
  return request;
}

// Commands of the text that this version does not carry out.
bool is_known_elsewhere(std::string_view first, std::string_view second) {
  constexpr std::array<std::string_view, 4> alone = {"ACCOUNT", "UPGRADE", "ENROLL_INFO",
                                                     "ENROLL_BIO"};
  return std::any_of(alone.begin(), alone.end(),
                     [&](std::string_view name) { return same_name(first, name); }) ||
         (same_name(first, "TEST") && same_name(second, "HOST")) ||
         (same_name(first, "SET") && same_name(second, "ADSCREEN_OPTIONS"));
}

}  // namespace

CommandList split_commands(std::string_view reply, std::string_view serial) {
  CommandList list;
  // A command ends where the next one begins.
  struct Begun {
    std::size_t line;   // where its line begins, the prefix included
    std::size_t start;  // where its "C:" stands
  };
  std::optional<Begun> begun;
  const auto finish = [&](std::size_t end) {
    if (!begun) return;
    const auto prefix = reply.substr(begun->line, begun->start - begun->line);
    auto command = command_from(reply.substr(begun->start, end - begun->start), prefix, serial);
    if (command && list.commands.size() < limits::commands_per_reply_max) {
      list.commands.push_back(std::move(*command));
    } else {
      ++list.dropped;
    }
  };
  for (std::size_t at = 0; at < reply.size();) {
    const auto line = reply.substr(at, reply.find('\n', at) - at);
    if (const auto start = command_start(line)) {
      finish(at);
      begun = Begun{at, at + *start};
    }
    at += line.size() + 1;
  }
  finish(reply.size());
  return list;
}

std::string command_words(std::string_view text) {
  constexpr std::array<std::string_view, 5> two_words = {"DATA", "SET", "GET", "CONTROL", "TEST"};
  const auto safe = [](std::string_view word) {
    return word.size() <= 32 && is_printable(word) &&
           word.find_first_of("&=") == std::string_view::npos;
  };
  const auto first = take_word(text);
  const auto second = take_word(text);
  if (!safe(first)) return {};
  const bool two = std::any_of(two_words.begin(), two_words.end(),
                               [&](std::string_view name) { return same_name(first, name); });
  if (!two || second.empty() || !safe(second)) return std::string(first);
  return std::string(first) + " " + std::string(second);
}

pb::CommandKey command_key(const CommandText& command) {
  pb::CommandKey key;
  key.set_id(command.id);
  key.set_digest(sha256(command.whole));
  key.set_words(command_words(command.text));
  return key;
}

Intention parse_command(const CommandText& command) {
  if (command.refusal) return *command.refusal;
  std::string_view rest = command.text;
  const auto first = take_word(rest);
  if (same_name(first, "DATA")) return parse_data(command, rest);
  const auto second = take_word(rest);
  if (same_name(first, "SET") && is_options_word(second)) return parse_set_options(command, rest);
  if (same_name(first, "GET") && is_options_word(second)) return parse_get_options(rest);
  if (same_name(first, "CONTROL") && same_name(second, "DEVICE")) {
    auto parsed = parse_control(trimmed(rest));
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
    auto& control = std::get<pb::Control>(parsed);
    set_key(command, control);
    return std::move(control);
  }
  if (is_known_elsewhere(first, second)) {
    return Refusal{code::not_on_this_box, "This version does not carry out this command."};
  }
  return Refusal{code::no_such_command, "There is no such command."};
}

}  // namespace lintel::push
