// The body of an HTTP reply. The first byte says how it is framed and how much may be taken, the
// second one a length that was announced; the rest is what the connection brings.
#include "push/http_body.h"

#include <sstream>

#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;
using push::HttpBody;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto how = input.byte();
  const std::int64_t announced = static_cast<std::int8_t>(input.byte());
  push::HttpFraming framing;
  constexpr int statuses[] = {200, 204, 304, 500};
  framing.status = statuses[how & 3u];
  framing.chunked = (how & 4u) != 0;
  if ((how & 8u) != 0) framing.length = announced;
  const std::size_t most = (how & 16u) != 0 ? 16 : 4096;

  const std::string bytes(input.rest());
  std::istringstream stream(bytes);
  std::string body;
  const auto end = push::read_body(stream, framing, most, body);

  require(body.size() <= most + 8192, "a body stays below its maximum");
  require(body.size() <= bytes.size(), "nothing is made up");
  if (framing.status == 204 || framing.status == 304) {
    require(end == HttpBody::whole && body.empty(), "this status has no body");
  } else if (framing.chunked) {
    if (end == HttpBody::whole) require(body.size() <= most, "whole chunks fit");
  } else if (framing.length) {
    const bool whole = announced >= 0 && static_cast<std::size_t>(announced) <= most &&
                       static_cast<std::size_t>(announced) <= bytes.size();
    require((end == HttpBody::whole) == whole, "as long as announced, or broken off");
    if (whole) require(body == bytes.substr(0, body.size()), "byte by byte");
  } else if (end == HttpBody::whole) {
    require(body == bytes, "everything up to the end");
  }
  return 0;
}
