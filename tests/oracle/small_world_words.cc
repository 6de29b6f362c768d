// The configuration of a world, for the story of a failure.
#include "tests/oracle/small_world.h"

namespace lintel::oracle {

using namespace std::chrono;

namespace {

std::string in_words(const Interval& interval) {
  const auto minute = [](unsigned m) {
    return std::to_string(m / 60) + ":" + (m % 60 < 10 ? "0" : "") + std::to_string(m % 60);
  };
  return interval.used ? minute(interval.start) + "-" + minute(interval.end) : std::string();
}

std::string in_words(const Validity& validity) {
  if (validity.unlimited()) return {};
  return " valid from " + (validity.start ? to_text(*validity.start) : std::string("ever")) +
         " to " + (validity.end ? to_text(*validity.end) : std::string("ever"));
}

std::string mode_in_words(ModeCode code) {
  if (code == mode_none) return "none";
  if (code < mode_new_form) return std::to_string(code);
  std::string text;
  for (int digit = 15; digit >= 0; --digit)
    text += digit != 15 && (code >> digit & 1) != 0 ? '1' : '0';
  return text;
}

constexpr const char* day_names[] = {"sun", "mon", "tue",  "wed",  "thu",
                                     "fri", "sat", "hol1", "hol2", "hol3"};

std::string in_words(const Timezone& zone) {
  std::string text = "zone " + std::to_string(zone.id) + in_words(zone.validity) + ":";
  for (std::size_t day = 0; day < days_of_a_zone; ++day) {
    text += std::string(" ") + day_names[day];
    for (const Interval& each : zone.days[day])
      text += " " + in_words(each);
  }
  return text;
}

std::string in_words(const VerifySchedule& schedule) {
  std::string text = "schedule of modes " + std::to_string(schedule.id) + ":";
  for (std::size_t day = 0; day < days_of_a_zone; ++day) {
    text += std::string(" ") + day_names[day];
    for (const auto& part : schedule.days[day]) {
      if (!part.interval.used) continue;
      text += " " + in_words(part.interval) + " user " + mode_in_words(part.user) + " door " +
              mode_in_words(part.door);
    }
  }
  return text;
}

std::string of(const Pin& pin) {
  return std::string(pin.view());
}

std::string in_words(const PeopleChange& change) {
  if (const auto* user = std::get_if<User>(&change)) {
    return "user " + of(user->pin) + " card " + std::to_string(user->card.value) + " password " +
           std::string(user->password.view()) + " group " + std::to_string(user->group) +
           " verify " + mode_in_words(user->verify) + " privilege " +
           std::to_string(user->privilege) + (user->blacklisted ? " blacklisted" : "") +
           in_words(user->validity);
  }
  if (const auto* more = std::get_if<ExtUser>(&change)) {
    return "extuser " + of(more->pin) + (more->extended_time ? " extended" : "") +
           (more->temporary ? " temporary" : "") + " verify " + mode_in_words(more->verify);
  }
  if (const auto* card = std::get_if<UserCard>(&change)) {
    return "card " + std::to_string(card->card.value) + " of " + of(card->pin) +
           (card->lost ? " lost" : "");
  }
  if (const auto* privilege = std::get_if<Privilege>(&change)) {
    return "privilege of " + of(privilege->pin) + " zone " + std::to_string(privilege->timezone) +
           " doors " + std::to_string(privilege->doors) + in_words(privilege->validity);
  }
  if (const auto* erase = std::get_if<EraseUser>(&change)) return "no user " + of(erase->pin);
  return "?";
}

std::string in_words(const DoorParameters& door) {
  const auto s = [](seconds time) { return std::to_string(time.count()); };
  std::string text = "mode " + mode_in_words(door.verify_type) + " drive " + s(door.drive_time) +
                     " extended " + s(door.extended_pass) + " interval " + s(door.interval) +
                     " keep-open zone " + std::to_string(door.normal_open_zone) + " cancelled " +
                     std::to_string(door.normal_open_cancelled) + " valid zone " +
                     std::to_string(door.valid_zone) + " delay " + s(door.open_delay);
  if (door.sensor != SensorType::none) text += " sensor";
  if (door.close_and_lock) text += " close-and-lock";
  if (!door.enabled) text += " disabled";
  if (door.locked) text += " locked";
  text += " emergency '" + std::string(door.emergency_password.view()) + "' duress '" +
          std::string(door.duress_password.view()) + "'";
  if (door.in_out_anti_passback != 0)
    text += " in/out anti-passback " + std::to_string(door.in_out_anti_passback);
  if (door.anti_passback.count() != 0) text += " timed anti-passback " + s(door.anti_passback);
  if (door.multi_card) text += " several within " + s(door.multi_card_interval);
  if (door.first_card != FirstCard::off)
    text += " first card " + std::to_string(static_cast<int>(door.first_card));
  if (door.exit_button_type == 0) text += " no button";
  if (door.exit_button_locked) text += " button locked";
  if (door.exit_needs_clock) text += " button needs clock";
  if (door.exit_button_supervised) text += " button supervised";
  if (door.sensor_supervised) text += " sensor supervised";
  if (!door.fire_door) text += " no fire door";
  return text;
}

}  // namespace

void SmallWorld::tell_configuration() {
  const auto line = [&](const std::string& text) { story_ += text + "\n"; };
  line("seed " + std::to_string(seed_) + ", " + std::to_string(doors()) + " doors");
  for (const auto& zone : configuration_.zones)
    line(in_words(zone));
  for (const auto& holiday : configuration_.holidays) {
    line("holiday " + to_text(CivilTime{local_days{holiday.date}}) + " type " +
         std::to_string(holiday.type) + (holiday.every_year ? " every year" : ""));
  }
  for (const auto& change : configuration_.people)
    line(in_words(change));
  for (unsigned door = 1; door <= doors(); ++door)
    line("door " + std::to_string(door) + ": " + in_words(configuration_.doors[door]));
  const Rules& rules = configuration_.rules;
  if (rules.anti_passback != 0) line("anti-passback " + std::to_string(rules.anti_passback));
  if (rules.interlock != 0) line("interlock " + std::to_string(rules.interlock));
  for (const auto& point : rules.triggers) {
    line("list " + std::to_string(point.list) + ": " + (point.reader ? "reader " : "door ") +
         std::to_string(point.number));
  }
  for (const auto& pair : rules.anti_passback_pairs) {
    line("anti-passback of lists " + std::to_string(pair.from) + " and " + std::to_string(pair.to));
  }
  for (const auto& pair : rules.interlock_pairs) {
    line("interlock of lists " + std::to_string(pair.from) + " and " + std::to_string(pair.to));
  }
  for (const auto& row : rules.multi_card) {
    std::string text = "several at door " + std::to_string(number(row.door)) + ":";
    for (const auto group : row.groups)
      text += " " + std::to_string(group);
    line(text);
  }
  for (const auto& row : rules.first_cards) {
    line("first card of " + of(row.pin) + " at door " + std::to_string(number(row.door)) +
         " zone " + std::to_string(row.zone));
  }
  for (const auto& row : rules.super_users)
    line("super user " + of(row.pin) + " at door " + std::to_string(row.door));
  for (const auto& row : rules.scheduled_outputs) {
    line("door " + std::to_string(row.number) + " scheduled " +
         (row.act == ScheduledOutput::Act::open ? "open" : "closed") + " zone " +
         std::to_string(row.zone));
  }
  for (const auto& row : rules.input_zones)
    line("button " + std::to_string(row.number) + " zone " + std::to_string(row.zone));
  for (const auto& row : rules.verify_schedules)
    line(in_words(row));
  for (const auto& row : rules.door_verify) {
    line("door " + std::to_string(number(row.door)) + " has schedule " +
         std::to_string(row.schedule));
  }
  for (const auto& row : rules.person_verify) {
    line("person " + of(row.pin) + " at door " + std::to_string(number(row.door)) +
         " has schedule " + std::to_string(row.schedule));
  }
  for (std::size_t i = 0; i < rules.readers.size(); ++i) {
    const ReaderSetting& reader = rules.readers[i];
    line("reader " + std::to_string(i + 1) + (reader.enabled ? "" : " disabled") + " proves " +
         std::to_string(bit(reader.proof)) +
         (reader.duress_site_code ? " duress code " + std::to_string(*reader.duress_site_code)
                                  : std::string()));
  }
  for (const auto& row : rules.linkages) {
    line("linkage of " + std::to_string(row.event) + ": act " +
         std::to_string(static_cast<int>(row.act)) + " at door " + std::to_string(row.out) +
         " for " + std::to_string(row.time));
  }
  if (rules.fire.supervised) line("fire input supervised");
  if (!rules.fire.used) line("fire input not used");
}

}  // namespace lintel::oracle
