// What the parsers of commands share: names, identities, parameters written as name=value.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "push/command.h"

namespace lintel::push {

bool is_printable(std::string_view text);  // ASCII without blanks
bool is_name(std::string_view text);       // printable, 1 to 64 bytes

// Who the command is, for the engine: it does a command once.
template <class Message>
void set_key(const CommandText& command, Message& message) {
  *message.mutable_command() = command_key(command);
}

// Parameters as `name=value` in any order and case, of names that are known beforehand: a value
// ends where the next known name begins, so that it may have a separator in it.
struct Parameter {
  // Views into `text`. Nothing: something stands before the first name, or a name stands twice.
  static std::optional<std::vector<Parameter>> read(std::string_view text,
                                                    std::span<const std::string_view> names,
                                                    std::string_view separators);
  std::string_view name;  // as it stands in `names`
  std::string_view value;
};
// Nothing: it is not there.
std::optional<std::string_view> find(std::span<const Parameter> parameters, std::string_view name);

// ---- one parser a command; `rest` is what follows its words
Intention parse_update(const CommandText& command, std::string_view rest);
Intention parse_delete(const CommandText& command, std::string_view rest);
Intention parse_count(const CommandText& command, std::string_view rest);
Intention parse_query(const CommandText& command, std::string_view rest);
Intention parse_set_options(const CommandText& command, std::string_view rest);
Intention parse_get_options(const CommandText& command, std::string_view rest);
Intention parse_control_device(const CommandText& command, std::string_view rest);
Intention parse_account(const CommandText& command, std::string_view rest);
Intention parse_test_host(const CommandText& command, std::string_view rest);
Intention parse_upgrade(const CommandText& command, std::string_view rest);
Intention parse_enroll_info(const CommandText& command, std::string_view rest);

// Positions of AccSupportFunList that the control commands stand for (control.cc).
void add_control_functions(std::vector<unsigned>& positions);

}  // namespace lintel::push
