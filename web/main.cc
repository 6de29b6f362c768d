// lintel-web --config FILE: the console. Ends on SIGTERM and SIGINT.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/client.h"
#include "engine/api/config.h"
#include "engine/api/service.h"
#include "engine/base/log.h"
#include "web/redirect.h"
#include "web/server.h"

namespace {

using namespace lintel;

constexpr int wrong_call = 2;

int complain(const std::string& text) {
  std::fprintf(stderr, "lintel-web: %s\n", text.c_str());
  return wrong_call;
}

// SIGTERM and SIGINT, blocked. Before the threads start: they inherit it.
sigset_t block_end_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  return ends;
}

// Until a signal ends it; meanwhile the service manager hears that the console moves.
int wait_for(const sigset_t& ends, const std::function<bool()>& moves) {
  api::Service service;
  service.ready();
  const auto within = service.turn_within().value_or(std::chrono::hours(1));
  const auto look = std::chrono::duration_cast<std::chrono::seconds>(within / 3);
  const timespec pause{std::max<std::time_t>(1, look.count()), 0};
  for (;;) {
    if (sigtimedwait(&ends, nullptr, &pause) > 0) return 0;
    if (moves()) {
      service.turned();
    } else {
      log_error("web", "no connection comes to its end");
    }
  }
}

// What the file says, without the end of its line; nothing: it cannot be read, or is no code.
std::optional<std::string> read_code(const std::string& path) {
  std::ifstream file(path);
  std::string code;
  if (!(file >> code) || code.size() < web::SignIn::code_bytes_min ||
      code.size() > web::SignIn::code_bytes_max)
    return std::nullopt;
  return code;
}

int serve(const api::Config& config) {
  const bool secured = !config.certificate.empty();
  const auto address = web::listen_address(config.listen, secured);
  if (!address) return complain(address.error().text);
  std::optional<web::Security> security;
  if (secured) {
    const auto code = read_code(config.claim);
    if (!code)
      return complain("[web] claim: " + config.claim +
                      " must be a file with the code to sign in with, of 8 to 64 characters");
    security = {config.certificate, config.certificate_key, *code};
  }
  const sigset_t ends = block_end_signals();
  signal(SIGPIPE, SIG_IGN);
  auto server = web::Server::start(
      *address,
      [socket = config.socket]() -> Result<std::unique_ptr<api::Link>> {
        return api::Client::connect(socket, pb::ROLE_WEB);
      },
      {}, security);
  if (!server) {
    log_error("web", server.error().text);
    return 1;
  }
  Result<std::unique_ptr<web::Redirect>> redirect;
  if (!config.redirect.empty()) {
    const auto at = web::listen_address(config.redirect, true);
    if (!at) return complain(at.error().text);
    redirect = web::Redirect::start(*at, address->port);
    // Whoever types the address without https is not helped; everybody else is.
    if (!redirect) log_error("web", redirect.error().text);
  }
  log_info("web", std::string("the console is at ") + (secured ? "https://" : "http://") +
                      config.listen + "/");
  return wait_for(ends, [&] { return (*server)->moves(); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--config")
    return complain("usage: lintel-web --config FILE");
  const auto config = api::read_config(argv[2]);
  if (!config) return complain(config.error().text);
  if (config->listen.empty()) {
    // Waits all the same: a program that ended would be started again and again.
    const sigset_t ends = block_end_signals();
    log_info("web", "[web] listen is empty, so there is no console");
    return wait_for(ends, [] { return true; });
  }
  return serve(*config);
}
