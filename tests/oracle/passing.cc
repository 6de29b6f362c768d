// What becomes of an attempt: refused, waiting, granted; and what others will remember of it.
#include <algorithm>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

constexpr seconds gesture_wait{5};
constexpr minutes wrong_entries_window{5}, lockout_time{5};

}  // namespace

// ---- events

Expected Oracle::Memory::event(const Attempt& attempt, EventCode code, Rule rule,
                               unsigned proofs) const {
  return {.code = code,
          .pin = attempt.pin,
          .card = attempt.card,
          .reader = attempt.reader,
          .verify = code_of_kinds(attempt.kinds),
          .proofs = static_cast<std::uint16_t>(proofs),
          .rule = rule,
          .door = door_of(attempt.reader)};
}

// In a mode of all, its kinds and the last digit 1; in a mode of any, the kinds shown.
Expected Oracle::Memory::accepted(const Attempt& attempt, EventCode code, Rule rule,
                                  const Moment& now) const {
  const Mode mode = mode_for(attempt, now);
  const auto way = mode.met(attempt.kinds);
  const bool all = mode.all && way && !attempt.emergency;
  return event(attempt, code, rule, all ? (*way | proofs_all_of) : attempt.kinds);
}

// The kinds that are not asked for, else all that were shown.
Expected Oracle::Memory::denied(const Attempt& attempt, EventCode code, Rule rule,
                                const Moment& now) const {
  const Mode mode = mode_for(attempt, now);
  const unsigned foreign = attempt.kinds & ~mode.kinds();
  return event(attempt, code, rule, foreign != 0 ? foreign : attempt.kinds);
}

void Oracle::Memory::add_alarm(std::vector<Expected>& events, const Attempt& attempt) const {
  if (!attempt.under_duress()) return;
  Expected alarm = events.front();
  alarm.code = EventCode::duress_alarm;
  alarm.rule = Rule::duress;
  events.insert(events.begin() + 1, alarm);
}

// ---- the decision

std::vector<Expected> Oracle::Memory::judge(const Attempt& attempt, const Moment& now) {
  const auto why = refusal(attempt, now);
  const bool complete = attempt.emergency || mode_for(attempt, now).met(attempt.kinds).has_value();
  if (why) {
    const bool by_a_super_user =
        doors[attempt.door()].lockdown && !dual_close() && why->rule == Rule::lockdown;
    const bool but_for_that =
        by_a_super_user && is_super(attempt) && !refusal_but_lockdown(attempt, now);
    if (but_for_that && !complete) {
      wait_for_more(attempt, now);
      return {};
    }
    if (but_for_that && gesture_times(attempt, now) == 3) {  // refused once more, but it ends
      std::vector<Expected> events = refused(attempt, *why, now);
      for (const Expected& each : lockdown_gesture(attempt, now))
        events.push_back(each);
      return events;
    }
    return refused(attempt, *why, now);
  }
  if (!complete) {
    wait_for_more(attempt, now);
    return {};
  }
  return granted(attempt, now);
}

void Oracle::Memory::wait_for_more(const Attempt& attempt, const Moment& now) {
  ReaderMemory& memory = readers[number(attempt.reader)];
  memory.parts = attempt;
  memory.parts->typed = false;
  memory.until = now.uptime + part_wait;
}

// Returns whether it was the one too many.
bool Oracle::Memory::count_wrong(WrongEntries& wrong, const Moment& now) {
  if (wrong.count == 0 || now.uptime >= wrong.first + wrong_entries_window)
    wrong = {.count = 0, .first = now.uptime, .locked_until = std::nullopt};
  if (++wrong.count < limits::wrong_entries_max) return false;
  wrong.count = 0;
  wrong.locked_until = now.uptime + lockout_time;
  return true;
}

std::vector<Expected> Oracle::Memory::refused(const Attempt& attempt, const Refusal& why,
                                              const Moment& now) {
  std::vector<Expected> events{denied(attempt, why.code, why.rule, now)};
  const bool wrong_entry = why.rule == Rule::registered || why.rule == Rule::password ||
                           why.rule == Rule::password_ambiguous;
  add_alarm(events, attempt);
  if (!wrong_entry || !attempt.typed) return events;
  bool too_many = count_wrong(wrong_at[number(attempt.reader)], now);
  if (why.rule == Rule::password && !attempt.pin.empty())
    too_many = count_wrong(wrong_of[attempt.pin], now) || too_many;
  if (too_many) {
    events.push_back(events.front());
    events.back().code = EventCode::invalid_entry_alarm;
    events.back().rule = Rule::lockout;
  }
  return events;
}

