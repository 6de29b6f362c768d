#include "tests/push/raw_crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace lintel::push {

using Time = std::chrono::steady_clock;

struct RawCrowd::Peer {
  UniqueFd socket;
  std::string heard{};
  const Script* script = nullptr;  // that is being said
  std::size_t said = 0;
  Time::time_point next{};
};

RawCrowd::RawCrowd(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
  listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 1024) != 0) std::abort();
  ::getsockname(listener_.get(), any, &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

RawCrowd::~RawCrowd() {
  ending_ = true;
  thread_.join();
}

std::vector<std::string> RawCrowd::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void RawCrowd::serve() {
  constexpr int look_every_ms = 5;  // for drips, and for the end
  while (!ending_) {
    std::vector<pollfd> watched{{listener_.get(), POLLIN, 0}};
    for (const Peer& peer : peers_) {
      const bool speaks = peer.script != nullptr && peer.script->drip.count() == 0;
      watched.push_back(
          {peer.socket.get(), static_cast<short>(POLLIN | (speaks ? POLLOUT : 0)), 0});
    }
    if (::poll(watched.data(), watched.size(), look_every_ms) < 0) continue;
    for (std::size_t at = 0; at < peers_.size(); ++at) {
      Peer& peer = peers_[at];
      if ((watched[at + 1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !take(peer)) {
        peer.socket.reset();
      }
      if (peer.socket && peer.script != nullptr && !say(peer)) end(peer);
    }
    peers_.erase(
        std::remove_if(peers_.begin(), peers_.end(), [](const Peer& p) { return !p.socket; }),
        peers_.end());
    if (watched[0].revents != 0) accept_one();
  }
}

void RawCrowd::accept_one() {
  UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) return;
  ++connections_;
  peers_.push_back({std::move(socket)});
  if (!scripts_.empty() && scripts_[0].at_once) peers_.back().script = &scripts_[0];
}

bool RawCrowd::take(Peer& peer) {
  char buffer[4096];
  const auto count = ::recv(peer.socket.get(), buffer, sizeof buffer, 0);
  if (count == 0) return false;
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  peer.heard.append(buffer, static_cast<std::size_t>(count));
  const auto head = peer.heard.find("\r\n\r\n");
  if (head == std::string::npos) return true;
  const auto number = peer.heard.find("n=");
  const auto script =
      number < head ? std::strtoul(peer.heard.c_str() + number + 2, nullptr, 10) : 0;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(peer.heard.substr(0, head));
  }
  peer.heard.clear();
  if (script >= scripts_.size()) return false;
  peer.script = &scripts_[script];
  peer.said = 0;
  return true;
}

// False: the script is at its end.
bool RawCrowd::say(Peer& peer) {
  const Script& script = *peer.script;
  const bool again = peer.said >= script.bytes.size() && script.then == Script::Then::repeat;
  const std::string& text = again ? script.again : script.bytes;
  const std::size_t from = again ? (peer.said - script.bytes.size()) % text.size() : peer.said;
  if (from >= text.size()) return false;
  if (script.drip.count() > 0) {
    if (Time::now() < peer.next) return true;
    peer.next = Time::now() + script.drip;
  }
  const std::size_t most = script.drip.count() > 0 ? 1 : text.size() - from;
  const auto count = ::send(peer.socket.get(), text.data() + from, most, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  peer.said += static_cast<std::size_t>(count);
  return again || peer.said < text.size() || script.then == Script::Then::repeat;
}

void RawCrowd::end(Peer& peer) {
  const auto then = peer.script->then;
  peer.script = nullptr;
  if (then == Script::Then::hold || then == Script::Then::repeat) return;
  if (then == Script::Then::reset) {
    const linger at_once{1, 0};
    ::setsockopt(peer.socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  peer.socket.reset();
}

}  // namespace lintel::push
