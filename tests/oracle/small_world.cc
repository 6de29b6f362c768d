#include "tests/oracle/small_world.h"

#include <algorithm>

namespace lintel::oracle {

using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

ReaderId reader_id(unsigned reader) {
  return ReaderId{static_cast<std::uint8_t>(reader)};
}
DoorId door_id(unsigned door) {
  return DoorId{static_cast<std::uint8_t>(door)};
}

constexpr const char* outcomes[] = {
    "done",          "no such place", "already open time", "normal open time", "door locked",
    "door disabled", "locked down",   "interlocked",       "output off"};

}  // namespace

Moment SmallWorld::now() const {
  return {.uptime = uptime_,
          .civil = civil_at_zero_ + floor<seconds>(uptime_.time_since_epoch()),
          .trusted = trusted_};
}

void SmallWorld::tell(const std::string& line) {
  if (!told_) return;
  const auto ms = duration_cast<milliseconds>(uptime_.time_since_epoch()).count() - 1'000'000;
  story_ += to_text(now().civil) + " +" + std::to_string(ms) + "ms " +
            (trusted_ ? "" : "(untrusted) ") + line + "\n";
}

// ---- the two of them

void SmallWorld::start() {
  controller_ = std::make_unique<Controller>(
      configuration_.layout, PeopleCapacity{.users = 64, .cards = 64, .privileges = 64});
  const bool anew = oracle_ == nullptr;
  if (anew) oracle_ = std::make_unique<Oracle>(configuration_.layout);
  actions_.clear();
  for (const auto& zone : configuration_.zones) {
    controller_->calendar().put(zone);
    if (anew) oracle_->put(zone);
  }
  for (const auto& holiday : configuration_.holidays) {
    controller_->calendar().put(holiday);
    if (anew) oracle_->put(holiday);
  }
  for (const auto& change : configuration_.people) {
    controller_->people().apply(change);
    if (anew) oracle_->apply(change);
  }
  controller_->set_rules(configuration_.rules, now(), actions_);
  if (anew) oracle_->set_rules(configuration_.rules, now());
  for (unsigned door = 1; door <= doors(); ++door) {
    controller_->set_parameters(door_id(door), configuration_.doors[door], now(), actions_);
    if (anew) oracle_->set_parameters(door_id(door), configuration_.doors[door], now());
  }
  if (!anew) {
    std::vector<Kept> rows;
    for (const auto& [key, row] : kept_)
      rows.push_back(row);
    controller_->restore(rows);
    oracle_->restarted(now());
  }
  controller_->start({}, now(), actions_);
  oracle_->start({}, now());
  take_in({});
}

void SmallWorld::restart() {
  tell("restart");
  start();
}

// Every timer on its own, so that whatever moved is known before the next one.
void SmallWorld::run_timers() {
  const Uptime until = uptime_;
  while (failure_.empty()) {
    const auto due = controller_->deadline();
    if (!due || *due > until) break;
    uptime_ = *due;
    actions_.clear();
    const auto expected = oracle_->time_passed(now());
    controller_->handle(Tick{}, now(), actions_);
    take_in(expected);
  }
  uptime_ = until;
  // The clock is told in whole seconds: a minute may have begun before the timer for it is due.
  const auto minute = floor<minutes>(now().civil);
  if (!failure_.empty() || minute_looked_at_ == minute) return;
  minute_looked_at_ = minute;
  actions_.clear();
  const auto expected = oracle_->time_passed(now());
  controller_->handle(Tick{}, now(), actions_);
  take_in(expected);
}

void SmallWorld::act(const Input& input) {
  run_timers();
  if (!failure_.empty()) return;
  actions_.clear();
  const auto expected = oracle_->show(input, now());
  controller_->handle(input, now(), actions_);
  take_in(expected);
}

