// In a file of its own: where the compiler sees these bodies, it takes their free() for a mistake.
#include "tests/hal/allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> count = 0;
}

namespace lintel::hal {
std::size_t allocations() {
  return count;
}
}  // namespace lintel::hal

void* operator new(std::size_t bytes) {
  ++count;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
