// Is this start a good one? A version that was good before is, as soon as its engine decides: the
// boot loader counts starts, and power that comes and goes must not use them up. A new one has to
// work for 60 s without a break, engine, storage and console; then the slot is marked, and the boot
// loader starts it from now on. One whose engine has not decided within 3 minutes, or that has not
// come that far within 10, is restarted, if the other slot was good once: the boot loader counts,
// and goes back. Without such a way back it keeps running whatever is wrong, as does one that was
// good before: a restart would only interrupt its doors.
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
  // What the engine itself complains of: a line, a file, the network.
  std::string complaint;
  [[nodiscard]] bool well() const {
    return engine.empty() && storage.empty() && console.empty() && complaint.empty();
  }
  [[nodiscard]] std::string words() const;
};

class HealthJudge {
 public:
  using Time = std::chrono::nanoseconds;  // uptime
  static constexpr std::chrono::seconds looks_every{5}, well_for{60};
  static constexpr std::chrono::seconds decides_within{180}, works_within{600};
  // Two looks further apart than this say nothing of the time between.
  static constexpr std::chrono::seconds gap_max{15};

  // was_good: this version in this slot has been marked before; way_back: another in the other
  // slot.
  HealthJudge(Time start, bool was_good, bool way_back)
      : start_(start), was_good_(was_good), way_back_(way_back) {}

  //   wait      look again after looks_every
  //   good      mark the slot; there is nothing more to judge
  //   restart   the machine is to be restarted without a mark
  enum class Verdict { wait, good, restart };
  Verdict look(Time now, const Look& look);
  // What was last wrong.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  Time start_;
  bool was_good_, way_back_, decided_ = false;
  std::optional<Time> well_since_, last_;
  std::string trouble_ = "nothing was looked at yet";
};

}  // namespace lintel::helper
