#include <algorithm>

#include "tests/oracle/small_world.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

Password password(const std::string& digits) {
  return *Password::from(digits);
}

}  // namespace

SmallWorld::SmallWorld(std::uint64_t seed, Counts& counts, bool told)
    : seed_(seed),
      chance_(seed),
      counts_(counts),
      told_(told),
      themes_(static_cast<std::size_t>(Theme::last) + 1) {
  const unsigned themes = chance_.one_of({1u, 2u, 2u, 3u});
  for (unsigned i = 0; i < themes; ++i)
    themes_[chance_.below(static_cast<unsigned>(themes_.size()))] = true;
  // Emergencies lift interlocks: let them meet.
  if (about(Theme::emergency) && chance_.percent(15)) {
    themes_[static_cast<std::size_t>(Theme::interlock)] = true;
    themes_[static_cast<std::size_t>(Theme::holding_open)] = true;
  }
  configuration_.layout = {.doors = chance_.between(1, 4), .aux_inputs = 1, .aux_outputs = 1};
  if (about(Theme::interlock) || about(Theme::passback))
    configuration_.layout.doors = chance_.between(2, 4);
  favourite_door_ = chance_.between(1, doors());
  make_calendar();
  make_people();
  make_doors();
  make_rules();
}

bool SmallWorld::about(Theme theme) const {
  return themes_[static_cast<std::size_t>(theme)];
}

bool SmallWorld::perhaps(Theme theme, unsigned when_about, unsigned else_per_mille) {
  return chance_.below(1000) < (about(theme) ? when_about * 10 : else_per_mille);
}

// ---- calendar

// It is always about 08:30 at the beginning, or about midnight.
Interval SmallWorld::any_interval() {
  const auto minute = [&](std::initializer_list<int> choices) {
    return static_cast<std::uint16_t>(chance_.one_of(choices));
  };
  return {.start = minute({0, 0, 509, 510, 511, 512, 1320, 1439}),
          .end = minute({0, 1, 509, 510, 511, 515, 1439, 1439}),
          .used = true};
}

void SmallWorld::make_calendar() {
  const local_days today = local_days{chance_.one_of(
      {year{2026} / 11 / 23, year{2027} / 3 / 1, year{2028} / 2 / 29, year{2026} / 12 / 31})};
  // 08:30, or midnight, a moment before or after.
  const minutes base =
      perhaps(Theme::temporary, 60) || chance_.percent(8) ? minutes{1440} : minutes{510};
  const int off = chance_.one_of({-61, -60, -59, -3, -2, -1, 0, 0, 1, 30, 59, 60});
  civil_at_zero_ =
      CivilTime{today} + base + seconds{off} - duration_cast<seconds>(uptime_.time_since_epoch());
  trusted_ = !perhaps(Theme::clock, 50, 15);

  for (TimezoneId id = 2; id <= 4; ++id) {
    Timezone zone;
    zone.id = id;
    const Interval each_day = any_interval();
    for (auto& day : zone.days) {
      if (chance_.percent(95)) day[chance_.below(3)] = each_day;
      if (chance_.percent(5)) day[chance_.below(3)] = any_interval();
      if (id == 2 && chance_.percent(70)) day[0] = {.start = 0, .end = 1439, .used = true};
    }
    if (perhaps(Theme::zones, 10, 3)) {
      zone.validity = any_validity();  // schedules are looked at every minute
      for (auto* end : {&zone.validity.start, &zone.validity.end}) {
        if (*end) *end = floor<minutes>(**end);
      }
      if (zone.validity.end) *zone.validity.end -= seconds{1};
    }
    if (!perhaps(Theme::zones, 10, 5)) configuration_.zones.push_back(zone);
  }
  if (perhaps(Theme::zones, 10, 2)) {
    Timezone first;
    first.id = timezone_always;
    first.days[chance_.below(10)][0] = any_interval();
    configuration_.zones.push_back(first);
  }
  while (perhaps(Theme::zones, 30)) {
    const year_month_day date{today + days{chance_.one_of({-1, 0, 0, 1})}};
    configuration_.holidays.push_back(
        {.date = (date.year() + years{chance_.one_of({-4, 0, 0})}) / date.month() / date.day(),
         .type = static_cast<std::uint8_t>(chance_.between(1, 3)),
         .every_year = chance_.percent(50)});
    if (!configuration_.holidays.back().date.ok()) configuration_.holidays.pop_back();
  }
}

TimezoneId SmallWorld::any_zone() {
  if (perhaps(Theme::zones, 5, 5)) return 9;  // there is none
  if (chance_.percent(about(Theme::zones) || about(Theme::clock) ? 40 : 80)) return timezone_always;
  return chance_.between(2, 4);
}

