// New network parameters on trial: handed to the system when the server has the command's result,
// and taken back when nobody is reached with them. A mistyped address must not strand a controller.
//
//   none ----begin()----> waiting ----result delivered, or 10 s----> on trial ----contact----> none
//                            ^                                          |  `----120 s----> none,
//                            `------------- another change -------------'                 taken
//                            back
//
// Contact is a link to the server that comes up after it was down since the system was told. Pure:
// it is told the time, and says what is due; who asks does it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/types.h"
#include "engine/daemon/system.h"

namespace lintel::daemon {

// Network parameters as a command has set them, and as they were before the first change that is
// still open.
struct NetworkChange {
  std::uint64_t number = 0;  // counts up; a later change has joined this one when they differ
  NetworkWish wish, before;
  bool moves = false;       // the system has something to do; else only the server is another
  bool reversible = false;  // there is a server that contact can be had with
  std::string command;      // whose result is waited for: command_name(); empty: nobody's
};

// A command's key as one string.
std::string command_name(const std::string& id, const std::string& digest);

class NetworkTrial {
 public:
  enum class Phase : std::uint8_t { none, waiting, on_trial };
  [[nodiscard]] Phase phase() const { return phase_; }
  // The change under way. REQUIRES: phase() is not none, or due() has just said something.
  [[nodiscard]] const NetworkChange& change() const { return change_; }

  // It is stored. What is on trial already is joined: `before` stays that of the first.
  void begin(NetworkChange change, Uptime now);
  // After a start of the engine, with a change that was still open. How far it had come nobody
  // knows, perhaps it was just being taken back: it is handed over once more, at once, and only a
  // link that goes down and comes up again after that is believed.
  void resume(NetworkChange change, Uptime now);

  void result_delivered(const std::string& command, Uptime now);
  // True: this is contact. The trial is over, and what was set stays.
  bool link(bool online);

  //   hand_over   tell the system, now; whether a trial follows is seen from phase()
  //   take_back   the trial is over: everything returns to what it was
  enum class Due : std::uint8_t { nothing, hand_over, take_back };
  Due due(Uptime now);
  [[nodiscard]] std::optional<Uptime> deadline() const;

 private:
  Phase phase_ = Phase::none;
  NetworkChange change_;
  Uptime at_{};  // hand over, or take back
  bool online_ = false;
  bool was_offline_ = false;  // since it counts
};

}  // namespace lintel::daemon
