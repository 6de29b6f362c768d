// What peers ask of the engine: now by the loop, or by way of the storage thread.
#include <chrono>

#include "engine/base/log.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/lines.h"
#include "engine/daemon/return_codes.h"

namespace lintel::daemon {
namespace {

constexpr std::chrono::seconds restart_delay{3};  // so that the server gets the result first
constexpr auto command_expired = "The command came too late: it was for a moment that has passed.";

// The clock that a command's expiry is written in: the system's own, which the sender reads too.
std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
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
    case pb::Control::EMERGENCY:
      return Emergency{static_cast<Emergency::Mode>(control.seconds())};
    case pb::Control::RESET_PASSBACK:
      return ResetPassback{Pin::from(control.pin()).value_or(Pin{})};
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
    case CommandOutcome::locked_down:
      error = "The door is in lockdown, or a dual-close holds; end that first.";
      return codes::execution_error;
    case CommandOutcome::interlocked:
      error = "Another door of its interlock is open or released; shut that one first.";
      return codes::execution_error;
    case CommandOutcome::output_off:
      error = "The auxiliary output is disabled, or its schedule keeps it off.";
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
  Uptime uptime{};
  SystemView system;
  bool system_changed = false;
  Gate::Outcome outcome;
  JournalState journal;
  bool executed = false;
};

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
  } else if (!allowed(request.role, parsed)) {
    reply = refusal(codes::unauthorized, "This program may not ask for that.");
  } else if (parsed.has_explain() && parsed.explain().event() != 0) {
    return explain_event(request, parsed.explain().event());
  } else if (parsed.has_replay()) {
    return begin_replay(request, parsed.replay());
  } else if (parsed.has_scan_networks()) {
    return scan_networks(request);
  } else if (parsed.has_factory_reset()) {
    return factory_reset(request, parsed.factory_reset().serial());
  } else if (parsed.has_get_status()) {
    fill_status(*reply.mutable_status());
  } else if (parsed.has_explain()) {
    explain(parsed.explain(), reply);
  } else if (parsed.has_report_link()) {
    report_link(request, parsed.report_link().link());
  } else if (parsed.has_subscribe()) {
    const auto& wish = parsed.subscribe();
    subscribers_[request.peer] = {wish.events(), wish.states(), wish.options(), wish.errands()};
    // Whoever comes now may still hold on to a way to the server from before.
    if (trial_.phase() == NetworkTrial::Phase::on_trial) news_.set_network(true);
  }
  peers_.reply(request.peer, request.id, reply);
}

