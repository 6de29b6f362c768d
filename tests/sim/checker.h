// Watches every output and every recorded event, and complains in sentences when one of the
// promises is broken. It judges by a simple model of its own: the book, the slow oracle, and what
// it has seen.
//
// A step is an instant in which something happened: what the board did, and what the journal has
// got, since the step before.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/book.h"
#include "tests/sim/oracle.h"
#include "tests/sim/trace.h"

namespace lintel::sim {

struct Edge {  // of an output
  OutputLine line;
  bool on = false;
};

struct Seen {  // a line of the journal
  std::uint64_t index = 0;
  unsigned code = 0;
  unsigned address = 0;
  unsigned way = 2;
  unsigned verify = 200;
  std::string pin;
  std::uint64_t card = 0;
  std::string time;
  bool operator==(const Seen&) const = default;
};
std::string text_of(const Seen& event);

struct Step {
  Moment now;
  std::vector<Edge> edges;
  std::vector<Seen> events;
  bool engine_died = false;  // in it: what was not on disk yet may be gone
  bool engine_started = false;
  const Command* command = nullptr;  // that was being carried out
  std::string command_id = {};
  std::set<unsigned> reconfigured = {};  // doors whose parameters have changed
};

class Checker {
 public:
  Checker(const Book& book, Oracle& oracle, Trace& trace);

  // ---- what the world does, before the step that shows it
  void expect(const Decision& decision);
  void expect(unsigned code, unsigned address);  // an event that this must cause
  void sensor(unsigned door, bool open, Uptime now);
  void exit_button(unsigned door, const Moment& now);
  void board_fails() { board_fails_ = true; }
  void board_heals(Uptime now);

  void take(const Step& step);
  // By then it wants to see a step: a lock should have fallen.
  [[nodiscard]] Uptime deadline() const;

  // ---- the journal and the server
  // Somebody outside of the engine was told that the journal reaches so far.
  void told(std::uint64_t index) { told_ = std::max(told_, index); }
  // The whole journal, read anew after a start.
  void take_journal(const std::vector<Seen>& journal, Uptime now);
  // The engine's upload cursor is to be moved there.
  void cursor_moves(std::uint64_t through, Uptime now);
  void cursor_moved(std::uint64_t through) { confirmed_ = std::max(confirmed_, through); }
  // An upload of these indexes leaves; `taken`: the server has said OK.
  void upload(const std::vector<std::uint64_t>& indexes, Uptime now);
  void server_took(std::uint64_t through) { server_has_ = std::max(server_has_, through); }
  void at_the_end(const std::vector<Seen>& journal, const std::vector<Seen>& at_server, Uptime now);

  // A sentence about a promise that was broken elsewhere.
  void complain(Uptime now, const std::string& sentence);
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] bool normally_open(unsigned door) const {
    return doors_[door - 1].zone_open || doors_[door - 1].stay_open || doors_[door - 1].fire;
  }
  [[nodiscard]] const std::vector<Seen>& journal() const { return journal_; }
  [[nodiscard]] const std::map<unsigned, std::uint64_t>& counts() const { return counts_; }

 private:
  struct DoorWatch {
    bool on = false;
    bool meant_open = false;      // as the events of a step go by
    std::optional<Uptime> until;  // where the longest recorded release ends
    bool zone_open = false, stay_open = false, fire = false;
    struct Delayed {
      Uptime due;
      std::chrono::seconds pulse;
    };
    std::optional<Delayed> delayed;  // DoorDelayOpenTime runs
    bool owed = false;               // a recorded release that a failing board has not made yet
    std::optional<Uptime> zone_wrong_since;

    unsigned sensor_type = 0;
    bool open = false;  // as the sensor said last
    Uptime exit_allowed_until{};
    unsigned held_told = 0;
    std::optional<Uptime> standing_since;  // open and locked, without a change of parameters
  };

  // ---- one promise each
  void the_journal_has_no_gap(const Step& step);
  void each_event_was_caused(const Step& step);
  void each_decision_is_the_oracles(const Step& step);
  void nobody_revoked_is_let_in(const Step& step);
  void each_unlock_has_one_cause(const Step& step);
  void a_refusal_moves_no_output(const Step& step);
  void locks_fall_in_time(const Step& step);
  void zones_are_kept(const Step& step);
  void doors_that_stand_open_are_told_once(const Step& step);
  void a_command_is_done_once(const Step& step);
  void times_are_right(const Step& step);

  // How many causes of an open lock the step has recorded; what it has recorded to end, ends.
  unsigned causes_at(unsigned door, const Step& step);
  void release_recorded(unsigned door, const Seen& event, const Step& step, unsigned& causes);
  void start_again(const Step& step);
  DoorWatch& watch(unsigned door) { return doors_[door - 1]; }
  [[nodiscard]] bool has_sensor(unsigned door) const;

  const Book& book_;
  Oracle& oracle_;
  Trace& trace_;
  std::vector<DoorWatch> doors_;
  std::vector<bool> input_open_;  // as the line is, whether somebody looks or not
  std::vector<Decision> decisions_;
  std::multiset<std::pair<unsigned, unsigned>> expected_;  // code, address
  bool board_fails_ = false;
  Uptime healed_at_{};

  std::vector<Seen> journal_;
  std::uint64_t told_ = 0, confirmed_ = 0, server_has_ = 0;
  std::map<std::string, Moment> done_at_;  // commands that have moved something
  Moment died_at_;
  std::string died_with_;                     // the command that was under way
  std::map<unsigned, std::uint64_t> counts_;  // events by code
  std::vector<std::string> complaints_;
};

}  // namespace lintel::sim
