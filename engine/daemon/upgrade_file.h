// The firmware file that is being brought, in a folder of its own: one part that grows, and when it
// is whole a name that no other file has had. MD5 grows with it; after a restart what is there is
// read again, a portion with each piece.
//
// The storage thread owns it. Links are not followed; readable by the owner alone.
// Errors: io, full (no room), invalid (a piece that does not follow).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

struct evp_md_ctx_st;

namespace lintel::daemon {

class UpgradeFile {
 public:
  explicit UpgradeFile(std::string folder);
  ~UpgradeFile();
  UpgradeFile(UpgradeFile&&) noexcept = default;
  UpgradeFile& operator=(UpgradeFile&&) noexcept = default;

  // Nothing is there, and the folder is.
  Result<void> begin();
  // How many bytes of the part are on disk.
  Result<std::uint64_t> received();
  // On disk when it returns. REQUIRES: `offset` is received(), or 0, which begins anew.
  Result<void> append(std::uint64_t offset, std::string_view data);
  // MD5 of the part, in 32 lower-case hexadecimal digits. Reads what it has not seen yet, but not
  // for long: others wait for the storage thread. Nothing: there is more; ask again.
  Result<std::optional<std::string>> checksum();
  // The part has this name from now on.
  Result<void> complete(const std::string& name);
  // The part, and the file of this name (empty: none). One that is not there: fine.
  void remove(const std::string& name);

  // Is there room for a file of so many bytes, and some to spare?
  Result<bool> has_room(std::uint64_t bytes);
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  Result<void> open();
  Result<void> truncate(std::uint64_t size);
  // Reads at most so many bytes more into the sum.
  Result<void> sum_up(std::uint64_t most);
  void forget_sum();

  struct Free {
    void operator()(evp_md_ctx_st* sum) const;
  };
  std::string folder_;
  UniqueFd file_;
  std::uint64_t size_ = 0;
  std::unique_ptr<evp_md_ctx_st, Free> sum_;
  std::uint64_t summed_ = 0;
};

}  // namespace lintel::daemon
