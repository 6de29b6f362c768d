// The life of a command, of each kind: fetched, carried out, its data sent, its result sent and
// answered. At every step of it push dies, or the engine, or the connection: the command is carried
// out once all the same, and the server gets its result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <ostream>

#include "engine/base/log.h"
#include "tests/sim/lanes.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::IsEmpty;
using testing::Not;

struct Kind {
  const char* name;
  const char* text;
  int code;
  unsigned event = 0;  // that is recorded each time it is carried out; 0: none
  bool momentary = false;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

constexpr Kind kinds[] = {{"update", "DATA UPDATE user Pin=7\tName=Server", 0},
                          {"delete", "DATA DELETE user Pin=7", 0},
                          {"set_options", "SET OPTIONS Door1Drivertime=9", 0},
                          {"open", "CONTROL DEVICE 01010101", 0, 8, true},
                          {"lock", "CONTROL DEVICE 06010101", 0, 233},
                          {"count", "DATA COUNT holiday", 1},
                          {"query", "DATA QUERY tablename=holiday,fielddesc=*,filter=*", 1},
                          {"get_options", "GET OPTIONS LockCount", 0},
                          {"refused", "DATA UPDATE user Name=Nobody", -1}};

// The engine is back after a second, or when it would have forgotten a command that is through.
enum class Victim { push, engine, engine_for_long, connection };

class Life : public ::testing::TestWithParam<std::tuple<Kind, Victim>> {
 protected:
  Life() {
    set_log_level(LogLevel::error);
    lanes_.box().update("holiday", {"Holiday=20260101\tHolidayType=1\tLoop=1"});
    fake::Listeners listeners;
    listeners.event = [this](const fake::Event& event) { ++events_[event.code]; };
    lanes_.server.listen(listeners);
    lanes_.at_step = [this](Lanes::Step step, const pb::Request* request, const pb::Reply* reply) {
      at_step(step, request, reply);
    };
    lanes_.network = [this] { return std::exchange(breaks_, Lanes::Network::fine); };
  }
  ~Life() override { set_log_level(LogLevel::info); }

  void at_step(Lanes::Step step, const pb::Request* request, const pb::Reply* reply) {
    if (!under_way_) return;
    if (step == Lanes::Step::after_call && reply != nullptr) change_again(*request, *reply);
    if (++steps_ != fatal_step_) return;
    const auto victim = std::get<Victim>(GetParam());
    if (victim == Victim::push) Lanes::push_dies();
    if (victim == Victim::engine || victim == Victim::engine_for_long) {
      lanes_.box().kill();
      const auto back = lanes_.now() + (victim == Victim::engine ? 1s : 90s);
      lanes_.at(back, [this] { lanes_.start_engine(); });
    }
    if (victim == Victim::connection) breaks_ = Lanes::Network::broken;
  }

  // What the command did, once it is done, is undone by somebody else: were it carried out again,
  // that would be seen.
  void change_again(const pb::Request& request, const pb::Reply& reply) {
    const bool locks = request.has_control() && request.control().verb() == pb::Control::LOCK;
    const bool ours =
        request.has_update() || request.has_delete_() || request.has_set_options() || locks;
    if (!ours || reply.code() < 0 || std::exchange(changed_, true)) return;
    lanes_.box().update("user", {"Pin=7\tName=Later"});
    lanes_.box().set_option("Door1Drivertime", "4");
    if (!locks) return;
    pb::Request unlock;
    unlock.mutable_control()->set_verb(pb::Control::LOCK);
    unlock.mutable_control()->set_place(1);
    EXPECT_EQ(lanes_.box().ask(unlock).code(), 0);
  }

  std::string name_of_user_7() {
    pb::Request request;
    request.mutable_query()->set_table("user");
    request.mutable_query()->add_field("Name");
    request.mutable_query()->set_rows_max(10);
    request.mutable_query()->set_bytes_max(10'000);
    const auto reply = lanes_.box().ask(request);
    return reply.page().value_size() == 1 ? reply.page().value(0) : "";
  }
  std::string drive_time() {
    pb::Request request;
    request.mutable_get_options()->add_name("Door1Drivertime");
    return lanes_.box().ask(request).options().option(0).value();
  }
  bool settle() {
    return lanes_.run_until([this] { return lanes_.quiet(); }, 180s);
  }

  // False: the command was through before this step.
  bool live_through(unsigned fatal_step) {
    const Kind& kind = std::get<Kind>(GetParam());
    EXPECT_TRUE(settle());
    lanes_.box().update("user", {"Pin=7\tName=Before"});
    lanes_.box().set_option("Door1Drivertime", "3");
    EXPECT_TRUE(settle());
    events_.clear();
    changed_ = false;
    steps_ = 0;
    fatal_step_ = fatal_step;
    under_way_ = true;
    const auto id = lanes_.server.queue(kind.text);
    EXPECT_TRUE(lanes_.run_until([&] { return lanes_.server.code(id).has_value(); }, 180s));
    EXPECT_TRUE(settle());
    under_way_ = false;
    const bool met = steps_ >= fatal_step;
    check(kind, id);
    return met;
  }

  void check(const Kind& kind, const std::string& id) {
    std::vector<int> codes;
    for (const auto& result : lanes_.server.results(id))
      codes.push_back(result.code);
    EXPECT_THAT(codes, Not(IsEmpty()));
    // A door that nobody waits at any longer stays shut.
    constexpr int expired = -12;
    const bool late = kind.momentary && std::get<Victim>(GetParam()) == Victim::engine_for_long &&
                      !codes.empty() && codes.front() == expired;
    if (kind.code < 0) {
      EXPECT_THAT(codes, Each(testing::Lt(0)));
    } else if (late) {
      EXPECT_THAT(codes, Each(expired));
    } else {
      EXPECT_THAT(codes, Each(kind.code));
    }
    if (kind.event != 0) {
      EXPECT_EQ(events_[kind.event], late ? 0u : 1u);
    }
    if (changed_) {
      EXPECT_EQ(name_of_user_7(), "Later");
      EXPECT_EQ(drive_time(), "4");
    }
  }

  Lanes lanes_{1};
  Lanes::Network breaks_ = Lanes::Network::fine;
  bool under_way_ = false, changed_ = false;
  unsigned steps_ = 0, fatal_step_ = 0;
  std::map<unsigned, unsigned> events_;
};

TEST_P(Life, is_lived_once_whatever_dies_at_any_step) {
  constexpr unsigned steps_max = 200;
  unsigned step = 1;
  for (; step < steps_max; ++step) {
    SCOPED_TRACE("at step " + std::to_string(step));
    const bool met = live_through(step);
    if (!met || HasFailure()) break;
  }
  std::printf("%u steps\n", step - 1);
  EXPECT_GE(step, 8u);
  EXPECT_LT(step, steps_max);
  EXPECT_THAT(lanes_.server.complaints(), IsEmpty());
}

std::string name_of(const ::testing::TestParamInfo<std::tuple<Kind, Victim>>& life) {
  static const char* const victims[] = {"push", "engine", "engine_for_long", "connection"};
  return std::string(std::get<0>(life.param).name) + "_when_dies_" +
         victims[static_cast<int>(std::get<1>(life.param))];
}

INSTANTIATE_TEST_SUITE_P(OfACommand, Life,
                         ::testing::Combine(::testing::ValuesIn(kinds),
                                            ::testing::Values(Victim::push, Victim::engine,
                                                              Victim::engine_for_long,
                                                              Victim::connection)),
                         name_of);

}  // namespace
}  // namespace lintel::sim
