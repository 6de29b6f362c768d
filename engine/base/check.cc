#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace lintel {

void check_failed(const char* what, const char* file, int line) noexcept {
  std::fprintf(stderr, "<2>broken promise: %s at %s:%d; stopping to restart clean\n", what, file,
               line);
  std::abort();
}

}  // namespace lintel
