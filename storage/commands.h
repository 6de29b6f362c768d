// The table of commands executed, in the configuration store: so that a command is carried out once
// and its result is kept until the server has it. store.h says what each part promises.
//
// Not thread-safe. It belongs to its Store, whose transactions its changes are part of; after an
// error the caller undoes them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "storage/database.h"
#include "storage/executed_command.h"

namespace lintel::storage {

class Commands {
 public:
  // The table as the first released form had it, and what was added since: words and whether the
  // server has the result. Of a command from before nobody waits for the result.
  static Result<void> create_first(Database& database);
  static Result<void> add_reports(Database& database);

  Result<void> prepare(Database& database);

  Result<std::optional<ExecutedCommand>> find(std::string_view id, std::string_view digest,
                                              std::int64_t since);
  Result<void> remember(const ExecutedCommand& command);
  Result<std::vector<ExecutedCommand>> unreported(std::size_t most);
  Result<void> reported(std::string_view id, std::string_view digest);
  Result<std::uint64_t> finish(std::int32_t result, const CommandTest& lives_on);

 private:
  Statement find_, remember_, forget_reported_, forget_unreported_, unreported_, reported_,
      unfinished_, finish_;
};

}  // namespace lintel::storage
