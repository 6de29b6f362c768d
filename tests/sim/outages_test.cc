// Ten thousand outages, each of a random kind and length, with swipes and commands meanwhile. After
// each the server has every event, in order and once, and at least one result of every command,
// with the code it should have; and no command was carried out twice.
//
// LINTEL_SEED=7 for another life, LINTEL_OUTAGES=100000 for a longer one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <set>

#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"
#include "tests/sim/trouble.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class Outages : public TroubledLife {
 public:
  Outages(std::uint64_t seed, Sabotage sabotage) : TroubledLife("outage", seed, sabotage) {
    fake::Listeners listeners;
    listeners.event = [this](const fake::Event& event) { take(event); };
    listeners.result = [this](const std::string& id, const std::string&, int code) {
      answers_[id].insert(code);
    };
    lanes_.server.listen(listeners);
    // A server that hands a command out again would make good for the planted fault.
    if (sabotage == Sabotage::result_swallowed) {
      lanes_.server.change([](fake::Settings& s) { s.hand_out_again_after = 0; });
    }
    lanes_.at_step = [this](Lanes::Step step, const pb::Request*, const pb::Reply*) {
      die_at(step, 4, 4s);
    };
    lanes_.network = [this] { return network(); };
    lanes_.box().update("holiday", {"Holiday=20260101\tHolidayType=1\tLoop=1"});
    lanes_.run_until([this] { return lanes_.quiet(); }, 60s);
  }

  void print() const {
    std::printf(
        "%llu outages, %llu events, %llu commands (%llu not answered in time by the "
        "server: -730), %llu deaths of push, %llu of the engine\n",
        static_cast<unsigned long long>(chapters_), static_cast<unsigned long long>(last_event_),
        static_cast<unsigned long long>(commands_), static_cast<unsigned long long>(given_up_),
        static_cast<unsigned long long>(push_deaths_),
        static_cast<unsigned long long>(engine_deaths_));
  }

 private:
  struct Command {
    const char* text;
    int code;
  };

  void take(const fake::Event& event) {
    if (event.index != last_event_ + 1) {
      complain("event " + std::to_string(event.index) + " comes after " +
               std::to_string(last_event_));
    }
    last_event_ = event.index;
    constexpr unsigned remote_opened = 8;
    if (event.code == remote_opened) ++opened_;
  }

  // ---- one outage

  void one() override {
    trouble_ = any_trouble(chance_);
    const auto length = 100ms + chance_.up_to(chance_.percent(20) ? 15s : 4s);
    const Uptime start = lanes_.now();
    sent_.clear();
    for (unsigned n = chance_.below(3); n > 0; --n)
      lanes_.at(start + chance_.up_to(length + 1s), [this] { lanes_.swipe(1, 0x123456); });
    for (unsigned n = chance_.below(3); n > 0; --n)
      lanes_.at(start + chance_.up_to(length + 1s), [this] { send_command(); });
    steps_left_ = 1 + chance_.below(25);
    if (trouble_ == Trouble::forgets_us) lanes_.server.forget_registration();
    lanes_.run(length);
    trouble_.reset();
    lanes_.run(1s);  // what was planned for this time happens
    lanes_.start_engine();
    if (!lanes_.run_until([this] { return lanes_.quiet(); }, 120s)) {
      complain("120 s after its end there is still something open");
    }
    check_results();
  }

  // ---- commands

  void send_command() {
    static const Command commands[] = {{"DATA UPDATE user Pin=7\tName=Ada", 0},
                                       {"DATA DELETE user Pin=7", 0},
                                       {"SET OPTIONS Door1Drivertime=5", 0},
                                       {"GET OPTIONS LockCount", 0},
                                       {"CONTROL DEVICE 01010101", 0},  // opens
                                       {"CONTROL DEVICE 04010100", 0},
                                       {"DATA COUNT holiday", 1},
                                       {"DATA QUERY tablename=holiday,fielddesc=*,filter=*", 1},
                                       {"DATA COFFEE user", -13}};
    const Command& command = commands[chance_.below(std::size(commands))];
    sent_[lanes_.server.queue(command.text)] = command;
    ++commands_;
  }

  void check_results() {
    constexpr int given_up = -730, expired = -12;
    for (const auto& [id, command] : sent_) {
      const bool asks_for_data = command.code == 1 || command.text[0] == 'G';
      const bool opens = std::string(command.text) == "CONTROL DEVICE 01010101";
      const auto answers = answers_[id];
      if (answers.empty()) complain(std::string("no result of ") + command.text);
      for (const int code : answers) {
        const bool right = code == command.code || (asks_for_data && code == given_up) ||
                           (opens && code == expired);
        if (!right) complain(std::string(command.text) + " is answered " + std::to_string(code));
        if (code == given_up) ++given_up_;
      }
      if (opens && answers.count(0) > 0) ++openings_due_;
      answers_.erase(id);
    }
    if (opened_ != openings_due_) {
      complain("the door was opened " + std::to_string(opened_) + " times, and " +
               std::to_string(openings_due_) + " commands to open it were carried out");
    }
  }

  std::map<std::string, Command> sent_;
  std::map<std::string, std::set<int>> answers_;
  std::uint64_t commands_ = 0, given_up_ = 0;
  std::uint64_t last_event_ = 0, opened_ = 0, openings_due_ = 0;
};

TEST(TenThousandOutages, lose_no_event_and_no_result) {
  const auto seed = number_from("LINTEL_SEED", 1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Outages outages(seed, Sabotage::nothing);
  outages.live(number_from("LINTEL_OUTAGES", 10'000));
  outages.print();
  EXPECT_THAT(outages.complaints(), IsEmpty()) << "Rerun with LINTEL_SEED=" << seed;
}

// ---- a harness that cannot fail proves nothing

std::vector<std::string> complaints_with(Sabotage sabotage) {
  Outages outages(1, sabotage);
  outages.live(4'000);
  return outages.complaints();
}

TEST(PlantedOutage, a_result_that_is_swallowed) {
  EXPECT_THAT(complaints_with(Sabotage::result_swallowed), Contains(HasSubstr("no result of")));
}

TEST(PlantedOutage, a_command_that_is_done_twice) {
  EXPECT_THAT(complaints_with(Sabotage::command_unnamed),
              Contains(HasSubstr("the door was opened")));
}

TEST(PlantedOutage, an_event_that_is_swallowed) {
  EXPECT_THAT(complaints_with(Sabotage::events_swallowed), Contains(HasSubstr("comes after")));
}

TEST(PlantedOutage, a_cursor_that_runs_ahead) {
  EXPECT_THAT(complaints_with(Sabotage::confirmed_ahead),
              Contains(testing::AnyOf(HasSubstr("comes after"), HasSubstr("something open"))));
}

}  // namespace
}  // namespace lintel::sim
