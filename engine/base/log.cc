#include "engine/base/log.h"

#include <unistd.h>

#include <atomic>
#include <string>

namespace lintel {
namespace {

std::atomic<LogLevel> threshold{LogLevel::info};
constexpr std::size_t line_bytes_max = 2000;

void append_printable(std::string& line, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  for (const char c : text) {
    if (line.size() >= line_bytes_max) {
      line += "...";
      return;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += "\\x";
      line += hex[byte >> 4];
      line += hex[byte & 15];
    } else {
      line += c;
    }
  }
}

}  // namespace

void set_log_level(LogLevel level) {
  threshold = level;
}

void log_line(LogLevel level, std::string_view part, std::string_view text) {
  if (level > threshold.load()) return;
  std::string line = "<" + std::to_string(static_cast<int>(level)) + ">";
  line += part;
  line += ": ";
  append_printable(line, text);
  line += '\n';
  // One write, so that lines of several threads and programs never mix. A log that cannot be
  // written must not stop a door: the result is not looked at.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace lintel
