// The server's side of the exchange of keys and factors (chapters 4.2, 4.3, appendix 16), written
// on its own from the description in push/PROTOCOL.md: what both ends understand is no accident of
// one piece of code.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "push/transport.h"

namespace lintel::fake {

// One device's session. Not thread-safe: the fake server locks.
class Encryption {
 public:
  Encryption();
  ~Encryption();

  // POST exchange?type=publickey: takes the device's key, gives ours. Nothing: it is none.
  std::optional<std::string> exchange_keys(std::string_view body);
  // POST exchange?type=factors: takes R1, gives R2. Nothing: it cannot be read.
  std::optional<std::string> exchange_factors(std::string_view body);
  [[nodiscard]] bool agreed() const { return !key_.empty(); }

  // The request as it was before it was sealed. Nothing: it is not sealed with our key, or was seen
  // before.
  std::optional<push::HttpRequest> open(const push::HttpRequest& request);
  // The reply to `request` (as it came), sealed when its status is from 200 to 299.
  [[nodiscard]] push::HttpReply seal(const push::HttpRequest& request, push::HttpReply reply) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string key_;             // of the session; empty: not agreed yet
  std::set<std::string> seen_;  // numbers of requests
};

}  // namespace lintel::fake
