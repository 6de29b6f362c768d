#include "web/views.h"

#include "web/json.h"

namespace lintel::web {
namespace {

constexpr std::uint32_t not_registered = 27;

std::string doors_json(const pb::Status& status) {
  JsonArray doors;
  for (const auto& door : status.door()) {
    doors.json(JsonObject()
                   .number("id", door.id())
                   .number("sensor", door.sensor())
                   .flag("released", door.released())
                   .flag("normal_open", door.normal_open())
                   .flag("locked", door.locked())
                   .flag("locked_down", door.locked_down())
                   .flag("fire", door.fire())
                   .flag("emergency_open", door.emergency_open())
                   .flag("enabled", door.enabled())
                   .number("alarms", door.alarms())
                   .str());
  }
  return doors.str();
}

template <class Lines>
std::string lines_json(const Lines& lines) {
  JsonArray array;
  for (const auto& line : lines)
    array.json(JsonObject().text("name", line.name()).text("level", line.level()).str());
  return array.str();
}

std::string readers_json(const pb::Status& status) {
  JsonArray readers;
  for (const auto& reader : status.reader()) {
    readers.json(JsonObject()
                     .number("id", reader.id())
                     .number("frames", reader.frames())
                     .number("bad_frames", reader.bad_frames())
                     .number("noise", reader.noise())
                     .str());
  }
  return readers.str();
}

std::string server_json(const pb::ServerLink& link) {
  return JsonObject()
      .text("server", link.server())
      .text("state", link.state())
      .flag("online", link.online())
      .signed_number("since_utc", link.since_utc())
      .text("last_error", link.last_error())
      .text("server_version", link.server_version())
      .number("queued_events", link.queued_events())
      .str();
}

// What is not known is null.
std::string machine_json(const pb::Machine& machine) {
  const auto number = [](bool known, std::int64_t value) {
    return known ? std::to_string(value) : std::string("null");
  };
  const auto flag = [](bool known, bool value) {
    return known ? (value ? "true" : "false") : "null";
  };
  return JsonObject()
      .text("slot", machine.slot())
      .text("version", machine.version())
      .json("good", flag(machine.has_good(), machine.good()))
      .json("synchronised", flag(machine.has_synchronised(), machine.synchronised()))
      .json("temperature", number(machine.has_temperature(), machine.temperature()))
      .json("storage_used",
            number(machine.has_storage_used(), static_cast<std::int64_t>(machine.storage_used())))
      .json("storage_size",
            number(machine.has_storage_size(), static_cast<std::int64_t>(machine.storage_size())))
      .json("storage_life", number(machine.has_storage_life(), machine.storage_life()))
      .text("update", machine.update())
      .text("address", machine.address())
      .text("uplink", machine.uplink())
      .text("wifi", machine.wifi())
      .str();
}

std::string engine_json(const EngineLink& link) {
  return JsonObject()
      .flag("answers", link.answers)
      .text("last_heard", link.last_heard)
      .text("error", link.error)
      .str();
}

}  // namespace

std::string to_json(const EngineLink& link, const pb::Status* status) {
  JsonObject object;
  object.json("engine", engine_json(link));
  if (status == nullptr) return object.str();
  return object.text("serial", status->serial())
      .text("version", status->version())
      .text("board", status->board())
      .text("time", status->time())
      .number("time_second", status->time_second())
      .flag("time_trusted", status->time_trusted())
      .signed_number("zone_minutes", status->zone_minutes())
      .number("uptime_seconds", status->uptime_seconds())
      .json("door", doors_json(*status))
      .json("input", lines_json(status->input()))
      .json("output", lines_json(status->output()))
      .json("reader", readers_json(*status))
      .json("link", server_json(status->link()))
      .number("users", status->users())
      .number("cards", status->cards())
      .number("privileges", status->privileges())
      .number("events_stored", status->events_stored())
      .number("events_capacity", status->events_capacity())
      .number("last_event", status->last_event())
      .number("confirmed_event", status->confirmed_event())
      .number("lost_events", status->lost_events())
      .text("trouble", status->trouble())
      .text("warning", status->warning())
      .json("machine", status->has_machine() ? machine_json(status->machine()) : "null")
      .str();
}

std::string to_json(const pb::StoredEvent& event) {
  JsonObject object;
  object.number("index", event.index())
      .number("code", event.code())
      .text("time", event.time())
      .text("pin", event.pin())
      .number("address", event.address())
      .number("way", event.way())
      .number("verify", event.verify())
      .text("what", event.what())
      .text("why", event.why())
      .text("reason", event.reason())
      .number("link", event.link());
  // As text: JavaScript's numbers cannot hold 64 bits.
  if (event.code() == not_registered && event.card() != 0)
    object.text("card", std::to_string(event.card()));
  return object.str();
}

std::string to_json(const pb::Events& events) {
  JsonArray array;
  for (const auto& event : events.event())
    array.json(to_json(event));
  return JsonObject()
      .json("event", array.str())
      .number("last_index", events.last_index())
      .number("confirmed", events.confirmed())
      .str();
}

}  // namespace lintel::web
