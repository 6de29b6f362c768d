#include "web/journal.h"

#include <algorithm>

namespace lintel::web {
namespace {

constexpr std::chrono::seconds turn_wait_max{2};
constexpr std::chrono::seconds call_timeout{5};

}  // namespace

Result<pb::Events> Journal::after(std::uint64_t index, std::uint32_t most) {
  pb::Request request;
  request.mutable_pull_events()->set_after(index);
  request.mutable_pull_events()->set_most(most);
  return ask(request);
}

Result<pb::Events> Journal::newest(std::uint32_t most) {
  pb::Request request;
  request.mutable_pull_events()->set_newest(true);
  request.mutable_pull_events()->set_most(most);
  return ask(request);
}

bool Journal::take_turn() {
  std::unique_lock lock(mutex_);
  if (!turn_.wait_for(lock, turn_wait_max, [this] { return !asking_; })) return false;
  return asking_ = true;
}

void Journal::end_turn() {
  const std::lock_guard lock(mutex_);
  asking_ = false;
  turn_.notify_one();
}

Result<pb::Events> Journal::ask(const pb::Request& request) {
  if (!take_turn())
    return fail(Errc::busy, "others are reading the journal; try again in a moment");
  auto reply = call(request);
  end_turn();
  if (!reply) return fail(std::move(reply).error().during("read the journal"));
  if (reply->code() < 0)
    return fail(Error{Errc::refused, reply->error()}.during("read the journal"));
  pb::Events events = std::move(*reply->mutable_events());
  std::sort(events.mutable_event()->begin(), events.mutable_event()->end(),
            [](const auto& a, const auto& b) { return a.index() < b.index(); });
  return events;
}

Result<pb::Reply> Journal::call(const pb::Request& request) {
  if (link_) {
    auto reply = link_->call(request, call_timeout);
    if (reply) return reply;
    link_.reset();
    // A link kept since the engine's last start is gone; a new one may well do.
    if (reply.error().code != Errc::gone) return fail(std::move(reply).error());
  }
  auto link = factory_();
  if (!link) return fail(std::move(link).error());
  auto reply = (*link)->call(request, call_timeout);
  if (reply) link_ = std::move(*link);
  return reply;
}

}  // namespace lintel::web
