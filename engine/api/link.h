// A program's line to the engine: one request, one reply; notices in between.
// Real: Client, over the socket. In tests: the engine in the same process.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"

namespace lintel::api {

class Link {
 public:
  virtual ~Link() = default;

  // Sends the request and waits for its reply. Notices that come meanwhile are kept for
  // next_notice().
  //   gone     the engine has left: drop this link and connect anew
  //   timeout  no reply in time; whether it was done is unknown, the link is closed like gone
  // A refusal is a Reply with a negative code, not an error.
  virtual Result<pb::Reply> call(const pb::Request& request,
                                 std::chrono::milliseconds timeout = std::chrono::seconds(30)) = 0;

  // The next notice; waits for one at most so long. Several that gathered come as one.
  virtual Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) = 0;
};

// Makes a new link; used again after `gone`.
using LinkFactory = std::function<Result<std::unique_ptr<Link>>()>;

}  // namespace lintel::api
