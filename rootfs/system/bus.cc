#include "rootfs/system/bus.h"

#include <cerrno>
#include <cstring>

#include "engine/base/log.h"

namespace lintel::helper {
namespace {

Error error_of(int negative, const std::string& errand) {
  const auto code = negative == -ETIMEDOUT ? Errc::timeout : Errc::io;
  return {code, errand + ": " + std::strerror(-negative)};
}

Error error_of(const sd_bus_error& error, int negative, const std::string& errand) {
  if (error.name == nullptr) return error_of(negative, errand);
  const std::string name = error.name;
  const bool gone = name == SD_BUS_ERROR_SERVICE_UNKNOWN || name == SD_BUS_ERROR_NAME_HAS_NO_OWNER;
  const bool late = name == SD_BUS_ERROR_NO_REPLY || name == SD_BUS_ERROR_TIMEOUT;
  return {gone   ? Errc::gone
          : late ? Errc::timeout
                 : Errc::io,
          errand + ": " + (error.message == nullptr ? name : std::string(error.message))};
}

// A bus error, freed with its owner.
struct Trouble {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  Trouble() = default;
  Trouble(const Trouble&) = delete;
  Trouble& operator=(const Trouble&) = delete;
  ~Trouble() { sd_bus_error_free(&error); }
};

const BusObject the_bus = {"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"};

}  // namespace

Result<Bus> Bus::system() {
  sd_bus* bus = nullptr;
  if (const int opened = sd_bus_open_system(&bus); opened < 0)
    return fail(Errc::gone, std::string("open the system bus: ") + std::strerror(-opened));
  return Bus(bus);
}

Result<Bus> Bus::over(int fd) {
  sd_bus* bus = nullptr;
  if (const int made = sd_bus_new(&bus); made < 0) return fail(error_of(made, "make a bus"));
  Bus mine(bus);
  mine.direct_ = true;
  int done = sd_bus_set_fd(bus, fd, fd);
  if (done >= 0) done = sd_bus_start(bus);
  if (done < 0) return fail(error_of(done, "start a bus"));
  return mine;
}

bool Bus::has_name(const std::string& name) const {
  if (direct_) return true;
  for (const auto* member : {"ListNames", "ListActivatableNames"}) {
    auto names = call(the_bus, member);
    if (!names || sd_bus_message_enter_container(names->get(), 'a', "s") < 0) continue;
    const char* one = nullptr;
    while (sd_bus_message_read(names->get(), "s", &one) > 0) {
      if (name == one) return true;
    }
  }
  return false;
}

Result<BusMessage> Bus::call(const BusObject& object, const char* member, const Fill& fill,
                             std::chrono::seconds timeout) const {
  sd_bus_message* made = nullptr;
  const std::string errand = std::string("ask ") + object.interface + "." + member;
  int done = sd_bus_message_new_method_call(bus_.get(), &made, object.service.c_str(),
                                            object.path.c_str(), object.interface.c_str(), member);
  const BusMessage question(made);
  if (done >= 0 && fill) done = fill(made);
  if (done < 0) return fail(error_of(done, errand));
  Trouble trouble;
  sd_bus_message* answer = nullptr;
  const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  done = sd_bus_call(bus_.get(), made, static_cast<std::uint64_t>(wait), &trouble.error, &answer);
  if (done < 0) return fail(error_of(trouble.error, done, errand));
  return BusMessage(answer);
}

Result<BusMessage> Bus::property(const BusObject& object, const char* name,
                                 const char* type) const {
  const BusObject properties = {object.service, object.path, "org.freedesktop.DBus.Properties"};
  auto answer = call(properties, "Get", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", object.interface.c_str(), name);
  });
  if (!answer) return answer;
  const int entered = sd_bus_message_enter_container(answer->get(), 'v', type);
  if (entered <= 0) return fail(Errc::io, object.interface + "." + name + " is of another type");
  return answer;
}

Result<std::string> Bus::text_property(const BusObject& object, const char* name) const {
  auto answer = property(object, name, "s");
  if (!answer) return fail(std::move(answer).error());
  const char* text = nullptr;
  if (sd_bus_message_read(answer->get(), "s", &text) < 0)
    return fail(Errc::io, object.interface + "." + name + " cannot be read");
  return std::string(text);
}

Result<BusSlot> Bus::on_signal(const BusObject& object, const char* member,
                               std::function<void(sd_bus_message*)>& then) const {
  sd_bus_slot* slot = nullptr;
  const auto arrived = [](sd_bus_message* message, void* to, sd_bus_error*) {
    (*static_cast<std::function<void(sd_bus_message*)>*>(to))(message);
    return 0;
  };
  const int added =
      sd_bus_match_signal(bus_.get(), &slot, direct_ ? nullptr : object.service.c_str(),
                          object.path.empty() ? nullptr : object.path.c_str(),
                          object.interface.c_str(), member, arrived, &then);
  if (added < 0)
    return fail(error_of(added, "listen to " + object.interface + "." + std::string(member)));
  return BusSlot(slot);
}

void Bus::process() const {
  while (sd_bus_process(bus_.get(), nullptr) > 0) {
  }
}

// ---- networkd and units

namespace {
const BusObject networkd = {"org.freedesktop.network1", "/org/freedesktop/network1",
                            "org.freedesktop.network1.Manager"};
const BusObject systemd = {"org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                           "org.freedesktop.systemd1.Manager"};

Result<void> nothing_else(Result<BusMessage> answer) {
  if (!answer) return fail(std::move(answer).error());
  return {};
}
}  // namespace

bool BusNetworkd::is_there() {
  return bus_.has_name(networkd.service);
}

Result<void> BusNetworkd::reload() {
  return nothing_else(bus_.call(networkd, "Reload"));
}

Result<void> BusUnits::restart(const std::string& unit) {
  return nothing_else(bus_.call(systemd, "RestartUnit", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", unit.c_str(), "replace");
  }));
}

Result<void> BusUnits::reboot() {
  return nothing_else(bus_.call(systemd, "StartUnit", [](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", "reboot.target", "replace-irreversibly");
  }));
}

}  // namespace lintel::helper
