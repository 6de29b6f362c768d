#include "engine/daemon/engine.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto output_retry = 100ms;
constexpr auto restart_delay = 3s;  // so that the server gets the command's result first
constexpr auto clock_floor_every = 1h;
constexpr auto command_expired = "The command came too late: it was for a moment that has passed.";

// Kept beside the server's options; no option of the protocol, so no server reads or sets it.
constexpr std::string_view clock_floor_option = "lintel.clock_floor";
constexpr std::chrono::sys_seconds build_time{std::chrono::seconds{LINTEL_BUILD_TIME}};

std::vector<InputLine> input_lines(const Layout& layout) {
  std::vector<InputLine> lines;
  const auto add = [&](InputKind kind, unsigned count) {
    for (unsigned n = 1; n <= count; ++n)
      lines.push_back({kind, static_cast<std::uint8_t>(n)});
  };
  add(InputKind::door_sensor, layout.doors);
  add(InputKind::exit_button, layout.doors);
  add(InputKind::aux, layout.aux_inputs);
  add(InputKind::reader_tamper, layout.readers());
  for (const auto kind :
       {InputKind::tamper, InputKind::fire, InputKind::mains, InputKind::battery}) {
    lines.push_back({kind, 0});
  }
  return lines;
}

std::vector<OutputLine> output_lines(const Layout& layout) {
  std::vector<OutputLine> lines;
  const auto add = [&](OutputKind kind, unsigned count) {
    for (unsigned n = 1; n <= count; ++n)
      lines.push_back({kind, static_cast<std::uint8_t>(n)});
  };
  add(OutputKind::lock, layout.doors);
  add(OutputKind::aux, layout.aux_outputs);
  add(OutputKind::reader_led, layout.readers());
  add(OutputKind::reader_buzzer, layout.readers());
  return lines;
}

// The clock that a command's expiry is written in: the system's own, which the sender reads too.
std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

DoorId door_at(std::size_t index) {
  return DoorId{static_cast<std::uint8_t>(index + 1)};
}

pb::Reply refusal(std::int32_t code, std::string text) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(text));
  return reply;
}

std::optional<Command> command_of(const pb::Control& control) {
  const auto place = static_cast<std::uint8_t>(control.place());
  const std::chrono::seconds time(control.seconds());
  switch (control.verb()) {
    case pb::Control::OPEN:
      return OpenDoor{place, time};
    case pb::Control::CLOSE:
      return CloseDoor{place};
    case pb::Control::NORMAL_OPEN:
      return NormalOpen{place};
    case pb::Control::NORMAL_OPEN_TODAY:
      return NormalOpenToday{place, control.on()};
    case pb::Control::AUX_OUTPUT:
      return SetAuxOutput{place, control.on(), time};
    case pb::Control::CANCEL_ALARM:
      return CancelAlarm{place};
    case pb::Control::LOCK:
      return LockDoor{place, control.on()};
    default:
      return std::nullopt;
  }
}

std::int32_t code_of(CommandOutcome outcome, std::string& error) {
  switch (outcome) {
    case CommandOutcome::done:
      return codes::ok;
    case CommandOutcome::no_such_place:
      error = "There is no such door or output.";
      return codes::wrong_parameter;
    case CommandOutcome::already_open_time:
      error = "The door stands open in its normal-open time; there is nothing to open.";
      return codes::normal_open_time;
    case CommandOutcome::normal_open_time:
      error = "The door is in its normal-open time and cannot be closed; end that for today first.";
      return codes::normal_open_failed;
    case CommandOutcome::door_locked:
      error = "The door is locked; unlock it first.";
      return codes::execution_error;
    case CommandOutcome::door_disabled:
      error = "The door is disabled; enable it first (DoorDisable=1).";
      return codes::execution_error;
  }
  return codes::execution_error;
}

}  // namespace

// A request under way to the storage thread and back. The loop and the storage thread have it one
// after the other.
struct Engine::Task {
  api::Incoming request;
  std::chrono::sys_seconds utc;
  Gate::Outcome outcome;
  JournalState journal;
  bool executed = false;
};

