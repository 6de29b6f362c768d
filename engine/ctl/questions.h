// The questions and actions: each asks the engine, and prints the answer. An error means
// that there is no answer; its text is for standard error.
#pragma once

#include "engine/api/client.h"
#include "engine/ctl/call.h"

namespace lintel::ctl {

Result<std::unique_ptr<api::Client>> connect(const std::string& socket);
// A refusal of the engine is an error here, in its own words.
Result<pb::Reply> ask(api::Link& link, const pb::Request& request);

Result<void> tell_status(const std::string& socket);
// With follow: goes on with each new event, also over restarts of the engine, until SIGINT or
// SIGTERM.
Result<void> tell_events(const std::string& socket, const EventsCall& call);
Result<void> tell_users(const std::string& socket, const UsersCall& call);
Result<void> tell_explanation(const std::string& socket, const ExplainCall& call);
// The decisions of the last days that would be others on the present configuration.
Result<void> tell_replay(const std::string& socket, const ReplayCall& call);
Result<void> reset_passback(const std::string& socket, const ResetPassbackCall& call);
// As administrator: root, or the engine's own user.
Result<void> factory_reset(const std::string& socket, const FactoryResetCall& call);
// Brings the file to the installer, and tells how that ended; an end that is none is an error.
Result<void> update_firmware(const std::string& socket, const UpdateCall& call);
// Asks no engine: the code lies in the file that the configuration names.
Result<void> tell_claim_code(const std::string& config_path);

}  // namespace lintel::ctl
