#include "tests/sim/checker.h"

#include <algorithm>
#include <cstdio>

namespace lintel::sim {

namespace {

using namespace std::chrono;

constexpr auto relock_tolerance = 100ms;
constexpr auto schedule_tolerance = 61s;  // schedules are looked at every minute
constexpr std::size_t complaints_max = 20;

// What follows something that was shown at a reader.
bool is_decision(const Seen& event) {
  constexpr unsigned codes[] = {0,  1,  20, 21, 22,  23,  27,   38,  39,
                                41, 42, 63, 75, 207, 216, 5024, 5025};
  return event.way != 2 &&
         std::find(std::begin(codes), std::end(codes), event.code) != std::end(codes);
}
bool is_grant(const Seen& event) {
  return event.code == 0 || event.code == 1 || event.code == 207 || event.code == 216;
}

// Events that something outside causes at once, so that each must have been expected.
bool is_accounted(const Seen& event) {
  constexpr unsigned codes[] = {36,  63,  64,  100, 102, 106,  107,  109,  200, 201,
                                202, 209, 220, 221, 236, 4008, 6008, 6009, 6010};
  return !is_decision(event) &&
         std::find(std::begin(codes), std::end(codes), event.code) != std::end(codes);
}

bool at_door(const Seen& event, unsigned door) {
  constexpr unsigned elsewhere[] = {12, 13, 220, 221};
  return event.address == door &&
         std::find(std::begin(elsewhere), std::end(elsewhere), event.code) == std::end(elsewhere);
}

// The door's schedule was looked at in the same instant.
bool zone_moved(const Step& step, unsigned door) {
  return std::any_of(step.events.begin(), step.events.end(), [door](const Seen& event) {
    return event.address == door && (event.code == 5 || event.code == 204);
  });
}

bool is_lock(const Edge& edge, unsigned door) {
  return edge.line.kind == OutputKind::lock && edge.line.number == door;
}

std::string written(CivilTime time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string door_text(unsigned door) {
  return "door " + std::to_string(door);
}

}  // namespace

std::string text_of(const Seen& event) {
  return "event " + std::to_string(event.index) + ": code " + std::to_string(event.code) + " at " +
         std::to_string(event.address) + " way " + std::to_string(event.way) + " pin " + event.pin +
         " card " + std::to_string(event.card) + " verify " + std::to_string(event.verify) +
         " time " + event.time;
}

Checker::Checker(const Book& book, Oracle& oracle, Trace& trace)
    : book_(book),
      oracle_(oracle),
      trace_(trace),
      doors_(book.doors()),
      input_open_(book.doors()) {}

void Checker::complain(Uptime now, const std::string& sentence) {
  trace_.add(now, "COMPLAINT " + sentence);
  if (complaints_.size() < complaints_max) complaints_.push_back(sentence);
}

// ---- what the world does

void Checker::expect(const Decision& decision) {
  decisions_.push_back(decision);
}

void Checker::expect(unsigned code, unsigned address) {
  expected_.emplace(code, address);
}

bool Checker::has_sensor(unsigned door) const {
  return book_.number(door, "DoorSensorType") != 0;
}

void Checker::sensor(unsigned door, bool open, Uptime now) {
  input_open_[door - 1] = open;
  DoorWatch& place = watch(door);
  if (!has_sensor(door) || place.open == open) return;
  place.open = open;
  expect(open ? 200 : 201, door);
  place.standing_since.reset();
  if (!open) {
    place.held_told = 0;
    return;
  }
  if (!place.on && !board_fails_ && now >= place.exit_allowed_until) expect(102, door);
  if (!place.on) place.standing_since = now;
}

void Checker::exit_button(unsigned door, const Moment& now) {
  const unsigned code = oracle_.exit_button(door, now);
  expect(code, door);
  if (code == 209) {
    const seconds allowed(book_.number(door, "DoorREXTimeOut"));
    watch(door).exit_allowed_until = now.uptime + allowed;
  }
}

void Checker::board_heals(Uptime now) {
  board_fails_ = false;
  healed_at_ = now;
}

// ---- a step

void Checker::take(const Step& step) {
  for (const Edge& edge : step.edges) {
    const char* const kinds[] = {"lock ", "aux ", "led ", "buzzer "};
    trace_.add(step.now.uptime, kinds[static_cast<unsigned>(edge.line.kind)] +
                                    std::to_string(edge.line.number) + (edge.on ? " on" : " off"));
  }
  for (const Seen& event : step.events) {
    trace_.add(step.now.uptime, text_of(event));
    ++counts_[event.code];
  }
  if (step.engine_started) start_again(step);
  the_journal_has_no_gap(step);
  times_are_right(step);
  each_decision_is_the_oracles(step);
  each_event_was_caused(step);
  nobody_revoked_is_let_in(step);
  a_refusal_moves_no_output(step);
  a_command_is_done_once(step);
  each_unlock_has_one_cause(step);
  locks_fall_in_time(step);
  zones_are_kept(step);
  doors_that_stand_open_are_told_once(step);
  if (step.engine_died) {
    died_with_ = step.command_id;
    died_at_ = step.now;
  }
}

// The engine starts anew: its timers and what it remembered are gone.
void Checker::start_again(const Step& step) {
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    DoorWatch fresh;
    fresh.sensor_type = book_.number(door, "DoorSensorType");
    fresh.open = has_sensor(door) && input_open_[door - 1];
    if (fresh.open) fresh.standing_since = step.now.uptime;
    watch(door) = fresh;
  }
  expected_.clear();
  decisions_.clear();
}

void Checker::the_journal_has_no_gap(const Step& step) {
  for (const Seen& event : step.events) {
    const std::uint64_t due = journal_.empty() ? 1 : journal_.back().index + 1;
    if (event.index != due) {
      complain(step.now.uptime, "The journal goes on with index " + std::to_string(event.index) +
                                    " where " + std::to_string(due) + " was due.");
    }
    journal_.push_back(event);
    told(event.index);
  }
}

// Events carry the civil time at which they happened.
void Checker::times_are_right(const Step& step) {
  if (step.command != nullptr && step.command->kind == Command::Kind::clock) return;
  for (const Seen& event : step.events) {
    if (event.time != written(step.now.civil)) {
      complain(step.now.uptime, text_of(event) + " happened at " + written(step.now.civil) + ".");
    }
  }
}

void Checker::each_decision_is_the_oracles(const Step& step) {
  auto due = std::move(decisions_);
  decisions_.clear();
  std::map<unsigned, bool> by_zone;  // doors whose zone began or ended earlier in this step
  for (const Seen& event : step.events) {
    if (event.code == 5 || event.code == 204) by_zone[event.address] = event.code == 5;
    if (!is_decision(event)) continue;
    const unsigned reader = 2 * event.address - 1 + event.way;
    const auto decision =
        std::find_if(due.begin(), due.end(), [&](const Decision& d) { return d.reader == reader; });
    if (decision == due.end()) {
      complain(step.now.uptime, text_of(event) +
                                    " was decided, and nobody had shown anything at reader " +
                                    std::to_string(reader) + ".");
      continue;
    }
    unsigned code = decision->code;
    if (decision->granted) {
      const DoorWatch& place = watch(event.address);
      const auto zone = by_zone.find(event.address);
      const bool open =
          place.stay_open || place.fire || (zone == by_zone.end() ? place.zone_open : zone->second);
      code = open ? (decision->by_password_alone ? 216 : 1) : decision->by_password_alone ? 207 : 0;
    }
    if (decision->or_code != 0 && event.code == decision->or_code) code = event.code;
    if (event.code != code || event.pin != decision->pin || event.card != decision->card ||
        event.verify != decision->verify) {
      complain(step.now.uptime, text_of(event) + " is not what the oracle says: code " +
                                    std::to_string(code) + " pin " + decision->pin + " card " +
                                    std::to_string(decision->card) + " verify " +
                                    std::to_string(decision->verify) + ".");
    }
    if (is_grant(event)) oracle_.let_in(event.address, event.pin, event.card, step.now.uptime);
    due.erase(decision);
  }
  if (step.engine_died) return;
  for (const Decision& decision : due) {
    complain(step.now.uptime, "What was shown at reader " + std::to_string(decision.reader) +
                                  " was not decided: code " + std::to_string(decision.code) +
                                  " was due.");
  }
}

void Checker::each_event_was_caused(const Step& step) {
  for (const Seen& event : step.events) {
    if (!is_accounted(event)) continue;
    const auto found = expected_.find({event.code, event.address});
    if (found == expected_.end()) {
      // With a board that does not obey it is not known what is released.
      if (event.code == 102 && (board_fails_ || healed_at_ != Uptime{})) continue;
      complain(step.now.uptime, "Nothing has caused " + text_of(event) + ".");
    } else {
      expected_.erase(found);
    }
  }
  if (!step.engine_died) {
    for (const auto& [code, address] : expected_) {
      if (code == 102 && zone_moved(step, address)) continue;  // it stood open by then
      complain(step.now.uptime, "The event " + std::to_string(code) + " at " +
                                    std::to_string(address) + " was due and is not recorded.");
    }
  }
  expected_.clear();
}

void Checker::nobody_revoked_is_let_in(const Step& step) {
  for (const Seen& event : step.events) {
    if (!is_grant(event) || !is_decision(event)) continue;
    if (!oracle_.is_registered(event.pin)) {
      complain(step.now.uptime, text_of(event) + " lets somebody in who was deleted.");
    } else if (oracle_.is_blacklisted(event.pin)) {
      complain(step.now.uptime, text_of(event) + " lets somebody in who is on the blacklist.");
    }
  }
}

void Checker::a_refusal_moves_no_output(const Step& step) {
  for (const Seen& event : step.events) {
    if (!is_decision(event) || is_grant(event)) continue;
    for (const Edge& edge : step.edges) {
      const bool due_to_fall =
          !edge.on && edge.line.kind == OutputKind::lock &&
          watch(edge.line.number).until.value_or(Uptime::max()) <= step.now.uptime;
      const bool by_zone = zone_moved(step, event.address);
      const bool moves =
          (is_lock(edge, event.address) && !by_zone) || edge.line.kind == OutputKind::aux;
      if (moves && !due_to_fall && !step.engine_died) {
        complain(step.now.uptime, text_of(event) + " refuses, and an output moves.");
      }
    }
  }
}

// Within the minute in which the same words are the same command, by the clock of the box.
void Checker::a_command_is_done_once(const Step& step) {
  const bool moves = step.command != nullptr && step.command->kind == Command::Kind::control;
  if (!moves || step.command_id.empty()) return;
  const bool recorded = std::any_of(step.events.begin(), step.events.end(), [](const Seen& event) {
    constexpr unsigned codes[] = {7, 8, 9, 10, 11, 12, 13, 205, 233, 234};
    return std::find(std::begin(codes), std::end(codes), event.code) != std::end(codes);
  });
  if (!recorded) return;
  const auto [done, first] = done_at_.try_emplace(step.command_id, step.now);
  const auto passed = step.now.civil - done->second.civil;
  if (!first && step.now.uptime - done->second.uptime < 60s && passed < 60s && passed >= 0s) {
    complain(step.now.uptime, "The command " + step.command_id + " was carried out again.");
  }
  done->second = step.now;
}

// ---- locks

void Checker::release_recorded(unsigned door, const Seen& event, const Step& step,
                               unsigned& causes) {
  DoorWatch& place = watch(door);
  const seconds own(book_.number(door, "DoorDrivertime"));
  const seconds delay(book_.number(door, "DoorDelayOpenTime"));
  const auto release_for = [&](seconds pulse) {
    if (pulse == 0s || normally_open(door)) return;
    ++causes;
    place.delayed.reset();
    place.until = std::max(place.until.value_or(Uptime{}), step.now.uptime + pulse);
  };
  switch (event.code) {
    case 0:
    case 207:
      if (own == 0s || place.delayed) break;
      if (!place.meant_open && !place.owed && delay > 0s) {
        place.delayed = DoorWatch::Delayed{step.now.uptime + delay, own};
      } else {
        release_for(own);
      }
      break;
    case 202:
      release_for(own);
      break;
    case 8: {
      const unsigned asked = step.command != nullptr ? step.command->control.seconds : 0;
      release_for(asked > 0 ? seconds(asked) : own);
      break;
    }
    case 6013:
      ++causes;
      place.fire = true;
      break;
    case 5:
    case 205:
      ++causes;
      place.delayed.reset();
      (event.code == 5 ? place.zone_open : place.stay_open) = true;
      break;
    default:
      break;
  }
}

unsigned Checker::causes_at(unsigned door, const Step& step) {
  DoorWatch& place = watch(door);
  // A board that fails may have left the lock in another state than the one it is meant to have.
  place.meant_open = normally_open(door) || place.until.value_or(Uptime{}) > step.now.uptime;
  unsigned causes = 0;
  if (place.delayed && place.delayed->due <= step.now.uptime) {
    place.until =
        std::max(place.until.value_or(Uptime{}), place.delayed->due + place.delayed->pulse);
    place.delayed.reset();
    place.meant_open = true;
    ++causes;
  }
  const unsigned by_delay = causes;
  const auto all_ends = [&place] {
    place.zone_open = place.stay_open = place.meant_open = false;
    place.until.reset();
    place.delayed.reset();
  };
  for (const Seen& event : step.events) {
    if (!at_door(event, door)) continue;
    release_recorded(door, event, step, causes);
    const bool zone_ends = (event.code == 204 || event.code == 10) && place.zone_open;
    const bool closed = event.code == 201 && !normally_open(door) &&
                        book_.parameter(door, "DoorCloseAndLock") == "1";
    if (zone_ends) place.zone_open = false;
    if (event.code == 4014) place.fire = false;
    if ((zone_ends && !place.stay_open) || event.code == 9 || event.code == 233) all_ends();
    if (closed) {
      place.until.reset();
      place.meant_open = false;
    }
  }
  const bool shut =
      book_.parameter(door, "DoorDisable") == "0" || book_.parameter(door, "DoorMaskFlag") == "1";
  if (step.reconfigured.contains(door) && shut) all_ends();
  // A time that begins when the delay is over, since the clock has jumped: one opening.
  return causes > by_delay ? causes - by_delay : causes;
}

void Checker::each_unlock_has_one_cause(const Step& step) {
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    DoorWatch& place = watch(door);
    const auto edges = [&](bool on) {
      return std::count_if(step.edges.begin(), step.edges.end(),
                           [&](const Edge& edge) { return is_lock(edge, door) && edge.on == on; });
    };
    const auto unlocks = edges(true), relocks = edges(false);
    const unsigned causes = causes_at(door, step);
    const unsigned owed = place.owed ? 1 : 0;
    if (unlocks > 0 && !step.engine_died && causes + owed == 0) {
      complain(step.now.uptime,
               "The lock of " + door_text(door) + " opens, and no event says why.");
    }
    // At a start each thing that keeps it open is told.
    const bool several = unlocks == 1 && causes > 1 && !step.engine_started;
    if (unlocks > 1 || several) {
      complain(step.now.uptime, "The lock of " + door_text(door) + " has opened " +
                                    std::to_string(unlocks) + " times with " +
                                    std::to_string(causes) + " causes.");
    }
    if (causes > 0 && unlocks == 0 && !place.on && !step.engine_died) {
      if (!board_fails_) {
        complain(step.now.uptime,
                 "A release of " + door_text(door) + " is recorded, and its lock does not open.");
      }
      place.owed = true;
    }
    const bool too_early = normally_open(door) || place.until.value_or(Uptime{}) > step.now.uptime;
    if (relocks > 0 && unlocks == 0 && too_early && !step.engine_died) {
      complain(step.now.uptime, "The lock of " + door_text(door) + " falls before its time.");
    }
    if (unlocks > 0) place.owed = false;
    // The order within a step: a lock that fell and opened again is open.
    for (const Edge& edge : step.edges) {
      if (is_lock(edge, door)) place.on = edge.on;
    }
    if (!place.on && !place.owed) {
      place.until.reset();
      place.zone_open = place.stay_open = false;
    }
  }
}

