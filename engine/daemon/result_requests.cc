// Results of commands that the server does not have yet, and what else waits to go up unasked.
#include "engine/daemon/errand.h"

namespace lintel::daemon {

Checked<void> get_results(Errand&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> confirm_results(Errand&, const pb::ConfirmResults&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> pull_uploads(Errand&, const pb::PullUploads&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> confirm_uploads(Errand&, const pb::ConfirmUploads&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> add_upload(Errand&, std::string_view,
                         std::initializer_list<std::pair<std::string_view, std::string_view>>) {
  return refuse(codes::unsupported, "Not yet.");
}

}  // namespace lintel::daemon