Validity SmallWorld::any_validity() {
  const CivilTime begins = now().civil;
  const auto about_now = [&] {
    return begins + seconds{chance_.one_of({-86'400, -5, -1, 0, 1, 3, 10, 86'400})};
  };
  Validity validity;
  if (chance_.percent(60)) validity.start = about_now();
  if (chance_.percent(60)) validity.end = about_now();
  return validity;
}

// ---- people

void SmallWorld::make_people() {
  const unsigned count = about(Theme::several) ? chance_.between(3, 6) : chance_.between(1, 4);
  auto& rows = configuration_.people;
  for (unsigned n = 1; n <= count; ++n) {
    Visitor visitor;
    visitor.pin = *Pin::from(std::to_string(n));
    User user;
    user.pin = visitor.pin;
    if (chance_.percent(70)) {
      user.card = CardNo{1000 + n};
      visitor.cards.push_back(user.card);
    }
    if (chance_.percent(75)) {
      visitor.password = std::to_string(20 + n);
      if (perhaps(Theme::typing, 15)) visitor.password = chance_.one_of({"21", "22", "3", "88"});
      user.password = password(visitor.password);
    }
    if (perhaps(Theme::validity, 40)) user.validity = any_validity();
    if (about(Theme::several) || chance_.percent(10)) user.group = chance_.below(3);
    if (perhaps(Theme::modes, 30, 5)) user.verify = any_mode();
    if (perhaps(Theme::super_users, 15, 3)) user.privilege = 14;
    user.blacklisted = perhaps(Theme::validity, 15, 8);
    rows.emplace_back(user);

    const unsigned more_cards = chance_.one_of({0u, 0u, 1u, 2u});
    for (unsigned i = 1; i <= more_cards; ++i) {
      UserCard card{.pin = user.pin, .card = CardNo{1000 + 100 * i + n}};
      if (perhaps(Theme::validity, 10, 5)) card.card = CardNo{1000 + chance_.between(1, count)};
      card.lost = perhaps(Theme::validity, 25, 15);
      card.sub_card = chance_.percent(50);
      rows.emplace_back(card);
      visitor.cards.push_back(card.card);
    }
    if (visitor.cards.empty()) visitor.cards.push_back(CardNo{9000 + n});  // not registered

    const bool temporary = perhaps(Theme::temporary, 50);
    if (temporary || perhaps(Theme::modes, 30) || perhaps(Theme::holding_open, 20)) {
      ExtUser more{.pin = user.pin, .extended_time = chance_.percent(50), .temporary = temporary};
      if (perhaps(Theme::modes, 40, 5)) more.verify = any_mode();
      rows.emplace_back(more);
    }
    const unsigned privileges = perhaps(Theme::validity, 15, 20) ? 0 : chance_.one_of({1u, 1u, 2u});
    for (unsigned i = 0; i < privileges; ++i) {
      Privilege privilege{.pin = user.pin, .timezone = any_zone(), .doors = 15, .validity = {}};
      if (chance_.percent(10)) privilege.doors = chance_.below(16);
      if (perhaps(Theme::validity, 30, 5)) privilege.validity = any_validity();
      rows.emplace_back(privilege);
    }
    if (perhaps(Theme::validity, 5, 3)) rows.emplace_back(EraseUser{user.pin});
    visitors_.push_back(visitor);
  }
  favourite_ = chance_.below(count);
}

// ---- doors

ModeCode SmallWorld::any_mode() {
  if (chance_.percent(25)) {
    const unsigned kinds = chance_.one_of({0x800u, 0xA00u, 0xC00u, 0x600u, 0xE00u, 0x200u, 0x400u,
                                           0x810u, 0x210u, 0x410u, 0x610u, 0x802u});
    return static_cast<ModeCode>(mode_new_form | kinds | chance_.below(2));
  }
  if (chance_.percent(50))
    return static_cast<ModeCode>(chance_.one_of({1, 2, 3, 4, 7, 11, 11, 13, 14, 10}));
  return static_cast<ModeCode>(chance_.between(1, 29));
}

