// The table of what waits to go up unasked, in the configuration store. store.h says what each part
// promises.
//
// Not thread-safe. It belongs to its Store, whose transactions its changes are part of; after an
// error the caller undoes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"

namespace lintel::storage {

// Something that goes up unasked; `content` is whatever the writer put there.
struct StoredUpload {
  std::uint64_t number = 0;
  std::string table;
  std::string content;
};

class Uploads {
 public:
  static Result<void> create(Database& database);

  Result<void> prepare(Database& database);

  Result<std::uint64_t> add(Database& database, std::string_view table, std::string_view content);
  Result<std::vector<StoredUpload>> after(std::uint64_t number, std::size_t most,
                                          std::size_t bytes_max);
  Result<void> confirmed(std::uint64_t through);

 private:
  Statement span_, add_, after_, confirmed_;
};

}  // namespace lintel::storage
