// How a database file is opened. The defaults are what ships; tests choose another file system
// (a recording one) or show what a weaker promise costs.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/result.h"

namespace lintel::storage {

class Database;

enum class Durability {
  full,    // every commit is on disk when it returns
  normal,  // commits since the last checkpoint are lost at a power cut
  none,    // a power cut may leave a damaged file
};

struct OpenOptions {
  const char* vfs = nullptr;  // name of an SQLite VFS; null: the file system
  Durability durability = Durability::full;
  int checkpoint_pages = 1000;  // the write-ahead log is worked into the file when it is longer
  // What a later program would do: the steps that it has after ours, and from which version on it
  // lets older programs work on what they make (0: none).
  std::span<Result<void> (*const)(Database&)> later_steps = {};
  std::int32_t later_readable_from = 0;
};

}  // namespace lintel::storage