Engine::Engine(hal::Board& board, Peers& peers, Facts facts, std::string trouble)
    : board_(board),
      peers_(peers),
      facts_(std::move(facts)),
      trouble_(std::move(trouble)),
      gate_(facts_),
      controller_(board.layout()),
      told_states_(board.layout().doors) {
  for (unsigned reader = 1; reader <= board.layout().readers(); ++reader) {
    ports_.emplace_back(ReaderId{static_cast<std::uint8_t>(reader)});
  }
  link_.set_state("lintel-push has not reported yet");
  actions_.reserve(64);
  inputs_.reserve(64);
}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::start(hal::Board& board, Peers& peers, Facts facts,
                                              storage::Store store, storage::EventJournal journal,
                                              storage::Writer::Mode mode, std::string trouble) {
  std::unique_ptr<Engine> engine(new Engine(board, peers, std::move(facts), std::move(trouble)));
  auto floor = store.option(clock_floor_option);
  if (!floor) return fail(std::move(floor).error());
  const auto kept = parse_number(floor->value_or("")).value_or(0);
  board.clock().set_floor(
      std::max(build_time, std::chrono::sys_seconds(std::chrono::seconds(kept))));
  for (const auto* name : {"MachineTZ", "ServerTZ"}) {
    const auto zone = store.option(name);
    if (const auto offset = zone ? parse_zone(zone->value_or("")) : std::nullopt) {
      board.clock().set_zone(*offset);
      break;
    }
  }

  Effects effects;
  auto& people = engine->controller_.people();
  const auto users = store.count(*storage::find_table("user"), {});
  if (users) people.reserve(*users);
  auto loaded = load_all(store, board.layout(), effects, [&](const std::vector<PeopleEdit>& edits) {
    for (const auto& edit : edits)
      daemon::apply(edit, people);
  });
  if (!loaded) return fail(std::move(loaded).error());
  engine->apply(effects);
  if (const auto room = store.option("DelRecord")) {
    const auto at_once = parse_number(room->value_or("")).value_or(limits::events_dropped_at_once);
    journal.set_capacity({limits::events_max, at_once});
  }
  engine->journal_ = {journal.first_index(), journal.last_index(), journal.confirmed()};
  engine->writer_ = std::make_unique<storage::Writer>(std::move(store), std::move(journal), mode);

  const Moment now = board.clock().now();
  engine->started_ = now.uptime;
  engine->floor_due_ = now.uptime + clock_floor_every;
  std::vector<LevelChanged> levels;
  for (const auto& line : input_lines(board.layout()))
    levels.push_back({line, board.level(line)});
  engine->controller_.start(levels, now, engine->actions_);
  engine->carry_out();
  return engine;
}

// ---- from the board

void Engine::turn() {
  read_board();
  fire_timers();
  take_durable();
  tell_subscribers();
  if (readers_idle()) board_.settled();
}

void Engine::read_board() {
  notices_.clear();
  if (auto read = board_.read(notices_); !read) {
    if (board_trouble_ != read.error().text) log_error("board", read.error().text);
    board_trouble_ = read.error().text;
    return;
  }
  for (const auto& notice : notices_) {
    if (const auto* pulse = std::get_if<hal::Pulse>(&notice)) {
      ports_[number(pulse->reader) - 1].pulse(*pulse, inputs_);
    } else if (const auto* lost = std::get_if<hal::PulsesLost>(&notice)) {
      ports_[number(lost->reader) - 1].pulses_lost(*lost, inputs_);
    } else if (const auto* level = std::get_if<LevelChanged>(&notice)) {
      inputs_.push_back(*level);
    } else if (const auto* jump = std::get_if<hal::Advance>(&notice)) {
      advance(jump->by);
    } else {
      inputs_.push_back(ClockSet{});
    }
    for (const auto& input : inputs_)
      handle(input);
    inputs_.clear();
  }
}

void Engine::handle(const Input& input) {
  controller_.handle(input, board_.clock().now(), actions_);
  carry_out();
}

