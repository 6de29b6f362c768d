#include "push/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/core/limits.h"
#include "push/command_parts.h"
#include "push/digest.h"
#include "push/text.h"

namespace lintel::push {
namespace {

// An id goes back in `ID=<id>&Return=`: it must not be able to forge what stands beside it.
bool is_id(std::string_view id) {
  return id.size() <= limits::command_id_bytes_max && is_printable(id) &&
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

// ---- the commands that there are

Intention has_no_sensor(const CommandText&, std::string_view) {
  return Refusal{code::not_on_this_box, "This box has no sensor that could take a template."};
}

Intention has_no_screen(const CommandText&, std::string_view) {
  return Refusal{code::not_on_this_box, "This box has no screen for advertisements."};
}

// `function`: the position of AccSupportFunList by which a server knows that we take the command.
struct Row {
  std::string_view first, second;  // one word only: the second is empty
  Intention (*parse)(const CommandText& command, std::string_view rest);
  std::optional<unsigned> function = std::nullopt;
};

constexpr std::array table = {
    Row{"DATA", "UPDATE", parse_update},
    Row{"DATA", "DELETE", parse_delete},
    Row{"DATA", "COUNT", parse_count},
    Row{"DATA", "QUERY", parse_query},
    Row{"SET", "OPTIONS", parse_set_options},
    Row{"SET", "OPTION", parse_set_options},
    Row{"GET", "OPTIONS", parse_get_options},
    Row{"GET", "OPTION", parse_get_options},
    Row{"CONTROL", "DEVICE", parse_control_device},
    Row{"ACCOUNT", "", parse_account, 11},
    Row{"Test", "Host", parse_test_host},
    Row{"UPGRADE", "", parse_upgrade},
    Row{"ENROLL_INFO", "", parse_enroll_info, 40},
    Row{"ENROLL_BIO", "", has_no_sensor},
    Row{"SET", "ADSCREEN_OPTIONS", has_no_screen},
};

}  // namespace

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::command_name_bytes_max && is_printable(text);
}

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
  const auto safe = [](std::string_view word) {
    return word.size() <= 32 && is_printable(word) &&
           word.find_first_of("&=") == std::string_view::npos;
  };
  const auto first = take_word(text);
  const auto second = take_word(text);
  if (!safe(first)) return {};
  const bool two = std::any_of(table.begin(), table.end(), [&](const Row& row) {
    return same_name(first, row.first) && !row.second.empty();
  });
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
  std::string_view behind_first = command.text;
  const auto first = take_word(behind_first);
  std::string_view behind_second = behind_first;
  const auto second = take_word(behind_second);
  for (const Row& row : table) {
    if (!same_name(first, row.first)) continue;
    if (row.second.empty()) return row.parse(command, behind_first);
    if (same_name(second, row.second)) return row.parse(command, behind_second);
  }
  return Refusal{code::no_such_command, "There is no such command."};
}

std::vector<unsigned> functions_by_commands() {
  std::vector<unsigned> positions;
  for (const Row& row : table) {
    if (row.function) positions.push_back(*row.function);
  }
  add_control_functions(positions);
  return positions;
}

// ---- parameters written as name=value

std::optional<std::vector<Parameter>> Parameter::read(std::string_view text,
                                                      std::span<const std::string_view> names,
                                                      std::string_view separators) {
  struct Found {
    std::string_view name;
    std::size_t start, value;
  };
  std::vector<Found> found;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && separators.find(text[at - 1]) == std::string_view::npos) continue;
    for (const auto name : names) {
      if (!same_name(text.substr(at, name.size()), name)) continue;
      const auto sign = text.find_first_not_of(' ', at + name.size());
      if (sign != std::string_view::npos && text[sign] == '=')
        found.push_back({name, at, sign + 1});
    }
  }
  if (found.empty() ? !trimmed(text).empty() : !trimmed(text.substr(0, found[0].start)).empty()) {
    return std::nullopt;
  }
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto end = i + 1 < found.size() ? found[i + 1].start : text.size();
    auto value = text.substr(found[i].value, end - found[i].value);
    while (!value.empty() && (separators.find(value.back()) != std::string_view::npos ||
                              trimmed(value.substr(value.size() - 1)).empty())) {
      value.remove_suffix(1);
    }
    if (find(parameters, found[i].name)) return std::nullopt;
    parameters.push_back({found[i].name, trimmed(value)});
  }
  return parameters;
}

std::optional<std::string_view> find(std::span<const Parameter> parameters, std::string_view name) {
  for (const auto& parameter : parameters) {
    if (same_name(parameter.name, name)) return parameter.value;
  }
  return std::nullopt;
}

}  // namespace lintel::push
