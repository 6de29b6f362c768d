// JSON, written. Whatever bytes a text holds, what comes out is valid JSON in valid UTF-8, and has
// no character that could end a script or a line of a server-sent event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lintel::web {

// With quotes. A byte that is not UTF-8 becomes U+FFFD.
std::string json_text(std::string_view text);

// An object, member by member. The names are ours and need no escaping.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::uint64_t value);
  JsonObject& signed_number(std::string_view name, std::int64_t value);
  JsonObject& flag(std::string_view name, bool value);
  // The value is JSON already.
  JsonObject& json(std::string_view name, std::string_view value);

  [[nodiscard]] std::string str() const { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

class JsonArray {
 public:
  JsonArray& json(std::string_view value);
  [[nodiscard]] std::string str() const { return out_ + "]"; }

 private:
  std::string out_ = "[";
};

// What an action is written in: {"name":"text"}, or {}. Nothing: it is neither. The text is
// printable ASCII.
struct OneText {
  bool there = false;
  std::string text;
};
std::optional<OneText> read_one_text(std::string_view json, std::string_view name);

}  // namespace lintel::web