void Engine::advance(std::chrono::nanoseconds by) {
  auto& clock = board_.clock();
  const Uptime target = clock.now().uptime + by;
  for (;;) {
    const auto due = deadline();
    const Uptime now = clock.now().uptime;
    if (!due || *due >= target) break;
    if (*due > now) clock.advance(*due - now);
    fire_timers();
  }
  if (const auto left = target - clock.now().uptime; left > 0ns) clock.advance(left);
  fire_timers();
}

void Engine::fire_timers() {
  const Moment now = board_.clock().now();
  for (auto& port : ports_) {
    if (const auto due = port.deadline(); due && *due <= now.uptime)
      port.time_passed(now.uptime, inputs_);
  }
  for (const auto& input : inputs_)
    handle(input);
  inputs_.clear();
  if (const auto due = controller_.deadline(); due && *due <= now.uptime) handle(Tick{});
  if (!unset_outputs_.empty() && retry_at_ <= now.uptime) retry_outputs();
  if (floor_due_ <= now.uptime) keep_clock_floor(now);
}

bool Engine::readers_idle() const {
  return std::none_of(ports_.begin(), ports_.end(),
                      [](const auto& port) { return port.deadline().has_value(); });
}

std::optional<Uptime> Engine::deadline() const {
  std::optional<Uptime> earliest = controller_.deadline();
  const auto consider = [&](std::optional<Uptime> due) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  };
  for (const auto& port : ports_)
    consider(port.deadline());
  consider(board_.deadline());
  consider(restart_at_);
  consider(floor_due_);
  if (!unset_outputs_.empty()) consider(retry_at_);
  return earliest;
}

bool Engine::restart_due() const {
  return restart_at_ && *restart_at_ <= board_.clock().now().uptime;
}

// ---- to the board and to storage

void Engine::carry_out() {
  for (const auto& action : actions_) {
    if (const auto* output = std::get_if<SetOutput>(&action)) {
      drive(output->line, output->on);
    } else if (const auto* record = std::get_if<Record>(&action)) {
      post_event(record->event);
    } else if (const auto* keep = std::get_if<KeepParameter>(&action)) {
      keep_parameter(*keep);
    }
  }
  actions_.clear();
}

void Engine::drive(const OutputLine& line, bool on) {
  unset_outputs_.erase(line);
  auto set = board_.set(line, on);
  if (set) return;
  board_trouble_ = name_of(line) + ": " + set.error().text;
  log_error("board", board_trouble_);
  unset_outputs_[line] = on;
  retry_at_ = board_.clock().now().uptime + output_retry;
}

void Engine::retry_outputs() {
  const auto waiting = std::move(unset_outputs_);
  unset_outputs_.clear();
  for (const auto& [line, on] : waiting)
    drive(line, on);
  if (unset_outputs_.empty()) board_trouble_.clear();
}

void Engine::post_event(const Event& event) {
  if (!writer_->post_event(event))
    log_error("journal", "an event was lost: the disk has not answered for too long");
}

