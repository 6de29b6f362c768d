// The machine that first-boot runs on: the kernel, the lines, the engine's own check.
#pragma once

#include <string>

#include "rootfs/first-boot/prepare.h"

namespace lintel::first_boot {

inline constexpr std::chrono::seconds button_held_for{5};

// Whatever fails in random numbers ends the program: nothing is to be made without them.
Host this_machine(const Paths& paths, const std::string& engine = "/usr/bin/lintel-engine");

// Root and the users of the image. not_found: one of them does not exist.
Result<Owners> image_users();

}  // namespace lintel::first_boot
