// Which verification mode holds: of the time and person, the person, the time and door, or the
// door, the strongest first.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/core/calendar.h"
#include "engine/core/people.h"
#include "engine/core/rules.h"

namespace lintel {

struct ModeInForce {
  enum class Source : std::uint8_t { door = 0, door_schedule = 1, person = 2, person_schedule = 3 };
  ModeCode code = 0;
  VerifyMode mode;
  Source source = Source::door;
  // A schedule is named for this place, and the clock is not trusted: its number. 0: none.
  std::uint32_t unknown_schedule = 0;
};

class VerifySchedules {
 public:
  VerifySchedules() = default;
  explicit VerifySchedules(const Rules& rules);

  // `person`: null while nobody is known.
  [[nodiscard]] ModeInForce in_force(DoorId door, ModeCode of_door, const Person* person,
                                     const Calendar& calendar, const Moment& now) const;

 private:
  [[nodiscard]] const VerifySchedule* find(std::uint32_t id) const;
  [[nodiscard]] const VerifySchedule* of_person(const Pin& pin, DoorId door) const;

  std::vector<VerifySchedule> schedules_;                   // sorted by id
  std::array<std::uint32_t, limits::doors_max> by_door_{};  // 0: none
  std::vector<PersonVerify> by_person_;                     // sorted by pin and door
};

}  // namespace lintel
