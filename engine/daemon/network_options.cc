#include "engine/daemon/network_options.h"

#include <algorithm>

#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

// Kept beside the server's options; no option of the protocol, so no server reads or sets it.
constexpr std::string_view kept_option = "lintel.network_before";

enum Index : std::size_t { address, netmask, gateway, server, port, wifi_name, wifi_key, uplink };

std::size_t index_of(std::string_view name) {
  const auto found = std::find_if(network_option_names.begin(), network_option_names.end(),
                                  [&](std::string_view known) { return same_name(known, name); });
  return static_cast<std::size_t>(found - network_option_names.begin());
}

std::string_view uplink_text(NetworkWish::Uplink of) {
  constexpr std::string_view words[] = {"wired", "wifi", "mobile"};
  return words[static_cast<std::size_t>(of)];
}

std::string text_of(const KeptNetwork& kept) {
  std::string text = "change=" + std::to_string(kept.change) + "\nopen=" + (kept.open ? "1" : "0") +
                     "\nreversible=" + (kept.reversible ? "1" : "0") + "\n";
  for (std::size_t at = 0; at < network_option_names.size(); ++at)
    text += std::string(network_option_names[at]) + "=" + kept.before[at] + "\n";
  return text;
}

// Our own writing; a line that makes no sense is one of another version, and is passed over.
KeptNetwork kept_from(std::string_view text) {
  KeptNetwork kept;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(line.find('='), line.size());
    const auto name = line.substr(0, equals);
    const auto value = line.substr(std::min(equals + 1, line.size()));
    if (name == "change") kept.change = parse_number(value).value_or(0);
    if (name == "open") kept.open = value == "1";
    if (name == "reversible") kept.reversible = value == "1";
    if (const auto at = index_of(name); at < kept.before.size()) kept.before[at] = value;
  }
  return kept;
}

// Who asks for something that this controller cannot have is told so before it is stored.
Checked<void> check_ability(const SystemView& system, std::size_t option) {
  const bool of_wifi = option == wifi_name || option == wifi_key;
  if (option == server || option == port || option == uplink) return {};
  if (of_wifi ? system.wifi : system.network) return {};
  return refuse(codes::cannot_save_parameter,
                std::string(network_option_names[option]) +
                    (of_wifi ? " cannot be set: this controller has no Wi-Fi that it may set up."
                             : " cannot be set: the network of this controller is set up in its "
                               "system, which gives Lintel no say in it."));
}

Result<void> put_back(storage::Store& store, const NetworkSettings& before) {
  for (std::size_t at = 0; at < before.size(); ++at) {
    if (auto set = store.set_option(network_option_names[at], before[at]); !set) return set;
  }
  const auto& table = *storage::find_table("DevParameters");
  const int id = table.field("ID"), name = table.field("Name"), value = table.field("Value");
  std::vector<std::pair<std::string, std::string>> rows;
  auto read = store.query(table, {}, 0, [&](std::uint64_t, std::span<const std::string_view> row) {
    if (is_network_option(row[static_cast<std::size_t>(name)]))
      rows.emplace_back(row[static_cast<std::size_t>(id)], row[static_cast<std::size_t>(name)]);
    return true;
  });
  if (!read) return read;
  const int columns[] = {id, name, value};
  for (const auto& [row_id, row_name] : rows) {
    const std::string_view values[] = {row_id, row_name, before[index_of(row_name)]};
    if (auto set = store.update(table, columns, values); !set) return set;
  }
  return {};
}

}  // namespace

bool is_network_option(std::string_view name) {
  return index_of(name) < network_option_names.size();
}

NetworkWish wish_of(const NetworkSettings& settings) {
  NetworkWish wish;
  wish.address = settings[address];
  wish.netmask = settings[netmask];
  wish.gateway = settings[gateway];
  for (const auto known : {NetworkWish::Uplink::wifi, NetworkWish::Uplink::mobile}) {
    if (settings[uplink] == uplink_text(known)) wish.uplink = known;
  }
  if (wish.uplink != NetworkWish::Uplink::wifi) return wish;
  wish.wifi_name = settings[wifi_name];
  wish.wifi_key = settings[wifi_key];
  return wish;
}

