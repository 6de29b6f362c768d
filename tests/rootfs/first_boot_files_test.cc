// The power may go before any change of the disk: the next start makes the machine that an
// undisturbed one makes, and nothing half is left.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "rootfs/first-boot/certificate.h"
#include "tests/rootfs/machine.h"

namespace lintel::first_boot {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int cut = 99;

// Starts the machine in another process, which ends before its `change`th change of the disk.
// False: it has come to its end before.
bool start_and_cut(Machine& machine, int change) {
  const pid_t child = ::fork();
  if (child == 0) {
    int left = change;
    Files files([&left] {
      if (left-- == 0) ::_exit(cut);
    });
    machine.start(files);
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == cut;
}

void expect_whole(Machine& machine, const Ready& ready, int change) {
  SCOPED_TRACE("cut before change " + std::to_string(change));
  EXPECT_THAT(ready.trouble, IsEmpty());
  EXPECT_EQ(ready.serial + "\n", machine.data("serial"));
  EXPECT_EQ(33u, machine.data("config/machine-id").size());
  EXPECT_EQ(11u, machine.data("config/claim").size());
  EXPECT_EQ("a Pi\n", machine.data("config/board.conf"));
  EXPECT_THAT(machine.data("config/lintel.conf"), HasSubstr("serial = " + ready.serial + "\n"));
  EXPECT_TRUE(belongs(machine.data("config/tls/console.crt"),
                      machine.data("config/tls/console.key"), machine.host_name + ".local"));
  EXPECT_EQ("700", machine.mode("lintel"));
  EXPECT_EQ("600", machine.mode("config/tls/console.key"));
  for (const auto& file : std::filesystem::recursive_directory_iterator(machine.paths.data))
    EXPECT_NE(".new", file.path().extension()) << file.path();
}

TEST(PowerCut, at_any_change_of_the_first_start) {
  int change = 0;
  for (bool more = true; more; ++change) {
    Machine machine;
    more = start_and_cut(machine, change);
    expect_whole(machine, machine.start(), change);
  }
  EXPECT_GT(change, 60) << "the test does not see the changes";
}

TEST(PowerCut, at_any_change_of_a_factory_reset) {
  int change = 0, finished = 0;
  for (bool more = true; more; ++change) {
    Machine machine;
    const auto serial = machine.start().serial;
    Machine::put(machine.paths.data + "/lintel/events.db", "who came and went");
    Machine::put(machine.paths.data + "/config/network/wired", "an address");
    Machine::put(machine.paths.data + "/factory-reset", "");
    const auto key = machine.data("config/tls/console.key");
    more = start_and_cut(machine, change);
    const auto ready = machine.start();
    expect_whole(machine, ready, change);
    EXPECT_EQ(serial, ready.serial);
    EXPECT_EQ("(none)", machine.data("factory-reset")) << change;
    EXPECT_EQ("(none)", machine.data("lintel/events.db")) << change;
    EXPECT_EQ("(none)", machine.data("config/network/wired")) << change;
    EXPECT_EQ("", machine.data("lintel/reset-done")) << change;
    EXPECT_NE(key, machine.data("config/tls/console.key")) << change;
    finished += ready.was_reset ? 0 : 1;
  }
  EXPECT_GT(change, 60) << "the test does not see the changes";
  EXPECT_GT(finished, 5) << "a reset that was done is not done again";
}

TEST(Files, of_a_name_that_is_a_folder_say_so_and_leave_it) {
  Machine machine;
  Files files;
  std::filesystem::create_directory(machine.paths.data + "/there");
  const auto written =
      files.write(machine.paths.data + "/there", "text", 0600, machine.owners.root);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().text, HasSubstr("/there.new: Is a directory"));
}

}  // namespace
}  // namespace lintel::first_boot
