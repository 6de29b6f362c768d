// Counts what the test program takes from the heap with operator new.
#pragma once

#include <cstddef>

namespace lintel {

std::size_t allocations();    // so far
std::size_t bytes_on_heap();  // now

}  // namespace lintel
