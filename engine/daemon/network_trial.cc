#include "engine/daemon/network_trial.h"

#include <utility>

#include "engine/core/limits.h"

namespace lintel::daemon {

std::string command_name(const std::string& id, const std::string& digest) {
  return id.empty() ? std::string() : id + ' ' + digest;
}

void NetworkTrial::begin(NetworkChange change, Uptime now) {
  // What waits to be handed over still has to be, whatever joins it.
  const bool moves = change.moves || (phase_ == Phase::waiting && change_.moves);
  change_ = std::move(change);
  change_.moves = moves;
  phase_ = Phase::waiting;
  at_ = now + limits::network_handed_over_after;
  was_offline_ = !online_;
}

void NetworkTrial::resume(NetworkChange change, Uptime now) {
  change_ = std::move(change);
  online_ = true;  // for all that is known: over what was before
  was_offline_ = false;
  phase_ = Phase::waiting;
  at_ = now;
}

void NetworkTrial::result_delivered(const std::string& command, Uptime now) {
  if (phase_ == Phase::waiting && !command.empty() && command == change_.command) at_ = now;
}

bool NetworkTrial::link(bool online) {
  online_ = online;
  if (phase_ == Phase::none) return false;
  if (!online) {
    was_offline_ = true;
    return false;
  }
  // Before the system is told, a link proves nothing about what it will be told.
  const bool counts = phase_ == Phase::on_trial || !change_.moves;
  if (!counts || !was_offline_ || !change_.reversible) return false;
  phase_ = Phase::none;
  return true;
}

NetworkTrial::Due NetworkTrial::due(Uptime now) {
  if (phase_ == Phase::none || at_ > now) return Due::nothing;
  if (phase_ == Phase::on_trial) {
    phase_ = Phase::none;
    return Due::take_back;
  }
  phase_ = change_.reversible ? Phase::on_trial : Phase::none;
  at_ = now + limits::network_taken_back_after;
  if (change_.moves) was_offline_ = !online_;
  return Due::hand_over;
}

std::optional<Uptime> NetworkTrial::deadline() const {
  return phase_ == Phase::none ? std::nullopt : std::optional(at_);
}

}  // namespace lintel::daemon
