#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "engine/base/unique_fd.h"
#include "engine/ctl/event_words.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

constexpr std::uint32_t events_per_pull = 500;
constexpr int connect_again_after_ms = 500;

void tell(const pb::StoredEvent& event) {
  print(column(printable(event.time()), 19) + column(std::to_string(event.index()), 7) +
        column(where_words(event), 10) + column(printable(event.what()), 42) +
        column(printable(who_words(event)), 10) + printable(event.why()));
}

// Tells what came after the cursor, and moves it.
class Teller {
 public:
  explicit Teller(std::uint64_t last) : last_(last) {}

  // The first time: the newest `last`. Later: all since then.
  Result<void> catch_up(api::Link& link) {
    auto newest = pull(link, 0, 1, true);
    if (!newest) return fail(std::move(newest).error());
    const std::uint64_t there = newest->last_index();
    if (!cursor_) cursor_ = there > last_ ? there - last_ : 0;
    if (there < *cursor_) {
      std::fputs("lintelctl: the engine has a new journal, with lower indexes\n", stderr);
      cursor_ = 0;
    }
    while (*cursor_ < there) {
      auto events = pull(link, *cursor_, events_per_pull, false);
      if (!events) return fail(std::move(events).error());
      if (events->event().empty()) break;
      for (const auto& event : events->event()) {
        tell(event);
        cursor_ = std::max(*cursor_, event.index());
      }
    }
    return {};
  }

 private:
  static Result<pb::Events> pull(api::Link& link, std::uint64_t after, std::uint32_t most,
                                 bool newest) {
    pb::Request request;
    request.mutable_pull_events()->set_after(after);
    request.mutable_pull_events()->set_most(most);
    request.mutable_pull_events()->set_newest(newest);
    auto reply = ask(link, request);
    if (!reply) return fail(std::move(reply).error());
    return std::move(*reply->mutable_events());
  }

  std::uint64_t last_;
  std::optional<std::uint64_t> cursor_;
};

// Readable once somebody wants the program to end.
Result<UniqueFd> end_signal() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  UniqueFd fd(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(Errc::io, std::string("wait for signals: ") + std::strerror(errno));
  return fd;
}

bool wait_for_end(const UniqueFd& end, int wait_ms) {
  pollfd wait{end.get(), POLLIN, 0};
  return ::poll(&wait, 1, wait_ms) > 0;
}

Result<void> subscribe(api::Link& link) {
  pb::Request request;
  request.mutable_subscribe()->set_events(true);
  auto reply = ask(link, request);
  if (!reply) return fail(std::move(reply).error());
  return {};
}

// True: the end is wanted. An error: the engine has left.
Result<bool> follow(api::Client& client, Teller& teller, const UniqueFd& end) {
  if (auto done = subscribe(client); !done) return fail(std::move(done).error());
  if (auto done = teller.catch_up(client); !done) return fail(std::move(done).error());
  for (;;) {
    auto notice = client.next_notice(std::chrono::milliseconds(0));
    if (!notice) return fail(std::move(notice).error());
    if (*notice) {
      if (auto done = teller.catch_up(client); !done) return fail(std::move(done).error());
      continue;
    }
    pollfd waits[] = {{client.fd(), POLLIN, 0}, {end.get(), POLLIN, 0}};
    if (::poll(waits, 2, -1) > 0 && waits[1].revents != 0) return true;
  }
}

// The engine once it is there again; nothing: the end is wanted.
std::unique_ptr<api::Client> come_back(const std::string& socket, const UniqueFd& end) {
  while (!wait_for_end(end, connect_again_after_ms)) {
    if (auto client = connect(socket)) return std::move(*client);
  }
  return nullptr;
}

}  // namespace

Result<void> tell_events(const std::string& socket, const EventsCall& call) {
  auto connected = connect(socket);
  if (!connected) return fail(std::move(connected).error());
  auto client = std::move(*connected);
  Teller teller(call.last);
  if (!call.follow) return teller.catch_up(*client);
  auto end = end_signal();
  if (!end) return fail(std::move(end).error());
  while (client) {
    auto done = follow(*client, teller, *end);
    if (done) return {};
    const bool away = done.error().code == Errc::gone || done.error().code == Errc::timeout;
    if (!away) return fail(std::move(done).error());
    std::fputs("lintelctl: the engine has left; waiting for it to come back\n", stderr);
    client = come_back(socket, *end);
    if (client) std::fputs("lintelctl: the engine is back\n", stderr);
  }
  return {};
}

}  // namespace lintel::ctl
