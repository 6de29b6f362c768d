// What the server wants: people, rights, schedules, doors; and nonsense now and then.
#include <cstdio>

#include "tests/sim/world.h"

namespace lintel::sim {

using namespace std::chrono;

namespace {

using Kind = Command::Kind;
using Verb = Command::Control::Verb;

std::string record(const Row& row) {
  std::string text;
  for (const auto& [field, value] : row)
    text += (text.empty() ? "" : "\t") + field + "=" + value;
  return text;
}

Command update(const std::string& table, std::vector<Row> rows) {
  Command command{Kind::update, "DATA UPDATE " + table + " ", table, std::move(rows)};
  for (std::size_t at = 0; at < command.rows.size(); ++at)
    command.text += (at == 0 ? "" : "\n") + record(command.rows[at]);
  return command;
}

Command erase(const std::string& table, std::vector<Row> conditions) {
  Command command{Kind::erase, "DATA DELETE " + table + " ", table, std::move(conditions)};
  for (std::size_t at = 0; at < command.rows.size(); ++at) {
    const auto& row = command.rows[at];
    command.text += (at == 0 ? "" : "\n") + (row.empty() ? "*" : record(row));
  }
  return command;
}

Command plain(Kind kind, std::string text) {
  return {kind, std::move(text)};
}

std::string date_text(local_days day) {
  const year_month_day date{day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string hex(unsigned byte) {
  char text[8];
  std::snprintf(text, sizeof text, "%02X", byte & 0xff);
  return text;
}

}  // namespace

void World::command(Command command) {
  const auto text = command.text;
  const auto id = server_.queue(text);
  trace_.add(now(), "server wants " + id + ": " + text);
  // A server that saw no result, or thinks so.
  if (command.kind != Kind::read && chance_.percent(15)) {
    at(now() + chance_.up_to(seconds(20)), [this, id, text] {
      if (server_.results(id).empty() == chance_.percent(50)) server_.queue_as(id, text);
    });
  }
  commands_.emplace(id, std::move(command));
}

void World::first_configuration() {
  for (int zone = 0; zone < 3; ++zone)
    command(schedule_command());
  std::vector<Row> people, cards, rights;
  for (unsigned pin = 1; pin <= 10; ++pin) {
    const auto name = std::to_string(pin);
    people.push_back({{"Pin", name},
                      {"CardNo", std::to_string(1'000 + pin)},
                      {"Password", pin % 3 == 0 ? "" : "1" + std::to_string(pin % 9) + "34"},
                      {"Name", "Person " + name}});
    const auto doors = std::to_string(pin % 4 == 0 ? 1 + pin % 3 : 15);
    rights.push_back({{"Pin", name}, {"AuthorizeTimezoneId", "1"}, {"AuthorizeDoorId", doors}});
  }
  command(update("user", people));
  command(update("userauthorize", rights));
  for (unsigned door = 0; door < 2 * doors_; ++door)
    command(door_command());
}

void World::random_command() {
  const unsigned kind = chance_.below(100);
  if (kind < 18) return command(people_command());
  if (kind < 30) return command(card_command());
  if (kind < 42) return command(privilege_command());
  if (kind < 50) return command(schedule_command());
  if (kind < 64) return command(door_command());
  if (kind < 86) return command(control_command());
  if (kind < 92) return command(read_command());
  command(bad_command());
}

Command World::people_command() {
  const auto pin = std::to_string(chance_.between(1, 12));
  if (chance_.percent(20)) return erase("user", {{{"Pin", pin}}});
  const auto today = floor<days>(station_.clock.now().civil);
  Row row = {{"Pin", pin}, {"CardNo", std::to_string(1'000 + chance_.between(1, 14))}};
  if (chance_.percent(50)) row["Password"] = "1" + std::to_string(chance_.below(9)) + "34";
  row["Disable"] = chance_.percent(15) ? "1" : "0";
  row["StartTime"] = chance_.percent(80) ? "0" : date_text(today + days(chance_.below(2)));
  row["EndTime"] = chance_.percent(80) ? "0" : date_text(today - days(chance_.below(2)));
  return update("user", {row});
}

Command World::card_command() {
  char card[16];
  std::snprintf(card, sizeof card, "%x", 1'000 + chance_.between(1, 16));
  const auto pin = std::to_string(chance_.between(1, 12));
  if (chance_.percent(25)) return erase("mulcarduser", {{{"Pin", pin}, {"CardNo", card}}});
  return update("mulcarduser", {{{"Pin", pin},
                                 {"CardNo", card},
                                 {"LossCardFlag", chance_.percent(35) ? "1" : "0"},
                                 {"CardType", "0"}}});
}

Command World::privilege_command() {
  const auto pin = std::to_string(chance_.between(1, 12));
  if (chance_.percent(25)) return erase("userauthorize", {{{"Pin", pin}}});
  const auto today = floor<days>(station_.clock.now().civil);
  Row row = {{"Pin", pin},
             {"AuthorizeTimezoneId", std::to_string(chance_.one_of({1, 1, 2, 3, 4, 9}))},
             {"AuthorizeDoorId", std::to_string(chance_.between(1, 15))}};
  if (chance_.percent(20)) row["StartTime"] = date_text(today + days(chance_.below(2)));
  if (chance_.percent(20)) row["EndTime"] = date_text(today - days(chance_.below(2)));
  return update("userauthorize", {row});
}

std::string World::random_interval() {
  if (chance_.percent(20)) return "0";
  if (chance_.percent(30)) return "2359";  // the whole day
  const auto time = [this] { return chance_.below(24) * 100 + chance_.below(12) * 5; };
  return std::to_string((time() << 16) + time());
}

Command World::schedule_command() {
  const unsigned kind = chance_.below(100);
  const auto today = floor<days>(station_.clock.now().civil);
  if (kind < 15) {
    return update("holiday", {{{"Holiday", date_text(today + days(chance_.below(4)) - days(1))},
                               {"HolidayType", std::to_string(chance_.between(1, 3))},
                               {"Loop", std::to_string(chance_.between(1, 2))}}});
  }
  if (kind < 20) return erase("holiday", {{}});
  if (kind < 27) {
    return update("InputIOSetting",
                  {{{"Number", std::to_string(chance_.between(1, doors_))},
                    {"InType", "0"},
                    {"TimeZoneId", std::to_string(chance_.one_of({0, 1, 2, 3}))}}});
  }
  if (kind < 32)
    return erase("timezone", {{{"TimezoneId", std::to_string(chance_.between(1, 4))}}});
  Row row = {{"TimezoneId", std::to_string(chance_.percent(5) ? 1 : chance_.between(2, 4))}};
  for (const char* day :
       {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3"}) {
    for (const char* number : {"1", "2", "3"})
      row[std::string(day) + "Time" + number] = chance_.percent(50) ? "0" : random_interval();
  }
  return update("timezone", {row});
}

Command World::door_command() {
  struct Choice {
    const char* name;
    std::vector<int> values;
  };
  static const std::vector<Choice> choices = {
      {"DoorDrivertime", {0, 1, 2, 3, 5, 5, 10}},
      {"DoorKeepOpenTimeZone", {0, 0, 0, 2, 3, 1}},
      {"DoorValidTZ", {1, 1, 1, 1, 2, 9}},
      {"DoorIntertime", {0, 2, 2, 30}},
      {"DoorVerifyType", {0, 0, 3, 4, 7, 11, 11}},
      {"DoorSensorType", {0, 1, 2, 2}},
      {"DoorDetectortime", {0, 5, 15}},
      {"DoorCloseAndLock", {0, 1}},
      {"DoorREXInput", {0, 1, 1}},
      {"DoorREXTimeOut", {0, 5}},
      {"DoorDelayOpenTime", {0, 0, 2, 4}},
      {"DoorDisable", {1, 1, 1, 1, 0}},
  };
  const unsigned door = chance_.between(1, doors_);
  std::vector<Row> rows;
  std::string options;
  for (unsigned count = chance_.between(1, 3); count > 0; --count) {
    const auto& choice = chance_.one_of(choices);
    const auto value = std::to_string(chance_.one_of(choice.values));
    const std::string name = choice.name;
    rows.push_back({{"ID", std::to_string(door)}, {"Name", name}, {"Value", value}});
    options += (options.empty() ? "" : ",") + std::string("Door") + std::to_string(door) +
               name.substr(4) + "=" + value;
  }
  if (chance_.percent(50)) return update("DoorParameters", rows);
  return {Kind::options, "SET OPTIONS " + options, "DoorParameters", rows};
}

Command World::control_command() {
  const auto verb = chance_.one_of<Verb>(
      {Verb::open, Verb::open, Verb::open, Verb::close, Verb::close, Verb::stay_open,
       Verb::zone_today, Verb::output, Verb::cancel_alarm, Verb::lock, Verb::lock, Verb::restart});
  Command::Control control{verb, chance_.between(0, doors_), 0, chance_.percent(40)};
  std::string text;
  switch (verb) {
    case Verb::open:
      control.seconds = chance_.between(1, 12);
      text = "01" + hex(control.place) + "01" + hex(control.seconds);
      break;
    case Verb::close:
      text = "01" + hex(control.place) + "0100";
      break;
    case Verb::stay_open:
      text = "01" + hex(control.place) + "01FF";
      break;
    case Verb::output:
      control.place = chance_.between(1, 2);
      text = "01" + hex(control.place) + "02" + hex(chance_.one_of<unsigned>({0, 3, 255}));
      break;
    case Verb::cancel_alarm:
      text = "02" + hex(control.place) + "0000";
      break;
    case Verb::restart:
      control.place = 0;
      text = "03000000";
      break;
    case Verb::zone_today:
      text = "04" + hex(control.place) + (control.on ? "0100" : "0000");
      break;
    case Verb::lock:
      text = "06" + hex(control.place) + (control.on ? "0100" : "0000");
      break;
  }
  return {Kind::control, "CONTROL DEVICE " + text, "", {}, control};
}

// To another day and hour: the server's own clock goes along.
Command World::clock_command() {
  if (chance_.percent(20)) {
    return plain(Kind::clock, "SET OPTIONS MachineTZ=" +
                                  chance_.one_of<std::string>({"+0000", "+0200", "-0430"}));
  }
  server_clock_ahead_ += seconds(chance_.below(3 * 86'400)) - hours(24);
  const auto utc = sys_days(year{2026} / 11 / 23) + hours(8) +
                   floor<seconds>(now() - Uptime(seconds(1'000)) + server_clock_ahead_);
  const auto number = fake::appendix_5_seconds_utc(utc.time_since_epoch().count());
  return plain(Kind::clock, "SET OPTIONS DateTime=" + std::to_string(number));
}

Command World::read_command() {
  return plain(Kind::read, chance_.one_of<std::string>(
                               {"DATA COUNT user", "DATA COUNT userauthorize",
                                "DATA QUERY tablename=user,fielddesc=*,filter=*",
                                "DATA QUERY tablename=mulcarduser,fielddesc=*,filter=*",
                                "DATA QUERY tablename=transaction,fielddesc=*,filter="
                                "NewRecord",
                                "GET OPTIONS ~SerialNumber,LockCount,Door1Drivertime"}));
}

Command World::bad_command() {
  return plain(
      Kind::bad,
      chance_.one_of<std::string>(
          {"DATA UPDATE user Pin=3\tNoSuchField=1",
           "DATA UPDATE user Pin=1\tDisable=1\nPin=2\tDisable=7", "DATA UPDATE user CardNo=1001",
           "DATA UPDATE nobodys Pin=1", "DATA UPDATE timezone TimezoneId=2\tMonTime1=99999999",
           "DATA DELETE user nofield=5", "DATA DELETE user",
           "DATA UPDATE DoorParameters ID=1\tName=DoorDrivertime"
           "\tValue=2\nID=9\tName=DoorDrivertime\tValue=2",
           "SET OPTIONS Door1Drivertime=2,Door1Drivertime=999",
           "SET OPTIONS Door1Drivertime=2,Door77Drivertime=2", "SET OPTIONS NoSuchOption=1",
           "SET OPTIONS DateTime=x", "CONTROL DEVICE 0101", "CONTROL DEVICE 010101010101",
           "CONTROL DEVICE 017F0105", "CONTROL DEVICE 99000000", "DATA", "SESAME"}));
}

}  // namespace lintel::sim