void SmallWorld::act(const Command& command) {
  run_timers();
  if (!failure_.empty()) return;
  actions_.clear();
  const bool of_all = std::visit(
      [](const auto& each) {
        if constexpr (requires { each.door; }) return each.door == 0;
        return false;
      },
      command);
  const CommandOutcome expected = oracle_->command(command, now());
  const CommandOutcome outcome = controller_->command(command, now(), actions_);
  ++counts_.commands;
  tell(std::string("  answered: ") + outcomes[static_cast<std::size_t>(outcome)]);
  if (expected != outcome && !of_all && !std::holds_alternative<SetAuxOutput>(command)) {
    failure_ = std::string("the command should be answered with: ") +
               outcomes[static_cast<std::size_t>(expected)] +
               ", and is: " + outcomes[static_cast<std::size_t>(outcome)];
    return;
  }
  for (const Action& action : actions_) {
    const auto* keep = std::get_if<KeepState>(&action);
    if (keep != nullptr && keep->row.change == Kept::Change::put) kept_[keep->row.key] = keep->row;
  }
  std::erase_if(actions_, [](const Action& action) {
    return std::holds_alternative<Record>(action);  // a command's own events are not foretold
  });
  take_in({});
}

void SmallWorld::take_in(const std::vector<Expected>& expected) {
  std::vector<Expected> came;
  for (const Action& action : actions_) {
    if (const auto* record = std::get_if<Record>(&action)) {
      if (told_) {
        tell("  core: " + in_words(as_expected(record->event)) + " record " +
             std::to_string(record->event.reason.record) + " detail " +
             std::to_string(record->event.reason.detail));
      }
      if (!foretold(record->event.code)) continue;
      came.push_back(as_expected(record->event));
      ++counts_.by_code[number(record->event.code)];
      ++counts_.by_rule[static_cast<std::size_t>(record->event.reason.rule)];
    }
    if (const auto* output = std::get_if<SetOutput>(&action)) {
      if (told_ && output->line.kind == OutputKind::lock)
        tell("  core: lock " + std::to_string(output->line.number) + (output->on ? " on" : " off"));
    }
    if (const auto* keep = std::get_if<KeepState>(&action)) {
      const Kept& row = keep->row;
      if (row.change == Kept::Change::put) kept_[row.key] = row;
      if (row.change == Kept::Change::erase) kept_.erase(row.key);
      if (row.change == Kept::Change::erase_all)
        std::erase_if(kept_, [&](const auto& each) { return each.first.kind == row.key.kind; });
    }
    if (const auto* keep = std::get_if<KeepParameter>(&action)) {
      DoorParameters& door = configuration_.doors[number(keep->door)];
      if (keep->name == "DoorMaskFlag") door.locked = keep->value != 0;
      if (keep->name == "DoorCancelKeepOpenDelay") door.normal_open_cancelled = keep->value;
    }
    if (std::holds_alternative<EraseTemporaryUsers>(action)) {
      tell("  core: temporary users are gone");
      controller_->people().erase_temporary();
      std::vector<Pin> gone;
      for (const PeopleChange& change : configuration_.people) {
        const auto* more = std::get_if<ExtUser>(&change);
        if (more != nullptr && more->temporary) gone.push_back(more->pin);
      }
      std::erase_if(configuration_.people, [&](const PeopleChange& change) {
        return std::visit(
            [&](const auto& row) {
              if constexpr (requires { row.pin; })
                return std::find(gone.begin(), gone.end(), row.pin) != gone.end();
              else
                return false;
            },
            change);
      });
    }
  }
  if (expected != came) {
    failure_ = "expected:\n";
    for (const Expected& each : expected)
      failure_ += "  " + in_words(each) + "\n";
    failure_ += "came:\n";
    for (const Expected& each : came)
      failure_ += "  " + in_words(each) + "\n";
    failure_ += oracle_->describe();
    return;
  }
  oracle_->observe(actions_, now());
  for (unsigned door = 1; door <= doors(); ++door) {
    const DoorStatus status = controller_->status(door_id(door));
    const OutputLine lock{OutputKind::lock, static_cast<std::uint8_t>(door)};
    if (oracle_->held_open(door_id(door)) && !controller_->output(lock))
      failure_ = "the lock of door " + std::to_string(door) + " is at rest\n" + oracle_->describe();
    if (status.fire || status.emergency_open) continue;
    if (status.normal_open != oracle_->normally_open(door_id(door))) {
      failure_ = "door " + std::to_string(door) + " is " + (status.normal_open ? "" : "not ") +
                 "normally open\n" + oracle_->describe();
    }
  }
}

// ---- what people do

unsigned SmallWorld::some_reader() {
  const unsigned door = chance_.percent(75) ? favourite_door_ : chance_.between(1, doors());
  return 2 * door - (chance_.percent(65) ? 1 : 0);
}

