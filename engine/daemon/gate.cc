#include "engine/daemon/gate.h"

#include <algorithm>
#include <deque>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/option_catalogue.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

using storage::Condition;
using storage::EventJournal;
using storage::Store;
using storage::TableSchema;
using Body = pb::Request::BodyCase;

// A server that saw no result hands the same command out again after seconds. Later, the same
// words are a new command.
constexpr std::chrono::seconds same_command_window{60};

constexpr std::string_view own_device = "1";  // DevID of this box in tables that carry one

// A refusal, on its way to the reply.
struct Refusal {
  std::int32_t code;
  std::string text;
};
template <class T>
using Checked = tl::expected<T, Refusal>;

tl::unexpected<Refusal> refuse(std::int32_t code, std::string text) {
  return tl::unexpected<Refusal>(Refusal{code, std::move(text)});
}
tl::unexpected<Refusal> store_trouble(Error error) {
  return refuse(code_of(error.code), "The controller could not do it: " + error.text + ".");
}

Checked<const TableSchema*> known_table(const std::string& name) {
  const auto* table = storage::find_table(name);
  if (table == nullptr) return refuse(codes::wrong_table, "There is no table \"" + name + "\".");
  return table;
}

std::string at_row(std::size_t row, const Error& error) {
  return "Row " + std::to_string(row + 1) + ": " + error.text + ".";
}

// Columns of an UPDATE: the fields that were named, and the key's DevID where it was left out.
struct Columns {
  std::vector<int> of_table;
  bool device_added = false;
};

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
    if (field.name == "DevID") {
      columns.of_table.push_back(static_cast<int>(at));
      columns.device_added = true;
    } else if (!field.may_lack) {
      return refuse(codes::wrong_parameter, "A row of " + std::string(table.name) + " must name " +
                                                std::string(field.name) + ".");
    }
  }
  return columns;
}

// How many rows of people the memory of the decision has room for.
std::size_t rows_max(const TableSchema& table) {
  if (table.name == "user") return limits::users_max;
  if (table.name == "mulcarduser") return limits::cards_max;
  if (table.name == "userauthorize") return limits::privileges_max;
  if (table.name == "timezone") return limits::timezones_max;
  if (table.name == "holiday") return limits::holidays_max;
  return 0;  // the disk is the limit
}

bool is_journal(std::string_view table) {
  return same_name(table, "transaction");
}

}  // namespace

bool allowed(pb::Role role, Body body) {
  switch (body) {
    case Body::kGetStatus:
    case Body::kPullEvents:
    case Body::kSubscribe:
    case Body::kCount:
    case Body::kQuery:
    case Body::kGetOptions:
      return role == pb::ROLE_PUSH || role == pb::ROLE_WEB || role == pb::ROLE_TECHNICIAN;
    case Body::kExplain:
      return role == pb::ROLE_WEB || role == pb::ROLE_TECHNICIAN;
    case Body::kUpdate:
    case Body::kDelete:
    case Body::kSetOptions:
    case Body::kControl:
    case Body::kSetTime:
    case Body::kConfirmEvents:
    case Body::kReportLink:
      return role == pb::ROLE_PUSH;
    case Body::kHello:
    case Body::BODY_NOT_SET:
      return false;
  }
  return false;
}

// One request on its way through the gate.
struct Gate::Errand {
  const Facts& facts;
  pb::Role role;
  std::chrono::sys_seconds utc;
  Store& store;
  EventJournal& journal;
  Outcome outcome{};

  // ---- UPDATE

  Checked<void> update(const pb::Update& request) {
    const auto table = known_table(request.table());
    if (!table) return tl::unexpected(table.error());
    std::size_t first_row = 0;
    for (const auto& rows : request.rows()) {
      if (auto done = update_rows(**table, rows, first_row); !done) return done;
      first_row += static_cast<std::size_t>(
          rows.field_size() == 0 ? 0 : rows.value_size() / rows.field_size());
    }
    if (first_row == 0)
      return refuse(codes::wrong_format, "The update of " + request.table() + " holds no row.");
    if (auto room = check_room(**table, first_row); !room) return room;
    if (auto done = reload(**table, store, facts.layout, outcome.effects); !done)
      return store_trouble(done.error());
    return {};
  }

