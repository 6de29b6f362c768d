// The engine: board, core and storage joined. What comes from the board goes to the core, what the
// core wishes goes to the board first and to the storage thread after; what peers ask goes through
// the gate.
//
// One thread owns it: the loop. It waits (on the board's fd(), storage_fd(), its peers, deadline())
// and then calls turn(). The engine itself never waits, sleeps or asks a clock but the board's.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/server.h"
#include "engine/base/result.h"
#include "engine/core/controller.h"
#include "engine/daemon/effects.h"
#include "engine/daemon/enrolment.h"
#include "engine/daemon/facts.h"
#include "engine/daemon/gate.h"
#include "engine/daemon/system.h"
#include "engine/daemon/wiegand_test.h"
#include "hal/board.h"
#include "hal/reader_port.h"
#include "storage/writer.h"

namespace lintel::daemon {

// Where answers go: the socket's server, or in tests a channel in the same process.
class Peers {
 public:
  virtual ~Peers() = default;
  // False: the peer is gone; drop everything for it.
  virtual bool reply(api::PeerId peer, std::uint64_t id, const pb::Reply& reply) = 0;
  virtual bool notify(api::PeerId peer, const pb::Notice& notice) = 0;
  [[nodiscard]] virtual bool connected(api::PeerId peer) const = 0;
};

class Engine {
 public:
  // Loads what is stored and what the rules had kept, brings every output to rest (or to what holds
  // now) and records the start. `trouble`: what went wrong before, for the status; empty: nothing.
  // `meanwhile` is called again and again while it loads: a watch over the fire input. `system`
  // stays the caller's; null: there is none to speak to.
  static Result<std::unique_ptr<Engine>> start(hal::Board& board, Peers& peers, Facts facts,
                                               storage::Store store, storage::EventJournal journal,
                                               storage::Writer::Mode mode, std::string trouble = {},
                                               const std::function<void()>& meanwhile = {},
                                               System* system = nullptr);
  ~Engine();

  // What the board has told already, before there was an engine: comes first in the next turn.
  void begin_with(std::vector<hal::Notice> notices) { notices_ = std::move(notices); }

  // A request of a peer that has a role. Answered through Peers, now or in a later turn.
  void take(api::Incoming request);

  // Does everything that is due now.
  void turn();

  // When turn() wants to be called although nothing is readable.
  [[nodiscard]] std::optional<Uptime> deadline() const;
  [[nodiscard]] int storage_fd() const { return writer_->fd(); }
  // A restart was commanded and its answer has had time to leave.
  [[nodiscard]] bool restart_due() const;

  // Doors that fire or an emergency holds open, as bits; for Board::turned().
  [[nodiscard]] std::uint32_t doors_kept_open() const;

  // All outputs to rest; before the program ends.
  void rest();

  // ---- what is told later than a reply; on the loop's thread
  // A command whose reply was `pending` has ended like this. Its result is kept until the server
  // has it, and whoever subscribed `errands` is told once it is on disk. A disk that does not take
  // it is asked again every second. Lost only with the engine: then finish_interrupted() gives the
  // command its result at the next start.
  void finish_later(const pb::CommandKey& command, std::int32_t code);
  // These rows go up unasked, all or none. Whoever subscribed `errands` is told once they are on
  // disk; when the disk does not take them they are lost, and `lost` is called.
  using UploadRow = std::vector<std::pair<std::string, std::string>>;
  void upload_later(std::string_view table, std::vector<UploadRow> rows,
                    std::function<void()> lost);

  // For tests and the benchmarks: the core, and the storage thread in inline mode.
  [[nodiscard]] const Controller& controller() const { return controller_; }
  storage::Writer& writer() { return *writer_; }

 private:
  struct Task;
  struct Replay;
  struct Subscriber {
    bool events = false, states = false, options = false, errands = false;
  };
  struct JournalState {
    std::uint64_t first = 1, last = 0, confirmed = 0;
  };

  Engine(hal::Board& board, Peers& peers, Facts facts, std::string trouble, System* system);

  // ---- from the board
  void read_board();
  void handle(const Input& input);
  void advance(std::chrono::nanoseconds by);
  void fire_timers();
  [[nodiscard]] bool readers_idle() const;

  // ---- to the board and to storage
  void carry_out();
  void drive(const OutputLine& line, bool on);
  void tell_resistors();
  void show_alarm();
  void retry_outputs();
  void keep_parameter(const KeepParameter& keep);
  void keep_clock_floor(const Moment& now);
  void keep_last_event();
  void keep_state(const Kept& row);
  void erase_temporary_users();
  void post_event(const Event& event);

  // ---- requests
  void take_now(const api::Incoming& request);
  void post(api::Incoming request);
  void finish(Task& task, Result<void> stored);
  void apply(Effects& effects);
  void control(const Task& task);
  void post_late_results();
  void late_results_stored(std::size_t count, const Result<void>& stored);
  std::int32_t carry_out(const pb::Control& request, std::string& error);
  void fill_status(pb::Status& status);
  void fill_machine(pb::Status& status) const;
  void explain(const pb::Explain& question, pb::Reply& reply) const;
  void report_link(const api::Incoming& request, const pb::ServerLink& link);

