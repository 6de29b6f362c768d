// The protocol's text in small: blanks, case, separators, numbers. Everything here is bytes; what
// lies above ASCII passes through untouched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lintel::push {

// Without blanks, TABs, CRs and LFs at both ends.
std::string_view trimmed(std::string_view text);

// Equal without regard to the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b);
std::string lower(std::string_view text);

// Takes the part before the first separator off `rest`, and the separator; without one, everything.
std::string_view take_until(std::string_view& rest, char separator);

// Takes the next word off `rest`: up to a blank, TAB, CR or LF. Leading ones are skipped.
std::string_view take_word(std::string_view& rest);

// A whole decimal number and nothing else.
std::optional<std::uint64_t> whole_number(std::string_view text);

// TAB, CR, LF and NUL become blanks: a stored value cannot forge a field or a line.
std::string one_line(std::string_view text);

// Bytes as hexadecimal digits.
std::string hex_lower(std::string_view bytes);
std::string hex_upper(std::string_view bytes);

}  // namespace lintel::push
