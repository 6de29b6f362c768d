#include "hal/line_socket.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/base/check.h"

namespace lintel::hal {
namespace {

constexpr LineSocket::PeerId listener_key = 0;
constexpr LineSocket::PeerId wake_key = 1;

tl::unexpected<Error> io_error(std::string_view what) {
  const int error = errno;
  return fail(Errc::io, std::string(what) + ": " + std::system_category().message(error));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return fail(Errc::invalid, "the path of a socket has 1 to " +
                                   std::to_string(sizeof(address.sun_path) - 1) +
                                   " bytes; this one has " + std::to_string(path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd stream_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Leaves the path free, or says why it is not.
Result<void> clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return io_error("look at the socket file");
  }
  if (!S_ISSOCK(status.st_mode)) {
    return fail(Errc::invalid,
                "something else than a socket lies there; remove it or name another path");
  }
  const auto probe = stream_socket();
  if (!probe) return io_error("make a socket");
  if (::connect(probe.get(), generic(address), sizeof(address)) == 0 || errno == EAGAIN) {
    return fail(Errc::busy, "another process listens there; end it or name another path");
  }
  if (errno != ECONNREFUSED) return io_error("try the socket that lies there");
  if (::unlink(path.c_str()) != 0) return io_error("remove the stale socket file");
  return {};
}

Result<UniqueFd> listen_at(const std::string& path) {
  auto address = address_of(path);
  if (!address) return fail(std::move(address).error());
  if (auto clear = clear_path(path, *address); !clear) return fail(std::move(clear).error());
  auto listener = stream_socket();
  if (!listener) return io_error("make a socket");
  // Before bind(), so that the file never has another mode.
  if (::fchmod(listener.get(), 0600) != 0) return io_error("set the mode of the socket");
  if (::bind(listener.get(), generic(*address), sizeof(*address)) != 0) {
    return io_error("bind the socket");
  }
  if (::listen(listener.get(), static_cast<int>(LineSocket::peers_max)) != 0) {
    return io_error("listen on the socket");
  }
  return listener;
}

}  // namespace

Result<std::unique_ptr<LineSocket>> LineSocket::open(const std::string& path) {
  auto listener = listen_at(path);
  if (!listener) return fail(std::move(listener).error().during(path));
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  UniqueFd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll || !wake) return io_error("make an epoll and an event descriptor");
  std::unique_ptr<LineSocket> opened(
      new LineSocket(std::move(epoll), std::move(*listener), std::move(wake), path));
  if (auto watched = opened->watch_own_descriptors(); !watched) {
    return fail(std::move(watched).error());
  }
  return opened;
}

LineSocket::LineSocket(UniqueFd epoll, UniqueFd listener, UniqueFd wake, std::string path)
    : epoll_(std::move(epoll)),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      path_(std::move(path)) {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

LineSocket::~LineSocket() {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

Result<void> LineSocket::watch_own_descriptors() {
  epoll_event event{};
  // Edge-triggered: when no descriptor is left for a connection, it waits without waking us for
  // ever.
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = listener_key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event) != 0) {
    return io_error("watch the socket");
  }
  event.events = EPOLLIN;
  event.data.u64 = wake_key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return io_error("watch the event descriptor");
  }
  return {};
}

void LineSocket::poll() {
  std::array<epoll_event, peers_max + 2> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (event.data.u64 == listener_key) {
      accept_all();
      continue;
    }
    if (event.data.u64 == wake_key) {
      eventfd_t woken = 0;
      ::eventfd_read(wake_.get(), &woken);
      continue;
    }
    const std::uint64_t key = event.data.u64;  // a copy: the event is packed
    const auto peer = peers_.find(key);
    if (peer == peers_.end()) continue;
    if ((event.events & EPOLLIN) != 0) {
      receive(peer);  // also from a peer that has left: what it asked for last is done
    } else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {
      peers_.erase(peer);
    } else if (flush(peer)) {
      settle(peer);
    }
  }
}

