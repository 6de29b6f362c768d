// What holds a door open or shut: zones, schedules, first cards, commands, fire and emergencies;
// its sensor and its exit button.
#include <algorithm>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

using namespace std::chrono;

std::uint32_t number_of_day(local_days day) {
  const year_month_day date{day};
  return static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1900) * 10'000 +
         (static_cast<unsigned>(date.month()) - 1) * 100 + static_cast<unsigned>(date.day());
}

// ---- schedules

std::vector<TimezoneId> Oracle::Memory::open_zones(unsigned door) const {
  std::vector<TimezoneId> zones = book.scheduled(door, ScheduledOutput::Act::open);
  if (book.doors[door].normal_open_zone != timezone_never)
    zones.push_back(book.doors[door].normal_open_zone);
  return zones;
}

bool Oracle::Memory::held_by_lock(unsigned door, const Moment& now) const {
  if (book.doors[door].locked) return true;
  for (const TimezoneId zone : book.scheduled(door, ScheduledOutput::Act::closed)) {
    if (book.zone_holds(zone, now)) return true;
  }
  return false;
}

bool Oracle::Memory::zone_wants_open(unsigned door, const Moment& now) const {
  if (!book.doors[door].enabled || held_by_lock(door, now)) return false;
  if (doors[door].lockdown || dual_close()) return false;
  const std::uint32_t cancelled = book.doors[door].normal_open_cancelled;
  if (cancelled != 0 && !now.trusted) return false;
  const auto today = floor<days>(now.civil);
  if (cancelled == number_of_day(today)) return false;
  // What began on the cancelled day does not come back at midnight.
  const bool since_today = cancelled == number_of_day(today - days(1));
  for (const TimezoneId zone : open_zones(door)) {
    if (since_today ? book.zone_began_today(zone, now) : book.zone_holds(zone, now)) return true;
  }
  return false;
}

bool Oracle::Memory::zone_is_cancelled(unsigned door, const Moment& now) const {
  const std::uint32_t cancelled = book.doors[door].normal_open_cancelled;
  const auto today = floor<days>(now.civil);
  const bool in_effect = cancelled != 0 && (!now.trusted || cancelled == number_of_day(today) ||
                                            cancelled == number_of_day(today - days(1)));
  if (!in_effect) return false;
  for (const TimezoneId zone : open_zones(door)) {
    const bool held = book.zone_holds(zone, now);
    const bool anyway =
        now.trusted && cancelled != number_of_day(today) && book.zone_began_today(zone, now);
    if (held && !anyway) return true;
  }
  return false;
}

void Oracle::Memory::cancel_for_the_day(unsigned door, const Moment& now) {
  book.doors[door].normal_open_cancelled = number_of_day(floor<days>(now.civil));
}

// Its zone is over, or the day; what runs over midnight ends first.
bool Oracle::Memory::first_card_over(unsigned door, const Moment& now) const {
  const FirstCardHold& hold = *doors[door].first_card;
  if (!book.zone_holds(hold.zone, now)) return true;
  const auto today = floor<days>(now.civil);
  if (!now.trusted || today == hold.day) return false;
  return book.zone_began_today(hold.zone, now);
}

void Oracle::Memory::look_at_minute(const Moment& now) {
  if (now.trusted) {
    const auto today = floor<days>(now.civil);
    if (temporary_day && *temporary_day < today) book.erase_temporary();
    if (!temporary_day || *temporary_day < today) temporary_day = today;
  }
  for (unsigned door = 1; door <= book.layout.doors; ++door) {
    DoorMemory& its = doors[door];
    if (its.first_card) {
      if (first_card_over(door, now)) its.first_card.reset();
    }
    const bool held_before = its.held;
    its.held = held_by_lock(door, now) || !book.doors[door].enabled;
    if (its.held && !held_before) shut(door);
    if (its.held) {  // whoever opens it all the same opens it for a time only
      its.stay_open = its.stay_open_waits = its.told_under_override = false;
      its.first_card.reset();
    }
    if (!zone_wants_open(door, now)) its.zone_open = false;
  }
  for (unsigned door = 1; door <= book.layout.doors; ++door) {
    DoorMemory& its = doors[door];
    if (its.told_under_override && !interlock_is_lifted()) {
      its.told_under_override = false;
      its.stay_open_waits = true;
    }
    if (plainly_interlocked_by(door)) continue;
    its.stay_open_waits = false;
    if (zone_wants_open(door, now)) its.zone_open = true;
  }
}

void Oracle::Memory::look(const Moment& now) {
  if (!running) return;
  // Every minute since the last time, where the clock has run on.
  const auto passed = now.uptime - last_look.uptime;
  const auto by_clock = now.civil - last_look.civil;
  if (by_clock <= passed + seconds(2) && by_clock + seconds(2) >= passed) {
    for (auto minute = ceil<minutes>(last_look.civil + seconds(1)); minute < now.civil;
         minute += minutes(1)) {
      look_at_minute({.uptime = now.uptime - (now.civil - minute),
                      .civil = minute,
                      .trusted = last_look.trusted});
    }
  }
  look_at_minute(now);
  last_look = now;
}