std::vector<Expected> Oracle::Memory::granted(const Attempt& attempt, const Moment& now) {
  const unsigned door = attempt.door();
  if (attempt.emergency) {
    release(door, book.doors[door].drive_time, now);
    return {accepted(attempt, EventCode::emergency_password_opened, Rule::emergency_password, now)};
  }
  if (is_super(attempt)) return super_user(attempt, now);
  if (book.doors[door].multi_card && !is_free(door)) return gather(attempt, now);
  return opens(attempt, {}, now);
}

std::vector<Expected> Oracle::Memory::opens(const Attempt& attempt,
                                            const std::vector<Attempt>& waited, const Moment& now) {
  const unsigned door = attempt.door();
  DoorMemory& its = doors[door];
  const bool was_free = is_free(door);
  const bool alone = attempt.by_password_alone();
  const bool nobody_before = !its.first_card;
  first_card(attempt, now);
  const bool first_today = nobody_before && its.first_card;

  EventCode code = alone ? EventCode::opened_by_password : EventCode::opened;
  Rule rule = Rule::granted;
  if (!waited.empty() || (book.doors[door].multi_card && !was_free)) {
    code = EventCode::several_opened;
    rule = Rule::multi_card;
  } else if (first_today) {
    code = alone ? EventCode::first_card_opened_by_password : EventCode::first_card_opened;
    rule = Rule::first_card_open;
  } else if (was_free) {
    code = alone ? EventCode::password_while_normal_open : EventCode::verified_while_normal_open;
  }
  std::vector<Expected> events{accepted(attempt, code, rule, now)};
  add_alarm(events, attempt);
  if (!was_free) release(door, release_time(attempt), now);
  for (const Attempt& each : waited)
    let_in(each, now);
  let_in(attempt, now);
  return events;
}

void Oracle::Memory::first_card(const Attempt& attempt, const Moment& now) {
  const unsigned door = attempt.door();
  if (held_by_lock(door, now)) return;
  if (book.doors[door].first_card == FirstCard::off || doors[door].first_card) return;
  if (!book.is_first_card(attempt.pin, door, now)) return;
  doors[door].first_card = {.zone = book.first_card_zone(attempt.pin, door, now),
                            .day = floor<days>(now.civil)};
}

seconds Oracle::Memory::release_time(const Attempt& attempt) const {
  const DoorParameters& parameters = book.doors[attempt.door()];
  if (parameters.drive_time.count() == 0) return seconds(0);
  const auto more = book.more_of_users.find(attempt.pin);
  const bool longer = more != book.more_of_users.end() && more->second.extended_time;
  return parameters.drive_time + (longer ? parameters.extended_pass : seconds(0));
}

// Where somebody verified opens the lock.
void Oracle::Memory::release(unsigned door, seconds time, const Moment& now) {
  DoorMemory& its = doors[door];
  if (time.count() == 0 || its.lock_on || its.delayed_until) return;
  if (book.doors[door].open_delay.count() != 0)
    its.delayed_until = now.uptime + book.doors[door].open_delay;
}

void Oracle::Memory::let_in(const Attempt& attempt, const Moment& now) {
  if (attempt.pin.empty()) return;
  const unsigned door = attempt.door();
  DoorMemory& its = doors[door];
  std::erase_if(its.let_in, [&](const LetIn& each) {
    return each.pin == attempt.pin && each.card == attempt.card;
  });
  its.let_in.push_back({attempt.pin, attempt.card, now.uptime});
  passes(attempt, now);
}

// At once, or when the door opens.
void Oracle::Memory::passes(const Attempt& attempt, const Moment& now) {
  const unsigned door = attempt.door();
  DoorMemory& its = doors[door];
  const unsigned reader = number(attempt.reader);
  if (!has_sensor(door) || stands_open(door) || is_free(door)) {
    pass(attempt.pin, reader, now);
  } else if (release_time(attempt).count() != 0) {
    its.pending.push_back({attempt.pin, reader});
  }
}

void Oracle::Memory::pass(const Pin& pin, unsigned reader, const Moment& now) {
  passages[{pin, reader}] = {.pin = pin,
                             .reader = reader,
                             .order = ++passages_so_far,
                             .at = now.uptime,
                             .civil = now.civil};
}

// ---- super users

// How often he has shown himself here now, each time soon after the time before.
unsigned Oracle::Memory::gesture_times(const Attempt& attempt, const Moment& now) {
  Gesture& gesture = doors[attempt.door()].gesture;
  const bool soon =
      gesture.times != 0 && gesture.pin == attempt.pin && now.uptime <= gesture.last + gesture_wait;
  gesture = {.pin = attempt.pin, .times = soon ? gesture.times + 1 : 1, .last = now.uptime};
  const unsigned times = gesture.times;
  if (times == 3) gesture = {};
  return times;
}

