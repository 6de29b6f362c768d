// The witness: sees every step of the controller and says in a sentence which promise is broken. It
// has a bookkeeping of its own, made from events, relays and lines, and shares none with the core
// or with the oracle. Where the table of rules leaves open what counts, it holds its tongue.
//
// Each promise is a function of its own; its name stands in front of its sentences.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/week/household.h"

namespace lintel::week {

// The input lines as they are; the world's, whether a box is running or not.
class Lines {
 public:
  [[nodiscard]] Level at(InputLine line) const { return levels_[index(line)]; }
  void set(InputLine line, Level level) { levels_[index(line)] = level; }

 private:
  static std::size_t index(InputLine line) {
    return static_cast<std::size_t>(line.kind) * 16 + line.number % 16u;
  }
  std::array<Level, 8 * 16> levels_{};
};

struct Step {
  enum class Kind { started, input, tick, command, configured, link };
  Kind kind{};
  Moment now;
  const Actions& actions;
  const Input* input = nullptr;
  const Command* command = nullptr;
  CommandOutcome outcome{};
  // A duress password, or a frame of a duress finger, was completed at this reader.
  ReaderId duress_password{}, duress_finger{};
};

class Witness {
 public:
  Witness(const Household& household, const Lines& lines) : household_(household), lines_(lines) {}

  // Before the controller is asked: what it decides depends on how things stand then.
  void before(const Moment& now);
  void after(const Step& step, const Controller& controller);

  // The box is gone. `lost`: so many of the newest steps never reached the disk.
  void died(std::size_t lost);
  // The rules of anti-passback are others: what was passed under the old ones may not be known.
  void forget_everybody();
  // Another sensor of the door: what it says is news.
  void forget_episode(unsigned door);
  // Somebody was deleted: what he passed is no longer told of.
  void forget_person(const Pin& pin);

  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  void complain(const char* promise, const std::string& sentence);
  [[nodiscard]] const std::map<unsigned, unsigned>& counts() const { return counts_; }
  // For several people at this door, as far as events tell.
  [[nodiscard]] bool people_wait(unsigned door) const;
  [[nodiscard]] bool lock_is_on(unsigned door) const { return memory_.doors[door].lock; }

 private:
  static constexpr unsigned places = 5;  // doors 1 to 4, by their numbers
  static constexpr unsigned readers = 9, persons = people_count + 1;

  enum Holds : unsigned {
    zone = 1,
    stay = 2,
    first = 4,
    fire = 8,
    dual = 16,
    linked = 32,
    scheduled = 64
  };
  struct Passage {
    std::uint64_t order = 0;  // 0: none
    Uptime at{};
    bool this_life = true;
  };
  struct Grant {  // somebody who may come in as long as his release lasts
    unsigned person = 0, reader = 0;
    Uptime until{};
  };
  struct Waiting {
    unsigned person = 0;
    Uptime since{};
  };
  struct DoorMemory {
    bool lock = false;
    unsigned holds = 0;            // what keeps it open, of Holds
    Uptime until = Uptime::min();  // where the longest recorded release ends
    Uptime delayed_due = Uptime::max();
    bool locked_down = false;
    std::uint8_t alarms = 0;  // that must stand
    bool open = false, forced_told = false, held_told = false;
    Uptime exit_allowed_until = Uptime::min();
    std::array<Grant, 4> grants{};
    unsigned grant_count = 0;
    std::array<Waiting, 8> gathering{};
    unsigned waiting = 0;
  };
  struct Memory {  // what a power cut may take back
    std::array<DoorMemory, places> doors;
    std::array<std::array<Passage, readers>, persons> passages;
    std::uint64_t passage_order = 0;
    Emergency::Mode emergency{};
    bool burns = false;
  };

  // ---- the promises
  void a_release_has_its_cause(const Step& step);
  void a_release_ends(const Moment& now);
  void a_grant_opens(const Step& step);
  void an_interlock_holds(const Step& step);
  void nobody_passes_twice(const Event& event, const Moment& now);
  void a_refusal_moves_no_lock(const Step& step);
  void duress_is_told(const Step& step);
  void several_people_fit(const Event& event, const Moment& now);
  void fire_goes_before_lockdown_before_grants();
  void power_and_network_release_nothing(const Step& step);
  void whoever_may_not_is_not_let_in(const Event& event, const Moment& now);
  void an_untrusted_clock_grants_nothing_by_time(const Event& event, const Moment& now);
  void an_alarm_is_told_once(const Step& step);
  void alarms_are_kept(const Step& step, const Controller& controller);
  void an_exit_button_moves_its_own_door(const Step& step);

  // ---- the bookkeeping
  void take_event(const Event& event, const Step& step);
  void take_command(const Step& step);
  void take_locks(const Step& step);
  void take_sensors(const Step& step);
  void take_grant(const Event& event, const Moment& now);
  void passed(unsigned person, unsigned reader, const Moment& now);
  void forget_passages(unsigned person);
  void look_at_fire();
  [[nodiscard]] bool counts_as_open(unsigned door) const;
  [[nodiscard]] std::uint16_t interlocked_with(unsigned door) const;  // bits of doors
  [[nodiscard]] const Linkage* linkage_of(const Event& event) const;
  [[nodiscard]] bool has(const Step& step, EventCode code, unsigned door) const;

  const Household& household_;
  const Lines& lines_;
  Memory memory_;
  std::deque<Memory> before_steps_;  // the newest steps, so that they can be taken back
  std::array<bool, places> lock_before_{}, lock_rose_{}, lock_fell_{};
  std::vector<const Event*> events_;  // of the step
  std::map<unsigned, unsigned> counts_;
  std::vector<std::string> complaints_;
};

// Did somebody get in at a reader, by this event?
bool lets_somebody_in(EventCode code);
// Was somebody refused?
bool refuses(EventCode code);

}  // namespace lintel::week
