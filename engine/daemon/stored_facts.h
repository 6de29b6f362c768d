// Facts that are counted in the store at the moment they are asked for (4.6, appendixes 18, 20).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/daemon/errand.h"

namespace lintel::daemon {

// UserCount, TransactionCount, FPCount, FaceCount, FvCount, PvCount, MultiBioDataCount and
// MultiBioPhotoCount; nothing: this fact is not one that is counted.
Checked<std::optional<std::string>> stored_fact(Errand& errand, std::string_view name);

}  // namespace lintel::daemon
