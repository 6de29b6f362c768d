// What the controller has been told, ready to be asked: people, time zones and rules. Decisions
// read it and never change it.
#pragma once

#include "engine/core/anti_passback.h"
#include "engine/core/calendar.h"
#include "engine/core/interlock.h"
#include "engine/core/people.h"
#include "engine/core/rules.h"
#include "engine/core/verify_schedule.h"

namespace lintel {

struct Configuration {
  explicit Configuration(const PeopleCapacity& capacity) : people(capacity) {}

  void set(Rules wanted, const Layout& layout);

  // SuperAuthorize, or user.Privilege 14.
  [[nodiscard]] bool is_super_user(const Person& person, DoorId door) const;
  // The zone of firstcard that holds now for this person; timezone_never: he is not in it, or not
  // now.
  [[nodiscard]] TimezoneId first_card_zone(const Pin& pin, DoorId door, const Moment& now) const;
  [[nodiscard]] ReaderSetting reader(ReaderId reader) const;
  // The zone in which an input works; timezone_never: always.
  [[nodiscard]] TimezoneId input_zone(bool aux, unsigned number) const;
  // The row of AuxIn; null: none.
  [[nodiscard]] const AuxInput* aux_input(unsigned number) const;
  [[nodiscard]] bool is_off(std::uint8_t aux_output) const;
  // The zone of outrelaysetting that closes the door now; timezone_never: none.
  [[nodiscard]] TimezoneId closing_zone(DoorId door, const Moment& now) const;
  // The zone of outrelaysetting, for this output and act, that holds now; timezone_never: none.
  [[nodiscard]] TimezoneId scheduled(bool aux, unsigned number, ScheduledOutput::Act act,
                                     const Moment& now) const;

  People people;
  Calendar calendar;
  Rules rules;  // super_users, first_cards and linkages are sorted
  AntiPassback anti_passback;
  Interlock interlock;
  VerifySchedules verify_schedules;
};

}  // namespace lintel
