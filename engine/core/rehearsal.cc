// Past decisions decided again: the events of the journal, as far as they tell what was shown, go
// through a situation of its own on the present configuration.
#include <algorithm>

#include "engine/core/controller_state.h"

namespace lintel {

class Replay final : public Rehearsal {
 public:
  Replay(const Layout& layout, const Configuration& configuration)
      : with_(configuration), state_(layout, configuration) {}

  // What the doors are told is what they have now.
  void configure(const Controller::State& present) {
    Turn turn = state_.turn({}, actions_);
    for (const Door& each : present.doors)
      state_.door(each.id()).configure(each.parameters(), false, turn);
    actions_.clear();
  }

  std::optional<Difference> take(const Event& past) override;

 private:
  [[nodiscard]] Moment moment_of(const Event& past);
  [[nodiscard]] std::optional<Attempt> attempt_of(const Event& past) const;
  void follow(const Event& past, Turn& turn);
  [[nodiscard]] std::optional<Difference> difference(const Event& past, const Attempt& attempt);

  const Configuration& with_;
  Controller::State state_;
  Actions actions_;
  CivilTime last_{};
  unsigned cancelled_ = 0;  // alarms of the doors up to this one, in a row
};

// Uptime goes as the civil time goes, but never back.
Moment Replay::moment_of(const Event& past) {
  const CivilTime before = state_.started ? last_ : past.time;
  last_ = past.time;
  const auto passed = std::max(past.time - before, std::chrono::seconds{0});
  const Uptime uptime = state_.last + passed;
  return {.uptime = uptime, .civil = past.time, .trusted = true};
}

std::optional<Attempt> Replay::attempt_of(const Event& past) const {
  if (!is_about_a_credential(past)) return std::nullopt;
  const Rule rule = past.reason.rule;
  constexpr std::uint32_t nobody_followed = 3;
  if (rule == Rule::lockout) return std::nullopt;  // nobody knows what was typed
  if (rule == Rule::multi_card && past.reason.detail == nobody_followed) return std::nullopt;
  Attempt attempt;
  attempt.reader = past.reason.reader;
  attempt.card = past.card;
  attempt.site_code = past.site_code;
  attempt.card_bits = past.card_bits;
  const auto code = static_cast<ModeCode>(past.verify);
  constexpr ModeCode last_of_appendix_3 = 29;
  attempt.proofs = code <= last_of_appendix_3
                       ? verify_mode(code).proofs
                       : static_cast<std::uint16_t>(past.proofs & ~unsigned{proofs_all_of});
  const std::uint16_t keys = bit(Proof::password) | bit(Proof::user_id);
  attempt.typed = (attempt.proofs & keys) != 0;
  attempt.frame_fits = rule != Rule::frame_format;
  attempt.in_time = rule != Rule::parts_timeout;
  if (rule == Rule::password) attempt.password = Attempt::Secret::wrong;
  if (rule == Rule::password_ambiguous) attempt.password = Attempt::Secret::ambiguous;
  if (past.card.value != 0) {
    auto owner = with_.people.by_card(past.card);
    attempt.person = std::move(owner.person);
    attempt.card_lost = owner.lost;
  } else if (!past.pin.empty()) {
    attempt.person = with_.people.by_pin(past.pin);
  } else if (rule == Rule::emergency_password) {
    const Door& place = state_.door(door_of(attempt.reader));
    attempt.emergency = !place.parameters().emergency_password.empty();
    attempt.looked_up = !attempt.emergency;
  } else if (lets_in(past.code)) {  // a duress password alone opened as nobody
    attempt.looked_up = false;
    attempt.duress = Attempt::Duress::password;
  } else {
    const std::uint32_t registered = std::uint32_t{1} << static_cast<unsigned>(Rule::registered);
    attempt.looked_up =
        (past.reason.refused_by & registered) != 0 || rule == Rule::password_ambiguous;
    attempt.in_order = rule != Rule::verification_mode;
  }
  return attempt;
}

// What else the event says of the situation.
void Replay::follow(const Event& past, Turn& turn) {
  const bool at_door = past.address >= 1 && past.address <= state_.layout.doors;
  const auto sensor = [&](Level level) {
    state_.line_moved({{InputKind::door_sensor, past.address}, level}, turn);
  };
  switch (past.code) {
    case EventCode::door_opened:
      if (at_door) sensor(Level::active);
      break;
    case EventCode::door_closed:
      if (at_door) sensor(Level::inactive);
      break;
    case EventCode::exit_button_opened:
    case EventCode::remote_opened:
    case EventCode::linkage_triggered:
      // For how long a command or linkage had meant it, the event does not say.
      if (number(past.reason.door) >= 1 && number(past.reason.door) <= state_.layout.doors) {
        Door& place = state_.door(past.reason.door);
        place.pulse(Door::Way::other, place.parameters().drive_time, turn);
      }
      break;
    case EventCode::fire_opened:
      if (at_door) state_.door(DoorId{past.address}).hold(Door::Hold::fire, turn);
      state_.fire = true;
      break;
    case EventCode::fire_ended:
      if (at_door) state_.door(DoorId{past.address}).let_go(Door::Hold::fire, turn);
      state_.fire = std::any_of(state_.doors.begin(), state_.doors.end(),
                                [](const Door& each) { return each.has(Door::Hold::fire); });
      break;
    case EventCode::lockdown_ended:
      if (at_door) state_.door(DoorId{past.address}).unshut(Door::Shut::lockdown, turn);
      break;
    case EventCode::remote_normal_open:
      if (at_door) state_.door(DoorId{past.address}).hold(Door::Hold::stay_open, turn);
      break;
    case EventCode::remote_closed:
      if (at_door) state_.door(DoorId{past.address}).close(turn);
      break;
    case EventCode::dual_open:
      state_.set_emergency(Emergency::Mode::dual_open, turn);
      break;
    case EventCode::dual_close:
      state_.set_emergency(Emergency::Mode::dual_close, turn);
      break;
    case EventCode::alarm_cancelled:  // at every door, one after the other: by "all doors"
      cancelled_ = past.address == cancelled_ + 1 || past.address == 1 ? past.address : 0;
      if (cancelled_ == state_.layout.doors) state_.set_emergency(Emergency::Mode::off, turn);
      break;
    case EventCode::anti_passback_reset:
      if (past.pin.empty()) state_.passages.forget_all(turn);
      if (!past.pin.empty()) state_.passages.forget(past.pin, turn);
      break;
    default:
      break;
  }
}

std::optional<Rehearsal::Difference> Replay::difference(const Event& past, const Attempt& attempt) {
  const auto decided = std::find_if(actions_.begin(), actions_.end(), [&](const Action& action) {
    const auto* record = std::get_if<Record>(&action);
    return record != nullptr && is_about_a_credential(record->event) &&
           record->event.reason.reader == attempt.reader;
  });
  if (decided == actions_.end()) {  // the door would wait for more than was shown then
    state_.reader(attempt.reader).forget_parts();
    return Difference{.now = EventCode::verification_timeout,
                      .granted = false,
                      .reason = {.rule = Rule::parts_timeout,
                                 .door = door_of(attempt.reader),
                                 .reader = attempt.reader}};
  }
  const Event& now = std::get<Record>(*decided).event;
  const bool granted = lets_in(now.code);
  if (granted == lets_in(past.code) && (granted || now.code == past.code)) return std::nullopt;
  return Difference{.now = now.code, .granted = granted, .reason = now.reason};
}

std::optional<Rehearsal::Difference> Replay::take(const Event& past) {
  const Moment now = moment_of(past);
  actions_.clear();
  if (!state_.started) state_.start({}, now, actions_);
  state_.catch_up(now, actions_);
  actions_.clear();
  Turn turn = state_.turn(now, actions_);
  const auto attempt = attempt_of(past);
  const bool known =
      attempt && number(attempt->reader) >= 1 && number(attempt->reader) <= state_.layout.readers();
  if (!known) {
    follow(past, turn);
    return std::nullopt;
  }
  state_.reader(attempt->reader).forget_parts();
  state_.judge(*attempt, turn);
  return difference(past, *attempt);
}

std::unique_ptr<Rehearsal> Controller::rehearse() const {
  auto replay = std::make_unique<Replay>(state_->layout, *configuration_);
  replay->configure(*state_);
  return replay;
}

}  // namespace lintel
