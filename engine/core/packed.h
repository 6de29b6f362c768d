// What people.cc keeps for a hundred thousand people and more, in as few bytes as it needs.
// All of it lies on words of four bytes, so that no room is lost between.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/core/calendar.h"
#include "engine/core/people.h"
#include "engine/core/slot_index.h"
#include "engine/core/types.h"

namespace lintel {

class PackedNumber {
 public:
  constexpr PackedNumber() = default;
  constexpr explicit PackedNumber(std::uint64_t value)
      : low_(static_cast<std::uint32_t>(value)), high_(static_cast<std::uint32_t>(value >> 32)) {}
  [[nodiscard]] constexpr std::uint64_t value() const { return std::uint64_t{high_} << 32 | low_; }
  bool operator==(const PackedNumber&) const = default;

 private:
  std::uint32_t low_ = 0, high_ = 0;
};

// A user ID in eight bytes: up to 18 digits, or up to 8 bytes of anything. A longer one is kept
// elsewhere, and only the number of its slot is here. Equal IDs that are kept here are packed
// alike.
class PackedPin {
 public:
  constexpr PackedPin() = default;  // no place in use
  // Nothing: too long, it has to be kept elsewhere.
  static std::optional<PackedPin> from(const Pin& pin);
  static PackedPin elsewhere(Slot slot);

  [[nodiscard]] bool in_use() const { return bits_ != PackedNumber{none}; }
  [[nodiscard]] std::optional<Slot> slot() const;  // where it is kept; nothing: here
  [[nodiscard]] Pin pin() const;                   // REQUIRES: in use, and kept here
  [[nodiscard]] std::uint64_t bits() const { return bits_.value(); }
  bool operator==(const PackedPin&) const = default;

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};
  explicit PackedPin(std::uint64_t bits) : bits_(bits) {}

  PackedNumber bits_{none};
};

class PackedPassword {
 public:
  constexpr PackedPassword() = default;
  explicit PackedPassword(const Password& password);
  [[nodiscard]] bool empty() const { return bytes_.front() == '\0'; }
  [[nodiscard]] Password password() const;
  [[nodiscard]] std::uint64_t bits() const;
  bool operator==(const PackedPassword&) const = default;

 private:
  std::array<char, limits::password_digits_max> bytes_{};
};

// Both ends as seconds since 2000. What lies before 2000 or after the year 2136 is moved to the
// nearest time that can be said, or to no limit where that means the same.
class PackedValidity {
 public:
  constexpr PackedValidity() = default;  // no limit
  explicit PackedValidity(const Validity& validity);
  [[nodiscard]] Validity validity() const;

 private:
  static constexpr std::uint32_t no_limit = 0xffff'ffff, last = 0xffff'fffe;
  std::uint32_t start_ = no_limit, end_ = no_limit;
};

}  // namespace lintel