void Engine::post(api::Incoming request) {
  auto task = std::make_shared<Task>();
  task->request = std::move(request);
  task->utc = board_.clock().utc();
  task->uptime = board_.clock().now().uptime;
  task->system.has_server = !link_.server().empty();
  task->system.enrolling = enrolment_.waiting();
  const auto work = [this, task](storage::Store& store,
                                 storage::EventJournal& journal) -> Result<void> {
    task->system_changed = look_at_system(task->uptime, task->system);
    auto outcome = gate_.execute(task->request.role, task->request.body, task->utc, store, journal,
                                 task->system);
    task->journal = {journal.first_index(), journal.last_index(), journal.confirmed()};
    if (!outcome) return fail(std::move(outcome).error());
    task->outcome = *std::move(outcome);
    task->executed = true;
    const bool refused = task->outcome.reply.code() < 0 && !task->outcome.remembered;
    if (refused) return fail(Errc::refused, "refused");  // rolls back
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
  if (task.system_changed) news_.set_options(true);
  if (task.executed) journal_ = task.journal;
  const bool refused = task.executed && outcome.reply.code() < 0 && !outcome.remembered;
  if (!stored && !refused) {
    outcome.reply = refusal(daemon::code_of(stored.error().code),
                            "The controller could not store it: " + stored.error().text + ".");
  } else if (stored) {
    apply(outcome.effects);
    if (outcome.effects.brought) {
      const Uptime now = board_.clock().now().uptime;
      bringer_ = {task.request.peer, *outcome.effects.brought, now, now + limits::piece_waited_for};
    }
    if (outcome.control) {
      control(task);
      return;
    }
    if (outcome.enroll) {
      begin_enrolment(*outcome.enroll, task.request.peer, task.request.id, outcome.reply);
      return;
    }
  }
  peers_.reply(task.request.peer, task.request.id, outcome.reply);
}

void Engine::apply(Effects& effects) {
  auto& clock = board_.clock();
  if (effects.zone) clock.set_zone(*std::move(effects.zone));
  for (const auto& change : effects.people)
    controller_.people().apply(change);
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
  if (effects.rules) controller_.set_rules(*std::move(effects.rules), clock.now(), actions_);
  if (effects.rules || !effects.doors.empty()) tell_resistors();
  if (effects.reader_formats) {
    for (std::size_t i = 0; i < effects.reader_formats->size(); ++i)
      ports_[i].set_formats((*effects.reader_formats)[i]);
  }
  if (effects.utc && !(effects.utc_if_untrusted && clock.now().trusted)) {
    if (auto set = clock.set_utc(*effects.utc); !set) {
      trouble_ = "set the clock: " + set.error().text;
      log_error("engine", trouble_);
    } else if (writer_) {
      tell_time(*effects.utc);
    }
  }
  if (effects.options) news_.set_options(true);
  if (effects.results) news_.set_results(true);
  if (effects.uploads) news_.set_uploads(true);
  if (effects.upgrade) news_.set_upgrade(true);
  apply_to_system(effects);
  if (!writer_) return;  // before the start: the controller looks at everything then
  if (effects.zone || effects.utc) controller_.handle(ClockSet{}, clock.now(), actions_);
  const bool schedules = effects.timezones || effects.holidays;
  if (schedules || !effects.people.empty()) controller_.reconsider(clock.now(), actions_);
  carry_out();
}

std::int32_t Engine::carry_out(const pb::Control& request, std::string& error) {
  const Moment now = board_.clock().now();
  if (request.expires_uptime_ns() != 0 &&
      steady_now() > std::chrono::nanoseconds(request.expires_uptime_ns())) {
    error = command_expired;
    return codes::execution_error;
  }
  if (request.verb() == pb::Control::RESTART) {
    restart_at_ = now.uptime + restart_delay;
    log_info("engine", "a restart was commanded");
    return codes::ok;
  }
  if (request.verb() == pb::Control::WIEGAND_TEST) {
    switch_wiegand_test(request.on());
    return codes::ok;
  }
  const auto command = command_of(request);
  if (!command) return codes::wrong_parameter;
  const auto code = code_of(controller_.command(*command, now, actions_), error);
  carry_out();
  return code;
}

// Carries the command out, and answers when how it ended, and what the core kept of it (a door that
// stays locked), is on disk.
void Engine::control(const Task& task) {
  const auto& request = *task.outcome.control;
  pb::Reply reply;
  std::string error;
  reply.set_code(carry_out(request, error));
  reply.set_error(error);
  const auto work = [key = request.command(), code = reply.code(), utc = task.utc](
                        storage::Store& store, storage::EventJournal&) -> Result<void> {
    return key.id().empty() ? Result<void>{} : Gate::finish(key, code, utc, store);
  };
  const auto done = [this, peer = task.request.peer, id = task.request.id, key = request.command(),
                     reply](const Result<void>& kept) {
    if (!kept) finish_later(key, codes::write_failed);  // so that it ends, and always like this
    peers_.reply(peer, id,
                 kept ? reply
                      : refusal(codes::write_failed,
                                "The command was carried out, and could not be stored."));
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

void Engine::report_link(const api::Incoming& request, const pb::ServerLink& link) {
  const bool was_online = link_.online();
  link_ = link;
  link_peer_ = request.peer;
  if (trial_.link(link.online())) keep_network_set();
  if (was_online != link.online()) {
    board_.show(hal::Indicator::link, link.online());
    controller_.server_link(link.online(), board_.clock().now(), actions_);
    carry_out();
  }
  news_.set_states(true);
}

}  // namespace lintel::daemon
