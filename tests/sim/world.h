// A small world made of a seed: doors and people, one box, one server and a network between them,
// and what goes wrong with each. Time passes only here, and stops wherever somebody wants to act.
//
//   World world({.seed = 7});
//   world.live(500);            // so many happenings
//   world.settle_everything();  // all faults end; what is under way arrives
//   world.checker().complaints()
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "push/conversation.h"
#include "push/uploader.h"
#include "tests/fake_server/fake_server.h"
#include "tests/sim/chance.h"
#include "tests/sim/checker.h"
#include "tests/sim/station.h"

namespace lintel::sim {

// Faults that nobody may overlook: each breaks a promise on purpose.
enum class Planted {
  nothing,
  lock_opens_by_itself,
  off_command_dropped,
  refusal_opens,
  index_hidden,
  event_changed_later,
  disk_lies_about_sync,
  upload_swallowed,
  cursor_runs_ahead,
  revocation_swallowed,
  privilege_widened,
  commands_forgotten,  // the engine no longer knows which commands it has carried out
  bad_command_half_done,
};

struct Setup {
  std::uint64_t seed = 1;
  Planted planted = Planted::nothing;
  std::FILE* trace_file = nullptr;
};

class World {
 public:
  explicit World(const Setup& setup);
  ~World();

  void live(unsigned happenings);
  // Heals everything and waits until the server has all there is; then the last checks.
  void settle_everything();

  [[nodiscard]] const Checker& checker() const { return checker_; }
  [[nodiscard]] const Trace& trace() const { return trace_; }

 private:
  class SimLink;
  class SimTransport;
  friend class SimLink;
  friend class SimTransport;

  // ---- time (world.cc)
  [[nodiscard]] Uptime now() const { return station_.clock.now().uptime; }
  void pass(std::chrono::nanoseconds time);
  void do_what_is_due();
  [[nodiscard]] Uptime next_due();
  void at(Uptime when, std::function<void()> what) { agenda_.emplace(when, std::move(what)); }
  void step_lanes();

  // ---- the box (world.cc)
  void settle();
  void observe();
  std::vector<Edge> take_edges();
  std::vector<Seen> read_journal(std::uint64_t after);
  void start_engine();
  void engine_died();
  void compare_tables(bool after_crash);
  [[nodiscard]] std::string difference(const Book& book);
  std::optional<pb::Reply> ask_as(pb::Role role, const pb::Request& request);

  // ---- what the programs ask of the engine (links.cc)
  Result<pb::Reply> call(api::PeerId peer, const pb::Request& request);
  void is_in_order(const std::string& id);
  void answered(const pb::Request& request, const pb::Reply& reply);
  bool sabotage(pb::Request& request, pb::Reply& swallowed);
  void start_push();
  void stop_push();

  // ---- the network (links.cc)
  Result<push::HttpReply> exchange(const push::HttpRequest& request,
                                   std::chrono::milliseconds timeout);

  // ---- life (life.cc)
  void happen();
  std::chrono::nanoseconds pause();
  void swipe();
  void type();
  void press_keys(unsigned reader, const std::string& keys);
  void show_card(unsigned reader, std::uint64_t card);
  void noise_at_reader();
  void move_door();
  void press_exit();
  void move_other_line();
  void fail_outputs();
  void break_network();
  void break_server();
  void crash_engine();
  void restart_push();
  void jump_clock();
  bool reader_is_free(unsigned reader, std::chrono::nanoseconds time);

  // ---- what the server wants (wishes.cc)
  void command(Command command);
  void first_configuration();
  void random_command();
  Command people_command();
  Command card_command();
  Command privilege_command();
  Command schedule_command();
  Command door_command();
  Command control_command();
  Command clock_command();
  Command read_command();
  Command bad_command();
  std::string random_interval();

  Chance chance_;
  Planted planted_;
  Trace trace_;
  unsigned doors_;
  Book book_;
  Oracle oracle_;
  Checker checker_;
  fake::FakeServer server_;
  Station station_;

  std::multimap<Uptime, std::function<void()>> agenda_;  // in order, also of the same instant
  struct Shown {  // on its way from a reader: decided in this instant
    unsigned reader;
    std::function<std::optional<Decision>(const Moment&)> decide;
  };
  std::multimap<Uptime, Shown> shown_;
  std::map<unsigned, Uptime> reader_busy_until_;
  unsigned steps_at_once_ = 0;  // without time passing: a lane that spins is noticed
  Uptime last_step_{};

  api::PeerId eye_ = 0;  // reads the journal
  std::uint64_t seen_ = 0;
  bool death_noticed_ = true;

  // The command that the engine is carrying out, and one whose end nobody knows.
  const Command* in_hand_ = nullptr;
  std::string in_hand_id_;
  const Command* unknown_end_ = nullptr;
  std::string unknown_end_id_;
  CivilTime unknown_end_day_{};
  std::set<unsigned> reconfigured_;
  std::optional<Station::Crash> crash_with_command_;
  std::deque<std::string> in_hand_before_;   // the newest ones
  std::vector<std::string> handed_out_;      // and not yet carried out, in the order of the replies
  std::set<std::string> tried_;              // the engine has got them once
  std::map<std::string, Command> commands_;  // by the id that the server gave them
  std::map<std::string, std::int64_t> applied_at_;  // UTC, as the box has it
  std::map<std::string, std::set<int>> answers_;    // of the engine

  std::unique_ptr<push::Session> session_;
  std::unique_ptr<push::Conversation> conversation_;
  std::unique_ptr<push::Uploader> uploader_;
  Uptime conversation_due_{}, uploader_due_{};
  bool conversing_ = false, uploading_ = false, push_restart_due_ = false;
  api::PeerId uploader_peer_ = 0;
  bool linking_uploader_ = false;

  enum class Network { fine, refused, silent } network_ = Network::fine;
  std::chrono::nanoseconds server_clock_ahead_{};
  bool at_peace_ = false;
  bool sabotaged_ = false;
};

}  // namespace lintel::sim
