#include "engine/daemon/effects.h"

#include <algorithm>
#include <map>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/calendar_rows.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/people_rows.h"
#include "engine/daemon/rule_rows.h"

namespace lintel::daemon {
namespace {

using storage::Condition;
using storage::Store;
using storage::TableSchema;
using Values = std::span<const std::string_view>;

const TableSchema& table(std::string_view name) {
  const auto* found = storage::find_table(name);
  DOOR_CHECK(found != nullptr);
  return *found;
}

// One named field of a row that came as values in the order of the table's fields.
std::string_view field(const TableSchema& of, Values values, std::string_view name) {
  const int at = of.field(name);
  DOOR_CHECK(at >= 0);
  return values[static_cast<std::size_t>(at)];
}

NamedRow named(const TableSchema& of, Values values) {
  NamedRow row;
  row.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    row.push_back({of.fields[i].name, values[i]});
  return row;
}

void log_left_out(const TableSchema& of, const Error& error) {
  log_error("engine", "a row of " + std::string(of.name) + " is left out: " + error.text);
}

// Reads all rows of a small table. Rows were checked when they came; one of another version that
// makes no sense is logged and left out.
template <class T, class From>
Result<std::vector<T>> read_all(Store& store, const TableSchema& of, From from) {
  std::vector<T> all;
  auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
    if (auto made = from(named(of, values))) {
      all.push_back(*std::move(made));
    } else {
      log_left_out(of, made.error());
    }
    return true;
  });
  if (!read) return fail(std::move(read).error().during("read table " + std::string(of.name)));
  return all;
}

// ---- Wiegand formats

struct FormatRow {
  std::string format, ext_site_codes, ext_parity;
  std::uint32_t site_code = 0;
  unsigned bits = 0;
};

FormatRow format_row(const TableSchema& of, Values values) {
  const auto optional_field = [&](std::string_view name) {
    return of.field(name) >= 0 ? std::string(field(of, values, name)) : std::string();
  };
  FormatRow row;
  row.format = field(of, values, "CardFormat");
  row.bits = static_cast<unsigned>(parse_number(field(of, values, "CardBit")).value_or(0));
  row.site_code =
      static_cast<std::uint32_t>(parse_number(field(of, values, "SiteCode")).value_or(0));
  row.ext_site_codes = optional_field("ExtSiteCode");
  row.ext_parity = optional_field("ExtParityFormat");
  return row;
}

hal::CardFormatText text_of(const FormatRow& row) {
  hal::CardFormatText text;
  text.format = row.format;
  text.bits = row.bits;
  text.site_code = row.site_code;
  text.ext_site_codes = row.ext_site_codes;
  text.ext_parity = row.ext_parity;
  return text;
}

// The formats of each reader: those that ReaderWGFormat gives it, else what a fresh box
// understands.
Result<void> reload_formats(Store& store, const Layout& layout, Effects& effects) {
  std::map<std::string, FormatRow> rows;
  for (const auto* of : {&table("DefaultWGFormat"), &table("WGFormat")}) {
    auto read = store.query(*of, {}, 0, [&](std::uint64_t, Values values) {
      rows[std::string(field(*of, values, "ID"))] = format_row(*of, values);
      return true;
    });
    if (!read) return read;
  }
  std::vector<std::vector<hal::CardFormat>> readers(layout.readers());
  const auto& links = table("ReaderWGFormat");
  auto read = store.query(links, {}, 0, [&](std::uint64_t, Values values) {
    const auto reader = parse_number(field(links, values, "ReaderID"));
    const auto row = rows.find(std::string(field(links, values, "WGFormatID")));
    if (!reader || *reader < 1 || *reader > readers.size() || row == rows.end()) return true;
    auto text = text_of(row->second);
    text.parity_verified = field(links, values, "ParityVerifyDisable") != "1";
    text.reversal =
        static_cast<unsigned>(parse_number(field(links, values, "ReversalType")).value_or(0));
    if (auto format = hal::CardFormat::parse(text))
      readers[*reader - 1].push_back(*std::move(format));
    return true;
  });
  if (!read) return read;
  for (auto& formats : readers) {
    if (formats.empty()) formats = hal::default_card_formats();
  }
  effects.reader_formats = std::move(readers);
  return {};
}

Result<void> reload_rules(Store& store, const Facts& facts, Effects& effects) {
  auto rules = stored_rules(store, facts);
  if (!rules) return fail(std::move(rules).error());
  effects.rules = *std::move(rules);
  return {};
}

