#include "tests/core/story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

namespace lintel {

using std::chrono::seconds;

namespace {

constexpr std::pair<EventCode, std::string_view> words[] = {
    {EventCode::opened, "granted"},
    {EventCode::verified_while_normal_open, "verified"},
    {EventCode::normal_open_began, "zone_began"},
    {EventCode::alarm_cancelled, "cancelled"},
    {EventCode::remote_opened, "remote_opened"},
    {EventCode::remote_closed, "remote_closed"},
    {EventCode::normal_open_disabled_today, "today_off"},
    {EventCode::normal_open_enabled_today, "today_on"},
    {EventCode::aux_output_enabled, "aux_enabled"},
    {EventCode::aux_output_disabled, "aux_disabled"},
    {EventCode::interval_too_short, "too_soon"},
    {EventCode::outside_time_zone, "wrong_time"},
    {EventCode::door_not_in_valid_period, "door_period"},
    {EventCode::no_privilege, "no_privilege"},
    {EventCode::not_registered, "unregistered"},
    {EventCode::open_too_long, "held"},
    {EventCode::exit_button_outside_period, "exit_refused"},
    {EventCode::cannot_close_while_normal_open, "cannot_close"},
    {EventCode::card_lost, "lost"},
    {EventCode::blacklisted, "blacklisted"},
    {EventCode::wrong_verification_mode, "wrong_mode"},
    {EventCode::wrong_wiegand_format, "bad_frame"},
    {EventCode::door_locked, "door_locked"},
    {EventCode::verification_timeout, "timeout"},
    {EventCode::tamper_alarm, "tamper"},
    {EventCode::forced_open, "forced"},
    {EventCode::server_disconnected, "offline"},
    {EventCode::battery_failed, "battery"},
    {EventCode::mains_failed, "mains"},
    {EventCode::reader_tamper_alarm, "reader_tamper"},
    {EventCode::door_opened, "opened"},
    {EventCode::door_closed, "closed"},
    {EventCode::exit_button_opened, "exit"},
    {EventCode::normal_open_ended, "zone_ended"},
    {EventCode::remote_normal_open, "stays_open"},
    {EventCode::device_started, "started"},
    {EventCode::opened_by_password, "by_password"},
    {EventCode::exit_button_pressed_locked, "exit_locked"},
    {EventCode::server_connected, "online"},
    {EventCode::aux_input_disconnected, "aux_open"},
    {EventCode::aux_input_shorted, "aux_closed"},
    {EventCode::remote_locked, "locked"},
    {EventCode::remote_unlocked, "unlocked"},
    {EventCode::reader_tamper_ended, "reader_ok"},
    {EventCode::mains_recovered, "mains_back"},
    {EventCode::first_card_opened, "first"},
    {EventCode::several_opened, "together"},
    {EventCode::emergency_password_opened, "emergency"},
    {EventCode::linkage_triggered, "linked"},
    {EventCode::passed_back, "passed_back"},
    {EventCode::interlocked, "interlocked"},
    {EventCode::several_wait, "waits"},
    {EventCode::several_failed, "failed"},
    {EventCode::exit_button_outside_zone, "exit_zone"},
    {EventCode::aux_input_outside_zone, "aux_zone"},
    {EventCode::duress_alarm, "duress"},
    {EventCode::invalid_entry_alarm, "too_many"},
    {EventCode::fire_input_cut, "fire_cut"},
    {EventCode::fire_input_shorted, "fire_shorted"},
    {EventCode::aux_input_cut, "aux_cut"},
    {EventCode::aux_line_shorted, "aux_shorted"},
    {EventCode::exit_button_cut, "button_cut"},
    {EventCode::exit_button_shorted, "button_shorted"},
    {EventCode::sensor_cut, "sensor_cut"},
    {EventCode::sensor_shorted, "sensor_shorted"},
    {EventCode::super_user_opened, "super"},
    {EventCode::super_user_closed, "super_closed"},
    {EventCode::first_card_opened_by_password, "first_by_password"},
    {EventCode::password_while_normal_open, "password_verified"},
    {EventCode::doorbell, "bell"},
    {EventCode::aux_input_normal, "aux_normal"},
    {EventCode::aux_input_triggered, "aux_triggered"},
    {EventCode::dual_open, "dual_open"},
    {EventCode::dual_close, "dual_close"},
    {EventCode::aux_output_zone_began, "output_began"},
    {EventCode::aux_output_zone_ended, "output_ended"},
    {EventCode::fire_ended, "fire_over"},
    {EventCode::lockdown_began, "lockdown"},
    {EventCode::lockdown_ended, "lockdown_over"},
    {EventCode::anti_passback_reset, "reset"},
    {EventCode::too_early, "too_early"},
    {EventCode::too_late, "too_late"},
    {EventCode::battery_takes_over, "on_battery"},
    {EventCode::mains_takes_over, "on_mains"},
    {EventCode::battery_low_on_emergency, "battery_low"},
    {EventCode::fire_opened, "fire"},
};

constexpr std::string_view optional_words[] = {"green",  "dark", "beep", "quiet",       "opened",
                                               "closed", "keep", "kept", "erase_guests"};

std::string with_number(std::string_view word, unsigned number) {
  std::string text{word};
  if (number > 1) text += ":" + std::to_string(number);
  return text;
}

std::string_view output_word(const SetOutput& set) {
  switch (set.line.kind) {
    case OutputKind::lock:
      return set.on ? "unlock" : "relock";
    case OutputKind::aux:
      return set.on ? "aux_on" : "aux_off";
    case OutputKind::reader_led:
      return set.on ? "green" : "dark";
    case OutputKind::reader_buzzer:
      return set.on ? "beep" : "quiet";
  }
  return "";
}

std::string_view outcome_word(CommandOutcome outcome) {
  constexpr std::string_view names[] = {
      "done",        "no_such_place",  "already_open",   "normal_open_now", "is_locked",
      "is_disabled", "is_locked_down", "is_interlocked", "is_off"};
  return names[static_cast<std::size_t>(outcome)];
}

std::vector<std::string_view> split(std::string_view text) {
  constexpr std::string_view blanks = " ,\t\r";
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find_first_not_of(blanks); at != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(blanks, end);
  }
  return parts;
}

template <class Number>
Number number_from(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    ADD_FAILURE() << "not a number in a story: " << text;
  }
  return value;
}

