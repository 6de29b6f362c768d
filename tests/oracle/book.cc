#include "tests/oracle/book.h"

#include <algorithm>

namespace lintel::oracle {

using namespace std::chrono;

// ---- rows

void Book::apply(const PeopleChange& change) {
  if (const auto* user = std::get_if<User>(&change)) users[user->pin] = *user;
  if (const auto* more = std::get_if<ExtUser>(&change)) more_of_users[more->pin] = *more;
  if (const auto* card = std::get_if<UserCard>(&change)) cards[{card->pin, card->card}] = *card;
  if (const auto* privilege = std::get_if<Privilege>(&change)) {
    const auto same = std::find_if(privileges.begin(), privileges.end(), [&](const auto& row) {
      return row.pin == privilege->pin && row.timezone == privilege->timezone &&
             row.doors == privilege->doors;
    });
    if (same != privileges.end())
      *same = *privilege;
    else
      privileges.push_back(*privilege);
  }
  if (const auto* erase = std::get_if<EraseUser>(&change)) users.erase(erase->pin);
  if (const auto* erase = std::get_if<EraseExtUser>(&change)) more_of_users.erase(erase->pin);
  if (const auto* erase = std::get_if<EraseCard>(&change)) cards.erase({erase->pin, erase->card});
  if (const auto* erase = std::get_if<ErasePrivilege>(&change)) {
    std::erase_if(privileges, [&](const Privilege& row) {
      return row.pin == erase->pin && row.timezone == erase->timezone && row.doors == erase->doors;
    });
  }
  if (std::holds_alternative<ClearUsers>(change)) users.clear();
  if (std::holds_alternative<ClearExtUsers>(change)) more_of_users.clear();
  if (std::holds_alternative<ClearCards>(change)) cards.clear();
  if (std::holds_alternative<ClearPrivileges>(change)) privileges.clear();
}

void Book::erase_temporary() {
  for (auto row = more_of_users.begin(); row != more_of_users.end();) {
    if (!row->second.temporary) {
      ++row;
      continue;
    }
    const Pin pin = row->first;
    users.erase(pin);
    std::erase_if(cards, [&](const auto& card) { return card.first.first == pin; });
    std::erase_if(privileges, [&](const Privilege& each) { return each.pin == pin; });
    row = more_of_users.erase(row);
  }
}

void Book::put(const Timezone& zone) {
  zones[zone.id] = zone;
  always_.erase(zone.id);
}

void Book::erase_timezone(TimezoneId id) {
  zones.erase(id);
  always_.erase(id);
}

void Book::clear_timezones() {
  zones.clear();
  always_.clear();
  Timezone always;
  always.id = timezone_always;
  for (auto& day : always.days)
    day[0] = {.start = 0, .end = 1439, .used = true};
  zones[timezone_always] = always;
  always_[timezone_always] = true;
}

// ---- calendar

namespace {

bool on_its_day(const Interval& interval, unsigned minute) {
  if (!interval.used) return false;
  if (interval.end < interval.start) return minute >= interval.start;
  return interval.start <= minute && minute <= interval.end;
}

// Of an interval that ran over midnight.
bool on_the_day_after(const Interval& interval, unsigned minute) {
  return interval.used && interval.end < interval.start && minute <= interval.end;
}

template <class Day>
bool any_on_its_day(const Day& day, unsigned minute) {
  return std::any_of(day.begin(), day.end(),
                     [=](const Interval& each) { return on_its_day(each, minute); });
}
template <class Day>
bool any_on_the_day_after(const Day& day, unsigned minute) {
  return std::any_of(day.begin(), day.end(),
                     [=](const Interval& each) { return on_the_day_after(each, minute); });
}

unsigned minute_of_day(const Moment& now) {
  return static_cast<unsigned>(floor<minutes>(now.civil - floor<days>(now.civil)).count());
}

}  // namespace

std::size_t Book::day_kind(local_days day) const {
  const year_month_day date{day};
  const Holiday* found = nullptr;
  for (const auto& [its_date, holiday] : holidays) {  // in the order of their dates
    if (its_date == date) {
      found = &holiday;
      break;
    }
    if (holiday.every_year && its_date.month() == date.month() && its_date.day() == date.day())
      found = &holiday;
  }
  if (found != nullptr) return 6u + found->type;
  return weekday{day}.c_encoding();
}

// Every minute of every kind of day, whatever day came before.
bool Book::zone_is_always(TimezoneId id) const {
  const auto known = always_.find(id);
  if (known != always_.end()) return known->second;
  const Timezone& zone = zones.at(id);
  bool always = zone.validity.unlimited();
  for (unsigned minute = 0; minute < 1440 && always; ++minute) {
    const bool carried = std::all_of(zone.days.begin(), zone.days.end(), [&](const auto& before) {
      return any_on_the_day_after(before, minute);
    });
    for (const auto& day : zone.days)
      always = always && (carried || any_on_its_day(day, minute));
  }
  always_[id] = always;
  return always;
}

bool Book::zone_holds(TimezoneId id, const Moment& now) const {
  const auto found = zones.find(id);
  if (found == zones.end()) return false;
  if (!now.trusted) return zone_is_always(id);
  const Timezone& zone = found->second;
  if (!zone.validity.contains(now.civil)) return false;
  const auto today = floor<days>(now.civil);
  const unsigned minute = minute_of_day(now);
  return any_on_its_day(zone.days[day_kind(today)], minute) ||
         any_on_the_day_after(zone.days[day_kind(today - days(1))], minute);
}

bool Book::zone_began_today(TimezoneId id, const Moment& now) const {
  const auto found = zones.find(id);
  if (found == zones.end() || !found->second.validity.contains(now.civil)) return false;
  return any_on_its_day(found->second.days[day_kind(floor<days>(now.civil))], minute_of_day(now));
}

// ---- people

CardHolder Book::holder_of(CardNo card) const {
  struct Candidate {
    Pin pin;
    bool known, lost, more_cards;
  };
  std::vector<Candidate> all;
  for (const auto& [key, row] : cards) {
    if (row.card == card) all.push_back({row.pin, is_registered(row.pin), row.lost, true});
  }
  for (const auto& [pin, user] : users) {
    if (user.card == card && card.value != 0) all.push_back({pin, true, false, false});
  }
  if (all.empty()) return {};
  const auto best = std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    if (a.known != b.known) return a.known;
    if (a.lost != b.lost) return a.lost;
    if (a.more_cards != b.more_cards) return a.more_cards;
    return a.pin < b.pin;
  });
  return {best->known ? best->pin : Pin{}, best->lost};
}

