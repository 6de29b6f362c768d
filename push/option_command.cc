// SET OPTIONS and GET OPTIONS (chapter 9.5).
#include <utility>

#include "engine/core/limits.h"
#include "push/charset.h"
#include "push/command_parts.h"
#include "push/text.h"

namespace lintel::push {
namespace {

// A comma parts options, and so does a line break.
std::string_view take_option(std::string_view& rest) {
  const auto end = std::min(rest.find_first_of(",\r\n"), rest.size());
  const auto part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

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

Intention parse_get_options(const CommandText&, std::string_view rest) {
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

}  // namespace lintel::push
