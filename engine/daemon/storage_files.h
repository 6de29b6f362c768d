// The engine's files: a directory with the configuration store and the journal.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

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
// first. One of a newer program that this one cannot work on is put aside too; of the store the
// copy from before takes its place. A fresh journal begins above every index that the one before
// has given out. What was put aside stands in `trouble`.
Result<StorageFiles> open_storage(const std::string& directory);

// The file goes, and is gone after a power cut too. One that is not there: fine.
Result<void> remove_for_good(const std::string& path);

// Beside the options: the last index of the journal, as noted now and then for a journal that has
// to be begun anew.
inline constexpr std::string_view last_event_option = "lintel.last_event";

std::optional<uid_t> user_id(const std::string& name);

}  // namespace lintel::daemon
