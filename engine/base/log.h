// Log lines for the service manager: one line each on standard error, with a syslog priority that
// journald understands ("<6>push: registered"). No card number and no PIN ever goes in.
// Control characters from outside are shown as \xNN, so that a stored name cannot forge a line.
// Any thread may log; a line is written whole.
#pragma once

#include <string_view>

namespace lintel {

enum class LogLevel { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

void log_line(LogLevel level, std::string_view part, std::string_view text);

// Lines less urgent than this are dropped. Default: info.
void set_log_level(LogLevel level);

inline void log_error(std::string_view part, std::string_view text) {
  log_line(LogLevel::error, part, text);
}
inline void log_warning(std::string_view part, std::string_view text) {
  log_line(LogLevel::warning, part, text);
}
inline void log_info(std::string_view part, std::string_view text) {
  log_line(LogLevel::info, part, text);
}
inline void log_debug(std::string_view part, std::string_view text) {
  log_line(LogLevel::debug, part, text);
}

}  // namespace lintel