std::string_view base_of(std::string_view word) {
  return word.substr(0, word.find(':'));
}

bool is_optional(std::string_view word) {
  return std::find(std::begin(optional_words), std::end(optional_words), base_of(word)) !=
         std::end(optional_words);
}

bool matches(std::string_view wanted, std::string_view came) {
  if (wanted == came) return true;
  if (base_of(wanted) != "denied") return false;
  if (wanted.substr(base_of(wanted).size()) != came.substr(base_of(came).size())) return false;
  return std::any_of(std::begin(words), std::end(words), [&](const auto& each) {
    return each.second == base_of(came) && is_refusal(each.first);
  });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    text += (text.empty() ? "" : " ") + part;
  return text.empty() ? "nothing" : text;
}

Level level_from(std::string_view word) {
  if (word == "active") return Level::active;
  if (word == "cut") return Level::cut;
  if (word == "shorted") return Level::shorted;
  if (word != "inactive") ADD_FAILURE() << "no such level in a story: " << word;
  return Level::inactive;
}

InputKind kind_from(std::string_view word) {
  if (word == "sensor") return InputKind::door_sensor;
  if (word == "button") return InputKind::exit_button;
  if (word == "aux") return InputKind::aux;
  if (word == "reader_tamper") return InputKind::reader_tamper;
  if (word == "tamper") return InputKind::tamper;
  if (word == "fire") return InputKind::fire;
  if (word == "mains") return InputKind::mains;
  if (word != "battery") ADD_FAILURE() << "no such input in a story: " << word;
  return InputKind::battery;
}

