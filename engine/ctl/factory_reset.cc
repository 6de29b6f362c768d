#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {

Result<void> factory_reset(const std::string& socket, const FactoryResetCall& call) {
  auto client = api::Client::connect(socket, pb::ROLE_ADMINISTRATOR);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  if (call.serial.empty()) {
    request.mutable_get_status();
    auto reply = ask(**client, request);
    if (!reply) return fail(std::move(reply).error());
    return fail(Errc::invalid,
                "A factory reset erases people, rules, events and settings, and restarts the "
                "controller as it was delivered. To do that, name this one: lintelctl "
                "factory-reset --serial " +
                    reply->status().serial());
  }
  request.mutable_factory_reset()->set_serial(call.serial);
  auto reply = ask(**client, request);
  if (!reply) return fail(std::move(reply).error());
  print("The controller restarts, erases everything, and begins as it was delivered.");
  return {};
}

}  // namespace lintel::ctl
