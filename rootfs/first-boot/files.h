// Files that are there whole or not at all, whenever the power goes.
//
// One thread. Every change is announced before it is made: a test stops the program there.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace lintel::first_boot {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
  bool operator==(const Owner&) const = default;
};

// The file's text, at most 64 KiB of it; nothing: it is not there, or cannot be read.
std::optional<std::string> read_text(const std::string& path);
bool exists(const std::string& path);

class Files {
 public:
  // `before_change`: called before each change of the disk.
  explicit Files(std::function<void()> before_change = [] {})
      : before_change_(std::move(before_change)) {}

  // Beside it, synced, owned, renamed, and the folder synced: what was there before, or all of it.
  Result<void> write(const std::string& path, std::string_view text, mode_t mode, Owner owner);
  // Makes it if it is not there (its parent is), and gives it this owner and mode if it has others.
  Result<void> folder(const std::string& path, mode_t mode, Owner owner);
  // A file, or a folder with all that is in it. Does not leave its file system. Fine if it is not
  // there.
  Result<void> remove(const std::string& path);

 private:
  Result<void> empty_folder(int folder, const std::string& path, unsigned depth, dev_t device);

  std::function<void()> before_change_;
};

}  // namespace lintel::first_boot