bool is_of_the_box(InputKind kind) {
  return kind == InputKind::tamper || kind == InputKind::fire || kind == InputKind::mains ||
         kind == InputKind::battery;
}

}  // namespace

std::string_view word_of(EventCode code) {
  const auto word = std::find_if(std::begin(words), std::end(words),
                                 [code](const auto& each) { return each.first == code; });
  return word != std::end(words) ? word->second : "unheard_of";
}

bool is_refusal(EventCode code) {
  const unsigned n = number(code);
  const bool of_validity = code == EventCode::too_early || code == EventCode::too_late;
  return of_validity ||
         (n >= 20 && n < 100 && code != EventCode::open_too_long &&
          code != EventCode::cannot_close_while_normal_open && code != EventCode::several_wait &&
          code != EventCode::aux_input_outside_zone);
}

// ---- setting the scene

Story::Story(unsigned doors) : layout_{.doors = doors, .aux_inputs = doors, .aux_outputs = doors} {
  civil_at_zero_ = *civil_from_text("2026-11-23 08:00:00");
  uptime_ = began_ = Uptime{std::chrono::hours{1}};  // the box has been up for an hour
  civil_at_zero_ -= std::chrono::hours{1};
  controller_ = std::make_unique<Controller>(layout_);
  DoorParameters with_sensor;
  with_sensor.sensor = SensorType::normally_closed;
  for (unsigned d = 1; d <= doors; ++d) {
    controller_->set_parameters(DoorId{static_cast<std::uint8_t>(d)}, with_sensor, now(), actions_);
  }
  controller_->start({}, now(), actions_);
  take_in();
  came_.clear();
  trace_.clear();
}

std::vector<LevelChanged> Story::levels_of(const Controller& controller) const {
  std::vector<LevelChanged> levels;
  const auto take = [&](InputKind kind, unsigned first, unsigned last) {
    for (unsigned n = first; n <= last; ++n) {
      const InputLine line{kind, static_cast<std::uint8_t>(n)};
      levels.push_back({line, controller.input(line)});
    }
  };
  take(InputKind::door_sensor, 1, layout_.doors);
  take(InputKind::exit_button, 1, layout_.doors);
  take(InputKind::aux, 1, layout_.aux_inputs);
  take(InputKind::reader_tamper, 1, layout_.readers());
  for (const InputKind kind :
       {InputKind::fire, InputKind::tamper, InputKind::mains, InputKind::battery}) {
    take(kind, 0, 0);
  }
  return levels;
}

// The program ends and comes again: what it was told is there, what it kept is there, the lines are
// as they are, and nothing else.
void Story::restart() {
  auto before = std::move(controller_);
  controller_ = std::make_unique<Controller>(layout_);
  controller_->people() = std::move(before->people());
  controller_->calendar() = before->calendar();
  controller_->set_rules(before->rules(), now(), actions_);
  for (unsigned d = 1; d <= layout_.doors; ++d) {
    const DoorId id{static_cast<std::uint8_t>(d)};
    controller_->set_parameters(id, before->parameters(id), now(), actions_);
  }
  std::vector<Kept> rows;
  for (const auto& [key, row] : kept_)
    rows.push_back(row);
  controller_->restore(rows);
  owed_.clear();
  actions_.clear();
  controller_->start(levels_of(*before), now(), actions_);
  // Outputs that are at rest say nothing new.
  std::erase_if(actions_, [](const Action& action) {
    const auto* set = std::get_if<SetOutput>(&action);
    return set != nullptr && !set->on;
  });
  take_in();
}

void Story::person(const Somebody& somebody) {
  User user;
  user.pin = *Pin::from(somebody.pin);
  user.card = CardNo{somebody.card};
  user.password = *Password::from(somebody.password);
  user.group = somebody.group;
  controller_->people().apply(user);
  Privilege privilege;
  privilege.pin = user.pin;
  privilege.timezone = somebody.zone;
  privilege.doors = somebody.doors;
  if (privilege.doors != 0) controller_->people().apply(privilege);
}