void SmallWorld::make_doors() {
  configuration_.doors.resize(doors() + 1);
  for (unsigned n = 1; n <= doors(); ++n) {
    DoorParameters& door = configuration_.doors[n];
    door.verify_type = static_cast<ModeCode>(chance_.one_of({0, 0, 4, 7}));
    if (perhaps(Theme::modes, 70, 30)) door.verify_type = any_mode();
    if (perhaps(Theme::typing, 70, 5)) {
      door.verify_type = static_cast<ModeCode>(chance_.one_of({0, 2, 3, 7, 11}));
      if (chance_.percent(30)) door.verify_type = mode_new_form | 0x600 | chance_.below(2);
    }
    if (perhaps(Theme::kinds, 70, 5)) door.verify_type = static_cast<ModeCode>(chance_.below(30));
    if (perhaps(Theme::lockout, 80, 5))
      door.verify_type = static_cast<ModeCode>(chance_.one_of({3, 7, 11, 2}));
    if (perhaps(Theme::first_card, 30, 0))
      door.verify_type = static_cast<ModeCode>(chance_.one_of({3, 7}));
    if (perhaps(Theme::duress, 60, 5))
      door.verify_type = static_cast<ModeCode>(chance_.one_of({0, 3, 7, 11, 11}));
    door.drive_time = seconds{chance_.one_of({5, 5, 5, 1, 8})};
    if (perhaps(Theme::holding_open, 10, 10)) door.drive_time = seconds{0};
    door.extended_pass = seconds{chance_.one_of({0, 3})};
    door.sensor = chance_.percent(60) ? SensorType::normally_closed : SensorType::none;
    door.interval = seconds{chance_.percent(50) ? 0 : chance_.one_of({1, 2, 5, 60})};
    if (about(Theme::super_users)) door.interval = seconds{0};
    if (perhaps(Theme::holding_open, 30)) door.open_delay = seconds{chance_.between(1, 3)};
    door.close_and_lock = chance_.percent(70);
    if (perhaps(Theme::zones, 20, 15)) door.valid_zone = any_zone();
    if (perhaps(Theme::zones, 2, 2)) door.valid_zone = timezone_never;
    if (perhaps(Theme::holding_open, 60, 20) || perhaps(Theme::super_users, 30, 0))
      door.normal_open_zone = any_zone();
    door.enabled = !perhaps(Theme::shut, 15, 15);
    door.locked = perhaps(Theme::shut, 25, 10);
    if (perhaps(Theme::typing, 40) || perhaps(Theme::duress, 20) || perhaps(Theme::shut, 20))
      door.emergency_password = password(chance_.one_of({"77", "77", "21", "1"}));
    if (perhaps(Theme::duress, 80) || perhaps(Theme::typing, 20))
      door.duress_password = password(chance_.one_of({"88", "88", "22", "2", "77"}));
    if (perhaps(Theme::passback, 40))
      door.in_out_anti_passback = static_cast<std::uint8_t>(chance_.between(1, 3));
    if (perhaps(Theme::passback, 40)) door.anti_passback = seconds{chance_.one_of({1, 5, 10, 60})};
    door.multi_card = perhaps(Theme::several, 80);
    door.multi_card_interval = seconds{chance_.one_of({1, 5, 10})};
    if (perhaps(Theme::first_card, 80))
      door.first_card = chance_.percent(50) ? FirstCard::normal_open : FirstCard::activation;
    door.exit_button_type = perhaps(Theme::buttons, 5, 5) ? 0 : 1;
    door.exit_button_locked = perhaps(Theme::buttons, 25, 15);
    door.exit_needs_clock = perhaps(Theme::clock, 50);
    door.exit_button_supervised = chance_.percent(20);
    door.sensor_supervised = chance_.percent(20);
    door.fire_door = !perhaps(Theme::emergency, 30);
  }
}

// ---- rules

