// What system.now says: read from the kernel's files, the installer and the clock.
#pragma once

#include <string>

#include "engine/api/wish_folder.h"
#include "rootfs/system/machine.h"
#include "rootfs/system/paths.h"

namespace lintel::helper {

// "a" or "b", from the kernel's command line; empty: this machine has no slots.
std::string slot_of(const std::string& command_line);

// What earlier starts have noted of the slots.
struct SlotNotes {
  std::string file, text;  // what says that this version in this slot is good: a file of state()
  bool was_good = false;   // it is there
  bool way_back = false;   // the other slot has had a good version
};
SlotNotes slot_notes(const Paths& paths);

// Of the card or eMMC that /data lies on. `used` is the upper end of the tenth that it names, in
// per cent; absent: it does not say.
struct StorageLife {
  std::optional<unsigned> used;
  std::string trouble;  // in words, for a person who has to exchange it; empty: none
};
StorageLife storage_life(const Paths& paths);

// Tenths of a degree Celsius.
std::optional<int> temperature(const Paths& paths);

// All of it; `update`: what the installer is at.
api::WishFile machine_state(const Paths& paths, HostClock& clock, std::optional<bool> good,
                            const std::string& update);

// Whatever came from outside, as one line of text that a file of wishes takes.
std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace lintel::helper
