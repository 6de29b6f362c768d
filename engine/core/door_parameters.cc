#include "engine/core/door_parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "engine/core/verification.h"

namespace lintel {

namespace {

std::optional<std::uint32_t> number_in(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

struct Entry {
  DoorParameterSpec spec;
  bool (*set)(DoorParameters&, std::string_view);
  std::string (*get)(const DoorParameters&);
};

// ---- one kind of value each

template <std::chrono::seconds DoorParameters::*member, std::uint32_t most>
constexpr Entry seconds(std::string_view name, std::string_view fallback, std::string_view range) {
  return {{name, fallback, range},
          [](DoorParameters& door, std::string_view text) {
            const auto value = number_in(text, most);
            if (value) door.*member = std::chrono::seconds{*value};
            return value.has_value();
          },
          [](const DoorParameters& door) { return std::to_string((door.*member).count()); }};
}

template <auto member, std::uint32_t most, std::uint32_t least = 0>
constexpr Entry number(std::string_view name, std::string_view fallback, std::string_view range) {
  return {{name, fallback, range},
          [](DoorParameters& door, std::string_view text) {
            const auto value = number_in(text, most);
            if (!value || *value < least) return false;
            using Member = std::remove_reference_t<decltype(door.*member)>;
            door.*member = static_cast<Member>(*value);
            return true;
          },
          [](const DoorParameters& door) {
            return std::to_string(static_cast<std::uint32_t>(door.*member));
          }};
}

// `set_by`: the digit that makes the member true; the other one makes it false.
template <bool DoorParameters::*member, char set_by>
constexpr Entry flag(std::string_view name, std::string_view fallback, std::string_view range) {
  return {{name, fallback, range},
          [](DoorParameters& door, std::string_view text) {
            if (text != "0" && text != "1") return false;
            door.*member = text.front() == set_by;
            return true;
          },
          [](const DoorParameters& door) {
            return std::string{(door.*member) == (set_by == '1') ? "1" : "0"};
          }};
}

template <Password DoorParameters::*member, std::size_t digits_most>
constexpr Entry password(std::string_view name, std::string_view range) {
  return {{name, "", range},
          [](DoorParameters& door, std::string_view text) {
            const bool digits =
                std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
            const auto value = Password::from(text);
            if (!digits || !value || text.size() > digits_most) return false;
            door.*member = *value;
            return true;
          },
          [](const DoorParameters& door) { return std::string{(door.*member).view()}; }};
}

// ---- values with a form of their own

bool set_verify_type(DoorParameters& door, std::string_view text) {
  const auto code = mode_code(text);
  if (code) door.verify_type = *code;
  return code.has_value();
}

std::string verify_type_text(const DoorParameters& door) {
  if ((door.verify_type & mode_new_form) == 0) return std::to_string(door.verify_type);
  constexpr unsigned digits = 16;
  std::string text(digits, '0');
  for (unsigned position = 0; position + 1 < digits; ++position) {
    if ((door.verify_type >> position & 1) != 0) text[digits - 1 - position] = '1';
  }
  return text;
}

bool set_cancelled_day(DoorParameters& door, std::string_view text) {
  const auto value = number_in(text, 9'999'999);
  if (!value) return false;
  const std::uint32_t month = *value / 100 % 100, day = *value % 100;  // months count from 0
  if (*value != 0 && (month > 11 || day < 1 || day > 31)) return false;
  door.normal_open_cancelled = *value;
  return true;
}

using P = DoorParameters;
constexpr std::uint32_t any_zone = std::numeric_limits<TimezoneId>::max();

constexpr std::array entries{
    flag<&P::auto_match, '1'>("DoorAutoMatch", "1", "0 or 1"),
    seconds<&P::drive_time, 254>("DoorDrivertime", "5", "0 to 254 seconds"),
    number<&P::normal_open_zone, any_zone>("DoorKeepOpenTimeZone", "0",
                                           "the number of a time zone, 0 for none"),
    Entry{{"DoorCancelKeepOpenDelay", "0",
           "0, or the day as (year-1900)*10000 + (month-1)*100 + day"},
          set_cancelled_day,
          [](const P& door) { return std::to_string(door.normal_open_cancelled); }},
    number<&P::valid_zone, any_zone>("DoorValidTZ", "1", "the number of a time zone"),
    password<&P::emergency_password, 8>("DoorSupperPassWord", "up to 8 digits"),
    seconds<&P::interval, 255>("DoorIntertime", "2", "0 to 255 seconds"),
    Entry{
        {"DoorVerifyType", "0", "0 to 29, or 16 binary digits"}, set_verify_type, verify_type_text},
    number<&P::sensor, 2>("DoorSensorType", "0", "0 to 2"),
    seconds<&P::held_after, 65'535>("DoorDetectortime", "15", "0 to 65535 seconds"),
    flag<&P::close_and_lock, '1'>("DoorCloseAndLock", "1", "0 or 1"),
    number<&P::reader_type, 255>("DoorReaderType", "0", "0 to 255"),
    password<&P::duress_password, 6>("DoorForcePassWord", "up to 6 digits"),
    seconds<&P::anti_passback, 65'535>("DoorInTimeAPB", "0", "0 to 65535 seconds"),
    flag<&P::exit_button_locked, '0'>("DoorREXInput", "1", "0 or 1"),
    seconds<&P::exit_button_delay, 255>("DoorREXTimeOut", "0", "0 to 255 seconds"),
    number<&P::wiegand_in, 255>("WiegandIDIn", "0", "0 to 255"),
    number<&P::wiegand_out, 255>("WiegandID", "0", "0 to 255"),
    seconds<&P::open_delay, 255>("DoorDelayOpenTime", "0", "0 to 255 seconds"),
    seconds<&P::extended_pass, 65'535>("ExtDoorDelayDrivertime", "0", "0 to 65535 seconds"),
    seconds<&P::multi_card_interval, 255>("DoorMultiCardInterTime", "10", "0 to 255 seconds"),
    number<&P::first_card, 2>("DoorFirstCardOpenDoor", "0", "0 to 2"),
    flag<&P::multi_card, '1'>("DoorMultiCardOpenDoor", "0", "0 or 1"),
    flag<&P::enabled, '1'>("DoorDisable", "1", "0 or 1"),
    number<&P::in_out_anti_passback, 3>("DoorInOutAntiPassback", "0", "0 to 3"),
    flag<&P::locked, '1'>("DoorMaskFlag", "0", "0 or 1"),
    number<&P::exit_button_type, 2>("doorREXButtonType", "1", "0 to 2"),
    flag<&P::exit_button_supervised, '1'>("doorREXButtonInputMode", "0", "0 or 1"),
    number<&P::exit_button_resistor, 4, 1>("doorREXButtonSupervisedResistor", "1", "1 to 4"),
    flag<&P::sensor_supervised, '1'>("doorSensorInputMode", "0", "0 or 1"),
    number<&P::sensor_resistor, 4, 1>("doorSensorSupervisedResistor", "1", "1 to 4"),
    // Ours
    flag<&P::exit_needs_clock, '1'>("DoorClockPolicy", "0", "0 or 1"),
    flag<&P::fire_door, '1'>("DoorFireOpen", "1", "0 or 1"),
};
static_assert(entries.size() == 33);  // as many as appendix 10 names, and two of ours

constexpr auto specs = [] {
  std::array<DoorParameterSpec, entries.size()> all{};
  std::transform(entries.begin(), entries.end(), all.begin(),
                 [](const Entry& entry) { return entry.spec; });
  return all;
}();

const Entry* entry_of(const DoorParameterSpec& spec) {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& each) { return each.spec.name == spec.name; });
  return entry != entries.end() ? &*entry : nullptr;
}

// ---- names

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool starts(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && same(text.substr(0, with.size()), with);
}

constexpr std::string_view prefix = "Door", extended = "Ext";

}  // namespace

