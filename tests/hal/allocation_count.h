// How often this program has asked for memory: operator new counts.
#pragma once

#include <cstddef>

namespace lintel::hal {
[[nodiscard]] std::size_t allocations();
}
