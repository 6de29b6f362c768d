#include "push/parameters.h"

#include <algorithm>

#include "push/limits.h"
#include "push/text.h"

namespace lintel::push {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A value that stands in a header later: bounded, and free of control characters.
void take_code(const ConfigBlock& block, std::string_view name, std::string& code) {
  const auto value = block.find(name);
  if (!value || value->size() > limits::server_code_bytes_max) return;
  const bool sound = std::all_of(value->begin(), value->end(),
                                 [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  if (sound) code = *value;
}

template <class Unit>
void take_number(const ConfigBlock& block, std::string_view name, Unit low, Unit high,
                 Unit& target) {
  const auto value = block.find(name);
  const auto number = value ? whole_number(*value) : std::nullopt;
  const auto least = static_cast<std::uint64_t>(low.count());
  const auto most = static_cast<std::uint64_t>(high.count());
  if (number && *number >= least && *number <= most) target = Unit(*number);
}

std::optional<bool> flag(const ConfigBlock& block, std::string_view name) {
  const auto value = block.find(name);
  if (value == "0") return false;
  if (value == "1") return true;
  return std::nullopt;
}

struct FirstWith {
  Feature feature;
  ProtocolVersion version;
};
constexpr FirstWith features[] = {
    {Feature::batches, {3, 1, 1}},
    {Feature::encryption, {3, 1, 1}},
    {Feature::error_log, {3, 1, 2}},
    {Feature::validity_codes, {3, 1, 2}},
};

// TransTables: words parted by blanks, comma or semicolon. A list that names neither of the two
// says nothing.
void take_tables(const ConfigBlock& block, bool& people, bool& records) {
  const auto value = block.find("TransTables");
  if (!value) return;
  std::string list(*value);
  std::replace_if(
      list.begin(), list.end(), [](char c) { return c == ',' || c == ';'; }, ' ');
  bool user = false;
  bool transaction = false;
  for (std::string_view rest = list; !trimmed(rest).empty();) {
    const auto word = take_word(rest);
    user = user || same_name(word, "User");
    transaction = transaction || same_name(word, "Transaction");
  }
  if (!user && !transaction) return;
  people = user;
  records = transaction;
}

void take_digit(const ConfigBlock& block, std::string_view name, char low, char high,
                std::optional<std::string>& target) {
  const auto value = block.find(name);
  if (value && value->size() == 1 && value->front() >= low && value->front() <= high)
    target = *value;
}

void take_types(const ConfigBlock& block, std::string_view name, std::optional<BioTypes>& target) {
  const auto value = block.find(name);
  if (const auto types = value ? parse_bio_types(*value) : std::nullopt) target = types;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<minutes> parse_zone(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto number = whole_number(text.substr(1));
  if (!number || *number % 100 > 59 || *number > 1400) return std::nullopt;
  const minutes offset(*number / 100 * 60 + *number % 100);
  return text[0] == '-' ? -offset : offset;
}

// Appendix 6. Every month has 31 days there; a day that the month does not have is nothing.
std::optional<std::chrono::sys_seconds> from_protocol_seconds(std::uint64_t count) {
  using namespace std::chrono;
  // Unix seconds of today, read as appendix 5, lie after 2046: no server means that.
  constexpr int year_end = 2046;
  const auto days_passed = count / 86400;
  const year_month_day date(year(static_cast<int>(2000 + days_passed / 372)),
                            month(static_cast<unsigned>(days_passed / 31 % 12 + 1)),
                            day(static_cast<unsigned>(days_passed % 31 + 1)));
  if (days_passed / 372 >= year_end - 2000 || !date.ok()) return std::nullopt;
  return sys_days(date) + seconds(count % 86400);
}

}  // namespace

ConfigBlock::ConfigBlock(std::string_view body, char separator) {
  while (!body.empty() && entries_.size() < limits::config_entries_max) {
    auto line = trimmed(take_until(body, separator));
    if (line.find('=') == std::string_view::npos) continue;
    const auto name = trimmed(take_until(line, '='));
    if (!name.empty()) entries_.emplace_back(name, trimmed(line));
  }
}

std::optional<std::string_view> ConfigBlock::find(std::string_view name) const {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [&](const auto& entry) { return same_name(entry.first, name); });
  if (found == entries_.rend()) return std::nullopt;
  return found->second;
}

std::optional<ProtocolVersion> parse_version(std::string_view text) {
  ProtocolVersion version{};
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  for (std::size_t part = 0; part < version.size(); ++part) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 4 && is_digit(text[digits]))
      ++digits;
    if (digits == 0) return std::nullopt;
    version[part] = static_cast<unsigned>(*whole_number(text.substr(0, digits)));
    text.remove_prefix(digits);
    const bool last = part + 1 == version.size();
    if (!last && (text.empty() || text[0] != '.')) return std::nullopt;
    if (!last) text.remove_prefix(1);
  }
  return version;
}

bool speaks(const ProtocolVersion& version, Feature feature) {
  return std::any_of(std::begin(features), std::end(features), [&](const FirstWith& row) {
    return row.feature == feature && version >= row.version;
  });
}