void Story::zone(TimezoneId id, Day day, std::uint32_t from_hhmm, std::uint32_t to_hhmm) {
  Timezone zone;
  if (const Timezone* old = controller_->calendar().timezone(id)) zone = *old;
  zone.id = id;
  auto& intervals = zone.days[static_cast<std::size_t>(day)];
  const auto free =
      std::find_if(intervals.begin(), intervals.end(), [](const Interval& i) { return !i.used; });
  ASSERT_NE(free, intervals.end());
  *free = Interval::from_wire((from_hhmm << 16) + to_hhmm).value();
  controller_->calendar().put(zone);
}

void Story::set(const char* parameter, const char* value, unsigned door) {
  const DoorId id{static_cast<std::uint8_t>(door)};
  DoorParameters parameters = controller_->parameters(id);
  const DoorParameterSpec* spec = find_door_parameter(parameter);
  ASSERT_NE(spec, nullptr) << parameter;
  ASSERT_TRUE(set_parameter(parameters, *spec, value)) << parameter << "=" << value;
  controller_->set_parameters(id, parameters, now(), actions_);
  take_in();
}

void Story::rules(const Rules& rules) {
  controller_->set_rules(rules, now(), actions_);
  take_in();
}

void Story::reconsider() {
  controller_->reconsider(now(), actions_);
  take_in();
}

// ---- time

Moment Story::now() const {
  return {.uptime = uptime_,
          .civil = civil_at_zero_ + std::chrono::floor<seconds>(uptime_.time_since_epoch()),
          .trusted = trusted_};
}

void Story::advance_to(Uptime when) {
  for (auto due = controller_->deadline(); due && *due <= when; due = controller_->deadline()) {
    uptime_ = *due;
    controller_->handle(Tick{}, now(), actions_);
    take_in();
    ASSERT_GT(*controller_->deadline(), uptime_) << where_ << ": the same deadline again";
  }
  uptime_ = when;
}

Uptime Story::when(std::string_view text) const {
  if (text.find(':') == text.npos) {
    const std::chrono::duration<double> since{number_from<double>(text)};
    return began_ + std::chrono::round<std::chrono::milliseconds>(since);
  }
  const auto at =
      civil_from_text("2026-01-01 " + std::string{text} + (text.size() == 5 ? ":00" : ""));
  if (!at) ADD_FAILURE() << where_ << ": no time of day";
  const auto of_day = at.value_or(CivilTime{}) - *civil_from_text("2026-01-01");
  const auto today = std::chrono::floor<std::chrono::days>(now().civil);
  auto civil = today + of_day;
  if (civil < now().civil) civil += std::chrono::days{1};
  return uptime_ + (civil - now().civil) - (uptime_.time_since_epoch() % seconds{1});
}

// ---- what came of it

void Story::take_in() {
  insist_on_causes();
  for (const Action& action : actions_) {
    if (const auto* set = std::get_if<SetOutput>(&action)) {
      came_.push_back(with_number(output_word(*set), set->line.number));
    } else if (const auto* record = std::get_if<Record>(&action)) {
      events_.push_back(record->event);
      came_.push_back(with_number(word_of(record->event.code), record->event.address));
    } else if (const auto* kept = std::get_if<KeepState>(&action)) {
      keep(kept->row);
      came_.push_back("kept");
    } else if (std::holds_alternative<EraseTemporaryUsers>(action)) {
      controller_->people().erase_temporary();
      came_.push_back("erase_guests");
    } else {
      came_.push_back("keep");
    }
    trace_ += came_.back() + "@" + std::to_string(uptime_.time_since_epoch().count()) + "\n";
  }
  actions_.clear();
}

void Story::keep(const Kept& row) {
  switch (row.change) {
    case Kept::Change::put:
      kept_[row.key] = row;
      break;
    case Kept::Change::erase:
      kept_.erase(row.key);
      break;
    case Kept::Change::erase_all:
      std::erase_if(kept_, [&](const auto& each) { return each.first.kind == row.key.kind; });
      break;
  }
}

