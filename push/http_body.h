// The body of an HTTP reply, read as its header says: chunked, so many bytes, or up to the end of
// the connection. Apart from http.cc so that bytes can be fed to it without a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

namespace lintel::push {

inline constexpr int http_header_fields_max = 100;  // trailers of a chunked body count as such

// What the header says of the body's end.
struct HttpFraming {
  int status = 200;
  bool chunked = false;                // counts more than a length
  std::optional<std::int64_t> length;  // negative: it is no number
};

//   whole       as announced; without an announcement, the connection has ended
//   broken_off  it ends early, or its chunks are none
//   too_large   it is, or says that it will be, larger than `bytes_max`
enum class HttpBody { whole, broken_off, too_large };

// Appends to `body`. What is announced as larger than `bytes_max` is not read at all; what turns
// out to be is left at most 8 KiB beyond. What the stream throws passes through.
HttpBody read_body(std::istream& stream, const HttpFraming& framing, std::size_t bytes_max,
                   std::string& body);

}  // namespace lintel::push
