// The engine and its operating system: network parameters on trial, scans, the time, how it is.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/network_options.h"
#include "engine/daemon/return_codes.h"
#include "engine/daemon/upgrade_requests.h"

namespace lintel::daemon {
namespace {

using namespace std::chrono_literals;

constexpr auto view_good_for = 2s;
constexpr std::chrono::milliseconds scan_looked_at_every = 250ms;
constexpr std::chrono::seconds machine_looked_at_every = 10s;
constexpr auto again_after = 10s;  // what the disk did not take

pb::Reply refusal(std::int32_t code, std::string text) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(text));
  return reply;
}

pb::Reply page_of(const std::vector<AccessPoint>& points) {
  pb::Reply reply;
  auto& page = *reply.mutable_page();
  for (const auto* field : {"ecn", "ssid", "rssi", "mac"})
    page.add_field(field);
  for (const auto& point : points) {
    for (const auto* value : {&point.ecn, &point.ssid, &point.rssi, &point.mac})
      page.add_value(*value);
  }
  page.set_rows(static_cast<std::uint32_t>(points.size()));
  return reply;
}

}  // namespace

// ---- what the storage thread knows of it

bool Engine::look_at_system(Uptime now, SystemView& view) {
  auto& [good_until, seen] = seen_;
  bool changed = false;
  if (!good_until || *good_until <= now) {
    good_until = now + view_good_for;
    auto network = system_->network();
    // The address has changed by itself, or as it was wished.
    changed = network != seen.now;
    seen.now = std::move(network);
    seen.network = system_->has_network();
    seen.wifi = system_->has_wifi();
    seen.mobile = system_->has_mobile();
    seen.installer = system_->has_installer();
    seen.time_servers = system_->has_time_servers();
    seen.machine = system_->state();
  }
  const bool has_server = view.has_server, enrolling = view.enrolling;
  view = seen;
  view.has_server = has_server;
  view.enrolling = enrolling;
  return changed;
}

bool Engine::ask_system(std::function<void(System&)> ask, std::function<void()> then) {
  const auto work = [this, ask = std::move(ask)](storage::Store&,
                                                 storage::EventJournal&) -> Result<void> {
    ask(*system_);
    return {};
  };
  const auto done = [then = std::move(then)](const Result<void>&) { then(); };
  return writer_->post({work, done, false}).has_value();
}

// Somebody waits for the address that a trial is about: the server is to hear of it at once.
void Engine::watch_system(Uptime now) {
  look_at_system_ = now + view_good_for;
  const auto changed = std::make_shared<bool>(false);
  ask_system(
      [this, now, changed](System&) {
        SystemView view;
        *changed = look_at_system(now, view);
      },
      [this, changed] {
        if (*changed) news_.set_options(true);
      });
}

// For whoever asks how the machine is.
void Engine::look_at_machine(Uptime now) {
  look_at_machine_ = now + machine_looked_at_every;
  if (system_ == &no_system_) return;
  struct Seen {
    std::optional<SystemNow> machine;
    std::optional<NetworkWish> network;
  };
  const auto seen = std::make_shared<Seen>();
  ask_system(
      [seen](System& system) {
        *seen = {system.state(), system.network()};
      },
      [this, seen] {
        machine_ = std::move(seen->machine);
        machine_network_ = std::move(seen->network);
      });
}

// ---- at the start, and in every turn

Result<void> Engine::resume_system_work(storage::Store& store) {
  const Uptime now = board_.clock().now().uptime;
  const auto kept = kept_network(store);
  if (!kept) return fail(Error(kept.error()));
  if (kept->open) {
    const auto settings = network_settings(store);
    if (!settings) return fail(Error(settings.error()));
    const auto wish = wish_of(*settings), before = wish_of(kept->before);
    trial_.resume({kept->change, wish, before, wish != before, kept->reversible, {}}, now);
    log_info("engine", "network parameters are still on trial");
  }
  const auto upgrade = stored_upgrade(store);
  if (!upgrade) return fail(Error(upgrade.error()));
  if (upgrade->stage == StoredUpgrade::Stage::download && upgrade->is_local()) {
    // Whoever brought it was cut off. A disk that takes nothing keeps nobody out.
    const auto dropped = store.begin()
                             .and_then([&] {
                               return drop_local_upgrade(upgrade->number, board_.clock().utc(),
                                                         store, gate_.upgrade_file());
                             })
                             .and_then([&] { return store.commit(); });
    if (!dropped) {
      store.rollback();
      log_error("engine", "give up the firmware of the last run: " + dropped.error().text);
    }
  }
  if (upgrade->stage == StoredUpgrade::Stage::install)
    begin_install(gate_.upgrade_file().path(upgrade->file_name()));
  return {};
}

