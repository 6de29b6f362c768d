#include "engine/core/configuration.h"

#include <algorithm>

namespace lintel {

namespace {

constexpr std::uint8_t super_administrator = 14;

// Those of a sorted vector whose pin it is.
template <class Row>
auto of_pin(const std::vector<Row>& rows, const Pin& pin) {
  struct ByPin {
    bool operator()(const Row& row, const Pin& wanted) const { return row.pin < wanted; }
    bool operator()(const Pin& wanted, const Row& row) const { return wanted < row.pin; }
  };
  return std::equal_range(rows.begin(), rows.end(), pin, ByPin{});
}

template <class Row>
void sort_by_pin(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.pin < b.pin; });
}

}  // namespace

void Configuration::set(Rules wanted, const Layout& layout) {
  rules = std::move(wanted);
  sort_by_pin(rules.super_users);
  sort_by_pin(rules.first_cards);
  std::stable_sort(rules.linkages.begin(), rules.linkages.end(),
                   [](const Linkage& a, const Linkage& b) { return a.event < b.event; });
  anti_passback = AntiPassback(rules, layout);
  interlock = Interlock(rules, layout);
  verify_schedules = VerifySchedules(rules);
}

bool Configuration::is_super_user(const Person& person, DoorId door) const {
  if (person.user.privilege == super_administrator) return true;
  const auto [first, last] = of_pin(rules.super_users, person.user.pin);
  return std::any_of(first, last, [door](const SuperUser& row) {
    return row.door == 0 || row.door == number(door);
  });
}

TimezoneId Configuration::first_card_zone(const Pin& pin, DoorId door, const Moment& now) const {
  const auto [first, last] = of_pin(rules.first_cards, pin);
  const auto row = std::find_if(first, last, [&](const FirstCardHolder& each) {
    return each.door == door && calendar.holds(each.zone, now);
  });
  return row != last ? row->zone : timezone_never;
}

ReaderSetting Configuration::reader(ReaderId reader) const {
  const std::size_t at = number(reader) - 1;
  return at < rules.readers.size() ? rules.readers[at] : ReaderSetting{};
}

TimezoneId Configuration::input_zone(bool aux, unsigned number) const {
  for (const InputZone& row : rules.input_zones) {
    if (row.aux == aux && row.number == number) return row.zone;
  }
  return timezone_never;
}

const AuxInput* Configuration::aux_input(unsigned number) const {
  const auto row = std::find_if(rules.aux_inputs.begin(), rules.aux_inputs.end(),
                                [number](const AuxInput& each) { return each.number == number; });
  return row != rules.aux_inputs.end() ? &*row : nullptr;
}

bool Configuration::is_off(std::uint8_t aux_output) const {
  const auto& off = rules.aux_outputs_off;
  return std::find(off.begin(), off.end(), aux_output) != off.end();
}

TimezoneId Configuration::closing_zone(DoorId door, const Moment& now) const {
  return scheduled(false, number(door), ScheduledOutput::Act::closed, now);
}

TimezoneId Configuration::scheduled(bool aux, unsigned number, ScheduledOutput::Act act,
                                    const Moment& now) const {
  for (const ScheduledOutput& row : rules.scheduled_outputs) {
    if (row.aux == aux && row.number == number && row.act == act && calendar.holds(row.zone, now)) {
      return row.zone;
    }
  }
  return timezone_never;
}

}  // namespace lintel
