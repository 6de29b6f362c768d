#include "engine/core/events.h"

namespace lintel {

bool releases_a_lock(EventCode code) {
  switch (code) {
    case EventCode::opened:
    case EventCode::first_card_opened:
    case EventCode::several_opened:
    case EventCode::emergency_password_opened:
    case EventCode::normal_open_began:
    case EventCode::linkage_triggered:
    case EventCode::remote_opened:
    case EventCode::exit_button_opened:
    case EventCode::remote_normal_open:
    case EventCode::opened_by_password:
    case EventCode::super_user_opened:
    case EventCode::first_card_opened_by_password:
    case EventCode::dual_open:
    case EventCode::fire_opened:
      return true;
    default:
      return false;
  }
}

bool releases_a_lock(const Event& event) {
  if (event.code == EventCode::linkage_triggered) return number(event.reason.door) != 0;
  return releases_a_lock(event.code);
}

bool is_about_a_credential(const Event& event) {
  if (event.way == InOut::system || event.code == EventCode::linkage_triggered) return false;
  const bool follows =
      event.code == EventCode::invalid_entry_alarm || event.code == EventCode::lockdown_ended;
  if (follows) return false;
  const Rule rule = event.reason.rule;
  return (rule >= Rule::frame_format && rule <= Rule::first_card_open) ||
         rule == Rule::super_gesture;
}

bool lets_in(EventCode code) {
  switch (code) {
    case EventCode::opened:
    case EventCode::verified_while_normal_open:
    case EventCode::first_card_opened:
    case EventCode::several_opened:
    case EventCode::emergency_password_opened:
    case EventCode::opened_by_password:
    case EventCode::super_user_opened:
    case EventCode::super_user_closed:
    case EventCode::first_card_opened_by_password:
    case EventCode::password_while_normal_open:
    case EventCode::lockdown_began:
      return true;
    default:
      return false;
  }
}

}  // namespace lintel
