#include "tests/week/household.h"

#include <algorithm>
#include <array>

namespace lintel::week {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

Interval from_to(unsigned from, unsigned to) {  // HHMM
  return *Interval::from_wire(from << 16 | to);
}

// Zones: 2 working hours, 3 the night, 4 a piece of each day, 5 never today but some day.
std::vector<Timezone> make_zones(Chance& chance) {
  Timezone work, night, piece, odd;
  work.id = 2, night.id = 3, piece.id = 4, odd.id = 5;
  for (std::size_t day = 1; day <= 5; ++day) {
    work.days[day][0] = from_to(700, 1759);
    night.days[day][0] = from_to(2200, 559);  // over midnight
  }
  work.days[static_cast<std::size_t>(Day::hol2)][0] = from_to(900, 1200);
  night.days[0][0] = from_to(0, 2359);
  for (auto& day : piece.days) {
    day[0] = from_to(chance.between(6, 10) * 100 + chance.below(60), chance.between(11, 14) * 100);
    day[1] = from_to(1500, chance.between(16, 20) * 100 + chance.below(60));
  }
  for (auto& day : odd.days) {
    for (Interval& interval : day) {
      if (chance.percent(40)) {
        interval = from_to(chance.below(24) * 100 + chance.below(60),
                           chance.below(24) * 100 + chance.below(60));
      }
    }
  }
  if (chance.percent(30))
    odd.validity.end = first_moment() + days{3} + hours{chance.below(24)} - seconds{1};
  return {work, night, piece, odd};
}

TimezoneId random_zone(Chance& chance) {
  return chance.one_of<TimezoneId>({1, 1, 1, 2, 2, 3, 4, 4, 5, 9});  // 9 does not exist
}

Validity random_validity(Chance& chance) {
  Validity validity;
  const auto somewhen = [&] { return first_moment() + seconds{chance.below(7 * 86'400)}; };
  if (chance.percent(40)) validity.start = somewhen();
  if (chance.percent(70)) validity.end = somewhen();
  return validity;
}

VerifySchedule make_schedule(Chance& chance, std::uint32_t id) {
  VerifySchedule schedule;
  schedule.id = id;
  for (auto& day : schedule.days) {
    day[0] = {.interval = from_to(800, 1159),
              .user = *mode_code(chance.one_of({"4", "11", "3", "7"})),
              .door = *mode_code(chance.one_of({"4", "11", "7"}))};
    day[1] = {.interval = from_to(1000, 1500),
              .user = chance.percent(50) ? mode_none : *mode_code("4"),
              .door = chance.percent(30) ? mode_none : *mode_code("0000111000000000")};
  }
  return schedule;
}

}  // namespace

CivilTime first_moment() {
  return *civil_from_text("2026-11-23 06:30:00");
}

Pin pin_of(unsigned person) {
  return *Pin::from(std::to_string(person));
}
std::uint64_t card_of(unsigned person) {
  return 1'000 + person;
}

const User* Household::user(const Pin& pin) const {
  const auto found = users.find(pin);
  return found == users.end() ? nullptr : &found->second;
}

bool Household::is_super(const Pin& pin, unsigned door) const {
  const User* person = user(pin);
  if (person != nullptr && person->privilege == 14) return true;
  return std::any_of(rules.super_users.begin(), rules.super_users.end(), [&](const auto& row) {
    return row.pin == pin && (row.door == 0 || row.door == door);
  });
}

bool Household::has_first_card(const Pin& pin, unsigned door) const {
  return std::any_of(rules.first_cards.begin(), rules.first_cards.end(),
                     [&](const auto& row) { return row.pin == pin && number(row.door) == door; });
}

bool Household::is_extended(const Pin& pin) const {
  const auto found = extensions.find(pin);
  return found != extensions.end() && found->second.extended_time;
}

void Household::set(unsigned door, std::string_view name, std::string_view value) {
  const DoorParameterSpec* spec = find_door_parameter(name);
  if (spec != nullptr) (void)set_parameter(doors[door - 1], *spec, value);
}

void Household::erase(const Pin& pin) {
  users.erase(pin);
  extensions.erase(pin);
  std::erase_if(cards, [&](const UserCard& card) { return card.pin == pin; });
  std::erase_if(privileges, [&](const Privilege& each) { return each.pin == pin; });
}

bool Household::erase_temporary() {
  std::vector<Pin> gone;
  for (const auto& [pin, extension] : extensions) {
    if (extension.temporary && users.contains(pin)) gone.push_back(pin);
  }
  for (const Pin& pin : gone)
    erase(pin);
  return !gone.empty();
}

std::string Household::in_words() const {
  std::string text;
  const auto add = [&](std::string_view name, auto value) {
    text += " " + std::string(name) + "=" + std::to_string(static_cast<std::uint64_t>(value));
  };
  const DoorParameters fresh;
  for (unsigned door = 1; door <= layout.doors; ++door) {
    text += "door " + std::to_string(door) + ":";
    for (const DoorParameterSpec& spec : door_parameter_specs()) {
      const std::string value = parameter_text(doors[door - 1], spec);
      if (value != parameter_text(fresh, spec)) text += " " + std::string(spec.name) + "=" + value;
    }
    text += "\n";
  }
  text += "rules:";
  add("AntiPassback", rules.anti_passback), add("InterLock", rules.interlock);
  for (const auto& each : rules.triggers) {
    add(each.reader ? "list reader" : "list door", each.list), add("number", each.number);
  }
  for (const auto& each : rules.anti_passback_pairs)
    add("passback", each.from), add("to", each.to);
  for (const auto& each : rules.interlock_pairs)
    add("interlock", each.from), add("to", each.to);
  text += "\nseveral:";
  for (const auto& each : rules.multi_card) {
    add("door", number(each.door));
    for (const std::uint32_t group : each.groups)
      add("group", group);
  }
  text += "\nfirst:";
  for (const auto& each : rules.first_cards) {
    text += " " + std::string(each.pin.view());
    add("door", number(each.door)), add("zone", each.zone);
  }
  text += "\nsuper:";
  for (const auto& each : rules.super_users) {
    text += " " + std::string(each.pin.view()), add("door", each.door);
  }
  text += "\nlinkage:";
  for (const auto& each : rules.linkages) {
    add("index", each.index), add("event", each.event), add("in", each.in);
    add("reader", each.by_reader), add("output", each.output), add("act", each.act);
    add("out", each.out), add("time", each.time);
  }
  text += "\nscheduled:";
  for (const auto& each : rules.scheduled_outputs) {
    add(each.aux ? "aux" : "door", each.number), add("act", each.act), add("zone", each.zone);
  }
  text += "\nverify:";
  for (const auto& each : rules.door_verify)
    add("door", number(each.door)), add("schedule", each.schedule);
  for (const auto& each : rules.person_verify) {
    text += " " + std::string(each.pin.view());
    add("door", number(each.door)), add("schedule", each.schedule);
  }
  text += "\nreaders:";
  for (const auto& each : rules.readers) {
    add(each.enabled ? "reader" : "disabled", each.proof);
    if (each.duress_site_code) add("duress", *each.duress_site_code);
  }
  text += "\n";
  for (const auto& [pin, user] : users) {
    text += "person " + std::string(pin.view());
    add("group", user.group), add("verify", user.verify), add("privilege", user.privilege);
    if (user.blacklisted) text += " blacklisted";
    if (!user.validity.unlimited()) text += " with a period";
    if (user.password.empty()) text += " without password";
    if (const auto more = extensions.find(pin); more != extensions.end()) {
      add("extended", more->second.extended_time), add("temporary", more->second.temporary);
      add("PersonalVS", more->second.verify);
    }
    for (const Privilege& each : privileges) {
      if (each.pin == pin) add("zone", each.timezone), add("doors", each.doors);
    }
    text += "\n";
  }
  return text;
}

void Household::give_to(Controller& controller) const {
  Actions none;
  Calendar& calendar = controller.calendar();
  for (const Timezone& zone : zones)
    calendar.put(zone);
  for (const Holiday& holiday : holidays)
    calendar.put(holiday);
  People& people = controller.people();
  for (const auto& [pin, user] : users)
    people.apply(user);
  for (const auto& [pin, extension] : extensions)
    people.apply(extension);
  for (const UserCard& card : cards)
    people.apply(card);
  for (const Privilege& privilege : privileges)
    people.apply(privilege);
  controller.set_rules(rules, {}, none);
  for (unsigned door = 1; door <= layout.doors; ++door) {
    controller.set_parameters(DoorId{static_cast<std::uint8_t>(door)}, doors[door - 1], {}, none);
  }
}

DoorParameters make_door(Chance& chance, unsigned door) {
  DoorParameters made;
  const auto maybe = [&](unsigned percent, unsigned low, unsigned high) {
    return seconds{chance.percent(percent) ? chance.between(low, high) : 0};
  };
  made.sensor = chance.one_of({SensorType::none, SensorType::normally_open,
                               SensorType::normally_closed, SensorType::normally_closed});
  made.drive_time = maybe(98, 3, 8);
  made.held_after = maybe(90, 10, 40);
  made.close_and_lock = chance.percent(70);
  if (chance.percent(15)) made.valid_zone = chance.one_of<TimezoneId>({2, 4, 3});
  if (chance.percent(35)) made.normal_open_zone = chance.one_of<TimezoneId>({4, 4, 2, 3, 5, 1});
  made.interval = maybe(60, 1, 5);
  constexpr std::array modes{"4",
                             "4",
                             "4",
                             "4",
                             "0",
                             "7",
                             "7",
                             "11",
                             "11",
                             "3",
                             "2",
                             "14",
                             "5",
                             "1",
                             "0000111000000000",
                             "0000101000000001"};
  made.verify_type = *mode_code(modes[chance.below(modes.size())]);
  made.open_delay = maybe(12, 1, 4);
  made.exit_button_type = chance.percent(5) ? 0 : 1;
  made.exit_button_locked = chance.percent(12);
  made.exit_button_delay = maybe(50, 5, 20);
  if (chance.percent(50)) made.emergency_password = *Password::from("88" + std::to_string(door));
  if (chance.percent(60)) made.duress_password = *Password::from("77" + std::to_string(door));
  made.first_card = static_cast<FirstCard>(chance.one_of({0, 0, 0, 1, 2}));
  made.multi_card = chance.percent(25);
  made.multi_card_interval = seconds{chance.between(4, 12)};
  made.in_out_anti_passback = static_cast<std::uint8_t>(chance.one_of({0, 0, 0, 0, 1, 2, 3}));
  made.anti_passback = maybe(12, 30, 600);
  made.extended_pass = maybe(60, 5, 20);
  made.exit_button_supervised = chance.percent(30);
  made.sensor_supervised = chance.percent(30);
  made.fire_door = !chance.percent(20);
  made.exit_needs_clock = chance.percent(50);
  return made;
}

namespace {

void make_triggers(Chance& chance, Rules& rules, unsigned doors) {
  for (std::uint32_t list = 1; list <= 4; ++list) {
    const unsigned points = chance.between(1, 2);
    const bool reader = list > 2 && chance.percent(60);
    for (unsigned count = 0; count < points; ++count) {
      rules.triggers.push_back({list, reader,
                                static_cast<std::uint8_t>(chance.between(
                                    chance.percent(8) ? 0 : 1, reader ? 2 * doors : doors))});
    }
  }
}

Linkage make_linkage(Chance& chance, const Layout& layout, std::uint32_t index) {
  Linkage linkage;
  linkage.index = index;
  linkage.event =
      chance.one_of<std::uint16_t>({0, 20, 23, 27, 102, 200, 202, 220, 221, 226, 208, 101});
  const bool of_input = linkage.event >= 220;
  linkage.by_reader = !of_input && linkage.event < 100 && chance.percent(30);
  const unsigned places = of_input            ? layout.aux_inputs
                          : linkage.by_reader ? layout.readers()
                                              : layout.doors;
  linkage.in = static_cast<std::uint8_t>(chance.percent(25) ? 0 : chance.between(1, places));
  linkage.output = chance.percent(60) ? Linkage::Output::lock : Linkage::Output::aux;
  if (linkage.output == Linkage::Output::lock && chance.percent(15)) {
    linkage.act = chance.percent(50) ? Linkage::Act::lock_door : Linkage::Act::unlock_door;
  }
  linkage.out = static_cast<std::uint8_t>(chance.between(
      1, linkage.output == Linkage::Output::lock ? layout.doors : layout.aux_outputs));
  linkage.time = chance.one_of<std::uint8_t>({0, 2, 5, 30, 255, 4, 6});
  return linkage;
}

}  // namespace

Rules make_rules(Chance& chance, const Household& household) {
  Rules rules;
  const unsigned doors = household.layout.doors;
  const auto door = [&] { return DoorId{static_cast<std::uint8_t>(chance.between(1, doors))}; };
  const auto person = [&] { return pin_of(chance.between(1, people_count)); };
  if (chance.percent(35)) {
    rules.anti_passback =
        chance.one_of<std::uint8_t>({1, 2, 3, 4, 5, 6, 16, 32, 48, 64, 112, 128, 196});
  }
  if (chance.percent(40)) rules.interlock = chance.one_of<std::uint8_t>({1, 2, 3, 4, 5});
  rules.fire = {.used = chance.percent(90), .supervised = chance.percent(30)};
  make_triggers(chance, rules, doors);
  if (chance.percent(20)) rules.anti_passback_pairs.push_back({1, 3, 4});
  if (chance.percent(10)) rules.anti_passback_pairs.push_back({2, 1, 2});
  if (chance.percent(20)) rules.interlock_pairs.push_back({1, 1, 2});
  for (unsigned number = 1; number <= doors; ++number) {
    const DoorId id{static_cast<std::uint8_t>(number)};
    if (chance.percent(90)) {
      rules.multi_card.push_back({id, {1, 2, 0, 0, 0}});
      if (chance.percent(40)) rules.multi_card.push_back({id, {3, 3, 1, 0, 0}});
    }
    for (unsigned count = 0; count < 3; ++count) {
      rules.first_cards.push_back({person(), id, chance.one_of<TimezoneId>({1, 2, 2, 4, 3})});
    }
  }
  const unsigned supers = chance.below(3);
  for (unsigned count = 0; count < supers; ++count) {
    rules.super_users.push_back(
        {person(), static_cast<std::uint8_t>(chance.percent(40) ? 0 : chance.between(1, doors))});
  }
  const unsigned linkages = chance.percent(50) ? chance.between(1, 4) : 0;
  for (unsigned count = 0; count < linkages; ++count)
    rules.linkages.push_back(make_linkage(chance, household.layout, count + 1));
  if (chance.percent(25)) {
    rules.scheduled_outputs.push_back(
        {false, static_cast<std::uint8_t>(number(door())),
         chance.percent(50) ? ScheduledOutput::Act::open : ScheduledOutput::Act::closed,
         chance.one_of<TimezoneId>({2, 3, 4, 5})});
  }
  if (chance.percent(40)) {
    rules.scheduled_outputs.push_back(
        {true, static_cast<std::uint8_t>(chance.between(1, 2)),
         chance.percent(60) ? ScheduledOutput::Act::open : ScheduledOutput::Act::closed,
         chance.one_of<TimezoneId>({2, 3, 4, 5})});
  }
  if (chance.percent(30)) {
    rules.input_zones.push_back(
        {false, static_cast<std::uint8_t>(number(door())), random_zone(chance)});
  }
  if (chance.percent(30)) {
    rules.input_zones.push_back(
        {true, static_cast<std::uint8_t>(chance.between(1, 2)), random_zone(chance)});
  }
  for (std::uint8_t input = 1; input <= household.layout.aux_inputs; ++input) {
    if (chance.percent(50)) continue;
    rules.aux_inputs.push_back(
        {.number = input,
         .enabled = chance.percent(85),
         .contact =
             chance.one_of({AuxInput::Contact::none, AuxInput::Contact::normally_open,
                            AuxInput::Contact::normally_closed, AuxInput::Contact::normally_open}),
         .supervised = chance.percent(50)});
  }
  if (chance.percent(8))
    rules.aux_outputs_off.push_back(static_cast<std::uint8_t>(chance.between(1, 2)));
  rules.verify_schedules = {make_schedule(chance, 1), make_schedule(chance, 2)};
  if (chance.percent(25)) rules.door_verify.push_back({door(), chance.between(1, 3)});
  if (chance.percent(30)) rules.person_verify.push_back({person(), door(), chance.between(1, 3)});
  rules.readers.resize(household.layout.readers());
  for (ReaderSetting& reader : rules.readers) {
    if (chance.percent(3)) reader.enabled = false;
    if (chance.percent(15)) {
      reader.proof =
          chance.one_of({Proof::fingerprint, Proof::face, Proof::finger_vein, Proof::palm_vein});
      if (chance.percent(60)) reader.duress_site_code = 99;
    }
  }
  return rules;
}

Household make_household(Chance& chance) {
  Household made;
  made.layout = {.doors = chance.one_of<unsigned>({2, 3, 4, 4}), .aux_inputs = 2, .aux_outputs = 2};
  made.zones = make_zones(chance);
  if (chance.percent(50)) {
    const auto date = std::chrono::floor<days>(first_moment()) + days{chance.below(7)};
    made.holidays.push_back({std::chrono::year_month_day{date},
                             static_cast<std::uint8_t>(chance.between(1, 3)), chance.percent(50)});
  }
  for (unsigned person = 1; person <= people_count; ++person) {
    User user;
    user.pin = pin_of(person);
    if (chance.percent(30)) user.card = CardNo{card_of(person)};
    if (chance.percent(85)) {
      // A few share one.
      user.password = *Password::from("4" + std::to_string(100 + (chance.percent(5) ? 1 : person)));
    }
    if (chance.percent(12)) user.validity = random_validity(chance);
    user.group = chance.below(4);
    if (chance.percent(8)) user.verify = *mode_code(chance.one_of({"4", "11", "3", "7"}));
    if (chance.percent(4)) user.privilege = 14;
    user.blacklisted = chance.percent(4);
    made.users[user.pin] = user;
    if (user.card.value == 0 || chance.percent(20)) {
      made.cards.push_back({.pin = user.pin, .card = CardNo{card_of(person)}});
    }
    if (chance.percent(25)) {
      made.cards.push_back({.pin = user.pin,
                            .card = CardNo{card_of(person) + 1'000},
                            .lost = chance.percent(25),
                            .sub_card = true});
    }
    if (chance.percent(25)) {
      made.extensions[user.pin] = {.pin = user.pin,
                                   .extended_time = chance.percent(60),
                                   .temporary = chance.percent(25),
                                   .verify = chance.percent(15) ? *mode_code("4") : mode_none};
    }
    if (chance.percent(95)) {
      Privilege privilege{.pin = user.pin,
                          .timezone = random_zone(chance),
                          .doors = chance.percent(75) ? 0xFu : chance.below(16),
                          .validity = {}};
      if (chance.percent(8)) privilege.validity = random_validity(chance);
      made.privileges.push_back(privilege);
    }
    if (chance.percent(30)) {
      made.privileges.push_back(
          {.pin = user.pin, .timezone = 1, .doors = 1u + chance.below(15), .validity = {}});
    }
  }
  for (unsigned door = 1; door <= made.layout.doors; ++door)
    made.doors.push_back(make_door(chance, door));
  made.rules = make_rules(chance, made);
  return made;
}

}  // namespace lintel::week
