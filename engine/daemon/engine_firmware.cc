// The engine and what changes the whole machine: a firmware on its way to the installer, and the
// factory reset.
#include <filesystem>
#include <memory>
#include <utility>

#include "engine/base/log.h"
#include "engine/core/limits.h"
#include "engine/daemon/engine.h"
#include "engine/daemon/return_codes.h"
#include "engine/daemon/storage_files.h"
#include "engine/daemon/upgrade_requests.h"

namespace lintel::daemon {
namespace {

constexpr std::chrono::seconds installer_looked_at_every{1};
constexpr std::chrono::seconds bringer_looked_at_every{1};
constexpr std::chrono::seconds again_after{10};  // what the disk did not take

pb::Reply refusal(std::int32_t code, std::string text) {
  pb::Reply reply;
  reply.set_code(code);
  reply.set_error(std::move(text));
  return reply;
}

}  // namespace

// ---- the installer

void Engine::begin_install(const std::string& file) {
  const Uptime now = board_.clock().now().uptime;
  installed_.reset();
  install_ = file;
  installer_look_at_ = now;
  installer_ends_ = now + limits::installer_answers_within;
  log_info("engine", "a firmware is handed to the installer");
}

void Engine::look_at_installer(Uptime now) {
  installer_look_at_ = now + installer_looked_at_every;
  if (!installed_ && installer_ends_ <= now) {
    log_error("engine", "the installer has not said how it ended");
    installed_ = codes::waited_too_long;
  }
  if (installed_) return end_install();
  const auto ended = std::make_shared<std::optional<std::int32_t>>();
  const auto ask = [ended, file = install_](System& system) {
    if (!file) {
      *ended = system.installed();
    } else if (auto handed = system.install(*file); !handed) {
      log_error("engine", "hand the firmware to the installer: " + handed.error().text);
      *ended = codes::upgrade_failed;
    }
  };
  const auto then = [this, ended, file = install_] {
    if (install_ == file) install_.reset();
    if (!*ended || installed_) return;
    installed_ = *ended;
    end_install();
  };
  ask_system(ask, then);
}

// Goes with the connection that brings it, or when nothing more comes; when it is whole, that no
// longer matters.
void Engine::look_at_bringer(Uptime now) {
  bringer_->look_at = now + bringer_looked_at_every;
  if (peers_.connected(bringer_->peer) && now < bringer_->ends) return;
  const auto work = [this, number = bringer_->number, utc = board_.clock().utc()](
                        storage::Store& store, storage::EventJournal&) {
    return drop_local_upgrade(number, utc, store, gate_.upgrade_file());
  };
  const auto done = [this, number = bringer_->number](const Result<void>& stored) {
    if (!bringer_ || bringer_->number != number) return;
    if (stored) {
      bringer_.reset();
      return;
    }
    log_error("engine", "give a firmware up: " + stored.error().text);
    bringer_->look_at = board_.clock().now().uptime + again_after;
  };
  if (auto posted = writer_->post({work, done, true}); !posted) done(posted);
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

// ---- factory reset

void Engine::factory_reset(const api::Incoming& request, const std::string& serial) {
  if (serial != facts_.serial) {
    peers_.reply(request.peer, request.id,
                 refusal(codes::wrong_parameter,
                         "This controller has the serial " + facts_.serial +
                             "; a factory reset must name it, so that no other one is meant."));
    return;
  }
  const auto told = std::make_shared<pb::Reply>();
  const auto ask = [told](System& system) {
    (void)system.network();  // what it can do, as of now
    if (!system.has_reset()) {
      *told = refusal(codes::unsupported,
                      "Nobody here can carry out a factory reset: lintel-system does not run.");
    } else if (auto wished = system.factory_reset(); !wished) {
      *told = refusal(code_of(wished.error().code),
                      "The factory reset could not be wished: " + wished.error().text + ".");
    }
  };
  const auto then = [this, told, peer = request.peer, id = request.id] {
    if (told->code() == codes::ok) log_warning("engine", "a factory reset was commanded");
    peers_.reply(peer, id, *told);
  };
  if (!ask_system(ask, then)) {
    peers_.reply(request.peer, request.id,
                 refusal(codes::queue_full, "Too much waits for the disk; try again."));
  }
}

// The event first, and on disk; then the mark goes. A power cut in between makes one event too
// many, never one too few. A disk that takes nothing keeps nobody out: the mark waits for the next
// start.
void Engine::record_reset(storage::EventJournal& journal) {
  std::error_code error;
  const auto& mark = facts_.reset_mark;
  if (mark.empty() ||
      !std::filesystem::is_regular_file(std::filesystem::symlink_status(mark, error))) {
    return;
  }
  Event event;
  event.code = EventCode::factory_reset;
  event.time = board_.clock().now().civil;
  event.reason.rule = Rule::system;
  const auto recorded = journal.append({&event, 1});
  if (!recorded) {
    log_error("engine", "record the factory reset: " + recorded.error().text);
    return;
  }
  log_warning("engine", "the factory settings were restored");
  if (auto removed = remove_for_good(mark); !removed) log_error("engine", removed.error().text);
}

}  // namespace lintel::daemon
