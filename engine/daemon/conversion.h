// From the protocol's text to the core's values, and back: the only place where both are known.
// Every parser takes text from outside and answers with nothing where it makes no sense.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"
#include "engine/core/controller.h"
#include "storage/journal.h"

namespace lintel::daemon {

bool same_name(std::string_view a, std::string_view b);  // ASCII, without regard to case

std::optional<std::uint64_t> parse_number(std::string_view text);
// "123456789", or "[15CD5B07]": its bytes in hex, lowest first. Empty and 0: no card.
std::optional<CardNo> parse_card(std::string_view text);
std::optional<CardNo> parse_hex_card(std::string_view text);  // mulcarduser: "75BCD15"
// 0 and empty: no limit. Seconds of appendix 5, YYYYMMDD, or a written date. `end`: a date alone
// means its last second.
std::optional<std::optional<CivilTime>> parse_limit(std::string_view text, bool end);
// SET OPTIONS DateTime: seconds of appendix 5; a value that can only be Unix seconds is nothing.
std::optional<std::chrono::sys_seconds> parse_utc(std::string_view text);
std::optional<std::chrono::minutes> parse_zone(std::string_view text);  // "+0800"
std::string zone_text(std::chrono::minutes offset);
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);  // YYYYMMDD

// ---- rows of the tables that the core needs. A patch names what the row said; what it did not say
// keeps its value, or the value of a new row.

struct UserPatch {
  Pin pin;
  std::optional<CardNo> card;
  std::optional<Password> password;
  std::optional<std::optional<CivilTime>> start, end;
  std::optional<std::uint32_t> group;
  std::optional<std::uint8_t> privilege;
  std::optional<std::uint16_t> verify;
  std::optional<bool> blacklisted;
};
struct CardPatch {
  Pin pin;
  CardNo card;
  std::optional<bool> lost, sub_card;
};
struct PrivilegePatch {
  Pin pin;
  TimezoneId timezone = 0;
  std::uint32_t doors = 0;
  std::optional<std::optional<CivilTime>> start, end;
};
using PeopleEdit = std::variant<UserPatch, CardPatch, PrivilegePatch, EraseUser, EraseCard,
                                ErasePrivilege, ClearUsers, ClearCards, ClearPrivileges>;
void apply(const PeopleEdit& edit, People& people);

// A row as names of the schema's spelling and values; only what the command named.
struct NamedValue {
  std::string_view field;
  std::string_view value;
};
using NamedRow = std::vector<NamedValue>;

// Errors say which field is wrong and what is allowed; whose value it is stays out (it may be a
// card or a PIN).
Result<UserPatch> user_from(const NamedRow& row);
Result<CardPatch> card_from(const NamedRow& row);
Result<PrivilegePatch> privilege_from(const NamedRow& row);
Result<Timezone> timezone_from(const NamedRow& row);
Result<Holiday> holiday_from(const NamedRow& row);

// ---- outward
void fill(pb::StoredEvent& out, const storage::StoredEvent& stored);
std::string name_of(const InputLine& line);   // "door1.sensor"
std::string name_of(const OutputLine& line);  // "door1.lock"
const char* name_of(Level level);

}  // namespace lintel::daemon