void SmallWorld::make_rules() {
  Rules& rules = configuration_.rules;
  const auto door = [&] { return DoorId{any_door()}; };
  const auto pin = [&] { return chance_.one_of(visitors_).pin; };

  if (perhaps(Theme::passback, 40)) {
    rules.anti_passback = static_cast<std::uint8_t>(
        chance_.percent(50) ? chance_.between(1, 6) : 16 * chance_.between(1, 15));
    if (rules.anti_passback == 192) rules.anti_passback = 196;
  }
  if (perhaps(Theme::interlock, 60))
    rules.interlock = static_cast<std::uint8_t>(chance_.between(1, 5));
  if (perhaps(Theme::passback, 40, 5) || perhaps(Theme::interlock, 40, 5)) {
    const unsigned points = chance_.between(1, 6);
    for (unsigned i = 0; i < points; ++i) {
      TriggerPoint point{.list = chance_.between(1, 3), .reader = chance_.percent(35)};
      point.number = static_cast<std::uint8_t>(
          chance_.percent(10) ? 0 : chance_.between(1, point.reader ? 2 * doors() : doors()));
      if (std::find(rules.triggers.begin(), rules.triggers.end(), point) == rules.triggers.end())
        rules.triggers.push_back(point);
    }
    const unsigned pairs = chance_.between(1, 2);
    for (unsigned i = 1; i <= pairs; ++i) {
      const ListPair pair{.id = i, .from = chance_.between(1, 3), .to = chance_.between(1, 3)};
      if (about(Theme::passback)) rules.anti_passback_pairs.push_back(pair);
      if (about(Theme::interlock)) rules.interlock_pairs.push_back(pair);
    }
  }
  for (unsigned n = 1; n <= doors() && (about(Theme::several) || chance_.percent(1)); ++n) {
    const unsigned rows = chance_.one_of({0u, 1u, 1u, 2u});
    for (unsigned i = 0; i < rows; ++i) {
      MultiCardGroup row{.door = DoorId{static_cast<std::uint8_t>(n)}};
      const unsigned members = chance_.one_of({1u, 2u, 2u, 3u});
      for (unsigned member = 0; member < members; ++member)
        row.groups[chance_.below(5)] = chance_.between(1, 2);
      rules.multi_card.push_back(row);
    }
  }
  while (perhaps(Theme::first_card, 70, 5)) {
    const FirstCardHolder row{.pin = pin(), .door = door(), .zone = any_zone()};
    const bool there =
        std::any_of(rules.first_cards.begin(), rules.first_cards.end(),
                    [&](const auto& each) { return each.pin == row.pin && each.door == row.door; });
    if (!there) rules.first_cards.push_back(row);
  }
  while (perhaps(Theme::super_users, 50, 5)) {
    rules.super_users.push_back(
        {.pin = pin(), .door = static_cast<std::uint8_t>(chance_.percent(30) ? 0 : any_door())});
  }
  if (perhaps(Theme::holding_open, 20, 3) || perhaps(Theme::shut, 20, 3)) {
    rules.scheduled_outputs.push_back(
        {.aux = false,
         .number = any_door(),
         .act = chance_.percent(50) ? ScheduledOutput::Act::open : ScheduledOutput::Act::closed,
         .zone = any_zone()});
  }
  if (perhaps(Theme::buttons, 60, 5) || perhaps(Theme::clock, 20, 0))
    rules.input_zones.push_back({.aux = false, .number = any_door(), .zone = any_zone()});

  if (perhaps(Theme::modes, 50, 5) || perhaps(Theme::clock, 20, 0)) {
    for (std::uint32_t id = 1; id <= 2; ++id) {
      VerifySchedule schedule;
      schedule.id = id;
      const VerifySchedule::Part part{.interval = any_interval(),
                                      .user = chance_.percent(30) ? mode_none : any_mode(),
                                      .door = chance_.percent(30) ? mode_none : any_mode()};
      for (auto& day : schedule.days) {
        day[chance_.below(3)] = part;
        if (chance_.percent(20)) day[chance_.below(3)].interval = any_interval();
      }
      rules.verify_schedules.push_back(schedule);
    }
    if (chance_.percent(60))
      rules.door_verify.push_back({.door = door(), .schedule = chance_.between(1, 3)});
    if (chance_.percent(60)) {
      rules.person_verify.push_back(
          {.pin = pin(), .door = door(), .schedule = chance_.between(1, 3)});
    }
  }
  const unsigned readers = configuration_.layout.readers();
  if (about(Theme::kinds) || chance_.percent(6)) {
    rules.readers.resize(chance_.between(1, readers));
    for (ReaderSetting& reader : rules.readers) {
      reader.enabled = !chance_.percent(15);
      if (perhaps(Theme::kinds, 60, 20)) {
        reader.proof =
            chance_.one_of({Proof::fingerprint, Proof::face, Proof::finger_vein, Proof::palm_vein});
      }
      if (chance_.percent(40)) reader.duress_site_code = 7;
    }
  }
  rules.fire.supervised = chance_.percent(30);
  rules.fire.used = !perhaps(Theme::emergency, 10);
  // What linkage does to a lock matters here; its own events do not.
  if (perhaps(Theme::emergency, 10, 3) || perhaps(Theme::shut, 15, 3)) {
    rules.linkages.push_back(
        {.index = 1,
         .event = static_cast<std::uint16_t>(chance_.one_of({0, 27, 202, 200, 22})),
         .in = 0,
         .by_reader = false,
         .output = Linkage::Output::lock,
         .act = chance_.one_of(
             {Linkage::Act::output, Linkage::Act::lock_door, Linkage::Act::unlock_door}),
         .out = any_door(),
         .time = static_cast<std::uint8_t>(chance_.between(1, 5))});
  }
}

}  // namespace lintel::oracle
