#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {

Result<void> reset_passback(const std::string& socket, const ResetPassbackCall& call) {
  auto client = connect(socket);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  request.mutable_control()->set_verb(pb::Control::RESET_PASSBACK);
  request.mutable_control()->set_pin(call.pin);
  auto reply = ask(**client, request);
  if (!reply) return fail(std::move(reply).error());
  print(call.pin.empty() ? "The passages of everybody are forgotten."
                         : "The passages of user " + printable(call.pin) + " are forgotten.");
  return {};
}

}  // namespace lintel::ctl
