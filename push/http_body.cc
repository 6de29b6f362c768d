#include "push/http_body.h"

#include <algorithm>
#include <array>
#include <string>

#include "engine/core/limits.h"
#include "push/text.h"

namespace lintel::push {
namespace {

constexpr std::size_t piece_bytes_max = 8192;
using Buffer = std::array<char, piece_bytes_max>;

// `room`: how much may still come in all.
Body read_bytes(std::istream& stream, std::uint64_t count, std::uint64_t& room,
                const TakePiece& take) {
  if (count > room) return Body::unwanted;
  room -= count;
  Buffer buffer;
  while (count > 0) {
    const auto wanted = std::min<std::uint64_t>(count, buffer.size());
    stream.read(buffer.data(), static_cast<std::streamsize>(wanted));
    const auto got = static_cast<std::uint64_t>(stream.gcount());
    if (got > 0 && !take({buffer.data(), got})) return Body::unwanted;
    if (got < wanted) return Body::broken_off;
    count -= got;
  }
  return Body::whole;
}

Body read_to_end(std::istream& stream, const TakePiece& take) {
  Buffer buffer;
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    if (!take({buffer.data(), static_cast<std::size_t>(stream.gcount())})) return Body::unwanted;
  }
  return stream.bad() ? Body::broken_off : Body::whole;  // bad: the connection, not its end
}

std::optional<std::string> read_line(std::istream& stream) {
  std::string line;
  for (int c = stream.get(); c != std::istream::traits_type::eof(); c = stream.get()) {
    if (c == '\n') return line;
    if (line.size() == limits::chunk_line_bytes_max) return std::nullopt;
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

Body read_chunks(std::istream& stream, std::uint64_t room, const TakePiece& take) {
  for (;;) {
    const auto line = read_line(stream);
    const auto size = line ? chunk_size(*line) : std::nullopt;
    if (!size) return Body::broken_off;
    if (*size == 0) break;
    const Body chunk = read_bytes(stream, *size, room, take);
    if (chunk != Body::whole) return chunk;
    const auto end = read_line(stream);
    if (!end || !trimmed(*end).empty()) return Body::broken_off;
  }
  for (int trailers = 0; trailers < limits::header_fields_max; ++trailers) {
    const auto line = read_line(stream);
    if (!line) return Body::broken_off;
    if (trimmed(*line).empty()) return Body::whole;
  }
  return Body::broken_off;
}

}  // namespace

Body read_body(std::istream& stream, const BodyForm& form, const TakePiece& take) {
  if (form.none) return Body::whole;
  if (form.chunked) return read_chunks(stream, form.most, take);
  if (!form.length) return read_to_end(stream, take);
  std::uint64_t room = form.most;
  return read_bytes(stream, *form.length, room, take);
}

}  // namespace lintel::push
