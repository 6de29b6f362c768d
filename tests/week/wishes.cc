// What the server wants: commands, and changes of the configuration.
#include "tests/week/week.h"

namespace lintel::week {

using namespace std::chrono;

void Week::random_command() {
  const auto door = static_cast<std::uint8_t>(
      chance_.percent(12) ? 0 : chance_.between(1, household_.layout.doors));
  const unsigned kind = chance_.below(100);
  if (kind < 22) {
    command(OpenDoor{door, seconds(chance_.percent(40) ? 0 : chance_.between(1, 20))});
    if (door != 0) in(1'500ms, [this, door] { go_through(door); });
  } else if (kind < 34) {
    command(CloseDoor{door});
  } else if (kind < 40) {
    command(NormalOpen{door});
    in(minutes(chance_.between(1, 90)), [this, door] { command(CloseDoor{door}); });
  } else if (kind < 50) {
    command(NormalOpenToday{door, chance_.percent(50)});
  } else if (kind < 60) {
    command(
        SetAuxOutput{static_cast<std::uint8_t>(chance_.between(1, household_.layout.aux_outputs)),
                     chance_.percent(60), seconds(chance_.percent(50) ? 0 : chance_.below(60))});
  } else if (kind < 74) {
    command(CancelAlarm{door});
  } else if (kind < 84) {
    command(LockDoor{door, chance_.percent(70)});
    in(minutes(chance_.between(1, 30)), [this, door] { command(LockDoor{door, false}); });
  } else if (kind < 90) {
    command(
        Emergency{chance_.percent(50) ? Emergency::Mode::dual_open : Emergency::Mode::dual_close});
    in(minutes(chance_.between(1, 20)), [this] {
      if (chance_.percent(30)) {
        command(CancelAlarm{0});
      } else {
        command(Emergency{Emergency::Mode::off});
      }
    });
  } else if (kind < 96) {
    const Pin pin = chance_.percent(40) ? Pin{} : pin_of(chance_.between(1, people_count));
    command(ResetPassback{pin});
  } else {
    command(SetAuxOutput{9, true, 1s});  // there is none
  }
}

void Week::random_change() {
  const unsigned kind = chance_.below(100);
  if (kind < 40) return change_people();
  if (kind < 70) return change_door();
  if (kind < 85) return change_rules();
  change_calendar();
}

void Week::change_door() {
  const unsigned door = chance_.between(1, household_.layout.doors);
  if (witness_.people_wait(door)) return;  // what becomes of them then is left open
  const DoorParameters before = household_.doors[door - 1];
  DoorParameters parameters = before;
  if (chance_.percent(30)) {
    parameters = make_door(chance_, door);
    parameters.locked = before.locked;
    parameters.normal_open_cancelled = before.normal_open_cancelled;
  } else {
    switch (chance_.below(7)) {
      case 0:
        parameters.enabled = false;
        in(minutes(chance_.between(1, 40)), [this, door] {
          DoorParameters enabled = household_.doors[door - 1];
          enabled.enabled = true;
          configure_door(door, enabled);
        });
        break;
      case 1:
        parameters.locked = !parameters.locked;
        break;
      case 2:
        parameters.normal_open_zone = chance_.one_of<TimezoneId>({0, 2, 3, 4, 5, 1});
        in(hours(chance_.between(1, 20)), [this, door] {
          DoorParameters changed = household_.doors[door - 1];
          changed.normal_open_zone = 0;
          configure_door(door, changed);
        });
        break;
      case 3:
        parameters.verify_type =
            *mode_code(chance_.one_of<const char*>({"4", "7", "11", "0", "3", "14"}));
        break;
      case 4:
        parameters.drive_time = seconds(chance_.between(0, 9));
        break;
      case 5:
        parameters.first_card = static_cast<FirstCard>(chance_.below(3));
        break;
      default:
        parameters.multi_card = !parameters.multi_card;
        break;
    }
  }
  configure_door(door, parameters);
}

void Week::change_rules() {
  Rules rules = household_.rules;
  Rules fresh = make_rules(chance_, household_);
  switch (chance_.below(8)) {
    case 0:
      rules = std::move(fresh);
      break;
    case 1:
      rules.anti_passback = fresh.anti_passback;
      break;
    case 2:
      rules.interlock = fresh.interlock;
      break;
    case 3:
      rules.linkages = fresh.linkages;
      break;
    case 4:
      rules.super_users = fresh.super_users;
      break;
    case 5:
      rules.scheduled_outputs = fresh.scheduled_outputs;
      break;
    case 6:
      rules.aux_inputs = fresh.aux_inputs;
      rules.fire = fresh.fire;
      break;
    default:
      rules.readers = fresh.readers;
      break;
  }
  configure_rules(rules);
}

void Week::change_people() {
  const Pin pin = pin_of(chance_.between(1, people_count));
  const auto found = household_.users.find(pin);
  if (found == household_.users.end()) {  // comes back
    User user;
    user.pin = pin;
    user.card = CardNo{card_of(static_cast<unsigned>(std::stoul(std::string(pin.view()))))};
    user.password = *Password::from("4" + std::string(pin.view()) + "77");
    user.group = chance_.below(4);
    const Privilege privilege{.pin = pin, .timezone = 1, .doors = 0xF, .validity = {}};
    household_.users[pin] = user;
    household_.privileges.push_back(privilege);
    return configure_people({user, privilege});
  }
  User& user = found->second;
  switch (chance_.below(6)) {
    case 0: {  // deleted, with everything
      std::vector<PeopleChange> changes{EraseUser{pin}, EraseExtUser{pin}};
      for (const UserCard& card : household_.cards) {
        if (card.pin == pin) changes.emplace_back(EraseCard{pin, card.card});
      }
      for (const Privilege& each : household_.privileges) {
        if (each.pin == pin) changes.emplace_back(ErasePrivilege{pin, each.timezone, each.doors});
      }
      household_.erase(pin);
      witness_.forget_person(pin);
      configure_people(changes);
      in(hours(chance_.between(1, 12)), [this] { change_people(); });
      return;
    }
    case 1:
      user.blacklisted = !user.blacklisted;
      break;
    case 2:
      user.validity = {};
      if (chance_.percent(50)) {
        user.validity.end = now().civil + minutes(chance_.below(600)) - minutes(60);
        if (chance_.percent(50)) {
          user.validity.start = *user.validity.end - minutes(chance_.below(300));
        }
      }
      break;
    case 3:
      user.group = chance_.below(4);
      user.verify = chance_.percent(20) ? *mode_code("11") : mode_none;
      break;
    case 4: {
      ExtUser extension{.pin = pin,
                        .extended_time = chance_.percent(50),
                        .temporary = chance_.percent(25),
                        .verify = mode_none};
      household_.extensions[pin] = extension;
      return configure_people({extension});
    }
    default: {
      if (household_.cards.empty()) return;
      UserCard& card =
          household_.cards[chance_.below(static_cast<unsigned>(household_.cards.size()))];
      card.lost = !card.lost;
      return configure_people({card});
    }
  }
  configure_people({user});
}

void Week::change_calendar() {
  if (chance_.percent(50)) {
    const auto date = floor<days>(now().civil) + days{chance_.below(3)};
    household_.holidays.assign(
        1, {year_month_day{date}, static_cast<std::uint8_t>(chance_.between(1, 3)), false});
  } else {
    Timezone& zone = household_.zones[2];
    for (auto& day : zone.days) {
      day[0] = *Interval::from_wire((chance_.between(6, 10) * 100) << 16 |
                                    (chance_.between(11, 14) * 100 + chance_.below(60)));
    }
  }
  configure_calendar();
}

}  // namespace lintel::week
