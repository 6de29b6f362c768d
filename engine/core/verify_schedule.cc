#include "engine/core/verify_schedule.h"

#include <algorithm>
#include <tuple>

namespace lintel {

namespace {

bool before(const PersonVerify& a, const PersonVerify& b) {
  return std::tie(a.pin, a.door) < std::tie(b.pin, b.door);
}

}  // namespace

VerifySchedules::VerifySchedules(const Rules& rules)
    : schedules_(rules.verify_schedules), by_person_(rules.person_verify) {
  std::sort(schedules_.begin(), schedules_.end(),
            [](const VerifySchedule& a, const VerifySchedule& b) { return a.id < b.id; });
  std::stable_sort(by_person_.begin(), by_person_.end(), before);
  for (const DoorVerify& each : rules.door_verify) {
    if (number(each.door) >= 1 && number(each.door) <= by_door_.size()) {
      by_door_[number(each.door) - 1] = each.schedule;
    }
  }
}

const VerifySchedule* VerifySchedules::find(std::uint32_t id) const {
  if (id == 0) return nullptr;
  const auto found =
      std::lower_bound(schedules_.begin(), schedules_.end(), id,
                       [](const VerifySchedule& a, std::uint32_t wanted) { return a.id < wanted; });
  return found != schedules_.end() && found->id == id ? &*found : nullptr;
}

const VerifySchedule* VerifySchedules::of_person(const Pin& pin, DoorId door) const {
  const PersonVerify wanted{.pin = pin, .door = door, .schedule = 0};
  const auto found = std::lower_bound(by_person_.begin(), by_person_.end(), wanted, before);
  if (found == by_person_.end() || before(wanted, *found)) return nullptr;
  return find(found->schedule);
}

ModeInForce VerifySchedules::in_force(DoorId door, ModeCode of_door, const Person* person,
                                      const Calendar& calendar, const Moment& now) const {
  using Source = ModeInForce::Source;
  const VerifySchedule* const personal =
      person != nullptr ? of_person(person->user.pin, door) : nullptr;
  const VerifySchedule* const doors = find(by_door_[number(door) - 1]);
  ModeInForce found;
  const auto take = [&](ModeCode code, Source source) {
    if (code == mode_none) return false;
    found.code = code;
    found.source = source;
    return true;
  };
  const auto part = [&](const VerifySchedule* schedule) -> VerifySchedule::Part {
    if (schedule == nullptr || !now.trusted) return {};
    const VerifySchedule::Part* holds = calendar.part_at(schedule->days, now);
    return holds != nullptr ? *holds : VerifySchedule::Part{};
  };
  if (!now.trusted) {
    if (doors != nullptr) found.unknown_schedule = doors->id;
    if (personal != nullptr) found.unknown_schedule = personal->id;
  }
  [[maybe_unused]] const bool any =
      take(part(personal).user, Source::person_schedule) ||
      (person != nullptr &&
       (take(person->personal, Source::person) || take(person->user.verify, Source::person))) ||
      take(part(doors).door, Source::door_schedule) || take(of_door, Source::door);
  found.mode = verify_mode(found.code);
  return found;
}

}  // namespace lintel
