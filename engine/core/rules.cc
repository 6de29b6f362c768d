#include "engine/core/rules.h"

#include <algorithm>

namespace lintel {

bool is_anti_passback_value(std::uint32_t value) {
  constexpr std::uint32_t misprinted = 196;  // the text's number for doors 3 and 4, which are 192
  if (value <= 6 || value == misprinted) return true;
  return value <= 240 && value % 16 == 0;
}

bool is_interlock_value(std::uint32_t value) {
  return value <= 5;
}

}  // namespace lintel
