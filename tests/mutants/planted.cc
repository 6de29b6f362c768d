#include "tests/mutants/planted.h"

#include <cstdlib>

namespace lintel {

bool planted(int number) {
  static const int chosen = [] {
    const char* text = std::getenv("LINTEL_PLANTED");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return number == chosen;
}

}  // namespace lintel
