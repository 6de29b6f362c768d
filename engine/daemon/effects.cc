#include "engine/daemon/effects.h"

#include <algorithm>
#include <map>

#include "engine/base/check.h"

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
  for (std::size_t i = 0; i < values.size(); ++i)
    row.push_back({of.fields[i].name, values[i]});
  return row;
}

// Reads all rows of a small table; a row that makes no sense is an error that names the table.
template <class T, class From>
Result<std::vector<T>> read_all(Store& store, const TableSchema& of, From from) {
  std::vector<T> all;
  std::optional<Error> error;
  auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
    auto made = from(named(of, values));
    if (!made) {
      error = std::move(made).error();
      return false;
    }
    all.push_back(*std::move(made));
    return true;
  });
  if (!read) return fail(std::move(read).error());
  if (error) return fail(std::move(*error).during("read table " + std::string(of.name)));
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

Result<void> reload_exit_buttons(Store& store, const Layout& layout, Effects& effects) {
  std::vector<TimezoneId> zones(layout.doors, 0);
  const auto& of = table("InputIOSetting");
  auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
    const auto door = parse_number(field(of, values, "Number"));
    const auto zone = parse_number(field(of, values, "TimeZoneId"));
    if (field(of, values, "InType") == "0" && door && zone && *door >= 1 && *door <= zones.size()) {
      zones[*door - 1] = static_cast<TimezoneId>(*zone);
    }
    return true;
  });
  if (!read) return read;
  effects.exit_button_zones = std::move(zones);
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

std::string_view value_of(const NamedRow& row, std::string_view name) {
  const auto found = std::find_if(row.begin(), row.end(),
                                  [&](const NamedValue& v) { return same_name(v.field, name); });
  return found == row.end() ? std::string_view() : found->value;
}

Result<void> check_door_parameter(const NamedRow& row, const Layout& layout) {
  const auto door = parse_number(value_of(row, "ID"));
  if (!door || *door < 1 || *door > layout.doors) {
    return fail(Errc::invalid, "ID must be a door from 1 to " + std::to_string(layout.doors));
  }
  const auto name = value_of(row, "Name");
  const auto* spec = find_door_parameter(name);
  if (spec == nullptr) return fail(Errc::invalid, "Name must be a door parameter of appendix 10");
  DoorParameters scratch;
  if (!set_parameter(scratch, *spec, value_of(row, "Value"))) {
    return fail(Errc::invalid, std::string(spec->name) + " must be " + std::string(spec->range));
  }
  return {};
}

Result<void> check_format(const NamedRow& row) {
  const auto format = value_of(row, "CardFormat");
  if (format.empty()) return {};
  FormatRow text;
  text.format = format;
  text.bits = static_cast<unsigned>(parse_number(value_of(row, "CardBit")).value_or(0));
  auto parsed = hal::CardFormat::parse(text_of(text));
  if (!parsed) return fail(std::move(parsed).error().during("CardFormat"));
  return {};
}

template <class T>
Result<void> add(std::vector<PeopleEdit>& people, Result<T>&& patch) {
  if (!patch) return fail(std::move(patch).error());
  people.push_back(*std::move(patch));
  return {};
}

template <class T>
Result<void> only_check(Result<T>&& made) {
  if (!made) return fail(std::move(made).error());
  return {};
}

std::optional<Pin> pin_of(const TableSchema& of, Values values) {
  return Pin::from(field(of, values, "Pin"));
}

}  // namespace

Result<void> check_row(const TableSchema& of, const NamedRow& row, const Layout& layout,
                       Effects& effects) {
  if (of.name == "user") return add(effects.people, user_from(row));
  if (of.name == "mulcarduser") return add(effects.people, card_from(row));
  if (of.name == "userauthorize") return add(effects.people, privilege_from(row));
  if (of.name == "timezone") return only_check(timezone_from(row));
  if (of.name == "holiday") return only_check(holiday_from(row));
  if (of.name == "DoorParameters") return check_door_parameter(row, layout);
  if (of.name == "WGFormat" || of.name == "DefaultWGFormat") return check_format(row);
  return {};
}

Result<void> reload(const TableSchema& of, Store& store, const Layout& layout, Effects& effects) {
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
    return reload_doors(store, layout, effects);
  } else if (of.name == "InputIOSetting") {
    return reload_exit_buttons(store, layout, effects);
  } else if (of.name == "WGFormat" || of.name == "DefaultWGFormat" || of.name == "ReaderWGFormat") {
    return reload_formats(store, layout, effects);
  }
  return {};
}

void note_erased(const TableSchema& of, Values values, Effects& effects) {
  const bool about_people =
      of.name == "user" || of.name == "mulcarduser" || of.name == "userauthorize";
  const auto pin = about_people ? pin_of(of, values) : std::nullopt;
  if (!pin) return;
  if (of.name == "user") {
    effects.people.emplace_back(EraseUser{*pin});
  } else if (of.name == "mulcarduser") {
    if (const auto card = parse_hex_card(field(of, values, "CardNo"))) {
      effects.people.emplace_back(EraseCard{*pin, *card});
    }
  } else {
    const auto zone = parse_number(field(of, values, "AuthorizeTimezoneId")).value_or(0);
    const auto doors = parse_number(field(of, values, "AuthorizeDoorId")).value_or(0);
    effects.people.emplace_back(
        ErasePrivilege{*pin, static_cast<TimezoneId>(zone), static_cast<std::uint32_t>(doors)});
  }
}

void note_cleared(const TableSchema& of, Effects& effects) {
  if (of.name == "user") {
    effects.people.emplace_back(ClearUsers{});
  } else if (of.name == "mulcarduser") {
    effects.people.emplace_back(ClearCards{});
  } else if (of.name == "userauthorize") {
    effects.people.emplace_back(ClearPrivileges{});
  }
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

Result<void> load_all(Store& store, const Layout& layout, Effects& effects,
                      const std::function<void(const std::vector<PeopleEdit>&)>& people) {
  constexpr std::size_t portion = 1'000;
  for (const auto* name : {"user", "mulcarduser", "userauthorize"}) {
    const auto& of = table(name);
    std::optional<Error> error;
    Effects found;
    found.people.reserve(portion);
    NamedRow row(of.fields.size());
    auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
      for (std::size_t i = 0; i < values.size(); ++i)
        row[i] = {of.fields[i].name, values[i]};
      if (auto made = check_row(of, row, layout, found); !made) {
        error = std::move(made).error();
        return false;
      }
      if (found.people.size() >= portion) {
        people(found.people);
        found.people.clear();
      }
      return true;
    });
    if (!read) return fail(std::move(read).error().during("load " + std::string(name)));
    if (error) return fail(std::move(*error).during("load " + std::string(name)));
    people(found.people);
  }
  for (const auto* name :
       {"timezone", "holiday", "DoorParameters", "InputIOSetting", "ReaderWGFormat"}) {
    if (auto loaded = reload(table(name), store, layout, effects); !loaded) return loaded;
  }
  return {};
}

}  // namespace lintel::daemon
