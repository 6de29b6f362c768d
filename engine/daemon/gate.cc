#include "engine/daemon/gate.h"

#include "engine/api/frame.h"
#include "engine/core/limits.h"
#include "engine/daemon/errand.h"
#include "engine/daemon/network_options.h"

namespace lintel::daemon {
namespace {

using Body = pb::Request::BodyCase;

// So that ten thousand results fit into one reply.
static_assert(limits::results_max *
                  (limits::command_id_bytes_max + limits::command_digest_bytes_max +
                   limits::command_words_bytes_max + 32) <
              limits::api_frame_bytes_max / 2);

// What is about the whole box, or about people and not about a place.
Checked<void> check_of_no_place(const pb::Control& request) {
  constexpr unsigned emergency_max = 2;
  if (request.place() != 0) {
    return refuse(codes::wrong_parameter, "This control command is not one for a single place.");
  }
  if (request.verb() == pb::Control::EMERGENCY && request.seconds() > emergency_max) {
    return refuse(codes::wrong_parameter,
                  "An emergency is 1, dual-open, or 2, dual-close; 0 ends it.");
  }
  if (!request.pin().empty() && !Pin::from(request.pin())) {
    return refuse(codes::wrong_parameter, "A user ID has 1 to 24 printable characters.");
  }
  return {};
}

Checked<void> control(Errand& errand, const pb::Control& request) {
  const bool aux = request.verb() == pb::Control::AUX_OUTPUT;
  const unsigned most = aux ? errand.facts.layout.aux_outputs : errand.facts.layout.doors;
  if (!pb::Control::Verb_IsValid(request.verb()) || request.verb() == pb::Control::NONE) {
    return refuse(codes::wrong_parameter, "There is no such control command.");
  }
  if (request.verb() == pb::Control::EMERGENCY || request.verb() == pb::Control::RESET_PASSBACK ||
      request.verb() == pb::Control::WIEGAND_TEST ||
      request.verb() == pb::Control::SWITCH_NETWORK) {
    if (auto checked = check_of_no_place(request); !checked) return checked;
  }
  if (request.verb() != pb::Control::RESTART && request.place() > most) {
    return refuse(codes::wrong_parameter, std::string(aux ? "Auxiliary output " : "Door ") +
                                              std::to_string(request.place()) +
                                              " does not exist; there are " + std::to_string(most) +
                                              ".");
  }
  // Stored like an option, and not done at once: what it changes goes on trial.
  if (request.verb() == pb::Control::SWITCH_NETWORK)
    return switch_network(errand, request.seconds());
  errand.outcome.control = request;
  if (errand.role != pb::ROLE_PUSH) errand.outcome.control->clear_command();
  return {};
}

// A row of our own that nobody reads; another one each time, so that the disk has something to do.
Checked<void> probe_storage(Errand& errand) {
  const auto now = std::to_string(errand.utc.time_since_epoch().count());
  const auto before = errand.store.option("lintel.probe");
  if (!before) return store_trouble(before.error());
  const auto text = before->value_or("") == now ? now + " again" : now;
  if (auto set = errand.store.set_option("lintel.probe", text); !set)
    return store_trouble(set.error());
  return {};
}

const pb::CommandKey* key_of(const pb::Request& request) {
  const pb::CommandKey* key = nullptr;
  if (request.has_update()) key = &request.update().command();
  if (request.has_delete_()) key = &request.delete_().command();
  if (request.has_set_options()) key = &request.set_options().command();
  if (request.has_control()) key = &request.control().command();
  if (request.has_set_time()) key = &request.set_time().command();
  if (request.has_enroll()) key = &request.enroll().command();
  if (request.has_upgrade()) key = &request.upgrade().command();
  return key != nullptr && !key->id().empty() ? key : nullptr;
}

// Only the server's commands have an identity; whoever else writes one has none.
bool has_sane_key(const pb::CommandKey& key) {
  return key.id().size() <= limits::command_id_bytes_max &&
         key.digest().size() <= limits::command_digest_bytes_max &&
         key.words().size() <= limits::command_words_bytes_max;
}

// True: the same command came before. The reply is its result, or says that this is still to come:
// one that has not ended is the same command however long ago it came.
Checked<bool> answered_before(Errand& errand, const pb::CommandKey& key) {
  const auto found = errand.store.find_command(key.id(), key.digest(), INT64_MIN);
  if (!found) return store_trouble(found.error());
  if (!*found) return false;
  const auto& before = **found;
  if (!before.finished) {
    errand.outcome.reply.set_pending(true);
    // Whoever asks again may have missed the notice; by the time of this one a control has ended.
    errand.outcome.effects.results = true;
    return true;
  }
  // A server that has the result means what it says anew, later on: many use their ids again. One
  // that has not is still at the same command, however long an outage has been.
  const bool old =
      before.at < (errand.utc - limits::same_command_window).time_since_epoch().count();
  if (old && before.reported) return false;
  errand.outcome.reply.set_code(before.result);
  if (before.result < 0)
    errand.outcome.reply.set_error("The same command came before, and this was its result.");
  return true;
}

Checked<void> dispatch(Errand& errand, const pb::Request& request) {
  switch (request.body_case()) {
    case Body::kUpdate:
      return update(errand, request.update());
    case Body::kDelete:
      return erase(errand, request.delete_());
    case Body::kCount:
      return count(errand, request.count());
    case Body::kQuery:
      return query(errand, request.query());
    case Body::kSetOptions:
      return set_options(errand, request.set_options());
    case Body::kGetOptions:
      return get_options(errand, request.get_options());
    case Body::kControl:
      return control(errand, request.control());
    case Body::kSetTime:
      return set_time(errand, request.set_time());
    case Body::kPullEvents:
      return pull_events(errand, request.pull_events());
    case Body::kConfirmEvents:
      return confirm_events(errand, request.confirm_events());
    case Body::kGetResults:
      return get_results(errand);
    case Body::kConfirmResults:
      return confirm_results(errand, request.confirm_results());
    case Body::kPullUploads:
      return pull_uploads(errand, request.pull_uploads());
    case Body::kConfirmUploads:
      return confirm_uploads(errand, request.confirm_uploads());
    case Body::kUpgrade:
      return begin_upgrade(errand, request.upgrade());
    case Body::kGetUpgrade:
      return get_upgrade(errand);
    case Body::kUpgradePiece:
      return take_piece(errand, request.upgrade_piece());
    case Body::kEndUpgrade:
      return end_upgrade(errand, request.end_upgrade());
    case Body::kEnroll:
      return enroll(errand, request.enroll());
    case Body::kProbeStorage:
      return probe_storage(errand);
    default:
      return refuse(codes::wrong_parameter,
                    "This request is not one about rows, options or records.");
  }
}

Checked<void> remember(Errand& errand, const pb::CommandKey& key, std::int32_t result,
                       bool finished) {
  const storage::ExecutedCommand command{.id = key.id(),
                                         .digest = key.digest(),
                                         .at = errand.utc.time_since_epoch().count(),
                                         .result = result,
                                         .finished = finished,
                                         .words = key.words()};
  if (auto kept = errand.store.remember_command(command); !kept) return store_trouble(kept.error());
  return {};
}

// The disk's own troubles pass, and cannot be written down while they last.
bool is_passing(std::int32_t code) {
  return code == codes::write_failed || code == codes::no_space || code == codes::queue_full;
}

// What a refused command did is undone, and that it was refused is kept in its place. False: it is
// not kept, and everything is to be rolled back.
bool remember_refusal(Errand& errand, const pb::CommandKey& key, const Refusal& refusal) {
  if (is_passing(refusal.code)) return false;
  errand.store.rollback_to_savepoint();
  return errand.store.savepoint() && remember(errand, key, refusal.code, true);
}

Checked<void> run(Errand& errand, const pb::Request& request) {
  const auto* key = errand.role == pb::ROLE_PUSH ? key_of(request) : nullptr;
  if (key == nullptr) return dispatch(errand, request);
  if (!has_sane_key(*key)) {
    return refuse(codes::wrong_parameter,
                  "A command's id has at most 64 bytes, and its name at most 128.");
  }
  const auto before = answered_before(errand, *key);
  if (!before) return tl::unexpected(before.error());
  if (*before) return {};
  auto done = dispatch(errand, request);
  if (done) {
    auto& outcome = errand.outcome;
    if (outcome.effects.network)
      outcome.effects.network->command = command_name(key->id(), key->digest());
    return remember(errand, *key, outcome.reply.code(),
                    !outcome.control.has_value() && !outcome.reply.pending());
  }
  errand.outcome.remembered = remember_refusal(errand, *key, done.error());
  return done;
}

}  // namespace

bool allowed(pb::Role role, const pb::Request& request) {
  switch (request.body_case()) {
    case Body::kGetStatus:
    case Body::kPullEvents:
    case Body::kSubscribe:
    case Body::kCount:
    case Body::kQuery:
    case Body::kGetOptions:
      return role != pb::ROLE_NONE;
    case Body::kExplain:
      return role == pb::ROLE_WEB || role == pb::ROLE_TECHNICIAN;
    case Body::kReplay:
    case Body::kProbeStorage:
      return role == pb::ROLE_TECHNICIAN;
    case Body::kFactoryReset:
      return role == pb::ROLE_ADMINISTRATOR;
    case Body::kUpgrade:  // upgrade_requests.h: whose way is whose
    case Body::kGetUpgrade:
    case Body::kUpgradePiece:
    case Body::kEndUpgrade:
      return role == pb::ROLE_PUSH || role == pb::ROLE_WEB || role == pb::ROLE_ADMINISTRATOR;
    case Body::kControl:
      // It moves nothing, and is what somebody needs who stands before a door.
      if (request.control().verb() == pb::Control::RESET_PASSBACK)
        return role == pb::ROLE_PUSH || role == pb::ROLE_WEB || role == pb::ROLE_TECHNICIAN;
      return role == pb::ROLE_PUSH;
    case Body::kUpdate:
    case Body::kDelete:
    case Body::kSetOptions:
    case Body::kSetTime:
    case Body::kConfirmEvents:
    case Body::kReportLink:
    case Body::kEnroll:
    case Body::kGetResults:
    case Body::kConfirmResults:
    case Body::kPullUploads:
    case Body::kConfirmUploads:
    case Body::kScanNetworks:
      return role == pb::ROLE_PUSH;
    case Body::kHello:
    case Body::BODY_NOT_SET:
      return false;
  }
  return false;
}

Result<Gate::Outcome> Gate::execute(pb::Role role, const std::string& text,
                                    std::chrono::sys_seconds utc, storage::Store& store,
                                    storage::EventJournal& journal, const SystemView& system) {
  Errand errand{facts_, role, utc, store, journal, small_updates_, system, upgrade_};
  pb::Request request;
  Checked<void> done;
  if (!request.ParseFromString(text)) {
    done = refuse(codes::wrong_format, "The request cannot be read.");
  } else if (!allowed(role, request)) {
    done = refuse(codes::unauthorized, "This program may not ask for that.");
  } else if (api::kind_of(request) == api::FrameKind::request_to_write && !store.in_savepoint()) {
    done = refuse(codes::wrong_format, "The request changes something and does not say so.");
  } else {
    done = run(errand, request);
  }
  if (!done) {
    const bool remembered = errand.outcome.remembered;
    errand.outcome = Outcome{};
    errand.outcome.remembered = remembered;
    errand.outcome.reply.set_code(done.error().code);
    errand.outcome.reply.set_error(std::move(done.error().text));
  } else if (errand.dropped_at_once) {
    journal.set_capacity({limits::events_max, *errand.dropped_at_once});
  }
  return std::move(errand.outcome);
}

Result<void> Gate::finish(const pb::CommandKey& command, std::int32_t result,
                          std::chrono::sys_seconds utc, storage::Store& store) {
  return store.remember_command({command.id(), command.digest(), utc.time_since_epoch().count(),
                                 result, true, command.words()});
}

Result<void> Gate::finish_interrupted(storage::Store& store) {
  if (auto begun = store.begin(); !begun) return begun;
  const auto lives_on = [&store](const storage::ExecutedCommand& command) {
    return goes_on_after_restart(command, store);
  };
  auto finished = store.finish_commands(codes::execution_error, lives_on);
  if (!finished) {
    store.rollback();
    return fail(std::move(finished).error());
  }
  return store.commit();
}

}  // namespace lintel::daemon
