// From the protocol's text to the core's values, and back: the only place where both are known.
// Every parser takes text from outside and answers with nothing where it makes no sense.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/lintel.pb.h"
#include "engine/core/types.h"
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

// ---- texts of our own, and of those who help us
// Takes the word off the front, and the blank behind it.
std::string_view next_word(std::string_view& rest);
std::string to_hex(std::string_view bytes);  // small letters

// ---- outward
void fill(pb::StoredEvent& out, const storage::StoredEvent& stored);
std::string name_of(const InputLine& line);   // "door1.sensor"
std::string name_of(const OutputLine& line);  // "door1.lock"
const char* name_of(Level level);

}  // namespace lintel::daemon
