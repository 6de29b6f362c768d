#include "engine/core/access.h"

#include <algorithm>
#include <array>

#include "engine/core/controller_state.h"

namespace lintel {

namespace {

using Guard = bool (*)(const Circumstances&, Reason&);

bool is_for(const Privilege& privilege, DoorId door) {
  return (privilege.doors & bit(door)) != 0;
}

DoorId door_of(const Circumstances& c) {
  return lintel::door_of(c.attempt.reader);
}

// Whose privileges and time zones are asked: not a super user's, and nobody's where nobody is
// known.
bool has_privileges_to_ask(const Circumstances& c) {
  return c.attempt.person.has_value() && !c.super_user;
}

// ---- one guard for each reason; false refuses, and says in `reason` what it looked at

bool frame_format(const Circumstances& c, Reason& reason) {
  reason.detail = c.attempt.frame_fits ? 0 : c.attempt.card_bits;
  return c.attempt.frame_fits;
}

bool reader_disabled(const Circumstances& c, Reason&) {
  return c.with.reader(c.attempt.reader).enabled;
}

bool door_disabled(const Circumstances& c, Reason&) {
  return c.door.parameters().enabled;
}

bool lockdown(const Circumstances& c, Reason& reason) {
  constexpr std::uint32_t by_super_user = 1, dual_close = 2;
  reason.detail = c.door.has(Door::Shut::emergency) ? dual_close : by_super_user;
  return !c.door.has(Door::Shut::emergency) && !c.door.has(Door::Shut::lockdown);
}

bool door_locked(const Circumstances& c, Reason& reason) {
  if (c.super_user) return true;
  if (c.door.has(Door::Shut::scheduled)) reason.record = c.with.closing_zone(door_of(c), c.now);
  return !c.door.parameters().locked && !c.door.has(Door::Shut::scheduled);
}

bool lockout(const Circumstances& c, Reason& reason) {
  if (!c.attempt.typed) return true;
  constexpr std::uint32_t of_reader = 1, of_person = 2;
  auto left = c.lockouts.of_reader(c.attempt.reader, c.now.uptime);
  reason.record = of_reader;
  const bool says_password = (c.attempt.proofs & bit(Proof::password)) != 0;
  if (!left && says_password && c.attempt.person) {
    left = c.lockouts.of_person(c.attempt.person->user.pin, c.now.uptime);
    reason.record = of_person;
  }
  if (!left) return true;
  reason.detail = static_cast<std::uint32_t>(left->count());
  return false;
}

bool registered(const Circumstances& c, Reason&) {
  return c.attempt.person.has_value() || !c.attempt.looked_up ||
         c.attempt.password == Attempt::Secret::ambiguous;
}

bool password(const Circumstances& c, Reason&) {
  return c.attempt.password != Attempt::Secret::wrong;
}

bool password_ambiguous(const Circumstances& c, Reason&) {
  return c.attempt.password != Attempt::Secret::ambiguous;
}

bool card_lost(const Circumstances& c, Reason&) {
  return !c.attempt.card_lost;
}

bool blacklist(const Circumstances& c, Reason&) {
  return !c.attempt.person || !c.attempt.person->user.blacklisted;
}

bool validity(const Circumstances& c, Reason& reason) {
  if (!c.attempt.person || !c.now.trusted) return true;
  const Validity& own = c.attempt.person->user.validity;
  reason.detail = own.too_late(c.now.civil) ? 1 : 0;
  if (!own.contains(c.now.civil)) return false;
  if (c.super_user) return true;
  constexpr std::uint32_t to_come = 2, over = 3;
  bool any = false;
  for (const Privilege& privilege : c.privileges) {
    if (!is_for(privilege, door_of(c))) continue;
    if (privilege.validity.contains(c.now.civil)) return true;
    const bool early = !privilege.validity.too_late(c.now.civil);
    if (any && reason.detail == to_come && !early) continue;  // one that is to come says more
    any = true;
    reason.record = privilege.timezone;
    reason.detail = early ? to_come : over;
  }
  return !any;  // with none at all it is the next guard that refuses
}

bool privilege(const Circumstances& c, Reason&) {
  if (!has_privileges_to_ask(c)) return true;
  return std::any_of(c.privileges.begin(), c.privileges.end(),
                     [&](const Privilege& each) { return is_for(each, door_of(c)); });
}

bool time_zone(const Circumstances& c, Reason& reason) {
  if (!has_privileges_to_ask(c)) return true;
  std::uint32_t looked_at = 0;
  bool exists = true;
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c))) continue;
    if (c.now.trusted && !each.validity.contains(c.now.civil)) continue;
    ++looked_at;
    reason.record = each.timezone;
    exists = c.with.calendar.timezone(each.timezone) != nullptr;
    if (c.now.trusted ? c.with.calendar.holds(each.timezone, c.now) : exists) {
      reason.detail = 0;
      return true;  // with an untrusted clock the next guard decides whether it may be relied on
    }
    reason.detail = exists ? looked_at : 0;
  }
  return looked_at == 0;
}

