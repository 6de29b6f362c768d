// A layer between SQLite and the file system that gives every page of a database a checksum and
// refuses a page that does not carry its own: what comes back is what was written, or an error.
// (The write-ahead log has checksums of its own.) Flash that forgets must not open a door.
//
// Needs page_bytes pages with reserved_bytes left free at their end, and the exclusive locking
// mode: it offers no shared memory.
#pragma once

#include <cstddef>
#include <memory>

namespace lintel::storage {

inline constexpr int page_bytes = 4096;
inline constexpr int reserved_bytes = 8;

class CheckedVfs {
 public:
  // Over the VFS called `base`; null: the system's own. Registered with SQLite while it lives.
  // Null when there is no such VFS.
  static std::unique_ptr<CheckedVfs> over(const char* base);
  ~CheckedVfs();
  CheckedVfs(const CheckedVfs&) = delete;
  CheckedVfs& operator=(const CheckedVfs&) = delete;

  [[nodiscard]] const char* name() const;

 private:
  struct Impl;
  explicit CheckedVfs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lintel::storage
