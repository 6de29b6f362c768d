#include "engine/api/server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "engine/base/log.h"
#include "engine/core/limits.h"

namespace lintel::api {
namespace {

constexpr std::uint64_t listener_tag = 0;  // peers count from 1

// A hello is a few bytes. Whoever has no role yet may be any local user, and gets no more memory.
constexpr std::size_t hello_bytes_max = 1024;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(Errc::invalid, "the socket path \"" + path + "\" must have 1 to 107 bytes");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool somebody_listens(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EAGAIN;
}

// A socket file that a killed engine has left is replaced; anything else at the path is a mistake
// in the configuration, and not ours to remove.
Result<void> make_room_at(const std::string& path) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return {};
  if (!S_ISSOCK(file.st_mode)) {
    return fail(Errc::invalid,
                path + " exists and is not a socket; set [api] socket to another path");
  }
  ::unlink(path.c_str());
  return {};
}

pb::Reply refusal(std::string text) {
  pb::Reply reply;
  reply.set_code(-8);  // appendix 1: unauthorized connection
  reply.set_error(std::move(text));
  return reply;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const std::string& path, RoleUsers users) {
  auto address = address_of(path);
  if (!address) return fail(std::move(address).error());
  if (somebody_listens(*address)) {
    return fail(Errc::busy, "another engine already serves " + path +
                                "; stop it, or set [api] socket to another path");
  }
  std::unique_ptr<Server> server(new Server(std::move(users)));
  if (auto room = make_room_at(path); !room) return fail(std::move(room).error());
  server->listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  server->epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!server->listener_ || !server->epoll_)
    return fail(Errc::io, std::string("make a socket: ") + std::strerror(errno));
  if (::bind(server->listener_.get(), reinterpret_cast<const sockaddr*>(&*address),
             sizeof *address) != 0) {
    return fail(Errc::io, "listen at " + path + ": " + std::strerror(errno));
  }
  server->path_ = path;  // ours to unlink from here on
  // Every local user may connect; what one may ask is decided by who he is (SO_PEERCRED).
  if (::chmod(path.c_str(), 0666) != 0 || ::listen(server->listener_.get(), 16) != 0) {
    return fail(Errc::io, "listen at " + path + ": " + std::strerror(errno));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = listener_tag;
  ::epoll_ctl(server->epoll_.get(), EPOLL_CTL_ADD, server->listener_.get(), &event);
  return server;
}

Server::~Server() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void Server::accept_peers() {
  for (;;) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) return;
    if (peers_.size() >= limits::api_peers_max) {
      log_warning("api", "a peer was turned away: as many as allowed are connected");
      continue;
    }
    ucred who{};
    socklen_t bytes = sizeof who;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &bytes) != 0) continue;
    Peer peer;
    peer.id = ++last_peer_;
    peer.fd = std::move(fd);
    peer.user = who.uid;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = peer.id;
    peer.armed = event.events;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, peer.fd.get(), &event);
    peers_.emplace(peer.id, std::move(peer));
  }
}

void Server::ready(std::vector<Incoming>& requests) {
  epoll_event events[limits::api_peers_max + 1];
  const int count = ::epoll_wait(epoll_.get(), events, std::size(events), 0);
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 == listener_tag) {
      accept_peers();
      continue;
    }
    // The event is packed: nothing may be bound to its number.
    const PeerId id = events[i].data.u64;
    const auto found = peers_.find(id);
    if (found == peers_.end()) continue;
    Peer& peer = found->second;
    // With all its requests handed on, nothing is read that would show that it has left, and the
    // loop would be woken for it again and again.
    const bool left = (events[i].events & (EPOLLHUP | EPOLLERR)) != 0;
    bool here = !left || peer.unanswered < requests_at_once;
    if (here && (events[i].events & EPOLLOUT) != 0)
      here = flush(peer) && take_frames(peer, requests);
    if (here && (left || (events[i].events & EPOLLIN) != 0)) here = read_from(peer, requests);
    if (!here) {
      peers_.erase(found);
      continue;
    }
    arm(peer);
  }
}

