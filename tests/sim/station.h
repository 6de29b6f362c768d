// The box of the simulation: the whole engine in this process, on a disk in memory whose power can
// be cut between any two writes, with links that break as real ones do. The engine can be ended
// between any two of its steps: between relay and disk, between disk and answer.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "tests/in_process/box.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::sim {

// Box keeps a pointer to the name of its file system; each life of the engine has a new one.
struct DiskName {
  std::array<char, 32> disk_name{};
};

class Station : private DiskName, public test::Box {
 public:
  explicit Station(unsigned doors);
  ~Station() override;

  // Starts the engine on what the disk holds.
  Result<void> boot();

  struct Crash {
    unsigned after = 0;      // so many half-rounds: a turn of the engine, or the disk's work
    bool power_cut = false;  // what was not synced is lost, in part
    std::uint64_t seed = 0;
  };
  void arm(const Crash& crash) { crash_ = crash; }
  void end_now(bool power_cut, std::uint64_t seed);

  // When the engine wants to be called.
  [[nodiscard]] Uptime deadline();
  // Lets everything happen that is due. False: the engine died on the way.
  bool settle_all();

  // ---- links with an end in this process
  api::PeerId add_peer(pb::Role role);
  void drop_peer(api::PeerId peer) { own_peers_.erase(peer); }
  [[nodiscard]] bool has_peer(api::PeerId peer) const { return own_peers_.contains(peer); }
  // Hands the request over and goes on until it is answered. Nothing: the engine died before.
  std::optional<pb::Reply> ask(api::PeerId peer, const pb::Request& request);
  std::optional<pb::Reply> ask_with_bytes(api::PeerId peer, api::FrameKind kind,
                                          const std::string& request);
  std::optional<pb::Notice> take_notice(api::PeerId peer);
  [[nodiscard]] bool has_notice(api::PeerId peer) const;

  bool reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) override;
  bool notify(api::PeerId peer, const pb::Notice& notice) override;
  [[nodiscard]] bool connected(api::PeerId peer) const override;

  // A disk that says "synced" and has not: power cuts lose what was synced last.
  bool disk_lies = false;

 private:
  struct OwnPeer {
    pb::Role role{};
    std::optional<pb::Reply> reply;
    std::optional<pb::Notice> notice;
  };
  // One half-round; false: the engine died in it.
  bool turn();
  bool write();
  bool spared(std::size_t steps_before);
  void end(std::size_t cut_at, bool power_cut, std::uint64_t seed);

  std::unique_ptr<tests::CrashVfs> disk_;
  std::map<api::PeerId, OwnPeer> own_peers_;
  api::PeerId last_own_peer_ = 1'000'000;  // beyond those of the box itself
  std::uint64_t last_request_ = 0;
  std::optional<Crash> crash_;
};

}  // namespace lintel::sim