void Oracle::Memory::taken_up(const Event& event) {
  if (event.address < 1 || event.address > book.layout.doors) return;
  DoorMemory& its = doors[event.address];
  if (event.code == EventCode::remote_normal_open) its.stay_open_waits = false;
  if (event.code != EventCode::normal_open_began) return;
  if (event.reason.rule != Rule::first_card_open) {
    its.zone_open = true;
  } else if (its.first_card) {
    its.first_card->waits = false;
  }
}

// What would keep a door open, and its lock is at rest.
void Oracle::Memory::see_who_waits() {
  for (unsigned door = 1; door <= book.layout.doors; ++door) {
    DoorMemory& its = doors[door];
    if (its.lock_on) continue;
    its.zone_open = false;
    its.stay_open_waits = its.stay_open;
    if (its.first_card) its.first_card->waits = true;
  }
}

void Oracle::Memory::time_passed(const Moment& now) {
  for (;;) {
    Uptime first = Uptime::max();
    for (const ReaderMemory& reader : readers)
      first = std::min(first, reader.until);
    for (const DoorMemory& door : doors) {
      if (!door.gathering.empty()) first = std::min(first, door.gathering_until);
      if (door.delayed_until) first = std::min(first, *door.delayed_until);
    }
    if (first > now.uptime || first == Uptime::max()) break;
    const Moment at{.uptime = first,
                    .civil = now.civil - floor<seconds>(now.uptime - first),
                    .trusted = now.trusted};
    look(at);
    for (unsigned door = 1; door <= book.layout.doors; ++door) {
      if (doors[door].delayed_until == first) delay_over(door);
    }
    for (unsigned reader = 1; reader <= book.layout.readers(); ++reader) {
      if (readers[reader].until == first)
        parts_in_vain(ReaderId{static_cast<std::uint8_t>(reader)}, at);
    }
    for (unsigned door = 1; door <= book.layout.doors; ++door) {
      if (!doors[door].gathering.empty() && doors[door].gathering_until == first)
        gathering_in_vain(door, at);
    }
  }
  look(now);
}

// The lock may go, if no other door has been opened meanwhile.
void Oracle::Memory::delay_over(unsigned door) {
  doors[door].delayed_until.reset();
  if (!interlocked_by(door)) {
    doors[door].lock_on = true;
  } else {
    Expected refused_now;
    refused_now.code = EventCode::interlocked;
    refused_now.rule = Rule::interlock;
    refused_now.door = DoorId{static_cast<std::uint8_t>(door)};
    due.push_back(refused_now);
    doors[door].pending.clear();
  }
}

// ---- back to rest

// Nothing that began holds any longer: no release, no staying open, no first card.
void Oracle::Memory::everything_over(unsigned door) {
  DoorMemory& its = doors[door];
  its.stay_open = its.stay_open_waits = its.told_under_override = false;
  its.first_card.reset();
  if (its.delayed_until) its.pending.clear();
  its.delayed_until.reset();
}

void Oracle::Memory::shut(unsigned door) {
  everything_over(door);
  doors[door].zone_open = false;
}

// ---- fire

void Oracle::Memory::fire_level(Level level) {
  const bool fault = level == Level::cut || level == Level::shorted;
  if (fault && book.rules.fire.supervised) return;  // burns on, if it burns
  burning = level != Level::inactive;
}

bool Oracle::Memory::fire_opens(unsigned door) const {
  return is_fire() && book.doors[door].fire_door;
}

// ---- lines

std::vector<Expected> Oracle::Memory::level_changed(const LevelChanged& change, const Moment& now) {
  std::vector<Expected> events;
  const unsigned number_of_line = change.line.number;
  if (change.line.kind == InputKind::door_sensor) {
    DoorMemory& its = doors[number_of_line];
    const bool was_open = stands_open(number_of_line);
    its.sensor = change.level;
    if (!was_open && stands_open(number_of_line) && its.lock_on) {
      for (const Pending& each : its.pending)
        pass(each.pin, each.reader, now);
      its.pending.clear();
    }
  }
  if (change.line.kind == InputKind::exit_button) {
    DoorMemory& its = doors[number_of_line];
    const Level before = its.button;
    its.button = change.level;
    if (before != Level::active && change.level == Level::active)
      events = exit_button(number_of_line, now);
  }
  if (change.line.kind == InputKind::fire) fire_level(change.level);
  return events;
}

