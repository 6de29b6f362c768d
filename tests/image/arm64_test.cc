// The image of arm64, as it ships: nothing in it but what a customer has. Its lines are those of
// the machine's own PL061, moved from outside (hal/boards/qemu-arm64.conf).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/box/box.h"
#include "tests/image/card.h"

namespace lintel::image {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr unsigned lock_line = 5, rex_line = 4, fire_line = 6;
constexpr auto arm64_start = 900s;  // another processor, emulated

struct AnArm64Card : ACard {
  AnArm64Card() : ACard("card-arm64.img", "qemu-arm64.conf") {}
};

TEST_F(AnArm64Card, DecidesAtItsDoorAndTellsTheServer) {
  power_on({.arch = Arch::arm64});
  ASSERT_TRUE(machine->wait_for_serial("Lintel: slot A, start 1", arm64_start)) << "GRUB";
  ASSERT_TRUE(machine->wait_for_serial("code for the first visit", arm64_start)) << "first-boot";
  machine->watch_lines();
  ASSERT_TRUE(server.wait_until([&] { return server.count(fake::Kind::rtlog) > 0; }, arm64_start))
      << "nothing has come from the machine";
  EXPECT_FALSE(machine->line_driven(lock_line));
  machine->put_line(rex_line, true);
  EXPECT_TRUE(box::eventually([&] { return machine->line_driven(lock_line); }, soon))
      << "the exit button releases the lock";
  machine->put_line(rex_line, false);
  EXPECT_TRUE(box::eventually([&] { return !machine->line_driven(lock_line); }, soon))
      << "the lock time is over";
  EXPECT_TRUE(hears(202, 1)) << "the exit button";
  machine->put_line(fire_line, true);
  EXPECT_TRUE(box::eventually([&] { return machine->line_driven(lock_line); }, soon))
      << "in a fire the strike is released";
  machine->put_line(fire_line, false);
  EXPECT_TRUE(box::eventually([&] { return !machine->line_driven(lock_line); }, soon));
  std::string body;
  EXPECT_TRUE(box::eventually([&] { return console_says("/health", body) == 200; }, arm64_start))
      << body;
  EXPECT_EQ(console_says("/api/status", body), 401);
  EXPECT_THAT(server.complaints(), IsEmpty());
}

// The same card in a machine whose firmware is that of most boards.
TEST_F(AnArm64Card, StartsByUBootToo) {
  power_on({.arch = Arch::arm64, .u_boot = true});
  ASSERT_TRUE(machine->wait_for_serial("U-Boot", arm64_start));
  ASSERT_TRUE(machine->wait_for_serial("Lintel: slot A, start 1", arm64_start)) << "GRUB";
  machine->watch_lines();
  ASSERT_TRUE(server.wait_until([&] { return server.count(fake::Kind::rtlog) > 0; }, arm64_start))
      << "nothing has come from the machine";
  machine->put_line(rex_line, true);
  EXPECT_TRUE(box::eventually([&] { return machine->line_driven(lock_line); }, soon))
      << "the exit button releases the lock";
}

}  // namespace
}  // namespace lintel::image
