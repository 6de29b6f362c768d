// A Unix stream socket on which peers ask in lines and are answered in lines, in order.
//
// One owner, one thread, never blocking. A peer has one request at a time: its next line waits
// until the one before is answered, while others go on. Bounded in every direction: a peer that
// sends a longer line, does not read, or is one too many is hung up on.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace lintel::hal {

class LineSocket {
 public:
  static constexpr std::size_t peers_max = 32;
  static constexpr std::size_t line_bytes_max = 1024;     // without the line feed
  static constexpr std::size_t unread_bytes_max = 65536;  // answers that a peer has not taken yet

  using PeerId = std::uint64_t;
  struct Line {
    PeerId peer = 0;
    std::string text;
  };

  // Listens at `path`, mode 0600. A socket file that nobody listens on is replaced.
  //   busy      somebody listens there
  //   invalid   the path is too long, or something else than a socket lies there
  static Result<std::unique_ptr<LineSocket>> open(const std::string& path);
  ~LineSocket();  // removes the socket file
  LineSocket(const LineSocket&) = delete;
  LineSocket& operator=(const LineSocket&) = delete;

  // Readable when poll() has something to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  // Takes what peers have sent, and gives what they have not taken yet.
  void poll();

  // The next line of a peer that waits for no answer, in turn; its sender then waits for answer().
  std::optional<Line> next();
  // Nothing happens if the peer has left.
  void answer(PeerId peer, std::string_view text);
  // Makes fd() readable if next() has a line.
  void wake_if_lines();

  // From now on the peer is told what tell_watchers() says.
  void watch(PeerId peer);
  void tell_watchers(std::string_view text);

  [[nodiscard]] std::size_t peers() const { return peers_.size(); }

 private:
  struct Peer {
    UniqueFd fd;
    std::string in;            // at most one line and a bit
    std::string out;           // what the socket did not take
    std::uint32_t events = 0;  // what epoll watches for
    bool waiting = false;      // for an answer
    bool watching = false;
    bool finished = false;  // sends nothing more
    [[nodiscard]] bool has_line() const { return in.find('\n') != std::string::npos; }
  };
  using Peers = std::map<PeerId, Peer>;

  LineSocket(UniqueFd epoll, UniqueFd listener, UniqueFd wake, std::string path);

  Result<void> watch_own_descriptors();
  void accept_all();
  void receive(Peers::iterator peer);
  // Both return false when the peer is gone.
  bool send(Peers::iterator peer, std::string_view text);
  bool flush(Peers::iterator peer);
  bool settle(Peers::iterator peer);  // watches for what matters now; hangs up when nothing does

  UniqueFd epoll_;
  UniqueFd listener_;
  UniqueFd wake_;  // an eventfd
  std::string path_;
  dev_t device_ = 0;  // of the socket file, to remove only our own
  ino_t inode_ = 0;
  Peers peers_;
  PeerId last_peer_ = 1;  // 0 and 1 mean the listener and the eventfd to epoll
  PeerId last_served_ = 0;
};

}  // namespace lintel::hal
