#include "push/upload_text.h"

#include <algorithm>
#include <bitset>
#include <vector>

#include "push/text.h"

namespace lintel::push {
namespace {

// Codes of appendixes 2 and 19.
constexpr std::uint32_t linkage_triggered = 6;
constexpr std::uint32_t validity_over = 29;
constexpr std::uint32_t too_early = 5024;
constexpr std::uint32_t too_late = 5025;

std::string hex_of(const std::vector<unsigned char>& bytes) {
  return hex_upper({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// The new form has 16 digits, position 0 last. Of a linkage it is the code of the event that
// triggered it, whatever form is spoken.
std::string verify_type(const pb::StoredEvent& event, const EventStyle& style) {
  if (event.code() == linkage_triggered) return std::to_string(code_for(style, event.verify()));
  return style.verify_styles ? std::bitset<16>(event.proofs()).to_string()
                             : std::to_string(event.verify());
}

}  // namespace

EventStyle event_style(const Parameters& parameters, bool with_bits) {
  return {with_bits, parameters.verify_styles,
          speaks(parameters.protocol, Feature::validity_codes)};
}

std::uint32_t code_for(const EventStyle& style, std::uint32_t code) {
  const bool of_validity = code == too_early || code == too_late;
  return of_validity && !style.extended_codes ? validity_over : code;
}

void restyle(pb::Page& page, const EventStyle& style) {
  const auto& fields = page.field();
  const auto found = std::find_if(fields.begin(), fields.end(), [](const std::string& name) {
    return same_name(name, "eventtype");
  });
  if (found == fields.end()) return;
  for (auto at = static_cast<int>(found - fields.begin()); at < page.value_size();
       at += page.field_size()) {
    const auto code = whole_number(page.value(at));
    if (code)
      page.set_value(at, std::to_string(code_for(style, static_cast<std::uint32_t>(*code))));
  }
}

std::string event_record(const pb::StoredEvent& event, const EventStyle& style) {
  std::string record = "time=" + one_line(event.time());
  record += "\tpin=" + (event.pin().empty() ? "0" : one_line(event.pin()));
  record += "\tcardno=" + std::to_string(event.card());
  record += "\tsitecode=" + std::to_string(event.site_code());
  record += "\tlinkid=" + std::to_string(event.link());
  record += "\teventaddr=" + std::to_string(event.address());
  record += "\tevent=" + std::to_string(code_for(style, event.code()));
  record += "\tinoutstatus=" + std::to_string(event.way());
  record += "\tverifytype=" + verify_type(event, style);
  record += "\tindex=" + std::to_string(event.index());
  if (style.with_bits) record += "\tbitCount=" + std::to_string(event.bits());
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
