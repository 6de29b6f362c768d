// What the server has told about itself and about how it wants to be spoken to (chapter 4.5).
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "push/biometrics.h"
#include "push/limits.h"

namespace lintel::push {

// A block of `name=value` lines as servers send it: CRLF or LF, blanks around lines, names in any
// case, cut at the first `=`. Lines without a name are passed over; unknown names are kept.
class ConfigBlock {
 public:
  explicit ConfigBlock(std::string_view body, char separator = '\n');
  // Where a name stands twice, the later one counts. Nothing: it is not there.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

// Versions of the protocol (appendix 13).
using ProtocolVersion = std::array<unsigned, 3>;
inline constexpr ProtocolVersion our_version{3, 1, 2};
inline constexpr ProtocolVersion oldest_version{3, 0, 1};  // of a server that names none
// "3.1.1", also behind words ("Ver 3.1.1"). Nothing: no version in it.
std::optional<ProtocolVersion> parse_version(std::string_view text);
std::string text_of(const ProtocolVersion& version);

// What a version has that the one before it has not; the table is in parameters.cc. 3.0.1 has none.
//   batches         several events in one POST of rtlog
//   encryption      the exchange of keys and factors (4.2, 4.3, appendix 16)
//   error_log       POSTs of the table errorlog (7.12)
//   validity_codes  events 5024 and 5025 beside 29 (appendix 19)
enum class Feature { batches, encryption, error_log, validity_codes };
bool speaks(const ProtocolVersion& version, Feature feature);

struct Parameters {
  std::string registry_code;  // empty: not registered
  std::string session_id;     // may stay empty: some servers have none
  std::string server_name;
  std::string server_version;
  ProtocolVersion protocol = oldest_version;  // the lower of both sides'
  std::chrono::seconds error_delay = limits::error_delay_default;
  std::chrono::seconds request_delay = limits::request_delay_default;
  std::chrono::seconds timeout = limits::timeout_default;
  std::chrono::minutes trans_interval = limits::trans_interval_default;
  std::vector<std::chrono::minutes> trans_times{std::chrono::minutes(12 * 60 + 30),
                                                std::chrono::minutes(14 * 60 + 30)};
  bool realtime = true;
  std::optional<bool> push_options;  // PushOptionsFlag, where the server names it
  bool verify_styles = false;        // NewVFStyles echoed: verifytype has 16 digits
  // TransTables: what goes up without being asked for. Events that do not, wait in the journal for
  // a QUERY; rows of people that do not, are in their tables.
  bool uploads_people = true;   // User
  bool uploads_records = true;  // Transaction
  BioSupport bio;               // what it takes of templates and photos
  unsigned security_level = 0;  // SvrNSLevel, 0 to 4; one that names none has 0
  // For the engine's options of the same names. QRCodeDecryptKey is a secret.
  std::optional<std::string> qr_decrypt_type;
  std::optional<std::string> qr_decrypt_key;
  std::optional<std::string> temperature_unit;  // IRTempUnitTrans

  // Takes what the block says. A value outside of its range changes nothing.
  void take(const ConfigBlock& block);
  // What holds at the start of a new connection: the defaults, but the delays and the time limit
  // stay until the server names new ones.
  [[nodiscard]] Parameters for_new_connection() const;
};

// TransTimes: times of day parted by `;`, TAB or nothing at all ("00:0014:00"), at most ten.
std::vector<std::chrono::minutes> parse_times(std::string_view text);

// The answer of GET rtdata?type=time: "DateTime=583050990,ServerTZ=+0800". The number is appendix
// 5's seconds of UTC; one that can only be Unix seconds is nothing.
struct ServerTime {
  std::chrono::sys_seconds utc;
  std::optional<std::chrono::minutes> zone;  // east of UTC
};
std::optional<ServerTime> parse_server_time(std::string_view body);
// The Date header of a reply: "Fri, 03 Jul 2015 06:53:01 GMT". Nothing for any other form.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace lintel::push
