#include "engine/daemon/people_rows.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"

namespace lintel::daemon {
namespace {

constexpr std::uint32_t extended_time_switch = 1, temporary_switch = 2;  // FunSwitch

Result<User> user_from(const NamedRow& row) {
  RowReader read(row);
  User user;
  user.pin = read.pin("Pin");
  user.card = read.card("CardNo");
  user.password = read.password("Password");
  user.validity = {read.limit("StartTime", false), read.limit("EndTime", true)};
  user.group = read.number<std::uint32_t>("Group", 0, any_number);
  user.privilege = read.number<std::uint8_t>("Privilege", 0, 255);
  user.verify = read.mode_of_person("Verify");
  user.blacklisted = read.flag("Disable");
  return read.done(user);
}

Result<ExtUser> ext_user_from(const NamedRow& row) {
  RowReader read(row);
  ExtUser user;
  user.pin = read.pin("Pin");
  const auto switches = read.number<std::uint32_t>("FunSwitch", 0, any_number);
  user.extended_time = (switches & extended_time_switch) != 0;
  user.temporary = (switches & temporary_switch) != 0;
  user.verify = read.mode_of_person("PersonalVS");
  return read.done(user);
}

Result<UserCard> card_from(const NamedRow& row) {
  RowReader read(row);
  UserCard card;
  card.pin = read.pin("Pin");
  card.card = read.hex_card("CardNo");
  card.lost = read.flag("LossCardFlag");
  card.sub_card = read.flag("CardType");
  return read.done(card);
}

// AuthorizeDoorId is a mask of doors, or one door where the configuration says so.
std::uint32_t doors_in(RowReader& read, const Facts& facts) {
  if (!facts.single_door_ids) return read.number<std::uint32_t>("AuthorizeDoorId", 0, any_number);
  const auto door = read.number<std::uint32_t>("AuthorizeDoorId", 1, 32);
  if (door == 0) read.refuse("AuthorizeDoorId", "be in every row");
  return door == 0 ? 0 : 1u << (door - 1);
}

Result<Privilege> privilege_from(const NamedRow& row, const Facts& facts) {
  RowReader read(row);
  Privilege privilege;
  privilege.pin = read.pin("Pin");
  privilege.timezone = read.zone("AuthorizeTimezoneId");
  privilege.doors = doors_in(read, facts);
  privilege.validity = {read.limit("StartTime", false), read.limit("EndTime", true)};
  return read.done(privilege);
}

struct PeopleTable {
  std::string_view name;
  std::array<std::string_view, 8> fields;  // beside the key; the rest is empty
};
constexpr PeopleTable people_tables[] = {
    {"user",
     {"CardNo", "Password", "Group", "StartTime", "EndTime", "Privilege", "Disable", "Verify"}},
    {"extuser", {"FunSwitch", "PersonalVS"}},
    {"mulcarduser", {"LossCardFlag", "CardType"}},
    {"userauthorize", {"StartTime", "EndTime"}},
};

const PeopleTable* find(const storage::TableSchema& table) {
  const auto* found =
      std::find_if(std::begin(people_tables), std::end(people_tables),
                   [&](const PeopleTable& each) { return each.name == table.name; });
  return found == std::end(people_tables) ? nullptr : found;
}

template <class T>
std::optional<PeopleChange> if_sound(RowReader& read, const T& gone) {
  const auto sound = read.done(gone);
  return sound ? std::optional<PeopleChange>(*sound) : std::nullopt;
}

template <class T>
Result<PeopleChange> change(Result<T>&& made) {
  if (!made) return fail(std::move(made).error());
  return PeopleChange(*std::move(made));
}

}  // namespace

bool is_people_table(const storage::TableSchema& table) {
  return find(table) != nullptr;
}

Result<PeopleChange> person_from(const storage::TableSchema& table, const NamedRow& row,
                                 const Facts& facts) {
  DOOR_CHECK(is_people_table(table));
  if (table.name == "user") return change(user_from(row));
  if (table.name == "extuser") return change(ext_user_from(row));
  if (table.name == "mulcarduser") return change(card_from(row));
  return change(privilege_from(row, facts));
}

bool says_all(const storage::TableSchema& table, std::span<const int> fields) {
  const auto* people = find(table);
  DOOR_CHECK(people != nullptr);
  return std::all_of(people->fields.begin(), people->fields.end(), [&](std::string_view name) {
    return name.empty() ||
           std::find(fields.begin(), fields.end(), table.field(name)) != fields.end();
  });
}

std::optional<PeopleChange> person_gone(const storage::TableSchema& table, const NamedRow& row,
                                        const Facts& facts) {
  DOOR_CHECK(is_people_table(table));
  RowReader read(row);
  const Pin pin = read.pin("Pin");
  if (table.name == "user") return if_sound(read, EraseUser{pin});
  if (table.name == "extuser") return if_sound(read, EraseExtUser{pin});
  if (table.name == "mulcarduser") {
    const CardNo card = read.hex_card("CardNo");
    return if_sound(read, EraseCard{pin, card});
  }
  const TimezoneId zone = read.zone("AuthorizeTimezoneId");
  const std::uint32_t doors = doors_in(read, facts);
  return if_sound(read, ErasePrivilege{pin, zone, doors});
}

PeopleChange people_gone(const storage::TableSchema& table) {
  DOOR_CHECK(is_people_table(table));
  if (table.name == "user") return ClearUsers{};
  if (table.name == "extuser") return ClearExtUsers{};
  if (table.name == "mulcarduser") return ClearCards{};
  return ClearPrivileges{};
}

}  // namespace lintel::daemon
