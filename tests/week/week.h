// A week at the doors, made of a seed: the controller alone, without server and database, people
// who come and go, and everything that goes wrong with them, with the lines, the clock and the
// power. Time passes only here; the same seed gives the same week, byte for byte.
//
//   Week week({.seed = 7});
//   week.live(7);                 // days
//   week.witness().complaints()
//
// Each step of the controller is foretold by the slow oracle and watched by the witness.
#pragma once

#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/core/controller.h"
#include "tests/oracle/oracle.h"
#include "tests/week/chronicle.h"
#include "tests/week/household.h"
#include "tests/week/witness.h"

namespace lintel::week {

// Faults that nobody may overlook: each breaks a promise on purpose.
enum class Planted {
  nothing,
  lock_opens_by_itself,
  lock_stays_on,
  grant_opens_nothing,
  refusal_opens,
  duress_swallowed,
  interlock_forgotten,
  passback_forgotten,
  several_forgotten,
  fire_unheard,
  lockdown_opens,
  link_opens,
  deletion_unheard,
  clock_believed,
  forced_told_twice,
  alarm_rows_lost,
  passage_rows_lost,
  button_of_another_door,
  privilege_invented,
  chance_unseeded,
};

struct Setup {
  std::uint64_t seed = 1;
  Planted planted = Planted::nothing;
  bool foretold = true;       // by the oracle; false: the witness only
  std::FILE* file = nullptr;  // gets every line of the chronicle; null: none
};

class Week {
 public:
  explicit Week(const Setup& setup);

  // Ends early where too much is broken.
  void live(unsigned days);

  [[nodiscard]] const Witness& witness() const { return witness_; }
  [[nodiscard]] const Household& household() const { return household_; }
  [[nodiscard]] const Chronicle& chronicle() const { return chronicle_; }

 private:
  using Deed = std::function<void()>;

  // ---- time and steps (week.cc)
  [[nodiscard]] Moment now() const;
  void at(Uptime when, Deed deed);
  void in(UptimeClock::duration time, Deed deed) { at(uptime_ + time, std::move(deed)); }
  void pass_until(Uptime when);
  void input(const Input& input);
  CommandOutcome command(const Command& command);
  void link(bool up);
  // Changes the configuration on disk, in the controller and in the oracle.
  void configure_door(unsigned door, const DoorParameters& parameters);
  void configure_rules(const Rules& rules);
  void configure_people(const std::vector<PeopleChange>& changes);
  void configure_calendar();
  void begin_step();
  void end_step(Step::Kind kind, const std::vector<oracle::Expected>& expected,
                const Input* input = nullptr, const Command* command = nullptr,
                CommandOutcome outcome = {});
  void tamper_with_actions(Step::Kind kind, const Input* input);
  void tell_of_linkage();
  void compare(Step::Kind kind, const std::vector<oracle::Expected>& expected);
  [[nodiscard]] Rules rules_for_core() const;
  [[nodiscard]] DoorParameters parameters_for_core(unsigned door) const;

  // ---- the disk, and the ends of the box (week.cc)
  void wish_to_disk();
  void sync(std::size_t steps);
  void start();
  void end(bool power_cut);

  // ---- life (life.cc)
  void happen();
  [[nodiscard]] UptimeClock::duration pause();
  void visit();
  void visit(unsigned person, unsigned reader, bool duress);
  void show(unsigned person, unsigned reader, bool other_card, bool duress);
  UptimeClock::duration type(unsigned reader, const std::string& keys, UptimeClock::duration after);
  void group_visit();
  void gesture();
  void stranger();
  void brute_force();
  void emergency_entry();
  void leave_by_button();
  void kick();
  void go_through(unsigned door);
  void move(InputLine line, Level level);
  void aux_input();
  void spoil_line();
  void cover_off();
  void mains_or_battery();
  void fire();
  void network();
  void clock();
  [[nodiscard]] bool door_has_sensor(unsigned door) const;

  // ---- what the server wants (wishes.cc)
  void random_command();
  void random_change();
  void change_door();
  void change_people();
  void change_rules();
  void change_calendar();

  Setup setup_;
  Chance chance_;
  Planted planted_;
  Household household_;
  Lines lines_;
  Chronicle chronicle_;
  Witness witness_;
  oracle::Oracle oracle_;
  std::unique_ptr<Controller> core_;
  Actions actions_;

  Uptime uptime_{};
  std::chrono::seconds clock_ahead_{};
  bool trusted_ = true, linked_ = false;
  Emergency::Mode mode_{};  // as commanded last
  bool over_ = false;       // too much is broken
  std::size_t complaints_told_ = 0;

  struct Later {
    Uptime when;
    std::uint64_t order;
    Deed deed;
    bool operator<(const Later& other) const {  // the earliest is the largest
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  std::vector<Later> agenda_;  // a heap
  std::uint64_t deeds_ = 0;
  std::array<Uptime, 9> reader_busy_until_{};
  std::array<unsigned, people_count + 1> last_reader_{};
  std::array<std::string, 9> typed_;
  ReaderId duress_password_{}, duress_finger_{};  // completed in this step

  // What was wished and is not on disk yet: a step each. `before` stands where the step changed the
  // configuration by itself.
  struct Wished {
    Uptime at;
    std::vector<Kept> rows;
    std::unique_ptr<Household> before;
  };
  std::deque<Wished> wished_;
  std::map<KeptKey, Kept> disk_;
};

}  // namespace lintel::week
