// The programs around the helper and the health judge.
#pragma once

#include "rootfs/system/bus.h"
#include "rootfs/system/paths.h"
#include "rootfs/system/probes.h"

namespace lintel::helper {

// Carries out wishes until SIGTERM or SIGINT. Tells the service manager that it is ready when the
// network is set up, and that it is alive as long as its loop turns.
Result<void> serve(const Paths& paths, Bus& bus);

// Judges this start, and marks the slot or restarts the machine. Returns when there is nothing more
// to do. A machine without slots is as good as it will be.
Result<void> judge_start(const Paths& paths, const Probes& probes, Bus& bus);

}  // namespace lintel::helper
