// What the storage thread does when a card has been shown for somebody.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/api/lintel.pb.h"
#include "engine/base/result.h"
#include "engine/core/types.h"
#include "engine/daemon/effects.h"
#include "engine/daemon/facts.h"
#include "storage/store.h"

namespace lintel::daemon {

// All of it in the open transaction: the card becomes the person's where that is wished and it is
// not `owned` already, what was stored and read goes up, and the command has its result, which is
// returned: 0, or no_such_user when the person has gone meanwhile.
Result<std::int32_t> store_enrolment(const pb::Enroll& request, CardNo card, bool owned,
                                     const Facts& facts, std::chrono::sys_seconds utc,
                                     storage::Store& store, Effects& effects);

}  // namespace lintel::daemon
