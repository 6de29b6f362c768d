#include "hal/guard/guard.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/base/log.h"

namespace lintel::guard {
namespace {

Result<UniqueFd> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(Errc::invalid, path + " is too long for a socket's name");
  path.copy(address.sun_path, path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  ::unlink(path.c_str());  // of a guard before
  if (fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::chmod(path.c_str(), 0666) == 0 && ::listen(fd.get(), 4) == 0)
    return fd;
  return fail(Errc::io, "serve at " + path + ": " + std::strerror(errno));
}

// Who may be guarded: whoever has the locks. Anybody may knock; the kernel says who it is.
bool may_come(int socket, unsigned user) {
  ucred who{};
  socklen_t size = sizeof who;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
         (who.uid == 0 || who.uid == user);
}

Result<UniqueFd> end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(Errc::io, std::string("make a signalfd: ") + std::strerror(errno));
  return fd;
}

Result<UniqueFd> ticks() {
  UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec every{};
  every.it_value.tv_nsec = every.it_interval.tv_nsec =
      std::chrono::nanoseconds(looks_every).count();
  if (fd && ::timerfd_settime(fd.get(), 0, &every, nullptr) == 0) return fd;
  return fail(Errc::io, std::string("make a timer: ") + std::strerror(errno));
}

}  // namespace

bool Guard::connected(int socket) {
  std::vector<const HeldLines*> all;
  for (const auto& request : held_)
    all.push_back(&request);
  return send(socket, Kind::held, all, -1).has_value();
}

bool Guard::heard(int socket, std::uint64_t now_ns) {
  auto message = receive(socket);
  if (!message || message->kind != Kind::watch) return false;
  auto page = map_page(message->page.get());
  if (!page) return false;
  // What the engine did not take over it has asked for anew: ours would be the second holder.
  held_ = std::move(message->requests);
  page_ = std::move(page);
  look(now_ns);
  return send(socket, Kind::watching, {}, -1).has_value();
}

void Guard::left() {
  if (!page_) return;
  const auto kept = page_->kept_open.load();
  rest(kept);
  log_warning("guard", kept == 0 ? "the engine is gone: every lock is at rest"
                                 : "the engine is gone: every lock is at rest but those that fire "
                                   "or an emergency holds open");
  page_.reset();
}

void Guard::look(std::uint64_t now_ns) {
  if (!page_) return;
  const auto kept = page_->kept_open.load();
  if ((page_->driven.load() & ~kept) == 0) return;
  // The engine notes the time before it drives: whatever is driven has a time that counts.
  const auto turned = page_->turned_at.load();
  if (now_ns < turned + std::chrono::nanoseconds(stale_after).count()) return;
  rest(kept);
  page_->rested.fetch_add(1);
}

void Guard::rest(std::uint32_t but) {
  for (const auto& request : held_) {
    std::uint64_t mask = 0, active = 0;
    for (std::size_t i = 0; i < request.lines.lines.size(); ++i) {
      const auto& line = request.lines.lines[i];
      if ((but >> (line.door - 1) & 1) != 0) continue;
      mask |= std::uint64_t{1} << i;
      if (line.rests_active) active |= std::uint64_t{1} << i;
    }
    if (mask == 0) continue;
    if (auto set = set_(request.fd.get(), mask, active); !set)
      log_error("guard", "locks of " + request.lines.chip + ": " + set.error().text);
  }
}

Result<void> serve(const std::string& socket_path, unsigned user) {
  auto listener = listen_at(socket_path);
  if (!listener) return fail(std::move(listener).error());
  auto signals = end_signals();
  if (!signals) return fail(std::move(signals).error());
  auto timer = ticks();
  if (!timer) return fail(std::move(timer).error());
  Guard guard(set_lines);
  UniqueFd engine;
  log_info("guard", "watching at " + socket_path);
  for (;;) {
    pollfd waits[] = {{signals->get(), POLLIN, 0},
                      {timer->get(), POLLIN, 0},
                      {engine.get(), POLLIN, 0},  // -1: passed over
                      {listener->get(), POLLIN, 0}};
    if (::poll(waits, std::size(waits), -1) < 0 && errno != EINTR)
      return fail(Errc::io, std::string("wait: ") + std::strerror(errno));
    if (waits[0].revents != 0) {
      guard.left();
      return {};
    }
    if (waits[2].revents != 0 && !guard.heard(engine.get(), monotonic_ns())) {
      guard.left();
      engine.reset();
    }
    if (waits[1].revents != 0) {
      std::uint64_t count = 0;
      static_cast<void>(::read(timer->get(), &count, sizeof count) == sizeof count);
      guard.look(monotonic_ns());
    }
    if (waits[3].revents == 0) continue;
    UniqueFd newcomer(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!newcomer) continue;
    if (!may_come(newcomer.get(), user)) {
      log_warning("guard", "somebody who does not own the locks has come and is sent away");
      continue;
    }
    // There is one engine: the newer one. The lines of the older are at rest first.
    guard.left();
    engine = std::move(newcomer);
    if (!guard.connected(engine.get())) engine.reset();
  }
}

}  // namespace lintel::guard
