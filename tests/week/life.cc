// What people do at the doors, and what goes wrong with lines, clock, network and power.
#include "tests/week/week.h"

namespace lintel::week {

using namespace std::chrono;

namespace {

constexpr auto between_keys = 150ms;

InputLine line_of(InputKind kind, unsigned place) {
  return {kind, static_cast<std::uint8_t>(place)};
}
ReaderId reader_of(unsigned reader) {
  return ReaderId{static_cast<std::uint8_t>(reader)};
}

}  // namespace

// Busy by day, and quiet at night.
UptimeClock::duration Week::pause() {
  const auto minute_of_day = duration_cast<minutes>(now().civil - floor<days>(now().civil)).count();
  const bool day = minute_of_day >= 360 && minute_of_day < 1'200;
  if (chance_.percent(15)) return milliseconds(chance_.between(1, 4'000));  // in a crowd
  return seconds(day ? chance_.between(5, 480) : chance_.between(60, 3'600)) +
         milliseconds(chance_.below(1'000));
}

void Week::happen() {
  struct Kind {
    unsigned weight;
    void (Week::*what)();
  };
  static constexpr std::array kinds{
      Kind{560, &Week::visit},
      Kind{70, &Week::leave_by_button},
      Kind{60, &Week::group_visit},
      Kind{35, &Week::gesture},
      Kind{30, &Week::stranger},
      Kind{4, &Week::brute_force},
      Kind{12, &Week::emergency_entry},
      Kind{14, &Week::kick},
      Kind{25, &Week::aux_input},
      Kind{14, &Week::spoil_line},
      Kind{8, &Week::cover_off},
      Kind{14, &Week::mains_or_battery},
      Kind{6, &Week::fire},
      Kind{14, &Week::network},
      Kind{10, &Week::clock},
      Kind{80, &Week::random_command},
      Kind{24, &Week::random_change},
  };
  constexpr unsigned ends_weight = 20;
  unsigned all = ends_weight;
  for (const Kind& kind : kinds)
    all += kind.weight;
  unsigned chosen = chance_.below(all);
  for (const Kind& kind : kinds) {
    if (chosen < kind.weight) return (this->*kind.what)();
    chosen -= kind.weight;
  }
  end(chance_.percent(50));
}

// ---- people

bool Week::door_has_sensor(unsigned door) const {
  return household_.doors[door - 1].sensor != SensorType::none;
}

void Week::visit() {
  const unsigned person = chance_.between(1, people_count);
  // Mostly out where he went in, so that anti-passback lets him.
  unsigned reader = chance_.between(1, household_.layout.readers());
  const unsigned last = last_reader_[person];
  if (last != 0 && chance_.percent(50)) reader = last % 2 == 1 ? last + 1 : last - 1;
  visit(person, reader, chance_.percent(6));
}

void Week::visit(unsigned person, unsigned reader, bool duress) {
  if (reader_busy_until_[reader] > uptime_) return;
  reader_busy_until_[reader] = uptime_ + 3s;
  show(person, reader, chance_.percent(8), duress);
  if (chance_.percent(8)) in(2s, [this, person, reader] { show(person, reader, false, false); });
  last_reader_[person] = reader;
}

// Shows what the door asks for, and goes through if the lock is released then.
void Week::show(unsigned person, unsigned reader, bool other_card, bool duress) {
  const unsigned door = (reader + 1) / 2;
  const DoorParameters& set = household_.doors[door - 1];
  const ReaderSetting& setting = household_.rules.readers[reader - 1];
  const bool finger = setting.proof != Proof::card;
  const User* user = household_.user(pin_of(person));
  const std::string password = duress               ? std::string(set.duress_password.view())
                               : chance_.percent(4) ? std::string("4999")
                               : user == nullptr    ? std::string("4321")
                                                    : std::string(user->password.view());
  const std::string pin(pin_of(person).view());
  const std::uint64_t card = card_of(person) + (other_card ? 1'000 : 0);
  const VerifyMode mode = verify_mode(set.verify_type);
  const bool asks_password = mode.names(Proof::password), asks_card = mode.names(Proof::card);
  const bool asks_id = mode.names(Proof::user_id);

  UptimeClock::duration time{};
  const auto badge = [&] {
    const CardRead read{.reader = reader_of(reader),
                        .card = CardNo{finger ? person : card},
                        .site_code = finger && duress ? 99u
                                     : finger         ? 1u
                                                      : 0u,
                        .bits = 34};
    in(time, [this, read] { input(read); });
    time += milliseconds(chance_.between(500, 2'500));
  };
  const unsigned way = chance_.below(100);
  if (way < 8) {  // not what is asked for
    if (chance_.percent(50)) badge();
    if (chance_.percent(70))
      time = type(reader, (chance_.percent(30) ? pin : password) + "#", time);
  } else if (asks_card && asks_password && (mode.all || chance_.percent(35))) {
    badge();
    if (!chance_.percent(5)) time = type(reader, password + "#", time);
  } else if (asks_id && (!asks_card || chance_.percent(20))) {
    time = type(reader, pin + "#", time);
    if (asks_password) time = type(reader, password + "#", time);
  } else if (asks_password && !asks_card) {
    time = type(reader, password + "#", time);
  } else {
    badge();
    if (duress && !password.empty()) time = type(reader, password + "#", time);
  }
  if (chance_.percent(2)) time += 11s;  // too slow
  if (chance_.percent(88)) {
    in(time + milliseconds(chance_.between(300, 2'500)), [this, door] { go_through(door); });
  }
}

UptimeClock::duration Week::type(unsigned reader, const std::string& keys,
                                 UptimeClock::duration after) {
  for (const char digit : keys) {
    const auto key = static_cast<std::uint8_t>(digit == '*' ? 10 : digit == '#' ? 11 : digit - '0');
    in(after, [this, reader, key] { input(KeyPressed{reader_of(reader), key}); });
    after += between_keys;
  }
  if (chance_.percent(1)) after += 11s;
  return after;
}

void Week::move(InputLine line, Level level) {
  if (lines_.at(line) == level) return;
  input(LevelChanged{line, level});
}

void Week::go_through(unsigned door) {
  const InputLine sensor = line_of(InputKind::door_sensor, door);
  if (!witness_.lock_is_on(door) || lines_.at(sensor) != Level::inactive) return;
  move(sensor, Level::active);
  UptimeClock::duration open = milliseconds(chance_.between(1'000, 6'000));
  if (chance_.percent(6))
    open += household_.doors[door - 1].held_after + seconds(chance_.below(30));
  if (chance_.percent(1)) open += minutes(chance_.between(5, 90));
  in(open, [this, sensor] { move(sensor, Level::inactive); });
}

void Week::kick() {
  const unsigned door = chance_.between(1, household_.layout.doors);
  const InputLine sensor = line_of(InputKind::door_sensor, door);
  if (lines_.at(sensor) != Level::inactive) return;
  move(sensor, Level::active);
  in(seconds(chance_.between(1, 120)), [this, sensor] { move(sensor, Level::inactive); });
}

void Week::leave_by_button() {
  const unsigned door = chance_.between(1, household_.layout.doors);
  const InputLine button = line_of(InputKind::exit_button, door);
  if (lines_.at(button) != Level::inactive) return;
  move(button, Level::active);
  in(milliseconds(chance_.between(100, 900)), [this, button] { move(button, Level::inactive); });
  if (chance_.percent(85)) {
    in(milliseconds(chance_.between(1'000, 2'500)), [this, door] { go_through(door); });
  }
}

// People who belong together come together, and sometimes one too many, one twice, or one too late.
void Week::group_visit() {
  const auto& rows = household_.rules.multi_card;
  if (rows.empty()) return visit();
  const MultiCardGroup& row = chance_.one_of(rows);
  const unsigned door = number(row.door);
  UptimeClock::duration time{};
  for (const std::uint32_t group : row.groups) {
    if (group == 0) continue;
    std::vector<unsigned> members;
    for (unsigned person = 1; person <= people_count; ++person) {
      const User* user = household_.user(pin_of(person));
      if (user != nullptr && (user->group == group || chance_.percent(3)))
        members.push_back(person);
    }
    if (members.empty()) continue;
    const unsigned person = chance_.one_of(members);
    const unsigned reader = 2 * door - (chance_.percent(70) ? 1 : 0);
    in(time, [this, person, reader] { show(person, reader, false, false); });
    time += seconds(chance_.percent(8) ? 20 : chance_.between(1, 3));
  }
}

// A super user comes twice or three times.
void Week::gesture() {
  std::vector<unsigned> supers;
  const unsigned door = chance_.between(1, household_.layout.doors);
  for (unsigned person = 1; person <= people_count; ++person) {
    if (household_.is_super(pin_of(person), door)) supers.push_back(person);
  }
  if (supers.empty()) return visit();
  const unsigned person = chance_.one_of(supers), reader = 2 * door - chance_.below(2);
  const unsigned times = chance_.between(2, 3);
  UptimeClock::duration time{};
  const auto again = [&] {
    for (unsigned count = 0; count < times; ++count) {
      in(time, [this, person, reader] { show(person, reader, false, false); });
      time += milliseconds(chance_.between(2'000, 4'200));
    }
  };
  again();
  // A lockdown is for half an hour at most, or there would be nothing to see.
  if (times == 3) {
    time += minutes(chance_.between(1, 30));
    again();
  }
}

void Week::stranger() {
  const unsigned reader = chance_.between(1, household_.layout.readers());
  switch (chance_.below(5)) {
    case 0:
      return input(BadFrame{reader_of(reader), static_cast<std::uint8_t>(chance_.between(1, 60))});
    case 1:
      return input(CardRead{
          .reader = reader_of(reader), .card = CardNo{7'000'000 + chance_.below(5)}, .bits = 26});
    case 2:
      type(reader, "#", {});  // the doorbell
      return;
    case 3:
      type(reader, "12*" + std::to_string(chance_.below(100'000)) + "#", {});
      return;
    default:
      type(reader, std::string(chance_.between(1, 26), '5') + (chance_.percent(60) ? "#" : ""), {});
  }
}

// Wrong entries until somebody is locked out.
void Week::brute_force() {
  const unsigned reader = chance_.between(1, household_.layout.readers());
  const unsigned person = chance_.between(1, people_count);
  const bool with_card = chance_.percent(50);
  UptimeClock::duration time{};
  const unsigned tries = chance_.between(4, 7);
  for (unsigned count = 0; count < tries; ++count) {
    if (with_card) {
      in(time, [this, reader, person] {
        input(CardRead{.reader = reader_of(reader), .card = CardNo{card_of(person)}, .bits = 26});
      });
    }
    time =
        type(reader, std::to_string(9'100 + count) + "#", time + 1s) + seconds(chance_.below(40));
  }
}

void Week::emergency_entry() {
  const unsigned reader = chance_.between(1, household_.layout.readers()), door = (reader + 1) / 2;
  const DoorParameters& set = household_.doors[door - 1];
  const Password& password = chance_.percent(60) ? set.emergency_password : set.duress_password;
  if (password.empty()) return;
  const auto time = type(reader, std::string(password.view()) + "#", {});
  in(time + 1s, [this, door] { go_through(door); });
}

// ---- lines

void Week::aux_input() {
  const InputLine line = line_of(InputKind::aux, chance_.between(1, household_.layout.aux_inputs));
  move(line, chance_.one_of({Level::active, Level::active, Level::cut, Level::shorted}));
  in(seconds(chance_.between(1, 60)), [this, line] { move(line, Level::inactive); });
}

// A cable is cut or shorted, and mended.
void Week::spoil_line() {
  const unsigned door = chance_.between(1, household_.layout.doors);
  const InputLine line =
      chance_.one_of({line_of(InputKind::door_sensor, door), line_of(InputKind::exit_button, door),
                      line_of(InputKind::exit_button, door)});
  if (lines_.at(line) != Level::inactive) return;
  move(line, chance_.one_of({Level::cut, Level::shorted}));
  in(seconds(chance_.between(1, 300)), [this, line] { move(line, Level::inactive); });
}

void Week::cover_off() {
  const InputLine line =
      chance_.percent(40)
          ? line_of(InputKind::tamper, 0)
          : line_of(InputKind::reader_tamper, chance_.between(1, household_.layout.readers()));
  move(line, Level::active);
  in(seconds(chance_.between(5, 1'200)), [this, line] { move(line, Level::inactive); });
}

void Week::mains_or_battery() {
  const InputLine line = line_of(chance_.percent(60) ? InputKind::mains : InputKind::battery, 0);
  move(line, Level::active);
  in(seconds(chance_.between(5, 3'600)), [this, line] { move(line, Level::inactive); });
}

void Week::fire() {
  const InputLine line = line_of(InputKind::fire, 0);
  move(line, chance_.percent(75) ? Level::active : chance_.one_of({Level::cut, Level::shorted}));
  in(seconds(chance_.between(5, 900)), [this, line] { move(line, Level::inactive); });
}

void Week::network() {
  link(!linked_);
  if (!linked_) {
    in(seconds(chance_.between(5, 1'800)), [this] {
      if (!linked_) link(true);
    });
  }
}

// Somebody sets the clock, by little or by much, forwards or back; or it is no longer trusted.
void Week::clock() {
  if (chance_.percent(35)) {
    trusted_ = !trusted_;
  } else {
    trusted_ = true;
    const auto by =
        chance_.percent(70) ? seconds(chance_.below(120)) : seconds(chance_.below(6 * 3'600));
    clock_ahead_ += chance_.percent(50) ? by : -by;
  }
  input(ClockSet{});
  if (!trusted_) {
    in(minutes(chance_.between(1, 240)), [this] {
      if (trusted_) return;
      trusted_ = true;
      input(ClockSet{});
    });
  }
}

}  // namespace lintel::week
