// The folder that the engine and the system's helper (rootfs/system) share, and the form of the
// files in it: engine/README.md, "The system folder". Each side reads what the other wrote with
// distrust, and both by this code.
//
// Not thread-safe; each side has a folder of its own open. Errors: io; invalid: what lies there is
// not a plain file, too large, torn, or not of this form.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace lintel::api {

// The lines of a file, without the first (number) and the last (end).
struct WishFile {
  std::uint64_t number = 0;
  std::vector<std::pair<std::string, std::string>> lines;

  [[nodiscard]] bool has(std::string_view key) const;
  // Of the first line with that key; empty where there is none.
  [[nodiscard]] std::string_view value(std::string_view key) const;
};

inline constexpr std::uint64_t wish_number_max = 1'000'000'000'000;  // leaves room to count on

Result<WishFile> parse_wish_file(std::string_view text);
// invalid: a value with control characters, or a key that is none.
Result<std::string> wish_file_text(const WishFile& file);

// Takes the word off the front, and the blank behind it.
std::string_view take_word(std::string_view& rest);
// Digits only, and not above `most`.
std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most = UINT64_MAX);

class WishFolder {
 public:
  // The folder is there already, and is no link.
  static Result<WishFolder> open(const std::string& path);

  // Nothing: there is no such file. Links are not followed, and nobody waits at a pipe.
  [[nodiscard]] Result<std::optional<WishFile>> read(const std::string& name) const;
  // Whoever looks sees the file before this or after it, never half.
  [[nodiscard]] Result<void> write(const std::string& name, const WishFile& file,
                                   mode_t mode = 0600) const;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit WishFolder(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace lintel::api
