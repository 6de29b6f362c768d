#include "tests/week/witness.h"

#include <algorithm>

namespace lintel::week {

using namespace std::chrono;

namespace {

unsigned person_of(const Pin& pin) {  // 0: nobody of the household
  unsigned number = 0;
  for (const char c : pin.view()) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= people_count ? number : 0;
}

std::string door_text(unsigned door) {
  return "Door " + std::to_string(door);
}
std::string person_text(const Pin& pin) {
  return pin.empty() ? "Nobody" : "Person " + std::string(pin.view());
}
std::string event_text(const Event& event) {
  return "event " + std::to_string(number(event.code)) + " of reader " +
         std::to_string(number(event.reason.reader));
}

constexpr unsigned bit_of(unsigned door) {
  return 1u << door;
}

constexpr std::uint8_t bit_of(Alarm alarm) {
  return static_cast<std::uint8_t>(alarm);
}

bool covers(const TriggerPoint& point, unsigned reader) {
  if (point.number == 0) return true;
  return point.reader ? point.number == reader : point.number == (reader + 1) / 2;
}

}  // namespace

bool lets_somebody_in(EventCode code) {
  switch (code) {
    case EventCode::opened:
    case EventCode::verified_while_normal_open:
    case EventCode::first_card_opened:
    case EventCode::several_opened:
    case EventCode::opened_by_password:
    case EventCode::super_user_opened:
    case EventCode::first_card_opened_by_password:
    case EventCode::password_while_normal_open:
      return true;
    default:
      return false;
  }
}

bool refuses(EventCode code) {
  switch (code) {
    case EventCode::interval_too_short:
    case EventCode::outside_time_zone:
    case EventCode::door_not_in_valid_period:
    case EventCode::no_privilege:
    case EventCode::passed_back:
    case EventCode::interlocked:
    case EventCode::not_registered:
    case EventCode::card_lost:
    case EventCode::blacklisted:
    case EventCode::several_failed:
    case EventCode::several_wait:
    case EventCode::wrong_verification_mode:
    case EventCode::wrong_wiegand_format:
    case EventCode::door_locked:
    case EventCode::verification_timeout:
    case EventCode::too_early:
    case EventCode::too_late:
      return true;
    default:
      return false;
  }
}

void Witness::complain(const char* promise, const std::string& sentence) {
  complaints_.push_back(std::string(promise) + ": " + sentence);
}

// ---- how things stand

// A supervised line that is cut or shorted says nothing: then it is as it was.
void Witness::look_at_fire() {
  const FireInput& input = household_.rules.fire;
  const Level level = lines_.at({InputKind::fire, 0});
  const bool fault = level == Level::cut || level == Level::shorted;
  if (!fault || !input.supervised) memory_.burns = level != Level::inactive;
  memory_.burns = memory_.burns && input.used;
}

bool Witness::counts_as_open(unsigned door) const {
  return household_.doors[door - 1].sensor != SensorType::none &&
         lines_.at({InputKind::door_sensor, static_cast<std::uint8_t>(door)}) != Level::inactive;
}

std::uint16_t Witness::interlocked_with(unsigned door) const {
  unsigned together = 0;
  const auto group = [&](unsigned doors) {
    if ((doors & bit_of(door)) != 0) together |= doors;
  };
  switch (household_.rules.interlock) {
    case 1:
      group(bit_of(1) | bit_of(2));
      break;
    case 2:
      group(bit_of(3) | bit_of(4));
      break;
    case 3:
      group(bit_of(1) | bit_of(2) | bit_of(3));
      break;
    case 4:
      group(bit_of(1) | bit_of(2));
      group(bit_of(3) | bit_of(4));
      break;
    case 5:
      group(bit_of(1) | bit_of(2) | bit_of(3) | bit_of(4));
      break;
    default:
      break;
  }
  for (const ListPair& pair : household_.rules.interlock_pairs) {
    unsigned from = 0, to = 0;
    for (const TriggerPoint& point : household_.rules.triggers) {
      if (point.reader) continue;  // lists of doors
      const unsigned doors = point.number == 0 ? 0x1Eu : bit_of(point.number);
      if (point.list == pair.from) from |= doors;
      if (point.list == pair.to) to |= doors;
    }
    if ((from & bit_of(door)) != 0) together |= to;
    if ((to & bit_of(door)) != 0) together |= from;
  }
  return static_cast<std::uint16_t>(together & ~bit_of(door));
}

const Linkage* Witness::linkage_of(const Event& event) const {
  if (event.code != EventCode::linkage_triggered) return nullptr;
  const auto& rows = household_.rules.linkages;
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Linkage& each) { return each.index == event.link; });
  return row == rows.end() ? nullptr : &*row;
}

