// Server commands: from the text of a getrequest reply to what the engine is to do.
//
// A reply holds none to hundreds of commands, `C:<id>:<text>`, parted by LF, CRLF or CRLFCRLF; a
// line that does not begin a command continues the record list of the one before it. What is wrong
// in the text is said here, with the code of appendix 1; tables, fields, values and ranges are the
// engine's to judge.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/api/lintel.pb.h"

namespace lintel::push {

// Why a command is not carried out.
struct Refusal {
  std::int32_t code = 0;  // appendix 1, negative
  std::string sentence;
};

// The codes that push itself answers with.
namespace code {
inline constexpr std::int32_t bad_parameter = -11;
inline constexpr std::int32_t no_such_command = -13;
inline constexpr std::int32_t too_large = -106;
inline constexpr std::int32_t bad_options = -108;
inline constexpr std::int32_t bad_data = -620;
inline constexpr std::int32_t bad_table_name = -629;
inline constexpr std::int32_t not_on_this_box = -708;
inline constexpr std::int32_t upload_refused = -726;
inline constexpr std::int32_t bad_command_format = -801;
}  // namespace code

struct CommandText {
  std::string id;          // as it goes back in `ID=`
  std::string_view text;   // behind "C:<id>:", with the lines that continue it; in the reply
  std::string_view whole;  // from "C:" on: what makes two commands the same
  std::optional<Refusal> refusal;  // it cannot even be looked at
};

// The commands in the reply, in order; views into it. A command whose id could not be sent back is
// passed over, as are those beyond limits::commands_per_reply_max; `dropped` counts them. Text
// before the first command is no command ("OK", a session id).
struct CommandList {
  std::vector<CommandText> commands;
  std::size_t dropped = 0;
};
CommandList split_commands(std::string_view reply, std::string_view serial);

// `CMD=` of the result: the command's first two words ("DATA UPDATE", "SET OPTIONS").
std::string command_words(std::string_view text);

// By what the engine knows the command again, and what it calls its result.
pb::CommandKey command_key(const CommandText& command);

// What is to be done. Conditions whose value is `*` stay as they are: whether the table has such a
// field is known to the engine only.
using Intention = std::variant<Refusal, pb::Update, pb::Delete, pb::Count, pb::Query,
                               pb::SetOptions, pb::GetOptions, pb::Control>;
Intention parse_command(const CommandText& command);

// CONTROL DEVICE AABBCCDD[EE] (control.cc). Exactly 8 or 10 hexadecimal digits: short, long and
// unknown strings are refused, never guessed.
std::variant<Refusal, pb::Control> parse_control(std::string_view digits);
// Momentary ones lose their sense when they come late; the others set a state.
bool is_momentary(pb::Control::Verb verb);

}  // namespace lintel::push
