#include "engine/ctl/questions.h"

namespace lintel::ctl {

Result<std::unique_ptr<api::Client>> connect(const std::string& socket) {
  return api::Client::connect(socket, pb::ROLE_TECHNICIAN);
}

Result<pb::Reply> ask(api::Link& link, const pb::Request& request) {
  auto reply = link.call(request);
  if (!reply) return reply;
  if (reply->code() < 0) {
    const std::string text = reply->error().empty()
                                 ? "the engine refuses with code " + std::to_string(reply->code())
                                 : reply->error();
    return fail(Errc::refused, text);
  }
  return reply;
}

}  // namespace lintel::ctl
