// A program's line to the engine: one request, one reply; notices in between.
// Real: Client, over the socket. In tests: the engine in the same process.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

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

  // The same in two halves, for requests one behind the other: the engine has the next one while it
  // works at this one. It carries them out in the order in which they were posted.
  //   post()  sends, and does not wait for the reply. REQUIRES: outstanding() < posts_max.
  //   wait()  the reply to the oldest one posted whose reply was not fetched yet.
  //           REQUIRES: outstanding() > 0.
  // call() may come in between and gets its own reply. Errors are those of call(); after one,
  // nothing is outstanding any more: whether those without a reply were done is unknown.
  //
  // As they stand here, for links that have no use for it: post() is call(), wait() hands out.
  inline static constexpr std::size_t posts_max = 4;  // as many as the engine takes from one peer
  virtual Result<void> post(const pb::Request& request,
                            std::chrono::milliseconds timeout = std::chrono::seconds(30));
  virtual Result<pb::Reply> wait(std::chrono::milliseconds timeout = std::chrono::seconds(30));
  [[nodiscard]] virtual std::size_t outstanding() const { return answered_.size(); }

  // The next notice; waits for one at most so long. Several that gathered come as one.
  virtual Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) = 0;

 private:
  std::deque<pb::Reply> answered_;
};

inline Result<void> Link::post(const pb::Request& request, std::chrono::milliseconds timeout) {
  auto reply = call(request, timeout);
  if (!reply) {
    answered_.clear();
    return fail(std::move(reply).error());
  }
  answered_.push_back(*std::move(reply));
  return {};
}

inline Result<pb::Reply> Link::wait(std::chrono::milliseconds) {
  if (answered_.empty()) return fail(Errc::gone, "nothing was asked that has no reply yet");
  pb::Reply reply = std::move(answered_.front());
  answered_.pop_front();
  return reply;
}

// Makes a new link; used again after `gone`.
using LinkFactory = std::function<Result<std::unique_ptr<Link>>()>;

}  // namespace lintel::api
