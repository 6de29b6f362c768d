// The guard of the locks: puts released locks to rest when the engine no longer turns.
//
// It holds a duplicate of each line request with locks, so that the kernel keeps the lines as they
// are when the engine dies, and shares a page with it (protocol.h). A lock that is driven although
// the engine has not turned for a second goes to rest; all of them at once when the engine's
// connection closes. Doors that fire or an emergency holds open stay open until the next engine
// decides. The lines are handed to that engine: they are never free in between.
//
// One thread, no allocation while it watches.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hal/guard/protocol.h"

namespace lintel::guard {

inline constexpr std::chrono::milliseconds looks_every{100};
inline constexpr std::chrono::milliseconds stale_after{1000};

class Guard {
 public:
  // Brings lines to a level: set_lines(), or in tests what stands for it.
  using SetLines =
      std::function<Result<void>(int request, std::uint64_t mask, std::uint64_t active)>;

  explicit Guard(SetLines set) : set_(std::move(set)) {}

  // ---- an engine
  // It has connected: it is told what is held. False: it is gone already.
  bool connected(int socket);
  // It has said something. False: hang up on it.
  bool heard(int socket, std::uint64_t now_ns);
  // It is gone.
  void left();

  // Every looks_every.
  void look(std::uint64_t now_ns);

  [[nodiscard]] const std::vector<HeldLines>& held() const { return held_; }

 private:
  void rest(std::uint32_t but);

  SetLines set_;
  std::vector<HeldLines> held_;
  MappedPage page_;
};

// Serves at a socket until a signal ends it. `user` may connect; 0 always.
Result<void> serve(const std::string& socket_path, unsigned user);

}  // namespace lintel::guard
