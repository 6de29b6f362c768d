#include "engine/core/events.h"

namespace lintel {

bool releases_a_lock(EventCode code) {
  switch (code) {
    case EventCode::opened:
    case EventCode::opened_by_password:
    case EventCode::normal_open_began:
    case EventCode::remote_opened:
    case EventCode::remote_normal_open:
    case EventCode::exit_button_opened:
      return true;
    default:
      return false;
  }
}

}  // namespace lintel
