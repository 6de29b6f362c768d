// Names come as UTF-8; older servers send GB18030 (which contains GB2312). What is not valid UTF-8
// is converted, whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lintel::push {

bool valid_utf8(std::string_view text);

// The text as UTF-8. Nothing: it is neither UTF-8 nor GB18030.
std::optional<std::string> to_utf8(std::string_view text);

}  // namespace lintel::push
