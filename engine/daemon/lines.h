// The lines of a board, in order, for whoever goes through all of them.
#pragma once

#include <vector>

#include "engine/core/types.h"

namespace lintel::daemon {

std::vector<InputLine> input_lines(const Layout& layout);
std::vector<OutputLine> output_lines(const Layout& layout);
inline DoorId door_at(std::size_t index) {
  return DoorId{static_cast<std::uint8_t>(index + 1)};
}

}  // namespace lintel::daemon
