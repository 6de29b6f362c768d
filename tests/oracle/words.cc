// What was expected, and what the oracle remembers, in words for a failure.
#include <algorithm>
#include <cstdio>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

std::string in_words(const Expected& expected) {
  std::string text = "event " + std::to_string(number(expected.code)) + " (" +
                     name_of(expected.rule) + ") door " + std::to_string(number(expected.door));
  if (number(expected.reader) != 0) text += " reader " + std::to_string(number(expected.reader));
  if (!expected.pin.empty()) text += " pin " + std::string(expected.pin.view());
  if (expected.card.value != 0) text += " card " + std::to_string(expected.card.value);
  char proofs[16];
  std::snprintf(proofs, sizeof proofs, "%#x", expected.proofs);
  return text + " verify " + std::to_string(static_cast<unsigned>(expected.verify)) + " proofs " +
         proofs;
}

Expected as_expected(const Event& event) {
  return {.code = event.code,
          .pin = event.pin,
          .card = event.card,
          .reader = event.reason.reader,
          .verify = event.verify,
          .proofs = event.proofs,
          .rule = event.reason.rule,
          .door = DoorId{event.address}};
}

bool foretold(EventCode code) {
  static constexpr EventCode codes[] = {
      EventCode::opened,
      EventCode::verified_while_normal_open,
      EventCode::first_card_opened,
      EventCode::several_opened,
      EventCode::emergency_password_opened,
      EventCode::normal_open_enabled_today,
      EventCode::interval_too_short,
      EventCode::outside_time_zone,
      EventCode::door_not_in_valid_period,
      EventCode::no_privilege,
      EventCode::passed_back,
      EventCode::interlocked,
      EventCode::several_wait,
      EventCode::not_registered,
      EventCode::exit_button_outside_period,
      EventCode::card_lost,
      EventCode::blacklisted,
      EventCode::several_failed,
      EventCode::wrong_verification_mode,
      EventCode::wrong_wiegand_format,
      EventCode::door_locked,
      EventCode::exit_button_outside_zone,
      EventCode::verification_timeout,
      EventCode::duress_alarm,
      EventCode::invalid_entry_alarm,
      EventCode::exit_button_opened,
      EventCode::opened_by_password,
      EventCode::super_user_opened,
      EventCode::exit_button_pressed_locked,
      EventCode::super_user_closed,
      EventCode::first_card_opened_by_password,
      EventCode::password_while_normal_open,
      EventCode::doorbell,
      EventCode::lockdown_began,
      EventCode::lockdown_ended,
      EventCode::too_early,
      EventCode::too_late,
  };
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

std::string Oracle::describe() const {
  std::string text;
  const Memory& memory = *memory_;
  for (unsigned n = 1; n <= memory.book.layout.doors; ++n) {
    const DoorMemory& door = memory.doors[n];
    text += "door " + std::to_string(n) + ":";
    if (door.lock_on) text += " released";
    if (door.delayed_until) text += " delayed";
    if (memory.stands_open(n)) text += " open";
    if (door.zone_open) text += " by-zone";
    if (door.stay_open) text += " stays";
    if (door.first_card) text += " first-card";
    if (door.lockdown) text += " lockdown";
    for (const Pending& each : door.pending)
      text += " pending:" + std::string(each.pin.view());
    for (const Attempt& each : door.gathering)
      text += " waits:" + std::string(each.pin.view());
    text += "\n";
  }
  for (const auto& [key, passage] : memory.passages) {
    text += "passage " + std::to_string(passage.order) + " of " + std::string(passage.pin.view()) +
            " at reader " + std::to_string(passage.reader) + "\n";
  }
  if (memory.dual_close()) text += "dual-close\n";
  if (memory.emergency == Emergency::Mode::dual_open) text += "dual-open\n";
  if (memory.is_fire()) text += "fire\n";
  return text;
}

}  // namespace lintel::oracle
