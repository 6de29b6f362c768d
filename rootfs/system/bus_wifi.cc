// wpa_supplicant on the bus. The key goes to it in a message and into no file.
#include <algorithm>
#include <cstdio>

#include "engine/base/log.h"
#include "rootfs/system/bus.h"

namespace lintel::helper {
namespace {

const BusObject supplicant = {"fi.w1.wpa_supplicant1", "/fi/w1/wpa_supplicant1",
                              "fi.w1.wpa_supplicant1"};
constexpr std::size_t looked_at_max = 256;  // networks of one scan

BusObject interface_at(const std::string& path) {
  return {supplicant.service, path, "fi.w1.wpa_supplicant1.Interface"};
}

std::string object_path(sd_bus_message* message) {
  const char* path = nullptr;
  return sd_bus_message_read(message, "o", &path) > 0 ? std::string(path) : std::string();
}

// {sv} with the bytes of a text, which need not be text at all.
int append_bytes(sd_bus_message* message, const char* key, const std::string& bytes) {
  int done = sd_bus_message_open_container(message, 'e', "sv");
  if (done >= 0) done = sd_bus_message_append(message, "s", key);
  if (done >= 0) done = sd_bus_message_open_container(message, 'v', "ay");
  if (done >= 0) done = sd_bus_message_append_array(message, 'y', bytes.data(), bytes.size());
  if (done >= 0) done = sd_bus_message_close_container(message);
  return done >= 0 ? sd_bus_message_close_container(message) : done;
}

int append_text(sd_bus_message* message, const char* key, const char* value) {
  return sd_bus_message_append(message, "{sv}", key, "s", value);
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  return bytes;
}

// One network's block. Sixty-four hexadecimal digits are the key itself, anything shorter what it
// is made from.
int append_network(sd_bus_message* message, const std::string& ssid, const std::string& key,
                   const char* key_management) {
  int done = sd_bus_message_open_container(message, 'a', "{sv}");
  if (done >= 0) done = append_bytes(message, "ssid", ssid);
  if (done >= 0) done = append_text(message, "key_mgmt", key_management);
  if (done >= 0 && !key.empty()) {
    done = key.size() == 64 ? append_bytes(message, "psk", from_hex(key))
                            : append_text(message, "psk", key.c_str());
  }
  return done >= 0 ? sd_bus_message_close_container(message) : done;
}

// Does KeyMgmt of a property WPA or RSN name something that holds `word`? Nothing: there is none of
// it at all.
std::optional<bool> names(const Bus& bus, const BusObject& network, const char* property,
                          std::string_view word) {
  auto answer = bus.property(network, property, "a{sv}");
  if (!answer || sd_bus_message_enter_container(answer->get(), 'a', "{sv}") <= 0)
    return std::nullopt;
  std::optional<bool> named;
  while (sd_bus_message_enter_container(answer->get(), 'e', "sv") > 0) {
    const char* key = nullptr;
    if (sd_bus_message_read(answer->get(), "s", &key) <= 0) return named;
    if (std::string_view(key) == "KeyMgmt" &&
        sd_bus_message_enter_container(answer->get(), 'v', "as") > 0) {
      if (sd_bus_message_enter_container(answer->get(), 'a', "s") <= 0) return named;
      const char* one = nullptr;
      while (sd_bus_message_read(answer->get(), "s", &one) > 0)
        named = named.value_or(false) || std::string_view(one).find(word) != std::string_view::npos;
      if (sd_bus_message_exit_container(answer->get()) < 0) return named;
      if (sd_bus_message_exit_container(answer->get()) < 0) return named;
    } else if (sd_bus_message_skip(answer->get(), "v") < 0) {
      return named;
    }
    if (sd_bus_message_exit_container(answer->get()) < 0) return named;
  }
  return named;
}

std::string bytes_of(const Bus& bus, const BusObject& object, const char* name) {
  auto answer = bus.property(object, name, "ay");
  const void* data = nullptr;
  std::size_t size = 0;
  if (!answer || sd_bus_message_read_array(answer->get(), 'y', &data, &size) < 0) return {};
  return {static_cast<const char*>(data), size};
}

}  // namespace

BusWifi::BusWifi(Bus& bus) : bus_(bus) {
  on_done_ = [this](sd_bus_message* message) {
    const char* path = sd_bus_message_get_path(message);
    if (path != nullptr && scanning_ == path) done_ = true;
  };
  auto slot =
      bus_.on_signal({supplicant.service, "", interface_at("").interface}, "ScanDone", on_done_);
  if (slot) {
    slot_ = *std::move(slot);
  } else {
    log_error("wifi", slot.error().text);
  }
}

bool BusWifi::is_there() {
  return bus_.has_name(supplicant.service);
}

Result<std::string> BusWifi::path_of(const std::string& interface) {
  auto answer = bus_.call(supplicant, "GetInterface", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "s", interface.c_str());
  });
  if (!answer) return fail(std::move(answer).error());
  return object_path(answer->get());
}

