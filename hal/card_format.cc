#include "hal/card_format.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/check.h"

namespace lintel::hal {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// How a character from outside is shown: "?" instead of what could disturb a terminal.
std::string shown(char c) {
  return std::string("'") + (c >= ' ' && c <= '~' ? c : '?') + "'";
}

tl::unexpected<Error> invalid(std::string text) {
  return fail(Errc::invalid, std::move(text));
}

// Calls `take` for each part of a text between separators; stops at the first failure. An empty
// text has no parts.
template <class Take>
Result<void> each_part(std::string_view text, std::string_view separators, Take take) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (auto taken = take(text.substr(0, end)); !taken) return taken;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<CardFormat> CardFormat::parse(const CardFormatText& text) {
  CardFormat format;
  if (text.reversal > static_cast<unsigned>(Reversal::number)) {
    return invalid("ReversalType is " + std::to_string(text.reversal) + ", allowed are 0 to 4");
  }
  format.reversal_ = static_cast<Reversal>(text.reversal);

  const auto colon = std::min(text.format.find(':'), text.format.size());
  const auto places = text.format.substr(0, colon);
  const auto marks = text.format.substr(std::min(colon + 1, text.format.size()));
  if (auto read = format.read_places(places); !read) return fail(std::move(read).error());
  if (text.bits != 0 && text.bits != format.bits_) {
    return invalid("CardBit is " + std::to_string(text.bits) + ", but the card format has " +
                   std::to_string(format.bits_) + " places");
  }
  if (auto read = format.read_groups(marks); !read) return fail(std::move(read).error());
  if (auto read = format.read_groups(text.ext_parity); !read) {
    return fail(std::move(read).error().during("ExtParityFormat"));
  }
  if (auto read = format.read_site_codes(text); !read) return fail(std::move(read).error());
  if (auto ordered = format.order_number(); !ordered) return fail(std::move(ordered).error());
  if (!text.parity_verified) {
    format.groups_.clear();
  } else if (auto covered = format.check_parity_covered(places); !covered) {
    return fail(std::move(covered).error());
  }
  return format;
}

Result<void> CardFormat::read_places(std::string_view places) {
  if (places.size() < bits_min || places.size() > limits::frame_bits_max) {
    return invalid("the card format has " + std::to_string(places.size()) +
                   " places, allowed are " + std::to_string(bits_min) + " to " +
                   std::to_string(limits::frame_bits_max));
  }
  bits_ = static_cast<unsigned>(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    switch (lower(places[i])) {
      case 'c':
        number_.push_back(line_bit(i));
        break;
      case 's':
        site_.push_back(line_bit(i));
        site_complete_at_ = std::max(site_complete_at_, line_bit(i) + 1u);
        break;
      case 'p':
      case 'm':
      case 'f':
      case 'x':
        break;
      default:
        return invalid("place " + std::to_string(i + 1) + " of the card format is " +
                       shown(places[i]) + ", allowed are p, c, s, m, f and x");
    }
  }
  if (number_.empty()) return invalid("the card format has no place for the card number (c)");
  if (number_.size() > number_bits_max) {
    return invalid("the card format has " + std::to_string(number_.size()) +
                   " places for the card number, allowed are " + std::to_string(number_bits_max));
  }
  if (site_.size() > site_bits_max) {
    return invalid("the card format has " + std::to_string(site_.size()) +
                   " places for the site code, allowed are " + std::to_string(site_bits_max));
  }
  return {};
}

Result<void> CardFormat::read_groups(std::string_view marks) {
  return each_part(marks, ":;", [this](std::string_view part) { return read_group(part); });
}

Result<void> CardFormat::read_group(std::string_view marks) {
  if (marks.size() != bits_) {
    return invalid("a parity group has " + std::to_string(marks.size()) +
                   " marks, but the card format has " + std::to_string(bits_) + " places");
  }
  FrameBits even;
  FrameBits odd;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const char mark = lower(marks[i]);
    if (mark != 'e' && mark != 'o' && mark != 'b' && mark != 'x') {
      return invalid("mark " + std::to_string(i + 1) + " of a parity group is " + shown(marks[i]) +
                     ", allowed are e, o, b and x");
    }
    if (mark == 'e' || mark == 'b') even.set(line_bit(i));
    if (mark == 'o' || mark == 'b') odd.set(line_bit(i));
  }
  if (even.any()) add_group(even, false);
  if (odd.any()) add_group(odd, true);
  if (groups_.size() > groups_max) {
    return invalid("the card format has more than " + std::to_string(groups_max) +
                   " parity groups");
  }
  return {};
}

void CardFormat::add_group(const FrameBits& mask, bool odd) {
  unsigned complete_at = bits_;
  while (!mask[complete_at - 1])
    --complete_at;
  // With 0 and 1 exchanged, a group of an odd number of bits has the other parity on the line.
  const bool other = reversal_ == Reversal::levels && mask.count() % 2 == 1;
  groups_.push_back({.mask = mask, .odd = odd != other, .complete_at = complete_at});
}

