#include "tests/sim/book.h"

#include <algorithm>
#include <cstdlib>

namespace lintel::sim {

namespace {

const std::map<std::string, std::vector<std::string>>& keys() {
  static const std::map<std::string, std::vector<std::string>> keys = {
      {"user", {"Pin"}},
      {"mulcarduser", {"Pin", "CardNo"}},
      {"userauthorize", {"Pin", "AuthorizeTimezoneId", "AuthorizeDoorId"}},
      {"timezone", {"TimezoneId"}},
      {"holiday", {"Holiday"}},
      {"DoorParameters", {"ID", "Name"}},
      {"InputIOSetting", {"Number", "InType"}},
  };
  return keys;
}

// What a fresh box has where it is not nothing (appendix 10).
const Row& fresh_parameters() {
  static const Row fresh = {
      {"DoorDrivertime", "5"},    {"DoorKeepOpenTimeZone", "0"},   {"DoorValidTZ", "1"},
      {"DoorIntertime", "2"},     {"DoorVerifyType", "0"},         {"DoorSensorType", "0"},
      {"DoorDetectortime", "15"}, {"DoorCloseAndLock", "1"},       {"DoorREXInput", "1"},
      {"DoorREXTimeOut", "0"},    {"DoorDelayOpenTime", "0"},      {"DoorDisable", "1"},
      {"DoorMaskFlag", "0"},      {"DoorCancelKeepOpenDelay", "0"}};
  return fresh;
}

bool meets(const Row& row, const Row& conditions) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
    return value_in(row, condition.first) == condition.second;
  });
}

// The day as DoorCancelKeepOpenDelay has it: years from 1900, months from 0.
std::string day_text(CivilTime time) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  const auto day = (static_cast<int>(date.year()) - 1900) * 10'000 +
                   (static_cast<int>(static_cast<unsigned>(date.month())) - 1) * 100 +
                   static_cast<int>(static_cast<unsigned>(date.day()));
  return std::to_string(day);
}

}  // namespace

std::string value_in(const Row& row, const std::string& field) {
  const auto found = row.find(field);
  return found == row.end() ? std::string() : found->second;
}

std::uint64_t number_in(const Row& row, const std::string& field, int base) {
  const std::string text = value_in(row, field);
  return text.empty() ? 0 : std::strtoull(text.c_str(), nullptr, base);
}

const std::vector<std::string>& Book::tables() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, fields] : keys())
      all.push_back(name);
    return all;
  }();
  return names;
}

std::string Book::key_of(const std::string& table, const Row& row) {
  std::string key;
  for (const auto& field : keys().at(table)) {
    key += value_in(row, field) + "\t";
  }
  return key;
}

Row Book::plain(Row row) {
  std::erase_if(row, [](const auto& field) { return field.second.empty(); });
  row.erase("DevID");
  return row;
}

const Book::Table& Book::rows(const std::string& table) const {
  static const Table none;
  const auto found = tables_.find(table);
  return found == tables_.end() ? none : found->second;
}

void Book::put(const std::string& table, const Row& row) {
  Row& kept = tables_[table][key_of(table, row)];
  for (const auto& [field, value] : row)
    kept[field] = value;
}

void Book::put_parameter(unsigned door, const std::string& name, const std::string& value) {
  put("DoorParameters", {{"ID", std::to_string(door)}, {"Name", name}, {"Value", value}});
}

void Book::apply(const Command& command, CivilTime today) {
  using Verb = Command::Control::Verb;
  const auto at_doors = [&](const std::string& name, const std::string& value) {
    for (unsigned door = 1; door <= doors_; ++door) {
      if (command.control.place == 0 || command.control.place == door)
        put_parameter(door, name, value);
    }
  };
  switch (command.kind) {
    case Command::Kind::update:
    case Command::Kind::options:
      for (const Row& row : command.rows)
        put(command.table, row);
      break;
    case Command::Kind::erase:
      for (const Row& conditions : command.rows) {
        std::erase_if(tables_[command.table],
                      [&](const auto& row) { return meets(row.second, conditions); });
      }
      break;
    case Command::Kind::control:
      if (command.control.verb == Verb::lock)
        at_doors("DoorMaskFlag", command.control.on ? "1" : "0");
      if (command.control.verb == Verb::zone_today)
        at_doors("DoorCancelKeepOpenDelay", command.control.on ? "0" : day_text(today));
      break;
    case Command::Kind::clock:
    case Command::Kind::read:
    case Command::Kind::bad:
      break;
  }
}

std::string Book::parameter(unsigned door, const std::string& name) const {
  const auto& all = rows("DoorParameters");
  const auto row = all.find(std::to_string(door) + "\t" + name + "\t");
  const std::string value = row == all.end() ? std::string() : value_in(row->second, "Value");
  return value.empty() ? value_in(fresh_parameters(), name) : value;
}

unsigned Book::number(unsigned door, const std::string& name) const {
  return static_cast<unsigned>(std::strtoul(parameter(door, name).c_str(), nullptr, 10));
}

}  // namespace lintel::sim
