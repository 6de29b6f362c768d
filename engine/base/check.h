// A broken promise of our own stops the program: outputs go to rest, and it restarts clean.
// On in every build. Never for input from outside: that is refused, not checked.
#pragma once

namespace lintel {
[[noreturn]] void check_failed(const char* what, const char* file, int line) noexcept;
}

#define DOOR_CHECK(condition)                                                 \
  do {                                                                        \
    if (!(condition)) ::lintel::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
