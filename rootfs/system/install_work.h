// The installation of one firmware: looked at, installed by RAUC, restarted into.
//
// How far it is lies on disk, so that a helper that restarts, or a machine that loses its power,
// neither installs a firmware twice nor forgets how it ended. A firmware is known by its path, size
// and time of its last change: numbers of wishes begin anew with every start of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rootfs/system/machine.h"
#include "rootfs/system/paths.h"

namespace lintel::helper {

// Numbers between dots count as numbers: 0.10.0 is newer than 0.9.1. What follows a - makes it
// older than without: 1.0.0-rc1 < 1.0.0. Nothing: one of them is no version.
std::optional<int> compare_versions(const std::string& a, const std::string& b);

class InstallWork {
 public:
  // How long the engine has to take note of the result and tell the server, before the machine
  // restarts into what was installed. What it has not told by then it tells after the restart: it
  // keeps results on disk.
  static constexpr std::chrono::seconds restarts_after{10};

  InstallWork(const Paths& paths, Machine& machine) : paths_(paths), machine_(machine) {}

  // At the start: what was under way, or was to restart the machine.
  void resume(Nanoseconds now);
  // The wish of this number. Returns the word for install.done when it is answered at once.
  std::optional<std::string> begin(std::uint64_t number, const std::string& file, Nanoseconds now);

  struct Done {
    std::uint64_t number = 0;
    std::string result;
  };
  // Goes on where time has passed or the installer has ended; the answer, once.
  std::optional<Done> turn(Nanoseconds now);
  [[nodiscard]] std::optional<Nanoseconds> deadline() const;

  // What it is at, in words; empty: nothing.
  [[nodiscard]] std::string words() const;

 private:
  struct Kept {
    std::string file, identity, boot, version, result;  // no result: it was begun
  };
  [[nodiscard]] std::optional<Kept> kept() const;
  Result<void> keep(const Kept& kept) const;
  [[nodiscard]] std::string boot() const;
  // The word for a firmware that is not to be installed.
  std::optional<std::string> look_at(const std::string& file, Bundle& bundle) const;
  // Is what was written what was looked at? Else it is not started.
  Result<void> look_at_installed(const std::string& version) const;
  std::string end(Result<void> ended, Nanoseconds now);

  const Paths& paths_;
  Machine& machine_;
  std::uint64_t number_ = 0;        // of the wish that waits; 0: none
  std::optional<Kept> installing_;  // what RAUC is at
  std::optional<Nanoseconds> look_at_, restart_at_;
  unsigned idle_ = 0;  // looks in a row at which RAUC did nothing
};

}  // namespace lintel::helper