const Visitor& SmallWorld::somebody() {
  return chance_.percent(60) ? visitors_[favourite_] : chance_.one_of(visitors_);
}

void SmallWorld::swipe(unsigned reader, CardNo card, bool duress) {
  tell("card " + std::to_string(card.value) + " at reader " + std::to_string(reader) +
       (duress ? ", site code 7" : ""));
  act(CardRead{reader_id(reader), card, duress ? 7u : 0u, 26});
}

void SmallWorld::type(unsigned reader, const std::string& keys) {
  tell("keys " + keys + " at reader " + std::to_string(reader));
  for (const char key : keys) {
    const int code = key == '*' ? 10 : key == '#' ? 11 : key - '0';
    act(KeyPressed{reader_id(reader), static_cast<std::uint8_t>(code)});
  }
}

// Shows all that a door may ask of him, as far as this reader can read it.
void SmallWorld::show_person(const Visitor& visitor, unsigned reader) {
  const unsigned door = number(door_of(reader_id(reader)));
  const auto& readers = configuration_.rules.readers;
  const bool recognises = reader <= readers.size() && readers[reader - 1].proof != Proof::card;
  const VerifyMode mode = verify_mode(configuration_.doors[door].verify_type);
  const bool duress = perhaps(Theme::duress, 20, 50);
  const bool id_first = mode.names(Proof::user_id) && chance_.percent(50);
  const std::string pin{visitor.pin.view()};
  if (id_first) type(reader, pin + "#");
  if (recognises) {
    swipe(reader, CardNo{std::stoul(pin)}, duress);
  } else if (mode.names(Proof::card) || !id_first) {
    swipe(reader, chance_.one_of(visitor.cards), duress);
  }
  const bool all = mode.all || mode.or_all != 0;
  if (all && mode.names(Proof::user_id) && !id_first) type(reader, pin + "#");
  if (all && mode.names(Proof::password)) {
    const auto& duress_password = configuration_.doors[door].duress_password;
    const bool by_duress = !duress_password.empty() && chance_.percent(40);
    const std::string digits = by_duress ? std::string(duress_password.view()) : visitor.password;
    if (!digits.empty()) type(reader, digits + "#");
  }
}

std::string SmallWorld::digits_of_somebody(unsigned door) {
  const DoorParameters& parameters = configuration_.doors[door];
  const Visitor& visitor = somebody();
  switch (chance_.below(6)) {
    case 0:
    case 1:
      return visitor.password;
    case 2:
      return std::string(visitor.pin.view());
    case 3:
      return std::string(parameters.emergency_password.view());
    case 4:
      return std::string(parameters.duress_password.view());
    default:
      return chance_.percent(97) ? "999" : "9999999999999999999999999";
  }
}

void SmallWorld::move_door(unsigned door, bool open) {
  if (!configuration_.doors[door].sensor_supervised && chance_.percent(5)) {
    tell("the sensor of door " + std::to_string(door) + " is cut");
    act(LevelChanged{{InputKind::door_sensor, static_cast<std::uint8_t>(door)}, Level::cut});
    return;
  }
  tell("door " + std::to_string(door) + (open ? " opens" : " closes"));
  act(LevelChanged{{InputKind::door_sensor, static_cast<std::uint8_t>(door)},
                   open ? Level::active : Level::inactive});
}

void SmallWorld::press(unsigned door) {
  const InputLine line{InputKind::exit_button, static_cast<std::uint8_t>(door)};
  const Level level =
      chance_.percent(6) ? chance_.one_of({Level::cut, Level::shorted}) : Level::active;
  tell("exit button of door " + std::to_string(door) +
       (level == Level::active ? "" : " is broken"));
  act(LevelChanged{line, level});
  act(LevelChanged{line, Level::inactive});
}

void SmallWorld::walk_through(unsigned door) {
  move_door(door, true);
  if (chance_.percent(80)) {
    wait(seconds{chance_.below(2)});
    move_door(door, false);
  }
}

void SmallWorld::wait(nanoseconds time) {
  uptime_ += time;
  run_timers();
}

void SmallWorld::wait_a_little() {
  wait(chance_.one_of<nanoseconds>(
      {0s, 0s, 500ms, 999ms, 1s, 1s, 2s, 4999ms, 5s, 5001ms, 10s, 9999ms, 60s}));
}

// ---- scenes