bool Witness::people_wait(unsigned door) const {
  return memory_.doors[door].waiting != 0;
}

bool Witness::has(const Step& /*step*/, EventCode code, unsigned door) const {
  return std::any_of(events_.begin(), events_.end(), [&](const Event* event) {
    return event->code == code && (door == 0 || event->address == door);
  });
}

// ---- a step

void Witness::before(const Moment& now) {
  a_release_ends(now);
  constexpr std::size_t steps_kept = 64;
  before_steps_.push_back(memory_);
  if (before_steps_.size() > steps_kept) before_steps_.pop_front();
}

void Witness::after(const Step& step, const Controller& controller) {
  events_.clear();
  for (const Action& action : step.actions) {
    if (const auto* record = std::get_if<Record>(&action)) {
      events_.push_back(&record->event);
      ++counts_[number(record->event.code)];
    }
  }
  look_at_fire();
  take_locks(step);
  if (step.command != nullptr) take_command(step);
  a_release_has_its_cause(step);
  an_interlock_holds(step);
  a_refusal_moves_no_lock(step);
  power_and_network_release_nothing(step);
  an_exit_button_moves_its_own_door(step);
  for (const Event* event : events_) {
    whoever_may_not_is_not_let_in(*event, step.now);
    an_untrusted_clock_grants_nothing_by_time(*event, step.now);
    nobody_passes_twice(*event, step.now);
    several_people_fit(*event, step.now);
    take_event(*event, step);
  }
  a_grant_opens(step);
  an_alarm_is_told_once(step);
  take_sensors(step);
  duress_is_told(step);
  alarms_are_kept(step, controller);
  fire_goes_before_lockdown_before_grants();
}

void Witness::died(std::size_t lost) {
  for (; lost > 0 && !before_steps_.empty(); --lost) {
    memory_ = before_steps_.back();
    before_steps_.pop_back();
  }
  before_steps_.clear();
  memory_.burns = false;
  for (DoorMemory& door : memory_.doors) {
    door.lock = false;
    door.holds &= stay | first | dual;
    door.until = Uptime::min();
    door.delayed_due = Uptime::max();
    door.forced_told = door.held_told = false;
    door.exit_allowed_until = Uptime::min();
    door.grant_count = 0;
    door.waiting = 0;
  }
  for (auto& person : memory_.passages) {
    for (Passage& passage : person)
      passage.this_life = false;
  }
}

// ---- bookkeeping

void Witness::take_locks(const Step& step) {
  for (unsigned door = 1; door <= household_.layout.doors; ++door) {
    lock_before_[door] = memory_.doors[door].lock;
    lock_rose_[door] = lock_fell_[door] = false;
  }
  for (const Action& action : step.actions) {
    const auto* set = std::get_if<SetOutput>(&action);
    if (set == nullptr || set->line.kind != OutputKind::lock) continue;
    const unsigned door = set->line.number;
    bool& lock = memory_.doors[door].lock;
    if (set->on && !lock) lock_rose_[door] = true;
    if (!set->on && lock) lock_fell_[door] = true;
    lock = set->on;
  }
  for (unsigned door = 1; door <= household_.layout.doors; ++door) {
    if (memory_.doors[door].lock) continue;
    memory_.doors[door].grant_count = 0;  // a release that is over lets nobody in
    if (!lock_fell_[door]) continue;
    memory_.doors[door].until = Uptime::min();
    memory_.doors[door].holds = 0;
  }
}

void Witness::take_command(const Step& step) {
  const auto each_door = [&](unsigned door, auto&& what) {
    for (unsigned number = 1; number <= household_.layout.doors; ++number) {
      if (door == 0 || door == number) what(memory_.doors[number]);
    }
  };
  if (const auto* emergency = std::get_if<Emergency>(step.command)) {
    if (step.outcome != CommandOutcome::done) return;
    memory_.emergency = emergency->mode;
    if (emergency->mode == Emergency::Mode::dual_open) return;  // each door has its event
    each_door(0, [](DoorMemory& door) { door.holds &= ~static_cast<unsigned>(dual); });
    // Its end cancels every alarm as well.
    if (emergency->mode == Emergency::Mode::off) {
      each_door(0, [](DoorMemory& door) { door.alarms = 0; });
    }
  } else if (const auto* cancel = std::get_if<CancelAlarm>(step.command)) {
    if (step.outcome != CommandOutcome::done) return;
    each_door(cancel->door, [](DoorMemory& door) { door.alarms = 0; });
    if (cancel->door == 0) {
      memory_.emergency = Emergency::Mode::off;
      each_door(0, [](DoorMemory& door) { door.holds &= ~static_cast<unsigned>(dual); });
    }
  } else if (const auto* lock = std::get_if<LockDoor>(step.command)) {
    if (step.outcome != CommandOutcome::done) return;
    each_door(lock->door, [&](DoorMemory& door) {
      if (!lock->lock) door.locked_down = false;
    });
  }
}

