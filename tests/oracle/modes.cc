// Which kinds of proof are asked for: appendix 3, the new form, and whose mode counts.
#include <algorithm>

#include "tests/oracle/book.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

constexpr unsigned finger = bit(Proof::fingerprint), face = bit(Proof::face),
                   vein = bit(Proof::finger_vein), palm = bit(Proof::palm_vein),
                   password = by_password, id = by_id, card = by_card;

// The modes of appendix 3 that ask for exactly one set of kinds.
struct Listed {
  unsigned code, kinds;
};
constexpr Listed listed[] = {
    {1, finger},
    {2, id},
    {3, password},
    {4, card},
    {8, id | finger},
    {9, finger | password},
    {10, card | finger},
    {11, card | password},
    {12, finger | password | card},
    {13, id | finger | password},
    {15, face},
    {16, face | finger},
    {17, face | password},
    {18, face | card},
    {19, face | finger | card},
    {20, face | finger | password},
    {21, vein},
    {22, vein | password},
    {23, vein | card},
    {24, vein | password | card},
    {25, palm},
    {26, palm | card},
    {27, palm | face},
    {28, palm | finger},
    {29, palm | finger | face},
};

Mode any_of(std::initializer_list<unsigned> ways) {
  return {.ways = ways};
}

}  // namespace

Mode mode_of_code(unsigned code) {
  if (code >= mode_new_form) {
    const unsigned kinds = code & ~unsigned{mode_new_form} & ~1u;
    if ((code & 1) != 0) return {.ways = {kinds}, .all = true};
    Mode mode;
    for (unsigned kind = 2; kind < mode_new_form; kind *= 2) {
      if ((kinds & kind) != 0) mode.ways.push_back(kind);
    }
    return mode;
  }
  switch (code) {
    case 0:
      return any_of({vein, face, finger, card, password, palm});
    case 5:
      return any_of({finger, password});
    case 6:
      return any_of({finger, card});
    case 7:
      return any_of({card, password});
    case 14:
      return {.ways = {id | finger, card | finger}, .all = true};
    default:
      for (const Listed& mode : listed) {
        const bool single = (mode.kinds & (mode.kinds - 1)) == 0;
        if (mode.code == code) return {.ways = {mode.kinds}, .all = !single};
      }
      return {};
  }
}

VerifyCode code_of_kinds(unsigned kinds) {
  if (kinds == (id | password)) return VerifyCode::password;
  for (const Listed& mode : listed) {
    if (mode.kinds == kinds) return VerifyCode{static_cast<std::uint16_t>(mode.code)};
  }
  return VerifyCode::none;
}

// ---- schedules

const VerifySchedule* Book::schedule(std::uint32_t id_of_schedule) const {
  for (const VerifySchedule& each : rules.verify_schedules) {
    if (each.id == id_of_schedule) return &each;
  }
  return nullptr;
}

const VerifySchedule* Book::schedule_of_door(unsigned door) const {
  for (const DoorVerify& row : rules.door_verify) {
    if (number(row.door) == door) return schedule(row.schedule);
  }
  return nullptr;
}

const VerifySchedule* Book::schedule_of_person(unsigned door, const Pin& pin) const {
  for (const PersonVerify& row : rules.person_verify) {
    if (number(row.door) == door && row.pin == pin) return schedule(row.schedule);
  }
  return nullptr;
}

namespace {

// The part of a schedule whose interval holds now, the first of today before the nights of
// yesterday.
const VerifySchedule::Part* part_now(const Book& book, const VerifySchedule& schedule,
                                     const Moment& now) {
  const auto today = floor<days>(now.civil);
  const auto minute = static_cast<unsigned>(floor<minutes>(now.civil - today).count());
  for (const auto& part : schedule.days[book.day_kind(today)]) {
    const Interval& each = part.interval;
    const bool over_midnight = each.end < each.start;
    if (each.used && minute >= each.start && (over_midnight || minute <= each.end)) return &part;
  }
  for (const auto& part : schedule.days[book.day_kind(today - days(1))]) {
    const Interval& each = part.interval;
    if (each.used && each.end < each.start && minute <= each.end) return &part;
  }
  return nullptr;
}

}  // namespace

Mode Book::mode(unsigned door, const Moment& now) const {
  const Mode of_door = mode_of_code(doors[door].verify_type);
  const VerifySchedule* schedule_here = schedule_of_door(door);
  if (schedule_here == nullptr) return of_door;
  if (!now.trusted) {
    Mode unknown = of_door;
    unknown.unknown = true;
    return unknown;
  }
  const auto* part = part_now(*this, *schedule_here, now);
  if (part == nullptr || part->door == mode_none) return of_door;
  return mode_of_code(part->door);
}

Mode Book::mode(unsigned door, const Pin& pin, const Moment& now) const {
  const VerifySchedule* schedule_of_his = schedule_of_person(door, pin);
  const Mode weakest = mode(door, now);
  if (schedule_of_his != nullptr && !now.trusted) {
    Mode unknown = weakest;
    unknown.unknown = true;
    return unknown;
  }
  if (weakest.unknown) return weakest;
  if (schedule_of_his != nullptr) {
    const auto* part = part_now(*this, *schedule_of_his, now);
    if (part != nullptr && part->user != mode_none) return mode_of_code(part->user);
  }
  const auto is_one = [](ModeCode code) { return code != 0 && code != mode_none; };
  const auto more = more_of_users.find(pin);
  if (more != more_of_users.end() && is_one(more->second.verify))
    return mode_of_code(more->second.verify);
  const auto user = users.find(pin);
  if (user != users.end() && is_one(user->second.verify)) return mode_of_code(user->second.verify);
  return weakest;
}

}  // namespace lintel::oracle