void Checker::locks_fall_in_time(const Step& step) {
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    DoorWatch& place = watch(door);
    if (place.owed && !board_fails_ && step.now.uptime > healed_at_ + 200ms) place.owed = false;
    if (!place.on || normally_open(door) || board_fails_) continue;
    const Uptime until = std::max(place.until.value_or(Uptime{}), healed_at_) + relock_tolerance;
    if (step.now.uptime > until) {
      complain(step.now.uptime,
               "The lock of " + door_text(door) + " is still open after its time.");
      place.until = step.now.uptime + 1h;  // said once
    }
  }
}

Uptime Checker::deadline() const {
  Uptime next = Uptime::max();
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    const DoorWatch& place = doors_[door - 1];
    if (!place.on || normally_open(door) || board_fails_) continue;
    next = std::min(next,
                    std::max(place.until.value_or(Uptime{}), healed_at_) + relock_tolerance + 1ns);
  }
  return next;
}

// A door stands open by its zone when the zone holds, and at no other time.
void Checker::zones_are_kept(const Step& step) {
  if (step.engine_died) return;
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    DoorWatch& place = watch(door);
    if (board_fails_ || place.zone_open == oracle_.zone_wants_open(door, step.now)) {
      place.zone_wrong_since.reset();
      continue;
    }
    if (!place.zone_wrong_since) place.zone_wrong_since = step.now.uptime;
    if (step.now.uptime - *place.zone_wrong_since <= schedule_tolerance) continue;
    complain(step.now.uptime,
             door_text(door) + (place.zone_open ? " stands open after its normal-open time."
                                                : " is locked in its normal-open time."));
    place.zone_wrong_since = step.now.uptime + 1h;  // said once
  }
}

