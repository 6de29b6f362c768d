// Who this machine is: its serial, its board, its name. Pure but for the files of the kernel.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace lintel::first_boot {

// `count` random bytes.
using Random = std::function<std::string(std::size_t count)>;

// What the board says its serial is, if that is one: 8 to 32 letters, digits and -, and none of the
// words and rows of digits that makers leave there. Nothing: it has none.
std::optional<std::string> board_serial(const std::string& proc, const std::string& sys);
// 13 digits, the first not 0.
std::string random_serial(const Random& random);

// The board's own file among hal/boards ("raspberry-pi-4"); nothing: nobody knows it.
std::optional<std::string> board_name(const std::string& proc, const std::string& sys);

// What a name in a network may have: "lintel-" and the serial in small letters, _ as -.
std::string host_name(const std::string& serial);

// What lets a person into the console: 10 letters and digits, none that look like another.
std::string claim_code(const Random& random);

}  // namespace lintel::first_boot
