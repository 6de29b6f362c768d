// lintel-push: the conversation with the PUSH server. No GPIO, no database: what is done is done by
// the engine. It keeps nothing that would be lost, so it may be killed at any moment.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/api/client.h"
#include "engine/api/config.h"
#include "engine/api/service.h"
#include "engine/base/log.h"
#include "push/conversation.h"
#include "push/downloader.h"
#include "push/http.h"
#include "push/limits.h"
#include "push/uploader.h"

namespace lintel::push {
namespace {

using std::chrono::milliseconds;

Uptime uptime() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Uptime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

std::chrono::nanoseconds until(Uptime time) {
  return std::max(std::chrono::nanoseconds(0), time - uptime());
}

// What servers are verified against and what we show them, read once and shared by the lanes. Any
// thread.
class Roots {
 public:
  explicit Roots(TlsSettings settings) : settings_(std::move(settings)) {}
  // Null: they cannot be read.
  std::shared_ptr<const HttpTransport::Tls> get() {
    const std::lock_guard lock(mutex_);
    if (tls_) return tls_;
    auto made = HttpTransport::make_tls(settings_);
    if (made) {
      tls_ = *std::move(made);
    } else {
      complaint_ = made.error().text;
    }
    return tls_;
  }
  // REQUIRES: get() has returned null.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  TlsSettings settings_;
  std::mutex mutex_;
  std::shared_ptr<const HttpTransport::Tls> tls_;
  std::string complaint_;
};

constexpr std::size_t lane_count = 3;

// Whether a lane is at work since when; for the watchdog. A step may take its time limits, and no
// longer.
class Pace {
 public:
  template <class Step>
  auto during(const Step& step) {
    began_ = uptime().time_since_epoch().count();
    const auto next = step();
    began_ = 0;
    return next;
  }
  [[nodiscard]] bool lives() const {
    const auto began = began_.load();
    return began == 0 || uptime().time_since_epoch() - Uptime::duration(began) < limits::step_max;
  }

 private:
  std::atomic<Uptime::rep> began_ = 0;  // 0: it waits
};

void converse(Conversation::Setup setup, Session& session, Pace& pace) {
  Conversation conversation(std::move(setup), session);
  while (!session.stopped()) {
    session.wait(until(pace.during([&] { return conversation.step(); })));
  }
}

// A lane that waits for the engine's notices: Uploader or Downloader.
template <class Lane>
void serve(typename Lane::Setup setup, Session& session, Pace& pace) {
  Lane lane(std::move(setup), session);
  while (!session.stopped()) {
    const auto wait = std::min<std::chrono::nanoseconds>(
        until(pace.during([&] { return lane.step(); })), limits::upload_wait_max);
    if (!lane.wait(wait))
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(wait, milliseconds(100)));
  }
}

// Blocks until the service manager or a person wants us to end; tells the manager meanwhile that
// the lanes live.
void wait_for_signal(const sigset_t& signals, api::Service& service,
                     const std::array<Pace, lane_count>& paces) {
  const auto every = service.turn_within().value_or(milliseconds(60'000)) / 2;
  const timespec wait{.tv_sec = every.count() / 1000, .tv_nsec = every.count() % 1000 * 1'000'000};
  while (sigtimedwait(&signals, nullptr, &wait) < 0) {
    if (std::all_of(paces.begin(), paces.end(), [](const Pace& pace) { return pace.lives(); }))
      service.turned();
  }
}

int run(const api::Config& config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error of the write, not our end

  // The files are read at once where they are sure to be needed, so that a wrong one is told by
  // exit 2; else the system's roots when the server first sets an https address: they take 2 MiB.
  const TlsSettings settings{config.ca_file, config.pinned_certificate, config.client_certificate,
                             config.client_key};
  Roots roots(settings);
  const bool needed = !(settings == TlsSettings{}) || config.server.compare(0, 6, "https:") == 0;
  if (needed && !roots.get()) {
    std::fprintf(stderr, "lintel-push: %s\n", roots.complaint().c_str());
    return 2;
  }
  const TransportFactory transports = [&roots](const ServerAddress& address) {
    return std::make_unique<HttpTransport>(address, address.tls ? roots.get() : nullptr);
  };
  const api::LinkFactory engine = [socket = config.socket]() -> Result<std::unique_ptr<api::Link>> {
    return api::Client::connect(socket, pb::ROLE_PUSH);
  };
  const auto seed = std::hash<std::string>()(config.serial) ^
                    static_cast<std::uint64_t>(uptime().time_since_epoch().count());
  Session session;
  std::atomic<std::size_t> lanes = lane_count;
  std::array<Pace, lane_count> paces;
  std::thread([&] {
    converse({.serial = config.serial,
              .configured = parse_address(config.server),
              .transports = transports,
              .engine = engine,
              .clock = uptime,
              .seed = seed,
              .encryption = config.encryption == "on",
              .security_level = static_cast<unsigned>(std::stoul(config.security_level))},
             session, paces[0]);
    --lanes;
  }).detach();
  std::thread([&] {
    serve<Uploader>({.serial = config.serial,
                     .transports = transports,
                     .engine = engine,
                     .clock = uptime,
                     .seed = ~seed},
                    session, paces[1]);
    --lanes;
  }).detach();
  std::thread([&] {
    serve<Downloader>({.serial = config.serial,
                       .transports = transports,
                       .engine = engine,
                       .clock = uptime,
                       .seed = seed * 3},
                      session, paces[2]);
    --lanes;
  }).detach();

  api::Service service;
  service.ready();
  wait_for_signal(signals, service, paces);
  log_info("push", "ending");
  session.stop();
  for (const Uptime end = uptime() + limits::ending_max; lanes > 0 && uptime() < end;) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  // A lane may still hang in an exchange. There is nothing to lose, so nothing is waited for.
  ::_exit(0);
}

int main_with(int count, char** arguments) {
  if (count != 3 || std::string(arguments[1]) != "--config") {
    std::fprintf(stderr, "usage: lintel-push --config FILE\n");
    return 2;
  }
  const auto config = api::read_config(arguments[2]);
  if (!config) {
    std::fprintf(stderr, "lintel-push: %s\n", config.error().text.c_str());
    return 2;
  }
  if (!config->server.empty() && !parse_address(config->server)) {
    std::fprintf(stderr, "lintel-push: %s: [push] server is no address: %s\n", arguments[2],
                 config->server.c_str());
    return 2;
  }
  return run(*config);
}

}  // namespace
}  // namespace lintel::push

int main(int count, char** arguments) {
  return lintel::push::main_with(count, arguments);
}
