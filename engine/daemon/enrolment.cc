#include "engine/daemon/enrolment.h"

#include <algorithm>
#include <utility>

#include "engine/core/limits.h"

namespace lintel::daemon {

void Enrolment::begin(pb::Enroll request, Uptime now) {
  tries_left_ = 1 + std::min(request.retries(), limits::enrolment_retries_max);
  request_ = std::move(request);
  try_ends_ = now + limits::enrolment_try;
}

Enrolment::Card Enrolment::card(CardNo card, const People::CardOwner& owner, Uptime now) {
  if (owner.person && owner.person->user.pin.view() != request_.pin()) return Card::other;
  if (card.value == 0) {  // stands for "no card" everywhere: nobody can have it
    try_failed(now);
    return Card::failed;
  }
  tries_left_ = 0;
  return Card::taken;
}

void Enrolment::unreadable(Uptime now) {
  try_failed(now);
}

bool Enrolment::time_passed(Uptime now) {
  if (!waiting() || try_ends_ > now) return false;
  try_failed(now);
  return !waiting();
}

void Enrolment::try_failed(Uptime now) {
  --tries_left_;
  try_ends_ = now + limits::enrolment_try;
}

std::optional<Uptime> Enrolment::deadline() const {
  return waiting() ? std::optional(try_ends_) : std::nullopt;
}

}  // namespace lintel::daemon
