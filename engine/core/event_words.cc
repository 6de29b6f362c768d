// The codes of events in English. A translation replaces this file.
#include "engine/core/events.h"

namespace lintel {

const char* in_words(EventCode code) {
  switch (code) {
    case EventCode::opened:
      return "the door was opened after verification";
    case EventCode::verified_while_normal_open:
      return "somebody was verified while the door was normally open";
    case EventCode::normal_open_began:
      return "the normal-open time of the door began";
    case EventCode::alarm_cancelled:
      return "the alarm was cancelled";
    case EventCode::remote_opened:
      return "the door was opened remotely";
    case EventCode::remote_closed:
      return "the door was closed remotely";
    case EventCode::normal_open_disabled_today:
      return "normal open was disabled for the day";
    case EventCode::normal_open_enabled_today:
      return "normal open was enabled for the day";
    case EventCode::aux_output_enabled:
      return "an auxiliary output was switched on";
    case EventCode::aux_output_disabled:
      return "an auxiliary output was switched off";
    case EventCode::interval_too_short:
      return "refused: shown again too soon";
    case EventCode::outside_time_zone:
      return "refused: outside the person's time zone";
    case EventCode::door_not_in_valid_period:
      return "refused: the door is not in its valid period";
    case EventCode::no_privilege:
      return "refused: no privilege for this door";
    case EventCode::not_registered:
      return "refused: not registered";
    case EventCode::open_too_long:
      return "the door stands open too long";
    case EventCode::validity_over:
      return "refused: outside the period of validity";
    case EventCode::exit_button_outside_period:
      return "the exit button was pressed outside its period";
    case EventCode::cannot_close_while_normal_open:
      return "the door cannot be closed in its normal-open time";
    case EventCode::card_lost:
      return "refused: the card is reported as lost";
    case EventCode::blacklisted:
      return "refused: the person is on the blacklist";
    case EventCode::wrong_verification_mode:
      return "refused: wrong verification mode";
    case EventCode::wrong_wiegand_format:
      return "refused: the frame fits no card format";
    case EventCode::door_locked:
      return "refused: the door is locked";
    case EventCode::verification_timeout:
      return "refused: the next part did not come in time";
    case EventCode::tamper_alarm:
      return "the cover of the controller was opened";
    case EventCode::forced_open:
      return "the door was forced open";
    case EventCode::server_disconnected:
      return "the server is not reached";
    case EventCode::battery_failed:
      return "the battery failed";
    case EventCode::mains_failed:
      return "mains power failed";
    case EventCode::reader_tamper_alarm:
      return "the cover of a reader was opened";
    case EventCode::door_opened:
      return "the door opened";
    case EventCode::door_closed:
      return "the door closed";
    case EventCode::exit_button_opened:
      return "the door was opened by its exit button";
    case EventCode::normal_open_ended:
      return "the normal-open time of the door ended";
    case EventCode::remote_normal_open:
      return "the door was remotely set to stay open";
    case EventCode::device_started:
      return "the controller started";
    case EventCode::opened_by_password:
      return "the door was opened by password";
    case EventCode::exit_button_pressed_locked:
      return "the exit button was pressed, and is locked";
    case EventCode::server_connected:
      return "the server is connected";
    case EventCode::aux_input_disconnected:
      return "an auxiliary input was disconnected";
    case EventCode::aux_input_shorted:
      return "an auxiliary input was closed";
    case EventCode::remote_locked:
      return "the door was locked remotely";
    case EventCode::remote_unlocked:
      return "the door was unlocked remotely";
    case EventCode::reader_tamper_ended:
      return "the cover of a reader was closed";
    case EventCode::mains_recovered:
      return "mains power came back";
    case EventCode::first_card_opened:
      return "the first person of the day opened the door";
    case EventCode::several_opened:
      return "several people opened the door together";
    case EventCode::emergency_password_opened:
      return "the door was opened by its emergency password";
    case EventCode::linkage_triggered:
      return "linkage was triggered";
    case EventCode::passed_back:
      return "refused: anti-passback";
    case EventCode::interlocked:
      return "refused: another door of the interlock is open or released";
    case EventCode::several_wait:
      return "waiting for more people";
    case EventCode::several_failed:
      return "refused: the people do not make up a group";
    case EventCode::exit_button_outside_zone:
      return "the exit button was pressed outside its time zone";
    case EventCode::aux_input_outside_zone:
      return "an auxiliary input was triggered outside its time zone";
    case EventCode::duress_alarm:
      return "somebody opens under duress";
    case EventCode::invalid_entry_alarm:
      return "too many wrong entries";
    case EventCode::fire_input_cut:
      return "the line of the fire input is cut";
    case EventCode::fire_input_shorted:
      return "the line of the fire input is shorted";
    case EventCode::aux_input_cut:
      return "the line of an auxiliary input is cut";
    case EventCode::aux_line_shorted:
      return "the line of an auxiliary input is shorted";
    case EventCode::exit_button_cut:
      return "the line of the exit button is cut";
    case EventCode::exit_button_shorted:
      return "the line of the exit button is shorted";
    case EventCode::sensor_cut:
      return "the line of the door sensor is cut";
    case EventCode::sensor_shorted:
      return "the line of the door sensor is shorted";
    case EventCode::super_user_opened:
      return "a super user opened the door";
    case EventCode::super_user_closed:
      return "a super user closed the door for the day";
    case EventCode::first_card_opened_by_password:
      return "the first person of the day opened the door by password";
    case EventCode::password_while_normal_open:
      return "somebody gave a password while the door was normally open";
    case EventCode::doorbell:
      return "the doorbell was rung";
    case EventCode::aux_input_normal:
      return "an auxiliary input is back to normal";
    case EventCode::aux_input_triggered:
      return "an auxiliary input was triggered";
    case EventCode::dual_open:
      return "emergency: all doors are open";
    case EventCode::dual_close:
      return "emergency: all doors are closed";
    case EventCode::aux_output_zone_began:
      return "the scheduled time of an auxiliary output began";
    case EventCode::aux_output_zone_ended:
      return "the scheduled time of an auxiliary output ended";
    case EventCode::fire_ended:
      return "the fire input went quiet, and the door is no longer held open";
    case EventCode::lockdown_began:
      return "a super user locked the door down";
    case EventCode::lockdown_ended:
      return "the lockdown of the door was ended";
    case EventCode::anti_passback_reset:
      return "anti-passback was reset";
    case EventCode::too_early:
      return "refused: the period of validity has not begun";
    case EventCode::too_late:
      return "refused: the period of validity is over";
    case EventCode::battery_takes_over:
      return "the battery supplies the controller";
    case EventCode::mains_takes_over:
      return "mains power supplies the controller again";
    case EventCode::battery_low_on_emergency:
      return "the battery is low while mains power is gone";
    case EventCode::fire_opened:
      return "fire: the door is held open";
    case EventCode::factory_reset:
      return "the factory settings were restored";
    case EventCode::journal_nearly_full:
      return "the journal is nearly full";
  }
  return "an event of another version";
}

}  // namespace lintel