void Engine::keep_parameter(const KeepParameter& keep) {
  const auto work = [keep](storage::Store& store, storage::EventJournal&) -> Result<void> {
    const auto& table = *storage::find_table("DoorParameters");
    const int columns[] = {table.field("ID"), table.field("Name"), table.field("Value"),
                           table.field("DevID")};
    const auto id = std::to_string(number(keep.door));
    const auto value = std::to_string(keep.value);
    const std::string_view values[] = {id, keep.name, value, "1"};
    return store.update(table, columns, values);
  };
  const auto done = [this, keep](Result<void> stored) {
    news_.set_options(true);
    if (stored) return;
    trouble_ = "keep " + std::string(keep.name) + " of door " + std::to_string(number(keep.door)) +
               ": " + stored.error().text;
    log_error("engine", trouble_);
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(std::move(posted));
}

void Engine::keep_clock_floor(const Moment& now) {
  floor_due_ = now.uptime + clock_floor_every;
  if (!now.trusted) return;
  const auto utc = std::to_string(board_.clock().utc().time_since_epoch().count());
  const auto work = [utc](storage::Store& store, storage::EventJournal&) {
    return store.set_option(clock_floor_option, utc);
  };
  // Not kept this hour: the floor stays where it was, which is no less true.
  [[maybe_unused]] const auto posted = writer_->post({work, [](const Result<void>&) {}, true});
}

void Engine::rest() {
  for (const auto& line : output_lines(board_.layout()))
    drive(line, false);
}

// ---- requests

void Engine::take(api::Incoming request) {
  if (request.kind == api::FrameKind::request_for_loop) {
    take_now(request);
  } else {
    post(std::move(request));
  }
}

void Engine::take_now(const api::Incoming& request) {
  pb::Request parsed;
  pb::Reply reply;
  if (!parsed.ParseFromString(request.body) || api::kind_of(parsed) != request.kind) {
    reply = refusal(codes::wrong_format, "The request cannot be read.");
  } else if (!allowed(request.role, parsed.body_case())) {
    reply = refusal(codes::unauthorized, "This program may not ask for that.");
  } else if (parsed.has_get_status()) {
    fill_status(*reply.mutable_status());
  } else if (parsed.has_explain()) {
    explain(parsed.explain(), reply);
  } else if (parsed.has_report_link()) {
    report_link(request, parsed.report_link().link());
  } else if (parsed.has_subscribe()) {
    const auto& wish = parsed.subscribe();
    subscribers_[request.peer] = {wish.events(), wish.states(), wish.options()};
  }
  peers_.reply(request.peer, request.id, reply);
}

void Engine::post(api::Incoming request) {
  auto task = std::make_shared<Task>();
  task->request = std::move(request);
  task->utc = board_.clock().utc();
  const auto work = [this, task](storage::Store& store,
                                 storage::EventJournal& journal) -> Result<void> {
    auto outcome = gate_.execute(task->request.role, task->request.body, task->utc, store, journal);
    task->journal = {journal.first_index(), journal.last_index(), journal.confirmed()};
    if (!outcome) return fail(std::move(outcome).error());
    task->outcome = *std::move(outcome);
    task->executed = true;
    if (task->outcome.reply.code() < 0) return fail(Errc::refused, "refused");  // rolls back
    return {};
  };
  const auto done = [this, task](Result<void> stored) { finish(*task, std::move(stored)); };
  const bool writes = task->request.kind == api::FrameKind::request_to_write;
  if (auto posted = writer_->post({work, done, writes}); !posted) {
    peers_.reply(
        task->request.peer, task->request.id,
        refusal(codes::queue_full, "Too many commands are waiting for the disk; try again."));
  }
}

void Engine::finish(Task& task, Result<void> stored) {
  auto& outcome = task.outcome;
  if (task.executed) journal_ = task.journal;
  if (!stored && !(task.executed && outcome.reply.code() < 0)) {
    outcome.reply = refusal(daemon::code_of(stored.error().code),
                            "The controller could not store it: " + stored.error().text + ".");
  } else if (stored) {
    apply(outcome.effects);
    if (outcome.control) {
      std::string error;
      outcome.reply.set_code(control(*outcome.control, error));
      outcome.reply.set_error(error);
    }
  }
  peers_.reply(task.request.peer, task.request.id, outcome.reply);
}

void Engine::apply(Effects& effects) {
  auto& clock = board_.clock();
  for (const auto& edit : effects.people)
    daemon::apply(edit, controller_.people());
  auto& calendar = controller_.calendar();
  if (effects.timezones) {
    calendar.clear_timezones();
    for (const auto& zone : *effects.timezones)
      calendar.put(zone);
  }
  if (effects.holidays) {
    calendar.clear_holidays();
    for (const auto& holiday : *effects.holidays)
      calendar.put(holiday);
  }
  for (const auto& [door, parameters] : effects.doors) {
    controller_.set_parameters(door, parameters, clock.now(), actions_);
  }
  if (effects.exit_button_zones) {
    for (std::size_t i = 0; i < effects.exit_button_zones->size(); ++i) {
      controller_.set_exit_button_zone(door_at(i), (*effects.exit_button_zones)[i]);
    }
  }
  if (effects.reader_formats) {
    for (std::size_t i = 0; i < effects.reader_formats->size(); ++i)
      ports_[i].set_formats((*effects.reader_formats)[i]);
  }
  if (effects.zone) clock.set_zone(*effects.zone);
  if (effects.utc) {
    if (auto set = clock.set_utc(*effects.utc); !set) {
      trouble_ = "set the clock: " + set.error().text;
      log_error("engine", trouble_);
    }
  }
  if (effects.options) news_.set_options(true);
  if (!writer_) return;  // before the start: the controller looks at everything then
  if (effects.zone || effects.utc) controller_.handle(ClockSet{}, clock.now(), actions_);
  if (effects.timezones || effects.holidays) controller_.reconsider(clock.now(), actions_);
  carry_out();
}

std::int32_t Engine::control(const pb::Control& request, std::string& error) {
  const Moment now = board_.clock().now();
  std::int32_t code = codes::ok;
  const auto command = command_of(request);
  if (request.expires_uptime_ns() != 0 &&
      steady_now() > std::chrono::nanoseconds(request.expires_uptime_ns())) {
    code = codes::execution_error;
    error = command_expired;
  } else if (command) {
    code = code_of(controller_.command(*command, now, actions_), error);
    carry_out();
  } else if (request.verb() == pb::Control::RESTART) {
    restart_at_ = now.uptime + restart_delay;
    log_info("engine", "a restart was commanded");
  }
  if (request.command().id().empty()) return code;
  const auto work = [key = request.command(), code, utc = board_.clock().utc()](
                        storage::Store& store, storage::EventJournal&) {
    return Gate::finish(key, code, utc, store);
  };
  // Not noted: the same command again would be answered "unknown whether carried out", and not
  // repeated.
  [[maybe_unused]] const auto posted = writer_->post({work, [](const Result<void>&) {}, true});
  return code;
}

void Engine::report_link(const api::Incoming& request, const pb::ServerLink& link) {
  const bool was_online = link_.online();
  link_ = link;
  link_peer_ = request.peer;
  if (was_online != link.online()) {
    controller_.server_link(link.online(), board_.clock().now(), actions_);
    carry_out();
  }
  news_.set_states(true);
}

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
    line.set_words(in_words(rung.reason, at.civil));
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
  std::string trouble = writer_->trouble();
  for (const auto* part : {&board_trouble_, &trouble_}) {
    if (!part->empty()) trouble += (trouble.empty() ? "" : "; ") + *part;
  }
  status.set_trouble(trouble);
}

