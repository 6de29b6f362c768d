// The return values of appendix 1 that this controller means.
#pragma once

#include <cstdint>

#include "engine/base/result.h"

namespace lintel::daemon {

namespace codes {
inline constexpr std::int32_t ok = 0;
inline constexpr std::int32_t queue_full = -3;    // insufficient cache: hand it out again
inline constexpr std::int32_t wrong_length = -5;  // a piece of a file that is not the next one
inline constexpr std::int32_t repeated_command = -7;
inline constexpr std::int32_t unauthorized = -8;
inline constexpr std::int32_t wrong_parameter = -11;  // a value, a range, a missing key
inline constexpr std::int32_t execution_error = -12;
inline constexpr std::int32_t write_failed = -15;  // the disk
inline constexpr std::int32_t no_space = -18;
inline constexpr std::int32_t wrong_checksum = -19;
inline constexpr std::int32_t wrong_size = -20;   // of a file, against what was said of it
inline constexpr std::int32_t no_platform = -21;  // -21 to -24: what the installer says
inline constexpr std::int32_t wrong_platform = -22;
inline constexpr std::int32_t older_firmware = -23;
inline constexpr std::int32_t bad_firmware = -24;    // not signed by us
inline constexpr std::int32_t empty_template = -26;  // of a fingerprint
inline constexpr std::int32_t no_such_user = -27;
inline constexpr std::int32_t normal_open_time = -28;  // opening a door in its normal-open time
inline constexpr std::int32_t no_such_condition = -101;
inline constexpr std::int32_t invalid_options = -108;
inline constexpr std::int32_t cannot_save_parameter = -612;
inline constexpr std::int32_t normal_open_failed = -616;
inline constexpr std::int32_t wrong_url = -618;
inline constexpr std::int32_t wrong_format = -620;
inline constexpr std::int32_t no_such_field = -621;
inline constexpr std::int32_t wrong_table = -629;
inline constexpr std::int32_t wrong_base64_length = -631;  // by its own rule, or not as Size says
inline constexpr std::int32_t wrong_file_name = -632;      // of a photo: with a path, or unreadable
inline constexpr std::int32_t unsupported = -708;
inline constexpr std::int32_t upgrade_failed = -720;
inline constexpr std::int32_t waited_too_long = -725;
}  // namespace codes

// What a failure of the world is called there.
constexpr std::int32_t code_of(Errc code) {
  switch (code) {
    case Errc::invalid:
      return codes::wrong_parameter;
    case Errc::io:
    case Errc::corrupt:
      return codes::write_failed;
    case Errc::full:
      return codes::no_space;
    case Errc::busy:
      return codes::queue_full;
    case Errc::refused:
      return codes::unauthorized;
    case Errc::unsupported:
      return codes::unsupported;
    case Errc::not_found:
    case Errc::gone:
    case Errc::timeout:
      return codes::execution_error;
  }
  return codes::execution_error;
}

}  // namespace lintel::daemon
