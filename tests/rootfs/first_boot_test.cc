// What a machine makes at its first start, keeps at the next, and loses with a factory reset.
#include <gmock/gmock.h>

#include "rootfs/first-boot/certificate.h"
#include "tests/rootfs/machine.h"

namespace lintel::first_boot {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* all_secrets[] = {"serial",
                                       "config/machine-id",
                                       "config/claim",
                                       "config/tls/console.key",
                                       "config/board.conf",
                                       "config/lintel.conf"};

TEST(FirstBoot, makes_everything_that_a_machine_needs) {
  Machine machine;
  const auto ready = machine.start();
  EXPECT_THAT(ready.trouble, IsEmpty());
  EXPECT_THAT(machine.data("serial"), MatchesRegex("[1-9][0-9]{12}\n"));
  EXPECT_THAT(machine.data("config/machine-id"), MatchesRegex("[0-9a-f]{32}\n"));
  EXPECT_EQ(machine.data("config/machine-id"), machine.machine_id);
  EXPECT_THAT(machine.data("config/claim"), MatchesRegex("[A-HJKMNP-Z2-9]{10}\n"));
  EXPECT_EQ("a Pi\n", machine.data("config/board.conf"));
  EXPECT_THAT(machine.data("config/lintel.conf"), HasSubstr("serial = " + ready.serial + "\n"));
  EXPECT_EQ("lintel-" + ready.serial, machine.host_name);
  EXPECT_TRUE(belongs(machine.data("config/tls/console.crt"),
                      machine.data("config/tls/console.key"), machine.host_name + ".local"));
}

TEST(FirstBoot, lets_nobody_read_what_is_not_his) {
  Machine machine;
  machine.start();
  EXPECT_EQ("700", machine.mode("lintel"));
  EXPECT_EQ("750", machine.mode("config"));
  EXPECT_EQ("750", machine.mode("config/tls"));
  EXPECT_EQ("600", machine.mode("config/tls/console.key"));
  EXPECT_EQ("640", machine.mode("config/claim"));
  EXPECT_EQ("640", machine.mode("config/lintel.conf"));
  EXPECT_EQ("600", machine.mode("config/random-seed"));
  EXPECT_EQ("700", machine.mode("../run/system"));
}

TEST(FirstBoot, keeps_at_the_next_start_what_there_is) {
  Machine machine;
  machine.start();
  std::vector<std::string> before, after;
  for (const auto* name : all_secrets)
    before.push_back(machine.data(name));
  const auto certificate = machine.data("config/tls/console.crt");
  EXPECT_THAT(machine.start().trouble, IsEmpty());
  for (const auto* name : all_secrets)
    after.push_back(machine.data(name));
  EXPECT_EQ(before, after);
  EXPECT_EQ(certificate, machine.data("config/tls/console.crt"));
}

TEST(FirstBoot, uses_a_random_seed_once) {
  Machine machine;
  machine.start();
  EXPECT_THAT(machine.stirred, IsEmpty());
  const auto first = machine.data("config/random-seed");
  EXPECT_THAT(first, SizeIs(512));
  machine.start();
  EXPECT_THAT(machine.stirred, ElementsAre(first));
  EXPECT_NE(first, machine.data("config/random-seed"));
}

TEST(FirstBoot, shows_the_claim_code_as_long_as_there_is_one) {
  Machine machine;
  const auto ready = machine.start();
  auto code = machine.data("config/claim");
  code.pop_back();
  EXPECT_EQ("Lintel " + ready.serial + ": https://lintel-" + ready.serial +
                ".local, code for the first visit " + code,
            machine.told("Lintel"));
  Machine::put(machine.paths.data + "/config/claim", "");
  machine.start();
  EXPECT_THAT(machine.told("Lintel"), Not(HasSubstr("code")));
  EXPECT_EQ("", machine.data("config/claim"));
}

// ---- who it is

TEST(FirstBoot, takes_the_serial_of_the_board) {
  Machine machine;
  Machine::put(machine.paths.proc + "/device-tree/serial-number",
               std::string("10000000a1b2c3d4\0", 17));
  EXPECT_EQ("10000000a1b2c3d4", machine.start().serial);
  Machine::put(machine.paths.proc + "/device-tree/serial-number",
               std::string("20000000a1b2c3d4\0", 17));
  EXPECT_EQ("10000000a1b2c3d4", machine.start().serial) << "written once";
}

TEST(FirstBoot, takes_no_word_for_a_serial) {
  Machine machine;
  for (const auto* word : {"0000000000000000", "To be filled by O.E.M.", "Not-Specified", "None",
                           "123456789", "1111-1111", "", "Default string", "12345678; reboot",
                           "1234567", "123456789012345678901234567890123"}) {
    Machine::put(machine.paths.sys + "/class/dmi/id/product_serial", std::string(word) + "\n");
    EXPECT_EQ(std::nullopt, board_serial(machine.paths.proc, machine.paths.sys)) << word;
  }
  Machine::put(machine.paths.sys + "/class/dmi/id/product_serial", "PF-3XK97Q21\n");
  EXPECT_EQ("PF-3XK97Q21", board_serial(machine.paths.proc, machine.paths.sys));
}

TEST(FirstBoot, knows_the_board_by_its_exact_name) {
  Machine machine;
  const auto name = [&](const std::string& compatible) {
    Machine::put(machine.paths.proc + "/device-tree/compatible", compatible);
    return board_name(machine.paths.proc, machine.paths.sys).value_or("(nobody knows it)");
  };
  EXPECT_EQ("raspberry-pi-cm4",
            name(std::string("raspberrypi,4-compute-module\0brcm,bcm2711\0", 43)));
  EXPECT_EQ("raspberry-pi-3", name(std::string("raspberrypi,3-model-b-plus\0brcm,bcm2837\0", 40)));
  EXPECT_EQ("raspberry-pi-5", name(std::string("raspberrypi,5-model-b\0brcm,bcm2712\0", 35)));
  EXPECT_EQ("qemu-arm64", name(std::string("linux,dummy-virt\0", 17)));
  EXPECT_EQ("orange-pi-pc", name(std::string("xunlong,orangepi-pc\0allwinner,sun8i-h3\0", 39)));
  EXPECT_EQ("(nobody knows it)", name(std::string("acme,door-9000\0brcm,bcm2711\0", 28)));
}

TEST(FirstBoot, makes_a_name_that_a_network_takes) {
  EXPECT_EQ("lintel-pf-3xk97q21", host_name("PF-3XK97Q21"));
  EXPECT_EQ("lintel-a-b", host_name("A_B-"));
}

TEST(FirstBoot, says_what_to_do_on_a_board_that_nobody_knows) {
  Machine machine;
  Machine::put(machine.paths.proc + "/device-tree/compatible", std::string("acme,door-9000\0", 15));
  EXPECT_THAT(machine.start().trouble,
              ElementsAre("this board is not known: put a board file for it on the card as "
                          "lintel/board.conf and start again"));
  EXPECT_THAT(read_text(machine.paths.run + "/trouble").value_or(""), HasSubstr("not known"));
  Machine::put(machine.paths.card + "/board.conf", "mine\n");
  EXPECT_THAT(machine.start().trouble, IsEmpty());
  EXPECT_EQ("mine\n", machine.data("config/board.conf"));
}

// ---- the installer's files

TEST(FirstBoot, takes_the_installers_files_from_the_card) {
  Machine machine;
  Machine::put(machine.paths.card + "/board.conf", "mine\n");
  Machine::put(machine.paths.card + "/ca.pem", "a certificate\n");
  Machine::put(machine.paths.card + "/lintel.conf",
               "[device]\nserial = Site-7\n[storage]\npath = /data/lintel\n");
  const auto ready = machine.start();
  EXPECT_THAT(ready.trouble, IsEmpty());
  EXPECT_EQ("mine\n", machine.data("config/board.conf"));
  EXPECT_EQ("a certificate\n", machine.data("config/ca.pem"));
  EXPECT_EQ("Site-7", ready.serial);
  EXPECT_EQ("lintel-site-7", machine.host_name);
  EXPECT_EQ("Site-7\n", machine.data("serial"));
  EXPECT_EQ("(none)", machine.data("config/lintel.conf.try"));
}

TEST(FirstBoot, leaves_the_configuration_alone_that_it_has_taken) {
  Machine machine;
  machine.start();
  Machine::put(machine.paths.card + "/lintel.conf",
               "[device]\nserial = Site-7\n[storage]\npath = /data/lintel\n");
  EXPECT_NE("Site-7", machine.start().serial);
}

TEST(FirstBoot, does_with_what_it_came_with_when_the_cards_file_is_wrong) {
  Machine machine;
  Machine::put(machine.paths.card + "/lintel.conf", "WRONG\n");
  const auto ready = machine.start();
  EXPECT_THAT(ready.trouble,
              ElementsAre(HasSubstr("the card's lintel/lintel.conf is not taken: ")));
  EXPECT_THAT(machine.told("is not taken"), HasSubstr("is wrong"));
  EXPECT_THAT(machine.data("config/lintel.conf"), HasSubstr(ready.serial));
  // The installer corrects it.
  Machine::put(machine.paths.card + "/lintel.conf",
               "[device]\nserial = Site-7\n[storage]\npath = /data/lintel\n");
  EXPECT_EQ("Site-7", machine.start().serial);
  Machine::put(machine.paths.card + "/lintel.conf",
               "[device]\nserial = Site-8\n[storage]\npath = /data/lintel\n");
  EXPECT_EQ("Site-7", machine.start().serial) << "it was taken, and stays";
}

TEST(FirstBoot, does_with_the_boards_own_file_when_the_cards_is_wrong) {
  Machine machine;
  Machine::put(machine.paths.card + "/board.conf", "WRONG\n");
  EXPECT_THAT(machine.start().trouble, ElementsAre(HasSubstr("lintel/board.conf is not taken")));
  EXPECT_EQ("a Pi\n", machine.data("config/board.conf"));
}

TEST(FirstBoot, exchanges_a_configuration_that_has_become_unreadable) {
  Machine machine;
  const auto serial = machine.start().serial;
  Machine::put(machine.paths.data + "/config/lintel.conf", "WRONG\n");
  Machine::put(machine.paths.data + "/config/board.conf", "WRONG\n");
  const auto ready = machine.start();
  EXPECT_THAT(ready.trouble, ElementsAre(HasSubstr("board.conf is not taken"),
                                         HasSubstr("lintel.conf is not taken")));
  EXPECT_EQ("a Pi\n", machine.data("config/board.conf"));
  EXPECT_THAT(machine.data("config/lintel.conf"), HasSubstr("serial = " + serial + "\n"));
}

// ---- the factory reset

TEST(FactoryReset, leaves_the_serial_and_nothing_else) {
  Machine machine;
  const auto serial = machine.start().serial;
  const auto key = machine.data("config/tls/console.key"), claim = machine.data("config/claim");
  Machine::put(machine.paths.data + "/lintel/events.db", "who came and went");
  Machine::put(machine.paths.data + "/lintel/update/piece", "half");
  Machine::put(machine.paths.data + "/config/network/wired", "an address");
  Machine::put(machine.paths.data + "/factory-reset", "wished by the engine\n");
  const auto ready = machine.start();
  EXPECT_TRUE(ready.was_reset);
  EXPECT_THAT(ready.trouble, IsEmpty());
  EXPECT_EQ(serial, ready.serial);
  EXPECT_EQ("(none)", machine.data("lintel/events.db"));
  EXPECT_EQ("(none)", machine.data("lintel/update/piece"));
  EXPECT_EQ("(none)", machine.data("config/network/wired"));
  EXPECT_EQ("(none)", machine.data("factory-reset"));
  EXPECT_EQ("", machine.data("lintel/reset-done"));
  EXPECT_NE(key, machine.data("config/tls/console.key"));
  EXPECT_NE(claim, machine.data("config/claim"));
  EXPECT_EQ(1, machine.discarded);
  EXPECT_FALSE(machine.start().was_reset);
}

TEST(AnyStart, hands_the_lines_to_the_engine_before_anything_can_fail) {
  Machine machine;
  machine.in_memory = true;
  machine.start();
  machine.start();
  EXPECT_EQ(2, machine.handed_over);
}

TEST(FactoryReset, comes_of_the_button) {
  Machine machine;
  machine.start();
  Machine::put(machine.paths.data + "/lintel/events.db", "who came and went");
  machine.button = true;
  EXPECT_TRUE(machine.start().was_reset);
  EXPECT_EQ("(none)", machine.data("lintel/events.db"));
}

TEST(FactoryReset, follows_no_link_out_of_the_data) {
  Machine machine;
  machine.start();
  Machine::put(machine.root + "/outside/file", "mine");
  std::filesystem::create_directory_symlink(machine.root + "/outside",
                                            machine.paths.data + "/lintel/link");
  Machine::put(machine.paths.data + "/factory-reset", "");
  EXPECT_TRUE(machine.start().was_reset);
  EXPECT_EQ("mine", read_text(machine.root + "/outside/file"));
}

// ---- the clock, and a card that is broken

TEST(FirstBoot, begins_a_month_before_the_time_that_it_last_knew) {
  Machine machine;
  machine.start();
  Machine::put(machine.paths.data + "/lintel/events.db", "");
  const auto written = machine.utc - std::chrono::hours(1);
  const timespec times[2] = {{.tv_sec = written.time_since_epoch().count(), .tv_nsec = 0},
                             {.tv_sec = written.time_since_epoch().count(), .tv_nsec = 0}};
  ASSERT_EQ(0, ::utimensat(AT_FDCWD, (machine.paths.data + "/lintel/events.db").c_str(), times, 0));
  const auto right = machine.utc;
  machine.start();
  EXPECT_EQ(right, machine.utc) << "a clock that goes is left alone";
  machine.utc = std::chrono::sys_seconds{};
  machine.start();
  EXPECT_EQ(written - clock_behind, machine.utc);
}

TEST(FirstBoot, says_that_the_data_lies_in_memory) {
  Machine machine;
  machine.in_memory = true;
  EXPECT_THAT(machine.start().trouble, ElementsAre(HasSubstr("cannot be mounted")));
}

TEST(FirstBoot, goes_on_when_a_step_fails) {
  Machine machine;
  machine.host.set_host_name = [](const std::string&) -> Result<void> {
    return fail(Errc::io, "no name today");
  };
  EXPECT_THAT(machine.start().trouble, ElementsAre("set the host's name: no name today"));
  EXPECT_THAT(machine.data("config/tls/console.crt"), HasSubstr("BEGIN CERTIFICATE"));
}

}  // namespace
}  // namespace lintel::first_boot