std::vector<Pin> Book::with_password(const std::string& digits) const {
  std::vector<Pin> pins;
  for (const auto& [pin, user] : users) {
    if (!user.password.empty() && user.password.view() == digits) pins.push_back(pin);
  }
  return pins;
}

std::vector<Privilege> Book::privileges_at(const Pin& pin, unsigned door) const {
  std::vector<Privilege> found;
  for (const Privilege& row : privileges) {
    if (row.pin == pin && (row.doors >> (door - 1) & 1) != 0) found.push_back(row);
  }
  return found;
}

bool Book::is_super_user(const Pin& pin, unsigned door) const {
  const auto user = users.find(pin);
  if (user == users.end()) return false;
  if (user->second.privilege == 14) return true;
  return std::any_of(rules.super_users.begin(), rules.super_users.end(), [&](const auto& row) {
    return row.pin == pin && (row.door == 0 || row.door == door);
  });
}

bool Book::is_first_card(const Pin& pin, unsigned door, const Moment& now) const {
  return std::any_of(rules.first_cards.begin(), rules.first_cards.end(), [&](const auto& row) {
    return row.pin == pin && number(row.door) == door && zone_holds(row.zone, now);
  });
}

TimezoneId Book::first_card_zone(const Pin& pin, unsigned door, const Moment& now) const {
  for (const auto& row : rules.first_cards) {
    if (row.pin == pin && number(row.door) == door && zone_holds(row.zone, now)) return row.zone;
  }
  return timezone_never;
}

