// Stories: a controller under simulated time, told line by line what happens, and what must come
// of it.
//
//   Story story;
//   story.person({.pin = "5", .card = 1005});
//   story.play("a stranger, then a kick", R"(
//      1.0 card 999 -> denied
//      1.2 open     -> forced
//     16.2 wait     -> held
//   )");
//
// A line: when, what, "->", and everything that came of it since the line before, in its order.
// When: seconds since the story began, or a time of day (08:30, 08:30:15), the next such one.
// What:
//   card NUMBER [SITE] | finger PIN [SITE] (anything that a matching reader recognises)
//   | frame BITS (that fits no format) | keys DIGITS*#                  [at READER]
//   open | close | press                                               [at DOOR]
//   input KIND LEVEL [at NUMBER]       aux, tamper ...; active, inactive, cut, shorted
//   remote open SECONDS | close | stay | today off | today on | cancel | lock | unlock  [at DOOR]
//   aux on SECONDS | aux off           [at OUTPUT]
//   set PARAMETER VALUE [at DOOR]      by its name in appendix 10
//   emergency open | close | off       reset [PIN]     restart
//   clock DATE TIME | trust yes | trust no | link up | link down | wait
// Without "at", number 1. What came of it: unlock and relock for the lock, the word of an event
// (story.cc has them; "denied" is any refusal), aux_on and aux_off, a refused command's outcome;
// with ":2" behind it where it is not number 1. Light, buzzer (green, dark, beep, quiet), the
// sensor's own events (opened, closed) and what is kept (keep) count only on lines that name them.
//
// Whatever the story, the player insists that a lock is released by nothing but the cause it
// records, and that a refusal leaves every lock as it was.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/controller.h"

namespace lintel {

class Story {
 public:
  // Begins at 08:00 on Monday, 23 November 2026, with every sensor wired and every door closed.
  explicit Story(unsigned doors = 2);

  struct Somebody {
    const char* pin = "";
    std::uint64_t card = 0;
    const char* password = "";
    TimezoneId zone = timezone_always;
    std::uint32_t doors = 0xFF;
    std::uint32_t group = 0;
  };
  void person(const Somebody& somebody);
  void zone(TimezoneId id, Day day, std::uint32_t from_hhmm, std::uint32_t to_hhmm);
  void set(const char* parameter, const char* value, unsigned door = 1);
  void rules(const Rules& rules);
  // Changes the rules as they are: story.change([](Rules& rules) { rules.interlock = 1; });
  template <class Change>
  void change(Change how) {
    Rules changed = controller_->rules();
    how(changed);
    rules(changed);
  }
  // Changes somebody's row in user.
  template <class Change>
  void change_user(const char* pin, Change how) {
    User row = controller_->people().by_pin(*Pin::from(pin))->user;
    how(row);
    controller_->people().apply(row);
  }
  // After people or calendar have been changed through controller().
  void reconsider();

  void play(const char* title, std::string_view text);

  // One thing at a time, now; what came of it.
  const Actions& act(const Input& input);
  CommandOutcome act(const Command& command);
  void restart();  // as the verb
  // Lets the time pass and fires every timer on the way.
  void advance(UptimeClock::duration time) { advance_to(uptime_ + time); }

  Controller& controller() { return *controller_; }
  [[nodiscard]] const std::map<KeptKey, Kept>& kept() const { return kept_; }
  [[nodiscard]] Moment now() const;
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] const Event& last_event() const { return events_.back(); }
  // Counted from the end: 0 is the last one.
  [[nodiscard]] const Event& event_before(std::size_t count) const {
    return events_[events_.size() - 1 - count];
  }
  [[nodiscard]] std::string all_that_came() const { return trace_; }

 private:
  void play_line(std::string_view line);
  void do_what(std::vector<std::string_view> words);
  void keep(const Kept& row);
  void do_remote(const std::vector<std::string_view>& words, std::uint8_t door);
  void press_keys(ReaderId reader, std::string_view keys);
  void advance_to(Uptime when);
  void take_in();  // what has just come of it
  void insist_on_causes();
  void insist_on_refusals();
  [[nodiscard]] Uptime when(std::string_view text) const;
  [[nodiscard]] std::vector<LevelChanged> levels_of(const Controller& controller) const;

  Layout layout_;
  std::unique_ptr<Controller> controller_;
  std::map<KeptKey, Kept> kept_;  // as storage would have it
  Uptime uptime_{}, began_{};
  CivilTime civil_at_zero_{};  // what the civil clock shows at uptime 0
  bool trusted_ = true;
  Actions actions_;                    // of the step under way
  Actions step_;                       // of the last act()
  std::vector<std::string> came_;      // since the line before
  std::vector<Event> events_;          // since the beginning
  std::map<unsigned, unsigned> owed_;  // by door: releases recorded that are still to come
  std::string trace_;
  std::string where_;  // title and line, for failures
};

inline Pin pin_of(const char* text) {
  return *Pin::from(text);
}

// The word of an event in stories.
std::string_view word_of(EventCode code);
bool is_refusal(EventCode code);

}  // namespace lintel
