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
inline constexpr std::int32_t no_response = -2;  // the host that was to be tested
inline constexpr std::int32_t no_room = -3;
inline constexpr std::int32_t packed_answer = -4;  // a file came compressed by the transport
inline constexpr std::int32_t bad_parameter = -11;
inline constexpr std::int32_t no_such_command = -13;
inline constexpr std::int32_t unreadable = -16;  // the records changed again and again
inline constexpr std::int32_t no_such_file = -17;
inline constexpr std::int32_t no_space = -18;
inline constexpr std::int32_t bad_checksum = -19;
inline constexpr std::int32_t wrong_length = -20;
inline constexpr std::int32_t not_emfw = -25;
inline constexpr std::int32_t too_large = -106;
inline constexpr std::int32_t bad_options = -108;
inline constexpr std::int32_t bad_url = -618;
inline constexpr std::int32_t bad_data = -620;
inline constexpr std::int32_t bad_table_name = -629;
inline constexpr std::int32_t bad_base64 = -631;
inline constexpr std::int32_t no_such_condition = -101;  // of [APList]; the engine's for the others
inline constexpr std::int32_t no_such_field = -621;      // the same
inline constexpr std::int32_t not_on_this_box = -708;
inline constexpr std::int32_t options_not_taken = -709;  // the data of GET OPTIONS: 200, and no OK
inline constexpr std::int32_t not_downloaded = -721;
inline constexpr std::int32_t data_not_taken = -722;   // the same of a QUERY, and of ACCOUNT
inline constexpr std::int32_t http_error = -726;       // any status that is not 2xx
inline constexpr std::int32_t count_not_taken = -728;  // the same of a COUNT
inline constexpr std::int32_t no_server_response = -730;
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

// ACCOUNT (9.2): access records as compressed files, to be compared with those that were uploaded.
struct Account {
  bool in_querydata = false;  // one file, in base64; else an overview and files
  std::uint64_t after = 0;    // records of a higher index
  std::uint64_t through = 0;  // and up to this one; 0: no limit
  std::string start_time;     // as the server wrote it; empty: no limit
  std::string end_time;
};

// Test Host (9.3): can a connection be made to this address?
struct TestHost {
  std::string host;
  std::uint16_t port = 0;
};

// Nothing is to be done by the engine: the answer is 0.
struct Acknowledged {
  bool states_anew = false;  // the states go up once more, the battery's among them
};

// What is to be done. Conditions whose value is `*` stay as they are: whether the table has such a
// field is known to the engine only.
using Intention = std::variant<Refusal, pb::Update, pb::Delete, pb::Count, pb::Query,
                               pb::SetOptions, pb::GetOptions, pb::Control, pb::Enroll, pb::Upgrade,
                               Account, TestHost, Acknowledged>;
Intention parse_command(const CommandText& command);

// Positions of AccSupportFunList that stand for commands which are taken here.
std::vector<unsigned> functions_by_commands();

// CONTROL DEVICE AABBCCDD[EE] (control.cc). Exactly 8 or 10 hexadecimal digits: short, long and
// unknown strings are refused, never guessed.
std::variant<Refusal, Acknowledged, pb::Control> parse_control(std::string_view digits);
// Momentary ones lose their sense when they come late; the others set a state.
bool is_momentary(pb::Control::Verb verb);

}  // namespace lintel::push