Result<NetworkSettings> network_settings(storage::Store& store) {
  NetworkSettings settings;
  for (std::size_t at = 0; at < settings.size(); ++at) {
    auto value = store.option(network_option_names[at]);
    if (!value) return fail(std::move(value).error());
    settings[at] = (*value).value_or("");
  }
  return settings;
}

Result<KeptNetwork> kept_network(storage::Store& store) {
  const auto text = store.option(kept_option);
  if (!text) return fail(Error(text.error()).during("read what the network was before"));
  return kept_from((*text).value_or(""));
}

Result<void> keep_network(storage::Store& store, const KeptNetwork& kept) {
  return store.set_option(kept_option, text_of(kept));
}

Checked<void> set_network_option(Errand& errand, std::string_view name, std::string_view value) {
  const auto at = index_of(name);
  const auto now = network_settings(errand.store);
  if (!now) return store_trouble(now.error());
  if ((*now)[at] == value) return {};
  if (auto able = check_ability(errand.system, at); !able) return able;
  if (auto set = errand.store.set_option(network_option_names[at], value); !set)
    return store_trouble(set.error());
  auto next = *now;
  next[at] = value;
  const bool moves = wish_of(next) != wish_of(*now);
  if (!moves && at != server && at != port) return {};  // nobody uses it yet

  auto& change = errand.outcome.effects.network;
  auto kept = kept_network(errand.store);
  if (!kept) return store_trouble(kept.error());
  if (!change) {
    ++kept->change;
    if (!kept->open) kept->before = *now;
    kept->open = true;
    change.emplace();
  }
  kept->reversible |= errand.system.has_server;
  change->number = kept->change;
  change->wish = wish_of(next);
  change->before = wish_of(kept->before);
  change->moves = change->moves || moves;
  change->reversible = kept->reversible;
  if (auto keeps = keep_network(errand.store, *kept); !keeps) return store_trouble(keeps.error());
  return {};
}

Checked<void> switch_network(Errand& errand, std::uint32_t way) {
  using Uplink = NetworkWish::Uplink;
  constexpr Uplink target[] = {Uplink::mobile, Uplink::wifi, Uplink::wired, Uplink::wired};
  if (way < 1 || way > std::size(target)) {
    return refuse(
        codes::wrong_parameter,
        "A network switchover is 1, wired to 4G, 2, wired to Wi-Fi, 3, 4G to wired, or 4, "
        "Wi-Fi to wired.");
  }
  const auto to = target[way - 1];
  const bool has = to == Uplink::mobile ? errand.system.mobile
                   : to == Uplink::wifi ? errand.system.wifi
                                        : errand.system.network;
  if (!has) {
    return refuse(codes::unsupported, "This controller has no " + std::string(uplink_text(to)) +
                                          " network that it could switch to.");
  }
  const auto now = network_settings(errand.store);
  if (!now) return store_trouble(now.error());
  if (to == Uplink::wifi && (*now)[wifi_name].empty()) {
    return refuse(
        codes::execution_error,
        "There is no Wi-Fi to switch to; set TempWirelessSSID and TempWirelessKey first.");
  }
  return set_network_option(errand, network_option_names[uplink], uplink_text(to));
}

std::optional<std::string> network_now(const SystemView& system, std::string_view option) {
  if (!system.now) return std::nullopt;
  switch (index_of(option)) {
    case address:
      return system.now->address;
    case netmask:
      return system.now->netmask;
    case gateway:
      return system.now->gateway;
    default:
      return std::nullopt;
  }
}

Result<void> close_network_change(storage::Store& store, std::uint64_t change) {
  auto kept = kept_network(store);
  if (!kept) return fail(std::move(kept).error());
  if (kept->change != change) return {};
  // What was before need not lie about any longer: it may hold a key.
  return keep_network(store, {change, false, false, {}});
}

Result<bool> restore_network(storage::Store& store, std::uint64_t change) {
  auto kept = kept_network(store);
  if (!kept) return fail(std::move(kept).error());
  if (!kept->open || kept->change != change) return false;
  if (auto back = put_back(store, kept->before); !back) return fail(std::move(back).error());
  if (auto closed = close_network_change(store, change); !closed)
    return fail(std::move(closed).error());
  return true;
}

}  // namespace lintel::daemon
