// What the engine tells of itself, and what would happen at a door.
#include "engine/daemon/conversion.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/lines.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

pb::Reply refusal(std::int32_t code, std::string text) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(text));
  return reply;
}

// Worth somebody's attention before anything fails; empty: nothing is.
std::string card_warning(const SystemNow& told) {
  constexpr unsigned nearly_worn = 80;  // per cent
  if (!told.trouble.empty()) return told.trouble;
  if (!told.storage_life || *told.storage_life < nearly_worn) return {};
  return "the card's wear is used up to " + std::to_string(*told.storage_life) +
         " %: plan to exchange it";
}

std::string room_warning(const SystemNow& told) {
  constexpr std::uint64_t nearly_full = 90;  // per cent
  const auto size = told.storage_size.value_or(0), used = told.storage_used.value_or(0);
  if (size == 0 || used / (size / 100 + 1) < nearly_full) return {};
  return "the storage is nearly full: " + std::to_string(used >> 20) + " of " +
         std::to_string(size >> 20) + " MiB are in use";
}

void tell(const SystemNow& told, pb::Machine& machine) {
  machine.set_slot(told.slot);
  machine.set_version(told.version);
  machine.set_update(told.update);
  if (told.good) machine.set_good(*told.good);
  if (told.synchronised) machine.set_synchronised(*told.synchronised);
  if (told.temperature) machine.set_temperature(*told.temperature);
  if (told.storage_used) machine.set_storage_used(*told.storage_used);
  if (told.storage_size) machine.set_storage_size(*told.storage_size);
  if (told.storage_life) machine.set_storage_life(*told.storage_life);
}

}  // namespace

void Engine::explain(const pb::Explain& question, pb::Reply& reply) const {
  Moment at = board_.clock().now();
  if (!question.time().empty()) {
    const auto civil = civil_from_text(question.time());
    if (!civil) {
      reply = refusal(codes::wrong_parameter, "The time must be written as 2026-11-23 08:10.");
      return;
    }
    at.civil = *civil;
    at.trusted = true;
  }
  if (question.reader() < 1 || question.reader() > facts_.layout.readers()) {
    reply = refusal(codes::wrong_parameter, "There is no reader " +
                                                std::to_string(question.reader()) + "; there are " +
                                                std::to_string(facts_.layout.readers()) + ".");
    return;
  }
  Question asked;
  asked.reader = ReaderId{static_cast<std::uint8_t>(question.reader())};
  asked.card = CardNo{question.card()};
  if (!question.pin().empty()) {
    const auto pin = Pin::from(question.pin());
    if (!pin) {
      reply = refusal(codes::wrong_parameter, "A user ID has 1 to 24 printable characters.");
      return;
    }
    asked.pin = *pin;
  }
  const auto answer = controller_.explain(asked, at);
  auto& out = *reply.mutable_explanation();
  out.set_granted(answer.granted);
  out.set_code(number(answer.code));
  out.set_words(in_words(answer.reason, at.civil));
  for (const auto& rung : answer.ladder) {
    auto& line = *out.add_ladder();
    line.set_rule(name_of(rung.rule));
    line.set_passed(rung.passed);
    line.set_reached(rung.reached);
    if (!rung.passed) line.set_words(in_words(rung.reason, at.civil));
  }
}

void Engine::fill_status(pb::Status& status) {
  const Moment now = board_.clock().now();
  status.set_serial(facts_.serial);
  status.set_version(std::string(version_text));
  status.set_board(facts_.board);
  status.set_time(to_text(now.civil));
  status.set_time_second(to_protocol_seconds(now.civil));
  status.set_time_trusted(now.trusted);
  status.set_zone_minutes(static_cast<std::int32_t>(board_.clock().zone().count()));
  status.set_uptime_seconds(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.uptime - started_).count()));
  for (unsigned id = 1; id <= facts_.layout.doors; ++id) {
    const auto state = controller_.status(DoorId{static_cast<std::uint8_t>(id)});
    auto& door = *status.add_door();
    door.set_id(id);
    door.set_sensor(static_cast<std::uint32_t>(state.sensor));
    door.set_released(state.released);
    door.set_normal_open(state.normal_open);
    door.set_locked(state.locked);
    door.set_enabled(state.enabled);
    door.set_alarms(state.alarms);
    door.set_locked_down(state.locked_down);
    door.set_fire(state.fire);
    door.set_emergency_open(state.emergency_open);
  }
  for (const auto& line : input_lines(facts_.layout)) {
    auto& input = *status.add_input();
    input.set_name(name_of(line));
    input.set_level(name_of(controller_.input(line)));
  }
  for (const auto& line : output_lines(facts_.layout)) {
    auto& output = *status.add_output();
    output.set_name(name_of(line));
    output.set_level(controller_.output(line) ? "on" : "off");
  }
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const auto& counts = ports_[i].counts();
    auto& reader = *status.add_reader();
    reader.set_id(static_cast<std::uint32_t>(i + 1));
    reader.set_frames(counts.frames);
    reader.set_bad_frames(counts.bad_frames);
    reader.set_noise(counts.noise);
  }
  *status.mutable_link() = link_;
  if (link_peer_ != 0 && !peers_.connected(link_peer_)) {
    status.mutable_link()->set_online(false);
    status.mutable_link()->set_state("lintel-push is not running");
  }
  status.set_users(controller_.people().users());
  status.set_cards(controller_.people().cards());
  status.set_privileges(controller_.people().privilege_count());
  status.set_events_stored(journal_.last + 1 - journal_.first);
  status.set_events_capacity(limits::events_max);
  status.set_last_event(journal_.last);
  status.set_confirmed_event(journal_.confirmed);
  status.set_lost_events(writer_->lost_events());
  status.set_unsent_dropped(unsent_dropped_);
  std::string trouble = writer_->trouble();
  const std::string of_board = board_.trouble();
  for (const std::string* part : std::initializer_list<const std::string*>{
           &of_board, &board_trouble_, &network_trouble_, &trouble_}) {
    if (!part->empty()) trouble += (trouble.empty() ? "" : "; ") + *part;
  }
  status.set_trouble(trouble);
  fill_machine(status);
}

// What fails nothing yet is no trouble: a new version is not given up for the card's age.
void Engine::fill_machine(pb::Status& status) const {
  std::string warning;
  const auto add = [&warning](const std::string& words) {
    if (!words.empty()) warning += (warning.empty() ? "" : "; ") + words;
  };
  if (unsent_dropped_ > 0 && !link_.server().empty()) {
    add(std::to_string(unsent_dropped_) +
        " events made room for newer ones before the server had them");
  }
  if (machine_) {
    add(card_warning(*machine_));
    add(room_warning(*machine_));
    auto& machine = *status.mutable_machine();
    tell(*machine_, machine);
    if (machine_network_) {
      constexpr const char* uplinks[] = {"wired", "wifi", "mobile"};
      machine.set_address(machine_network_->address);
      machine.set_uplink(uplinks[static_cast<std::size_t>(machine_network_->uplink)]);
      machine.set_wifi(machine_network_->wifi_name);
    }
  }
  status.set_warning(warning);
}

}  // namespace lintel::daemon