void Checker::doors_that_stand_open_are_told_once(const Step& step) {
  for (unsigned door = 1; door <= book_.doors(); ++door) {
    DoorWatch& place = watch(door);
    const bool lock_moved = std::any_of(step.edges.begin(), step.edges.end(),
                                        [&](const Edge& edge) { return is_lock(edge, door); });
    if (step.reconfigured.contains(door)) {
      place.standing_since.reset();
      const auto type = book_.number(door, "DoorSensorType");
      if (type != place.sensor_type) {  // another sensor: what it says is news
        place.open = has_sensor(door) && input_open_[door - 1];
        place.held_told = 0;
        place.sensor_type = type;
      }
    } else if (lock_moved) {
      place.standing_since.reset();
      if (place.open && !place.on) place.standing_since = step.now.uptime;
    }
    for (const Seen& event : step.events) {
      if (event.code != 28 || event.address != door) continue;
      if (!place.open) complain(step.now.uptime, text_of(event) + ", and the door is closed.");
      if (++place.held_told > 1) {
        complain(step.now.uptime, text_of(event) + " tells it a second time.");
      }
    }
    const seconds allowed(book_.number(door, "DoorDetectortime"));
    if (!place.standing_since || place.held_told > 0 || allowed == 0s || board_fails_ ||
        healed_at_ != Uptime{} || step.engine_died) {
      continue;
    }
    if (step.now.uptime > *place.standing_since + allowed + 1s) {
      complain(step.now.uptime, door_text(door) + " stands open too long, and nobody is told.");
      place.standing_since.reset();
    }
  }
}

