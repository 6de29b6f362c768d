// Fifty thousand events that gathered while there was no server: how long the server waits for the
// last of them when each exchange takes 50 ms.
#include <gtest/gtest.h>

#include <cstdio>

#include "engine/base/log.h"
#include "tests/sim/lanes.h"

namespace lintel::sim {
namespace {

using namespace std::chrono_literals;

TEST(FiftyThousandEvents, are_with_the_server_within_ten_minutes) {
  constexpr std::uint64_t events = 50'000;
  set_log_level(LogLevel::error);
  Lanes lanes(1);
  lanes.exchange_takes = 50ms;
  bool away = true;
  lanes.network = [&] { return away ? Lanes::Network::refused : Lanes::Network::fine; };
  std::uint64_t next = 1, out_of_order = 0;
  fake::Listeners listeners;
  listeners.event = [&](const fake::Event& event) {
    out_of_order += event.index == next++ ? 0 : 1;
  };
  lanes.server.listen(listeners);
  // Strangers at eight readers, all at once.
  while (lanes.box().status().last_event() < events) {
    for (int round = 0; round < 50; ++round) {
      for (unsigned reader = 1; reader <= 8; ++reader)
        lanes.box().board.wiegand(reader, test::frame26(0x123456));
      lanes.box().pass(100ms);
    }
  }
  const auto last = lanes.box().status().last_event();

  away = false;
  const Uptime start = lanes.now();
  ASSERT_TRUE(
      lanes.run_until([&] { return lanes.box().status().confirmed_event() >= last; }, 3600s));
  const auto took = std::chrono::duration<double>(lanes.now() - start).count();
  std::printf("%llu events in %.1f s at 50 ms an exchange\n", static_cast<unsigned long long>(last),
              took);
  EXPECT_LE(took, 600);
  EXPECT_EQ(out_of_order, 0u);
  EXPECT_GE(lanes.server.events().size(), last);
  EXPECT_TRUE(lanes.server.missing_events().empty());
  set_log_level(LogLevel::info);
}

}  // namespace
}  // namespace lintel::sim
