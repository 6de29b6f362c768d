#include <chrono>

#include "engine/core/calendar.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

constexpr std::size_t name_width = 10;

void row(std::string_view name, std::string_view text) {
  print(column(name, name_width) + printable(text));
}

std::string join(std::string text, std::string_view more) {
  if (!text.empty()) text += ", ";
  return text += more;
}

std::string uptime_words(std::uint64_t seconds) {
  const auto days = seconds / 86400;
  const std::string hours = std::to_string(seconds / 3600 % 24) + " h " +
                            std::to_string(seconds / 60 % 60) + " min " +
                            std::to_string(seconds % 60) + " s";
  return days == 0 ? hours : counted(days, "day", "days") + " " + hours;
}

std::string zone_words(std::int32_t minutes) {
  const auto size = minutes < 0 ? -minutes : minutes;
  const auto two = [](std::int32_t n) {
    return std::string(n < 10 ? "0" : "") + std::to_string(n);
  };
  return std::string("UTC") + (minutes < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60);
}

std::string alarm_words(std::uint32_t bits) {
  constexpr const char* names[] = {"forced open",        "tamper",        "duress password",
                                   "duress fingerprint", "open too long", "mains power failed",
                                   "battery failed",     "reader tamper"};
  std::string words;
  for (std::size_t bit = 0; bit < std::size(names); ++bit) {
    if ((bits >> bit & 1) != 0) words = join(words, names[bit]);
  }
  return words;
}

std::string door_words(const pb::Door& door) {
  std::string words = door.sensor() == 2   ? "open"
                      : door.sensor() == 1 ? "closed"
                                           : "no door sensor";
  words += door.released() ? ", lock released" : ", lock at rest";
  if (door.fire()) words += ", OPEN FOR FIRE";
  if (door.locked_down()) words += ", LOCKDOWN";
  if (door.emergency_open()) words += ", EMERGENCY OPEN";
  if (door.normal_open()) words += ", normal open";
  if (door.locked()) words += ", locked";
  if (!door.enabled()) words += ", disabled";
  if (door.alarms() != 0) words += "; ALARM: " + alarm_words(door.alarms());
  return words;
}

void tell_server(const pb::Status& status) {
  const auto& link = status.link();
  std::string words = link.state().empty() ? "not known" : link.state();
  if (!link.server().empty()) words = join(words, link.server());
  if (!link.server_version().empty()) words = join(words, "version " + link.server_version());
  if (link.since_utc() > 0) {
    const auto since =
        CivilTime(std::chrono::seconds(link.since_utc() + 60 * status.zone_minutes()));
    words = join(words, "since " + to_text(since));
  }
  row("server", words);
  if (!link.server().empty())
    row("", counted(link.queued_events(), "event", "events") + " waiting to be sent");
  if (!link.last_error().empty()) row("", "last error: " + link.last_error());
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20);
}

// "-3.5 C"
std::string degrees(std::int32_t tenths) {
  const auto size = tenths < 0 ? -tenths : tenths;
  return (tenths < 0 ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10) +
         " C";
}

void tell_machine(const pb::Status& status) {
  if (!status.has_machine()) return;
  const auto& machine = status.machine();
  std::string words;
  if (!machine.version().empty()) words = "image " + machine.version();
  if (!machine.slot().empty()) words = join(words, "slot " + machine.slot());
  if (machine.has_good() && !machine.good()) words = join(words, "on trial");
  if (machine.has_temperature()) words = join(words, degrees(machine.temperature()));
  if (machine.has_synchronised())
    words = join(words, machine.synchronised() ? "clock kept by NTP" : "clock not kept by NTP");
  row("machine", words.empty() ? "not known" : words);
  if (!machine.update().empty()) row("", machine.update());
  std::string network = machine.uplink();
  if (!machine.wifi().empty()) network = join(network, machine.wifi());
  network = join(network, machine.address().empty() ? "no address" : machine.address());
  row("network", network);
  std::string storage;
  if (machine.has_storage_used() && machine.has_storage_size()) {
    storage = mebibytes(machine.storage_used()) + " of " + mebibytes(machine.storage_size()) +
              " MiB in use";
  }
  if (machine.has_storage_life())
    storage = join(storage, std::to_string(machine.storage_life()) + " % of its wear used up");
  if (!storage.empty()) row("storage", storage);
}

void tell_lines(const pb::Status& status) {
  std::string inputs;
  for (const auto& line : status.input()) {
    if (line.level() != "inactive") inputs = join(inputs, line.name() + "=" + line.level());
  }
  std::string outputs;
  for (const auto& line : status.output()) {
    if (line.level() == "on") outputs = join(outputs, line.name());
  }
  row("inputs", inputs.empty() ? "all inactive" : inputs);
  row("outputs", outputs.empty() ? "all off" : outputs + " on");
  for (const auto& reader : status.reader()) {
    if (reader.frames() + reader.bad_frames() + reader.noise() == 0) continue;
    row("reader " + std::to_string(reader.id()),
        counted(reader.frames(), "frame", "frames") + ", " + std::to_string(reader.bad_frames()) +
            " bad, noise " + std::to_string(reader.noise()));
  }
}

}  // namespace

Result<void> tell_status(const std::string& socket) {
  auto client = connect(socket);
  if (!client) return fail(std::move(client).error());
  pb::Request request;
  request.mutable_get_status();
  auto reply = ask(**client, request);
  if (!reply) return fail(std::move(reply).error());
  const pb::Status& status = reply->status();
  row("controller", status.serial() + ", Lintel " + status.version() + ", board " + status.board());
  row("clock",
      status.time() + " " + zone_words(status.zone_minutes()) +
          (status.time_trusted() ? "" : ", NOT TRUSTED: nothing that depends on it is granted"));
  row("running", uptime_words(status.uptime_seconds()));
  row("trouble", status.trouble().empty() ? "none" : status.trouble());
  if (!status.warning().empty()) row("warning", status.warning());
  tell_machine(status);
  for (const auto& door : status.door())
    row("door " + std::to_string(door.id()), door_words(door));
  tell_server(status);
  row("journal", counted(status.events_stored(), "event", "events") + " of " +
                     std::to_string(status.events_capacity()) + ", newest " +
                     std::to_string(status.last_event()) + ", confirmed " +
                     std::to_string(status.confirmed_event()) + ", lost " +
                     std::to_string(status.lost_events()));
  row("people", counted(status.users(), "user", "users") + ", " +
                    counted(status.cards(), "card", "cards") + ", " +
                    counted(status.privileges(), "privilege", "privileges"));
  tell_lines(status);
  return {};
}

}  // namespace lintel::ctl
