// What the tables and options of rules say, read whole: few rows, which change seldom.
#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/daemon/calendar_rows.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/effects.h"
#include "engine/daemon/rule_rows.h"

namespace lintel::daemon {
namespace {

using storage::Store;
using Values = std::span<const std::string_view>;

// Shows every row of the table. A row whose values make no sense is logged and passed over.
template <class Take>
Result<void> each_row(Store& store, std::string_view name, Take take) {
  const auto* table = storage::find_table(name);
  DOOR_CHECK(table != nullptr);
  NamedRow row(table->fields.size());
  auto read = store.query(*table, {}, 0, [&](std::uint64_t, Values values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      row[i] = {table->fields[i].name, values[i]};
    if (const Result<void> taken = take(row); !taken)
      log_error("engine", "a row of " + std::string(name) + " is left out: " + taken.error().text);
    return true;
  });
  if (!read) return fail(std::move(read).error().during("read table " + std::string(name)));
  return {};
}

// A number of the options; nothing where none is set.
Result<std::optional<std::uint64_t>> number_option(Store& store, std::string_view name) {
  const auto value = store.option(name);
  if (!value) return fail(value.error());
  return parse_number(value->value_or(""));
}

// 196 stands in appendix 8 where the sum of doors 3 and 4 is 192.
constexpr std::uint64_t odd_sum = 196, true_sum = 192;

Result<void> take_options(Store& store, Rules& rules) {
  const auto passback = number_option(store, "AntiPassback");
  if (!passback) return fail(passback.error());
  const auto interlock = number_option(store, "InterLock");
  if (!interlock) return fail(interlock.error());
  const auto fire = number_option(store, "fireAlarmType");
  if (!fire) return fail(fire.error());
  const auto fire_mode = number_option(store, "fireAlarmInputMode");
  if (!fire_mode) return fail(fire_mode.error());
  const auto fire_resistor = number_option(store, "fireAlarmSupervisedResistor");
  if (!fire_resistor) return fail(fire_resistor.error());

  const auto value = passback->value_or(0) == odd_sum ? true_sum : passback->value_or(0);
  if (value <= 255 && is_anti_passback_value(static_cast<std::uint32_t>(value)))
    rules.anti_passback = static_cast<std::uint8_t>(value);
  const auto group = interlock->value_or(0);
  if (group <= 255 && is_interlock_value(static_cast<std::uint32_t>(group)))
    rules.interlock = static_cast<std::uint8_t>(group);
  rules.fire.used = fire->value_or(1) != 0;
  rules.fire.supervised = fire_mode->value_or(0) == 1;
  rules.fire.resistor =
      static_cast<std::uint8_t>(std::clamp<std::uint64_t>(fire_resistor->value_or(1), 1, 4));
  return {};
}

}  // namespace

Result<Rules> stored_rules(Store& store, const Facts& facts) {
  Rules rules;
  for (const auto proof : facts.reader_proofs)
    rules.readers.emplace_back().proof = proof;
  if (auto taken = take_options(store, rules); !taken) return fail(std::move(taken).error());
  for (const auto& table : rule_tables()) {
    auto read = each_row(store, table.name,
                         [&](const NamedRow& row) { return table.take(row, facts.layout, rules); });
    if (!read) return fail(std::move(read).error());
  }
  return rules;
}

Result<std::optional<hal::TimeZone>> stored_zone(Store& store) {
  std::optional<std::chrono::minutes> standard;
  for (const auto* name : {"MachineTZ", "ServerTZ"}) {
    const auto zone = store.option(name);
    if (!zone) return fail(zone.error());
    if (!standard) standard = parse_zone(zone->value_or(""));
  }
  if (!standard) return std::nullopt;
  hal::TimeZone zone(*standard);
  const auto summer = number_option(store, "DSTOn");
  if (!summer) return fail(summer.error());
  if (summer->value_or(0) != 1) return zone;
  auto read = each_row(store, "DSTSetting", [&](const NamedRow& row) -> Result<void> {
    const auto rule = summer_time_from(row);
    if (!rule) return fail(rule.error());
    zone.add(*rule);
    return {};
  });
  if (!read) return fail(std::move(read).error());
  return zone;
}

}  // namespace lintel::daemon
