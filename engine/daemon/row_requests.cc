// UPDATE, DELETE, COUNT and QUERY of the protocol's tables.
#include <algorithm>
#include <deque>
#include <numeric>
#include <vector>

#include "engine/core/limits.h"
#include "engine/daemon/biometric_rows.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/errand.h"
#include "engine/daemon/rule_rows.h"

namespace lintel::daemon {
namespace {

using storage::Condition;
using storage::Store;
using storage::TableSchema;

Checked<const TableSchema*> known_table(const std::string& name) {
  const auto* table = storage::find_table(name);
  if (table == nullptr) return refuse(codes::wrong_table, "There is no table \"" + name + "\".");
  return table;
}

std::string at_row(std::size_t row, const Error& error) {
  return "Row " + std::to_string(row + 1) + ": " + error.text + ".";
}

// Columns of an UPDATE: the fields that were named, and behind them parts of the key that were left
// out and are known all the same.
struct Columns {
  std::vector<int> of_table;
  std::vector<std::string_view> added;
};

std::string_view known_part(const TableSchema& table, std::string_view key_field) {
  return key_field == "DevID" ? own_device : default_number(table, key_field);
}

Checked<Columns> columns_of(const TableSchema& table, const pb::Rows& rows) {
  Columns columns;
  for (const auto& name : rows.field()) {
    const int at = table.field(name);
    if (at < 0) {
      return refuse(codes::no_such_field,
                    "Table " + std::string(table.name) + " has no field \"" + name + "\".");
    }
    if (std::find(columns.of_table.begin(), columns.of_table.end(), at) != columns.of_table.end()) {
      return refuse(codes::wrong_parameter, "Field \"" + name + "\" is named twice in one row.");
    }
    columns.of_table.push_back(at);
  }
  for (std::size_t at = 0; at < table.fields.size(); ++at) {
    const auto& field = table.fields[at];
    const auto present =
        std::find(columns.of_table.begin(), columns.of_table.end(), static_cast<int>(at));
    if (!field.key || present != columns.of_table.end()) continue;
    if (const auto known = known_part(table, field.name); !known.empty()) {
      columns.of_table.push_back(static_cast<int>(at));
      columns.added.push_back(known);
    } else if (!field.may_lack) {
      return refuse(codes::wrong_parameter, "A row of " + std::string(table.name) + " must name " +
                                                std::string(field.name) + ".");
    }
  }
  return columns;
}

// How many rows the memory of the decision has room for.
std::size_t rows_max(const TableSchema& table) {
  if (table.name == "user" || table.name == "extuser") return limits::users_max;
  if (table.name == "mulcarduser") return limits::cards_max;
  if (table.name == "userauthorize") return limits::privileges_max;
  if (table.name == "timezone") return limits::timezones_max;
  if (table.name == "holiday") return limits::holidays_max;
  if (table.name == "templatev10") return limits::fingerprints_max;
  if (table.name == "userpic") return limits::user_photos_max;
  if (table.name == "identitycard") return limits::users_max;
  if (find_rule_table(table.name) != nullptr || table.name == "DSTSetting")
    return limits::rule_rows_max;
  return 0;  // the disk is the limit
}

// user.CardNo may come as bytes in hex; it is kept, and returned, as a decimal number. The number
// of a template may come without a value.
std::string_view kept_form(const TableSchema& table, const NamedValue& value,
                           std::deque<std::string>& rewritten) {
  if (value.value.empty()) return default_number(table, value.field);
  if (table.name != "user" || value.value.front() != '[') return value.value;
  const auto card = parse_card(value.value);
  return card ? std::string_view(rewritten.emplace_back(std::to_string(card->value))) : value.value;
}

// Appendix 12: what the device itself is told, by a row or by the option of the same name.
bool is_device_parameter(std::string_view name) {
  constexpr std::string_view parameters[] = {
      "DSTOn",         "CurTimeMode",      "DLSTMode",           "IPAddress",
      "GATEIPAddress", "NetMask",          "BackupTime",         "DelRecord",
      "MachineTZ",     "AntiPassback",     "InterLock",          "NtpFunOn",
      "fireAlarmType", "fireAlarmRunMode", "fireAlarmInputMode", "fireAlarmSupervisedResistor"};
  return std::any_of(std::begin(parameters), std::end(parameters),
                     [&](std::string_view parameter) { return same_name(parameter, name); });
}

// A row of DevParameters acts like the option of its name.
Checked<void> set_device_parameter(Errand& errand, const NamedRow& row, std::size_t at) {
  const RowReader read(row);
  const auto name = read.text("Name");
  const bool has_value = std::any_of(row.begin(), row.end(), [](const NamedValue& value) {
    return same_name(value.field, "Value");
  });
  if (!has_value || !is_device_parameter(name)) return {};
  auto done = set_option(errand, name, read.text("Value"));
  if (done) return {};
  return refuse(done.error().code, "Row " + std::to_string(at + 1) + ": " + done.error().text);
}

// Parameters whose rows are about to go return to what a fresh box has.
Checked<void> reset_device_parameters(Errand& errand, const TableSchema& table,
                                      const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  const auto name = static_cast<std::size_t>(table.field("Name"));
  const auto read = errand.store.query(table, conditions, 0,
                                       [&](std::uint64_t, std::span<const std::string_view> row) {
                                         if (is_device_parameter(row[name]))
                                           names.emplace_back(row[name]);
                                         return true;
                                       });
  if (!read) return store_trouble(read.error());
  for (const auto& each : names) {
    if (auto done = set_option(errand, each, ""); !done) return done;
  }
  return {};
}

Checked<void> update_rows(Errand& errand, const TableSchema& table, const pb::Rows& rows,
                          std::size_t first_row) {
  if (rows.field_size() == 0 || rows.value_size() % rows.field_size() != 0) {
    return refuse(codes::wrong_format, "The rows do not have a value for each field.");
  }
  const auto columns = columns_of(table, rows);
  if (!columns) return tl::unexpected(columns.error());
  const auto width = static_cast<std::size_t>(rows.field_size());
  const std::size_t count = static_cast<std::size_t>(rows.value_size()) / width;

  NamedRow row(width);
  for (std::size_t i = 0; i < width; ++i) {
    row[i].field = table.fields[static_cast<std::size_t>(columns->of_table[i])].name;
  }
  std::vector<std::string_view> values;
  values.reserve(count * columns->of_table.size());
  std::deque<std::string> rewritten;  // values that are kept in another form than they came in
  auto& effects = errand.outcome.effects;
  const std::size_t first_person = effects.people.size();
  effects.people.reserve(first_person + count);
  for (std::size_t at = 0; at < count; ++at) {
    for (std::size_t i = 0; i < width; ++i)
      row[i].value = rows.value(static_cast<int>(at * width + i));
    if (auto fine = check_row(table, row, errand.facts, effects); !fine) {
      return refuse(codes::wrong_parameter, at_row(first_row + at, fine.error()));
    }
    if (is_biometric_table(table)) {
      if (auto fine = check_biometric_row(errand, table, row); !fine) {
        const auto& [code, text] = fine.error();
        return refuse(code, "Row " + std::to_string(first_row + at + 1) + ": " + text + ".");
      }
    }
    if (table.name == "DevParameters") {
      if (auto done = set_device_parameter(errand, row, first_row + at); !done) return done;
    }
    for (const auto& value : row)
      values.push_back(kept_form(table, value, rewritten));
    values.insert(values.end(), columns->added.begin(), columns->added.end());
  }
  std::vector<std::size_t> replaced;
  if (auto done = errand.store.update(table, columns->of_table, values, &replaced); !done)
    return store_trouble(done.error());
  auto whole = complete(table, columns->of_table, values, replaced, first_person, errand.store,
                        errand.facts, effects);
  if (!whole) return store_trouble(whole.error());
  return {};
}

Checked<void> check_room(Errand& errand, const TableSchema& table, std::size_t rows) {
  const std::size_t most = rows_max(table);
  // Counting a table takes time in proportion to it: small changes are counted now and then only.
  if (most == 0 ||
      (rows < 100 && ++errand.small_updates % 64 != 0 && most > limits::timezones_max * 64))
    return {};
  const auto there = errand.store.count(table, {});
  if (!there) return store_trouble(there.error());
  if (*there <= most) return {};
  return refuse(codes::no_space, "Table " + std::string(table.name) + " has room for " +
                                     std::to_string(most) + " rows; nothing was stored.");
}

Checked<std::vector<Condition>> conditions_of(const TableSchema& table,
                                              const pb::Conditions& where) {
  std::vector<Condition> conditions;
  for (const auto& condition : where.all()) {
    const int at = table.field(condition.field());
    if (at < 0) {
      return refuse(codes::no_such_condition, "Table " + std::string(table.name) +
                                                  " has no field \"" + condition.field() + "\".");
    }
    conditions.push_back({at, condition.value()});
  }
  return conditions;
}

// What only the server that owns it may read: passwords of people, doors, readers and contacts, and
// what a body could be known by.
bool is_secret(const TableSchema& table, std::size_t at, std::span<const std::string_view> row) {
  constexpr std::string_view word = "password";
  const auto field = table.fields[at].name;
  if (field == "Password" || field == "PassCode") return true;
  if (field == "Template" || field == "Tmp") return true;
  if (field == "FP_Template1" || field == "FP_Template2") return true;
  const int name_at = table.field("Name");
  if (field != "Value" || name_at < 0) return false;
  const auto name = row[static_cast<std::size_t>(name_at)];
  for (std::size_t start = 0; start + word.size() <= name.size(); ++start) {
    if (same_name(name.substr(start, word.size()), word)) return true;
  }
  return false;
}

}  // namespace

Checked<void> update(Errand& errand, const pb::Update& request) {
  const auto table = known_table(request.table());
  if (!table) return tl::unexpected(table.error());
  if ((*table)->name == "errorlog") {
    return refuse(codes::unsupported, "The error log is written by this controller alone.");
  }
  std::size_t first_row = 0;
  for (const auto& rows : request.rows()) {
    if (auto done = update_rows(errand, **table, rows, first_row); !done) return done;
    first_row += static_cast<std::size_t>(
        rows.field_size() == 0 ? 0 : rows.value_size() / rows.field_size());
  }
  if (first_row == 0)
    return refuse(codes::wrong_format, "The update of " + request.table() + " holds no row.");
  if (auto room = check_room(errand, **table, first_row); !room) return room;
  if (auto fine = check_biometric_command(errand, **table, request, first_row); !fine) return fine;
  if ((*table)->name == "biophoto") {
    if (auto told = report_missing_templates(errand, request); !told) return told;
  }
  if (auto done = reload(**table, errand.store, errand.facts, errand.outcome.effects); !done)
    return store_trouble(done.error());
  return {};
}

Checked<void> erase(Errand& errand, const pb::Delete& request) {
  if (request.any_size() == 0)
    return refuse(codes::wrong_format, "A delete must say which rows, or * for all.");
  if (is_journal(request.table())) return erase_journal(errand, request);
  const auto table = known_table(request.table());
  if (!table) return tl::unexpected(table.error());
  for (const auto& where : request.any()) {
    const auto conditions = conditions_of(**table, where);
    if (!conditions) return tl::unexpected(conditions.error());
    if ((*table)->name == "DevParameters") {
      if (auto done = reset_device_parameters(errand, **table, *conditions); !done) return done;
    }
    const bool all = conditions->empty();
    if (all) note_cleared(**table, errand.outcome.effects);
    const auto note = [&](std::uint64_t, std::span<const std::string_view> values) {
      note_erased(**table, values, errand.facts, errand.outcome.effects);
      return true;
    };
    const auto erased =
        errand.store.erase(**table, *conditions, all ? Store::RowSink() : Store::RowSink(note));
    if (!erased) return store_trouble(erased.error());
  }
  if (auto done = reload(**table, errand.store, errand.facts, errand.outcome.effects); !done)
    return store_trouble(done.error());
  return {};
}

Checked<void> count(Errand& errand, const pb::Count& request) {
  if (is_journal(request.table())) return count_journal(errand, request);
  const auto table = known_table(request.table());
  if (!table) return tl::unexpected(table.error());
  const auto conditions = conditions_of(**table, request.where());
  if (!conditions) return tl::unexpected(conditions.error());
  const auto counted = errand.store.count(**table, *conditions);
  if (!counted) return store_trouble(counted.error());
  errand.outcome.reply.set_rows(*counted);
  return {};
}

PageRoom room_of(const pb::Query& request) {
  constexpr std::size_t rows_at_once = 5'000, bytes_at_once = 4u << 20;
  const auto within = [](std::size_t asked, std::size_t most) {
    return asked == 0 ? most : std::min(asked, most);
  };
  return {within(request.rows_max(), rows_at_once), within(request.bytes_max(), bytes_at_once)};
}

namespace {

// Rows go up in the order of the text (7.5 to 7.11), which is that of the declaration but for
// users: theirs begin with the number that stands last among the fields of an UPDATE.
std::vector<std::size_t> all_fields(const TableSchema& table) {
  std::vector<std::size_t> order(table.fields.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (table.name == "user")
    std::rotate(order.begin(), order.begin() + table.field("uid"), order.end());
  return order;
}

}  // namespace

Checked<void> query(Errand& errand, const pb::Query& request) {
  if (is_journal(request.table())) return query_journal(errand, request);
  const auto table = known_table(request.table());
  if (!table) return tl::unexpected(table.error());
  const auto conditions = conditions_of(**table, request.where());
  if (!conditions) return tl::unexpected(conditions.error());

  auto& page = *errand.outcome.reply.mutable_page();
  std::vector<std::size_t> chosen;
  for (const auto& name : request.field()) {
    const int at = (*table)->field(name);
    if (at < 0)
      return refuse(codes::no_such_field,
                    "Table " + request.table() + " has no field \"" + name + "\".");
    chosen.push_back(static_cast<std::size_t>(at));
  }
  if (request.field_size() == 0) chosen = all_fields(**table);
  for (const auto at : chosen)
    page.add_field(std::string((*table)->fields[at].name));

  const auto room = room_of(request);
  const bool hides = errand.role != pb::ROLE_PUSH;
  std::size_t bytes = 0;
  std::uint64_t last = 0;
  const auto read =
      errand.store.query(**table, *conditions, request.after(),
                         [&](std::uint64_t row_id, std::span<const std::string_view> values) {
                           if (page.rows() >= room.rows || bytes >= room.bytes) {
                             page.set_next(last);  // there is at least this row more
                             return false;
                           }
                           for (const auto at : chosen) {
                             const bool secret = hides && is_secret(**table, at, values);
                             auto form = secret ? "" : uploaded_form(**table, at, values);
                             if (!secret && form.empty()) form = values[at];
                             bytes += form.size();
                             page.add_value(std::move(form));
                           }
                           page.set_rows(page.rows() + 1);
                           last = row_id;
                           return true;
                         });
  if (!read) return store_trouble(read.error());
  return {};
}

}  // namespace lintel::daemon