void Witness::take_event(const Event& event, const Step& step) {
  const unsigned at = event.address;
  const Moment& now = step.now;
  const bool of_door = at >= 1 && at <= household_.layout.doors;
  DoorMemory& door = memory_.doors[of_door ? at : 0];
  const DoorParameters& set = household_.doors[of_door ? at - 1 : 0];
  const auto for_time = [&](nanoseconds time) {
    door.until = std::max(door.until, now.uptime + time);
  };
  const auto alarm_everywhere = [&](Alarm alarm) {
    for (unsigned each = 1; each <= household_.layout.doors; ++each)
      memory_.doors[each].alarms |= bit_of(alarm);
  };
  if (lets_somebody_in(event.code)) {
    for_time(set.open_delay + set.drive_time +
             (household_.is_extended(event.pin) ? set.extended_pass : seconds{0}));
    if (set.open_delay > seconds{0} && !door.lock && door.delayed_due == Uptime::max()) {
      door.delayed_due = now.uptime + set.open_delay;
    }
    const bool is_first = event.code == EventCode::first_card_opened ||
                          event.code == EventCode::first_card_opened_by_password ||
                          household_.has_first_card(event.pin, at);
    if (set.first_card == FirstCard::normal_open && is_first) {
      door.holds |= first;
    }
    take_grant(event, now);
  }
  switch (event.code) {
    case EventCode::emergency_password_opened:
      for_time(set.drive_time);
      break;
    case EventCode::exit_button_opened:
      for_time(set.drive_time);
      break;
    case EventCode::remote_opened: {
      const auto* open = step.command == nullptr ? nullptr : std::get_if<OpenDoor>(step.command);
      for_time(open != nullptr && open->time > seconds{0} ? open->time : set.drive_time);
      break;
    }
    case EventCode::linkage_triggered:
      if (const Linkage* row = linkage_of(event); row != nullptr &&
                                                  row->output == Linkage::Output::lock &&
                                                  row->act == Linkage::Act::output) {
        if (row->time == linkage_on) door.holds |= linked;
        if (row->time == 0) door.holds &= ~static_cast<unsigned>(linked | stay | first);
        if (row->time != linkage_on) for_time(seconds{row->time});
      }
      break;
    case EventCode::remote_closed:
      door.holds &= static_cast<unsigned>(fire | dual | zone | scheduled);
      break;
    case EventCode::normal_open_began:
      door.holds |= event.reason.rule == Rule::first_card_open    ? first
                    : event.reason.rule == Rule::scheduled_output ? scheduled
                                                                  : zone;
      break;
    case EventCode::normal_open_enabled_today:
      door.holds |= zone;
      break;
    case EventCode::remote_normal_open:
      door.holds |= stay;
      break;
    case EventCode::dual_open:
      door.holds |= dual;
      break;
    case EventCode::fire_opened:
      door.holds |= fire;
      break;
    case EventCode::fire_ended:
      door.holds &= ~static_cast<unsigned>(fire);
      break;
    case EventCode::normal_open_ended:
      if (event.reason.rule == Rule::first_card_over) {
        door.holds &= ~static_cast<unsigned>(first);
      } else if (event.reason.rule == Rule::scheduled_output) {
        door.holds &=
            ~static_cast<unsigned>(event.reason.detail == 0 ? zone | scheduled : scheduled);
      } else {
        door.holds &= ~static_cast<unsigned>(zone);
      }
      break;
    case EventCode::normal_open_disabled_today:
      door.holds &= ~static_cast<unsigned>(zone | scheduled);
      break;
    case EventCode::super_user_closed:
    case EventCode::remote_locked:
      door.holds &= static_cast<unsigned>(fire | dual);
      break;
    case EventCode::dual_close:
      door.holds &= static_cast<unsigned>(fire);
      break;
    case EventCode::lockdown_began:
      door.locked_down = true;
      door.holds &= static_cast<unsigned>(fire);
      break;
    case EventCode::lockdown_ended:
      door.locked_down = false;
      break;
    case EventCode::exit_button_pressed_locked:
      door.exit_allowed_until = now.uptime + set.exit_button_delay;
      break;
    case EventCode::tamper_alarm:
      alarm_everywhere(Alarm::tamper);
      break;
    case EventCode::reader_tamper_alarm:
      if (of_door) door.alarms |= bit_of(Alarm::reader_tamper);
      break;
    case EventCode::mains_failed:
    case EventCode::battery_takes_over:
      alarm_everywhere(Alarm::mains);
      break;
    case EventCode::battery_failed:
    case EventCode::battery_low_on_emergency:
      alarm_everywhere(Alarm::battery);
      break;
    case EventCode::several_wait:
      if (door.waiting < door.gathering.size()) {
        door.gathering[door.waiting++] = {person_of(event.pin), now.uptime};
      }
      forget_passages(person_of(event.pin));  // whether they pass with the last is left open
      break;
    case EventCode::several_failed:
      if (event.reason.detail != 2) door.waiting = 0;
      break;
    case EventCode::several_opened:
      door.waiting = 0;
      break;
    case EventCode::anti_passback_reset:
      for (unsigned person = 0; person < persons; ++person) {
        if (event.pin.empty() || person == person_of(event.pin)) forget_passages(person);
      }
      break;
    default:
      break;
  }
}

