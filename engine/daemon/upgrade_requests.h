// The one firmware upgrade that may be under way, as it is kept in the database: it survives the
// engine and whoever downloads it, and so does the command that asked for it. On the storage
// thread.
#pragma once

#include <chrono>
#include <cstdint>
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
  [[nodiscard]] std::string file_name() const;
};
Result<StoredUpgrade> stored_upgrade(storage::Store& store);

// Its command has this result, and its files go. Within the open transaction. None under way: fine.
Result<void> end_stored_upgrade(std::int32_t code, std::chrono::sys_seconds utc,
                                storage::Store& store, UpgradeFile& file);

}  // namespace lintel::daemon
