// The engine's files: a directory with the configuration store and the journal.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace lintel::daemon {

struct StorageFiles {
  storage::Store store;
  storage::EventJournal journal;
  std::string trouble;  // empty: all is well
};

// Makes the directory and those above it, readable by the owner alone.
Result<void> make_directory(const std::string& path);

// Opens both files. A damaged one is put aside (".damaged-1" and so on, never deleted) and a fresh
// one begun, so that exit buttons, inputs and the server's next download work: the door comes
// first. What was put aside stands in `trouble`.
Result<StorageFiles> open_storage(const std::string& directory);

std::optional<uid_t> user_id(const std::string& name);

}  // namespace lintel::daemon
