// A small world by a seed: a few doors and people, some of the rules, a little that happens. Core
// and oracle live through the same, and must say the same of everything shown at a door.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/controller.h"
#include "tests/oracle/oracle.h"
#include "tests/sim/chance.h"

namespace lintel::oracle {

// How often each code and each rule was decided, over all worlds.
struct Counts {
  std::map<unsigned, std::uint64_t> by_code;
  std::array<std::uint64_t, static_cast<std::size_t>(Rule::last_rule) + 1> by_rule{};
  std::uint64_t commands = 0;
};

// What a world is made of, as it is told to both.
struct Configuration {
  Layout layout;
  std::vector<Timezone> zones;
  std::vector<Holiday> holidays;
  std::vector<PeopleChange> people;
  std::vector<DoorParameters> doors;  // door 1 is [1]
  Rules rules;
};

// What somebody is like who may come by.
struct Visitor {
  Pin pin;
  std::vector<CardNo> cards;
  std::string password;
};

class SmallWorld {
 public:
  // With `told`, it keeps its story for tell().
  SmallWorld(std::uint64_t seed, Counts& counts, bool told);
  // Empty: they agreed. Else where they did not.
  std::string play();
  [[nodiscard]] const std::string& story() const { return story_; }

 private:
  // What a world may be about. A rule that a world is not about is rarely met in it.
  enum class Theme {
    zones,
    clock,
    modes,
    kinds,
    typing,
    lockout,
    super_users,
    passback,
    interlock,
    several,
    first_card,
    holding_open,
    emergency,
    duress,
    buttons,
    temporary,
    shut,
    validity,
    restart,
    last = restart
  };
  [[nodiscard]] bool about(Theme theme) const;
  [[nodiscard]] bool perhaps(Theme theme, unsigned when_about, unsigned else_per_mille = 10);

  // ---- making (small_world_making.cc)
  void make_calendar();
  void make_people();
  void make_doors();
  void make_rules();
  ModeCode any_mode();
  TimezoneId any_zone();
  Validity any_validity();
  Interval any_interval();
  std::uint8_t any_door() { return static_cast<std::uint8_t>(chance_.between(1, doors())); }

  // ---- playing
  void start();
  void tell_configuration();
  void scene();
  void passing_scene();
  void typing_scene();
  void lockout_scene();
  void gesture_scene();
  void several_scene();
  void command_scene();
  void configuration_scene();
  void clock_scene();
  void restart();
  void show_person(const Visitor& visitor, unsigned reader);
  void swipe(unsigned reader, CardNo card, bool duress);
  void type(unsigned reader, const std::string& keys);
  void move_door(unsigned door, bool open);
  void press(unsigned door);
  void walk_through(unsigned door);
  void wait(std::chrono::nanoseconds time);
  void wait_a_little();
  void act(const Input& input);
  void act(const Command& command);
  void run_timers();
  void take_in(const std::vector<Expected>& expected);
  void tell(const std::string& line);
  [[nodiscard]] Moment now() const;
  [[nodiscard]] unsigned doors() const { return configuration_.layout.doors; }
  [[nodiscard]] unsigned some_reader();
  [[nodiscard]] const Visitor& somebody();
  [[nodiscard]] std::string digits_of_somebody(unsigned door);

  std::uint64_t seed_;
  sim::Chance chance_;
  Counts& counts_;
  bool told_;
  std::string story_, failure_;
  std::vector<bool> themes_;
  Configuration configuration_;
  std::vector<Visitor> visitors_;
  std::size_t favourite_ = 0;
  unsigned favourite_door_ = 1;

  std::optional<std::chrono::local_time<std::chrono::minutes>> minute_looked_at_;
  Uptime uptime_{std::chrono::seconds{1000}};
  CivilTime civil_at_zero_{};
  bool trusted_ = true;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<Oracle> oracle_;
  std::map<KeptKey, Kept> kept_;
  Actions actions_;
};

}  // namespace lintel::oracle
