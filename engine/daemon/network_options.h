// The options that decide how the server is reached, and the row that keeps what they were before a
// change until that has proven itself (network_trial.h). On the storage thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/daemon/errand.h"
#include "engine/daemon/network_trial.h"

namespace lintel::daemon {

// In this order in NetworkSettings. The last is ours: which uplink CONTROL DEVICE 0B has chosen.
inline constexpr std::array<std::string_view, 8> network_option_names = {
    "IPAddress",     "NetMask",          "GATEIPAddress",   "WebServerIP",
    "WebServerPort", "TempWirelessSSID", "TempWirelessKey", "lintel.uplink"};
using NetworkSettings = std::array<std::string, network_option_names.size()>;

bool is_network_option(std::string_view name);
NetworkWish wish_of(const NetworkSettings& settings);
Result<NetworkSettings> network_settings(storage::Store& store);

// What was before the change that is open; of a closed one only the number still counts.
struct KeptNetwork {
  std::uint64_t change = 0;
  bool open = false;
  bool reversible = false;
  NetworkSettings before;
};
Result<KeptNetwork> kept_network(storage::Store& store);
Result<void> keep_network(storage::Store& store, const KeptNetwork& kept);

// One of these options, whose value has been checked. What it means goes into the effects.
Checked<void> set_network_option(Errand& errand, std::string_view name, std::string_view value);
// CONTROL DEVICE 0B: 1 wired to 4G, 2 wired to Wi-Fi, 3 4G to wired, 4 Wi-Fi to wired.
Checked<void> switch_network(Errand& errand, std::uint32_t way);
// What the system says of the option now; nothing: what is stored counts.
std::optional<std::string> network_now(const SystemView& system, std::string_view option);

// ---- of this change, and of no later one that has joined it: then nothing is done
// What was set stays.
Result<void> close_network_change(storage::Store& store, std::uint64_t change);
// Everything is again as it was before, the rows of DevParameters too. Returns whether.
Result<bool> restore_network(storage::Store& store, std::uint64_t change);

}  // namespace lintel::daemon