// Every release has its cause: recorded with it, or before it where the door opens late, or where
// it is open again at the end of a lockdown.
void Story::insist_on_causes() {
  std::map<unsigned, unsigned> causes, releases, ends;
  std::map<unsigned, bool> covered;  // by fire or dual-open: what is owed still comes after it
  for (const Action& action : actions_) {
    if (const auto* record = std::get_if<Record>(&action)) {
      if (releases_a_lock(record->event)) ++causes[record->event.address];
      if (record->event.code == EventCode::lockdown_ended) ++ends[record->event.address];
      if (record->event.code == EventCode::fire_opened ||
          record->event.code == EventCode::dual_open) {
        covered[record->event.address] = true;
      }
      EXPECT_EQ(record->event.time, now().civil) << where_;
    }
    const auto* set = std::get_if<SetOutput>(&action);
    if (set != nullptr && set->on && set->line.kind == OutputKind::lock) {
      ++releases[set->line.number];
    }
  }
  for (const auto& [door, count] : releases) {
    EXPECT_EQ(count, 1u) << where_ << ": door " << door << " was released twice at once";
    EXPECT_GE(causes[door] + owed_[door] + ends[door], 1u)
        << where_ << ": door " << door << " was released by nothing";
    if (!covered[door]) owed_[door] = 0;
  }
  for (const auto& [door, count] : causes) {
    const DoorId id{static_cast<std::uint8_t>(door)};
    if (releases[door] == 0 && !controller_->status(id).released) owed_[door] += count;
  }
}

// What is refused moves no lock, unless linkage follows it or it ends a lockdown. Not asked of
// timers: one may end a pulse while another gives up waiting for a password.
void Story::insist_on_refusals() {
  const auto is_lock = [](const Action& action) {
    const auto* set = std::get_if<SetOutput>(&action);
    return set != nullptr && set->line.kind == OutputKind::lock;
  };
  const auto refuses = [](const Action& action) {
    const auto* record = std::get_if<Record>(&action);
    return record != nullptr && is_refusal(record->event.code);
  };
  const auto moves = [](const Action& action) {
    const auto* record = std::get_if<Record>(&action);
    return record != nullptr && (record->event.code == EventCode::linkage_triggered ||
                                 record->event.code == EventCode::lockdown_ended);
  };
  if (std::none_of(actions_.begin(), actions_.end(), refuses)) return;
  if (std::any_of(actions_.begin(), actions_.end(), moves)) return;
  EXPECT_TRUE(std::none_of(actions_.begin(), actions_.end(), is_lock))
      << where_ << ": a refusal moved a lock";
}

const Actions& Story::act(const Input& input) {
  actions_.clear();
  controller_->handle(input, now(), actions_);
  if (!std::holds_alternative<Tick>(input)) insist_on_refusals();
  step_ = actions_;
  take_in();
  return step_;
}

CommandOutcome Story::act(const Command& command) {
  const CommandOutcome outcome = controller_->command(command, now(), actions_);
  take_in();
  if (outcome != CommandOutcome::done) came_.emplace_back(outcome_word(outcome));
  return outcome;
}

// ---- lines

void Story::play(const char* title, std::string_view text) {
  unsigned number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (split(line).empty()) continue;
    where_ = std::string{title} + ", line " + std::to_string(number) + ":" + std::string{line};
    play_line(line);
  }
}

void Story::play_line(std::string_view line) {
  const std::size_t arrow = line.find("->");
  std::vector<std::string_view> what = split(line.substr(0, arrow));
  const std::vector<std::string_view> wanted =
      split(arrow == line.npos ? std::string_view{} : line.substr(arrow + 2));
  const Uptime at = when(what.front());
  ASSERT_GE(at, uptime_) << where_ << ": this was in the past";
  advance_to(at);
  what.erase(what.begin());
  do_what(what);
  std::vector<std::string> came = std::exchange(came_, {});
  std::erase_if(came, [&](const std::string& word) {
    return is_optional(word) &&
           std::none_of(wanted.begin(), wanted.end(),
                        [&](std::string_view each) { return base_of(each) == base_of(word); });
  });
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), came.begin(), came.end(), matches))
      << where_ << "\n  came of it: " << joined(came);
}

