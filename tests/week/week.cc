#include "tests/week/week.h"

#include <algorithm>
#include <random>

namespace lintel::week {

using namespace std::chrono;

namespace {

constexpr auto disk_delay = 50ms;       // what a power cut may still lose
constexpr std::size_t wished_max = 60;  // steps; older ones are on disk
constexpr std::size_t complaints_max = 5;

std::string_view name_of(Level level) {
  constexpr std::array names{"inactive", "active", "cut", "shorted"};
  return names[static_cast<std::size_t>(level)];
}

std::string in_words(const Input& input) {
  const auto reader = [](ReaderId id) { return " at reader " + std::to_string(number(id)); };
  if (const auto* card = std::get_if<CardRead>(&input)) {
    return "card " + std::to_string(card->card.value) + reader(card->reader) +
           (card->site_code != 0 ? " site " + std::to_string(card->site_code) : "");
  }
  if (const auto* frame = std::get_if<BadFrame>(&input)) return "bad frame" + reader(frame->reader);
  if (const auto* key = std::get_if<KeyPressed>(&input)) {
    return "key " + std::to_string(key->key) + reader(key->reader);
  }
  if (const auto* moved = std::get_if<LevelChanged>(&input)) {
    constexpr std::array kinds{"sensor", "exit button", "aux input", "reader tamper",
                               "tamper", "fire",        "mains",     "battery"};
    return std::string(kinds[static_cast<std::size_t>(moved->line.kind)]) + " " +
           std::to_string(moved->line.number) + " " + std::string(name_of(moved->level));
  }
  return std::holds_alternative<ClockSet>(input) ? "clock set" : "tick";
}

std::string in_words(const Event& event) {
  std::string text =
      "  event " + std::to_string(number(event.code)) + " at " + std::to_string(event.address);
  if (event.reason.reader != ReaderId{}) {
    text += " reader " + std::to_string(number(event.reason.reader));
  }
  if (!event.pin.empty()) text += " pin " + std::string(event.pin.view());
  if (event.card.value != 0) text += " card " + std::to_string(event.card.value);
  text += " verify " + std::to_string(static_cast<unsigned>(event.verify)) + "/" +
          std::to_string(event.proofs);
  if (event.link != 0) text += " link " + std::to_string(event.link);
  return text + " " + lintel::name_of(event.reason.rule) + " " +
         std::to_string(event.reason.record) + " " + std::to_string(event.reason.detail);
}

std::string in_words(const Action& action) {
  if (const auto* set = std::get_if<SetOutput>(&action)) {
    constexpr std::array kinds{"lock", "aux output", "light", "buzzer"};
    return "  " + std::string(kinds[static_cast<std::size_t>(set->line.kind)]) + " " +
           std::to_string(set->line.number) + (set->on ? " on" : " off");
  }
  if (const auto* record = std::get_if<Record>(&action)) return in_words(record->event);
  if (const auto* keep = std::get_if<KeepParameter>(&action)) {
    return "  keep " + std::string(keep->name) + " of door " + std::to_string(number(keep->door)) +
           " = " + std::to_string(keep->value);
  }
  if (const auto* keep = std::get_if<KeepState>(&action)) {
    const Kept& row = keep->row;
    return "  kept " + std::to_string(static_cast<unsigned>(row.key.kind)) + "/" +
           std::to_string(row.key.place) + "/" + std::string(row.key.pin.view()) + " = " +
           std::to_string(row.value) + ", " + std::to_string(row.extra) + " change " +
           std::to_string(static_cast<unsigned>(row.change));
  }
  return "  temporary users go";
}

std::string in_words(const Command& command) {
  static constexpr std::array names{"open",       "close",      "stay open",
                                    "zone today", "aux output", "cancel alarm",
                                    "lock",       "emergency",  "reset passback"};
  std::string text = "command " + std::string(names[command.index()]);
  const auto add = [&](auto value) { text += " " + std::to_string(static_cast<unsigned>(value)); };
  if (const auto* open = std::get_if<OpenDoor>(&command)) add(open->door), add(open->time.count());
  if (const auto* close = std::get_if<CloseDoor>(&command)) add(close->door);
  if (const auto* stay = std::get_if<NormalOpen>(&command)) add(stay->door);
  if (const auto* day = std::get_if<NormalOpenToday>(&command)) add(day->door), add(day->enable);
  if (const auto* aux = std::get_if<SetAuxOutput>(&command)) {
    add(aux->output), add(aux->on), add(aux->time.count());
  }
  if (const auto* cancel = std::get_if<CancelAlarm>(&command)) add(cancel->door);
  if (const auto* lock = std::get_if<LockDoor>(&command)) add(lock->door), add(lock->lock);
  if (const auto* emergency = std::get_if<Emergency>(&command)) add(emergency->mode);
  if (const auto* reset = std::get_if<ResetPassback>(&command)) {
    text += " " + std::string(reset->pin.view());
  }
  return text;
}

}  // namespace

std::string Chronicle::in_words(const Line& line) {
  const auto ms = duration_cast<milliseconds>(line.at.uptime.time_since_epoch()).count();
  std::array<char, 64> stamp{};
  std::snprintf(stamp.data(), stamp.size(), "%8lld.%03lld ", static_cast<long long>(ms / 1000),
                static_cast<long long>(ms % 1000));
  return stamp.data() + to_text(line.at.civil) + (line.at.trusted ? " " : "? ") +
         std::string(line.text.data(), line.size);
}

std::string Chronicle::newest() const {
  std::string text;
  const std::uint64_t count = std::min<std::uint64_t>(lines_, newest_.size());
  for (std::uint64_t at = lines_ - count; at < lines_; ++at)
    text += in_words(newest_[at % newest_.size()]) + "\n";
  return text;
}

Week::Week(const Setup& setup)
    : setup_(setup),
      chance_(setup.planted == Planted::chance_unseeded ? std::random_device{}() : setup.seed),
      planted_(setup.planted),
      household_(make_household(chance_)),
      chronicle_(setup.file),
      witness_(household_, lines_),
      oracle_(household_.layout) {
  for (const Timezone& zone : household_.zones)
    oracle_.put(zone);
  for (const Holiday& holiday : household_.holidays)
    oracle_.put(holiday);
  for (const auto& [pin, user] : household_.users)
    oracle_.apply(user);
  for (const auto& [pin, extension] : household_.extensions)
    oracle_.apply(extension);
  for (const UserCard& card : household_.cards)
    oracle_.apply(card);
  for (const Privilege& privilege : household_.privileges)
    oracle_.apply(privilege);
  oracle_.set_rules(household_.rules, now());
  for (unsigned door = 1; door <= household_.layout.doors; ++door) {
    oracle_.set_parameters(DoorId{static_cast<std::uint8_t>(door)}, household_.doors[door - 1],
                           now());
  }
  start();
}

// ---- time

Moment Week::now() const {
  return {.uptime = uptime_,
          .civil = first_moment() + floor<seconds>(uptime_.time_since_epoch()) + clock_ahead_,
          .trusted = trusted_};
}

void Week::at(Uptime when, Deed deed) {
  agenda_.push_back({when, ++deeds_, std::move(deed)});
  std::push_heap(agenda_.begin(), agenda_.end());
}

void Week::live(unsigned days) {
  const Uptime end = uptime_ + hours(24) * days;
  const std::function<void()> next = [&] {
    happen();
    in(pause(), next);
  };
  in(pause(), next);
  while (!over_ && !agenda_.empty() && agenda_.front().when <= end) {
    std::pop_heap(agenda_.begin(), agenda_.end());
    const Later later = std::move(agenda_.back());
    agenda_.pop_back();
    pass_until(later.when);
    if (!over_) later.deed();
  }
  agenda_.clear();
}

// Fires every timer of the controller at its own moment, also those that are due right at the end.
void Week::pass_until(Uptime when) {
  unsigned at_once = 0;
  while (!over_) {
    const auto due = core_->deadline();
    if (!due) {
      witness_.complain("deadline", "The controller does not say when it wants to be called.");
      over_ = true;
      return;
    }
    if (*due > when) break;
    at_once = *due <= uptime_ ? at_once + 1 : 0;
    if (at_once > 100) {
      witness_.complain("deadline", "The controller wants to be called again and again.");
      over_ = true;
      return;
    }
    uptime_ = std::max(uptime_, *due);
    begin_step();
    const auto expected = oracle_.time_passed(now());
    core_->handle(
        Tick{},
        [&] {
          Moment moment = now();
          if (planted_ == Planted::clock_believed) moment.trusted = true;
          return moment;
        }(),
        actions_);
    end_step(Step::Kind::tick, expected);
  }
  uptime_ = std::max(uptime_, when);
}

// ---- steps

void Week::begin_step() {
  actions_.clear();
  witness_.before(now());
}

void Week::end_step(Step::Kind kind, const std::vector<oracle::Expected>& expected,
                    const Input* input, const Command* command, CommandOutcome outcome) {
  if (planted_ != Planted::nothing) tamper_with_actions(kind, input);
  if (input != nullptr) {
    chronicle_.add(now(), in_words(*input));
  } else if (command != nullptr) {
    chronicle_.add(now(),
                   in_words(*command) + " -> " + std::to_string(static_cast<unsigned>(outcome)));
  }
  for (const Action& action : actions_) {
    if (const auto* set = std::get_if<SetOutput>(&action);
        set != nullptr && set->line.kind > OutputKind::aux) {
      continue;  // light and buzzer are told of elsewhere
    }
    chronicle_.add(now(), in_words(action));
  }
  if (setup_.foretold) compare(kind, expected);
  wish_to_disk();
  oracle_.observe(actions_, now());
  tell_of_linkage();
  witness_.after({.kind = kind,
                  .now = now(),
                  .actions = actions_,
                  .input = input,
                  .command = command,
                  .outcome = outcome,
                  .duress_password = duress_password_,
                  .duress_finger = duress_finger_},
                 *core_);
  duress_password_ = duress_finger_ = ReaderId{};
  for (; complaints_told_ < witness_.complaints().size(); ++complaints_told_)
    chronicle_.add(now(), "BROKEN " + witness_.complaints()[complaints_told_]);
  over_ = over_ || witness_.complaints().size() >= complaints_max;
}

// Linkage is the core's own business: to the oracle it is as if somebody had given a command.
void Week::tell_of_linkage() {
  for (const Action& action : actions_) {
    const auto* record = std::get_if<Record>(&action);
    if (record == nullptr || record->event.code != EventCode::linkage_triggered) continue;
    for (const Linkage& row : household_.rules.linkages) {
      const bool holds = row.output == Linkage::Output::lock && row.act == Linkage::Act::output &&
                         (row.time == 0 || row.time == linkage_on);
      if (row.index != record->event.link || !holds) continue;
      if (row.time == 0) {
        (void)oracle_.command(CloseDoor{row.out}, now());
      } else {
        (void)oracle_.command(NormalOpen{row.out}, now());
      }
    }
  }
}

// Decision and oracle agree, event by event.
void Week::compare(Step::Kind kind, const std::vector<oracle::Expected>& expected) {
  std::vector<oracle::Expected> recorded;
  for (const Action& action : actions_) {
    const auto* record = std::get_if<Record>(&action);
    // What a command records of itself is not foretold.
    const bool by_itself = kind != Step::Kind::input && kind != Step::Kind::tick;
    if (record == nullptr || (by_itself && record->event.reason.reader == ReaderId{})) continue;
    if (oracle::foretold(record->event.code)) {
      recorded.push_back(oracle::as_expected(record->event));
    }
  }
  const bool meant = planted_ == Planted::nothing || planted_ == Planted::privilege_invented;
  if (recorded == expected || !meant) return;
  const auto all = [](const std::vector<oracle::Expected>& events) {
    std::string text;
    for (const auto& event : events)
      text += (text.empty() ? "" : ", then ") + oracle::in_words(event);
    return text.empty() ? "nothing" : text;
  };
  witness_.complain("decision_is_the_oracles", "The core records " + all(recorded) +
                                                   ", and the oracle says " + all(expected) +
                                                   ".\n" + oracle_.describe());
  over_ = true;  // from here on they live in two worlds
}

void Week::input(const Input& input) {
  if (over_) return;
  if (const auto* key = std::get_if<KeyPressed>(&input)) {
    const unsigned reader = number(key->reader);
    std::string& typed = typed_[reader];
    if (key->key < 10) typed += static_cast<char>('0' + key->key);
    if (key->key == 11 && !typed.empty() &&
        typed == household_.doors[(reader - 1) / 2].duress_password.view()) {
      duress_password_ = key->reader;
    }
    if (key->key >= 10) typed.clear();
  }
  if (const auto* card = std::get_if<CardRead>(&input)) {
    const auto& setting = household_.rules.readers[number(card->reader) - 1];
    typed_[number(card->reader)].clear();
    if (setting.proof != Proof::card && setting.duress_site_code == card->site_code) {
      duress_finger_ = card->reader;
    }
  }
  Input heard = input;
  Moment moment = now();
  if (planted_ == Planted::clock_believed) moment.trusted = true;
  if (auto* moved = std::get_if<LevelChanged>(&heard)) {
    lines_.set(moved->line, moved->level);
    if (planted_ == Planted::fire_unheard && moved->line.kind == InputKind::fire) heard = Tick{};
    if (planted_ == Planted::button_of_another_door && moved->line.kind == InputKind::exit_button) {
      moved->line.number =
          static_cast<std::uint8_t>(moved->line.number % household_.layout.doors + 1);
    }
  }
  begin_step();
  const auto expected = oracle_.show(input, now());
  core_->handle(heard, moment, actions_);
  end_step(Step::Kind::input, expected, &input);
}

CommandOutcome Week::command(const Command& command) {
  if (over_) return CommandOutcome::done;
  begin_step();
  const auto expected = oracle_.time_passed(now());
  const auto foretold = oracle_.command(command, now());
  const auto outcome = core_->command(command, now(), actions_);
  end_step(Step::Kind::command, expected, nullptr, &command, outcome);
  // Outputs are not the oracle's; what a command is told that opens an open door is left open.
  const bool open_anyway =
      std::holds_alternative<OpenDoor>(command) && outcome == CommandOutcome::already_open_time &&
      (lines_.at({InputKind::fire, 0}) != Level::inactive || mode_ == Emergency::Mode::dual_open);
  const bool said = !std::holds_alternative<SetAuxOutput>(command) && !open_anyway;
  if (const auto* emergency = std::get_if<Emergency>(&command)) mode_ = emergency->mode;
  if (const auto* cancel = std::get_if<CancelAlarm>(&command);
      cancel != nullptr && cancel->door == 0)
    mode_ = Emergency::Mode::off;
  if (said && outcome != foretold && setup_.foretold && planted_ == Planted::nothing) {
    witness_.complain(
        "decision_is_the_oracles",
        in_words(command) + " is answered with outcome " +
            std::to_string(static_cast<unsigned>(outcome)) + ", and the oracle says " +
            std::to_string(static_cast<unsigned>(foretold)) + ".\n" + oracle_.describe());
    over_ = true;
  }
  return outcome;
}

void Week::link(bool up) {
  if (over_) return;
  linked_ = up;
  begin_step();
  const auto expected = oracle_.time_passed(now());
  core_->server_link(up, now(), actions_);
  chronicle_.add(now(), up ? "server comes" : "server goes");
  end_step(Step::Kind::link, expected);
}

Rules Week::rules_for_core() const {
  Rules rules = household_.rules;
  if (planted_ == Planted::interlock_forgotten) rules.interlock = 0, rules.interlock_pairs.clear();
  if (planted_ == Planted::passback_forgotten) {
    rules.anti_passback = 0;
    rules.anti_passback_pairs.clear();
  }
  return rules;
}

DoorParameters Week::parameters_for_core(unsigned door) const {
  DoorParameters parameters = household_.doors[door - 1];
  if (planted_ == Planted::several_forgotten) parameters.multi_card = false;
  if (planted_ == Planted::passback_forgotten) parameters.in_out_anti_passback = 0;
  return parameters;
}

void Week::configure_door(unsigned door, const DoorParameters& parameters) {
  if (over_) return;
  sync(wished_.size());  // what a command changes is on disk before it is applied
  DoorParameters& mine = household_.doors[door - 1];
  const bool other_passages = mine.in_out_anti_passback != parameters.in_out_anti_passback ||
                              mine.anti_passback != parameters.anti_passback;
  if (other_passages) witness_.forget_everybody();
  const bool other_sensor = mine.sensor != parameters.sensor;
  if (other_sensor) witness_.forget_episode(door);
  mine = parameters;
  const DoorId id{static_cast<std::uint8_t>(door)};
  begin_step();
  const auto expected = oracle_.time_passed(now());
  oracle_.set_parameters(id, parameters, now());
  core_->set_parameters(id, parameters_for_core(door), now(), actions_);
  chronicle_.add(now(), "new parameters of door " + std::to_string(door));
  end_step(Step::Kind::configured, expected);
}

void Week::configure_rules(const Rules& rules) {
  if (over_) return;
  sync(wished_.size());
  const bool other_passages = household_.rules.anti_passback != rules.anti_passback ||
                              household_.rules.anti_passback_pairs != rules.anti_passback_pairs ||
                              household_.rules.triggers != rules.triggers;
  if (other_passages) witness_.forget_everybody();
  household_.rules = rules;
  begin_step();
  const auto expected = oracle_.time_passed(now());
  oracle_.set_rules(rules, now());
  core_->set_rules(rules_for_core(), now(), actions_);
  chronicle_.add(now(), "new rules");
  end_step(Step::Kind::configured, expected);
}

void Week::configure_people(const std::vector<PeopleChange>& changes) {
  if (over_) return;
  sync(wished_.size());
  begin_step();
  const auto expected = oracle_.time_passed(now());
  for (const PeopleChange& change : changes) {
    oracle_.apply(change);
    const auto* user = std::get_if<User>(&change);
    const bool takes_away =
        std::holds_alternative<EraseUser>(change) || (user != nullptr && user->blacklisted);
    if (planted_ == Planted::deletion_unheard && takes_away) continue;
    (void)core_->people().apply(change);
  }
  oracle_.reconsider(now());
  core_->reconsider(now(), actions_);
  chronicle_.add(now(), "people change");
  end_step(Step::Kind::configured, expected);
}

void Week::configure_calendar() {
  if (over_) return;
  sync(wished_.size());
  begin_step();
  const auto expected = oracle_.time_passed(now());
  oracle_.clear_timezones();
  oracle_.clear_holidays();
  core_->calendar().clear_timezones();
  core_->calendar().clear_holidays();
  for (const Timezone& zone : household_.zones) {
    oracle_.put(zone);
    core_->calendar().put(zone);
  }
  for (const Holiday& holiday : household_.holidays) {
    oracle_.put(holiday);
    core_->calendar().put(holiday);
  }
  oracle_.reconsider(now());
  core_->reconsider(now(), actions_);
  chronicle_.add(now(), "new calendar");
  end_step(Step::Kind::configured, expected);
}

// ---- the disk

// What a step wished to keep; the core's own changes of the configuration take effect at once.
void Week::wish_to_disk() {
  Wished step{uptime_, {}, nullptr};
  const auto changes = [&] {
    if (step.before == nullptr) step.before = std::make_unique<Household>(household_);
  };
  for (const Action& action : actions_) {
    if (const auto* keep = std::get_if<KeepState>(&action)) {
      const KeptKind kind = keep->row.key.kind;
      if (planted_ == Planted::alarm_rows_lost && kind == KeptKind::alarms) continue;
      if (planted_ == Planted::passage_rows_lost && kind == KeptKind::passage) continue;
      step.rows.push_back(keep->row);
    } else if (const auto* parameter = std::get_if<KeepParameter>(&action)) {
      changes();
      household_.set(number(parameter->door), parameter->name, std::to_string(parameter->value));
    } else if (std::holds_alternative<EraseTemporaryUsers>(action)) {
      changes();
      std::set<Pin> before;
      for (const auto& [pin, user] : household_.users)
        before.insert(pin);
      household_.erase_temporary();
      for (const Pin& pin : before) {
        if (!household_.users.contains(pin)) witness_.forget_person(pin);
      }
      (void)core_->people().erase_temporary();
      oracle_.erase_temporary();
    }
  }
  wished_.push_back(std::move(step));
  if (wished_.size() > wished_max) sync(1);
  std::size_t old = 0;
  while (old < wished_.size() && wished_[old].at + disk_delay < uptime_)
    ++old;
  sync(old);
}

void Week::sync(std::size_t steps) {
  for (; steps > 0; --steps) {
    for (const Kept& row : wished_.front().rows) {
      switch (row.change) {
        case Kept::Change::put:
          disk_[row.key] = row;
          break;
        case Kept::Change::erase:
          disk_.erase(row.key);
          break;
        case Kept::Change::erase_all:
          std::erase_if(disk_, [&](const auto& each) { return each.first.kind == row.key.kind; });
          break;
      }
    }
    wished_.pop_front();
  }
}

// The box ends. A kill leaves everything that was wished on disk, a power cut loses some of the
// newest steps, each as a whole.
void Week::end(bool power_cut) {
  if (over_) return;
  std::size_t lost = 0;
  if (power_cut && !wished_.empty()) {
    lost = chance_.below(static_cast<unsigned>(wished_.size()) + 1);
  }
  chronicle_.add(now(), power_cut ? "power cut, loses " + std::to_string(lost) + " steps" : "kill");
  sync(wished_.size() - lost);
  // What the core changed in the configuration and did not get to disk is as it was.
  bool people_back = false;
  for (const Wished& step : wished_) {
    if (step.before == nullptr) continue;
    household_ = *step.before;
    people_back = true;
    break;
  }
  wished_.clear();
  witness_.died(lost);
  core_.reset();
  for (std::string& typed : typed_)
    typed.clear();
  if (power_cut) trusted_ = !chance_.percent(25);  // a clock without a battery of its own
  if (lost > 0 || chance_.percent(50)) {
    std::vector<Kept> rows;
    for (const auto& [key, row] : disk_)
      rows.push_back(row);
    oracle_.restarted(rows, now());
  } else {
    oracle_.restarted(now());
  }
  if (people_back) {
    for (unsigned door = 1; door <= household_.layout.doors; ++door) {
      oracle_.set_parameters(DoorId{static_cast<std::uint8_t>(door)}, household_.doors[door - 1],
                             now());
    }
    for (const auto& [pin, user] : household_.users)
      oracle_.apply(user);
    for (const auto& [pin, extension] : household_.extensions)
      oracle_.apply(extension);
    for (const UserCard& card : household_.cards)
      oracle_.apply(card);
    for (const Privilege& privilege : household_.privileges)
      oracle_.apply(privilege);
  }
  uptime_ += milliseconds(chance_.between(300, power_cut ? 60'000 : 3'000));
  start();
}

void Week::start() {
  core_ = std::make_unique<Controller>(
      household_.layout, PeopleCapacity{.users = 64, .cards = 128, .privileges = 128});
  Household given = household_;
  given.rules = rules_for_core();
  for (unsigned door = 1; door <= household_.layout.doors; ++door)
    given.doors[door - 1] = parameters_for_core(door);
  given.give_to(*core_);
  std::vector<Kept> rows;
  for (const auto& [key, row] : disk_)
    rows.push_back(row);
  core_->restore(rows);

  std::vector<LevelChanged> levels;
  const auto add = [&](InputKind kind, unsigned first, unsigned count) {
    for (unsigned place = first; place < first + count; ++place) {
      const InputLine line{kind, static_cast<std::uint8_t>(place)};
      levels.push_back({line, lines_.at(line)});
    }
  };
  add(InputKind::door_sensor, 1, household_.layout.doors);
  add(InputKind::exit_button, 1, household_.layout.doors);
  add(InputKind::aux, 1, household_.layout.aux_inputs);
  add(InputKind::reader_tamper, 1, household_.layout.readers());
  for (const InputKind kind :
       {InputKind::tamper, InputKind::fire, InputKind::mains, InputKind::battery}) {
    add(kind, 0, 1);
  }
  begin_step();
  oracle_.start(levels, now());
  core_->start(levels, now(), actions_);
  chronicle_.add(now(), "start");
  end_step(Step::Kind::started, {});
  linked_ = false;
}

// ---- faults that are planted

void Week::tamper_with_actions(Step::Kind kind, const Input* input) {
  const auto event_of = [&](auto&& wanted) -> const Event* {
    for (const Action& action : actions_) {
      const auto* record = std::get_if<Record>(&action);
      if (record != nullptr && wanted(record->event.code)) return &record->event;
    }
    return nullptr;
  };
  const auto lock = [](unsigned door, bool on) {
    return SetOutput{{OutputKind::lock, static_cast<std::uint8_t>(door)}, on};
  };
  switch (planted_) {
    case Planted::lock_opens_by_itself:
      if (kind == Step::Kind::tick && actions_.empty() && chance_.percent(1)) {
        actions_.push_back(lock(1, true));
      }
      break;
    case Planted::lock_stays_on:
      std::erase_if(actions_, [](const Action& action) {
        const auto* set = std::get_if<SetOutput>(&action);
        return set != nullptr && set->line.kind == OutputKind::lock && !set->on;
      });
      break;
    case Planted::grant_opens_nothing:
      if (event_of(lets_somebody_in) != nullptr) {
        std::erase_if(actions_, [](const Action& action) {
          const auto* set = std::get_if<SetOutput>(&action);
          return set != nullptr && set->line.kind == OutputKind::lock && set->on;
        });
      }
      break;
    case Planted::refusal_opens:
      if (const Event* refusal = event_of(refuses);
          refusal != nullptr && kind == Step::Kind::input) {
        const unsigned door = refusal->address;
        actions_.insert(actions_.begin(), lock(door, true));
      }
      break;
    case Planted::duress_swallowed:
      std::erase_if(actions_, [](const Action& action) {
        const auto* record = std::get_if<Record>(&action);
        return record != nullptr && record->event.code == EventCode::duress_alarm;
      });
      break;
    case Planted::lockdown_opens:
      if (const Event* refusal =
              event_of([](EventCode code) { return code == EventCode::door_locked; })) {
        if (refusal->reason.rule == Rule::lockdown && kind == Step::Kind::input) {
          const unsigned door = refusal->address;
          actions_.insert(actions_.begin(), lock(door, true));
        }
      }
      break;
    case Planted::link_opens:
      if (kind == Step::Kind::link) actions_.push_back(lock(1, true));
      break;
    case Planted::forced_told_twice:
      if (const Event* forced =
              event_of([](EventCode code) { return code == EventCode::forced_open; })) {
        const Record again{*forced};
        actions_.push_back(again);
      }
      break;
    case Planted::privilege_invented:
      if (input != nullptr && chance_.percent(2)) {
        // The core sees a privilege from now on that nobody has given.
        (void)core_->people().apply(Privilege{.pin = pin_of(chance_.between(1, people_count)),
                                              .timezone = 1,
                                              .doors = 0xF,
                                              .validity = {}});
      }
      break;
    default:
      break;
  }
}

}  // namespace lintel::week
