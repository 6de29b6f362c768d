// GET OPTIONS, SET OPTIONS and the clock.
#include <algorithm>

#include "engine/core/limits.h"
#include "engine/daemon/conversion.h"
#include "engine/daemon/errand.h"
#include "engine/daemon/network_options.h"
#include "engine/daemon/option_catalogue.h"

namespace lintel::daemon {
namespace {

Checked<std::string> option_value(Errand& errand, const OptionSpec& spec) {
  if (spec.kind == OptionSpec::Kind::fact) {
    if (spec.name == "UserCount") {
      const auto users = errand.store.count(*storage::find_table("user"), {});
      if (!users) return store_trouble(users.error());
      return std::to_string(*users);
    }
    if (spec.name == "TransactionCount") return std::to_string(errand.journal.stored());
    auto value = fact(errand.facts, spec.name);
    return value.empty() ? std::string(spec.fallback) : value;
  }
  if (spec.kind == OptionSpec::Kind::secret && errand.role != pb::ROLE_PUSH) return std::string();
  if (auto now = network_now(errand.system, spec.name)) return *std::move(now);
  auto kept = errand.store.option(spec.name);
  if (!kept) return store_trouble(kept.error());
  return kept->value_or(std::string(spec.fallback));
}

void answer(Errand& errand, std::string name, std::string value, bool known) {
  auto& option = *errand.outcome.reply.mutable_options()->add_option();
  option.set_name(std::move(name));
  option.set_value(std::move(value));
  option.set_known(known);
}

Checked<void> set_door_option(Errand& errand, const DoorOption& option, const std::string& name,
                              const std::string& value) {
  if (option.door < 1 || option.door > errand.facts.layout.doors) {
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
  if (auto done = errand.store.update(table, columns, values); !done)
    return store_trouble(done.error());
  return {};
}

}  // namespace

Checked<void> get_options(Errand& errand, const pb::GetOptions& request) {
  for (const auto& spec : option_specs()) {
    if (request.name_size() != 0 || !spec.uploaded) continue;
    auto value = option_value(errand, spec);
    if (!value) return tl::unexpected(value.error());
    answer(errand, std::string(spec.name), *std::move(value), true);
  }
  for (const auto& name : request.name()) {
    if (const auto door = parse_door_option(name);
        door && door->door <= errand.facts.layout.doors) {
      const auto parameters =
          door_parameters(errand.store, DoorId{static_cast<std::uint8_t>(door->door)});
      if (!parameters) return store_trouble(parameters.error());
      const bool secret = door->parameter->name.find("PassWord") != std::string_view::npos;
      answer(errand, name,
             secret && errand.role != pb::ROLE_PUSH ? ""
                                                    : parameter_text(*parameters, *door->parameter),
             true);
    } else if (const auto* spec = find_option(name)) {
      auto value = option_value(errand, *spec);
      if (!value) return tl::unexpected(value.error());
      answer(errand, name, *std::move(value), true);
    } else {
      answer(errand, name, "", false);
    }
  }
  return {};
}

Checked<void> set_option(Errand& errand, std::string_view name, std::string_view value) {
  const auto* spec = find_option(name);
  if (spec == nullptr)
    return refuse(codes::invalid_options, "There is no option \"" + std::string(name) + "\".");
  if (const auto complaint = option_complaint(*spec, value); !complaint.empty()) {
    const bool fixed = spec->kind == OptionSpec::Kind::fact;
    return refuse(fixed ? codes::invalid_options : codes::wrong_parameter,
                  std::string(name) + " must " + complaint + ".");
  }
  auto& effects = errand.outcome.effects;
  effects.options = true;
  if (spec->kind == OptionSpec::Kind::clock) {
    effects.utc = parse_utc(value);
    return {};
  }
  if (is_network_option(spec->name)) return set_network_option(errand, spec->name, value);
  if (spec->name == "DelRecord") {
    const auto most = parse_number(value).value_or(limits::events_dropped_at_once);
    errand.journal.set_capacity({limits::events_max, most});
  }
  if (auto done = errand.store.set_option(spec->name, value); !done)
    return store_trouble(done.error());
  if (auto done = reload_for_option(spec->name, errand.store, errand.facts, effects); !done)
    return store_trouble(done.error());
  return {};
}

Checked<void> set_options(Errand& errand, const pb::SetOptions& request) {
  if (request.option_size() == 0) return refuse(codes::invalid_options, "No option was named.");
  bool doors = false;
  for (const auto& option : request.option()) {
    if (const auto door = parse_door_option(option.name())) {
      doors = true;
      if (auto done = set_door_option(errand, *door, option.name(), option.value()); !done)
        return done;
    } else if (auto done = set_option(errand, option.name(), option.value()); !done) {
      return done;
    }
  }
  errand.outcome.effects.options = true;
  if (doors) {
    const auto& table = *storage::find_table("DoorParameters");
    if (auto done = reload(table, errand.store, errand.facts, errand.outcome.effects); !done)
      return store_trouble(done.error());
  }
  return {};
}

Checked<void> set_time(Errand& errand, const pb::SetTime& request) {
  auto& effects = errand.outcome.effects;
  effects.utc = std::chrono::sys_seconds(std::chrono::seconds(request.utc_seconds()));
  const auto ntp = errand.store.option("NtpFunOn");
  if (!ntp) return store_trouble(ntp.error());
  effects.utc_if_untrusted = ntp->value_or("") == "1";
  if (!request.has_zone()) return {};
  const std::chrono::minutes zone(request.zone_minutes());
  if (zone.count() < -14 * 60 || zone.count() > 14 * 60) {
    return refuse(codes::wrong_parameter, "The time zone must lie within 14 hours of UTC.");
  }
  // The zone that was set for this box (MachineTZ) wins over the server's own.
  const auto own = errand.store.option("MachineTZ");
  if (!own) return store_trouble(own.error());
  if (!own->value_or("").empty()) return {};
  if (auto done = errand.store.set_option("ServerTZ", zone_text(zone)); !done)
    return store_trouble(done.error());
  if (auto done = reload_for_option("ServerTZ", errand.store, errand.facts, effects); !done)
    return store_trouble(done.error());
  return {};
}

}  // namespace lintel::daemon