// Some privilege for the door holds whatever time it is; there being none is another guard's
// business.
bool may_pass_at_any_time(const Circumstances& c, Reason& reason) {
  bool any = false, timeless = false;
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c))) continue;
    any = true;
    const bool always = c.with.calendar.holds(each.timezone, c.now);
    timeless = timeless || (always && each.validity.unlimited());
    reason.record = always ? 0 : each.timezone;
  }
  return !any || timeless;
}

bool clock_untrusted(const Circumstances& c, Reason& reason) {
  if (c.now.trusted || c.attempt.emergency) return true;
  if (!c.attempt.person && c.attempt.looked_up) return true;
  if (c.attempt.person && !c.attempt.person->user.validity.unlimited()) return false;
  if (has_privileges_to_ask(c) && !may_pass_at_any_time(c, reason)) return false;
  if (c.mode.unknown_schedule != 0) {
    constexpr std::uint32_t of_a_schedule = 1;
    reason.record = c.mode.unknown_schedule;
    reason.detail = of_a_schedule;
    return false;
  }
  if (c.super_user) return true;
  const TimezoneId zone = c.door.parameters().valid_zone;
  reason.record = zone;
  return c.with.calendar.timezone(zone) == nullptr || c.with.calendar.holds(zone, c.now);
}

bool door_period(const Circumstances& c, Reason& reason) {
  if (c.super_user || c.attempt.emergency) return true;
  reason.record = c.door.parameters().valid_zone;
  if (!c.now.trusted) return c.with.calendar.timezone(reason.record) != nullptr;
  return c.with.calendar.holds(reason.record, c.now);
}

bool interval(const Circumstances& c, Reason& reason) {
  if (!has_privileges_to_ask(c)) return true;
  const auto last = c.door.let_in_at(c.attempt.person->user.pin, c.attempt.card,
                                     c.now.uptime - c.door.parameters().interval);
  if (!last || c.now.uptime < *last) return true;  // never, or a question about an earlier time
  const auto left = *last + c.door.parameters().interval - c.now.uptime;
  if (left <= UptimeClock::duration::zero()) return true;
  reason.detail = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(left).count());
  return false;
}

bool first_card(const Circumstances& c, Reason&) {
  if (c.super_user || c.attempt.emergency) return true;
  if (c.door.parameters().first_card != FirstCard::activation) return true;
  if (c.door.first_card_was_here()) return true;
  return c.attempt.person &&
         c.with.first_card_zone(c.attempt.person->user.pin, door_of(c), c.now) != timezone_never;
}

bool anti_passback(const Circumstances& c, Reason& reason) {
  if (!has_privileges_to_ask(c)) return true;
  const auto refusal = c.with.anti_passback.refuses(c.attempt.person->user.pin, c.attempt.reader,
                                                    c.door.parameters(), c.passages, c.now.uptime);
  if (!refusal) return true;
  reason.detail = static_cast<std::uint32_t>(refusal->kind);
  reason.record = refusal->kind == AntiPassback::Kind::timed
                      ? static_cast<std::uint32_t>(refusal->still_to_wait.count())
                      : number(refusal->last);
  return false;
}

bool interlock(const Circumstances& c, Reason& reason) {
  const auto in_the_way = c.with.interlock.blocks(door_of(c), c.busy);
  if (!in_the_way) return true;
  reason.record = number(*in_the_way);
  reason.detail = c.interlock_overridden || c.attempt.emergency ? 1 : 0;
  return reason.detail != 0;
}

bool verification_mode(const Circumstances& c, Reason& reason) {
  if (c.attempt.emergency) return true;
  constexpr std::uint32_t new_form = 30;
  reason.detail = (c.mode.code & mode_new_form) != 0 ? new_form : c.mode.code;
  reason.record = static_cast<std::uint32_t>(c.mode.source);
  // Where nobody was looked for, only a duress password stands for a person.
  const bool nobody = !c.attempt.person && !c.attempt.looked_up;
  if (nobody && c.attempt.duress != Attempt::Duress::password) return false;
  return c.attempt.in_order && (c.attempt.proofs & ~(c.mode.mode.proofs | c.mode.mode.or_all)) == 0;
}

