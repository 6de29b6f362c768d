// ACCOUNT (9.2), Test Host (9.3), UPGRADE (9.4.1) and ENROLL_INFO (9.6.1): commands that write
// their parameters as name=value, in an order of which the text's own examples think little.
#include <array>

#include "engine/core/limits.h"
#include "push/command_parts.h"
#include "push/text.h"
#include "push/url.h"

namespace lintel::push {
namespace {

using Parameters = std::vector<Parameter>;

Refusal bad(const char* sentence) {
  return {code::bad_parameter, sentence};
}

// Where the parameter is missing: `otherwise`. Nothing: it is no number up to `most`.
std::optional<std::uint64_t> number(const Parameters& parameters, std::string_view name,
                                    std::uint64_t otherwise, std::uint64_t most) {
  const auto text = find(parameters, name);
  if (!text || text->empty()) return otherwise;
  const auto value = whole_number(*text);
  return value && *value <= most ? value : std::nullopt;
}

bool names_any(const Parameters& parameters, std::string_view a, std::string_view b) {
  return find(parameters, a) || find(parameters, b);
}

// ---- ACCOUNT

std::optional<Refusal> read_indexes(const Parameters& parameters, Account& account) {
  constexpr std::uint64_t most = UINT64_MAX >> 1;
  const auto start = number(parameters, "StartIndex", 0, most);
  const auto end = number(parameters, "EndIndex", most, most);
  if (!start || !end || *end == 0 || *end < *start) {
    return bad("StartIndex and EndIndex are numbers, and the end is not before the start.");
  }
  account.after = *start == 0 ? 0 : *start - 1;
  account.through = *end == most ? 0 : *end;
  return std::nullopt;
}

std::optional<Refusal> read_times(const Parameters& parameters, Account& account) {
  constexpr std::size_t time_bytes_max = 32;
  const auto start = find(parameters, "StartTime").value_or("");
  const auto end = find(parameters, "EndTime").value_or("");
  const auto may_be_time = [](std::string_view text) {
    return text.size() <= time_bytes_max &&
           text.find_first_not_of("0123456789-/: T") == std::string_view::npos;
  };
  if (!may_be_time(start) || !may_be_time(end)) return bad("StartTime and EndTime are times.");
  account.start_time = start;
  account.end_time = end;
  return std::nullopt;
}

// ---- UPGRADE

bool is_md5(std::string_view text) {
  return text.size() == 32 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::optional<pb::Upgrade::Method> method_of(const Parameters& parameters) {
  const auto type = number(parameters, "type", 0, 1);
  const auto pieces = number(parameters, "supportsubcontracting", 0, 1);
  if (!type || !pieces) return std::nullopt;
  if (*pieces == 1) return pb::Upgrade::RANGE;
  return *type == 1 ? pb::Upgrade::DIRECT : pb::Upgrade::BASE64;
}

std::optional<Refusal> check_file(const pb::Upgrade& upgrade) {
  constexpr std::string_view file = "emfw.cfg";
  const auto url = parse_url(upgrade.url());
  if (!url) return Refusal{code::bad_url, "The url of the firmware is none."};
  if (!same_name(file_name(*url), file)) {
    return Refusal{code::not_emfw, "The file of the firmware is not called emfw.cfg."};
  }
  if (!is_md5(upgrade.checksum())) {
    return Refusal{code::bad_checksum, "checksum is not 32 hexadecimal digits: it fits no file."};
  }
  return std::nullopt;
}

}  // namespace

Intention parse_account(const CommandText&, std::string_view rest) {
  constexpr std::array<std::string_view, 6> names = {"ContentType", "MaxIndex",  "StartIndex",
                                                     "EndIndex",    "StartTime", "EndTime"};
  if (!same_name(take_word(rest), "transaction")) {
    return Refusal{code::bad_table_name, "ACCOUNT knows the table transaction only."};
  }
  const auto parameters = Parameter::read(rest, names, " \t\r\n");
  if (!parameters) return bad("ACCOUNT has a parameter twice, or one that is unknown.");
  Account account;
  if (const auto type = find(*parameters, "ContentType")) {
    if (!same_name(*type, "tgz")) return bad("ContentType is tgz.");
    account.in_querydata = true;
  }
  const bool after = find(*parameters, "MaxIndex").has_value();
  const bool indexes = names_any(*parameters, "StartIndex", "EndIndex");
  const bool times = names_any(*parameters, "StartTime", "EndTime");
  if (int{after} + int{indexes} + int{times} != 1) {
    return bad(
        "ACCOUNT names either MaxIndex, or StartIndex and EndIndex, or StartTime and EndTime.");
  }
  std::optional<Refusal> refusal;
  if (indexes) refusal = read_indexes(*parameters, account);
  if (times) refusal = read_times(*parameters, account);
  if (refusal) return *refusal;
  if (after) {
    const auto index = number(*parameters, "MaxIndex", 0, UINT64_MAX >> 1);
    if (!index) return bad("MaxIndex is a number.");
    account.after = *index;
  }
  return account;
}

Intention parse_test_host(const CommandText&, std::string_view rest) {
  constexpr std::array<std::string_view, 1> names = {"Address"};
  const auto parameters = Parameter::read(rest, names, " \t\r\n");
  if (!parameters || parameters->empty()) return bad("Test Host is written as Address=HOST:PORT.");
  const auto text = parameters->front().value;
  const auto address = parse_address("http://" + std::string(text));
  const auto colon = text.rfind(':');
  const bool with_port =
      colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos;
  if (!address || !with_port || text.find('/') != std::string_view::npos) {
    return Refusal{code::bad_url, "Address is not HOST:PORT."};
  }
  return TestHost{address->host, address->port};
}

Intention parse_upgrade(const CommandText& command, std::string_view rest) {
  constexpr std::array<std::string_view, 5> names = {"type", "checksum", "url", "size",
                                                     "supportsubcontracting"};
  const auto parameters = Parameter::read(rest, names, ", \t\r\n");
  if (!parameters) return bad("UPGRADE has a parameter twice, or one that is unknown.");
  const auto method = method_of(*parameters);
  if (!method) return bad("type and supportsubcontracting are 0 or 1.");
  const auto size = number(*parameters, "size", 0, UINT64_MAX);
  if (!size || *size == 0) return bad("size is the number of bytes of the firmware.");
  if (*size > limits::firmware_bytes_max) {
    return Refusal{code::no_space, "The firmware is larger than 512 MiB."};
  }
  pb::Upgrade upgrade;
  set_key(command, upgrade);
  upgrade.set_method(*method);
  upgrade.set_size(*size);
  upgrade.set_url(without_disguise(find(*parameters, "url").value_or("")));
  upgrade.set_checksum(lower(find(*parameters, "checksum").value_or("")));
  if (const auto refusal = check_file(upgrade)) return *refusal;
  return upgrade;
}

Intention parse_enroll_info(const CommandText& command, std::string_view rest) {
  constexpr std::array<std::string_view, 4> names = {"TYPE", "PIN", "RETRY", "MODE"};
  constexpr std::uint64_t retries_max = 255;
  const auto parameters = Parameter::read(rest, names, " \t\r\n");
  if (!parameters) return bad("ENROLL_INFO has a parameter twice, or one that is unknown.");
  const auto type = number(*parameters, "TYPE", 0, 0);
  if (!type) return bad("TYPE is 0: this box takes cards and nothing else.");
  const auto retries = number(*parameters, "RETRY", 0, retries_max);
  const auto mode = number(*parameters, "MODE", 0, 1);
  if (!retries || !mode) return bad("RETRY is a number up to 255, MODE is 0 or 1.");
  const auto pin = find(*parameters, "PIN").value_or("");
  if (!is_name(pin)) return bad("PIN names the person whose card it will be.");
  pb::Enroll enroll;
  set_key(command, enroll);
  enroll.set_pin(std::string(pin));
  enroll.set_retries(static_cast<std::uint32_t>(*retries));
  enroll.set_save(*mode == 1);
  return enroll;
}

}  // namespace lintel::push