// ---- the journal and the server

void Checker::take_journal(const std::vector<Seen>& journal, Uptime now) {
  for (std::size_t at = 0; at < journal_.size(); ++at) {
    if (at >= journal.size()) {
      complain(now, "The journal ends at " + std::to_string(journal.size()) + ", and " +
                        std::to_string(told_) + " was acknowledged.");
      journal_.resize(journal.size());
      return;
    }
    if (journal[at] != journal_[at]) {
      complain(now, "What was acknowledged as " + text_of(journal_[at]) + " now reads " +
                        text_of(journal[at]) + ".");
      journal_[at] = journal[at];
    }
  }
  if (journal.size() < told_) {
    complain(now, "The journal ends at " + std::to_string(journal.size()) + ", and " +
                      std::to_string(told_) + " was acknowledged.");
  }
  // Events of the engine that died, on disk before anybody was told.
  for (std::size_t at = journal_.size(); at < journal.size(); ++at) {
    if (journal[at].index != at + 1) {
      complain(now,
               "The journal has a gap before index " + std::to_string(journal[at].index) + ".");
    }
    trace_.add(now, "found " + text_of(journal[at]));
    const bool by_command = journal[at].code == 8 || journal[at].code == 205;
    if (by_command && !died_with_.empty()) done_at_.try_emplace(died_with_, died_at_);
    journal_.push_back(journal[at]);
  }
  died_with_.clear();
}