ReaderSetting Book::reader(ReaderId reader) const {
  const unsigned index = number(reader) - 1;
  return index < rules.readers.size() ? rules.readers[index] : ReaderSetting{};
}

// ---- doors among each other

std::vector<Book::Point> Book::points(std::uint32_t list) const {
  std::vector<Point> points;
  for (const TriggerPoint& row : rules.triggers) {
    if (row.list != list) continue;
    const unsigned count = row.reader ? layout.readers() : layout.doors;
    for (unsigned n = 1; n <= count; ++n) {
      if (row.number == 0 || row.number == n) points.push_back({row.reader, n});
    }
  }
  return points;
}

std::optional<Book::Point> Book::point_of(const std::vector<Point>& points, ReaderId reader) {
  const Point itself{true, number(reader)}, its_door{false, number(door_of(reader))};
  if (std::find(points.begin(), points.end(), itself) != points.end()) return itself;
  if (std::find(points.begin(), points.end(), its_door) != points.end()) return its_door;
  return std::nullopt;
}

std::vector<Book::DoorSets> Book::interlocks() const {
  std::vector<DoorSets> sets;
  const auto among = [&](const std::vector<unsigned>& doors_of_group) {
    sets.push_back({doors_of_group, doors_of_group});
  };
  switch (rules.interlock) {
    case 1:
      among({1, 2});
      break;
    case 2:
      among({3, 4});
      break;
    case 3:
      among({1, 2, 3});
      break;
    case 4:
      among({1, 2});
      among({3, 4});
      break;
    case 5:
      among({1, 2, 3, 4});
      break;
    default:
      break;
  }
  for (const ListPair& pair : rules.interlock_pairs) {
    const auto doors_of = [&](std::uint32_t list) {
      std::vector<unsigned> found;
      for (const Point& point : points(list)) {
        if (!point.reader) found.push_back(point.number);
      }
      return found;
    };
    sets.push_back({doors_of(pair.from), doors_of(pair.to)});
  }
  return sets;
}

std::vector<Book::Sides> Book::anti_passback_sides() const {
  const auto readers_of = [](std::initializer_list<unsigned> of_doors) {
    std::vector<unsigned> readers;
    for (const unsigned door : of_doors) {
      readers.push_back(2 * door - 1);
      readers.push_back(2 * door);
    }
    return readers;
  };
  std::vector<Sides> sides;
  switch (rules.anti_passback) {
    case 1:
      sides.push_back({readers_of({1}), readers_of({2})});
      break;
    case 2:
      sides.push_back({readers_of({3}), readers_of({4})});
      break;
    case 3:
      sides.push_back({readers_of({1}), readers_of({2})});
      sides.push_back({readers_of({3}), readers_of({4})});
      break;
    case 4:
      sides.push_back({readers_of({1, 2}), readers_of({3, 4})});
      break;
    case 5:
      sides.push_back({readers_of({1}), readers_of({2, 3})});
      break;
    case 6:
      sides.push_back({readers_of({1}), readers_of({2, 3, 4})});
      break;
    default: {
      const unsigned value = rules.anti_passback == 196 ? 192 : rules.anti_passback;
      for (unsigned door = 1; door <= 4; ++door) {
        if ((value & (8u << door)) != 0) sides.push_back({{2 * door - 1}, {2 * door}});
      }
    }
  }
  return sides;
}

std::vector<TimezoneId> Book::scheduled(unsigned door, ScheduledOutput::Act act) const {
  std::vector<TimezoneId> found;
  for (const ScheduledOutput& row : rules.scheduled_outputs) {
    if (!row.aux && row.number == door && row.act == act) found.push_back(row.zone);
  }
  return found;
}

std::optional<TimezoneId> Book::exit_button_zone(unsigned door) const {
  for (const InputZone& row : rules.input_zones) {
    if (!row.aux && row.number == door) return row.zone;
  }
  return std::nullopt;
}

}  // namespace lintel::oracle
