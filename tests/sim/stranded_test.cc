// A server sets a wrong address, of itself or of the controller, and cannot be reached any more;
// meanwhile the power fails now and then. The controller takes it back and is online again by
// itself, at most a trial and a pause after the power was there last. A right one stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "engine/base/log.h"
#include "tests/sim/chance.h"
#include "tests/sim/lanes.h"
#include "tests/sim/trouble.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto trial = 120s, error_delay = 4s;
// Handed over 10 s after the command at the latest; a try that hangs, and the pause after it.
constexpr auto a_bit = 10s + 3 * 3s + 2 * error_delay;

struct Change {
  const char* name;
  const char* command;
  bool right;
};
constexpr Change changes[] = {
    {"of another server", "SET OPTIONS WebServerIP=192.0.2.99", false},
    {"of another port", "SET OPTIONS WebServerPort=9", false},
    {"of an address in no network",
     "SET OPTIONS IPAddress=198.51.100.9,NetMask=255.255.255.0,GATEIPAddress=198.51.100.1", false},
    {"of everything",
     "SET OPTIONS IPAddress=198.51.100.9,NetMask=255.255.255.0,WebServerIP=192.0.2.99", false},
    {"to a right address",
     "SET OPTIONS IPAddress=192.0.2.7,NetMask=255.255.255.0,GATEIPAddress=192.0.2.254", true},
};

class Stranded {
 public:
  explicit Stranded(std::uint64_t seed) : chance_(seed), lanes_(seed) {
    set_log_level(LogLevel::error);
    lanes_.box().system.can_everything();
    lanes_.reachable = [this](const push::ServerAddress& to) {
      const auto& wishes = lanes_.box().system.wishes;
      const std::string ours = wishes.empty() ? "" : wishes.back().address;
      return to.host == "192.0.2.1" && to.port == 8088 && (ours.empty() || ours == "192.0.2.7");
    };
    lanes_.run_until([this] { return lanes_.quiet(); }, 60s);
    lanes_.run(3s);
  }
  ~Stranded() { set_log_level(LogLevel::info); }

  // Online again at the latest so long after the last power cut, or the command.
  std::chrono::nanoseconds play(const Change& change, unsigned cuts) {
    const auto id = lanes_.server.queue(change.command);
    EXPECT_TRUE(lanes_.run_until(
        [&] { return lanes_.server.code(id).has_value() || !lanes_.online(); }, 30s));
    Uptime last = lanes_.now();
    for (; cuts > 0; --cuts) {
      lanes_.run(chance_.up_to(trial + 15s));
      cut_power(chance_.up_to(5s));
      last = lanes_.now();
    }
    const auto is_settled = [&] {
      return lanes_.quiet() && lanes_.box().status().link().online() && address() == wanted(change);
    };
    EXPECT_TRUE(lanes_.run_until(is_settled, trial + error_delay + a_bit)) << change.name;
    const auto took = lanes_.now() - last;
    lanes_.run(300s);
    EXPECT_TRUE(is_settled()) << change.name << ": it stays so";
    EXPECT_EQ(option("WebServerIP"), "") << change.name;
    EXPECT_EQ(lanes_.server.code(id), 0) << change.name;
    if (change.right) return {};
    return took;
  }
  [[nodiscard]] std::vector<std::string> complaints() const { return lanes_.server.complaints(); }

 private:
  // Both programs at once; the server's side of a connection notices nothing.
  void cut_power(std::chrono::nanoseconds off) {
    lanes_.box().kill();
    lanes_.pass(off);
    lanes_.start_engine();
    lanes_.restart_push();
  }
  std::string option(const std::string& name) {
    pb::Request request;
    request.mutable_get_options()->add_name(name);
    const auto reply = lanes_.box().ask(request);
    return reply.options().option_size() == 1 ? reply.options().option(0).value() : "?";
  }
  std::string address() {
    const auto& wishes = lanes_.box().system.wishes;
    return wishes.empty() ? "" : wishes.back().address;
  }
  std::string wanted(const Change& change) {
    if (change.right) before_ = "192.0.2.7";
    return before_;
  }

  Chance chance_;
  Lanes lanes_;
  std::string before_;
};

TEST(AWrongAddress, is_taken_back_and_the_controller_is_online_again) {
  for (const auto& change : changes) {
    Stranded box(1);
    const auto took = box.play(change, 0);
    std::printf(
        "%s: %s\n", change.name,
        change.right ? "stays" : (std::to_string(took / 1s) + " s until online again").c_str());
    EXPECT_THAT(box.complaints(), testing::IsEmpty());
  }
}

TEST(AWrongAddress, is_taken_back_whenever_the_power_fails) {
  const auto seed = number_from("LINTEL_SEED", 1);
  std::chrono::nanoseconds longest{};
  Chance chance(seed);
  for (unsigned n = 0; n < 200 && !testing::Test::HasFailure(); ++n) {
    SCOPED_TRACE("box " + std::to_string(n) + ", LINTEL_SEED=" + std::to_string(seed));
    Stranded box(seed * 1'000 + n);
    for (int several = 0; several < 3; ++several) {
      const auto& change = changes[chance.below(std::size(changes))];
      longest = std::max(longest, box.play(change, chance.below(4)));
    }
    EXPECT_THAT(box.complaints(), testing::IsEmpty());
  }
  std::printf("online again at the latest %lld s after the power was there last\n",
              static_cast<long long>(longest / 1s));
}

}  // namespace
}  // namespace lintel::sim
