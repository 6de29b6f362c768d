// lintelctl: a technician's command line. Looks, and asks what would happen; what it changes is
// what anti-passback remembers, and for the administrator the firmware and the whole box. Exit
// codes: 0 told, 1 no answer, 2 wrong use.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/api/config.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace {

using namespace lintel;
using namespace lintel::ctl;

constexpr int no_answer = 1;
constexpr int wrong_use = 2;
constexpr const char* config_of_the_image = "/data/config/lintel.conf";

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "lintelctl: %s\n", printable(text).c_str());
  return code;
}

Result<std::string> socket_of(const Call& call) {
  if (!call.socket.empty()) return call.socket;
  if (!call.config.empty()) {
    auto config = api::read_config(call.config);
    if (!config) return fail(std::move(config).error());
    return config->socket;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread
  const char* named = std::getenv("LINTEL_SOCKET");
  return std::string(named != nullptr && *named != '\0' ? named : "/run/lintel/engine.sock");
}

struct Teller {
  const std::string& socket;
  const std::string& config;
  Result<void> operator()(const StatusCall&) const { return tell_status(socket); }
  Result<void> operator()(const EventsCall& call) const { return tell_events(socket, call); }
  Result<void> operator()(const UsersCall& call) const { return tell_users(socket, call); }
  Result<void> operator()(const ExplainCall& call) const { return tell_explanation(socket, call); }
  Result<void> operator()(const ReplayCall& call) const { return tell_replay(socket, call); }
  Result<void> operator()(const ResetPassbackCall& call) const {
    return reset_passback(socket, call);
  }
  Result<void> operator()(const FactoryResetCall& call) const {
    return factory_reset(socket, call);
  }
  Result<void> operator()(const UpdateCall& call) const { return update_firmware(socket, call); }
  Result<void> operator()(const ClaimCodeCall&) const { return tell_claim_code(config); }
  Result<void> operator()(const HelpCall&) const {
    std::fputs(usage, stdout);
    return {};
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto call = read_call({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
  if (!call) {
    complain(call.error().text, wrong_use);
    std::fputs(usage, stderr);
    return wrong_use;
  }
  const auto socket = socket_of(*call);
  if (!socket) return complain(socket.error().text, wrong_use);
  const std::string config = call->config.empty() ? config_of_the_image : call->config;
  const auto told = std::visit(Teller{*socket, config}, call->question);
  if (!told) return complain(told.error().text, no_answer);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return complain("the answer cannot be written to standard output", no_answer);
  return 0;
}