  // ---- requests about events of the past: storage reads them, the core decides them again
  void explain_event(const api::Incoming& request, std::uint64_t index);
  void begin_replay(const api::Incoming& request, const pb::Replay& wish);
  void work_at_replays();
  bool work_at(Replay& replay, Uptime end);
  [[nodiscard]] bool replays_have_work() const;

  // ---- the operating system (engine_system.cc; what changes it whole, in engine_firmware.cc)
  // On the storage thread. Fills in what the system is and can do, looked at no oftener than every
  // 2 s. True: it is another one than before.
  bool look_at_system(Uptime now, SystemView& view);
  // Lets the storage thread ask, and then the loop go on. False: its queue is full.
  bool ask_system(std::function<void(System&)> ask, std::function<void()> then);
  void watch_system(Uptime now);
  void look_at_machine(Uptime now);
  Result<void> resume_system_work(storage::Store& store);
  void apply_to_system(const Effects& effects);
  void tell_time(std::chrono::sys_seconds utc);
  void tell_time_servers();
  void work_at_system(Uptime now);
  [[nodiscard]] std::optional<Uptime> system_deadline() const;
  void tell_network(const NetworkWish& wish);
  void network_not_told(const std::string& why);
  void hand_over_network();
  void keep_network_set();
  void take_back_network();
  void restore_stored_network();
  void close_stored_change(std::uint64_t number);
  void scan_networks(const api::Incoming& request);
  void look_at_scan(Uptime now);
  void answer_scan(const pb::Reply& reply);
  void begin_install(const std::string& file);
  void look_at_installer(Uptime now);
  void end_install();
  void look_at_bringer(Uptime now);
  void factory_reset(const api::Incoming& request, const std::string& serial);
  // At the start: one was carried out. On disk when it returns.
  void record_reset(storage::EventJournal& journal);

  // ---- what readers send for other purposes than passing (engine_enrolment.cc)
  void begin_enrolment(const pb::Enroll& request, api::PeerId peer, std::uint64_t id,
                       pb::Reply reply);
  bool taken_for_enrolment(const Input& input);
  void store_enrolled(CardNo card, bool owned);
  void give_up_enrolment();
  void switch_wiegand_test(bool on);
  void send_test_frames(Uptime now);
  void work_at_readers(Uptime now);

  // ---- to subscribers
  void take_durable();
  void tell_subscribers();

  hal::Board& board_;
  Peers& peers_;
  Facts facts_;
  std::string trouble_;  // from before the start
  std::string board_trouble_;
  Gate gate_;
  Controller controller_;
  std::vector<hal::ReaderPort> ports_;  // reader 1 first
  Uptime started_{};

  // Filled and emptied within a turn; kept for their memory.
  std::vector<hal::Notice> notices_;
  std::vector<Input> inputs_;
  Actions actions_;

  std::map<OutputLine, bool> unset_outputs_;  // the board refused; tried again
  Uptime retry_at_{};
  Uptime floor_due_{};
  std::chrono::sys_seconds clock_floor_{};  // as set at the start
  std::optional<Uptime> restart_at_;

  // Temporary users whose day is over still stand in the tables: the row says which day it was, and
  // is kept when they are gone.
  std::optional<Kept> temporary_day_;
  std::optional<Uptime> erase_again_at_;

  // Results on their way to the disk, oldest first; the first `late_posted_` are in a job.
  std::deque<pb::CommandResult> late_results_;
  std::size_t late_posted_ = 0;
  std::optional<Uptime> late_again_at_;

  NoSystem no_system_;
  System* system_;  // the storage thread's
  struct {
    std::optional<Uptime> good_until;
    SystemView view;
  } seen_;                   // the storage thread's: what it saw last
  Uptime look_at_system_{};  // during a trial
  NetworkTrial trial_;
  std::optional<NetworkWish> told_network_;  // what the system was told last
  std::uint64_t restore_number_ = 0;         // the change that is taken back
  std::optional<Uptime> restore_at_;         // the disk did not take it
  std::string network_trouble_;
  struct {
    std::vector<std::pair<api::PeerId, std::uint64_t>> askers;  // empty: no scan is under way
    Uptime look_at{}, ends{};
  } scan_;
  std::optional<std::vector<std::string>> time_servers_;  // not handed to the system yet
  std::optional<std::string> install_;                    // not handed to the installer yet
  std::optional<Uptime> installer_look_at_;
  Uptime installer_ends_{};
  std::optional<std::int32_t> installed_;  // how it ended, until that is on disk
  struct Bringer {
    api::PeerId peer = 0;
    std::uint64_t number = 0;  // of the firmware
    Uptime look_at{}, ends{};
  };
  std::optional<Bringer> bringer_;    // of a firmware that a person brings
  std::optional<SystemNow> machine_;  // as last told
  std::optional<NetworkWish> machine_network_;
  Uptime look_at_machine_{};
  Enrolment enrolment_;
  WiegandTest wiegand_test_;

  std::map<api::PeerId, std::shared_ptr<Replay>> replays_;  // with the core's own rehearsals
  std::map<api::PeerId, Subscriber> subscribers_;
  pb::Notice news_;
  std::vector<DoorStatus> told_states_;
  JournalState journal_;
  std::uint64_t unsent_dropped_ = 0;  // since the start: events that the server never had
  pb::ServerLink link_;
  api::PeerId link_peer_ = 0;

  std::unique_ptr<storage::Writer> writer_;  // last: it stops before what its jobs refer to
};

}  // namespace lintel::daemon
