// The loop: waits for the board, the storage thread, the peers and the signals, and lets the engine
// turn. The only place of the engine program that waits, once there is an engine (fire_watch.h).
#pragma once

#include "engine/api/server.h"
#include "engine/api/service.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"
#include "engine/daemon/engine.h"
#include "hal/board.h"

namespace lintel::daemon {

// Peers over the engine's socket.
class SocketPeers : public Peers {
 public:
  explicit SocketPeers(api::Server& server) : server_(server) {}
  bool reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) override {
    return server_.reply(peer, id, reply) == api::Server::Sent::sent;
  }
  bool notify(api::PeerId peer, const pb::Notice& notice) override {
    return server_.notify(peer, notice) == api::Server::Sent::sent;
  }
  [[nodiscard]] bool connected(api::PeerId peer) const override { return server_.connected(peer); }

 private:
  api::Server& server_;
};

// A descriptor that is readable when SIGTERM or SIGINT came. Call before any thread is started.
Result<UniqueFd> block_end_signals();

// Gives the calling thread the right of way over everything else on the box, where the system
// allows it.
void prefer_this_thread();

// Turns until a signal ends it or a restart is due; `service` hears of every turn.
Result<void> run(Engine& engine, hal::Board& board, api::Server& server,
                 const UniqueFd& end_signals, api::Service& service);

}  // namespace lintel::daemon
