// A peer of the simulated board, in the same thread as the board: whoever asks lets the board read.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/unique_fd.h"

namespace lintel::hal {

// A directory of its own for a test's socket, gone with it.
class SocketPlace {
 public:
  SocketPlace();
  ~SocketPlace();
  SocketPlace(const SocketPlace&) = delete;
  SocketPlace& operator=(const SocketPlace&) = delete;
  [[nodiscard]] std::string path() const { return directory_ + "/sim.sock"; }

 private:
  std::string directory_;
};

class SimPeer {
 public:
  explicit SimPeer(const std::string& path);

  void send(std::string_view text);  // as it is: the line feed is the caller's
  // The next line, or "" if there is none now.
  std::string line();
  // Whether the board has hung up. Lines not read yet are dropped.
  bool hung_up();
  void finish_sending();

 private:
  bool receive();  // false: nothing more now, or ever

  UniqueFd fd_;
  std::string in_;
  bool ended_ = false;
};

}  // namespace lintel::hal