bool Server::read_from(Peer& peer, std::vector<Incoming>& requests) {
  if (!take_frames(peer, requests)) return false;
  if (peer.unanswered >= requests_at_once) return true;
  char buffer[64 << 10];
  const bool stranger = peer.role == pb::ROLE_NONE;
  const auto got =
      ::recv(peer.fd.get(), buffer, stranger ? hello_bytes_max : sizeof buffer, MSG_DONTWAIT);
  if (got == 0) return false;
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  peer.reader.feed({buffer, static_cast<std::size_t>(got)});
  if (!take_frames(peer, requests)) return false;
  if (peer.role != pb::ROLE_NONE || peer.reader.waiting() < hello_bytes_max) return true;
  log_warning("api", "hanging up on a peer that sends much before it has said hello");
  return false;
}

bool Server::take_frames(Peer& peer, std::vector<Incoming>& requests) {
  FrameReader::Frame frame;
  peer.held_back = false;
  while (peer.unanswered < requests_at_once) {
    auto whole = peer.reader.next(frame);
    if (!whole) {
      log_warning("api", "hanging up on a peer: " + whole.error().text);
      return false;
    }
    if (!*whole) return true;
    if (!is_request(frame.header.kind)) {
      log_warning("api", "hanging up on a peer that sent what only the engine may send");
      return false;
    }
    if (peer.role == pb::ROLE_NONE) {
      if (!greet(peer, frame)) return false;
      continue;
    }
    ++peer.unanswered;
    requests.push_back(
        {peer.id, peer.role, frame.header.kind, frame.header.id, std::move(frame.body)});
  }
  peer.held_back = true;
  return true;
}

bool Server::greet(Peer& peer, const FrameReader::Frame& frame) {
  pb::Request request;
  const bool hello = frame.body.size() < hello_bytes_max && request.ParseFromString(frame.body) &&
                     request.has_hello();
  pb::Reply reply;
  if (!hello) {
    reply = refusal("The first request must be a hello that names a role.");
  } else if (request.hello().api_version() != api_version) {
    reply =
        refusal("The engine speaks version " + std::to_string(api_version) +
                " of this interface, the other program does not; install both from one release.");
  } else {
    const auto role = request.hello().role();
    const auto user = users_.find(role);
    const bool trusted = peer.user == 0 || peer.user == ::geteuid();
    const bool allowed = role != pb::ROLE_NONE && pb::Role_IsValid(role) &&
                         (trusted || (user != users_.end() && user->second == peer.user));
    if (allowed) {
      peer.role = role;
    } else {
      reply = refusal("User " + std::to_string(peer.user) + " may not have this role.");
    }
  }
  append_frame(peer.out, FrameKind::reply, frame.header.id, reply);
  return flush(peer) && peer.role != pb::ROLE_NONE;
}

bool Server::flush(Peer& peer) {
  std::size_t sent_bytes = 0;
  while (sent_bytes < peer.out.size()) {
    const auto sent = ::send(peer.fd.get(), peer.out.data() + sent_bytes,
                             peer.out.size() - sent_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return false;
      break;
    }
    sent_bytes += static_cast<std::size_t>(sent);
  }
  peer.out.erase(0, sent_bytes);
  return true;
}

void Server::arm(Peer& peer) {
  const bool may_ask = peer.unanswered < requests_at_once;
  // Frames held back in the reader make no socket readable: asking to write wakes us for them.
  const bool wake = !peer.out.empty() || (may_ask && peer.held_back);
  const std::uint32_t wanted = (may_ask ? static_cast<std::uint32_t>(EPOLLIN) : 0u) |
                               (wake ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
  if (wanted == peer.armed) return;
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = peer.id;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, peer.fd.get(), &event);
  peer.armed = wanted;
}

Server::Sent Server::send(PeerId id, FrameKind kind, std::uint64_t request,
                          const google::protobuf::MessageLite& message) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return Sent::gone;
  Peer& peer = found->second;
  append_frame(peer.out, kind, request, message);
  if (!flush(peer) || peer.out.size() > limits::api_send_buffer_bytes_max) {
    log_warning("api", "hanging up on a peer that does not take its answers");
    peers_.erase(found);
    return Sent::gone;
  }
  arm(peer);
  return Sent::sent;
}

Server::Sent Server::reply(PeerId id, std::uint64_t request, const pb::Reply& reply) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return Sent::gone;
  if (found->second.unanswered > 0) --found->second.unanswered;
  return send(id, FrameKind::reply, request, reply);
}

Server::Sent Server::notify(PeerId id, const pb::Notice& notice) {
  return send(id, FrameKind::notice, 0, notice);
}

}  // namespace lintel::api