void Witness::take_grant(const Event& event, const Moment& now) {
  const unsigned person = person_of(event.pin), reader = number(event.reason.reader);
  if (person == 0 || reader == 0 || reader >= readers) return;
  const unsigned at = (reader + 1) / 2;
  DoorMemory& door = memory_.doors[at];
  const DoorParameters& set = household_.doors[at - 1];
  const Level sensor = lines_.at({InputKind::door_sensor, static_cast<std::uint8_t>(at)});
  const bool open_anyway = event.code == EventCode::verified_while_normal_open ||
                           event.code == EventCode::password_while_normal_open;
  const bool clear =
      set.sensor == SensorType::none || sensor == Level::inactive || sensor == Level::active;
  if (!clear || set.drive_time == seconds{0} || set.open_delay > seconds{0} ||
      (door.holds != 0 && !open_anyway) || door.grant_count == door.grants.size()) {
    return forget_passages(person);
  }
  if (open_anyway || set.sensor == SensorType::none || sensor == Level::active) {
    return passed(person, reader, now);
  }
  // Not yet, and perhaps never.
  door.grants[door.grant_count++] = {
      person, reader,
      now.uptime + set.drive_time +
          (household_.is_extended(event.pin) ? set.extended_pass : seconds{0})};
}

void Witness::passed(unsigned person, unsigned reader, const Moment& now) {
  memory_.passages[person][reader] = {++memory_.passage_order, now.uptime, true};
}

void Witness::forget_passages(unsigned person) {
  memory_.passages[person] = {};
}

void Witness::forget_everybody() {
  for (unsigned person = 0; person < persons; ++person)
    forget_passages(person);
  for (DoorMemory& door : memory_.doors) {
    for (unsigned each = 0; each < door.grant_count; ++each)
      door.grants[each].person = 0;
  }
}

void Witness::forget_episode(unsigned door) {
  memory_.doors[door].forced_told = memory_.doors[door].held_told = false;
}

void Witness::forget_person(const Pin& pin) {
  forget_passages(person_of(pin));
  for (DoorMemory& door : memory_.doors) {
    for (unsigned each = 0; each < door.grant_count; ++each) {
      if (door.grants[each].person == person_of(pin)) door.grants[each].person = 0;
    }
  }
}

void Witness::take_sensors(const Step& step) {
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    DoorMemory& door = memory_.doors[at];
    const bool open = counts_as_open(at);
    if (open == door.open) continue;
    door.open = open;
    door.forced_told = door.forced_told && open;
    door.held_told = door.held_told && open;
    if (!open) continue;
    const bool moved = step.kind == Step::Kind::input && lock_before_[at];
    for (unsigned each = 0; each < door.grant_count; ++each) {
      const Grant& grant = door.grants[each];
      const bool certain =
          moved && door.grant_count == 1 && step.now.uptime < grant.until &&
          lines_.at({InputKind::door_sensor, static_cast<std::uint8_t>(at)}) == Level::active;
      if (certain) {
        passed(grant.person, grant.reader, step.now);
      } else {
        forget_passages(grant.person);
      }
    }
    door.grant_count = 0;
  }
}

// ---- the promises

