// What the server has told this box, kept as the rows that it sent: the simulation's own idea of
// the configuration, made from what was meant and not from what the engine made of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/types.h"

namespace lintel::sim {

using Row = std::map<std::string, std::string>;  // field -> value

// Something that a server wants: the words it sends, and what they mean.
struct Command {
  enum class Kind {
    update,   // rows of a table
    erase,    // the rows of a table that meet one of `rows`; an empty row: all
    options,  // rows of DoorParameters, sent as options
    clock,    // date or zone
    control,
    read,  // changes nothing
    bad,   // must be refused, and change nothing
  };
  struct Control {
    enum class Verb { open, close, stay_open, zone_today, output, cancel_alarm, lock, restart };
    Verb verb{};
    unsigned place = 0;  // 0: all
    unsigned seconds = 0;
    bool on = false;
  };
  Kind kind{};
  std::string text;  // "DATA UPDATE user ..."
  std::string table = {};
  std::vector<Row> rows = {};
  Control control = {};
};

class Book {
 public:
  explicit Book(unsigned doors) : doors_(doors) {}
  [[nodiscard]] unsigned doors() const { return doors_; }

  // Takes what a command that was carried out has changed. `today` is for what ends with the day.
  void apply(const Command& command, CivilTime today);

  using Table = std::map<std::string, Row>;  // by key
  [[nodiscard]] const Table& rows(const std::string& table) const;
  // The names of the tables that the simulation works with.
  static const std::vector<std::string>& tables();
  // A row as it is compared: without empty fields and without the number of this device.
  static Row plain(Row row);
  static std::string key_of(const std::string& table, const Row& row);

  // A door parameter, or what a fresh box has.
  [[nodiscard]] std::string parameter(unsigned door, const std::string& name) const;
  [[nodiscard]] unsigned number(unsigned door, const std::string& name) const;

 private:
  void put(const std::string& table, const Row& row);
  void put_parameter(unsigned door, const std::string& name, const std::string& value);

  unsigned doors_;
  std::map<std::string, Table> tables_;
};

// A field, or nothing written there.
std::string value_in(const Row& row, const std::string& field);
// A whole number; 0 where nothing is written.
std::uint64_t number_in(const Row& row, const std::string& field, int base = 10);

}  // namespace lintel::sim