void LineSocket::accept_all() {
  while (true) {
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    if (peers_.size() >= peers_max) {
      const std::string text = "error There are already " + std::to_string(peers_max) +
                               " connections, which is as many as there may be.\n";
      ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = ++last_peer_;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) continue;
    Peer peer;
    peer.fd = std::move(fd);
    peer.events = event.events;
    peers_.emplace(last_peer_, std::move(peer));
  }
}

void LineSocket::receive(Peers::iterator at) {
  Peer& peer = at->second;
  std::array<char, line_bytes_max + 1> bytes{};
  const auto got = ::recv(peer.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) peers_.erase(at);
    return;
  }
  if (got == 0) peer.finished = true;
  peer.in.append(bytes.data(), static_cast<std::size_t>(got));
  settle(at);
}

std::optional<LineSocket::Line> LineSocket::next() {
  auto at = peers_.upper_bound(last_served_);
  for (std::size_t i = 0; i < peers_.size(); ++i, ++at) {
    if (at == peers_.end()) at = peers_.begin();
    Peer& peer = at->second;
    const auto end = peer.in.find('\n');
    if (peer.waiting || end == std::string::npos) continue;
    Line line{.peer = at->first, .text = peer.in.substr(0, end)};
    peer.in.erase(0, end + 1);
    peer.waiting = true;
    last_served_ = at->first;
    settle(at);
    return line;
  }
  return std::nullopt;
}

void LineSocket::answer(PeerId id, std::string_view text) {
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  at->second.waiting = false;
  if (send(at, text)) settle(at);
}

void LineSocket::wake_if_lines() {
  for (const auto& [id, peer] : peers_) {
    if (peer.waiting || !peer.has_line()) continue;
    DOOR_CHECK(::eventfd_write(wake_.get(), 1) == 0);
    return;
  }
}

void LineSocket::watch(PeerId id) {
  if (const auto at = peers_.find(id); at != peers_.end()) at->second.watching = true;
}

void LineSocket::tell_watchers(std::string_view text) {
  for (auto at = peers_.begin(); at != peers_.end();) {
    const auto peer = at++;
    if (peer->second.watching && send(peer, text)) settle(peer);
  }
}

bool LineSocket::send(Peers::iterator at, std::string_view text) {
  Peer& peer = at->second;
  if (peer.out.size() + text.size() + 1 > unread_bytes_max) {
    peers_.erase(at);
    return false;
  }
  peer.out.append(text).push_back('\n');
  return flush(at);
}

bool LineSocket::flush(Peers::iterator at) {
  Peer& peer = at->second;
  while (!peer.out.empty()) {
    const auto sent =
        ::send(peer.fd.get(), peer.out.data(), peer.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return true;
    if (sent < 0) {
      peers_.erase(at);
      return false;
    }
    peer.out.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

bool LineSocket::settle(Peers::iterator at) {
  Peer& peer = at->second;
  const bool too_long = std::min(peer.in.find('\n'), peer.in.size()) > line_bytes_max;
  if (too_long && !peer.waiting) {
    peer.in.clear();
    if (send(at, "error A line may have at most " + std::to_string(line_bytes_max) + " bytes.")) {
      peers_.erase(at);
    }
    return false;
  }
  const bool idle = !peer.waiting && !peer.has_line() && peer.out.empty();
  if (peer.finished && idle && !peer.watching) {
    peers_.erase(at);
    return false;
  }
  epoll_event event{};
  event.data.u64 = at->first;
  // One request at a time: what a peer sends meanwhile stays in its socket.
  if (!peer.finished && idle) event.events |= EPOLLIN;
  if (!peer.out.empty()) event.events |= EPOLLOUT;
  if (event.events == peer.events) return true;
  peer.events = event.events;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, peer.fd.get(), &event) != 0) {
    peers_.erase(at);
    return false;
  }
  return true;
}

}  // namespace lintel::hal
