// Every option of the protocol, declared once: name, kind, range, default. What SET OPTIONS may
// set, what GET OPTIONS answers, and what registration and options upload send are read from here.
//
// Door options ("Door1Drivertime") are not in the list: they are the door parameters of appendix 10
// under another name (engine/core/door_parameters.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lintel::daemon {

struct OptionSpec {
  enum class Kind : std::uint8_t {
    fact,     // what this box is: computed, never set
    number,   // low to high
    text,     // at most high bytes, no control characters
    secret,   // text that is never uploaded unasked and shown to the server alone
    address,  // IPv4 of one machine, or empty
    mask,     // IPv4 subnet mask, or empty
    host,     // a name or an address of at most high bytes, or empty
    zone,     // +hhmm
    clock,    // DateTime: seconds of appendix 5, UTC
  };
  std::string_view name;
  Kind kind;
  std::string_view fallback = "";
  std::int64_t low = 0;
  std::int64_t high = 0;
  bool uploaded = false;  // part of POST cdata?table=options
  // Of a number with gaps: the values that there are, and where they stand.
  bool (*is_value)(std::uint32_t) = nullptr;
  std::string_view listed_in = "";
};

// Those that are uploaded stand in the order in which 4.6 has them.
std::span<const OptionSpec> option_specs();
// Without regard to case, with or without the leading ~. Null: no such option.
const OptionSpec* find_option(std::string_view name);

// Empty: the value is fine. Else what is allowed, as the end of "must ...".
std::string option_complaint(const OptionSpec& spec, std::string_view value);

}  // namespace lintel::daemon
