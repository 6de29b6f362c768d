// The next commands go to the engine while it stores the one before: what it waits for is mostly
// the disk, and what we wait for is mostly the engine.
#include <algorithm>

#include "push/executor.h"
#include "push/photo.h"

namespace lintel::push {
namespace {

bool has_wildcard(const pb::Delete& erase) {
  const auto& any = erase.any();
  return std::any_of(any.begin(), any.end(), [](const auto& conditions) {
    const auto& all = conditions.all();
    return std::any_of(all.begin(), all.end(),
                       [](const auto& condition) { return condition.value() == "*"; });
  });
}

// What needs no other answer first. Nothing: it is carried out when its turn comes.
std::optional<pb::Request> plain_change(const CommandText& command) {
  auto intention = parse_command(command);
  pb::Request request;
  if (auto* update = std::get_if<pb::Update>(&intention)) {
    if (has_photos(update->table())) return std::nullopt;
    *request.mutable_update() = std::move(*update);
    return request;
  }
  auto* erase = std::get_if<pb::Delete>(&intention);
  if (erase == nullptr || has_wildcard(*erase)) return std::nullopt;
  *request.mutable_delete_() = std::move(*erase);
  return request;
}

}  // namespace

void Executor::look_ahead(const std::deque<CommandText>& commands) {
  if (engine_.outstanding() != ahead_.size()) ahead_.clear();  // the link has gone meanwhile
  while (ahead_.size() < std::min(commands.size(), api::Link::posts_max)) {
    const auto& next = commands[ahead_.size()];
    const auto request = plain_change(next);
    if (!request || !engine_.post(*request)) return;
    ahead_.push_back(next.whole.data());
  }
}

void Executor::forget_ahead() {
  while (engine_.outstanding() > 0 && engine_.wait()) {
  }
  ahead_.clear();
}

std::optional<Executor::Execution> Executor::answered_ahead(const CommandText& command) {
  const bool posted =
      engine_.outstanding() > 0 && !ahead_.empty() && ahead_.front() == command.whole.data();
  if (!posted) {
    forget_ahead();
    return std::nullopt;
  }
  ahead_.pop_front();
  const auto reply = engine_.wait();
  if (!reply) return Execution{Outcome::engine_away};
  return Execution{reply->pending() ? Outcome::later : Outcome::done, reply->code()};
}

}  // namespace lintel::push
