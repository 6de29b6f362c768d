// The body of an HTTP reply. The first byte says how it is framed and how much may be taken, the
// second one a length that was announced; the rest is what the connection brings.
#include "push/http_body.h"

#include <sstream>

#include "tests/fuzz/libfuzzer/input.h"

using namespace lintel;
using fuzz::require;
using push::Body;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto how = input.byte();
  const std::uint64_t announced = input.byte();
  push::BodyForm form;
  form.none = (how & 1u) != 0;
  form.chunked = (how & 4u) != 0;
  if ((how & 8u) != 0) form.length = announced;
  const std::size_t most = (how & 16u) != 0 ? 16 : 4096;
  form.most = most;

  const std::string bytes(input.rest());
  std::istringstream stream(bytes);
  std::string body;
  const auto take = [&](std::string_view piece) {
    require(!piece.empty() && piece.size() <= 8192, "pieces are of a size");
    if (body.size() + piece.size() > most) return false;
    body += piece;
    return true;
  };
  const auto end = push::read_body(stream, form, take);

  require(body.size() <= most, "a body stays below its maximum");
  require(body.size() <= bytes.size(), "nothing is made up");
  if (form.none) {
    require(end == Body::whole && body.empty(), "this status has no body");
  } else if (!form.chunked && form.length) {
    const bool whole = announced <= most && announced <= bytes.size();
    require((end == Body::whole) == whole, "as long as announced, or broken off");
    if (whole) require(body == bytes.substr(0, announced), "byte by byte");
  } else if (!form.chunked && end == Body::whole) {
    require(body == bytes, "everything up to the end");
  }
  return 0;
}
