// The engine itself says which configuration it takes, as first-boot asks it.
#include <gmock/gmock.h>

#include "rootfs/first-boot/host.h"
#include "tests/rootfs/machine.h"

namespace lintel::first_boot {
namespace {

using ::testing::HasSubstr;

TEST(CheckByTheEngine, takes_what_it_takes_and_says_what_it_does_not) {
  Machine machine;
  const auto host = this_machine(machine.paths, std::string(LINTEL_BIN_DIR) + "/lintel-engine");
  const auto path = machine.root + "/lintel.conf";
  Machine::put(path, "[device]\nserial = 1\n[storage]\npath = /data/lintel\n");
  EXPECT_TRUE(host.check_configuration(path));
  Machine::put(path, "[device]\nserial = 1\n[storage]\npath = /data/lintel\n[hal]\nbord = sim:2\n");
  const auto wrong = host.check_configuration(path);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text, HasSubstr("line 6: [hal] bord is no setting of Lintel"));
  Machine::put(path,
               "[device]\nserial = 1\n[storage]\npath = /data/lintel\n[api]\npush_user = "
               "nobody-of-that-name\n");
  EXPECT_THAT(host.check_configuration(path).error().text, HasSubstr("there is no user"));
}

TEST(CheckByTheEngine, of_a_program_that_is_not_there_refuses_nothing) {
  Machine machine;
  EXPECT_TRUE(this_machine(machine.paths, "/nowhere/lintel-engine").check_configuration("/x"));
}

TEST(ThisMachine, has_random_bytes_that_differ) {
  Machine machine;
  const auto host = this_machine(machine.paths);
  EXPECT_NE(host.random(32), host.random(32));
  EXPECT_EQ(32u, host.random(32).size());
}

}  // namespace
}  // namespace lintel::first_boot