// ---- to subscribers

void Engine::take_durable() {
  const auto durable = writer_->take_done();
  if (durable.last_index != 0) {
    journal_.last = std::max(journal_.last, durable.last_index);
    journal_.first += durable.dropped;
    news_.set_last_event(journal_.last);
  }
  if (durable.nearly_full) {
    const Moment now = board_.clock().now();
    Event event;
    event.code = EventCode::journal_nearly_full;
    event.time = now.civil;
    event.reason.rule = Rule::system;
    post_event(event);
  }
}

void Engine::tell_subscribers() {
  for (std::size_t i = 0; i < told_states_.size(); ++i) {
    const auto state = controller_.status(door_at(i));
    if (state == told_states_[i]) continue;
    told_states_[i] = state;
    news_.set_states(true);
  }
  if (news_.last_event() == 0 && !news_.states() && !news_.options()) return;
  for (auto at = subscribers_.begin(); at != subscribers_.end();) {
    const auto& wish = at->second;
    pb::Notice notice;
    if (wish.events) notice.set_last_event(news_.last_event());
    notice.set_states(wish.states && news_.states());
    notice.set_options(wish.options && news_.options());
    const bool something = notice.last_event() != 0 || notice.states() || notice.options();
    const bool here = something ? peers_.notify(at->first, notice) : peers_.connected(at->first);
    at = here ? std::next(at) : subscribers_.erase(at);
  }
  news_.Clear();
}

}  // namespace lintel::daemon
