// The one firmware upgrade that may be under way, as it is kept in the database: it survives the
// engine and whoever downloads it, and so does the command that asked for it. On the storage
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"
#include "engine/daemon/upgrade_file.h"
#include "storage/store.h"

namespace lintel::daemon {

struct StoredUpgrade {
  enum class Stage : std::uint8_t { none, download, install };
  std::uint64_t number = 0;  // counts up; names the file
  Stage stage = Stage::none;
  pb::Upgrade wish;  // with its command
  // The last one was brought by a person (LOCAL), and this is how it ended.
  std::optional<std::int32_t> ended;
  [[nodiscard]] bool is_local() const { return wish.method() == pb::Upgrade::LOCAL; }
  [[nodiscard]] std::string file_name() const;
};
Result<StoredUpgrade> stored_upgrade(storage::Store& store);

// Its command has this result, and its files go. Within the open transaction. None under way: fine.
Result<void> end_stored_upgrade(std::int32_t code, std::chrono::sys_seconds utc,
                                storage::Store& store, UpgradeFile& file);

// Is not whole, and nobody brings the rest: it ends. Within the open transaction. Another number,
// or one that the installer has: fine, nothing happens.
Result<void> drop_local_upgrade(std::uint64_t number, std::chrono::sys_seconds utc,
                                storage::Store& store, UpgradeFile& file);

}  // namespace lintel::daemon
