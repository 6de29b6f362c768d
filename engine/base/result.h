// Results: the world's failures as values, with the errand they spoiled.
//
//   Result<Store> open(path);
//   return fail(Errc::io, "disk is read-only");
//   return std::move(result.error()).during("store user table");   // "store user table: disk is
//   read-only"
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace lintel {

enum class Errc {
  invalid,      // what came in is not what was agreed; the sender must change it
  not_found,    // what was named does not exist
  refused,      // it exists, and the asker may not have it
  io,           // disk, socket or line did not do what it should; trying again may help
  corrupt,      // what was read cannot have been written by us
  full,         // a named maximum is reached
  busy,         // taken by somebody else just now; trying again helps
  gone,         // the other side has left
  timeout,      // no answer in time; whether it was done is unknown
  unsupported,  // understood, and not something that this build or board can do
};

struct Error {
  Errc code{};
  std::string text;  // a phrase for a technician: what, where, and what to do

  // The same error with the errand in front: "open database: disk is read-only".
  [[nodiscard]] Error during(std::string_view errand) && {
    text.insert(0, std::string(errand) + ": ");
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace lintel
