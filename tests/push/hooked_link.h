// A line to the engine on which a test may do something of its own before a request and with its
// reply.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "engine/api/link.h"

namespace lintel::push {

struct Hooks {
  std::function<void(const pb::Request&)> before;
  std::function<void(const pb::Request&, pb::Reply&)> after;
};

class HookedLink : public api::Link {
 public:
  // `hooks` stay the caller's and may change at any time.
  HookedLink(std::unique_ptr<api::Link> inner, const Hooks& hooks)
      : inner_(std::move(inner)), hooks_(hooks) {}

  Result<pb::Reply> call(const pb::Request& request, std::chrono::milliseconds timeout) override {
    if (hooks_.before) hooks_.before(request);
    auto reply = inner_->call(request, timeout);
    if (reply && hooks_.after) hooks_.after(request, *reply);
    return reply;
  }
  Result<std::optional<pb::Notice>> next_notice(std::chrono::milliseconds wait) override {
    return inner_->next_notice(wait);
  }

 private:
  std::unique_ptr<api::Link> inner_;
  const Hooks& hooks_;
};

}  // namespace lintel::push