void SmallWorld::passing_scene() {
  const unsigned reader = some_reader();
  show_person(somebody(), reader);
  const unsigned door = number(door_of(reader_id(reader)));
  if (chance_.percent(about(Theme::passback) || about(Theme::interlock) ? 60 : 20)) {
    wait(chance_.one_of<nanoseconds>({0s, 500ms, 1s, 4s}));
    walk_through(door);
  }
}

void SmallWorld::typing_scene() {
  const unsigned reader = some_reader();
  const unsigned door = number(door_of(reader_id(reader)));
  if (chance_.percent(35)) swipe(reader, chance_.one_of(somebody().cards), false);
  if (chance_.percent(10)) wait_a_little();
  std::string keys = digits_of_somebody(door);
  if (chance_.percent(8)) keys = "5*" + keys;
  if (chance_.percent(5)) keys += "*";
  type(reader, keys + "#");
  if (chance_.percent(30)) type(reader, digits_of_somebody(door) + "#");
}

void SmallWorld::lockout_scene() {
  const unsigned reader = some_reader();
  const Visitor& visitor = somebody();
  const bool with_card = chance_.percent(60);
  const unsigned times = chance_.between(4, 7);
  for (unsigned i = 0; i < times && failure_.empty(); ++i) {
    const unsigned here = with_card && chance_.percent(30) ? some_reader() : reader;
    if (with_card) swipe(here, visitor.cards.front(), false);
    type(here, chance_.percent(85) ? "999#" : visitor.password + "#");
    if (chance_.percent(20)) wait(chance_.one_of<nanoseconds>({1s, 60s, 100s, 240s}));
  }
  if (chance_.percent(30)) wait(chance_.one_of<nanoseconds>({299s, 299'999ms, 300s, 301s}));
  show_person(chance_.percent(70) ? visitor : somebody(), reader);
}

void SmallWorld::gesture_scene() {
  const unsigned reader = some_reader();
  const Visitor& visitor = somebody();
  const unsigned times = chance_.between(2, 6);
  for (unsigned i = 0; i < times && failure_.empty(); ++i) {
    show_person(visitor, chance_.percent(90) ? reader : some_reader());
    wait(chance_.one_of<nanoseconds>({0s, 500ms, 1s, 2s, 4s, 4999ms, 5s, 5001ms}));
  }
}

void SmallWorld::several_scene() {
  const unsigned reader = some_reader();
  const unsigned door = number(door_of(reader_id(reader)));
  const unsigned times = chance_.between(1, 4);
  for (unsigned i = 0; i < times && failure_.empty(); ++i) {
    show_person(chance_.one_of(visitors_), chance_.percent(80) ? reader : 2 * door);
    wait(chance_.one_of<nanoseconds>({0s, 500ms, 999ms, 1s, 3s}));
  }
  if (chance_.percent(30)) walk_through(door);
}

void SmallWorld::command_scene() {
  const auto door = static_cast<std::uint8_t>(chance_.percent(75) ? favourite_door_ : any_door());
  const std::string at = " door " + std::to_string(door);
  switch (chance_.below(9)) {
    case 0:
    case 1:
      tell("remote open" + at);
      act(Command{OpenDoor{door, seconds{chance_.below(3)}}});
      break;
    case 2:
      tell("remote close" + at);
      act(Command{CloseDoor{door}});
      break;
    case 3:
      tell("remote stay open" + at);
      act(Command{NormalOpen{door}});
      break;
    case 4: {
      const bool enable = chance_.percent(50);
      tell(std::string("normal open today ") + (enable ? "on" : "off") + at);
      act(Command{NormalOpenToday{door, enable}});
      break;
    }
    case 5: {
      const bool lock = chance_.percent(50);
      tell((lock ? "lock" : "unlock") + at);
      act(Command{LockDoor{door, lock}});
      break;
    }
    case 6: {
      if (!perhaps(Theme::emergency, 100, 200)) break;
      const auto mode = chance_.one_of(
          {Emergency::Mode::off, Emergency::Mode::dual_open, Emergency::Mode::dual_close});
      tell("emergency " + std::to_string(static_cast<int>(mode)));
      act(Command{Emergency{mode}});
      break;
    }
    case 7: {
      const auto level = chance_.one_of({Level::active, Level::inactive, Level::cut});
      if (!perhaps(Theme::emergency, 100, 100)) break;
      tell("fire input " + std::to_string(static_cast<int>(level)));
      act(LevelChanged{{InputKind::fire, 0}, level});
      break;
    }
    default: {
      const bool all = chance_.percent(50);
      tell(all ? "cancel all alarms" : "reset passback");
      if (all)
        act(Command{CancelAlarm{0}});
      else
        act(Command{ResetPassback{chance_.percent(50) ? Pin{} : somebody().pin}});
    }
  }
}

void SmallWorld::configuration_scene() {
  run_timers();
  if (!failure_.empty()) return;
  actions_.clear();
  if (chance_.percent(60)) {
    const Visitor& visitor = somebody();
    const PeopleChange change =
        chance_.percent(50)
            ? PeopleChange{EraseUser{visitor.pin}}
            : PeopleChange{UserCard{
                  .pin = visitor.pin, .card = visitor.cards.front(), .lost = chance_.percent(70)}};
    tell("rows of " + std::string(visitor.pin.view()) +
         " change: " + (std::holds_alternative<EraseUser>(change) ? "no user" : "the card"));
    configuration_.people.push_back(change);
    controller_->people().apply(change);
    oracle_->apply(change);
    controller_->reconsider(now(), actions_);
    oracle_->reconsider(now());
  } else {
    const unsigned door = favourite_door_;
    DoorParameters& parameters = configuration_.doors[door];
    switch (chance_.below(4)) {
      case 0:
        parameters.enabled = !parameters.enabled;
        break;
      case 1:
        parameters.verify_type = any_mode();
        break;
      case 2:
        parameters.interval = seconds{60};
        break;
      default:
        parameters.locked = !parameters.locked;
    }
    tell("door " + std::to_string(door) + " is set: enabled " + std::to_string(parameters.enabled) +
         " locked " + std::to_string(parameters.locked) + " verify " +
         std::to_string(parameters.verify_type));
    oracle_->set_parameters(door_id(door), parameters, now());
    controller_->set_parameters(door_id(door), parameters, now(), actions_);
  }
  take_in(oracle_->time_passed(now()));
}

void SmallWorld::clock_scene() {
  if (chance_.percent(50)) {
    trusted_ = !trusted_;
  } else {
    civil_at_zero_ += seconds{chance_.one_of({-60, 60, 3600, 86'400, 54'000})};
  }
  tell("the clock is set");
  act(ClockSet{});
}

void SmallWorld::scene() {
  if (about(Theme::lockout) && chance_.percent(35)) return lockout_scene();
  if (about(Theme::super_users) && chance_.percent(45)) return gesture_scene();
  if (about(Theme::several) && chance_.percent(50)) return several_scene();
  if ((about(Theme::typing) || about(Theme::duress)) && chance_.percent(45)) return typing_scene();
  if (perhaps(Theme::clock, 20)) return clock_scene();
  if (perhaps(Theme::temporary, 15, 0)) {
    civil_at_zero_ += days{1};
    tell("the clock is set to tomorrow");
    return act(ClockSet{});
  }
  if (perhaps(Theme::restart, 20, 3)) return restart();
  if (perhaps(Theme::buttons, 40, 50)) return press(favourite_door_);
  if (perhaps(Theme::holding_open, 35, 70) || perhaps(Theme::emergency, 40, 0) ||
      perhaps(Theme::shut, 20, 0) || perhaps(Theme::first_card, 15, 0))
    return command_scene();
  if (chance_.percent(3)) return configuration_scene();
  if (chance_.percent(5)) return typing_scene();
  if (chance_.percent(3)) {
    tell("keys #");
    return act(KeyPressed{reader_id(some_reader()), 11});
  }
  if (chance_.percent(3)) {
    tell("a bad frame");
    return act(BadFrame{reader_id(some_reader()), 31});
  }
  if (chance_.percent(3)) {
    return swipe(some_reader(), CardNo{4711}, false);
  }
  if (chance_.percent(8)) return walk_through(chance_.between(1, doors()));
  passing_scene();
}

std::string SmallWorld::play() {
  if (told_) tell_configuration();
  start();
  const unsigned scenes = chance_.between(1, 6);
  for (unsigned i = 0; i < scenes && failure_.empty(); ++i) {
    scene();
    if (!failure_.empty()) break;
    wait_a_little();
    uptime_ += 7us;  // so that timers of two scenes do not fall due at once
  }
  return failure_;
}

}  // namespace lintel::oracle