// Every release of a lock has one event that caused it, in the same moment or at the beginning of
// its delay.
void Witness::a_release_has_its_cause(const Step& step) {
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    DoorMemory& door = memory_.doors[at];
    if (!lock_rose_[at]) continue;
    unsigned causes = 0, linkages = 0, zones = 0, gesture = 0;
    for (const Event* event : events_) {
      if (event->address != at || !releases_a_lock(event->code)) continue;
      if (event->code == EventCode::super_user_opened &&
          has(step, EventCode::normal_open_enabled_today, at)) {
        gesture = 1;  // what it begins has an event of its own, if anything begins
        continue;
      }
      if (event->code == EventCode::linkage_triggered) {
        const Linkage* row = linkage_of(*event);
        linkages += row != nullptr && row->output == Linkage::Output::lock ? 1 : 0;
      } else if (event->code == EventCode::normal_open_began ||
                 (event->code == EventCode::remote_normal_open &&
                  event->reason.rule == Rule::system)) {
        zones = 1;  // of two times that begin together, either
      } else {
        ++causes;
      }
    }
    if (causes == 0) causes = gesture;
    if (causes == 0) causes = zones;  // a time that holds too, under what is stronger
    const bool delayed = door.delayed_due <= step.now.uptime;
    if (delayed) door.delayed_due = Uptime::max();
    const bool as_before = step.kind == Step::Kind::started && door.holds != 0;
    if (causes + linkages + (delayed ? 1 : 0) + (as_before ? 1 : 0) == 0) {
      complain("a_release_has_its_cause", door_text(at) + " is released, and no event says why.");
    }
    // After a start, or with other parameters, each thing that keeps it open has its own.
    const bool together = step.kind == Step::Kind::started || step.kind == Step::Kind::configured;
    if (causes > 1 && !together) {
      complain("a_release_has_its_cause",
               door_text(at) + " is released, and " + std::to_string(causes) + " events say why.");
    }
  }
}

// A release ends with its pulse, 100 ms for everything that comes in between, or is recorded as
// one that lasts.
void Witness::a_release_ends(const Moment& now) {
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    const DoorMemory& door = memory_.doors[at];
    if (!door.lock || door.holds != 0) continue;
    if (door.until == Uptime::min() || now.uptime > door.until + milliseconds(100)) {
      complain("a_release_ends", door_text(at) +
                                     " is still released after its time, and nothing "
                                     "that was recorded keeps it open.");
      memory_.doors[at].holds = linked;  // said once
    }
  }
}

// Who is let in finds the lock released, or about to be.
void Witness::a_grant_opens(const Step& step) {
  if (has(step, EventCode::linkage_triggered, 0)) return;  // may close it again
  for (const Event* event : events_) {
    const unsigned at = event->address;
    const bool opens =
        (lets_somebody_in(event->code) || event->code == EventCode::exit_button_opened ||
         event->code == EventCode::emergency_password_opened) &&
        at >= 1 && at <= household_.layout.doors;
    if (!opens || household_.doors[at - 1].drive_time == seconds{0}) continue;
    const DoorMemory& door = memory_.doors[at];
    if (!door.lock && door.delayed_due == Uptime::max()) {
      complain("a_grant_opens",
               "After " + event_text(*event) + ", " + door_text(at) + " is not released.");
    }
  }
}

// No two doors of an interlock are released together, and none while another is open; but for
// fire, emergency, and a door that was forced after the release.
void Witness::an_interlock_holds(const Step& step) {
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    if (!lock_rose_[at]) continue;
    const unsigned others = interlocked_with(at);
    if (others == 0) continue;
    if (has(step, EventCode::fire_opened, at) || has(step, EventCode::dual_open, at) ||
        has(step, EventCode::emergency_password_opened, at) ||
        memory_.emergency == Emergency::Mode::dual_open || step.kind == Step::Kind::configured) {
      continue;
    }
    if (memory_.burns) continue;
    for (unsigned other = 1; other <= household_.layout.doors; ++other) {
      if ((others & bit_of(other)) == 0) continue;
      if (memory_.doors[other].lock || lock_before_[other]) {
        // One that falls in the very step may have fallen first.
        if (!memory_.doors[other].lock) continue;
        complain("an_interlock_holds", door_text(at) + " is released while door " +
                                           std::to_string(other) + " of its interlock is.");
      } else if (counts_as_open(other)) {
        complain("an_interlock_holds", door_text(at) + " is released while door " +
                                           std::to_string(other) + " of its interlock is open.");
      }
    }
  }
}

