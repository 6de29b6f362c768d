// What is kept of a server command.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace lintel::storage {

// What a server command did, so that the same command again is answered and not executed.
struct ExecutedCommand {
  std::string id = {};
  std::string digest = {};  // of the whole text, 32 bytes
  std::int64_t at = 0;      // UTC seconds
  std::int32_t result = 0;
  bool finished = false;   // false: taken, and not ended yet
  std::string words = {};  // what its result calls it
  bool reported = false;   // read only: the server has its result
};
using CommandTest = std::function<bool(const ExecutedCommand&)>;

}  // namespace lintel::storage
