#include "engine/core/packed.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace lintel {

namespace {

// The two uppermost bits say what the others are.
//   00  digits: the number that they make with a 1 before them, so that "007" is not "7"
//   01  text: seven bits for each byte, the first one lowest
//   10  elsewhere: the number of a slot
//   11  not in use
constexpr std::uint64_t kind_mask = std::uint64_t{3} << 62, text_kind = std::uint64_t{1} << 62,
                        elsewhere_kind = std::uint64_t{2} << 62;
constexpr std::size_t digits_max = 18, text_max = 8;
constexpr unsigned bits_of_text = 7;
static_assert(2 * 1'000'000'000'000'000'000u < text_kind);

constexpr CivilTime first_second{
    std::chrono::local_days{std::chrono::year{2000} / std::chrono::January / 1}};

}  // namespace

std::optional<PackedPin> PackedPin::from(const Pin& pin) {
  const std::string_view text = pin.view();
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  std::uint64_t bits = 0;
  if (digits && !text.empty() && text.size() <= digits_max) {
    bits = 1;
    for (const char c : text)
      bits = bits * 10 + static_cast<unsigned>(c - '0');
    return PackedPin(bits);
  }
  if (text.size() > text_max) return std::nullopt;
  for (std::size_t i = text.size(); i-- > 0;)
    bits = bits << bits_of_text | static_cast<unsigned char>(text[i]);
  return PackedPin(text_kind | bits);
}

PackedPin PackedPin::elsewhere(Slot slot) {
  return PackedPin(elsewhere_kind | slot);
}

std::optional<Slot> PackedPin::slot() const {
  if ((bits() & kind_mask) != elsewhere_kind) return std::nullopt;
  return static_cast<Slot>(bits());
}

Pin PackedPin::pin() const {
  std::array<char, digits_max + 1> text{};
  if ((bits() & kind_mask) == 0) {
    const char* end = std::to_chars(text.data(), text.data() + text.size(), bits()).ptr;
    return Pin::from({text.data() + 1, end}).value_or(Pin{});
  }
  std::size_t size = 0;
  for (std::uint64_t rest = bits() & ~kind_mask; rest != 0; rest >>= bits_of_text)
    text[size++] = static_cast<char>(rest & ((1u << bits_of_text) - 1));
  return Pin::from({text.data(), size}).value_or(Pin{});
}

PackedPassword::PackedPassword(const Password& password) {
  const std::string_view text = password.view();
  std::copy(text.begin(), text.end(), bytes_.begin());
}

Password PackedPassword::password() const {
  const auto end = std::find(bytes_.begin(), bytes_.end(), '\0');
  return Password::from({bytes_.begin(), end}).value_or(Password{});
}

std::uint64_t PackedPassword::bits() const {
  std::uint64_t bits = 0;
  static_assert(sizeof bits == sizeof bytes_);
  std::memcpy(&bits, bytes_.data(), sizeof bits);
  return bits;
}

PackedValidity::PackedValidity(const Validity& validity) {
  const CivilTime last_second = first_second + std::chrono::seconds{last};
  const auto packed = [&](CivilTime time) {
    return static_cast<std::uint32_t>(
        (std::clamp(time, first_second, last_second) - first_second).count());
  };
  if (validity.start && *validity.start >= first_second) start_ = packed(*validity.start);
  if (validity.end && *validity.end <= last_second) end_ = packed(*validity.end);
}

Validity PackedValidity::validity() const {
  Validity validity;
  if (start_ != no_limit) validity.start = first_second + std::chrono::seconds{start_};
  if (end_ != no_limit) validity.end = first_second + std::chrono::seconds{end_};
  return validity;
}

}  // namespace lintel
