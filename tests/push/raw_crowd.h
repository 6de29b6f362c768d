// A server that is no server: hundreds of connections at once on one thread, each answered with
// bytes of the test's choice, up to where the test wants it to stop. Loopback only.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/unique_fd.h"
#include "push/server_address.h"

namespace lintel::push {

class RawCrowd {
 public:
  // What is said to whoever asks for a target with "n=<number>&" in it, and on TLS ports to whoever
  // connects.
  struct Script {
    std::string bytes;
    //   hold    says nothing more and keeps the connection
    //   close   ends it in order
    //   reset   breaks it (RST)
    //   repeat  says `again` for as long as somebody takes it
    enum class Then { hold, close, reset, repeat } then = Then::hold;
    std::string again{};
    std::chrono::milliseconds drip{};  // not nought: a byte each so often
    bool at_once = false;              // does not wait for a request
  };

  // Answers the n-th script to n. Of scripts with at_once the first is said to everybody.
  explicit RawCrowd(std::vector<Script> scripts);
  ~RawCrowd();

  [[nodiscard]] ServerAddress address(bool tls = false) const { return {tls, "127.0.0.1", port_}; }
  [[nodiscard]] unsigned connections() const { return connections_; }
  [[nodiscard]] std::vector<std::string> requests() const;  // heads, as they came

 private:
  struct Peer;
  void serve();
  void accept_one();
  bool take(Peer& peer);  // false: it has gone
  bool say(Peer& peer);
  void end(Peer& peer);

  std::vector<Script> scripts_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<unsigned> connections_ = 0;
  std::vector<Peer> peers_;  // of the thread
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

}  // namespace lintel::push
