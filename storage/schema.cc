#include "storage/schema.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lintel::storage {
namespace {

// ---- how a table is written down here: its fields in one string, parted by blanks. Marks behind a
// name:
//   *  part of the key          +  part of the key that servers leave out
//   #  hexadecimal digits       %  rows are looked up by it alone

template <std::size_t N>
struct Words {
  char text[N];
  constexpr Words(const char (&words)[N]) {
    std::copy_n(words, N, text);
  }  // NOLINT: a literal is meant
  [[nodiscard]] constexpr std::string_view view() const { return {text, N - 1}; }
};

constexpr std::size_t words_in(std::string_view text) {
  return text.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
}

constexpr Field field_from(std::string_view word) {
  Field field;
  while (!word.empty()) {
    const char mark = word.back();
    if (mark == '*') {
      field.key = true;
    } else if (mark == '+') {
      field.key = field.may_lack = true;
    } else if (mark == '#') {
      field.hex = true;
    } else if (mark == '%') {
      field.looked_up = true;
    } else {
      break;
    }
    word.remove_suffix(1);
  }
  field.name = word;
  return field;
}

template <Words W>
constexpr auto parse() {
  std::array<Field, words_in(W.view())> fields;
  std::string_view rest = W.view();
  for (Field& field : fields) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    field = field_from(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fields;
}

template <Words W>
constexpr auto fields = parse<W>();

// ---- the tables of weekly intervals, whose names are made by counting

struct Name {
  std::array<char, 16> text{};
  std::size_t size = 0;
  constexpr Name& operator<<(std::string_view part) {
    for (const char c : part)
      text[size++] = c;
    return *this;
  }
  constexpr Name& operator<<(unsigned digit) {
    text[size++] = static_cast<char>('0' + digit);
    return *this;
  }
};

constexpr std::array<std::string_view, 10> days = {"Sun", "Mon", "Tue",  "Wed",  "Thu",
                                                   "Fri", "Sat", "Hol1", "Hol2", "Hol3"};

// For each of the first `Days` days and each of its `Times` intervals: one name per part, where
// '1' in a part stands for the number of the interval.
template <std::size_t Days, unsigned Times, std::size_t Parts>
constexpr auto count_out(const std::array<std::string_view, Parts>& parts) {
  std::array<Name, Days * Times * Parts> names;
  auto name = names.begin();
  for (std::size_t day = 0; day < Days; ++day) {
    for (unsigned time = 1; time <= Times; ++time) {
      for (const std::string_view part : parts) {
        *name << days[day];
        for (const char c : part) {
          if (c == '1') {
            *name << time;
          } else {
            *name << std::string_view(&c, 1);
          }
        }
        ++name;
      }
    }
  }
  return names;
}

constexpr auto interval_names = count_out<10, 3, 1>({"Time1"});
constexpr auto verify_names = count_out<10, 3, 3>({"Time1", "Time1VSUser", "Time1VSDoor"});
constexpr auto passway_names = count_out<7, 5, 2>({"Time1", "PassMode1"});

template <std::size_t Before, std::size_t Names, std::size_t After>
constexpr auto around(const std::array<Field, Before>& before, const std::array<Name, Names>& names,
                      const std::array<Field, After>& after) {
  std::array<Field, Before + Names + After> all;
  auto out = std::copy(before.begin(), before.end(), all.begin());
  for (const Name& name : names)
    (out++)->name = std::string_view(name.text.data(), name.size);
  std::copy(after.begin(), after.end(), out);
  return all;
}

constexpr auto timezone =
    around(fields<"TimezoneId*">, interval_names, fields<"StartTime EndTime">);
constexpr auto diff_timezone_vs = around(fields<"TimezoneID*">, verify_names, fields<"">);
constexpr auto gate_pass_rule = around(fields<"PasswayTimeZoneId*">, passway_names, fields<"">);

// ---- the tables

constexpr TableSchema all[] = {
    // People and what they show
    {"user",
     fields<"CardNo# Pin* Password Group StartTime EndTime Name Privilege Disable Verify uid">},
    {"extuser", fields<"Pin* FunSwitch FirstName LastName PersonalVS">},
    {"mulcarduser", fields<"Pin* CardNo*# LossCardFlag CardType CardBit SiteCode IMIE">},
    {"identitycard",
     fields<
         "Pin* SN_Num ID_Num DN_Num Name Gender Nation Birthday Valid_Info Address Additional_Info "
         "Issuer Photo PhotoJPG FP_Template1 FP_Template2 Reserve Notice">},
    {"templatev10", fields<"Size UID Pin* FingerID* Valid Template Resverd EndTag">},
    {"biophoto", fields<"PIN* FileName Type*% No+ Index+ Size Content Format Url PostBackTmpFlag">},
    {"userpic", fields<"pin* filename size format url content">},
    {"biodata", fields<"Pin* No* Index* Valid Duress Type*% MajorVer MinorVer Format Tmp">},
    // Who may go where and when
    {"userauthorize",
     fields<"Pin* AuthorizeTimezoneId* AuthorizeDoorId* DevID+ StartTime EndTime">},
    {"usereleauthorize",
     fields<"Pin* AuthorizeTimezoneId* AuthorizeFloorId AuthorizeFloors DevID+">},
    {"SuperAuthorize", fields<"Pin* DoorID* DevID">},
    {"holiday", fields<"Holiday* HolidayType Loop">},
    {"timezone", timezone},
    {"firstcard", fields<"DoorID* TimezoneID Pin* DevID+">},
    {"multimcard", fields<"Index* DoorId Group1 Group2 Group3 Group4 Group5 DevID">},
    {"DiffTimezoneVS", diff_timezone_vs},
    {"DoorVSTimezone", fields<"DoorID* TimezoneID DevID">},
    {"PersonalVSTimezone", fields<"PIN* DoorID* TimezoneID DevID">},
    {"gatepassrule", gate_pass_rule},
    {"TriggerList", fields<"TriggerListID* Type* DevID+ TriggerID*">},
    {"AntiPassBack", fields<"AntiPassBackID* PTriggerListID TTriggerListID">},
    {"InterLock", fields<"InterLockID* PTriggerListID TTriggerListID">},
    // What causes what
    {"inoutfun",
     fields<"Index* EventType InAddr OutType OutAddr OutTime Reserved InDevID OutDevID">},
    {"outrelaysetting", fields<"Num* OutType* ActionType TimezoneId* DevID">},
    {"InputIOSetting", fields<"Number* InType* TimeZoneId DevID">},
    {"DSTSetting", fields<"Year* StartTime EndTime Loop">},
    // The devices, doors, readers and lines
    {"DevProperty", fields<"ID* Type BusType MachineType Address Mac IPAddress SN IsMaster">},
    {"DevParameters", fields<"ID* Name* Value">},
    {"DoorProperty", fields<"ID* DevID Address Disable">},
    {"DoorParameters", fields<"ID* Name* Value DevID">},
    // The older form of ReaderProperty and, behind it, what only the newer form has. Its ReaderID
    // is
    // the ID of the older form.
    {"ReaderProperty", fields<"ID* DoorID Type Address IPAddress Port MAC InOut Disable VerifyType "
                              "Multicast DevID OfflineRefuse BusType">},
    {"ReaderParameters", fields<"ID* DevID Name* Value">},
    {"ReaderParameter", fields<"ReaderID* Name* Value">},
    {"AuxIn",
     fields<"ID* DevID Address Disable ExtBoardID InputType InputMode SupervisedResistor">},
    {"AuxOut", fields<"ID* DevID Address Disable">},
    {"ExtBoardProperty", fields<"ExtBoardID* DevID DevType BusType Address Disable">},
    {"ExtBoardConfig", fields<"ExtBoardID* ReactType* EntityID* SeqNo">},
    {"DeviceAuthorize", fields<"SN* Online IsAuthorize AuthorizeInfo RegisterInfo">},
    {"ntpserverlist", fields<"ServerAddress*">},
    {"cambindinfo", fields<"TargetType* TargetID* Chn* DevID">},
    // Card formats
    {"DefaultWGFormat", fields<"ID* CardBit SiteCode FormatName CardFormat">},
    {"WGFormat",
     fields<"ID* CardBit SiteCode FormatName CardFormat ExtSiteCode ExtParityFormat IsDefault">},
    {"ReaderWGFormat", fields<"ReaderID* DevID+ WGFormatID* ParityVerifyDisable ReversalType">},
    // Whom a door phone calls
    {"contact_info", fields<"ContactID* Pin GroupName DisplayName PassCode">},
    {"contact_number_list", fields<"ContactID* NumType* Number* Priority PatternID">},
    {"contact_number_pattern_list", fields<"PatternID* Pattern Strip Prepend">},
    // What went wrong here, for the server. It has no number: the same trouble with the same
    // command is one row.
    {"errorlog", fields<"errcode* errmsg+ dataorigin+ cmdid+ additional+">},
};

static_assert(std::ranges::all_of(all, [](const TableSchema& table) {
  return !table.fields.empty() && table.fields.size() <= fields_max &&
         std::ranges::any_of(table.fields, [](const Field& f) { return f.key && !f.may_lack; });
}));

struct Alias {
  std::string_view table, alias, field;
};
constexpr Alias aliases[] = {
    {"user", "Card", "CardNo"},
    {"identitycard", "SNNum", "SN_Num"},
    {"identitycard", "IDNum", "ID_Num"},
    {"identitycard", "DNNum", "DN_Num"},
    {"identitycard", "ValidInfo", "Valid_Info"},
    {"identitycard", "AdditionalInfo", "Additional_Info"},
    {"identitycard", "FPTemplate1", "FP_Template1"},
    {"identitycard", "FPTemplate2", "FP_Template2"},
    {"ReaderProperty", "ReaderID", "ID"},
};

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

int TableSchema::field(std::string_view wanted) const {
  for (const Alias& alias : aliases) {
    if (alias.table == name && same_word(alias.alias, wanted)) wanted = alias.field;
  }
  const auto found =
      std::ranges::find_if(fields, [&](const Field& f) { return same_word(f.name, wanted); });
  return found == fields.end() ? -1 : static_cast<int>(found - fields.begin());
}

std::span<const TableSchema> tables() {
  return all;
}

const TableSchema* find_table(std::string_view name) {
  const auto found = std::ranges::find_if(
      all, [&](const TableSchema& table) { return same_word(table.name, name); });
  return found == std::end(all) ? nullptr : found;
}

}  // namespace lintel::storage