void Checker::cursor_moves(std::uint64_t through, Uptime now) {
  if (through > server_has_) {
    complain(now, "The upload cursor moves to " + std::to_string(through) +
                      ", and the server has said OK up to " + std::to_string(server_has_) + ".");
  }
}

void Checker::upload(const std::vector<std::uint64_t>& indexes, Uptime now) {
  for (const auto index : indexes) {
    if (index <= confirmed_) {
      complain(now, "Event " + std::to_string(index) + " is sent again although the server's OK " +
                        "was noted up to " + std::to_string(confirmed_) + ".");
      return;
    }
    if (index > journal_.size()) {
      complain(now, "Event " + std::to_string(index) + " is sent before it is on disk.");
      return;
    }
  }
}

void Checker::at_the_end(const std::vector<Seen>& journal, const std::vector<Seen>& at_server,
                         Uptime now) {
  take_journal(journal, now);
  for (std::size_t at = 0; at < journal.size(); ++at) {
    if (at >= at_server.size()) {
      complain(now, "The server never got " + text_of(journal[at]) + ".");
      return;
    }
    Seen told = journal[at];
    // Servers before 3.1.2 know one word for both.
    const bool outside = told.code == 5024 || told.code == 5025;
    if (outside && at_server[at].code == 29) told.code = 29;
    if (told != at_server[at]) {
      complain(now, "The journal says " + text_of(journal[at]) + ", and the server got " +
                        text_of(at_server[at]) + ".");
      return;
    }
  }
  if (at_server.size() > journal.size())
    complain(now, "The server has events that the box has not.");
}

}  // namespace lintel::sim