  Checked<void> update_rows(const TableSchema& table, const pb::Rows& rows, std::size_t first_row) {
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
    outcome.effects.people.reserve(outcome.effects.people.size() + count);
    for (std::size_t at = 0; at < count; ++at) {
      for (std::size_t i = 0; i < width; ++i)
        row[i].value = rows.value(static_cast<int>(at * width + i));
      if (auto fine = check_row(table, row, facts.layout, outcome.effects); !fine) {
        return refuse(codes::wrong_parameter, at_row(first_row + at, fine.error()));
      }
      for (const auto& value : row)
        values.push_back(kept_form(table, value, rewritten));
      if (columns->device_added) values.push_back(own_device);
    }
    if (auto done = store.update(table, columns->of_table, values); !done)
      return store_trouble(done.error());
    return {};
  }

  // user.CardNo may come as bytes in hex; it is kept, and returned, as a decimal number.
  static std::string_view kept_form(const TableSchema& table, const NamedValue& value,
                                    std::deque<std::string>& rewritten) {
    if (table.name != "user" || value.value.empty() || value.value.front() != '[')
      return value.value;
    const auto card = parse_card(value.value);
    return card ? std::string_view(rewritten.emplace_back(std::to_string(card->value)))
                : value.value;
  }

  Checked<void> check_room(const TableSchema& table, std::size_t rows) {
    const std::size_t most = rows_max(table);
    // Counting a table takes time in proportion to it: small changes are counted now and then only.
    if (most == 0 || (rows < 100 && ++uncounted % 64 != 0 && most > limits::timezones_max * 64))
      return {};
    const auto there = store.count(table, {});
    if (!there) return store_trouble(there.error());
    if (*there <= most) return {};
    return refuse(codes::no_space, "Table " + std::string(table.name) + " has room for " +
                                       std::to_string(most) + " rows; nothing was stored.");
  }
  inline static unsigned uncounted = 0;  // the storage thread's

  // ---- DELETE, COUNT, QUERY

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

  Checked<void> erase(const pb::Delete& request) {
    if (request.any_size() == 0)
      return refuse(codes::wrong_format, "A delete must say which rows, or * for all.");
    if (is_journal(request.table())) return erase_journal(request);
    const auto table = known_table(request.table());
    if (!table) return tl::unexpected(table.error());
    for (const auto& where : request.any()) {
      const auto conditions = conditions_of(**table, where);
      if (!conditions) return tl::unexpected(conditions.error());
      const bool all = conditions->empty();
      if (all) note_cleared(**table, outcome.effects);
      const auto note = [&](std::uint64_t, std::span<const std::string_view> values) {
        note_erased(**table, values, outcome.effects);
        return true;
      };
      const auto erased =
          store.erase(**table, *conditions, all ? Store::RowSink() : Store::RowSink(note));
      if (!erased) return store_trouble(erased.error());
    }
    if (auto done = reload(**table, store, facts.layout, outcome.effects); !done)
      return store_trouble(done.error());
    return {};
  }

  Checked<void> erase_journal(const pb::Delete& request) {
    if (request.any_size() != 1 || request.any(0).all_size() != 0) {
      return refuse(codes::wrong_parameter,
                    "Access records are deleted all together (*), never in part.");
    }
    const auto erased = journal.erase_all();
    if (!erased) return store_trouble(erased.error());
    return {};
  }