std::vector<Expected> Oracle::Memory::exit_button(unsigned door, const Moment& now) {
  const DoorParameters& parameters = book.doors[door];
  const auto press = [&](EventCode code, Rule rule) {
    Expected event;
    event.code = code;
    event.rule = rule;
    event.door = DoorId{static_cast<std::uint8_t>(door)};
    return std::vector{event};
  };
  if (parameters.exit_button_type == 0) return {};
  // Does it work by what the zone says? Nothing: nobody knows, and it may not be assumed.
  const auto works_in = [&](TimezoneId zone) -> std::optional<bool> {
    if (!book.zone_exists(zone)) return false;
    if (now.trusted || book.zone_is_always(zone)) return book.zone_holds(zone, now);
    if (parameters.exit_needs_clock) return std::nullopt;
    return true;
  };
  if (!parameters.enabled) return press(EventCode::exit_button_outside_period, Rule::door_disabled);
  if (doors[door].lockdown || dual_close()) return press(EventCode::door_locked, Rule::lockdown);
  if (held_by_lock(door, now)) return press(EventCode::door_locked, Rule::door_locked);
  const auto in_period = works_in(parameters.valid_zone);
  if (!in_period) return press(EventCode::exit_button_outside_period, Rule::clock_untrusted);
  if (!*in_period) return press(EventCode::exit_button_outside_period, Rule::exit_button_period);
  const auto button_zone = book.exit_button_zone(door);
  if (button_zone) {
    const auto works = works_in(*button_zone);
    if (!works) return press(EventCode::exit_button_outside_zone, Rule::clock_untrusted);
    if (!*works) return press(EventCode::exit_button_outside_zone, Rule::input_zone);
  }
  if (interlocked_by(door)) return press(EventCode::interlocked, Rule::interlock);
  if (parameters.exit_button_locked)
    return press(EventCode::exit_button_pressed_locked, Rule::exit_button_locked);
  if (parameters.drive_time.count() != 0) doors[door].delayed_until.reset();
  return press(EventCode::exit_button_opened, Rule::exit_button);
}

// ---- commands

std::optional<CommandOutcome> Oracle::Memory::cannot_open(unsigned door, const Moment& now) const {
  if (!book.doors[door].enabled) return CommandOutcome::door_disabled;
  if (doors[door].lockdown || dual_close()) return CommandOutcome::locked_down;
  if (held_by_lock(door, now)) return CommandOutcome::door_locked;
  return std::nullopt;
}

CommandOutcome Oracle::Memory::command_at(unsigned door, const Command& command,
                                          const Moment& now) {
  DoorMemory& its = doors[door];
  if (std::holds_alternative<OpenDoor>(command)) {
    if (const auto why = cannot_open(door, now)) return *why;
    if (is_free(door)) return CommandOutcome::already_open_time;
    if (interlocked_by(door)) return CommandOutcome::interlocked;
    its.delayed_until.reset();
  }
  if (std::holds_alternative<NormalOpen>(command)) {
    if (const auto why = cannot_open(door, now)) return *why;
    if (interlocked_by(door)) return CommandOutcome::interlocked;
    its.stay_open = true;
    its.told_under_override = interlock_is_lifted();
    its.delayed_until.reset();
  }
  if (std::holds_alternative<CloseDoor>(command)) {
    if (its.zone_open) return CommandOutcome::normal_open_time;
    everything_over(door);
  }
  if (const auto* today = std::get_if<NormalOpenToday>(&command)) {
    if (today->enable)
      book.doors[door].normal_open_cancelled = 0;
    else
      cancel_for_the_day(door, now);
  }
  if (const auto* lock = std::get_if<LockDoor>(&command)) {
    book.doors[door].locked = lock->lock;
    if (lock->lock)
      shut(door);
    else
      its.lockdown = false;
  }
  return CommandOutcome::done;
}

CommandOutcome Oracle::Memory::command(const Command& command, const Moment& now) {
  if (const auto* of_box = std::get_if<Emergency>(&command)) {
    emergency = of_box->mode;
    for (unsigned door = 1; door <= book.layout.doors && dual_close(); ++door)
      shut(door);
    return CommandOutcome::done;
  }
  if (const auto* reset = std::get_if<ResetPassback>(&command)) {
    std::erase_if(passages, [&](const auto& each) {
      return reset->pin.empty() || each.first.first == reset->pin;
    });
    for (DoorMemory& door : doors) {
      std::erase_if(door.pending, [&](const Pending& each) {
        return reset->pin.empty() || each.pin == reset->pin;
      });
    }
    return CommandOutcome::done;
  }
  if (const auto* aux = std::get_if<SetAuxOutput>(&command)) {
    const bool exists = aux->output != 0 && aux->output <= book.layout.aux_outputs;
    return exists ? CommandOutcome::done : CommandOutcome::no_such_place;
  }
  const unsigned door = std::visit(
      [](const auto& each) -> unsigned {
        if constexpr (requires { each.door; })
          return each.door;
        else
          return 0;
      },
      command);
  if (door > book.layout.doors) return CommandOutcome::no_such_place;
  if (door == 0 && std::holds_alternative<CancelAlarm>(command)) emergency = Emergency::Mode::off;
  if (door != 0) return command_at(door, command, now);
  // All doors: done where at least one could.
  std::optional<CommandOutcome> outcome;
  for (unsigned each = 1; each <= book.layout.doors; ++each) {
    const CommandOutcome here = command_at(each, command, now);
    if (!outcome || here == CommandOutcome::done) outcome = here;
  }
  return outcome.value_or(CommandOutcome::done);
}

}  // namespace lintel::oracle
