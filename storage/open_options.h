// How a database file is opened. The defaults are what ships; tests choose another file system
// (a recording one) or show what a weaker promise costs.
#pragma once

namespace lintel::storage {

enum class Durability {
  full,    // every commit is on disk when it returns
  normal,  // commits since the last checkpoint are lost at a power cut
  none,    // a power cut may leave a damaged file
};

struct OpenOptions {
  const char* vfs = nullptr;  // name of an SQLite VFS; null: the file system
  Durability durability = Durability::full;
  int checkpoint_pages = 1000;  // the write-ahead log is worked into the file when it is longer
};

}  // namespace lintel::storage
