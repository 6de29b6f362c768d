// The engine's end of its socket: accepts peers, knows who they are, cuts frames, never waits.
//
// One thread owns it: the loop. fd() is readable when ready() has something to do. A peer whose
// send buffer is full is hung up on; it reconnects and goes on from its cursor. A peer has at most
// `requests_at_once` unanswered requests: what it sends beyond that stays in the socket.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/api/frame.h"
#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace lintel::api {

using PeerId = std::uint64_t;  // never used again

struct Incoming {
  PeerId peer = 0;
  pb::Role role{};
  FrameKind kind{};
  std::uint64_t id = 0;
  std::string body;  // a pb::Request, not parsed yet
};

// Which user IDs may take a role, besides root and the engine's own user, which may take each.
using RoleUsers = std::map<pb::Role, uid_t>;

class Server {
 public:
  inline static constexpr std::size_t requests_at_once = 4;

  // Listens at the path. A stale socket file is replaced; busy: another engine serves it.
  static Result<std::unique_ptr<Server>> open(const std::string& path, RoleUsers users);
  ~Server();

  [[nodiscard]] int fd() const { return epoll_.get(); }
  // Accepts, reads, writes what is possible now, and appends whole requests of peers that have a
  // role. Bounded work: a busy peer gets its next turn with the next call.
  void ready(std::vector<Incoming>& requests);

  //   sent   it is in the peer's queue; forget it
  //   gone   the peer has left, or was too slow and has been hung up on; drop everything for it
  enum class Sent { sent, gone };
  Sent reply(PeerId peer, std::uint64_t id, const pb::Reply& reply);
  Sent notify(PeerId peer, const pb::Notice& notice);
  [[nodiscard]] bool connected(PeerId peer) const { return peers_.contains(peer); }

 private:
  struct Peer {
    PeerId id = 0;
    UniqueFd fd;
    uid_t user = 0;
    pb::Role role = pb::ROLE_NONE;
    FrameReader reader;
    std::string out;
    std::size_t unanswered = 0;
    bool held_back = false;  // frames may lie in the reader, kept there by requests_at_once
    std::uint32_t armed = 0;
  };

  explicit Server(RoleUsers users) : users_(std::move(users)) {}
  void accept_peers();
  // False: the peer is gone.
  bool read_from(Peer& peer, std::vector<Incoming>& requests);
  bool take_frames(Peer& peer, std::vector<Incoming>& requests);
  bool greet(Peer& peer, const FrameReader::Frame& frame);
  bool flush(Peer& peer);
  void arm(Peer& peer);
  Sent send(PeerId peer, FrameKind kind, std::uint64_t id,
            const google::protobuf::MessageLite& message);

  RoleUsers users_;
  std::string path_;
  UniqueFd epoll_;
  UniqueFd listener_;
  std::map<PeerId, Peer> peers_;
  PeerId last_peer_ = 0;
};

}  // namespace lintel::api
