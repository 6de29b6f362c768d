// The boot loader's memory: which slot starts, which is good, how often each was tried.
//
// One file of the ESP, an environment block of GRUB (1024 bytes), which GRUB itself writes in place
// (rootfs/build/grub.cfg). So does this: every value lies in the file's first sector, and a disk
// writes a sector or does not, so that the power may go at any moment. GRUB's own tool empties the
// file first; a power cut in between leaves the loader without a memory, and it counts nothing.
// One thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace lintel::helper {

struct BootChoice {
  static constexpr std::size_t file_bytes = 1024;

  struct Slot {
    bool ok = true;
    unsigned tries = 0;  // starts since it was marked good or written: 0 to 3
    bool operator==(const Slot&) const = default;
  };
  bool b_first = false;
  std::array<Slot, 2> slots{};  // A, B

  bool operator==(const BootChoice&) const = default;
  // Good in RAUC's sense: it may start, and no start of it is on trial.
  [[nodiscard]] bool good(std::size_t slot) const;
  // The first good one in order; nothing: none is.
  [[nodiscard]] std::optional<std::size_t> primary() const;
};

// What a variable does not say is as GRUB takes it: good, never tried, A first. Nothing: it is no
// environment block. Variables that are not ours are not kept.
std::optional<BootChoice> boot_choice_of(std::string_view text);
std::string boot_choice_text(const BootChoice& choice);

// RAUC's questions to a boot loader that it does not know, one each: "get-primary", "get-state A",
// "set-primary A", "set-state A good"; "get-current" is the slot of `command_line`. The answer is
// for its ears; what was set is on disk.
//   invalid    no such question
//   not_found  no slot is good; this machine has no slots
//   io         the file
Result<std::string> answer_rauc(const std::string& file, const std::string& command_line,
                                const std::vector<std::string>& words);

}  // namespace lintel::helper
