#include "tests/oracle/oracle.h"

#include <algorithm>

#include "tests/oracle/memory.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

void add(std::vector<Expected>& all, std::vector<Expected> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Oracle::Oracle(const Layout& layout) : memory_(std::make_unique<Memory>(layout)) {}
Oracle::~Oracle() = default;
Oracle::Oracle(Oracle&&) noexcept = default;
Oracle& Oracle::operator=(Oracle&&) noexcept = default;

// ---- configuration

void Oracle::apply(const PeopleChange& change) {
  memory_->book.apply(change);
}

void Oracle::erase_temporary() {
  memory_->book.erase_temporary();
}

void Oracle::set_parameters(DoorId door, const DoorParameters& parameters, const Moment& now) {
  DoorParameters& its = memory_->book.doors[number(door)];
  const bool asks_anew = its.verify_type != parameters.verify_type;
  const bool other_first_card = its.first_card != parameters.first_card;
  its = parameters;
  // Another rule for the first card: nobody was the first by it.
  if (other_first_card) memory_->doors[number(door)].first_card.reset();
  for (unsigned reader = 2 * number(door) - 1; asks_anew && reader <= 2 * number(door); ++reader) {
    ReaderMemory& its_reader = memory_->readers[reader];
    if (its_reader.parts) add(memory_->due, memory_->given_up(*its_reader.parts));
    its_reader = {};
  }
  memory_->look(now);
}

const DoorParameters& Oracle::parameters(DoorId door) const {
  return memory_->book.doors[number(door)];
}

void Oracle::set_rules(const Rules& rules, const Moment& now) {
  memory_->book.rules = rules;
  memory_->look(now);
}

void Oracle::put(const Timezone& zone) {
  memory_->book.put(zone);
}
void Oracle::erase_timezone(TimezoneId id) {
  memory_->book.erase_timezone(id);
}
void Oracle::clear_timezones() {
  memory_->book.clear_timezones();
}
void Oracle::put(const Holiday& holiday) {
  memory_->book.holidays[holiday.date] = holiday;
}
void Oracle::erase_holiday(year_month_day date) {
  memory_->book.holidays.erase(date);
}
void Oracle::clear_holidays() {
  memory_->book.holidays.clear();
}

void Oracle::reconsider(const Moment& now) {
  memory_->look(now);
}

// ---- what happens

void Oracle::start(std::span<const LevelChanged> levels, const Moment& now) {
  for (const LevelChanged& each : levels) {
    if (each.line.kind == InputKind::door_sensor)
      memory_->doors[each.line.number].sensor = each.level;
    if (each.line.kind == InputKind::exit_button)
      memory_->doors[each.line.number].button = each.level;
    if (each.line.kind == InputKind::fire) memory_->fire_level(each.level);
  }
  // Of the time before the restart counts what the civil clock says, if it is to be believed.
  for (auto& [key, passage] : memory_->passages) {
    const seconds before = now.civil - passage.civil;
    passage.at = now.uptime - (now.trusted && before.count() > 0 ? before : seconds(0));
  }
  memory_->last_look = now;
  memory_->running = true;
  memory_->look(now);
}

std::vector<Expected> Oracle::show(const Input& input, const Moment& now) {
  std::vector<Expected> events = time_passed(now);
  if (const auto* card = std::get_if<CardRead>(&input)) add(events, memory_->card_read(*card, now));
  if (const auto* frame = std::get_if<BadFrame>(&input))
    add(events, memory_->bad_frame(*frame, now));
  if (const auto* key = std::get_if<KeyPressed>(&input))
    add(events, memory_->key_pressed(*key, now));
  if (const auto* level = std::get_if<LevelChanged>(&input))
    add(events, memory_->level_changed(*level, now));
  memory_->look(now);
  return events;
}

std::vector<Expected> Oracle::time_passed(const Moment& now) {
  memory_->time_passed(now);
  return std::exchange(memory_->due, {});
}

CommandOutcome Oracle::command(const Command& command, const Moment& now) {
  memory_->time_passed(now);
  const CommandOutcome outcome = memory_->command(command, now);
  memory_->look(now);
  return outcome;
}

void Oracle::observe(const Actions& actions, const Moment& now) {
  for (const Action& action : actions) {
    if (const auto* output = std::get_if<SetOutput>(&action)) {
      if (output->line.kind != OutputKind::lock) continue;
      DoorMemory& door = memory_->doors[output->line.number];
      door.lock_on = output->on;
      if (output->on) door.delayed_until.reset();
      if (!output->on && !door.delayed_until) door.pending.clear();
    }
    if (const auto* keep = std::get_if<KeepParameter>(&action)) {
      DoorParameters& parameters = memory_->book.doors[number(keep->door)];
      if (keep->name == "DoorMaskFlag") {
        parameters.locked = keep->value != 0;
        if (parameters.locked) memory_->shut(number(keep->door));
      }
      if (keep->name == "DoorCancelKeepOpenDelay") parameters.normal_open_cancelled = keep->value;
    }
    if (std::holds_alternative<EraseTemporaryUsers>(action)) {
      memory_->book.erase_temporary();
      memory_->temporary_day = floor<days>(now.civil);
    }
    if (const auto* record = std::get_if<Record>(&action)) memory_->taken_up(record->event);
  }
  memory_->look(now);
  memory_->see_who_waits();
}

// ---- restarts

void Oracle::restarted(const Moment& now) {
  Memory& memory = *memory_;
  memory.running = false;
  for (ReaderMemory& reader : memory.readers)
    reader = {};
  for (DoorMemory& door : memory.doors) {
    DoorMemory kept;
    kept.stay_open = kept.stay_open_waits = door.stay_open;
    kept.first_card = door.first_card;
    kept.lockdown = door.lockdown;
    door = kept;
  }
  // The five minutes begin anew.
  const auto begin_anew = [&](WrongEntries& wrong) {
    const Uptime before = memory.last_look.uptime;
    if (wrong.locked_until && *wrong.locked_until <= before) wrong.locked_until.reset();
    if (before >= wrong.first + minutes(5)) wrong.count = 0;
    wrong.first = now.uptime;
    if (wrong.locked_until) wrong.locked_until = now.uptime + minutes(5);
  };
  for (WrongEntries& wrong : memory.wrong_at)
    begin_anew(wrong);
  for (auto& [pin, wrong] : memory.wrong_of)
    begin_anew(wrong);
  memory.burning = false;
  memory.due.clear();
}

void Oracle::restarted(std::span<const Kept> kept, const Moment& now) {
  Memory& memory = *memory_;
  for (DoorMemory& door : memory.doors)
    door = {};
  memory.passages.clear();
  memory.passages_so_far = 0;
  memory.wrong_at.assign(memory.wrong_at.size(), {});
  memory.wrong_of.clear();
  memory.emergency = Emergency::Mode::off;
  memory.temporary_day.reset();
  const auto wrong_entries = [&](const Kept& row) {
    WrongEntries wrong;
    wrong.count = row.extra != 0 ? 0 : static_cast<unsigned>(row.value);
    wrong.first = memory.last_look.uptime;
    if (row.extra != 0) wrong.locked_until = Uptime::max();
    return wrong;
  };
  for (const Kept& row : kept) {
    const unsigned place = row.key.place;
    const bool is_door = place >= 1 && place <= memory.book.layout.doors;
    const bool is_reader = place >= 1 && place <= memory.book.layout.readers();
    switch (row.key.kind) {
      case KeptKind::passage:
        if (!is_reader) break;
        memory.passages[{row.key.pin, place}] = {.pin = row.key.pin,
                                                 .reader = place,
                                                 .order = static_cast<std::uint64_t>(row.extra),
                                                 .at = {},
                                                 .civil = CivilTime{seconds{row.value}}};
        memory.passages_so_far =
            std::max(memory.passages_so_far, static_cast<std::uint64_t>(row.extra));
        break;
      case KeptKind::stay_open:
        if (is_door) memory.doors[place].stay_open = true;
        break;
      case KeptKind::first_card:
        if (is_door) {
          memory.doors[place].first_card = {.zone = static_cast<TimezoneId>(row.extra),
                                            .day = local_days{days{row.value}}};
        }
        break;
      case KeptKind::emergency:
        memory.emergency = static_cast<Emergency::Mode>(row.value);
        break;
      case KeptKind::lockdown:
        if (is_door) memory.doors[place].lockdown = true;
        break;
      case KeptKind::reader_lockout:
        if (is_reader) memory.wrong_at[place] = wrong_entries(row);
        break;
      case KeptKind::person_lockout:
        memory.wrong_of[row.key.pin] = wrong_entries(row);
        break;
      case KeptKind::temporary_day:
        memory.temporary_day = local_days{days{row.value}};
        break;
      case KeptKind::alarms:
        break;
    }
  }
  restarted(now);
}

// ---- questions

bool Oracle::zone_holds(TimezoneId zone, const Moment& now) const {
  return memory_->book.zone_holds(zone, now);
}

bool Oracle::normally_open(DoorId door) const {
  return memory_->normally_open(number(door));
}

bool Oracle::held_open(DoorId door) const {
  return memory_->is_free(number(door));
}

bool Oracle::locked_down(DoorId door) const {
  return memory_->doors[number(door)].lockdown || memory_->dual_close();
}

}  // namespace lintel::oracle
