#include "engine/core/access.h"

#include <algorithm>
#include <array>

namespace lintel {

namespace {

using Guard = bool (*)(const Circumstances&, Reason&);

bool is_for(const Privilege& privilege, DoorId door) {
  return (privilege.doors >> (number(door) - 1) & 1u) != 0;
}

DoorId door_of(const Circumstances& c) {
  return lintel::door_of(c.attempt.reader);
}

// ---- one guard for each reason; false refuses, and says in `reason` what it looked at

bool frame_format(const Circumstances& c, Reason& reason) {
  reason.detail = c.attempt.frame_fits ? 0 : c.attempt.card_bits;
  return c.attempt.frame_fits;
}

bool door_disabled(const Circumstances& c, Reason&) {
  return c.door.enabled;
}
bool door_locked(const Circumstances& c, Reason&) {
  return !c.door.locked;
}

bool registered(const Circumstances& c, Reason&) {
  return c.attempt.person != nullptr || !c.attempt.looked_up ||
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
  return c.attempt.person == nullptr || !c.attempt.person->blacklisted;
}

bool validity(const Circumstances& c, Reason& reason) {
  if (c.attempt.person == nullptr || !c.now.trusted) return true;
  const Validity& own = c.attempt.person->validity;
  reason.detail = own.too_late(c.now.civil) ? 1 : 0;
  if (!own.contains(c.now.civil)) return false;
  bool any = false;
  for (const Privilege& privilege : c.privileges) {
    if (!is_for(privilege, door_of(c))) continue;
    if (privilege.validity.contains(c.now.civil)) return true;
    any = true;
    reason.record = privilege.timezone;
    reason.detail = privilege.validity.too_late(c.now.civil) ? 3 : 2;
  }
  return !any;  // with none at all it is the next guard that refuses
}

bool privilege(const Circumstances& c, Reason&) {
  if (c.attempt.person == nullptr) return true;
  return std::any_of(c.privileges.begin(), c.privileges.end(),
                     [&](const Privilege& each) { return is_for(each, door_of(c)); });
}

bool time_zone(const Circumstances& c, Reason& reason) {
  std::uint32_t looked_at = 0;
  bool exists = true;
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c))) continue;
    if (c.now.trusted && !each.validity.contains(c.now.civil)) continue;
    ++looked_at;
    reason.record = each.timezone;
    exists = c.calendar.timezone(each.timezone) != nullptr;
    if (c.now.trusted ? c.calendar.holds(each.timezone, c.now) : exists) {
      reason.detail = 0;
      return true;  // with an untrusted clock the next guard decides whether it may be relied on
    }
    reason.detail = exists ? looked_at : 0;
  }
  return looked_at == 0;
}

bool clock_untrusted(const Circumstances& c, Reason& reason) {
  if (c.now.trusted || c.attempt.person == nullptr) return true;
  if (!c.attempt.person->validity.unlimited()) return false;
  bool any = false, timeless = false;
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c))) continue;
    any = true;
    const bool always = c.calendar.holds(each.timezone, c.now);
    timeless = timeless || (always && each.validity.unlimited());
    reason.record = always ? 0 : each.timezone;
  }
  if (any && !timeless) return false;
  reason.record = c.door.valid_zone;
  return c.calendar.timezone(c.door.valid_zone) == nullptr ||
         c.calendar.holds(c.door.valid_zone, c.now);
}

bool door_period(const Circumstances& c, Reason& reason) {
  reason.record = c.door.valid_zone;
  if (!c.now.trusted) return c.calendar.timezone(c.door.valid_zone) != nullptr;
  return c.calendar.holds(c.door.valid_zone, c.now);
}

bool interval(const Circumstances& c, Reason& reason) {
  if (c.attempt.person == nullptr || c.last.pin != c.attempt.person->pin) return true;
  if (c.last.card != c.attempt.card || c.now.uptime < c.last.at) return true;
  const auto left = c.last.at + c.door.interval - c.now.uptime;
  if (left <= UptimeClock::duration::zero()) return true;
  reason.detail = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(left).count());
  return false;
}

bool verification_mode(const Circumstances& c, Reason& reason) {
  constexpr std::uint32_t new_form = 30;
  reason.detail =
      c.door.verify_type.size() <= 2 ? static_cast<std::uint32_t>(c.mode.code) : new_form;
  return c.attempt.in_order && (c.attempt.proofs & ~(c.mode.proofs | c.mode.or_all)) == 0;
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
    Step{Rule::door_disabled, EventCode::door_not_in_valid_period, door_disabled},
    Step{Rule::door_locked, EventCode::door_locked, door_locked},
    Step{Rule::registered, EventCode::not_registered, registered},
    Step{Rule::password, EventCode::not_registered, password},
    Step{Rule::password_ambiguous, EventCode::not_registered, password_ambiguous},
    Step{Rule::card_lost, EventCode::card_lost, card_lost},
    Step{Rule::blacklist, EventCode::blacklisted, blacklist},
    Step{Rule::validity, EventCode::validity_over, validity},
    Step{Rule::privilege, EventCode::no_privilege, privilege},
    Step{Rule::time_zone, EventCode::outside_time_zone, time_zone},
    Step{Rule::clock_untrusted, EventCode::outside_time_zone, clock_untrusted},
    Step{Rule::door_period, EventCode::door_not_in_valid_period, door_period},
    Step{Rule::interval, EventCode::interval_too_short, interval},
    Step{Rule::verification_mode, EventCode::wrong_verification_mode, verification_mode},
    Step{Rule::parts_timeout, EventCode::verification_timeout, parts_timeout},
};

// Every refusal of the enum has its guard, in the order of the enum.
static_assert([] {
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    if (static_cast<std::size_t>(ladder[i].rule) != i + 1) return false;
  }
  return static_cast<std::size_t>(Rule::granted) == ladder.size() + 1;
}());

Reason blank(const Circumstances& c, Rule rule) {
  return {.rule = rule, .record = 0, .detail = 0, .door = door_of(c), .reader = c.attempt.reader};
}

// The time zone that lets the person pass; asked after the whole ladder has passed.
TimezoneId zone_that_holds(const Circumstances& c) {
  for (const Privilege& each : c.privileges) {
    if (!is_for(each, door_of(c)) || !c.calendar.holds(each.timezone, c.now)) continue;
    if (c.now.trusted ? each.validity.contains(c.now.civil) : each.validity.unlimited()) {
      return each.timezone;
    }
  }
  return timezone_never;
}

}  // namespace

Verdict decide(const Circumstances& circumstances) {
  for (const Step& step : ladder) {
    Reason reason = blank(circumstances, step.rule);
    if (!step.passes(circumstances, reason)) {
      return {.granted = false, .code = step.code, .reason = reason};
    }
  }
  Reason reason = blank(circumstances, Rule::granted);
  reason.record = zone_that_holds(circumstances);
  reason.detail = static_cast<std::uint32_t>(circumstances.door.drive_time.count());
  return {.granted = true, .code = EventCode::opened, .reason = reason};
}

std::vector<Rung> all_rungs(const Circumstances& circumstances) {
  std::vector<Rung> rungs;
  for (const Step& step : ladder) {
    Reason reason = blank(circumstances, step.rule);
    const bool passed = step.passes(circumstances, reason);
    rungs.push_back({.rule = step.rule, .passed = passed, .reason = reason});
  }
  return rungs;
}

}  // namespace lintel
