// The system bus, and the services on it that the helper speaks to. One thread. Signals come in
// when the bus is worked at: by the event loop, or by process().
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rootfs/system/machine.h"

namespace lintel::helper {

// A message or a subscription, let go by its owner.
struct BusUnref {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using BusMessage = std::unique_ptr<sd_bus_message, BusUnref>;
using BusSlot = std::unique_ptr<sd_bus_slot, BusUnref>;

// Who serves an interface, where.
struct BusObject {
  std::string service, path, interface;
};

class Bus {
 public:
  // gone: there is no bus.
  static Result<Bus> system();
  // A connection to one peer alone, without a bus between: in tests.
  static Result<Bus> over(int fd);

  [[nodiscard]] sd_bus* get() const { return bus_.get(); }
  // Is the name served, or can somebody be started for it?
  [[nodiscard]] bool has_name(const std::string& name) const;

  using Fill = std::function<int(sd_bus_message*)>;  // appends the arguments; below 0: failed
  Result<BusMessage> call(const BusObject& object, const char* member, const Fill& fill = {},
                          std::chrono::seconds timeout = std::chrono::seconds(10)) const;
  // The property as a message, its variant entered; nothing is left to do but to read `type`.
  Result<BusMessage> property(const BusObject& object, const char* name, const char* type) const;
  Result<std::string> text_property(const BusObject& object, const char* name) const;
  // `then` gets each signal. From this service only.
  Result<BusSlot> on_signal(const BusObject& object, const char* member,
                            std::function<void(sd_bus_message*)>& then) const;
  // Works off what has come in.
  void process() const;

 private:
  explicit Bus(sd_bus* bus) : bus_(bus) {}
  std::unique_ptr<sd_bus, BusUnref> bus_;
  bool direct_ = false;
};

class BusNetworkd final : public Networkd {
 public:
  explicit BusNetworkd(Bus& bus) : bus_(bus) {}
  [[nodiscard]] bool is_there() override;
  Result<void> reload() override;

 private:
  Bus& bus_;
};

class BusUnits final : public Units {
 public:
  explicit BusUnits(Bus& bus) : bus_(bus) {}
  Result<void> restart(const std::string& unit) override;
  Result<void> reboot() override;

 private:
  Bus& bus_;
};

class BusInstaller final : public Installer {
 public:
  explicit BusInstaller(Bus& bus);
  [[nodiscard]] bool is_there() override;
  Result<std::string> compatible() override;
  Result<Bundle> inspect(const std::string& file) override;
  Result<void> install(const std::string& file) override;
  std::optional<Result<void>> ended() override;
  [[nodiscard]] Result<bool> installing() override;
  [[nodiscard]] std::string progress() override;
  Result<std::string> installed_version() override;
  Result<void> mark_other_bad() override;
  Result<bool> slot_is_good() override;
  Result<void> mark_good() override;

 private:
  struct Slot {
    std::string type, state, boot, version;  // RAUC's class, state, boot-status, bundle.version
  };
  Result<Slot> slot_with(const std::string& state);
  Result<void> mark(const char* how, const char* slot);

  Bus& bus_;
  std::optional<int> completed_;
  std::function<void(sd_bus_message*)> on_completed_;
  BusSlot slot_;
};

class BusWifi final : public Wifi {
 public:
  explicit BusWifi(Bus& bus);
  [[nodiscard]] bool is_there() override;
  Result<void> join(const std::string& interface, const std::string& ssid,
                    const std::string& key) override;
  Result<void> leave(const std::string& interface) override;
  [[nodiscard]] bool has(const std::string& interface) override;
  Result<void> scan(const std::string& interface) override;
  std::optional<std::vector<FoundNetwork>> scanned(bool anyway) override;

 private:
  // Its path on the bus. not_found: wpa_supplicant does not look after it.
  Result<std::string> path_of(const std::string& interface);
  Result<std::string> made(const std::string& interface);
  std::optional<FoundNetwork> network_at(const std::string& path);

  Bus& bus_;
  std::string scanning_;  // the path of the interface that looks around
  bool done_ = false;
  std::function<void(sd_bus_message*)> on_done_;
  BusSlot slot_;
};

}  // namespace lintel::helper