bool parts_timeout(const Circumstances& c, Reason&) {
  return c.attempt.in_time;
}

struct Step {
  Rule rule;
  EventCode code;
  Guard passes;
};

constexpr std::array ladder{
    Step{Rule::frame_format, EventCode::wrong_wiegand_format, frame_format},
    Step{Rule::reader_disabled, EventCode::door_not_in_valid_period, reader_disabled},
    Step{Rule::door_disabled, EventCode::door_not_in_valid_period, door_disabled},
    Step{Rule::lockdown, EventCode::door_locked, lockdown},
    Step{Rule::door_locked, EventCode::door_locked, door_locked},
    Step{Rule::lockout, EventCode::not_registered, lockout},
    Step{Rule::registered, EventCode::not_registered, registered},
    Step{Rule::password, EventCode::not_registered, password},
    Step{Rule::password_ambiguous, EventCode::not_registered, password_ambiguous},
    Step{Rule::card_lost, EventCode::card_lost, card_lost},
    Step{Rule::blacklist, EventCode::blacklisted, blacklist},
    Step{Rule::validity, EventCode::too_late, validity},
    Step{Rule::privilege, EventCode::no_privilege, privilege},
    Step{Rule::time_zone, EventCode::outside_time_zone, time_zone},
    Step{Rule::clock_untrusted, EventCode::outside_time_zone, clock_untrusted},
    Step{Rule::door_period, EventCode::door_not_in_valid_period, door_period},
    Step{Rule::interval, EventCode::interval_too_short, interval},
    Step{Rule::first_card, EventCode::door_not_in_valid_period, first_card},
    Step{Rule::anti_passback, EventCode::passed_back, anti_passback},
    Step{Rule::interlock, EventCode::interlocked, interlock},
    Step{Rule::verification_mode, EventCode::wrong_verification_mode, verification_mode},
    Step{Rule::parts_timeout, EventCode::verification_timeout, parts_timeout},
};

// Every refusal of the enum has its guard, in the order of the enum.
static_assert([] {
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    if (static_cast<std::size_t>(ladder[i].rule) != i + 1) return false;
  }
  return ladder.size() == rungs;
}());

Reason blank(const Circumstances& c, Rule rule) {
  return {.rule = rule,
          .record = 0,
          .detail = 0,
          .door = door_of(c),
          .reader = c.attempt.reader,
          .refused_by = 0};
}

EventCode code_of(const Step& step, const Reason& reason) {
  if (step.rule != Rule::validity) return step.code;
  return reason.detail % 2 == 0 ? EventCode::too_early : EventCode::too_late;
}

// The time zone that lets the person pass; asked after the whole ladder has passed.
TimezoneId zone_that_holds(const Circumstances& c) {
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c)) || !c.with.calendar.holds(each.timezone, c.now)) continue;
    if (c.now.trusted ? each.validity.contains(c.now.civil) : each.validity.unlimited()) {
      return each.timezone;
    }
  }
  return timezone_never;
}

}  // namespace

Verdict decide(const Circumstances& circumstances) {
  Verdict verdict{.granted = true, .code = EventCode::opened, .reason = {}};
  std::uint32_t refused_by = 0;
  for (const Step& step : ladder) {
    Reason reason = blank(circumstances, step.rule);
    if (step.passes(circumstances, reason)) continue;
    refused_by |= std::uint32_t{1} << static_cast<unsigned>(step.rule);
    if (verdict.granted) {
      verdict = {.granted = false, .code = code_of(step, reason), .reason = reason};
    }
  }
  if (verdict.granted) {
    verdict.reason = blank(circumstances, Rule::granted);
    verdict.reason.record = zone_that_holds(circumstances);
  }
  verdict.reason.refused_by = refused_by;
  return verdict;
}

std::vector<Rung> all_rungs(const Circumstances& circumstances) {
  std::vector<Rung> all;
  bool reached = true;
  for (const Step& step : ladder) {
    Reason reason = blank(circumstances, step.rule);
    const bool passed = step.passes(circumstances, reason);
    all.push_back({.rule = step.rule, .passed = passed, .reached = reached, .reason = reason});
    reached = reached && passed;
  }
  return all;
}

}  // namespace lintel
