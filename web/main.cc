// lintel-web --config FILE: the console. Ends on SIGTERM and SIGINT.
#include <signal.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "engine/api/client.h"
#include "engine/api/config.h"
#include "engine/api/service.h"
#include "engine/base/log.h"
#include "web/server.h"

namespace {

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

int wait_for(const sigset_t& ends) {
  int which = 0;
  sigwait(&ends, &which);
  return 0;
}

int serve(const lintel::api::Config& config) {
  using namespace lintel;
  const auto address = web::listen_address(config.listen);
  if (!address) return complain(address.error().text);
  const sigset_t ends = block_end_signals();
  signal(SIGPIPE, SIG_IGN);
  auto server = web::Server::start(
      *address, [socket = config.socket]() -> Result<std::unique_ptr<api::Link>> {
        return api::Client::connect(socket, pb::ROLE_WEB);
      });
  if (!server) {
    log_error("web", server.error().text);
    return 1;
  }
  api::Service().ready();
  log_info("web", "the console is at http://" + config.listen + "/");
  return wait_for(ends);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--config")
    return complain("usage: lintel-web --config FILE");
  const auto config = lintel::api::read_config(argv[2]);
  if (!config) return complain(config.error().text);
  if (config->listen.empty()) {
    // Waits all the same: a program that ended would be started again and again.
    const sigset_t ends = block_end_signals();
    lintel::api::Service().ready();
    lintel::log_info("web", "[web] listen is empty, so there is no console");
    return wait_for(ends);
  }
  return serve(*config);
}
