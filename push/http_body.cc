#include "push/http_body.h"

#include <string_view>

#include "push/text.h"

namespace lintel::push {
namespace {

HttpBody read_bytes(std::istream& stream, std::uint64_t count, std::size_t bytes_max,
                    std::string& body) {
  if (body.size() + count > bytes_max) return HttpBody::too_large;
  const auto start = body.size();
  body.resize(start + count);
  stream.read(body.data() + start, static_cast<std::streamsize>(count));
  const auto got = static_cast<std::size_t>(stream.gcount());
  body.resize(start + got);
  return got == count ? HttpBody::whole : HttpBody::broken_off;
}

HttpBody read_to_end(std::istream& stream, std::size_t bytes_max, std::string& body) {
  char buffer[8192];
  while (stream.read(buffer, sizeof buffer) || stream.gcount() > 0) {
    body.append(buffer, static_cast<std::size_t>(stream.gcount()));
    if (body.size() > bytes_max) return HttpBody::too_large;
  }
  return stream.bad() ? HttpBody::broken_off : HttpBody::whole;  // bad: the connection, not its end
}

std::optional<std::string> read_line(std::istream& stream) {
  constexpr std::size_t line_bytes_max = 1024;
  std::string line;
  for (int c = stream.get(); c != std::istream::traits_type::eof(); c = stream.get()) {
    if (c == '\n') return line;
    if (line.size() == line_bytes_max) return std::nullopt;
    line += static_cast<char>(c);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> chunk_size(std::string_view line) {
  line = trimmed(line.substr(0, line.find(';')));
  constexpr std::size_t digits_max = 8;
  if (line.empty() || line.size() > digits_max) return std::nullopt;
  std::uint64_t size = 0;
  for (const char c : line) {
    const auto digit = std::string_view("0123456789abcdef").find(lower(std::string(1, c)));
    if (digit == std::string_view::npos) return std::nullopt;
    size = size * 16 + digit;
  }
  return size;
}

HttpBody read_chunks(std::istream& stream, std::size_t bytes_max, std::string& body) {
  for (;;) {
    const auto line = read_line(stream);
    const auto size = line ? chunk_size(*line) : std::nullopt;
    if (!size) return HttpBody::broken_off;
    if (*size == 0) break;
    const HttpBody chunk = read_bytes(stream, *size, bytes_max, body);
    if (chunk != HttpBody::whole) return chunk;
    const auto end = read_line(stream);
    if (!end || !trimmed(*end).empty()) return HttpBody::broken_off;
  }
  for (int trailers = 0; trailers < http_header_fields_max; ++trailers) {
    const auto line = read_line(stream);
    if (!line) return HttpBody::broken_off;
    if (trimmed(*line).empty()) return HttpBody::whole;
  }
  return HttpBody::broken_off;
}

bool is_bodyless(int status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

HttpBody read_body(std::istream& stream, const HttpFraming& framing, std::size_t bytes_max,
                   std::string& body) {
  if (is_bodyless(framing.status)) return HttpBody::whole;
  if (framing.chunked) return read_chunks(stream, bytes_max, body);
  if (!framing.length) return read_to_end(stream, bytes_max, body);
  if (*framing.length < 0) return HttpBody::broken_off;
  return read_bytes(stream, static_cast<std::uint64_t>(*framing.length), bytes_max, body);
}

}  // namespace lintel::push
