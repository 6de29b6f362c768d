// A row of a protocol's table, read field by field into what the core means by it.
//
// A field that the row does not name, or leaves empty, has its default. The first value that makes
// no sense is the error of the whole row: it says which field and what is allowed; whose value it
// is stays out (it may be a card or a PIN).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/calendar.h"
#include "engine/core/people.h"
#include "engine/core/types.h"
#include "engine/core/verification.h"

namespace lintel::daemon {

// A row as names of the schema's spelling and values; only what the command named.
struct NamedValue {
  std::string_view field;
  std::string_view value;
};
using NamedRow = std::vector<NamedValue>;

inline constexpr std::uint32_t any_number = 0xffff'ffff;

// "SunTime1": the interval of this day and slot, in timezone and DiffTimezoneVS.
std::string interval_field(std::size_t day, std::size_t slot);

class RowReader {
 public:
  explicit RowReader(const NamedRow& row) : row_(row) {}

  // Empty where the row says nothing.
  [[nodiscard]] std::string_view text(std::string_view field) const;

  template <class T>
  T number(std::string_view field, std::uint64_t low, std::uint64_t high, T otherwise = {}) {
    return static_cast<T>(whole(field, low, high).value_or(static_cast<std::uint64_t>(otherwise)));
  }
  bool flag(std::string_view field) { return number<bool>(field, 0, 1); }
  // The door that a row is about: every row has one.
  DoorId door(std::string_view field);
  TimezoneId zone(std::string_view field) { return number<TimezoneId>(field, 0, 0xffff); }
  Interval interval(std::string_view field);

  Pin pin(std::string_view field);
  CardNo card(std::string_view field);      // a decimal number, or its bytes in hex
  CardNo hex_card(std::string_view field);  // every row has one
  Password password(std::string_view field);
  std::optional<CivilTime> limit(std::string_view field, bool end);
  // 255 and empty: none. The mode of a person says with 0, too, that it is none.
  ModeCode mode(std::string_view field);
  ModeCode mode_of_person(std::string_view field);

  // "Group" must "be a number": the row's error, unless it has one.
  void refuse(std::string_view field, std::string_view allowed);
  // What was made of the row, or its error.
  template <class T>
  Result<T> done(T made) {
    if (error_) return fail(*std::move(error_));
    return made;
  }

 private:
  std::optional<std::uint64_t> whole(std::string_view field, std::uint64_t low, std::uint64_t high);

  const NamedRow& row_;
  std::optional<Error> error_;
};

}  // namespace lintel::daemon
