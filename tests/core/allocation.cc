#include "tests/core/allocation.h"

#include <malloc.h>

#include <cstdlib>
#include <new>

namespace lintel {

namespace {
std::size_t count = 0, bytes = 0;
}

std::size_t allocations() {
  return count;
}
std::size_t bytes_on_heap() {
  return bytes;
}

}  // namespace lintel

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  ++lintel::count;
  lintel::bytes += malloc_usable_size(memory);
  return memory;
}

// std::stable_sort asks in this way.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* memory) noexcept {
  lintel::bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}
