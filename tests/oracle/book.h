// What the oracle has been told: the rows, as they came, in plain containers, and what they say
// when they are read one by one. Nothing here remembers what happened.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/controller.h"

namespace lintel::oracle {

constexpr unsigned all_bits(std::initializer_list<Proof> proofs) {
  unsigned bits = 0;
  for (const Proof proof : proofs)
    bits |= bit(proof);
  return bits;
}
inline constexpr unsigned by_password = bit(Proof::password), by_id = bit(Proof::user_id),
                          by_card = bit(Proof::card);

// A mode: ways to pass, each a set of kinds that must all be shown.
struct Mode {
  std::vector<unsigned> ways;
  bool all = false;      // it is a mode of all, and says so in its last digit
  bool unknown = false;  // it depends on a clock that nobody trusts

  [[nodiscard]] unsigned kinds() const {
    unsigned kinds = 0;
    for (const unsigned way : ways)
      kinds |= way;
    return kinds;
  }
  // The way that these kinds complete.
  [[nodiscard]] std::optional<unsigned> met(unsigned shown) const {
    for (const unsigned way : ways) {
      if ((shown & way) == way) return way;
    }
    return std::nullopt;
  }
};
Mode mode_of_code(unsigned code);
// In the codes of appendix 3.
VerifyCode code_of_kinds(unsigned kinds);

struct CardHolder {
  Pin pin;  // empty: nobody
  bool lost = false;
};

struct Book {
  explicit Book(const Layout& its_layout) : layout(its_layout), doors(its_layout.doors + 1) {
    clear_timezones();
  }

  Layout layout;
  std::vector<DoorParameters> doors;  // door 1 is [1]
  Rules rules;
  std::map<Pin, User> users;
  std::map<Pin, ExtUser> more_of_users;
  std::map<std::pair<Pin, CardNo>, UserCard> cards;
  std::vector<Privilege> privileges;  // in the order in which they came
  std::map<TimezoneId, Timezone> zones;
  std::map<std::chrono::year_month_day, Holiday> holidays;

  void apply(const PeopleChange& change);
  void erase_temporary();
  void put(const Timezone& zone);
  void erase_timezone(TimezoneId id);
  void clear_timezones();

  // ---- calendar

  [[nodiscard]] std::size_t day_kind(std::chrono::local_days day) const;
  [[nodiscard]] bool zone_exists(TimezoneId zone) const { return zones.contains(zone); }
  [[nodiscard]] bool zone_is_always(TimezoneId zone) const;
  [[nodiscard]] bool zone_holds(TimezoneId zone, const Moment& now) const;
  // By an interval that began today.
  [[nodiscard]] bool zone_began_today(TimezoneId zone, const Moment& now) const;

  // ---- people

  [[nodiscard]] bool is_registered(const Pin& pin) const { return users.contains(pin); }
  [[nodiscard]] CardHolder holder_of(CardNo card) const;
  [[nodiscard]] std::vector<Pin> with_password(const std::string& digits) const;
  [[nodiscard]] std::vector<Privilege> privileges_at(const Pin& pin, unsigned door) const;
  [[nodiscard]] bool is_super_user(const Pin& pin, unsigned door) const;
  [[nodiscard]] bool is_first_card(const Pin& pin, unsigned door, const Moment& now) const;
  // REQUIRES: is_first_card().
  [[nodiscard]] TimezoneId first_card_zone(const Pin& pin, unsigned door, const Moment& now) const;

  // ---- modes and readers

  // Of the door, as nobody in particular meets it.
  [[nodiscard]] Mode mode(unsigned door, const Moment& now) const;
  [[nodiscard]] Mode mode(unsigned door, const Pin& pin, const Moment& now) const;
  [[nodiscard]] ReaderSetting reader(ReaderId reader) const;

  // ---- rules among doors

  // A point of a trigger list: a door with both its readers, or a reader.
  struct Point {
    bool reader = false;
    unsigned number = 0;
    bool operator==(const Point&) const = default;
  };
  [[nodiscard]] std::vector<Point> points(std::uint32_t list) const;
  [[nodiscard]] static std::optional<Point> point_of(const std::vector<Point>& points,
                                                     ReaderId reader);
  // Pairs of sets of doors of which no door of the one may be open with one of the other.
  struct DoorSets {
    std::vector<unsigned> one, other;
  };
  [[nodiscard]] std::vector<DoorSets> interlocks() const;
  // The two sides of each anti-passback of appendix 8, as readers.
  struct Sides {
    std::vector<unsigned> one, other;
  };
  [[nodiscard]] std::vector<Sides> anti_passback_sides() const;
  // The zones of outrelaysetting for the lock of a door.
  [[nodiscard]] std::vector<TimezoneId> scheduled(unsigned door, ScheduledOutput::Act act) const;
  [[nodiscard]] std::optional<TimezoneId> exit_button_zone(unsigned door) const;

 private:
  [[nodiscard]] const VerifySchedule* schedule(std::uint32_t id) const;
  [[nodiscard]] const VerifySchedule* schedule_of_door(unsigned door) const;
  [[nodiscard]] const VerifySchedule* schedule_of_person(unsigned door, const Pin& pin) const;

  mutable std::map<TimezoneId, bool> always_;  // found out once for each zone
};

}  // namespace lintel::oracle
