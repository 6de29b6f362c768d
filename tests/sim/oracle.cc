#include "tests/sim/oracle.h"

#include <algorithm>
#include <array>

namespace lintel::sim {

namespace {

using namespace std::chrono;

unsigned door_of_reader(unsigned reader) {
  return (reader + 1) / 2;
}

constexpr std::array weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

// ---- intervals: (HHMM of the start << 16) + HHMM of the end

struct Span {
  unsigned start, end;  // minutes of the day, both counting
};

std::vector<Span> spans(const Row& zone, const std::string& kind) {
  std::vector<Span> found;
  for (const char* number : {"1", "2", "3"}) {
    const auto wire = number_in(zone, kind + "Time" + number);
    if (wire == 0) continue;
    const auto minutes_in = [](std::uint64_t hhmm) {
      return static_cast<unsigned>(hhmm / 100 * 60 + hhmm % 100);
    };
    found.push_back({minutes_in(wire >> 16), minutes_in(wire & 0xffff)});
  }
  return found;
}

bool on_its_day(const std::vector<Span>& all, unsigned minute) {
  return std::any_of(all.begin(), all.end(), [minute](const Span& span) {
    return span.start <= span.end ? span.start <= minute && minute <= span.end
                                  : minute >= span.start;
  });
}

// Of an interval that ran over midnight.
bool on_the_day_after(const std::vector<Span>& all, unsigned minute) {
  return std::any_of(all.begin(), all.end(), [minute](const Span& span) {
    return span.end < span.start && minute <= span.end;
  });
}

// Every minute of every kind of day, whatever day came before.
bool is_always(const Row& zone) {
  static const std::vector<std::string> kinds = {"Sun", "Mon", "Tue",  "Wed",  "Thu",
                                                 "Fri", "Sat", "Hol1", "Hol2", "Hol3"};
  for (unsigned minute = 0; minute < 1440; ++minute) {
    const bool carried = std::all_of(kinds.begin(), kinds.end(), [&](const auto& before) {
      return on_the_day_after(spans(zone, before), minute);
    });
    for (const auto& kind : kinds) {
      if (!carried && !on_its_day(spans(zone, kind), minute)) return false;
    }
  }
  return true;
}

// ---- periods of validity: 0, YYYYMMDD, or seconds in months of 31 days since 2000

std::optional<CivilTime> limit(const std::string& text, bool end) {
  if (text.empty() || text == "0") return std::nullopt;
  const auto number = std::strtoll(text.c_str(), nullptr, 10);
  if (text.size() == 8 && text[0] == '2' && text[1] == '0') {
    const year_month_day day = year{static_cast<int>(number / 10'000)} /
                               month{static_cast<unsigned>(number / 100 % 100)} /
                               std::chrono::day{static_cast<unsigned>(number % 100)};
    return CivilTime(local_days(day)) + (end ? seconds(86'399) : seconds(0));
  }
  const auto days_passed = number / 86'400;
  const year_month_day day = year{static_cast<int>(2000 + days_passed / 372)} /
                             month{static_cast<unsigned>(days_passed / 31 % 12 + 1)} /
                             std::chrono::day{static_cast<unsigned>(days_passed % 31 + 1)};
  return CivilTime(local_days(day)) + seconds(number % 86'400);
}

bool within(const Row& row, CivilTime now) {
  const auto start = limit(value_in(row, "StartTime"), false);
  const auto end = limit(value_in(row, "EndTime"), true);
  return (!start || *start <= now) && (!end || now <= *end);
}

// Of a row outside of its period.
unsigned too_early_or_late(const Row& row, CivilTime now) {
  const auto end = limit(value_in(row, "EndTime"), true);
  return end && *end < now ? 5025 : 5024;
}

bool unlimited(const Row& row) {
  return !limit(value_in(row, "StartTime"), false) && !limit(value_in(row, "EndTime"), true);
}

}  // namespace

// ---- calendar

bool Oracle::zone_exists(unsigned zone) const {
  return zone == 1 || book_.rows("timezone").contains(std::to_string(zone) + "\t");
}

std::string Oracle::day_kind(local_days day) const {
  const year_month_day date{day};
  const Row* found = nullptr;
  for (const auto& [key, holiday] : book_.rows("holiday")) {  // in the order of their dates
    const auto number = number_in(holiday, "Holiday");
    const auto its_year = static_cast<int>(number / 10'000);
    const bool same_day = number / 100 % 100 == static_cast<unsigned>(date.month()) &&
                          number % 100 == static_cast<unsigned>(date.day());
    if (!same_day) continue;
    if (its_year == static_cast<int>(date.year())) {
      found = &holiday;
      break;
    }
    if (value_in(holiday, "Loop") == "1") found = &holiday;
  }
  if (found != nullptr) return "Hol" + value_in(*found, "HolidayType");
  return weekdays[weekday{day}.c_encoding()];
}

bool Oracle::zone_holds(unsigned zone, const Moment& now) const {
  const auto& zones = book_.rows("timezone");
  const auto row = zones.find(std::to_string(zone) + "\t");
  if (row == zones.end()) return zone == 1;  // always, unless the server says something else
  if (!now.trusted) return is_always(row->second);
  const auto today = floor<days>(now.civil);
  const auto minute = static_cast<unsigned>(floor<minutes>(now.civil - today).count());
  return on_its_day(spans(row->second, day_kind(today)), minute) ||
         on_the_day_after(spans(row->second, day_kind(today - days(1))), minute);
}

bool Oracle::zone_began_today(unsigned zone, const Moment& now) const {
  const auto& zones = book_.rows("timezone");
  const auto row = zones.find(std::to_string(zone) + "\t");
  if (row == zones.end()) return zone == 1;
  const auto today = floor<days>(now.civil);
  const auto minute = static_cast<unsigned>(floor<minutes>(now.civil - today).count());
  return on_its_day(spans(row->second, day_kind(today)), minute);
}

// ---- people

bool Oracle::is_registered(const std::string& pin) const {
  return book_.rows("user").contains(pin + "\t");
}

bool Oracle::is_blacklisted(const std::string& pin) const {
  const auto& users = book_.rows("user");
  const auto row = users.find(pin + "\t");
  return row != users.end() && value_in(row->second, "Disable") == "1";
}

Oracle::CardOwner Oracle::owner_of(std::uint64_t card) const {
  struct Candidate {
    std::string pin;
    bool known, lost, more_cards;
  };
  std::vector<Candidate> all;
  for (const auto& [key, row] : book_.rows("mulcarduser")) {
    if (number_in(row, "CardNo", 16) != card) continue;
    const auto pin = value_in(row, "Pin");
    all.push_back({pin, is_registered(pin), value_in(row, "LossCardFlag") == "1", true});
  }
  for (const auto& [key, row] : book_.rows("user")) {
    if (number_in(row, "CardNo") == card) all.push_back({value_in(row, "Pin"), true, false, false});
  }
  if (all.empty()) return {};
  const auto best = std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
    if (a.known != b.known) return a.known;
    if (a.lost != b.lost) return a.lost;
    if (a.more_cards != b.more_cards) return a.more_cards;
    return a.pin < b.pin;
  });
  return {best->known ? best->pin : std::string(), best->lost};
}

std::vector<std::string> Oracle::with_password(const std::string& password) const {
  std::vector<std::string> pins;
  for (const auto& [key, row] : book_.rows("user")) {
    if (!password.empty() && value_in(row, "Password") == password)
      pins.push_back(value_in(row, "Pin"));
  }
  return pins;
}

// ---- the ladder

Oracle::Mode Oracle::mode(unsigned door) const {
  switch (book_.number(door, "DoorVerifyType")) {
    case 2:
      return {by_id, false};
    case 3:
      return {by_password, false};
    case 4:
      return {by_card, false};
    case 11:
      return {by_card | by_password, true};
    default:  // 0 and 7
      return {by_card | by_password, false};
  }
}

unsigned Oracle::refusal(const Shown& shown, const Moment& now) const {
  const unsigned door = door_of_reader(shown.reader);
  if (book_.parameter(door, "DoorDisable") == "0") return 22;
  if (book_.parameter(door, "DoorMaskFlag") == "1") return 63;
  if (shown.wrong_password || shown.ambiguous) return 27;
  if (shown.pin.empty() && shown.looked_up) return 27;
  if (shown.lost) return 38;

  bool may_rely_on_clock = now.trusted;
  if (!shown.pin.empty()) {
    const Row& person = book_.rows("user").at(shown.pin + "\t");
    if (value_in(person, "Disable") == "1") return 39;
    if (now.trusted && !within(person, now.civil)) return too_early_or_late(person, now.civil);

    std::vector<Row> privileges;
    for (const auto& [key, row] : book_.rows("userauthorize")) {
      const bool for_door = (number_in(row, "AuthorizeDoorId") >> (door - 1) & 1) != 0;
      if (for_door && value_in(row, "Pin") == shown.pin) privileges.push_back(row);
    }
    if (privileges.empty()) return 23;
    const unsigned outside = too_early_or_late(privileges.back(), now.civil);
    if (now.trusted) std::erase_if(privileges, [&](const Row& r) { return !within(r, now.civil); });
    if (privileges.empty()) return outside;
    const auto zone_of = [](const Row& row) {
      return static_cast<unsigned>(number_in(row, "AuthorizeTimezoneId"));
    };
    const bool held = std::any_of(privileges.begin(), privileges.end(), [&](const Row& row) {
      return now.trusted ? zone_holds(zone_of(row), now) : zone_exists(zone_of(row));
    });
    if (!held) return 21;
    if (!now.trusted) {
      may_rely_on_clock = unlimited(person) &&
                          std::any_of(privileges.begin(), privileges.end(), [&](const Row& row) {
                            return unlimited(row) && zone_holds(zone_of(row), now);
                          });
      if (!may_rely_on_clock) return 21;
    }
  }
  const unsigned valid_zone = book_.number(door, "DoorValidTZ");
  if (!zone_holds(valid_zone, now)) {
    const bool nobody_knows = !now.trusted && zone_exists(valid_zone) && !shown.pin.empty();
    if (nobody_knows) return 21;
    if (now.trusted || !zone_exists(valid_zone)) return 22;
  }

  const auto last = let_in_.find({door, shown.pin, shown.card});
  if (!shown.pin.empty() && last != let_in_.end() &&
      now.uptime < last->second + seconds(book_.number(door, "DoorIntertime"))) {
    return 20;
  }
  if (!shown.in_order || (shown.proofs & ~mode(door).proofs) != 0) return 41;
  return shown.in_time ? 0 : 75;
}

Decision Oracle::decision(const Shown& shown, unsigned code) const {
  Decision decision;
  decision.reader = shown.reader;
  decision.granted = code == 0;
  decision.code = code;
  // Of several privileges that are not valid now, one too early and one too late, either may speak.
  if (code == 5024) decision.or_code = 5025;
  if (code == 5025) decision.or_code = 5024;
  if (!shown.pin.empty()) decision.pin = shown.pin;
  decision.card = shown.card;
  const bool card = (shown.proofs & by_card) != 0, password = (shown.proofs & by_password) != 0;
  decision.verify = card && password ? 11 : card ? 4 : password ? 3 : 2;
  decision.by_password_alone = password && !card;
  return decision;
}

std::optional<Decision> Oracle::judge(const Shown& shown, const Moment& now) {
  const unsigned code = refusal(shown, now);
  if (code != 0) return decision(shown, code);
  const Mode asked = mode(door_of_reader(shown.reader));
  const bool enough = asked.all ? (shown.proofs & asked.proofs) == asked.proofs
                                : (shown.proofs & asked.proofs) != 0;
  if (enough) return decision(shown, 0);
  readers_[shown.reader].first_part = shown;
  readers_[shown.reader].until = now.uptime + seconds(10);
  return std::nullopt;
}

// ---- what is shown

void Oracle::forget(unsigned reader) {
  readers_[reader] = {};
}

std::optional<Decision> Oracle::card(unsigned reader, std::uint64_t card, const Moment& now) {
  const auto owner = owner_of(card);
  Shown shown;
  shown.reader = reader;
  shown.pin = owner.pin;
  shown.lost = owner.lost;
  shown.card = card;
  shown.proofs = by_card;
  forget(reader);
  return judge(shown, now);
}

Oracle::Shown Oracle::password_shown(unsigned reader, const std::string& digits) const {
  const Mode asked = mode(door_of_reader(reader));
  const auto& memory = readers_.at(reader);
  Shown shown;
  if (memory.first_part) shown = *memory.first_part;
  shown.reader = reader;
  shown.proofs |= by_password;
  if ((asked.proofs & by_password) == 0) {
    shown.pin.clear();
    shown.looked_up = false;
  } else if (memory.first_part) {
    const bool still_there = is_registered(shown.pin);
    const auto owners = with_password(digits);
    shown.wrong_password = std::find(owners.begin(), owners.end(), shown.pin) == owners.end();
    if (!still_there) shown.pin.clear();
    shown.lost = shown.card != 0 && owner_of(shown.card).lost;  // reported in between
  } else if (asked.all) {
    shown.looked_up = false;
    shown.in_order = false;
  } else {
    const auto owners = with_password(digits);
    shown.ambiguous = owners.size() > 1;
    if (owners.size() == 1) shown.pin = owners.front();
  }
  return shown;
}

std::optional<Decision> Oracle::key(unsigned reader, unsigned key, const Moment& now) {
  ReaderMemory& memory = readers_[reader];
  if (key == 10) {
    memory.typed.clear();
    if (!memory.first_part) memory.until = Uptime::max();
    return std::nullopt;
  }
  if (key < 10) {
    memory.typed += std::to_string(key);
    memory.until = now.uptime + seconds(10);
    return std::nullopt;
  }
  if (memory.typed.empty()) return std::nullopt;
  const Shown shown = password_shown(reader, memory.typed);
  forget(reader);
  auto decision = judge(shown, now);
  if (decision && decision->code == 27) wrong_entries_.push_back({reader, shown.pin, now.uptime});
  return decision;
}

Decision Oracle::bad_frame(unsigned reader, const Moment&) const {
  Decision decision;
  decision.reader = reader;
  decision.code = 42;
  decision.verify = 4;
  return decision;
}

std::vector<Decision> Oracle::time_passed(const Moment& now) {
  std::vector<Decision> decisions;
  for (auto& [reader, memory] : readers_) {
    if (memory.until > now.uptime) continue;
    const auto first_part = memory.first_part;
    memory = {};
    if (!first_part) continue;
    Shown shown = *first_part;
    if (!is_registered(shown.pin)) shown.pin.clear();
    shown.lost = shown.card != 0 && owner_of(shown.card).lost;
    shown.in_time = false;
    decisions.push_back(decision(shown, refusal(shown, now)));
  }
  return decisions;
}

Decision Oracle::would(unsigned reader, std::uint64_t card, const Moment& now) const {
  const auto owner = owner_of(card);
  const Mode asked = mode(door_of_reader(reader));
  Shown shown;
  shown.reader = reader;
  shown.pin = owner.pin;
  shown.lost = owner.lost;
  shown.card = card;
  shown.proofs = asked.all ? asked.proofs : by_card;
  return decision(shown, refusal(shown, now));
}

unsigned Oracle::exit_button(unsigned door, const Moment& now) const {
  if (book_.parameter(door, "DoorDisable") == "0") return 36;
  if (book_.parameter(door, "DoorMaskFlag") == "1") return 63;
  // DoorClockPolicy 0: with an untrusted clock it works, unless its zone does not exist.
  const auto button_works = [&](unsigned zone) {
    return zone_holds(zone, now) || (!now.trusted && zone_exists(zone));
  };
  if (!button_works(book_.number(door, "DoorValidTZ"))) return 36;
  const auto& settings = book_.rows("InputIOSetting");
  const auto row = settings.find(std::to_string(door) + "\t0\t");
  const auto zone = row == settings.end() ? 0 : number_in(row->second, "TimeZoneId");
  if (zone != 0 && !button_works(static_cast<unsigned>(zone))) return 64;
  return book_.parameter(door, "DoorREXInput") == "0" ? 209 : 202;
}

bool Oracle::zone_wants_open(unsigned door, const Moment& now) const {
  if (book_.parameter(door, "DoorDisable") == "0") return false;
  if (book_.parameter(door, "DoorMaskFlag") == "1") return false;
  const unsigned zone = book_.number(door, "DoorKeepOpenTimeZone");
  if (zone == 0) return false;
  const unsigned cancelled = book_.number(door, "DoorCancelKeepOpenDelay");
  if (cancelled != 0 && !now.trusted) return false;
  const auto number_of = [](local_days day) {
    const year_month_day date{day};
    return static_cast<unsigned>(static_cast<int>(date.year()) - 1900) * 10'000 +
           (static_cast<unsigned>(date.month()) - 1) * 100 + static_cast<unsigned>(date.day());
  };
  const auto today = floor<days>(now.civil);
  if (cancelled == number_of(today)) return false;
  // What began on the cancelled day does not come back at midnight.
  if (cancelled == number_of(today - days(1))) return zone_began_today(zone, now);
  return zone_holds(zone, now);
}

// ---- what else it has to know

void Oracle::let_in(unsigned door, const std::string& pin, std::uint64_t card, Uptime at) {
  let_in_[{door, pin, card}] = at;
}

namespace {

constexpr auto wrong_entry_counts = minutes(15);  // a restart begins the 5 minutes anew

}  // namespace

unsigned Oracle::wrong_entries(unsigned reader, Uptime now) const {
  return static_cast<unsigned>(
      std::count_if(wrong_entries_.begin(), wrong_entries_.end(), [&](const WrongEntry& each) {
        return each.reader == reader && now < each.at + wrong_entry_counts;
      }));
}

unsigned Oracle::wrong_entries(const std::string& pin, Uptime now) const {
  return static_cast<unsigned>(
      std::count_if(wrong_entries_.begin(), wrong_entries_.end(), [&](const WrongEntry& each) {
        return each.pin == pin && now < each.at + wrong_entry_counts;
      }));
}

void Oracle::engine_died() {
  readers_.clear();
  let_in_.clear();
}

void Oracle::asks_anew(unsigned door) {
  forget(2 * door - 1);
  forget(2 * door);
}

}  // namespace lintel::sim
