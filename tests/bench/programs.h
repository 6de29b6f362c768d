// The three programs, started on a directory of their own, and a line to their simulated board.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

#include "engine/base/unique_fd.h"

namespace lintel::bench {

class Programs {
 public:
  // Starts engine, push and web. `server`: URL of the PUSH server; empty: none.
  Programs(const std::string& directory, const std::string& server);
  ~Programs();  // SIGTERM, and waits
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  // Until the engine answers a status request.
  void wait_until_ready();
  [[nodiscard]] std::string socket() const { return directory_ + "/engine.sock"; }
  [[nodiscard]] std::string simulator() const { return directory_ + "/sim.sock"; }
  [[nodiscard]] double resident_mib() const;  // of all of them, shared pages counted for each

  struct Use {
    double cpu_seconds = 0;  // user and system, since the start
    double peak_mib = 0;     // the most that was resident at any time
  };
  [[nodiscard]] Use use(const std::string& program) const;  // "lintel-engine"

 private:
  std::string directory_;
  std::map<std::string, pid_t> pids_;
};

// A line to the simulated board: a request out, lines in.
class SimLine {
 public:
  explicit SimLine(const std::string& path);
  std::string ask(const std::string& request);  // and the answer
  std::string next_line();

 private:
  UniqueFd fd_;
  std::string buffer_;
};

// Half a round trip over a Unix socket to another process and back: what a message costs here.
std::chrono::nanoseconds socket_hop(double part);

}  // namespace lintel::bench
