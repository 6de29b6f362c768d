#include "engine/daemon/supported_functions.h"

#include <algorithm>

#include "engine/core/door_parameters.h"
#include "engine/core/events.h"
#include "engine/daemon/biometric_rows.h"
#include "engine/daemon/calendar_rows.h"
#include "engine/daemon/people_rows.h"
#include "engine/daemon/rule_rows.h"
#include "hal/card_format.h"
#include "storage/schema.h"

namespace lintel::daemon {
namespace {

constexpr Layout some_box{4, 4, 4};

// With this row the rules are others than without it, or with `plain` in its place.
bool acts(std::string_view table, const NamedRow& row, const NamedRow& plain = {}) {
  const auto* rules_of = find_rule_table(table);
  if (rules_of == nullptr || storage::find_table(table) == nullptr) return false;
  Rules with, without;
  if (!plain.empty() && !rules_of->take(plain, some_box, without)) return false;
  return rules_of->take(row, some_box, with) && with != without;
}

// What People is told of such a row; nothing: it is not told of this table at all.
std::optional<PeopleChange> person(std::string_view table, const NamedRow& row) {
  const auto* of = storage::find_table(table);
  if (of == nullptr || !is_people_table(*of)) return std::nullopt;
  auto made = person_from(*of, row, Facts{});
  return made ? std::optional<PeopleChange>(*std::move(made)) : std::nullopt;
}

std::optional<DoorParameters> door_with(std::string_view name, std::string_view value) {
  const auto* spec = find_door_parameter(name);
  DoorParameters door;
  if (spec == nullptr || !set_parameter(door, *spec, value)) return std::nullopt;
  return door;
}

bool records(EventCode code) {
  return std::find(std::begin(event_codes), std::end(event_codes), code) != std::end(event_codes);
}

bool stores(std::string_view table, std::string_view field) {
  const auto* of = storage::find_table(table);
  return of != nullptr && of->field(field) >= 0;
}

// The number that a format without parity makes of nine bits.
std::optional<hal::CardNumber> number_of(const hal::CardFormatText& text, std::string_view bits) {
  const auto format = hal::CardFormat::parse(text);
  if (!format) return std::nullopt;
  hal::Frame frame;
  for (const char bit : bits)
    frame.bits[frame.size++] = bit == '1';
  return format->read(frame);
}

bool reads_site_codes() {
  const hal::CardFormatText text{
      .format = "ssssccccc:xxxxxxxxx", .site_code = 5, .parity_verified = false};
  const auto number = number_of(text, "010100111");
  return number && number->site_code == 5 && !number_of(text, "011000111");
}

bool reverses_bits() {
  const hal::CardFormatText text{
      .format = "ccccccccc:xxxxxxxxx", .parity_verified = false, .reversal = 1};
  const auto number = number_of(text, "100000000");
  return number && number->card == CardNo{1};
}

bool keeps_lists_of_triggers() {
  return acts("TriggerList", {{"TriggerListID", "1"}, {"Type", "0"}, {"TriggerID", "1"}});
}
bool keeps_anti_passback_table() {
  return acts("AntiPassBack",
              {{"AntiPassBackID", "1"}, {"PTriggerListID", "1"}, {"TTriggerListID", "2"}});
}
bool keeps_interlock_table() {
  return acts("InterLock",
              {{"InterLockID", "1"}, {"PTriggerListID", "1"}, {"TTriggerListID", "2"}});
}
bool verifies_by_time() {
  return acts("DiffTimezoneVS", {{"TimezoneID", "1"}}) &&
         acts("PersonalVSTimezone", {{"PIN", "1"}, {"DoorID", "1"}, {"TimezoneID", "1"}});
}
bool sends_temporary_users_away() {
  const auto change = person("extuser", {{"Pin", "1"}, {"FunSwitch", "2"}});
  const auto* user = change ? std::get_if<ExtUser>(&*change) : nullptr;
  return user != nullptr && user->temporary;
}
bool ends_time_rules() {
  const auto zone = timezone_from({{"TimezoneId", "2"}, {"EndTime", "20261122"}});
  return zone && zone->validity.end.has_value();
}
bool ends_privileges() {
  const auto change = person("userauthorize", {{"Pin", "1"},
                                               {"AuthorizeTimezoneId", "1"},
                                               {"AuthorizeDoorId", "1"},
                                               {"EndTime", "20261122"}});
  const auto* privilege = change ? std::get_if<Privilege>(&*change) : nullptr;
  return privilege != nullptr && privilege->validity.end.has_value();
}
bool locks_doors() {
  const auto door = door_with("DoorMaskFlag", "1");
  return door && door->locked && records(EventCode::remote_locked);
}
bool has_door_table() {
  const auto door = door_with("DoorDrivertime", "9");
  return door && door->drive_time.count() == 9 && stores("DoorParameters", "Value");
}
bool keeps_face_templates() {
  const auto* table = storage::find_table("biodata");
  return table != nullptr && is_biometric_table(*table) && stores("biodata", "Tmp");
}

struct Function {
  unsigned position;
  bool (*is_there)();
};
// What a server may send and this build only keeps is not among them: DoorProperty (17), identity
// cards and readers of them (30, 59), contacts (63), encrypted readers (1, 64), cameras (65),
// elevators (52 to 56, 58). NTP servers (61) are the system's.
constexpr Function functions[] = {
    // Forbid reader
    {0,
     [] {
       return acts("ReaderProperty", {{"ID", "1"}, {"Disable", "1"}}, {{"ID", "1"}});
     }},
    {2, locks_doors},
    // Emergency dual-open and dual-close
    {3, [] { return records(EventCode::dual_open) && records(EventCode::dual_close); }},
    // Long names: nothing cuts them
    {5, [] { return stores("user", "Name"); }},
    {6, reads_site_codes},
    // Several cards for one user
    {7,
     [] {
       return person("mulcarduser", {{"Pin", "1"}, {"CardNo", "1"}}).has_value();
     }},
    // Auxiliary input and exit button controlled by time
    {8,
     [] {
       return acts("InputIOSetting", {{"Number", "1"}, {"InType", "0"}, {"TimeZoneId", "2"}}) &&
              acts("InputIOSetting", {{"Number", "1"}, {"InType", "1"}, {"TimeZoneId", "2"}});
     }},
    {9, sends_temporary_users_away},
    {12, verifies_by_time},
    // Table of super users
    {16,
     [] {
       return acts("SuperAuthorize", {{"Pin", "1"}, {"DoorID", "1"}});
     }},
    // Tables of readers, of auxiliary inputs and outputs, of door parameters
    {18,
     [] {
       return acts("ReaderProperty", {{"ID", "1"}, {"VerifyType", "1"}}, {{"ID", "1"}});
     }},
    {19,
     [] {
       return acts("AuxIn", {{"ID", "1"}, {"Disable", "1"}});
     }},
    {20,
     [] {
       return acts("AuxOut", {{"ID", "1"}, {"Disable", "1"}});
     }},
    {21, has_door_table},
    {22, keeps_anti_passback_table},
    {23, keeps_interlock_table},
    {33, reverses_bits},
    {39, keeps_face_templates},
    // Super users pass a locked door
    {48, [] { return records(EventCode::super_user_opened); }},
    {60, ends_time_rules},
    {62, ends_privileges},
    {66,
     [] {
       return keeps_lists_of_triggers() && keeps_anti_passback_table() && keeps_interlock_table();
     }},
};
constexpr unsigned single_door_function = 15;  // a door's number, not a mask, in userauthorize

}  // namespace

std::string engine_support_list(const Facts& facts) {
  std::string list(support_positions, '0');
  for (const auto& function : functions) {
    if (function.is_there()) list[function.position] = '1';
  }
  if (facts.single_door_ids) list[single_door_function] = '1';
  return list;
}

}  // namespace lintel::daemon