// Nobody passes twice in one direction without the way back.
void Witness::nobody_passes_twice(const Event& event, const Moment& now) {
  const unsigned person = person_of(event.pin), reader = number(event.reason.reader);
  if (!lets_somebody_in(event.code) || person == 0 || reader == 0 || reader >= readers) return;
  const unsigned at = (reader + 1) / 2;
  if (event.code == EventCode::super_user_opened || household_.is_super(event.pin, at)) return;
  const auto& passages = memory_.passages[person];
  // The reader of his last passage through any of these; 0: none.
  const auto last = [&](auto&& among) {
    unsigned newest = 0;
    for (unsigned each = 1; each <= household_.layout.readers(); ++each) {
      if (passages[each].order > passages[newest].order && among(each)) newest = each;
    }
    return newest;
  };
  const auto twice = [&](const char* rule) {
    complain("nobody_passes_twice", person_text(event.pin) + " is let in at reader " +
                                        std::to_string(reader) + " for the second time (" + rule +
                                        ").");
  };
  const auto sides = [&](unsigned one, unsigned other) {  // bits of doors
    if (((one | other) & bit_of(at)) == 0) return;
    const unsigned mine = (one & bit_of(at)) != 0 ? one : other;
    const unsigned was =
        last([&](unsigned r) { return ((one | other) & bit_of((r + 1) / 2)) != 0; });
    if (was != 0 && (mine & bit_of((was + 1) / 2)) != 0) twice("anti-passback among doors");
  };
  const unsigned here = last([&](unsigned r) { return (r + 1) / 2 == at; });
  const unsigned value =
      household_.rules.anti_passback == 196 ? 192 : household_.rules.anti_passback;
  if (value == 1 || value == 3) sides(bit_of(1), bit_of(2));
  if (value == 2 || value == 3) sides(bit_of(3), bit_of(4));
  if (value == 4) sides(bit_of(1) | bit_of(2), bit_of(3) | bit_of(4));
  if (value == 5) sides(bit_of(1), bit_of(2) | bit_of(3));
  if (value == 6) sides(bit_of(1), bit_of(2) | bit_of(3) | bit_of(4));
  if (value >= 16 && (value >> (3 + at) & 1) != 0 && here == reader)
    twice("anti-passback at a door");
  const DoorParameters& set = household_.doors[at - 1];
  const bool in = reader % 2 == 1;
  if ((set.in_out_anti_passback & (in ? 1 : 2)) != 0 && here == reader)
    twice("in and out of a door");
  if (in && set.anti_passback > seconds{0} && here == reader && passages[reader].this_life &&
      now.uptime - passages[reader].at < set.anti_passback) {
    twice("timed");
  }
  for (const ListPair& pair : household_.rules.anti_passback_pairs) {
    const auto listed = [&](std::uint32_t list, unsigned r) {
      return std::any_of(household_.rules.triggers.begin(), household_.rules.triggers.end(),
                         [&](const auto& point) { return point.list == list && covers(point, r); });
    };
    const bool from = listed(pair.from, reader), to = listed(pair.to, reader);
    if (from == to) continue;  // in none; or in both, where a point may be a door or a reader
    const unsigned was =
        last([&](unsigned r) { return listed(pair.from, r) || listed(pair.to, r); });
    if (was != 0 && !listed(from ? pair.to : pair.from, was)) twice("by lists");
  }
}

// A refusal is an event and nothing more.
void Witness::a_refusal_moves_no_lock(const Step& step) {
  if (step.kind != Step::Kind::input) return;
  const Event* refusal = nullptr;
  for (const Event* event : events_) {
    switch (event->code) {
      case EventCode::linkage_triggered:  // follows by itself
      case EventCode::lockdown_began:     // a gesture
      case EventCode::lockdown_ended:
      case EventCode::super_user_closed:
      case EventCode::emergency_password_opened:
        return;
      default:
        if (lets_somebody_in(event->code)) return;
        if (refuses(event->code)) refusal = event;
    }
  }
  if (refusal == nullptr) return;
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    if (!lock_rose_[at] && !lock_fell_[at]) continue;
    // A minute that begins with it: a door's time is told for itself.
    if (has(step, EventCode::normal_open_began, at) ||
        has(step, EventCode::normal_open_ended, at)) {
      continue;
    }
    complain("a_refusal_moves_no_lock", "With " + event_text(*refusal) + " the lock of door " +
                                            std::to_string(at) + " moves.");
  }
}

// Whoever is let in under duress is let in as usual, and the alarm is raised right behind it. It is
// raised for nobody else.
void Witness::duress_is_told(const Step& step) {
  const Event* before = nullptr;
  bool owed = false;
  for (const Event* event : events_) {
    const ReaderId reader = event->reason.reader;
    if (owed && event->code != EventCode::duress_alarm) break;
    if (event->code == EventCode::duress_alarm) {
      const bool same_reader = before != nullptr && (before->reason.reader == reader ||
                                                     before->reason.rule == Rule::super_gesture);
      if (!same_reader || !(lets_somebody_in(before->code) || refuses(before->code) ||
                            before->reason.rule == Rule::super_gesture)) {
        complain("duress_is_told", "101 stands behind no decision at its reader.");
      }
      const unsigned at = event->address;
      const Alarm alarm = event->reason.detail == 2 ? Alarm::duress_finger : Alarm::duress_password;
      if (at >= 1 && at <= household_.layout.doors) memory_.doors[at].alarms |= bit_of(alarm);
      owed = false;
    }
    const bool meant =
        reader != ReaderId{} && (reader == step.duress_password || reader == step.duress_finger);
    owed = owed || (meant && lets_somebody_in(event->code));
    before = event;
  }
  if (owed) complain("duress_is_told", "Somebody is let in under duress, and 101 is missing.");
}

