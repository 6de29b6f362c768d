// The gate: who may ask for what, and whether it makes sense, before anything changes.
//
// It runs on the storage thread, inside the job's savepoint: a refusal rolls back whatever was
// done, so that nothing has changed. What the doors need to know comes out as Effects.
// Return codes are those of appendix 1.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"
#include "engine/daemon/effects.h"
#include "engine/daemon/facts.h"
#include "engine/daemon/upgrade_file.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace lintel::daemon {

// May this role ask this at all? Asked before the request reaches a queue, and again after parsing.
bool allowed(pb::Role role, const pb::Request& request);

class Gate {
 public:
  explicit Gate(Facts facts) : facts_(std::move(facts)), upgrade_(facts_.update_folder) {}

  struct Outcome {
    pb::Reply reply;
    Effects effects;
    // A momentary command that has been remembered and may now be carried out, once.
    std::optional<pb::Control> control;
    // Somebody is to be enrolled by the next card; it has been remembered.
    std::optional<pb::Enroll> enroll;
    // A refusal that is itself remembered: what the command did is undone already, and the caller
    // must not roll back.
    bool remembered = false;
  };
  // `utc`: for the window in which a command is the same. `system`: what it can do, and how it
  // stands. A negative code in the outcome's reply is
  // a refusal: the caller must roll back, unless it is remembered. Errors are the store's own, and
  // roll back as well.
  // A server's command that changes something is remembered with its result, until the server has
  // it: taken (the reply is pending, or there is a control to carry out), done or refused. Not
  // those that only the disk refused: the same words may fare better.
  Result<Outcome> execute(pb::Role role, const std::string& request, std::chrono::sys_seconds utc,
                          storage::Store& store, storage::EventJournal& journal,
                          const SystemView& system = {});

  // Notes how a command ended that was only taken before, and that its result waits for the server.
  static Result<void> finish(const pb::CommandKey& command, std::int32_t result,
                             std::chrono::sys_seconds utc, storage::Store& store);

  // Before the engine serves anybody: commands that were taken and have not ended, end with
  // execution_error, so that the server hears of them. One that goes on over a restart
  // (goes_on_after_restart() in errand.h) does not. In a transaction of its own.
  static Result<void> finish_interrupted(storage::Store& store);

  // The firmware on its way; for jobs on the storage thread.
  UpgradeFile& upgrade_file() { return upgrade_; }

 private:
  Facts facts_;
  UpgradeFile upgrade_;
  unsigned small_updates_ = 0;  // since the rows were last counted
};

}  // namespace lintel::daemon