Result<void> reload_zone(Store& store, Effects& effects) {
  auto zone = stored_zone(store);
  if (!zone) return fail(std::move(zone).error());
  if (*zone) effects.zone = **std::move(zone);
  return {};
}

Result<void> reload_time_servers(const TableSchema& of, Store& store, Effects& effects) {
  std::vector<std::string> servers;
  const auto address = static_cast<std::size_t>(of.field("ServerAddress"));
  auto read = store.query(of, {}, 0, [&](std::uint64_t, std::span<const std::string_view> row) {
    servers.emplace_back(row[address]);
    return servers.size() < limits::time_servers_max;
  });
  if (!read) return fail(std::move(read).error().during("load ntpserverlist"));
  effects.time_servers = std::move(servers);
  return {};
}

Result<void> reload_doors(Store& store, const Layout& layout, Effects& effects) {
  for (unsigned door = 1; door <= layout.doors; ++door) {
    auto parameters = door_parameters(store, DoorId{static_cast<std::uint8_t>(door)});
    if (!parameters) return fail(std::move(parameters).error());
    effects.doors.emplace_back(DoorId{static_cast<std::uint8_t>(door)}, *std::move(parameters));
  }
  return {};
}

// ---- rows of an UPDATE

Result<void> check_door_parameter(const NamedRow& row, const Layout& layout) {
  const RowReader read(row);
  const auto door = parse_number(read.text("ID"));
  if (!door || *door < 1 || *door > layout.doors) {
    return fail(Errc::invalid, "ID must be a door from 1 to " + std::to_string(layout.doors));
  }
  const auto* spec = find_door_parameter(read.text("Name"));
  if (spec == nullptr) return fail(Errc::invalid, "Name must be a door parameter of appendix 10");
  DoorParameters scratch;
  if (!set_parameter(scratch, *spec, read.text("Value"))) {
    return fail(Errc::invalid, std::string(spec->name) + " must be " + std::string(spec->range));
  }
  return {};
}

Result<void> check_format(const NamedRow& row) {
  const RowReader read(row);
  const auto format = read.text("CardFormat");
  if (format.empty()) return {};
  FormatRow text;
  text.format = format;
  text.bits = static_cast<unsigned>(parse_number(read.text("CardBit")).value_or(0));
  auto parsed = hal::CardFormat::parse(text_of(text));
  if (!parsed) return fail(std::move(parsed).error().during("CardFormat"));
  return {};
}

template <class T>
Result<void> only_check(Result<T>&& made) {
  if (!made) return fail(std::move(made).error());
  return {};
}

}  // namespace

Result<void> check_row(const TableSchema& of, const NamedRow& row, const Facts& facts,
                       Effects& effects) {
  if (is_people_table(of)) {
    auto person = person_from(of, row, facts);
    if (!person) return fail(std::move(person).error());
    effects.people.push_back(*std::move(person));
    return {};
  }
  if (const auto* rule_table = find_rule_table(of.name)) {
    Rules scratch;
    return rule_table->take(row, facts.layout, scratch);
  }
  if (of.name == "timezone") return only_check(timezone_from(row));
  if (of.name == "holiday") return only_check(holiday_from(row));
  if (of.name == "DSTSetting") return only_check(summer_time_from(row));
  if (of.name == "DoorParameters") return check_door_parameter(row, facts.layout);
  if (of.name == "WGFormat" || of.name == "DefaultWGFormat") return check_format(row);
  return {};
}