// A door for several people opens to distinct people who fit one row, each in time.
void Witness::several_people_fit(const Event& event, const Moment& now) {
  const unsigned at = event.address;
  if (!lets_somebody_in(event.code) || at < 1 || at > household_.layout.doors) return;
  const DoorParameters& set = household_.doors[at - 1];
  const bool alone = event.code == EventCode::super_user_opened ||
                     event.code == EventCode::verified_while_normal_open ||
                     event.code == EventCode::password_while_normal_open ||
                     household_.is_super(event.pin, at) || event.pin.empty() ||
                     memory_.doors[at].holds != 0;  // while it stands open nobody waits
  if (!set.multi_card || alone) return;
  const DoorMemory& door = memory_.doors[at];
  std::vector<unsigned> people;
  for (unsigned each = 0; each < door.waiting; ++each) {
    const Uptime next = each + 1 < door.waiting ? door.gathering[each + 1].since : now.uptime;
    if (next - door.gathering[each].since > set.multi_card_interval) {
      complain("several_people_fit",
               door_text(at) + " opens, though one of its people came too late.");
    }
    people.push_back(door.gathering[each].person);
  }
  people.push_back(person_of(event.pin));
  std::vector<std::uint32_t> groups;
  for (const unsigned person : people) {
    const User* user = household_.user(pin_of(person));
    groups.push_back(user == nullptr ? 0 : user->group);
  }
  std::sort(people.begin(), people.end());
  if (std::adjacent_find(people.begin(), people.end()) != people.end()) {
    complain("several_people_fit", door_text(at) + " opens to one person who came twice.");
  }
  std::sort(groups.begin(), groups.end());
  const bool fits = std::any_of(
      household_.rules.multi_card.begin(), household_.rules.multi_card.end(), [&](const auto& row) {
        if (number(row.door) != at) return false;
        std::vector<std::uint32_t> wanted;
        std::copy_if(row.groups.begin(), row.groups.end(), std::back_inserter(wanted),
                     [](std::uint32_t group) { return group != 0; });
        std::sort(wanted.begin(), wanted.end());
        return wanted == groups;
      });
  if (!fits) {
    complain("several_people_fit",
             door_text(at) + " opens to " + std::to_string(people.size()) + " who fit no row.");
  }
}

// While there is fire every fire door is released; a door that is locked down is not, and after
// dual-close none.
void Witness::fire_goes_before_lockdown_before_grants() {
  const bool burning = memory_.burns;
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    const DoorMemory& door = memory_.doors[at];
    if (burning && household_.doors[at - 1].fire_door) {
      if (!door.lock) complain("fire_goes_first", door_text(at) + " is not released in a fire.");
    } else if (door.locked_down || memory_.emergency == Emergency::Mode::dual_close) {
      if (door.lock) complain("lockdown_holds", door_text(at) + " is released though locked down.");
    } else if (memory_.emergency == Emergency::Mode::dual_open && !door.lock) {
      complain("dual_open_holds", door_text(at) + " is not released by dual-open.");
    }
  }
}

// Losing or regaining the server or mains opens nothing.
void Witness::power_and_network_release_nothing(const Step& step) {
  bool concerns = step.kind == Step::Kind::link;
  if (step.input != nullptr) {
    const auto* moved = std::get_if<LevelChanged>(step.input);
    concerns = moved != nullptr &&
               (moved->line.kind == InputKind::mains || moved->line.kind == InputKind::battery);
  }
  if (!concerns) return;
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    if (!lock_rose_[at] || has(step, EventCode::normal_open_began, at)) continue;  // a new minute
    complain("power_and_network_release_nothing",
             door_text(at) + " is released when mains or server come or go.");
  }
}

// Deleted, blacklisted, expired, lost: never granted.
void Witness::whoever_may_not_is_not_let_in(const Event& event, const Moment& now) {
  if (!lets_somebody_in(event.code) || event.pin.empty()) return;
  const auto wrong = [&](const char* why) {
    complain("whoever_may_not_is_not_let_in", person_text(event.pin) + " is let in: " + why + ".");
  };
  const User* user = household_.user(event.pin);
  if (user == nullptr) return wrong("deleted");
  if (user->blacklisted) wrong("blacklisted");
  if (now.trusted && !user->validity.contains(now.civil)) wrong("outside of his period");
  if (event.card.value == 0) return;
  for (const UserCard& card : household_.cards) {
    if (card.pin == event.pin && card.card == event.card && card.lost) wrong("by a lost card");
  }
}

