#include "engine/daemon/rule_rows.h"

#include <algorithm>
#include <string>

#include "engine/daemon/conversion.h"

namespace lintel::daemon {
namespace {

// Puts what was made of a row behind the others, unless it is about something that is not there.
template <class T>
Result<void> add(std::vector<T>& rows, Result<T>&& made, bool acts = true) {
  if (!made) return fail(std::move(made).error());
  if (acts) rows.push_back(*std::move(made));
  return {};
}

bool has_door(const Layout& layout, unsigned door) {
  return door >= 1 && door <= layout.doors;
}
bool has_door(const Layout& layout, DoorId door) {
  return has_door(layout, number(door));
}

// ---- several people, first card, super users

Result<void> take_multi_card(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  MultiCardGroup group;
  read.number<std::uint32_t>("Index", 0, any_number);
  group.door = read.number<DoorId>("DoorId", 0, 255);
  for (std::size_t n = 0; n < group.groups.size(); ++n) {
    group.groups[n] = read.number<std::uint32_t>("Group" + std::to_string(n + 1), 0, any_number);
  }
  return add(rules.multi_card, read.done(group), has_door(layout, group.door));
}

Result<void> take_first_card(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  FirstCardHolder holder;
  holder.pin = read.pin("Pin");
  holder.door = read.door("DoorID");
  holder.zone = read.zone("TimezoneID");
  return add(rules.first_cards, read.done(holder), has_door(layout, holder.door));
}

Result<void> take_super_user(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  SuperUser super;
  super.pin = read.pin("Pin");
  super.door = read.number<std::uint8_t>("DoorID", 0, 255);
  return add(rules.super_users, read.done(super), super.door == 0 || has_door(layout, super.door));
}

// ---- linkage and outputs

// Reserved: what InAddr is stands in the low four bits, what is done in the high ones.
constexpr unsigned kind_bits = 0x0f, kind_reader = 1, kind_camera = 2;  // 0: a door
constexpr unsigned act_lock = 16, act_unlock = 32;
constexpr unsigned output_camera = 2;  // OutType

Result<void> take_linkage(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  Linkage link;
  link.index = read.number<std::uint32_t>("Index", 0, any_number);
  link.event = read.number<std::uint16_t>("EventType", 0, 0xffff);
  link.in = read.number<std::uint8_t>("InAddr", 0, 255);
  const auto output = read.number<unsigned>("OutType", 0, 2);
  const auto reserved = read.number<unsigned>("Reserved", 0, 255);
  const auto kind = reserved & kind_bits, act = reserved & ~kind_bits;
  if (kind > kind_camera || (act != 0 && act != act_lock && act != act_unlock)) {
    read.refuse("Reserved", "be 0 (door), 1 (reader) or 2 (camera), and with 16 lock, 32 unlock");
  }
  // Cameras are not ours: where they stand and what they record is kept as it came.
  const bool camera = output == output_camera || kind == kind_camera;
  const std::uint64_t most = camera ? any_number : 255;
  const auto out = read.number<std::uint32_t>("OutAddr", 0, most);
  const auto time = read.number<std::uint32_t>("OutTime", 0, most);
  link.by_reader = kind == kind_reader;
  link.output = output == 1 ? Linkage::Output::aux : Linkage::Output::lock;
  if (act == act_lock) link.act = Linkage::Act::lock_door;
  if (act == act_unlock) link.act = Linkage::Act::unlock_door;
  link.out = static_cast<std::uint8_t>(out);
  link.time = static_cast<std::uint8_t>(time);
  const bool of_door = link.act != Linkage::Act::output || link.output == Linkage::Output::lock;
  const bool there = out >= 1 && out <= (of_door ? layout.doors : layout.aux_outputs);
  return add(rules.linkages, read.done(link), !camera && there);
}

Result<void> take_scheduled_output(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  ScheduledOutput output;
  output.number = read.number<std::uint8_t>("Num", 1, 255);
  output.aux = read.flag("OutType");
  const auto act = read.number<unsigned>("ActionType", 0, 2);
  output.act = act == 2 ? ScheduledOutput::Act::closed : ScheduledOutput::Act::open;
  output.zone = read.zone("TimezoneId");
  const bool there =
      output.number >= 1 && output.number <= (output.aux ? layout.aux_outputs : layout.doors);
  return add(rules.scheduled_outputs, read.done(output), act != 0 && there);
}

// ---- inputs

Result<void> take_input_zone(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  InputZone input;
  input.number = read.number<std::uint8_t>("Number", 1, 255);
  input.aux = read.flag("InType");
  input.zone = read.zone("TimeZoneId");
  const bool there =
      input.number >= 1 && input.number <= (input.aux ? layout.aux_inputs : layout.doors);
  // Without a zone the input is not controlled by time: nobody is locked in by an empty field.
  return add(rules.input_zones, read.done(input), input.zone != timezone_never && there);
}

Result<void> take_aux_input(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  AuxInput input;
  input.number = read.number<std::uint8_t>("ID", 1, 255);
  input.enabled = !read.flag("Disable");
  input.contact =
      read.number<AuxInput::Contact>("InputType", 0, 2, AuxInput::Contact::normally_open);
  input.supervised = read.flag("InputMode");
  read.number<std::uint8_t>("Address", 0, 255);
  input.resistor = std::max<std::uint8_t>(1, read.number<std::uint8_t>("SupervisedResistor", 0, 4));
  const bool there = input.number >= 1 && input.number <= layout.aux_inputs;
  return add(rules.aux_inputs, read.done(input), there);
}

Result<void> take_aux_output(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  const auto output = read.number<std::uint8_t>("ID", 1, 255);
  const bool off = read.flag("Disable");
  read.number<std::uint8_t>("Address", 0, 255);
  const bool there = output >= 1 && output <= layout.aux_outputs;
  return add(rules.aux_outputs_off, read.done(output), off && there);
}

// ---- verification by time

Result<void> take_verify_schedule(const NamedRow& row, const Layout&, Rules& rules) {
  RowReader read(row);
  VerifySchedule schedule;
  schedule.id = read.number<std::uint32_t>("TimezoneID", 1, 0xffff);
  for (std::size_t day = 0; day < days_of_a_zone; ++day) {
    for (std::size_t slot = 0; slot < intervals_of_a_day; ++slot) {
      const auto name = interval_field(day, slot);
      auto& part = schedule.days[day][slot];
      part.interval = read.interval(name);
      part.user = read.mode(name + "VSUser");
      part.door = read.mode(name + "VSDoor");
    }
  }
  return add(rules.verify_schedules, read.done(schedule));
}

Result<void> take_door_verify(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  DoorVerify verify;
  verify.door = read.door("DoorID");
  verify.schedule = read.zone("TimezoneID");
  return add(rules.door_verify, read.done(verify), has_door(layout, verify.door));
}

Result<void> take_person_verify(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  PersonVerify verify;
  verify.pin = read.pin("PIN");
  verify.door = read.door("DoorID");
  verify.schedule = read.zone("TimezoneID");
  return add(rules.person_verify, read.done(verify), has_door(layout, verify.door));
}

// ---- anti-passback and interlock by lists

Result<void> take_trigger(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  TriggerPoint point;
  point.list = read.number<std::uint32_t>("TriggerListID", 0, any_number);
  const auto type = read.number<unsigned>("Type", 0, any_number);
  if (type != 0 && type != 4) read.refuse("Type", "be 0 (door) or 4 (reader)");
  point.reader = type == 4;
  point.number = read.number<std::uint8_t>("TriggerID", 0, 255);
  const bool there = point.number <= (point.reader ? layout.readers() : layout.doors);
  return add(rules.triggers, read.done(point), there);
}

Result<void> take_pair(const NamedRow& row, std::string_view id, std::vector<ListPair>& pairs) {
  RowReader read(row);
  ListPair pair;
  pair.id = read.number<std::uint32_t>(id, 0, any_number);
  pair.from = read.number<std::uint32_t>("PTriggerListID", 0, any_number);
  pair.to = read.number<std::uint32_t>("TTriggerListID", 0, any_number);
  return add(pairs, read.done(pair));
}

Result<void> take_anti_passback(const NamedRow& row, const Layout&, Rules& rules) {
  return take_pair(row, "AntiPassBackID", rules.anti_passback_pairs);
}
Result<void> take_interlock(const NamedRow& row, const Layout&, Rules& rules) {
  return take_pair(row, "InterLockID", rules.interlock_pairs);
}

// ---- readers

// Null: the box has no such reader.
ReaderSetting* setting_of(Rules& rules, const Layout& layout, unsigned reader) {
  if (reader < 1 || reader > layout.readers()) return nullptr;
  if (rules.readers.size() < reader) rules.readers.resize(reader);
  return &rules.readers[reader - 1];
}

// A number of appendix 3 says which kind of reader it is; whatever else it may be, a card reader.
Proof proof_of(std::string_view verify_type) {
  if (verify_type == "1") return Proof::fingerprint;
  if (verify_type == "15") return Proof::face;
  if (verify_type == "21") return Proof::finger_vein;
  if (verify_type == "25") return Proof::palm_vein;
  return Proof::card;
}

std::string_view verify_type(RowReader& read, std::string_view field) {
  const auto value = read.text(field);
  const auto number = parse_number(value);
  if (!value.empty() && !(number && *number <= 255) && !mode_code(value)) {
    read.refuse(field, "be a number from 0 to 255, or 16 digits of the new form");
  }
  return value;
}

Result<void> take_reader_property(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  const auto reader = read.number<unsigned>("ID", 1, 255);
  ReaderSetting said;
  said.enabled = !read.flag("Disable");
  const auto type = verify_type(read, "VerifyType");
  said.proof = proof_of(type);
  read.number<std::uint8_t>("DoorID", 0, 255);
  read.flag("InOut");
  read.number<std::uint32_t>("Type", 0, any_number);
  const auto sound = read.done(said);
  if (!sound) return fail(sound.error());
  auto* setting = setting_of(rules, layout, reader);
  if (setting == nullptr) return {};
  // Where the row does not say what the reader is, the board's word goes on holding.
  if (type.empty() || type == "0") said.proof = setting->proof;
  *setting = said;
  return {};
}

// Appendix 11: of readers that this box does not speak to. Kept, so that they must make sense.
void check_kept_parameter(RowReader& read, std::string_view name) {
  constexpr std::size_t password_bytes_max = 64;
  if (same_name(name, "IdentityCardVerifyMode")) read.flag("Value");
  if (same_name(name, "readerChannelSecureType")) read.number<unsigned>("Value", 0, 2);
  if (same_name(name, "readerChannelSecurePassword") &&
      read.text("Value").size() > password_bytes_max) {
    read.refuse("Value", "have at most 64 bytes");
  }
}

Result<void> take_reader_parameter(RowReader read, unsigned reader, const Layout& layout,
                                   Rules& rules) {
  const auto name = read.text("Name");
  const auto value = read.text("Value");
  std::optional<Proof> proof;
  std::optional<std::uint32_t> site_code;
  if (same_name(name, "VerifyType") && !value.empty()) proof = proof_of(verify_type(read, "Value"));
  if (same_name(name, "DuressSiteCode") && !value.empty())
    site_code = read.number<std::uint32_t>("Value", 0, any_number);
  check_kept_parameter(read, name);
  const auto sound = read.done(true);
  if (!sound) return fail(sound.error());
  auto* setting = proof || site_code ? setting_of(rules, layout, reader) : nullptr;
  if (setting == nullptr) return {};  // of another name: kept, and means nothing here
  if (proof) setting->proof = *proof;
  if (site_code) setting->duress_site_code = site_code;
  return {};
}

Result<void> take_reader_parameters(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  const auto reader = read.number<unsigned>("ID", 1, 255);
  return take_reader_parameter(std::move(read), reader, layout, rules);
}
Result<void> take_newer_reader_parameter(const NamedRow& row, const Layout& layout, Rules& rules) {
  RowReader read(row);
  const auto reader = read.number<unsigned>("ReaderID", 1, 255);
  return take_reader_parameter(std::move(read), reader, layout, rules);
}

constexpr RuleTable tables[] = {
    {"multimcard", take_multi_card},
    {"firstcard", take_first_card},
    {"SuperAuthorize", take_super_user},
    {"inoutfun", take_linkage},
    {"outrelaysetting", take_scheduled_output},
    {"InputIOSetting", take_input_zone},
    {"AuxIn", take_aux_input},
    {"AuxOut", take_aux_output},
    {"DiffTimezoneVS", take_verify_schedule},
    {"DoorVSTimezone", take_door_verify},
    {"PersonalVSTimezone", take_person_verify},
    {"TriggerList", take_trigger},
    {"AntiPassBack", take_anti_passback},
    {"InterLock", take_interlock},
    {"ReaderProperty", take_reader_property},
    {"ReaderParameters", take_reader_parameters},
    {"ReaderParameter", take_newer_reader_parameter},
};

}  // namespace

std::span<const RuleTable> rule_tables() {
  return tables;
}

const RuleTable* find_rule_table(std::string_view name) {
  const auto found = std::find_if(std::begin(tables), std::end(tables),
                                  [&](const RuleTable& each) { return each.name == name; });
  return found == std::end(tables) ? nullptr : found;
}

}  // namespace lintel::daemon