void Engine::apply_to_system(const Effects& effects) {
  const Uptime now = board_.clock().now().uptime;
  if (effects.network) {
    network_trouble_.clear();
    trial_.begin(*effects.network, now);
  }
  for (const auto& command : effects.reported)
    trial_.result_delivered(command, now);
  if (effects.install) begin_install(*effects.install);
  if (effects.time_servers) time_servers_ = effects.time_servers;
}

// ---- the time

// Where the engine may not set the machine's clock, somebody else may; where it may, the machine's
// own battery clock is set too.
void Engine::tell_time(std::chrono::sys_seconds utc) {
  if (system_ == &no_system_) return;
  const auto told = std::make_shared<Result<void>>();
  const bool asked =
      ask_system([told, utc, uptime = board_.clock().now().uptime](
                     System& system) { *told = system.set_clock(utc, uptime); },
                 [told] {
                   if (!*told)
                     log_error("engine", "have the machine's clock set: " + told->error().text);
                 });
  if (!asked) log_error("engine", "have the machine's clock set: too much waits for the disk");
}

// Also at every start: whoever keeps the time may have forgotten them.
void Engine::tell_time_servers() {
  const auto servers = *std::exchange(time_servers_, std::nullopt);
  if (system_ == &no_system_) return;
  const auto told = std::make_shared<Result<void>>();
  const bool asked =
      ask_system([told, servers](System& system) { *told = system.set_time_servers(servers); },
                 [told] {
                   if (!*told) log_error("engine", "name the time servers: " + told->error().text);
                 });
  if (!asked) time_servers_ = servers;
}

void Engine::work_at_system(Uptime now) {
  switch (trial_.due(now)) {
    case NetworkTrial::Due::nothing:
      break;
    case NetworkTrial::Due::hand_over:
      hand_over_network();
      break;
    case NetworkTrial::Due::take_back:
      take_back_network();
      break;
  }
  if (restore_at_ && *restore_at_ <= now) restore_stored_network();
  if (trial_.phase() != NetworkTrial::Phase::none && look_at_system_ <= now) watch_system(now);
  if (!scan_.askers.empty() && scan_.look_at <= now) look_at_scan(now);
  if (installer_look_at_ && *installer_look_at_ <= now) look_at_installer(now);
  if (bringer_ && bringer_->look_at <= now) look_at_bringer(now);
  if (look_at_machine_ <= now) look_at_machine(now);
  if (time_servers_) tell_time_servers();
}

std::optional<Uptime> Engine::system_deadline() const {
  std::optional<Uptime> earliest = trial_.deadline();
  const auto consider = [&](std::optional<Uptime> due) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  };
  if (trial_.phase() != NetworkTrial::Phase::none) consider(look_at_system_);
  consider(restore_at_);
  if (!scan_.askers.empty()) consider(scan_.look_at);
  consider(installer_look_at_);
  if (bringer_) consider(bringer_->look_at);
  if (system_ != &no_system_) consider(look_at_machine_);
  return earliest;
}

// ---- network parameters

// Whoever subscribed is told that the way to the server has changed when the system knows it.
void Engine::tell_network(const NetworkWish& wish) {
  told_network_ = wish;
  const auto told = std::make_shared<Result<void>>();
  const bool asked = ask_system(
      [this, wish, told](System& system) {
        *told = system.set_network(wish);
        seen_.good_until.reset();
      },
      [this, told] {
        if (!*told) network_not_told(told->error().text);
        news_.set_network(true);
        news_.set_options(true);
      });
  if (!asked) network_not_told("too much waits for the disk");
}