// Without a trusted clock, only what never depends on it.
void Witness::an_untrusted_clock_grants_nothing_by_time(const Event& event, const Moment& now) {
  const unsigned at = event.address;
  if (now.trusted || at < 1 || at > household_.layout.doors) return;
  const auto is_always = [&](TimezoneId id) {
    bool always = id == timezone_always;
    for (const Timezone& each : household_.zones) {
      if (each.id == id) always = each.is_always();
    }
    return always;
  };
  const auto wrong = [&](const char* what) {
    complain(
        "an_untrusted_clock_grants_nothing_by_time",
        std::string(what) + " at door " + std::to_string(at) + ", and the clock is untrusted.");
  };
  if (event.code == EventCode::normal_open_began && !is_always(event.reason.record)) {
    wrong("A normal-open time begins");
  }
  if (!lets_somebody_in(event.code) || event.pin.empty()) return;
  const User* user = household_.user(event.pin);
  if (user != nullptr && !user->validity.unlimited()) wrong("Somebody with a period is let in");
  if (household_.is_super(event.pin, at)) return;
  if (!is_always(household_.doors[at - 1].valid_zone)) wrong("DoorValidTZ is passed");
  const bool privileged = std::any_of(
      household_.privileges.begin(), household_.privileges.end(), [&](const Privilege& each) {
        return each.pin == event.pin && (each.doors >> (at - 1) & 1) != 0 &&
               is_always(each.timezone) && each.validity.unlimited();
      });
  if (!privileged) wrong("Somebody is let in by a time zone");
}

// Forced and held: once for each time the door stands open; and forced whenever it opens by itself.
void Witness::an_alarm_is_told_once(const Step& step) {
  for (const Event* event : events_) {
    const unsigned at = event->address;
    if (at < 1 || at > household_.layout.doors) continue;
    DoorMemory& door = memory_.doors[at];
    const auto once = [&](bool& told, const char* what, Alarm alarm) {
      if (told) {
        complain("an_alarm_is_told_once", door_text(at) + " is " + what + " for the second time.");
      }
      told = true;
      door.alarms |= bit_of(alarm);
    };
    if (event->code == EventCode::forced_open) once(door.forced_told, "forced", Alarm::forced_open);
    if (event->code == EventCode::open_too_long)
      once(door.held_told, "held open", Alarm::held_open);
  }
  const auto* moved = step.input == nullptr ? nullptr : std::get_if<LevelChanged>(step.input);
  if (moved == nullptr || moved->line.kind != InputKind::door_sensor) return;
  const unsigned at = moved->line.number;
  const DoorMemory& door = memory_.doors[at];
  const bool opened = !door.open && counts_as_open(at);
  if (opened && !lock_before_[at] && !door.lock && household_.doors[at - 1].enabled &&
      step.now.uptime > door.exit_allowed_until + milliseconds(1) &&
      !has(step, EventCode::forced_open, at)) {
    complain("an_alarm_is_told_once", door_text(at) + " is forced, and nobody is told.");
  }
}

// An alarm stands until it is cancelled, whatever happens to the box.
void Witness::alarms_are_kept(const Step& step, const Controller& controller) {
  const auto* cancel = step.command == nullptr ? nullptr : std::get_if<CancelAlarm>(step.command);
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    const std::uint8_t alarms = controller.status(DoorId{static_cast<std::uint8_t>(at)}).alarms;
    DoorMemory& door = memory_.doors[at];
    const unsigned missing = door.alarms & ~static_cast<unsigned>(alarms);
    if (missing != 0) {
      complain("alarms_are_kept", "Alarm " + std::to_string(missing) + " of door " +
                                      std::to_string(at) + " is gone, and nobody cancelled it.");
      door.alarms = alarms;
    }
    if (cancel != nullptr && step.outcome == CommandOutcome::done &&
        (cancel->door == 0 || cancel->door == at) && alarms != 0) {
      complain("alarms_are_kept", "Alarm " + std::to_string(alarms) + " of door " +
                                      std::to_string(at) + " stands after it was cancelled.");
    }
  }
}

// An exit button opens its own door and no other.
void Witness::an_exit_button_moves_its_own_door(const Step& step) {
  const auto* moved = step.input == nullptr ? nullptr : std::get_if<LevelChanged>(step.input);
  if (moved == nullptr || moved->line.kind != InputKind::exit_button) return;
  for (unsigned at = 1; at <= household_.layout.doors; ++at) {
    if (!lock_rose_[at] || at == moved->line.number ||
        has(step, EventCode::linkage_triggered, at)) {
      continue;
    }
    complain("an_exit_button_moves_its_own_door", "The exit button of door " +
                                                      std::to_string(moved->line.number) +
                                                      " opens door " + std::to_string(at) + ".");
  }
}

}  // namespace lintel::week
