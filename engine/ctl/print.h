// Lines on standard output. Each is whole when it leaves, so that a pipe sees it at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lintel::ctl {

void print(std::string_view line = {});

// Control characters, marks that turn the writing direction, and bytes that are not UTF-8 are shown
// as \xNN: a stored name can neither move the cursor nor pretend to be another line.
std::string printable(std::string_view text);

// Filled up with blanks to so many characters (not bytes), and two blanks to the next column.
std::string column(std::string_view text, std::size_t width);

std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

}  // namespace lintel::ctl
