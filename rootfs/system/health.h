// Is this start a good one? For 60 s without a break the engine decides, the storage takes a write
// and the console answers: then the slot is marked as good, and the boot loader starts it from now
// on. A version that has not come that far within 10 minutes, and never has before, is restarted:
// the boot loader counts, and goes back. One that has been good before keeps running whatever is
// wrong: its doors decide, and a restart would only interrupt them.
//
// Pure: time comes in, a verdict goes out.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lintel::helper {

// What is wrong, in words; empty: it is well.
struct Look {
  std::string engine, storage, console;
  // What the engine itself complains of: a line, a file, the network. Of a new version it counts;
  // one that was good before is not to be left because a relay has died.
  std::string complaint;
  [[nodiscard]] bool well(bool was_good) const {
    return engine.empty() && storage.empty() && console.empty() && (was_good || complaint.empty());
  }
  [[nodiscard]] std::string words() const;
};

class HealthJudge {
 public:
  using Time = std::chrono::nanoseconds;  // uptime
  static constexpr std::chrono::seconds looks_every{5}, well_for{60}, gives_up_after{600};
  // Two looks further apart than this say nothing of the time between.
  static constexpr std::chrono::seconds gap_max{15};

  // was_good: this version in this slot has been marked before.
  HealthJudge(Time start, bool was_good) : start_(start), was_good_(was_good) {}

  //   wait      look again after looks_every
  //   good      mark the slot; there is nothing more to judge
  //   restart   the machine is to be restarted without a mark
  enum class Verdict { wait, good, restart };
  Verdict look(Time now, const Look& look);
  // What was last wrong.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  Time start_;
  bool was_good_;
  std::optional<Time> well_since_, last_;
  std::string trouble_ = "nothing was looked at yet";
};

}  // namespace lintel::helper
