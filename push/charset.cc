#include "push/charset.h"

#include <iconv.h>

#include <cstdint>
#include <memory>

namespace lintel::push {
namespace {

struct CloseIconv {
  using pointer = iconv_t;
  void operator()(iconv_t converter) const { iconv_close(converter); }
};

// How many bytes a character that begins so has; 0: none begins so.
std::size_t length_by(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = length_by(first);
    if (length == 0 || length > text.size()) return false;
    std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xC0) != 0x80) return false;
      code = code << 6 | (byte & 0x3FU);
    }
    // Longer forms of short codes, surrogates, and what lies beyond the last plane.
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> to_utf8(std::string_view text) {
  if (valid_utf8(text)) return std::string(text);
  const iconv_t opened = iconv_open("UTF-8", "GB18030");
  // iconv_open says "none" with the value -1.
  if (opened == reinterpret_cast<iconv_t>(std::intptr_t{-1})) return std::nullopt;  // NOLINT
  const std::unique_ptr<iconv_t, CloseIconv> converter(opened);

  std::string source(text);  // iconv takes its input without const
  std::string result(text.size() * 4, '\0');
  char* from = source.data();
  std::size_t from_left = source.size();
  char* to = result.data();
  std::size_t to_left = result.size();
  constexpr auto failed = static_cast<std::size_t>(-1);
  if (iconv(converter.get(), &from, &from_left, &to, &to_left) == failed || from_left != 0) {
    return std::nullopt;
  }
  result.resize(result.size() - to_left);
  return result;
}

}  // namespace lintel::push