Result<void> complete(const TableSchema& of, std::span<const int> columns, Values values,
                      std::span<const std::size_t> replaced, std::size_t first, Store& store,
                      const Facts& facts, Effects& effects) {
  if (!is_people_table(of) || says_all(of, columns)) return {};
  std::vector<std::size_t> key_columns;  // where in a row the parts of the key stand
  for (std::size_t at = 0; at < of.fields.size(); ++at) {
    if (!of.fields[at].key) continue;
    const auto found = std::find(columns.begin(), columns.end(), static_cast<int>(at));
    DOOR_CHECK(found != columns.end());
    key_columns.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  std::vector<std::string_view> key(key_columns.size());
  std::optional<Error> error;
  for (const std::size_t row : replaced) {
    for (std::size_t part = 0; part < key.size(); ++part)
      key[part] = values[row * columns.size() + key_columns[part]];
    auto found = store.find(of, key, [&](std::uint64_t, Values whole) {
      auto person = person_from(of, named(of, whole), facts);
      if (!person) {
        error = std::move(person).error();
      } else {
        effects.people[first + row] = *std::move(person);
      }
      return true;
    });
    if (!found) return fail(std::move(found).error());
    if (error) return fail(*std::move(error));
  }
  return {};
}

Result<void> reload(const TableSchema& of, Store& store, const Facts& facts, Effects& effects) {
  if (of.name == "timezone") {
    auto zones = read_all<Timezone>(store, of, timezone_from);
    if (!zones) return fail(std::move(zones).error());
    effects.timezones = *std::move(zones);
  } else if (of.name == "holiday") {
    auto holidays = read_all<Holiday>(store, of, holiday_from);
    if (!holidays) return fail(std::move(holidays).error());
    effects.holidays = *std::move(holidays);
  } else if (of.name == "DoorParameters") {
    effects.options = true;
    return reload_doors(store, facts.layout, effects);
  } else if (of.name == "DSTSetting") {
    return reload_zone(store, effects);
  } else if (find_rule_table(of.name) != nullptr) {
    return reload_rules(store, facts, effects);
  } else if (of.name == "WGFormat" || of.name == "DefaultWGFormat" || of.name == "ReaderWGFormat") {
    return reload_formats(store, facts.layout, effects);
  } else if (of.name == "ntpserverlist") {
    return reload_time_servers(of, store, effects);
  }
  return {};
}

Result<void> reload_for_option(std::string_view option, Store& store, const Facts& facts,
                               Effects& effects) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return same_name(name, option); });
  };
  if (is_one_of({"AntiPassback", "InterLock", "fireAlarmType", "fireAlarmInputMode",
                 "fireAlarmSupervisedResistor"}))
    return reload_rules(store, facts, effects);
  if (is_one_of({"MachineTZ", "ServerTZ", "DSTOn"})) return reload_zone(store, effects);
  return {};
}

void note_erased(const TableSchema& of, Values values, const Facts& facts, Effects& effects) {
  if (!is_people_table(of)) return;
  if (auto gone = person_gone(of, named(of, values), facts))
    effects.people.push_back(*std::move(gone));
}

void note_cleared(const TableSchema& of, Effects& effects) {
  if (is_people_table(of)) effects.people.push_back(people_gone(of));
}

Result<DoorParameters> door_parameters(Store& store, DoorId door) {
  DoorParameters parameters;
  const auto& of = table("DoorParameters");
  const auto id = std::to_string(number(door));
  const Condition of_door{of.field("ID"), id};
  auto read = store.query(of, {&of_door, 1}, 0, [&](std::uint64_t, Values values) {
    // Rows were checked when they came; one of another version that is out of range keeps the
    // default.
    if (const auto* spec = find_door_parameter(field(of, values, "Name"))) {
      set_parameter(parameters, *spec, field(of, values, "Value"));
    }
    return true;
  });
  if (!read) return fail(std::move(read).error());
  return parameters;
}

namespace {

// Earlier versions took any number as user.Verify: such a user keeps everything else.
Result<PeopleChange> stored_person(const TableSchema& of, NamedRow& row, const Facts& facts) {
  auto person = person_from(of, row, facts);
  const int verify = of.field("Verify");
  if (person || verify < 0) return person;
  row[static_cast<std::size_t>(verify)].value = {};
  return person_from(of, row, facts);
}

Result<void> load_people(const TableSchema& of, Store& store, const Facts& facts,
                         const std::function<void(const std::vector<PeopleChange>&)>& people) {
  constexpr std::size_t portion = 1'000;
  std::vector<PeopleChange> found;
  found.reserve(portion);
  NamedRow row(of.fields.size());
  auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      row[i] = {of.fields[i].name, values[i]};
    if (auto person = stored_person(of, row, facts)) {
      found.push_back(*std::move(person));
    } else {
      log_left_out(of, person.error());
    }
    if (found.size() >= portion) {
      people(found);
      found.clear();
    }
    return true;
  });
  if (!read) return fail(std::move(read).error().during("load " + std::string(of.name)));
  people(found);
  return {};
}

}  // namespace

Result<void> load_all(Store& store, const Facts& facts, Effects& effects,
                      const std::function<void(const std::vector<PeopleChange>&)>& people) {
  for (const auto* name : {"user", "extuser", "mulcarduser", "userauthorize"}) {
    if (auto loaded = load_people(table(name), store, facts, people); !loaded) return loaded;
  }
  if (auto loaded = reload_rules(store, facts, effects); !loaded) return loaded;
  if (auto loaded = reload_zone(store, effects); !loaded) return loaded;
  for (const auto* name :
       {"timezone", "holiday", "DoorParameters", "ReaderWGFormat", "ntpserverlist"}) {
    if (auto loaded = reload(table(name), store, facts, effects); !loaded) return loaded;
  }
  return {};
}

}  // namespace lintel::daemon