std::string text_of(const ProtocolVersion& version) {
  return std::to_string(version[0]) + "." + std::to_string(version[1]) + "." +
         std::to_string(version[2]);
}

void Parameters::take(const ConfigBlock& block) {
  take_code(block, "RegistryCode", registry_code);
  take_code(block, "SessionID", session_id);
  take_code(block, "ServerName", server_name);
  take_code(block, "ServerVersion", server_version);
  auto version = block.find("PushProtVer");
  if (!version) version = block.find("PushVersion");
  if (const auto theirs = version ? parse_version(*version) : std::nullopt) {
    protocol = std::min(our_version, *theirs);
  }
  take_number(block, "ErrorDelay", limits::delay_min, limits::delay_max, error_delay);
  take_number(block, "RequestDelay", limits::delay_min, limits::delay_max, request_delay);
  take_number(block, "TimeoutSec", limits::timeout_min, limits::timeout_max, timeout);
  take_number(block, "TransInterval", limits::trans_interval_min, limits::trans_interval_max,
              trans_interval);
  if (const auto times = block.find("TransTimes")) {
    auto parsed = parse_times(*times);
    if (!parsed.empty()) trans_times = std::move(parsed);
  }
  realtime = flag(block, "Realtime").value_or(realtime);
  if (const auto wanted = flag(block, "PushOptionsFlag")) push_options = wanted;
  if (const auto styles = block.find("NewVFStyles")) verify_styles = !styles->empty();
  take_tables(block, uploads_people, uploads_records);
  take_types(block, "MultiBioDataSupport", bio.data);
  take_types(block, "MultiBioPhotoSupport", bio.photos);
  if (const auto faces = flag(block, "BioDataFun")) bio.face_data = *faces;
  if (const auto faces = flag(block, "BioPhotoFun")) bio.face_photos = *faces;
  const auto level = whole_number(block.find("SvrNSLevel").value_or(""));
  if (level && *level <= limits::security_level_max) security_level = static_cast<unsigned>(*level);
  take_digit(block, "QRCodeDecryptType", '1', '3', qr_decrypt_type);
  take_digit(block, "IRTempUnitTrans", '0', '1', temperature_unit);
  const auto qr_key = block.find("QRCodeDecryptKey");
  if (qr_key && !qr_key->empty() && qr_key->size() <= limits::qr_key_bytes_max)
    qr_decrypt_key = *qr_key;
}

Parameters Parameters::for_new_connection() const {
  Parameters fresh;
  fresh.error_delay = error_delay;
  fresh.request_delay = request_delay;
  fresh.timeout = timeout;
  return fresh;
}

std::vector<minutes> parse_times(std::string_view text) {
  std::vector<minutes> times;
  // Blanks are met around the colon; without them every time is H:MM or HH:MM, and the next one
  // begins where the two digits of the minutes end.
  std::string packed;
  for (const char c : text) {
    if (c != ' ') packed += c;
  }
  std::string_view rest = packed;
  while (!rest.empty() && times.size() < limits::trans_times_max) {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos || colon == 0 || rest.size() < colon + 3) break;
    const std::size_t hour_digits = colon >= 2 && is_digit(rest[colon - 2]) ? 2 : 1;
    const auto hour = whole_number(rest.substr(colon - hour_digits, hour_digits));
    const auto minute = whole_number(rest.substr(colon + 1, 2));
    if (!hour || !minute || *hour > 23 || *minute > 59) break;
    times.emplace_back(*hour * 60 + *minute);
    rest.remove_prefix(colon + 3);
  }
  return times;
}

std::optional<ServerTime> parse_server_time(std::string_view body) {
  std::string lines(body);
  std::replace(lines.begin(), lines.end(), ',', '\n');
  const ConfigBlock block(lines);
  const auto count = block.find("DateTime");
  const auto number = count ? whole_number(*count) : std::nullopt;
  const auto utc = number ? from_protocol_seconds(*number) : std::nullopt;
  if (!utc) return std::nullopt;
  ServerTime time{.utc = *utc, .zone = {}};
  auto zone = block.find("ServerTZ");
  if (!zone) zone = block.find("MachineTZ");
  if (zone) time.zone = parse_zone(*zone);
  return time;
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  constexpr std::string_view form = "aaa, dd aaa dddd dd:dd:dd GMT";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  text = trimmed(text);
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits =
        form[i] == 'd' ? is_digit(text[i]) : (form[i] == 'a' ? text[i] > ' ' : text[i] == form[i]);
    if (!fits) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    return static_cast<unsigned>(*whole_number(text.substr(at, digits)));
  };
  const auto month_at = months.find(text.substr(8, 3));
  if (month_at == std::string_view::npos || month_at % 3 != 0) return std::nullopt;
  const year_month_day date(year(static_cast<int>(number(12, 4))),
                            month(static_cast<unsigned>(month_at / 3 + 1)), day(number(5, 2)));
  if (!date.ok() || number(17, 2) > 23 || number(20, 2) > 59 || number(23, 2) > 60)
    return std::nullopt;
  return sys_days(date) + hours(number(17, 2)) + minutes(number(20, 2)) + seconds(number(23, 2));
}

}  // namespace lintel::push
