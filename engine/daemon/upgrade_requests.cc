// Firmware files on their way to the installer, and cards on their way to a person.
#include "engine/daemon/errand.h"

namespace lintel::daemon {

Checked<void> begin_upgrade(Errand&, const pb::Upgrade&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> get_upgrade(Errand&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> take_piece(Errand&, const pb::UpgradePiece&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> end_upgrade(Errand&, const pb::EndUpgrade&) {
  return refuse(codes::unsupported, "Not yet.");
}
Checked<void> enroll(Errand&, const pb::Enroll&) {
  return refuse(codes::unsupported, "Not yet.");
}
bool goes_on_after_restart(const storage::ExecutedCommand&, storage::Store&) {
  return false;
}

}  // namespace lintel::daemon