void Story::press_keys(ReaderId reader, std::string_view keys) {
  for (const char c : keys) {
    const int key = c == '*' ? 10 : c == '#' ? 11 : c - '0';
    act(KeyPressed{reader, static_cast<std::uint8_t>(key)});
  }
}

void Story::do_what(std::vector<std::string_view> what) {
  std::uint8_t number = 1;
  bool says_number = false;
  if (what.size() > 2 && what[what.size() - 2] == "at") {
    number = number_from<std::uint8_t>(what.back());
    says_number = true;
    what.resize(what.size() - 2);
  }
  const std::string_view verb = what.at(0);
  const ReaderId reader{number};
  const auto input = [&](InputKind kind, Level level) { act(LevelChanged{{kind, number}, level}); };
  if (verb == "card" || verb == "finger") {
    const auto site = what.size() > 2 ? number_from<std::uint32_t>(what[2]) : 0;
    act(CardRead{reader, CardNo{number_from<std::uint64_t>(what.at(1))}, site, 26});
  } else if (verb == "frame") {
    act(BadFrame{reader, number_from<std::uint8_t>(what.at(1))});
  } else if (verb == "keys") {
    press_keys(reader, what.at(1));
  } else if (verb == "open" || verb == "close") {
    input(InputKind::door_sensor, verb == "open" ? Level::active : Level::inactive);
  } else if (verb == "press") {
    input(InputKind::exit_button, Level::active);
    input(InputKind::exit_button, Level::inactive);
  } else if (verb == "input") {
    const InputKind kind = kind_from(what.at(1));
    if (is_of_the_box(kind) && !says_number) number = 0;
    input(kind, level_from(what.at(2)));
  } else if (verb == "remote") {
    do_remote(what, number);
  } else if (verb == "aux") {
    const bool on = what.at(1) == "on";
    const seconds time{on ? number_from<int>(what.at(2)) : 0};
    act(Command{SetAuxOutput{number, on, time}});
  } else if (verb == "set") {
    set(std::string{what.at(1)}.c_str(), std::string{what.at(2)}.c_str(), number);
  } else if (verb == "clock") {
    const auto civil =
        civil_from_text(std::string{what.at(1)} + " " + std::string{what.at(2)}).value();
    civil_at_zero_ = civil - std::chrono::floor<seconds>(uptime_.time_since_epoch());
    act(ClockSet{});
  } else if (verb == "trust") {
    trusted_ = what.at(1) == "yes";
    act(ClockSet{});
  } else if (verb == "restart") {
    restart();
  } else if (verb == "emergency") {
    const std::string_view mode = what.at(1);
    act(Command{Emergency{mode == "open"    ? Emergency::Mode::dual_open
                          : mode == "close" ? Emergency::Mode::dual_close
                                            : Emergency::Mode::off}});
  } else if (verb == "reset") {
    act(Command{ResetPassback{what.size() > 1 ? *Pin::from(what.at(1)) : Pin{}}});
  } else if (verb == "link") {
    controller_->server_link(what.at(1) == "up", now(), actions_);
    take_in();
  } else {
    EXPECT_EQ(verb, "wait") << where_ << ": no such verb";
  }
}

void Story::do_remote(const std::vector<std::string_view>& what, std::uint8_t door) {
  const std::string_view verb = what.at(1);
  if (verb == "open") {
    act(Command{OpenDoor{door, seconds{number_from<int>(what.at(2))}}});
  } else if (verb == "close") {
    act(Command{CloseDoor{door}});
  } else if (verb == "stay") {
    act(Command{NormalOpen{door}});
  } else if (verb == "today") {
    act(Command{NormalOpenToday{door, what.at(2) == "on"}});
  } else if (verb == "cancel") {
    act(Command{CancelAlarm{door}});
  } else {
    EXPECT_TRUE(verb == "lock" || verb == "unlock") << where_ << ": no such command";
    act(Command{LockDoor{door, verb == "lock"}});
  }
}

}  // namespace lintel
