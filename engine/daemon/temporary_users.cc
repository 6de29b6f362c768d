// Temporary users, when their day is over.
#include <algorithm>
#include <string>

#include "engine/base/check.h"
#include "engine/daemon/effects.h"
#include "engine/daemon/people_rows.h"

namespace lintel::daemon {
namespace {

using storage::Condition;
using storage::Store;
using Values = std::span<const std::string_view>;

// Every table that says something about somebody, and what his Pin is called there.
struct TableOfPeople {
  std::string_view name, pin;
};
constexpr TableOfPeople tables_of_people[] = {
    {"userauthorize", "Pin"},
    {"mulcarduser", "Pin"},
    {"firstcard", "Pin"},
    {"SuperAuthorize", "Pin"},
    {"PersonalVSTimezone", "PIN"},
    {"templatev10", "Pin"},
    {"biodata", "Pin"},
    {"biophoto", "PIN"},
    {"userpic", "pin"},
    {"identitycard", "Pin"},
    {"extuser", "Pin"},
    {"user", "Pin"},
};

const storage::TableSchema& table(std::string_view name) {
  const auto* found = storage::find_table(name);
  DOOR_CHECK(found != nullptr);
  return *found;
}

// The Pins of extuser whose user is temporary, and is there.
Result<std::vector<std::string>> temporary_pins(Store& store, const Facts& facts) {
  const auto& of = table("extuser");
  std::vector<std::string> pins;
  NamedRow row(of.fields.size());
  auto read = store.query(of, {}, 0, [&](std::uint64_t, Values values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      row[i] = {of.fields[i].name, values[i]};
    const auto made = person_from(of, row, facts);
    const auto* user = made ? std::get_if<ExtUser>(&*made) : nullptr;
    if (user != nullptr && user->temporary) pins.emplace_back(user->pin.view());
    return true;
  });
  if (!read) return fail(std::move(read).error());

  const auto& users = table("user");
  std::optional<Error> error;
  std::erase_if(pins, [&](const std::string& pin) {
    const std::string_view key = pin;
    auto there = store.find(users, {&key, 1}, [](std::uint64_t, Values) { return true; });
    if (!there) error = std::move(there).error();
    return there && !*there;
  });
  if (error) return fail(*std::move(error));
  return pins;
}

}  // namespace

Result<Effects> erase_temporary(Store& store, const Facts& facts) {
  Effects effects;
  const auto pins = temporary_pins(store, facts);
  if (!pins) return fail(Error(pins.error()).during("erase temporary users"));
  for (const auto& [name, pin_field] : tables_of_people) {
    const auto& of = table(name);
    for (const auto& pin : *pins) {
      const Condition his{of.field(pin_field), pin};
      auto erased = store.erase(of, {&his, 1}, [&](std::uint64_t, Values values) {
        note_erased(of, values, facts, effects);
        return true;
      });
      if (!erased) return fail(std::move(erased).error().during("erase temporary users"));
    }
  }
  if (pins->empty()) return effects;
  auto rules = stored_rules(store, facts);
  if (!rules) return fail(std::move(rules).error().during("erase temporary users"));
  effects.rules = *std::move(rules);
  return effects;
}

}  // namespace lintel::daemon
