// Small files of the machine, read and replaced.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace lintel::helper {

// The file's text without the line end behind it; nothing: it is not there, or cannot be read.
// What is longer than 64 KiB is cut there. For files of the kernel and our own.
std::optional<std::string> read_text(const std::string& path);

enum class Durable { no, yes };
// Whoever looks sees the file before this or after it, never half. Durable: on disk when it
// returns. Makes the folder (0755) where there is none.
Result<void> replace_text(const std::string& folder, const std::string& name, std::string_view text,
                          mode_t mode, Durable durable);
// One that is not there: fine.
Result<void> remove_file(const std::string& path);

// Names in a folder, in order; none where there is no such folder.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace lintel::helper