std::span<const DoorParameterSpec> door_parameter_specs() {
  return specs;
}

const DoorParameterSpec* find_door_parameter(std::string_view name) {
  for (const DoorParameterSpec& spec : specs) {
    if (same(spec.name, name)) return &spec;
    if (starts(spec.name, prefix) && same(spec.name.substr(prefix.size()), name)) return &spec;
  }
  return nullptr;
}

std::optional<DoorOption> parse_door_option(std::string_view option) {
  const bool ext = starts(option, extended);
  std::string_view rest = option.substr(ext ? extended.size() : 0);
  if (!starts(rest, prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const auto door = number_in(rest.substr(0, digits), limits::doors_max);
  if (!door || *door == 0 || rest.front() == '0') return std::nullopt;
  rest.remove_prefix(digits);
  for (const DoorParameterSpec& spec : specs) {
    std::string_view name = spec.name;
    if (ext != starts(name, extended)) continue;
    if (ext) name.remove_prefix(extended.size());
    if (starts(name, prefix)) name.remove_prefix(prefix.size());
    if (same(name, rest)) return DoorOption{.door = *door, .parameter = &spec};
  }
  return std::nullopt;
}

bool set_parameter(DoorParameters& door, const DoorParameterSpec& spec, std::string_view value) {
  const Entry* entry = entry_of(spec);
  return entry != nullptr && entry->set(door, value.empty() ? spec.default_value : value);
}

std::string parameter_text(const DoorParameters& door, const DoorParameterSpec& spec) {
  const Entry* entry = entry_of(spec);
  return entry != nullptr ? entry->get(door) : std::string{};
}

}  // namespace lintel
