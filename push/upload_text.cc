#include "push/upload_text.h"

#include <algorithm>
#include <vector>

#include "push/text.h"

namespace lintel::push {
namespace {

std::string hex_of(const std::vector<unsigned char>& bytes) {
  return hex_upper({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string event_record(const pb::StoredEvent& event, bool with_bits) {
  std::string record = "time=" + one_line(event.time());
  record += "\tpin=" + (event.pin().empty() ? "0" : one_line(event.pin()));
  record += "\tcardno=" + std::to_string(event.card());
  record += "\tsitecode=" + std::to_string(event.site_code());
  record += "\tlinkid=0";
  record += "\teventaddr=" + std::to_string(event.address());
  record += "\tevent=" + std::to_string(event.code());
  record += "\tinoutstatus=" + std::to_string(event.way());
  record += "\tverifytype=" + std::to_string(event.verify());
  record += "\tindex=" + std::to_string(event.index());
  if (with_bits) record += "\tbitCount=" + std::to_string(event.bits());
  return record;
}

// Door 1 lies lowest. Sensor: two bits a door, four doors a byte. Relay: a bit a door, 1 =
// energised, as devices in the field send it (the text has it the other way round). Alarm: two
// digits a door, at least eight doors.
std::string state_of_doors(const pb::Status& status) {
  unsigned doors = 1;
  for (const auto& door : status.door()) {
    doors = std::max(doors, door.id());
  }
  std::vector<unsigned char> sensor((doors + 3) / 4);
  std::vector<unsigned char> relay((doors + 7) / 8);
  std::vector<unsigned char> alarm(std::max(8U, doors));
  for (const auto& door : status.door()) {
    if (door.id() == 0) continue;
    const unsigned place = door.id() - 1;
    sensor[place / 4] |= static_cast<unsigned char>((door.sensor() & 3U) << (place % 4 * 2));
    if (door.released()) relay[place / 8] |= static_cast<unsigned char>(1U << (place % 8));
    alarm[place] = static_cast<unsigned char>(door.alarms());
  }
  return "sensor=" + hex_of(sensor) + "\trelay=" + hex_of(relay) + "\talarm=" + hex_of(alarm);
}

std::string state_record(const pb::Status& status) {
  return "time=" + one_line(status.time()) + "\t" + state_of_doors(status);
}

}  // namespace lintel::push