Result<std::string> BusWifi::made(const std::string& interface) {
  if (auto path = path_of(interface); path && !path->empty()) return path;
  auto answer = bus_.call(supplicant, "CreateInterface", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "a{sv}", 1, "Ifname", "s", interface.c_str());
  });
  if (!answer) return fail(std::move(answer).error());
  return object_path(answer->get());
}

bool BusWifi::has(const std::string& interface) {
  return path_of(interface).has_value();
}

Result<void> BusWifi::join(const std::string& interface, const std::string& ssid,
                           const std::string& key) {
  auto path = made(interface);
  if (!path) return fail(std::move(path).error());
  const auto object = interface_at(*path);
  if (auto removed = bus_.call(object, "RemoveAllNetworks"); !removed)
    return fail(std::move(removed).error());
  const auto add = [&](const char* key_management) {
    return bus_.call(object, "AddNetwork", [&](sd_bus_message* message) {
      return append_network(message, ssid, key, key_management);
    });
  };
  auto network = add(key.empty() ? "NONE" : "WPA-PSK SAE");
  // One that was built without SAE does not take the word.
  if (!network && !key.empty()) network = add("WPA-PSK");
  if (!network) return fail(std::move(network).error());
  const auto which = object_path(network->get());
  auto selected = bus_.call(object, "SelectNetwork", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "o", which.c_str());
  });
  if (!selected) return fail(std::move(selected).error());
  return {};
}

Result<void> BusWifi::leave(const std::string& interface) {
  const auto path = path_of(interface);
  if (!path || path->empty()) return {};
  auto removed = bus_.call(supplicant, "RemoveInterface", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "o", path->c_str());
  });
  if (!removed) return fail(std::move(removed).error());
  return {};
}

Result<void> BusWifi::scan(const std::string& interface) {
  auto path = made(interface);
  if (!path) return fail(std::move(path).error());
  scanning_ = *path;
  done_ = false;
  auto begun = bus_.call(interface_at(*path), "Scan", [](sd_bus_message* message) {
    return sd_bus_message_append(message, "a{sv}", 1, "Type", "s", "active");
  });
  if (!begun) return fail(std::move(begun).error());
  return {};
}

std::optional<FoundNetwork> BusWifi::network_at(const std::string& path) {
  const BusObject network = {supplicant.service, path, "fi.w1.wpa_supplicant1.BSS"};
  FoundNetwork found;
  const auto mac = bytes_of(bus_, network, "BSSID");
  if (mac.size() != 6) return std::nullopt;
  for (const char byte : mac) {
    char text[4];
    std::snprintf(text, sizeof(text), "%s%02x", found.mac.empty() ? "" : ":",
                  static_cast<unsigned>(static_cast<unsigned char>(byte)));
    found.mac += text;
  }
  found.ssid = bytes_of(bus_, network, "SSID");
  if (auto signal = bus_.property(network, "Signal", "n")) {
    std::int16_t dbm = 0;
    if (sd_bus_message_read(signal->get(), "n", &dbm) > 0) found.dbm = dbm;
  }
  int locked = 0;
  if (auto privacy = bus_.property(network, "Privacy", "b"))
    sd_bus_message_read(privacy->get(), "b", &locked);
  const auto wpa = names(bus_, network, "WPA", "eap"), rsn = names(bus_, network, "RSN", "eap");
  if (wpa.value_or(false) || rsn.value_or(false)) {
    found.encryption = 5;
  } else if (wpa && rsn) {
    found.encryption = 4;
  } else if (rsn) {
    found.encryption = 3;
  } else if (wpa) {
    found.encryption = 2;
  } else {
    found.encryption = locked != 0 ? 1 : 0;
  }
  return found;
}

std::optional<std::vector<FoundNetwork>> BusWifi::scanned(bool anyway) {
  if (scanning_.empty() || (!done_ && !anyway)) return std::nullopt;
  const auto interface = interface_at(std::exchange(scanning_, {}));
  std::vector<FoundNetwork> found;
  auto answer = bus_.property(interface, "BSSs", "ao");
  if (!answer || sd_bus_message_enter_container(answer->get(), 'a', "o") <= 0) return found;
  std::vector<std::string> paths;
  const char* path = nullptr;
  while (paths.size() < looked_at_max && sd_bus_message_read(answer->get(), "o", &path) > 0)
    paths.emplace_back(path);
  for (const auto& one : paths) {
    if (auto network = network_at(one)) found.push_back(*std::move(network));
  }
  std::sort(found.begin(), found.end(),
            [](const FoundNetwork& a, const FoundNetwork& b) { return a.dbm > b.dbm; });
  return found;
}

}  // namespace lintel::helper