void Engine::network_not_told(const std::string& why) {
  network_trouble_ = "the network could not be set up: " + why;
  log_error("engine", network_trouble_);
}

void Engine::hand_over_network() {
  const auto& change = trial_.change();
  const bool moves = change.moves || (told_network_ && *told_network_ != change.wish);
  if (moves) tell_network(change.wish);
  news_.set_options(true);
  log_info("engine", change.reversible
                         ? "new network parameters are on trial: without contact with the server "
                           "they are taken back"
                         : "new network parameters are kept without a trial: no server is named "
                           "that contact could be had with");
  if (!change.reversible) close_stored_change(change.number);
}

// Not closed: the trial begins once more after a restart, which does no harm.
void Engine::close_stored_change(std::uint64_t number) {
  const auto work = [number](storage::Store& store, storage::EventJournal&) {
    return close_network_change(store, number);
  };
  const auto done = [](const Result<void>& stored) {
    if (!stored) log_error("engine", "note how the network stands: " + stored.error().text);
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

void Engine::keep_network_set() {
  log_info("engine", "the server was reached: the new network parameters stay");
  network_trouble_.clear();
  close_stored_change(trial_.change().number);
}

// The way to the server first; the disk may take its time.
void Engine::take_back_network() {
  const auto& change = trial_.change();
  if (told_network_.value_or(change.wish) != change.before) tell_network(change.before);
  network_trouble_ =
      "new network parameters were taken back: the server was not reached with them within " +
      std::to_string(limits::network_taken_back_after.count()) + " s";
  log_warning("engine", network_trouble_);
  restore_number_ = change.number;
  restore_stored_network();
}

void Engine::restore_stored_network() {
  restore_at_.reset();
  const auto work = [number = restore_number_](storage::Store& store,
                                               storage::EventJournal&) -> Result<void> {
    auto restored = restore_network(store, number);
    if (!restored) return fail(std::move(restored).error());
    return {};
  };
  const auto done = [this](const Result<void>& stored) {
    news_.set_options(true);
    news_.set_network(true);
    if (stored) return;
    log_error("engine", "take the network parameters back: " + stored.error().text);
    restore_at_ = board_.clock().now().uptime + again_after;
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

// ---- scans

void Engine::scan_networks(const api::Incoming& request) {
  const Uptime now = board_.clock().now().uptime;
  if (scan_.askers.size() >= limits::scan_askers_max) {
    peers_.reply(request.peer, request.id,
                 refusal(codes::queue_full, "Too many wait for a scan already; try again."));
    return;
  }
  scan_.askers.emplace_back(request.peer, request.id);
  if (scan_.askers.size() > 1) return;  // a scan is under way: its result is everybody's
  scan_.look_at = now + scan_looked_at_every;
  scan_.ends = now + limits::scan_answered_within;
  const auto failed = std::make_shared<std::optional<pb::Reply>>();
  ask_system(
      [failed](System& system) {
        (void)system.network();  // what it can do, as of now
        if (!system.has_wifi()) {
          *failed =
              refusal(codes::unsupported, "This controller has no Wi-Fi to look around with.");
        } else if (auto begun = system.scan(); !begun) {
          *failed = refusal(codes::execution_error, "The scan failed: " + begun.error().text + ".");
        }
      },
      [this, failed] {
        if (*failed) answer_scan(**failed);
      });
}

void Engine::look_at_scan(Uptime now) {
  if (scan_.ends <= now) {
    answer_scan(refusal(codes::execution_error, "The scan did not end in time; try again."));
    return;
  }
  scan_.look_at = std::min(now + scan_looked_at_every, scan_.ends);
  const auto found = std::make_shared<std::optional<std::vector<AccessPoint>>>();
  ask_system([found](System& system) { *found = system.scanned(); },
             [this, found] {
               if (*found) answer_scan(page_of(**found));
             });
}

void Engine::answer_scan(const pb::Reply& reply) {
  for (const auto& [peer, id] : std::exchange(scan_.askers, {}))
    peers_.reply(peer, id, reply);
}

}  // namespace lintel::daemon
