// The engine and its operating system: network parameters on trial, scans, the installer.
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
constexpr std::chrono::milliseconds scan_looked_at_every = 250ms, scan_answered_within = 8s;
constexpr std::chrono::seconds installer_looked_at_every = 1s, installer_answers_within = 30min;
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

// ---- what the storage thread may know

const SystemView& Engine::view_of_system() {
  const Uptime now = board_.clock().now().uptime;
  if (!view_good_until_ || *view_good_until_ <= now) {
    view_good_until_ = now + view_good_for;
    auto network = system_->network();
    // The address has changed by itself, or as it was wished.
    if (network != view_.now) news_.set_options(true);
    view_.now = std::move(network);
    view_.network = system_->has_network();
    view_.wifi = system_->has_wifi();
    view_.mobile = system_->has_mobile();
    view_.installer = system_->has_installer();
  }
  view_.has_server = !link_.server().empty();
  view_.enrolling = enrolment_.waiting();
  return view_;
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
  if (trial_.phase() != NetworkTrial::Phase::none) view_of_system();
  if (!scan_.askers.empty() && scan_.look_at <= now) look_at_scan(now);
  if (installer_look_at_ && *installer_look_at_ <= now) look_at_installer(now);
}

std::optional<Uptime> Engine::system_deadline() const {
  std::optional<Uptime> earliest = trial_.deadline();
  const auto consider = [&](std::optional<Uptime> due) {
    if (due && (!earliest || *due < *earliest)) earliest = due;
  };
  if (trial_.phase() != NetworkTrial::Phase::none) consider(view_good_until_);
  consider(restore_at_);
  if (!scan_.askers.empty()) consider(scan_.look_at);
  consider(installer_look_at_);
  return earliest;
}

// ---- network parameters

void Engine::tell_network(const NetworkWish& wish) {
  told_network_ = wish;
  view_good_until_.reset();
  if (auto told = system_->set_network(wish); !told) {
    network_trouble_ = "the network could not be set up: " + told.error().text;
    log_error("engine", network_trouble_);
  }
}

void Engine::hand_over_network() {
  const auto& change = trial_.change();
  const bool moves = change.moves || (told_network_ && *told_network_ != change.wish);
  if (moves) {
    tell_network(change.wish);
    news_.set_network(true);
  }
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
      std::to_string(NetworkTrial::taken_back_after.count()) + " s";
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
  view_good_until_.reset();
  if (!view_of_system().wifi) {
    peers_.reply(request.peer, request.id,
                 refusal(codes::unsupported, "This controller has no Wi-Fi to look around with."));
    return;
  }
  if (scan_.askers.size() >= limits::scan_askers_max) {
    peers_.reply(request.peer, request.id,
                 refusal(codes::queue_full, "Too many wait for a scan already; try again."));
    return;
  }
  scan_.askers.emplace_back(request.peer, request.id);
  if (scan_.askers.size() > 1) return;  // a scan is under way: its result is everybody's
  scan_.look_at = now + scan_looked_at_every;
  scan_.ends = now + scan_answered_within;
  if (auto begun = system_->scan(); !begun)
    answer_scan(refusal(codes::execution_error, "The scan failed: " + begun.error().text + "."));
}

void Engine::look_at_scan(Uptime now) {
  scan_.look_at = now + scan_looked_at_every;
  if (const auto found = system_->scanned()) {
    answer_scan(page_of(*found));
  } else if (scan_.ends <= now) {
    answer_scan(refusal(codes::execution_error, "The scan did not end in time; try again."));
  }
}

void Engine::answer_scan(const pb::Reply& reply) {
  for (const auto& [peer, id] : std::exchange(scan_.askers, {}))
    peers_.reply(peer, id, reply);
}

// ---- the installer

void Engine::begin_install(const std::string& file) {
  const Uptime now = board_.clock().now().uptime;
  installed_.reset();
  installer_look_at_ = now + installer_looked_at_every;
  installer_ends_ = now + installer_answers_within;
  log_info("engine", "a firmware is handed to the installer");
  if (auto handed = system_->install(file); !handed) {
    log_error("engine", "hand the firmware to the installer: " + handed.error().text);
    installed_ = codes::upgrade_failed;
  }
}

void Engine::look_at_installer(Uptime now) {
  installer_look_at_ = now + installer_looked_at_every;
  if (!installed_) installed_ = system_->installed();
  if (!installed_ && installer_ends_ <= now) {
    log_error("engine", "the installer has not said how it ended");
    installed_ = codes::waited_too_long;
  }
  if (installed_) end_install();
}

void Engine::end_install() {
  installer_look_at_.reset();
  const auto work = [this, code = *installed_, utc = board_.clock().utc()](storage::Store& store,
                                                                           storage::EventJournal&) {
    return end_stored_upgrade(code, utc, store, gate_.upgrade_file());
  };
  const auto done = [this, code = *installed_](const Result<void>& stored) {
    if (stored) {
      log_info("engine", "the installer has ended with " + std::to_string(code));
      news_.set_results(true);
      return;
    }
    log_error("engine", "note how the installer ended: " + stored.error().text);
    installer_look_at_ = board_.clock().now().uptime + again_after;
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
}

}  // namespace lintel::daemon