std::vector<Expected> Oracle::Memory::super_user(const Attempt& attempt, const Moment& now) {
  const unsigned door = attempt.door();
  const unsigned times = gesture_times(attempt, now);
  if (times == 3) return lockdown_gesture(attempt, now);
  if (times == 2 && normally_open(door)) {
    cancel_for_the_day(door, now);
    shut(door);
    std::vector<Expected> events{
        accepted(attempt, EventCode::super_user_closed, Rule::super_gesture, now)};
    add_alarm(events, attempt);
    return events;
  }
  const bool again = times == 2 && zone_is_cancelled(door, now);
  const bool was_free = is_free(door);
  std::vector<Expected> events{
      accepted(attempt, EventCode::super_user_opened, Rule::super_user, now)};
  add_alarm(events, attempt);
  first_card(attempt, now);
  if (!was_free) release(door, release_time(attempt), now);
  let_in(attempt, now);
  if (again) {
    book.doors[door].normal_open_cancelled = 0;
    Expected enabled;
    enabled.code = EventCode::normal_open_enabled_today;
    enabled.rule = Rule::super_gesture;
    enabled.door = door_of(attempt.reader);
    events.push_back(enabled);
  }
  return events;
}

// Lockdown of every door where he is super user, or its end.
std::vector<Expected> Oracle::Memory::lockdown_gesture(const Attempt& attempt, const Moment& now) {
  const bool begins = !doors[attempt.door()].lockdown;
  std::vector<Expected> events;
  for (unsigned door = 1; door <= book.layout.doors; ++door) {
    if (!book.is_super_user(attempt.pin, door) || doors[door].lockdown == begins) continue;
    doors[door].lockdown = begins;
    if (begins) shut(door);
    events.push_back(begins ? accepted(attempt, EventCode::lockdown_began, Rule::super_gesture, now)
                            : denied(attempt, EventCode::lockdown_ended, Rule::super_gesture, now));
    events.back().door = DoorId{static_cast<std::uint8_t>(door)};
    if (door != attempt.door()) events.back().reader = ReaderId{};
  }
  if (begins && attempt.under_duress()) {
    std::vector<Expected> alarm{events.front()};
    add_alarm(alarm, attempt);
    events.push_back(alarm.back());
    events.back().door = door_of(attempt.reader);
    events.back().reader = attempt.reader;
  }
  return events;
}

// ---- several people

namespace {

// Do these people fit into the row, a member for each group number of it?
bool fit(std::vector<std::uint32_t> people, const MultiCardGroup& row, bool completely) {
  for (const std::uint32_t group : row.groups) {
    if (group == 0) continue;
    const auto member = std::find(people.begin(), people.end(), group);
    if (member != people.end())
      people.erase(member);
    else if (completely)
      return false;
  }
  return people.empty();
}

}  // namespace

std::vector<Expected> Oracle::Memory::gather(const Attempt& attempt, const Moment& now) {
  const unsigned door = attempt.door();
  DoorMemory& its = doors[door];
  const Refusal failed{Rule::multi_card, EventCode::several_failed};
  const bool here_already =
      std::any_of(its.gathering.begin(), its.gathering.end(),
                  [&](const Attempt& each) { return each.pin == attempt.pin; });
  if (here_already) return refused(attempt, failed, now);

  const auto user = book.users.find(attempt.pin);
  const std::uint32_t group = user == book.users.end() ? 0 : user->second.group;
  std::vector<std::uint32_t> people;
  for (const Attempt& each : its.gathering)
    people.push_back(each.group);
  people.push_back(group);

  bool some = false, all = false;
  for (const MultiCardGroup& row : book.rules.multi_card) {
    if (number(row.door) != door) continue;
    some = some || fit(people, row, false);
    all = all || fit(people, row, true);
  }
  const std::vector<Attempt> waited = its.gathering;
  if (!some) {
    its.gathering.clear();
    return refused(attempt, failed, now);
  }
  if (all) {
    its.gathering.clear();
    return opens(attempt, waited, now);
  }
  its.gathering.push_back(attempt);
  its.gathering.back().group = group;
  const seconds interval = book.doors[door].multi_card_interval;
  its.gathering_until = interval.count() != 0 ? now.uptime + interval : Uptime::max();
  std::vector<Expected> events{denied(attempt, EventCode::several_wait, Rule::multi_card, now)};
  add_alarm(events, attempt);
  return events;
}

// Nobody followed.
void Oracle::Memory::gathering_in_vain(unsigned door, const Moment& at) {
  const Attempt last = doors[door].gathering.back();
  doors[door].gathering.clear();
  due.push_back(denied(last, EventCode::several_failed, Rule::multi_card, at));
}

}  // namespace lintel::oracle
