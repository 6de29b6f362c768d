// The body of an HTTP/1.1 answer, taken piece by piece: with a length, chunked, or up to the end
// of the connection. One that breaks off is never taken for a whole one.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string_view>

namespace lintel::push {

struct BodyForm {
  bool none = false;  // the status says that there is no body
  bool chunked = false;
  std::optional<std::uint64_t> length = std::nullopt;
  // Bytes that are announced beyond this many are not waited for: `unwanted`.
  std::uint64_t most = UINT64_MAX;
};

//   whole       all of it was taken
//   broken_off  the connection, or the form
//   unwanted    `take` said so, or it is announced as too long
enum class Body { whole, broken_off, unwanted };

// False: no more is wanted.
using TakePiece = std::function<bool(std::string_view piece)>;

// Pieces have at most 8 KiB.
Body read_body(std::istream& stream, const BodyForm& form, const TakePiece& take);

}  // namespace lintel::push
