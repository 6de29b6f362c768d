// The engine of one controller in this process: a board of memory, files in a directory of its own,
// a storage thread that works when told to, and links for the other programs. Time moves only when
// the test says so.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/link.h"
#include "engine/daemon/engine.h"
#include "tests/in_process/fake_system.h"
#include "tests/in_process/test_board.h"

namespace lintel::test {

// "user", {"Pin=1\tCardNo=77", ...}: an UPDATE of rows written as the protocol writes them.
pb::Request update_of(const std::string& table, const std::vector<std::string>& rows);

class Box : public daemon::Peers {
 public:
  // Files are opened in `directory`, on SQLite's VFS of this name (null: the system's).
  Box(std::string directory, unsigned doors, const char* vfs = nullptr);
  ~Box() override;

  // The engine starts with what lies in the directory. Errors are the files'.
  Result<void> start();
  // The engine is gone in this instant; what was only queued is lost. Outputs fall to rest, as the
  // lines do when the process dies. The clocks go on.
  void kill();
  [[nodiscard]] bool running() const { return engine_ != nullptr; }

  // A link for one program; it breaks (gone) with the engine.
  std::unique_ptr<api::Link> link(pb::Role role);

  // Lets everything happen that is due now: turns and storage until nothing moves.
  void settle();
  // Both clocks go on; what falls due on the way happens in its order.
  void pass(std::chrono::nanoseconds time);

  // ---- shortcuts for tests
  pb::Reply ask(const pb::Request& request, pb::Role role = pb::ROLE_PUSH);
  // The same for what takes its time: a peer of its own that asks, and its answer once there is
  // one.
  api::PeerId send(const pb::Request& request, pb::Role role = pb::ROLE_PUSH);
  std::optional<pb::Reply> answer(api::PeerId peer);
  pb::Status status();
  std::vector<pb::StoredEvent> events(std::uint64_t after = 0);
  void swipe(unsigned reader, std::uint32_t card);  // a 26-bit frame, settled
  void type(unsigned reader, const std::string& digits);
  pb::Reply update(const std::string& table, const std::vector<std::string>& rows);
  pb::Reply set_option(const std::string& name, const std::string& value);

  bool single_door_ids = false;      // [device] door_ids, from the next start() on
  std::string security_level = "0";  // [push] security_level, likewise
  TestClock clock;
  TestBoard board;
  FakeSystem system;  // outlives the engine, as a real one does
  daemon::Engine& engine() { return *engine_; }

  // ---- daemon::Peers
  bool reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) override;
  bool notify(api::PeerId peer, const pb::Notice& notice) override;
  [[nodiscard]] bool connected(api::PeerId peer) const override { return peers_.contains(peer); }

 private:
  friend class LocalLink;
  struct Peer {
    pb::Role role{};
    std::map<std::uint64_t, pb::Reply> replies;  // not fetched yet, by the request's id
    std::optional<pb::Notice> notice;
  };

  std::string directory_;
  const char* vfs_;
  std::unique_ptr<daemon::Engine> engine_;
  std::map<api::PeerId, Peer> peers_;
  api::PeerId last_peer_ = 0;
};

}  // namespace lintel::test
