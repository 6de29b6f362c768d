// The lines of a board by name: door1.lock, reader2.led, aux3 ...
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/types.h"

namespace lintel::hal {

[[nodiscard]] std::string name_of(const InputLine& line);
[[nodiscard]] std::string name_of(const OutputLine& line);

// Every line that a board of this layout has, in the order in which they are shown.
[[nodiscard]] std::vector<InputLine> inputs_of(const Layout& layout);
[[nodiscard]] std::vector<OutputLine> outputs_of(const Layout& layout);

// Nothing: no line of this layout has that name.
[[nodiscard]] std::optional<InputLine> input_named(std::string_view name, const Layout& layout);

// Whether a line is wired with resistors, so that a cut and a short are seen: door sensors, exit
// buttons, auxiliary inputs and the fire contact.
[[nodiscard]] bool is_supervised(const InputLine& line);

}  // namespace lintel::hal
