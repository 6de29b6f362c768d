// RAUC on the bus.
#include "engine/base/log.h"
#include "rootfs/system/bus.h"

namespace lintel::helper {
namespace {

const BusObject rauc = {"de.pengutronix.rauc", "/", "de.pengutronix.rauc.Installer"};
constexpr std::chrono::seconds inspected_within{25};

// Walks through a{sv} or a{ss}-like dictionaries: `each` reads or skips the value, which `type` is
// of.
template <class Each>
bool for_each_entry(sd_bus_message* message, const char* entry, const char* value, Each each) {
  if (sd_bus_message_enter_container(message, 'a', entry) <= 0) return false;
  while (sd_bus_message_enter_container(message, 'e', std::string(entry + 1, 2).c_str()) > 0) {
    const char* key = nullptr;
    if (sd_bus_message_read(message, "s", &key) <= 0) return false;
    if (!each(std::string(key)) && sd_bus_message_skip(message, value) < 0) return false;
    if (sd_bus_message_exit_container(message) < 0) return false;
  }
  return sd_bus_message_exit_container(message) >= 0;
}

bool read_variant(sd_bus_message* message, std::string& into) {
  const char* text = nullptr;
  if (sd_bus_message_read(message, "v", "s", &text) <= 0) return false;
  into = text;
  return true;
}

// RAUC puts a group of the manifest into a variant, and that into the dictionary's own.
bool enter_group(sd_bus_message* message, const char* contents) {
  return sd_bus_message_enter_container(message, 'v', "v") > 0 &&
         sd_bus_message_enter_container(message, 'v', contents) > 0;
}
bool exit_group(sd_bus_message* message) {
  return sd_bus_message_exit_container(message) >= 0 && sd_bus_message_exit_container(message) >= 0;
}

// a{sv} of [update]
bool read_update(sd_bus_message* message, Bundle& bundle) {
  if (!enter_group(message, "a{sv}")) return false;
  const bool read = for_each_entry(message, "{sv}", "v", [&](const std::string& key) {
    if (key == "compatible") return read_variant(message, bundle.compatible);
    if (key == "version") return read_variant(message, bundle.version);
    return false;
  });
  return read && exit_group(message);
}

// a{sa{ss}} of [meta.*]
bool read_meta(sd_bus_message* message, Bundle& bundle) {
  if (!enter_group(message, "a{sa{ss}}")) return false;
  if (sd_bus_message_enter_container(message, 'a', "{sa{ss}}") <= 0) return false;
  while (sd_bus_message_enter_container(message, 'e', "sa{ss}") > 0) {
    const char* group = nullptr;
    if (sd_bus_message_read(message, "s", &group) <= 0) return false;
    const bool ours = std::string(group) == "lintel";
    const bool read = for_each_entry(message, "{ss}", "s", [&](const std::string& key) {
      const char* value = nullptr;
      if (sd_bus_message_read(message, "s", &value) <= 0) return false;
      if (ours && key == "allow-older") bundle.allow_older = std::string(value) == "true";
      return true;
    });
    if (!read || sd_bus_message_exit_container(message) < 0) return false;
  }
  return sd_bus_message_exit_container(message) >= 0 && exit_group(message);
}

bool read_info(sd_bus_message* message, Bundle& bundle) {
  return for_each_entry(message, "{sv}", "v", [&](const std::string& key) {
    if (key == "update") return read_update(message, bundle);
    if (key == "meta") return read_meta(message, bundle);
    return false;
  });
}

}  // namespace

BusInstaller::BusInstaller(Bus& bus) : bus_(bus) {
  on_completed_ = [this](sd_bus_message* message) {
    int result = -1;
    if (sd_bus_message_read(message, "i", &result) < 0) result = -1;
    completed_ = result;
  };
  auto slot = bus_.on_signal(rauc, "Completed", on_completed_);
  if (slot) {
    slot_ = *std::move(slot);
  } else {
    log_error("installer", slot.error().text);
  }
}

bool BusInstaller::is_there() {
  return bus_.has_name(rauc.service);
}

Result<std::string> BusInstaller::compatible() {
  return bus_.text_property(rauc, "Compatible");
}

Result<Bundle> BusInstaller::inspect(const std::string& file) {
  auto answer = bus_.call(
      rauc, "InspectBundle",
      [&](sd_bus_message* message) {
        const int appended = sd_bus_message_append(message, "s", file.c_str());
        return appended < 0 ? appended : sd_bus_message_append(message, "a{sv}", 0);
      },
      inspected_within);
  if (!answer) {
    auto error = std::move(answer).error();
    // Every failure of RAUC's own comes under one name. That it is busy passes; all others are the
    // bundle's fault.
    const bool busy = error.text.find("lready processing") != std::string::npos;
    if (error.code == Errc::io) error.code = busy ? Errc::busy : Errc::refused;
    return fail(std::move(error));
  }
  Bundle bundle;
  if (!read_info(answer->get(), bundle))
    return fail(Errc::io, "what the installer says of the bundle is not understood");
  return bundle;
}

Result<void> BusInstaller::install(const std::string& file) {
  completed_.reset();
  auto answer = bus_.call(rauc, "InstallBundle", [&](sd_bus_message* message) {
    const int appended = sd_bus_message_append(message, "s", file.c_str());
    return appended < 0 ? appended : sd_bus_message_append(message, "a{sv}", 0);
  });
  if (!answer) return fail(std::move(answer).error());
  return {};
}

std::optional<Result<void>> BusInstaller::ended() {
  const auto result = std::exchange(completed_, std::nullopt);
  if (!result) return std::nullopt;
  if (*result == 0) return Result<void>{};
  const auto words = bus_.text_property(rauc, "LastError");
  return fail(Errc::io, words && !words->empty() ? *words : "the installer does not say why");
}

Result<bool> BusInstaller::installing() {
  auto operation = bus_.text_property(rauc, "Operation");
  if (!operation) return fail(std::move(operation).error());
  return *operation == "installing";
}

std::string BusInstaller::progress() {
  auto answer = bus_.property(rauc, "Progress", "(isi)");
  std::int32_t per_cent = 0, depth = 0;
  const char* words = nullptr;
  if (!answer || sd_bus_message_read(answer->get(), "(isi)", &per_cent, &words, &depth) <= 0)
    return {};
  return std::to_string(per_cent) + " %: " + words;
}

// Of the root file systems, the one in this state: "booted" or "inactive".
Result<BusInstaller::Slot> BusInstaller::slot_with(const std::string& state) {
  auto answer = bus_.call(rauc, "GetSlotStatus");
  if (!answer) return fail(std::move(answer).error());
  auto* message = answer->get();
  const auto unread = fail(Errc::io, "what the installer says of the slots is not understood");
  if (sd_bus_message_enter_container(message, 'a', "(sa{sv})") <= 0) return unread;
  while (sd_bus_message_enter_container(message, 'r', "sa{sv}") > 0) {
    Slot slot;
    const char* name = nullptr;
    if (sd_bus_message_read(message, "s", &name) <= 0) return unread;
    const bool read = for_each_entry(message, "{sv}", "v", [&](const std::string& key) {
      if (key == "class") return read_variant(message, slot.type);
      if (key == "state") return read_variant(message, slot.state);
      if (key == "boot-status") return read_variant(message, slot.boot);
      if (key == "bundle.version") return read_variant(message, slot.version);
      return false;
    });
    if (!read || sd_bus_message_exit_container(message) < 0) return unread;
    if (slot.type == "rootfs" && slot.state == state) return slot;
  }
  return fail(Errc::not_found, "the installer knows no slot that is " + state);
}

Result<std::string> BusInstaller::installed_version() {
  auto slot = slot_with("inactive");
  if (!slot) return fail(std::move(slot).error());
  return slot->version;
}

Result<bool> BusInstaller::slot_is_good() {
  auto slot = slot_with("booted");
  if (!slot) return fail(std::move(slot).error());
  return slot->boot == "good";
}

Result<void> BusInstaller::mark(const char* how, const char* slot) {
  auto answer = bus_.call(rauc, "Mark", [&](sd_bus_message* message) {
    return sd_bus_message_append(message, "ss", how, slot);
  });
  if (!answer) return fail(std::move(answer).error());
  return {};
}

Result<void> BusInstaller::mark_good() {
  return mark("good", "booted");
}

Result<void> BusInstaller::mark_other_bad() {
  return mark("bad", "other");
}

}  // namespace lintel::helper