  Checked<storage::JournalFilter> journal_filter(const pb::Conditions& where) {
    storage::JournalFilter filter;
    for (const auto& condition : where.all()) {
      const auto number = parse_number(condition.value());
      if (same_name(condition.field(), "pin")) {
        filter.pin = Pin::from(condition.value());
        if (!filter.pin) return refuse(codes::wrong_parameter, "pin must be a user ID.");
        continue;
      }
      const bool known = same_name(condition.field(), "cardno") ||
                         same_name(condition.field(), "doorid") ||
                         same_name(condition.field(), "eventtype");
      if (!known) {
        return refuse(codes::no_such_condition,
                      "Access records cannot be chosen by \"" + condition.field() + "\".");
      }
      if (!number || (*number > 255 && same_name(condition.field(), "doorid")) ||
          (*number > 65'535 && same_name(condition.field(), "eventtype"))) {
        return refuse(codes::wrong_parameter,
                      condition.field() + " must be a number in its range.");
      }
      if (same_name(condition.field(), "cardno")) filter.card = CardNo{*number};
      if (same_name(condition.field(), "doorid"))
        filter.address = static_cast<std::uint8_t>(*number);
      if (same_name(condition.field(), "eventtype"))
        filter.code = static_cast<std::uint16_t>(*number);
    }
    return filter;
  }

  Checked<void> count(const pb::Count& request) {
    Result<std::uint64_t> counted = 0;
    if (is_journal(request.table())) {
      const auto filter = journal_filter(request.where());
      if (!filter) return tl::unexpected(filter.error());
      counted = journal.count(*filter);
    } else {
      const auto table = known_table(request.table());
      if (!table) return tl::unexpected(table.error());
      const auto conditions = conditions_of(**table, request.where());
      if (!conditions) return tl::unexpected(conditions.error());
      counted = store.count(**table, *conditions);
    }
    if (!counted) return store_trouble(counted.error());
    outcome.reply.set_rows(*counted);
    return {};
  }

  // How much one page may hold.
  struct PageRoom {
    std::size_t rows, bytes;
  };
  static PageRoom room_of(const pb::Query& request) {
    constexpr std::size_t rows_at_once = 5'000, bytes_at_once = 4u << 20;
    const auto within = [](std::size_t asked, std::size_t most) {
      return asked == 0 ? most : std::min(asked, most);
    };
    return {within(request.rows_max(), rows_at_once), within(request.bytes_max(), bytes_at_once)};
  }

  Checked<void> query(const pb::Query& request) {
    if (is_journal(request.table())) return query_journal(request);
    const auto table = known_table(request.table());
    if (!table) return tl::unexpected(table.error());
    const auto conditions = conditions_of(**table, request.where());
    if (!conditions) return tl::unexpected(conditions.error());

    auto& page = *outcome.reply.mutable_page();
    std::vector<std::size_t> chosen;
    for (const auto& name : request.field()) {
      const int at = (*table)->field(name);
      if (at < 0)
        return refuse(codes::no_such_field,
                      "Table " + request.table() + " has no field \"" + name + "\".");
      chosen.push_back(static_cast<std::size_t>(at));
    }
    for (std::size_t at = 0; request.field_size() == 0 && at < (*table)->fields.size(); ++at)
      chosen.push_back(at);
    for (const auto at : chosen)
      page.add_field(std::string((*table)->fields[at].name));

    const auto room = room_of(request);
    const int password = role == pb::ROLE_PUSH ? -1 : (*table)->field("Password");
    std::size_t bytes = 0;
    std::uint64_t last = 0;
    const auto read =
        store.query(**table, *conditions, request.after(),
                    [&](std::uint64_t row_id, std::span<const std::string_view> values) {
                      if (page.rows() >= room.rows || bytes >= room.bytes) {
                        page.set_next(last);  // there is at least this row more
                        return false;
                      }
                      for (const auto at : chosen) {
                        const bool secret = static_cast<int>(at) == password;
                        page.add_value(secret ? std::string() : std::string(values[at]));
                        bytes += values[at].size();
                      }
                      page.set_rows(page.rows() + 1);
                      last = row_id;
                      return true;
                    });
    if (!read) return store_trouble(read.error());
    return {};
  }

  Checked<void> query_journal(const pb::Query& request) {
    static constexpr std::string_view fields[] = {
        "cardno", "pin",      "verified", "doorid", "eventtype", "inoutstate",  "time_second",
        "index",  "sitecode", "devid",    "sn",     "maskflag",  "temperature", "convtemperature"};
    auto filter = journal_filter(request.where());
    if (!filter) return tl::unexpected(filter.error());
    filter->new_records = request.new_records();
    const auto start = parse_limit(request.start_time(), false);
    const auto end = parse_limit(request.end_time(), true);
    if (!start || !end)
      return refuse(codes::wrong_parameter, "starttime and endtime must be times.");
    filter->start = *start;
    filter->end = *end;

    auto& page = *outcome.reply.mutable_page();
    std::vector<std::size_t> chosen;
    for (const auto& name : request.field()) {
      const auto known =
          std::find_if(std::begin(fields), std::end(fields),
                       [&](std::string_view field) { return same_name(field, name); });
      if (known == std::end(fields)) {
        return refuse(codes::no_such_field, "Access records have no field \"" + name + "\".");
      }
      chosen.push_back(static_cast<std::size_t>(known - std::begin(fields)));
    }
    for (std::size_t at = 0; request.field_size() == 0 && at < std::size(fields); ++at)
      chosen.push_back(at);
    for (const auto at : chosen)
      page.add_field(std::string(fields[at]));

    const std::size_t rows = std::min<std::size_t>(room_of(request).rows, 2'000);
    const auto events = journal.read(request.after(), rows, *filter);
    if (!events) return store_trouble(events.error());
    for (const auto& stored : *events) {
      const Event& event = stored.event;
      const std::string values[] = {std::to_string(event.card.value),
                                    event.pin.empty() ? "0" : std::string(event.pin.view()),
                                    std::to_string(static_cast<unsigned>(event.verify)),
                                    std::to_string(event.address),
                                    std::to_string(number(event.code)),
                                    std::to_string(static_cast<unsigned>(event.way)),
                                    std::to_string(to_protocol_seconds(event.time)),
                                    std::to_string(stored.index),
                                    std::to_string(event.site_code),
                                    std::string(own_device),
                                    facts.serial,
                                    "0",
                                    "",
                                    ""};
      static_assert(std::size(values) == std::size(fields));
      for (const auto at : chosen)
        page.add_value(values[at]);
    }
    page.set_rows(static_cast<std::uint32_t>(events->size()));
    if (events->size() == rows) page.set_next(events->back().index);
    return {};
  }

  // ---- OPTIONS

  Checked<std::string> option_value(const OptionSpec& spec) {
    if (spec.kind == OptionSpec::Kind::fact) {
      if (spec.name == "UserCount") {
        const auto users = store.count(*storage::find_table("user"), {});
        if (!users) return store_trouble(users.error());
        return std::to_string(*users);
      }
      if (spec.name == "TransactionCount") return std::to_string(journal.stored());
      auto value = fact(facts, spec.name);
      return value.empty() ? std::string(spec.fallback) : value;
    }
    if (spec.kind == OptionSpec::Kind::secret && role != pb::ROLE_PUSH) return std::string();
    auto kept = store.option(spec.name);
    if (!kept) return store_trouble(kept.error());
    return kept->value_or(std::string(spec.fallback));
  }

  void answer(std::string name, std::string value, bool known) {
    auto& option = *outcome.reply.mutable_options()->add_option();
    option.set_name(std::move(name));
    option.set_value(std::move(value));
    option.set_known(known);
  }

  Checked<void> get_options(const pb::GetOptions& request) {
    for (const auto& spec : option_specs()) {
      if (request.name_size() != 0 || !spec.uploaded) continue;
      auto value = option_value(spec);
      if (!value) return tl::unexpected(value.error());
      answer(std::string(spec.name), *std::move(value), true);
    }
    for (const auto& name : request.name()) {
      if (const auto door = parse_door_option(name); door && door->door <= facts.layout.doors) {
        const auto parameters =
            door_parameters(store, DoorId{static_cast<std::uint8_t>(door->door)});
        if (!parameters) return store_trouble(parameters.error());
        const bool secret = door->parameter->name.find("PassWord") != std::string_view::npos;
        answer(name,
               secret && role != pb::ROLE_PUSH ? "" : parameter_text(*parameters, *door->parameter),
               true);
      } else if (const auto* spec = find_option(name)) {
        auto value = option_value(*spec);
        if (!value) return tl::unexpected(value.error());
        answer(name, *std::move(value), true);
      } else {
        answer(name, "", false);
      }
    }
    return {};
  }

  Checked<void> set_door_option(const DoorOption& option, const std::string& name,
                                const std::string& value) {
    if (option.door < 1 || option.door > facts.layout.doors) {
      return refuse(codes::invalid_options,
                    name + " names a door that this controller does not have.");
    }
    DoorParameters scratch;
    if (!set_parameter(scratch, *option.parameter, value)) {
      return refuse(codes::wrong_parameter,
                    name + " must be " + std::string(option.parameter->range) + ".");
    }
    const auto& table = *storage::find_table("DoorParameters");
    const int columns[] = {table.field("ID"), table.field("Name"), table.field("Value"),
                           table.field("DevID")};
    const auto id = std::to_string(option.door);
    const std::string_view values[] = {id, option.parameter->name, value, own_device};
    if (auto done = store.update(table, columns, values); !done) return store_trouble(done.error());
    return {};
  }

  Checked<void> set_option(const pb::Option& option) {
    const auto* spec = find_option(option.name());
    if (spec == nullptr)
      return refuse(codes::invalid_options, "There is no option \"" + option.name() + "\".");
    if (const auto complaint = option_complaint(*spec, option.value()); !complaint.empty()) {
      const bool fixed = spec->kind == OptionSpec::Kind::fact;
      return refuse(fixed ? codes::invalid_options : codes::wrong_parameter,
                    option.name() + " must " + complaint + ".");
    }
    if (spec->kind == OptionSpec::Kind::clock) {
      outcome.effects.utc = parse_utc(option.value());
      return {};
    }
    if (spec->name == "MachineTZ") outcome.effects.zone = parse_zone(option.value());
    if (spec->name == "DelRecord") {
      const auto most = parse_number(option.value()).value_or(limits::events_dropped_at_once);
      journal.set_capacity({limits::events_max, most});
    }
    if (auto done = store.set_option(spec->name, option.value()); !done)
      return store_trouble(done.error());
    return {};
  }

  Checked<void> set_options(const pb::SetOptions& request) {
    if (request.option_size() == 0) return refuse(codes::invalid_options, "No option was named.");
    bool doors = false;
    for (const auto& option : request.option()) {
      if (const auto door = parse_door_option(option.name())) {
        doors = true;
        if (auto done = set_door_option(*door, option.name(), option.value()); !done) return done;
      } else if (auto done = set_option(option); !done) {
        return done;
      }
    }
    outcome.effects.options = true;
    if (doors) {
      const auto& table = *storage::find_table("DoorParameters");
      if (auto done = reload(table, store, facts.layout, outcome.effects); !done)
        return store_trouble(done.error());
    }
    return {};
  }

  Checked<void> set_time(const pb::SetTime& request) {
    outcome.effects.utc = std::chrono::sys_seconds(std::chrono::seconds(request.utc_seconds()));
    if (!request.has_zone()) return {};
    const std::chrono::minutes zone(request.zone_minutes());
    if (zone.count() < -14 * 60 || zone.count() > 14 * 60) {
      return refuse(codes::wrong_parameter, "The time zone must lie within 14 hours of UTC.");
    }
    // The zone that was set for this box (MachineTZ) wins over the server's own.
    const auto own = store.option("MachineTZ");
    if (!own) return store_trouble(own.error());
    if (!own->value_or("").empty()) return {};
    outcome.effects.zone = zone;
    if (auto done = store.set_option("ServerTZ", zone_text(zone)); !done)
      return store_trouble(done.error());
    return {};
  }

  // ---- the journal, and commands

  Checked<void> pull_events(const pb::PullEvents& request) {
    const std::size_t most = std::clamp<std::size_t>(request.most(), 1, 1'000);
    const auto events =
        request.newest() ? journal.newest(most) : journal.read(request.after(), most);
    if (!events) return store_trouble(events.error());
    auto& out = *outcome.reply.mutable_events();
    for (const auto& stored : *events)
      fill(*out.add_event(), stored);
    out.set_last_index(journal.last_index());
    out.set_confirmed(journal.confirmed());
    return {};
  }

  Checked<void> confirm_events(const pb::ConfirmEvents& request) {
    if (auto done = journal.confirm(request.through()); !done) return store_trouble(done.error());
    return {};
  }

  Checked<void> control(const pb::Control& request) {
    const bool aux = request.verb() == pb::Control::AUX_OUTPUT;
    const unsigned most = aux ? facts.layout.aux_outputs : facts.layout.doors;
    if (!pb::Control::Verb_IsValid(request.verb()) || request.verb() == pb::Control::NONE) {
      return refuse(codes::wrong_parameter, "There is no such control command.");
    }
    if (request.verb() != pb::Control::RESTART && request.place() > most) {
      return refuse(codes::wrong_parameter, std::string(aux ? "Auxiliary output " : "Door ") +
                                                std::to_string(request.place()) +
                                                " does not exist; there are " +
                                                std::to_string(most) + ".");
    }
    outcome.control = request;
    return {};
  }

  // ---- all of them

  const pb::CommandKey* key_of(const pb::Request& request) const {
    const pb::CommandKey* key = nullptr;
    if (request.has_update()) key = &request.update().command();
    if (request.has_delete_()) key = &request.delete_().command();
    if (request.has_set_options()) key = &request.set_options().command();
    if (request.has_control()) key = &request.control().command();
    if (request.has_set_time()) key = &request.set_time().command();
    return key != nullptr && !key->id().empty() ? key : nullptr;
  }

  // True: the same command came before, and the reply is its result.
  Checked<bool> answered_before(const pb::CommandKey& key) {
    const auto since = (utc - same_command_window).time_since_epoch().count();
    const auto found = store.find_command(key.id(), key.digest(), since);
    if (!found) return store_trouble(found.error());
    if (!*found) return false;
    if (!(*found)->finished) {
      return refuse(codes::execution_error,
                    "This command was taken before, and whether it was carried out is unknown; it "
                    "is not repeated.");
    }
    outcome.reply.set_code((*found)->result);
    return true;
  }

  Checked<void> dispatch(const pb::Request& request) {
    switch (request.body_case()) {
      case Body::kUpdate:
        return update(request.update());
      case Body::kDelete:
        return erase(request.delete_());
      case Body::kCount:
        return count(request.count());
      case Body::kQuery:
        return query(request.query());
      case Body::kSetOptions:
        return set_options(request.set_options());
      case Body::kGetOptions:
        return get_options(request.get_options());
      case Body::kControl:
        return control(request.control());
      case Body::kSetTime:
        return set_time(request.set_time());
      case Body::kPullEvents:
        return pull_events(request.pull_events());
      case Body::kConfirmEvents:
        return confirm_events(request.confirm_events());
      default:
        return refuse(codes::wrong_parameter,
                      "This request is not one about rows, options or records.");
    }
  }

  Checked<void> run(const pb::Request& request) {
    const auto* key = key_of(request);
    if (key != nullptr) {
      const auto before = answered_before(*key);
      if (!before) return tl::unexpected(before.error());
      if (*before) return {};
    }
    if (auto done = dispatch(request); !done) return done;
    if (key == nullptr) return {};
    const storage::ExecutedCommand taken{key->id(), key->digest(), utc.time_since_epoch().count(),
                                         0, !outcome.control.has_value()};
    if (auto kept = store.remember_command(taken); !kept) return store_trouble(kept.error());
    return {};
  }
};

Result<Gate::Outcome> Gate::execute(pb::Role role, const std::string& text,
                                    std::chrono::sys_seconds utc, Store& store,
                                    EventJournal& journal) const {
  Errand errand{facts_, role, utc, store, journal};
  pb::Request request;
  Checked<void> done;
  if (!request.ParseFromString(text)) {
    done = refuse(codes::wrong_format, "The request cannot be read.");
  } else if (!allowed(role, request.body_case())) {
    done = refuse(codes::unauthorized, "This program may not ask for that.");
  } else {
    done = errand.run(request);
  }
  if (!done) {
    errand.outcome = Outcome{};
    errand.outcome.reply.set_code(done.error().code);
    errand.outcome.reply.set_error(std::move(done.error().text));
  }
  return std::move(errand.outcome);
}

Result<void> Gate::finish(const pb::CommandKey& command, std::int32_t result,
                          std::chrono::sys_seconds utc, Store& store) {
  return store.remember_command(
      {command.id(), command.digest(), utc.time_since_epoch().count(), result, true});
}

}  // namespace lintel::daemon
