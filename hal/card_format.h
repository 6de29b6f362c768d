// Card formats: which bits of a Wiegand frame are the number, and what proves that it came whole.
//
// A format is written as the PUSH protocol writes it, a character for each bit as it comes:
//
//   pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo
//
// before the colon what the bit is:  p parity   c card number   s site code
//                                    m manufacturer, f facility, x: read past
// after it what it is counted in:    e even group   o odd group   b both   x none
//
// A group holds its own parity bit: the ones over all its bits are even or odd. Further groups may
// follow, each after a colon or a semicolon. Numbers are read most significant bit first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/types.h"
#include "hal/wiegand.h"

namespace lintel::hal {

// What a reader does to a frame or its number before sending it (ReversalType of ReaderWGFormat).
enum class Reversal : std::uint8_t {
  none = 0,
  order = 1,   // all bits of the frame come last first
  levels = 2,  // 0 and 1 are exchanged, in the whole frame: D0 and D1 are crossed
  bytes = 3,   // the bytes of the number come lowest first; its bits must be a multiple of 8
  number = 4,  // the bits of the number come lowest first
};

// The fields of a WGFormat row, and of the ReaderWGFormat row that names it, as they came.
struct CardFormatText {
  std::string_view format{};          // CardFormat
  unsigned bits = 0;                  // CardBit; 0: as many as the format has
  std::uint32_t site_code = 0;        // SiteCode; 0: any
  std::string_view ext_site_codes{};  // ExtSiteCode: more that are welcome, ; between
  std::string_view ext_parity{};      // ExtParityFormat: more groups, ; between
  bool parity_verified = true;        // not ParityVerifyDisable
  unsigned reversal = 0;              // ReversalType
};

struct CardNumber {
  CardNo card;
  std::uint32_t site_code = 0;
  bool operator==(const CardNumber&) const = default;
};

class CardFormat {
 public:
  static constexpr unsigned bits_min = 9;  // shorter ones are keys
  static constexpr unsigned number_bits_max = 64;
  static constexpr unsigned site_bits_max = 32;
  static constexpr std::size_t groups_max = 16;
  static constexpr std::size_t site_codes_max = 64;

  // Fails with what is wrong and where.
  static Result<CardFormat> parse(const CardFormatText& text);

  [[nodiscard]] unsigned bits() const { return bits_; }

  // Whether what is decided by the bit that came as number `size` speaks against this format: a
  // parity group that it completes is wrong, or it ends a site code that is not welcome. Asked
  // after each bit, it tells as early as can be known that a frame is of another format.
  [[nodiscard]] bool excluded_by(const FrameBits& bits, unsigned size) const;

  // The number; nothing if length, parity or site code are not this format's.
  [[nodiscard]] std::optional<CardNumber> read(const Frame& frame) const;

 private:
  struct ParityGroup {
    FrameBits mask;            // bits as they come on the line
    bool odd = false;          // of the ones as they come on the line
    unsigned complete_at = 0;  // how many bits must have come
    [[nodiscard]] bool holds(const FrameBits& bits) const {
      return ((bits & mask).count() % 2 == 1) == odd;
    }
  };

  Result<void> read_places(std::string_view places);
  Result<void> read_groups(std::string_view marks);
  Result<void> read_group(std::string_view marks);
  void add_group(const FrameBits& mask, bool odd);
  Result<void> read_site_codes(const CardFormatText& text);
  Result<void> order_number();
  Result<void> check_parity_covered(std::string_view places) const;
  [[nodiscard]] std::uint8_t line_bit(std::size_t place) const;
  [[nodiscard]] std::uint64_t value(const FrameBits& bits,
                                    const std::vector<std::uint8_t>& of) const;
  [[nodiscard]] bool welcome(std::uint32_t site_code) const;

  unsigned bits_ = 0;
  Reversal reversal_ = Reversal::none;
  std::vector<ParityGroup> groups_;
  std::vector<std::uint8_t> number_;  // bits on the line, most significant first
  std::vector<std::uint8_t> site_;    // the same
  unsigned site_complete_at_ = 0;
  std::vector<std::uint32_t> site_codes_;  // empty: all are welcome
};

// What a fresh box understands: 26, 34, 35, 36 and 37 bits, the whole payload being the number.
[[nodiscard]] const std::vector<CardFormat>& default_card_formats();

}  // namespace lintel::hal
