#include "engine/daemon/loop.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "engine/base/log.h"

namespace lintel::daemon {
namespace {

constexpr int realtime_priority = 20;
constexpr long long wait_ms_max = 60'000;

Result<void> watch(const UniqueFd& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return fail(Errc::io, std::string("watch a descriptor: ") + std::strerror(errno));
}

int wait_ms(const Engine& engine, hal::Board& board, const api::Service& service) {
  const auto most = std::min<long long>(
      wait_ms_max, service.turn_within().value_or(std::chrono::milliseconds(wait_ms_max)).count());
  const auto due = engine.deadline();
  if (!due) return static_cast<int>(most);
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*due - board.clock().now().uptime).count();
  return static_cast<int>(std::clamp<long long>(left, 0, most));
}

}  // namespace

Result<UniqueFd> block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (::pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return fail(Errc::io, "block signals");
  UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(Errc::io, std::string("make a signalfd: ") + std::strerror(errno));
  return fd;
}

void prefer_this_thread() {
  sched_param parameters{};
  parameters.sched_priority = realtime_priority;
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0) return;
  log_info("engine",
           "no real-time priority for the decisions: the system does not allow it (RLIMIT_RTPRIO)");
}

Result<void> run(Engine& engine, hal::Board& board, api::Server& server,
                 const UniqueFd& end_signals, api::Service& service) {
  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {board.fd(), server.fd(), engine.storage_fd(), end_signals.get()}) {
    if (auto watched = watch(epoll, fd); !watched) return watched;
  }
  std::vector<api::Incoming> requests;
  engine.turn();  // what came before there was an engine
  while (!engine.restart_due()) {
    epoll_event events[4];
    const int count = ::epoll_wait(epoll.get(), events, 4, wait_ms(engine, board, service));
    if (count < 0 && errno != EINTR)
      return fail(Errc::io, std::string("wait: ") + std::strerror(errno));
    engine.turn();  // the doors first
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == end_signals.get()) return {};
      if (events[i].data.fd != server.fd()) continue;
      server.ready(requests);
      for (auto& request : requests)
        engine.take(std::move(request));
      requests.clear();
      engine.turn();
    }
    service.turned();
  }
  return {};
}

}  // namespace lintel::daemon
