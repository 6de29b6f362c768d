// What servers say of themselves: configuration blocks, verdicts, versions, times, addresses. The
// first byte chooses the status that the reply has.
#include <string>

#include "push/charset.h"
#include "push/message.h"
#include "push/parameters.h"
#include "push/server_address.h"
#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using namespace std::chrono_literals;
using fuzz::require;

namespace {

void check_parameters(std::string_view body) {
  push::Parameters parameters;
  parameters.take(push::ConfigBlock(body));
  parameters.take(push::ConfigBlock(body, ','));
  require(parameters.error_delay >= 1s && parameters.error_delay <= 3600s, "ErrorDelay in range");
  require(parameters.request_delay >= 1s && parameters.request_delay <= 3600s,
          "RequestDelay in range");
  require(parameters.timeout >= 1s && parameters.timeout <= 300s, "TimeoutSec in range");
  require(parameters.trans_interval >= 1min && parameters.trans_interval <= 1440min,
          "TransInterval in range");
  require(parameters.protocol <= push::our_version, "the lower version of both");
  for (const auto& text : {parameters.registry_code, parameters.session_id}) {
    require(text.size() <= 256, "codes are short");
    for (const char c : text)
      require(static_cast<unsigned char>(c) >= ' ', "codes cannot forge a header");
  }
}

void check_texts(const std::string& body) {
  const auto times = push::parse_times(body);
  require(times.size() <= 10, "ten times at most");
  for (const auto time : times)
    require(time >= 0min && time < 24h, "times of day");
  if (const auto time = push::parse_server_time(body)) {
    require(time->utc.time_since_epoch() > 0s, "the time lies after 2000");
    require(!time->zone || (*time->zone > -24h && *time->zone < 24h), "a zone on earth");
  }
  if (const auto version = push::parse_version(body)) {
    const auto again = push::parse_version(push::text_of(*version));
    require(again == version, "a version reads as it is written");
  }
  if (const auto address = push::parse_address(body)) {
    require(push::parse_address(address->url()) == address, "an address reads as it is written");
    require(address->host.find_first_of(" \r\n\t/") == std::string::npos, "a host is one");
  }
  if (const auto text = push::to_utf8(body))
    require(push::valid_utf8(*text), "what is converted is UTF-8");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  constexpr int statuses[] = {200, 200, 200, 401, 403, 404, 406, 500};
  const int status = statuses[input.byte() % std::size(statuses)];
  const std::string body(input.rest());
  check_parameters(body);
  check_texts(body);
  const push::HttpReply reply{.status = status, .headers = {}, .body = body};
  const auto verdict = push::verdict(reply, "rtlog");
  if (status >= 300)
    require(verdict.kind != push::Verdict::Kind::taken, "no page of errors takes an event");
  push::asks_to_register(reply);
  for (const char c : push::glimpse(reply))
    require(c >= ' ' && c <= '~', "a glimpse is a line for a log");
  return 0;
}