Result<void> CardFormat::read_site_codes(const CardFormatText& text) {
  if (text.site_code != 0) site_codes_.push_back(text.site_code);
  auto read = each_part(text.ext_site_codes, ";", [this](std::string_view part) -> Result<void> {
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), code);
    if (error != std::errc{} || end != part.data() + part.size()) {
      return invalid("ExtSiteCode has an entry that is not a number from 0 to 4294967295");
    }
    if (code != 0) site_codes_.push_back(code);
    return {};
  });
  if (!read) return read;
  if (site_codes_.size() > site_codes_max) {
    return invalid("there are more than " + std::to_string(site_codes_max) + " site codes");
  }
  if (!site_codes_.empty() && site_.empty()) {
    return invalid("a site code is asked for, but the card format has no place for one (s)");
  }
  return {};
}

// Puts the bits of the number into their order of weight, as the reader's reversal wants it.
Result<void> CardFormat::order_number() {
  if (reversal_ == Reversal::number) std::reverse(number_.begin(), number_.end());
  if (reversal_ != Reversal::bytes) return {};
  if (number_.size() % 8 != 0) {
    return invalid("ReversalType 3 exchanges whole bytes, but the card number has " +
                   std::to_string(number_.size()) + " bits");
  }
  // All bits reversed, then those of each byte again: the bytes are reversed.
  std::reverse(number_.begin(), number_.end());
  for (auto byte = number_.begin(); byte != number_.end(); byte += 8)
    std::reverse(byte, byte + 8);
  return {};
}

// A parity bit that nothing checks would look like a proof and be none.
Result<void> CardFormat::check_parity_covered(std::string_view places) const {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (lower(places[i]) != 'p') continue;
    const auto bit = line_bit(i);
    if (std::none_of(groups_.begin(), groups_.end(),
                     [bit](const ParityGroup& group) { return group.mask[bit]; })) {
      return invalid("the parity bit at place " + std::to_string(i + 1) +
                     " of the card format is in no parity group");
    }
  }
  return {};
}

std::uint8_t CardFormat::line_bit(std::size_t place) const {
  return static_cast<std::uint8_t>(reversal_ == Reversal::order ? bits_ - 1 - place : place);
}

std::uint64_t CardFormat::value(const FrameBits& bits, const std::vector<std::uint8_t>& of) const {
  const bool exchanged = reversal_ == Reversal::levels;
  std::uint64_t value = 0;
  for (const auto bit : of)
    value = value << 1 | (bits[bit] != exchanged ? 1u : 0u);
  return value;
}

bool CardFormat::welcome(std::uint32_t site_code) const {
  return site_codes_.empty() ||
         std::find(site_codes_.begin(), site_codes_.end(), site_code) != site_codes_.end();
}

bool CardFormat::excluded_by(const FrameBits& bits, unsigned size) const {
  for (const auto& group : groups_) {
    if (group.complete_at == size && !group.holds(bits)) return true;
  }
  return site_complete_at_ == size && !site_.empty() &&
         !welcome(static_cast<std::uint32_t>(value(bits, site_)));
}

std::optional<CardNumber> CardFormat::read(const Frame& frame) const {
  if (!frame.sound() || frame.size != bits_) return std::nullopt;
  for (const auto& group : groups_) {
    if (!group.holds(frame.bits)) return std::nullopt;
  }
  const auto site_code = static_cast<std::uint32_t>(value(frame.bits, site_));
  if (!welcome(site_code)) return std::nullopt;
  return CardNumber{.card = CardNo{value(frame.bits, number_)}, .site_code = site_code};
}

const std::vector<CardFormat>& default_card_formats() {
  static const std::vector<CardFormat> formats = [] {
    constexpr std::array<std::string_view, 5> texts{
        // 26 bits (H10301): even over bits 1-13, odd over 14-26. 24 bits: facility and card.
        "pccccccccccccccccccccccccp:eeeeeeeeeeeeeooooooooooooo",
        // 34 bits: even over bits 1-17, odd over 18-34. 32 bits.
        "pccccccccccccccccccccccccccccccccp:eeeeeeeeeeeeeeeeeooooooooooooooooo",
        // 35 bits (Corporate 1000): bit 2 is even and bit 35 odd over two of every three bits, then
        // bit 1 is odd over all. 32 bits: company and card.
        "ppccccccccccccccccccccccccccccccccp"
        ":xeeexeexeexeexeexeexeexeexeexeexeex"
        ":xooxooxooxooxooxooxooxooxooxooxooxo"
        ":ooooooooooooooooooooooooooooooooooo",
        // 36 bits: even over bits 1-18, odd over 19-36. 34 bits.
        "pccccccccccccccccccccccccccccccccccp:eeeeeeeeeeeeeeeeeeoooooooooooooooooo",
        // 37 bits (H10302): even over bits 1-19, odd over 19-37; bit 19 is in both. 35 bits.
        "pcccccccccccccccccccccccccccccccccccp:eeeeeeeeeeeeeeeeeeboooooooooooooooooo",
    };
    std::vector<CardFormat> read;
    for (const auto text : texts) {
      auto format = CardFormat::parse({.format = text});
      DOOR_CHECK(format.has_value());
      read.push_back(std::move(*format));
    }
    return read;
  }();
  return formats;
}

}  // namespace lintel::hal
