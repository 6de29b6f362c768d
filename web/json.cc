#include "web/json.h"

#include <algorithm>
#include <cstddef>

namespace lintel::web {
namespace {

// The little of JSON that an action is written in.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  bool take(char sign) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != sign) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A text of printable ASCII. Of the escapes only those of quote, backslash and slash: nothing
  // else that may stand in a user ID needs one.
  std::optional<std::string> take_text() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      const bool escape = rest_.front() == '\\';
      if (escape) rest_.remove_prefix(1);
      if (rest_.empty() || rest_.front() < ' ' || rest_.front() > '~') return std::nullopt;
      const char sign = rest_.front();
      if (escape && sign != '"' && sign != '\\' && sign != '/') return std::nullopt;
      text += sign;
      rest_.remove_prefix(1);
    }
    if (!take('"')) return std::nullopt;
    return text;
  }

 private:
  void skip_blanks() {
    const auto start = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
    rest_.remove_prefix(start);
  }
  std::string_view rest_;
};

// How many bytes the character at the start of the text has; 0: this is not UTF-8.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return bytes;
}

void append_escape(std::string& out, unsigned code) {
  constexpr char hex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += hex[(code >> shift) & 15];
}

bool needs_escape(unsigned char c) {
  return c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' ||
         c == '\'';
}

// U+2028 and U+2029 end a line in old JavaScript.
bool ends_a_line(std::string_view character) {
  return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

}  // namespace

std::string json_text(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  std::size_t plain = 0;  // where what needs no escape began
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = character_bytes(text.substr(at));
    unsigned escape = 0x10000;  // none
    if (bytes == 0) escape = 0xfffd;
    if (bytes == 1 && needs_escape(first)) escape = first;
    if (bytes == 3 && ends_a_line(text.substr(at, bytes))) escape = 0x2028u + (text[at + 2] & 1);
    const std::size_t next = at + std::max<std::size_t>(bytes, 1);
    if (escape != 0x10000) {
      out += text.substr(plain, at - plain);
      append_escape(out, escape);
      plain = next;
    }
    at = next;
  }
  out += text.substr(plain);
  return out += '"';
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  return json(name, json_text(value));
}

JsonObject& JsonObject::number(std::string_view name, std::uint64_t value) {
  return json(name, std::to_string(value));
}

JsonObject& JsonObject::signed_number(std::string_view name, std::int64_t value) {
  return json(name, std::to_string(value));
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
  return json(name, value ? "true" : "false");
}

JsonObject& JsonObject::json(std::string_view name, std::string_view value) {
  if (out_.size() > 1) out_ += ',';
  ((out_ += '"') += name) += "\":";
  out_ += value;
  return *this;
}

JsonArray& JsonArray::json(std::string_view value) {
  if (out_.size() > 1) out_ += ',';
  out_ += value;
  return *this;
}

std::optional<OneText> read_one_text(std::string_view json, std::string_view name) {
  Reader reader(json);
  if (!reader.take('{')) return std::nullopt;
  if (reader.take('}')) return reader.at_end() ? std::optional(OneText{}) : std::nullopt;
  const auto said = reader.take_text();
  if (!said || *said != name || !reader.take(':')) return std::nullopt;
  auto text = reader.take_text();
  if (!text || !reader.take('}') || !reader.at_end()) return std::nullopt;
  return OneText{true, *std::move(text)};
}

}  // namespace lintel::web
