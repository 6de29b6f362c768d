// The helper at its work: what it does for each wish, what it does not do for a hostile one, and
// what it answers.
#include "rootfs/system/helper.h"

#include <sys/stat.h>

#include "tests/system/machine.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::int64_t in_2026 = 1'790'000'000;

class AtWork : public MadeUpMachine {
 protected:
  void SetUp() override {
    MadeUpMachine::SetUp();
    start_again();
  }
  void start_again() {
    helper_.emplace(paths_, machine_);
    helper_->start();
    helper_->turn();
  }
  void pass(Nanoseconds time) {
    const auto target = clock_.up + time;
    while (clock_.up < target) {
      clock_.up = std::clamp(helper_->deadline(), clock_.up + 1ms, target);
      helper_->turn();
    }
  }
  // As the engine does it; the next number by itself.
  void wish(const std::string& name, const std::string& lines) {
    const auto number = std::to_string(++number_);
    write(name, "number=" + number + "\n" + lines + "end=" + number + "\n");
    helper_->turn();
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(paths_.wishes + "/.engine") << text;
    std::filesystem::rename(paths_.wishes + "/.engine", paths_.wishes + "/" + name);
  }
  [[nodiscard]] std::string answer(const std::string& name) const {
    return file_text(paths_.wishes + "/" + name);
  }
  void wish_clock(const std::string& utc, const std::string& uptime) {
    wish("clock", "utc=" + utc + "\nuptime=" + uptime + "\n");
  }

  std::optional<Helper> helper_;
  unsigned number_ = 0;
};

TEST_F(AtWork, tells_what_there_is_and_what_it_can_do) {
  EXPECT_EQ(
      "number=0\nuplink=wired\naddress=\nnetmask=\ngateway=\nssid=\n"
      "can=network installer clock ntp reset\nend=0\n",
      answer("network.now"));
  struct stat about {};
  ASSERT_EQ(0, ::stat((paths_.wishes + "/network.now").c_str(), &about));
  EXPECT_EQ(0644u, about.st_mode & 07777u) << "the engine is another user";
  wireless("wlan0");
  installer_.there = false;
  addresses_.addresses = {{"eth0", "192.0.2.7", "255.255.255.0"}};
  pass(10s);
  EXPECT_THAT(answer("network.now"), HasSubstr("can=network wifi clock ntp reset\n"));
  EXPECT_THAT(answer("network.now"), HasSubstr("address=192.0.2.7\n"));
  networkd_.there = false;
  pass(10s);
  EXPECT_THAT(answer("network.now"), HasSubstr("can=wifi clock ntp reset\n"));
}

TEST_F(AtWork, sets_the_network_up_once_for_each_number) {
  wish("network",
       "uplink=wired\naddress=192.0.2.7\nnetmask=255.255.255.0\ngateway=192.0.2.1\nssid=\nkey=\n");
  EXPECT_THAT(file_text(paths_.networkd + "/60-lintel-wired.network"),
              HasSubstr("Address=192.0.2.7/24\n"));
  EXPECT_THAT(answer("network.now"), HasSubstr("number=1\n"));
  const auto reloads = networkd_.reloads;
  pass(60s);
  EXPECT_EQ(reloads, networkd_.reloads);
  wish("network", "uplink=wired\naddress=\nnetmask=\ngateway=\n");
  EXPECT_THAT(file_text(paths_.networkd + "/60-lintel-wired.network"), HasSubstr("DHCP=ipv4\n"));
  EXPECT_THAT(answer("network.now"), HasSubstr("number=2\n"));
}

TEST_F(AtWork, hostile_networks_leave_everything_as_it_was) {
  wish("network", "uplink=wired\naddress=192.0.2.7\nnetmask=255.255.255.0\ngateway=192.0.2.1\n");
  const auto before = file_text(paths_.networkd + "/60-lintel-wired.network");
  const auto now = answer("network.now");
  const auto reloads = networkd_.reloads;
  for (const auto* lines :
       {"uplink=wired\naddress=192.0.2.8;reboot\n", "uplink=tunnel\n", "", "uplink=mobile\n",
        "uplink=wired\naddress=192.0.2.8\nnetmask=255.255.0.255\n",
        "uplink=wifi\nssid=Front office\nkey=not a real key\n"}) {
    wish("network", lines);
    EXPECT_EQ(before, file_text(paths_.networkd + "/60-lintel-wired.network")) << lines;
    EXPECT_EQ(now, answer("network.now")) << lines << ": its number was not carried out";
  }
  EXPECT_EQ(reloads, networkd_.reloads);
}

TEST_F(AtWork, files_that_are_torn_or_no_files_are_passed_over) {
  const std::string whole = "number=7\nuplink=wired\naddress=192.0.2.7\nend=7\n";
  const auto before = file_text(paths_.networkd + "/60-lintel-wired.network");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write("network", whole.substr(0, size));
    helper_->turn();
    ASSERT_EQ(before, file_text(paths_.networkd + "/60-lintel-wired.network")) << size;
  }
  std::filesystem::remove(paths_.wishes + "/network");
  put_file(root_ + "/elsewhere", whole);
  std::filesystem::create_symlink(root_ + "/elsewhere", paths_.wishes + "/network");
  ASSERT_EQ(0, ::mkfifo((paths_.wishes + "/reset").c_str(), 0600));
  std::filesystem::create_directory(paths_.wishes + "/install");
  write("clock", "number=1\n" + std::string(100'000, '#') + "\nend=1\n");
  helper_->turn();
  EXPECT_EQ(before, file_text(paths_.networkd + "/60-lintel-wired.network"));
  EXPECT_EQ(0u, units_.reboots);
  EXPECT_THAT(clock_.sets, IsEmpty());
}

TEST_F(AtWork, answers_go_where_the_engine_reads_and_through_no_link) {
  put_file(root_ + "/victim", "precious");
  for (const auto* name : {"/system.now", "/.system.now.new"}) {
    std::filesystem::remove(paths_.wishes + name);
    std::filesystem::create_symlink(root_ + "/victim", paths_.wishes + name);
  }
  pass(31s);
  EXPECT_EQ("precious", file_text(root_ + "/victim"));
  EXPECT_THAT(answer("system.now"), HasSubstr("version=0.1.0\n"));
}

TEST_F(AtWork, a_folder_that_is_a_link_is_not_gone_into) {
  std::filesystem::rename(paths_.wishes, root_ + "/other");
  std::filesystem::create_directory_symlink(root_ + "/other", paths_.wishes);
  std::filesystem::remove(root_ + "/other/system.now");
  start_again();
  pass(60s);
  EXPECT_FALSE(std::filesystem::exists(root_ + "/other/system.now"));
}

TEST_F(AtWork, a_folder_that_is_made_anew_is_found_again) {
  wish("scan", "");
  std::filesystem::remove_all(paths_.wishes);
  pass(10s);
  std::filesystem::create_directory(paths_.wishes);
  number_ = 0;
  wireless("wlan0");
  pass(3s);
  EXPECT_THAT(answer("network.now"), HasSubstr("uplink=wired\n"));
  EXPECT_THAT(answer("system.now"), HasSubstr("version=0.1.0\n"));
  wish("scan", "");
  EXPECT_EQ(1u, wifi_.scans) << "its numbers begin anew";
}

TEST_F(AtWork, looks_for_wifi_and_answers_in_time) {
  wireless("wlan0");
  wish("scan", "");
  EXPECT_EQ(1u, wifi_.scans);
  pass(1s);
  EXPECT_THAT(answer("scan.done"), IsEmpty());
  wifi_.found = {{"02:00:00:00:00:01", "Front office", -47, 3},
                 {"02:00:00:00:00:02", "evil\nend=1", -100, 0},
                 {"02:00:00:00:00:03", "", -50, 0},
                 {"02:00:00:00:00:04", std::string(33, 'x'), -50, 0}};
  pass(300ms);
  EXPECT_EQ(
      "number=1\nnetwork=02:00:00:00:00:01 -47 3 Front office\n"
      "network=02:00:00:00:00:02 -100 0 evil?end=1\nend=1\n",
      answer("scan.done"));
  wish("scan", "");
  wifi_.known.assign(70, {"02:00:00:00:00:01", "Many", -60, 3});
  pass(8s);
  EXPECT_THAT(answer("scan.done"), HasSubstr("number=2\n")) << "what is known by then";
  const auto text = answer("scan.done");
  EXPECT_EQ(66, std::count(text.begin(), text.end(), '\n')) << "64 and the two numbers";
}

TEST_F(AtWork, sets_the_clock_by_as_much_as_has_passed_since) {
  clock_.up = 1'005s;
  wish_clock(std::to_string(in_2026) + ".500000000", "1000.000000000");
  ASSERT_THAT(clock_.sets, SizeIs(1));
  EXPECT_EQ(std::chrono::seconds(in_2026) + 5'500ms, clock_.sets[0]);
  pass(120s);
  start_again();
  EXPECT_THAT(clock_.sets, SizeIs(1)) << "an old wish does not turn the clock back";
}

TEST_F(AtWork, refuses_times_that_cannot_be) {
  const std::string now = "1000.000000000";
  wish_clock("1700000000.000000000", now);  // 2023
  wish_clock("4102444800.000000000", now);  // 2100
  wish_clock("0.000000000", now);
  wish_clock(std::to_string(in_2026) + ".000000000", "939.000000000");   // a minute ago
  wish_clock(std::to_string(in_2026) + ".000000000", "1001.000000000");  // to come
  wish_clock(std::to_string(in_2026), now);
  wish("clock", "utc=" + std::to_string(in_2026) + ".000000000\n");
  EXPECT_THAT(clock_.sets, IsEmpty());
  wish_clock("1704067200.000000000", now);  // 2024 begins
  wish_clock("4102444799.000000000", now);  // 2099 ends
  EXPECT_THAT(clock_.sets, SizeIs(2));
}

TEST_F(AtWork, names_the_time_servers_and_restarts_who_keeps_the_time_only_for_others) {
  wish("ntp", "server=ntp.example\nserver=192.0.2.123\n");
  const auto path = paths_.timesyncd + "/lintel.conf";
  EXPECT_THAT(file_text(path), HasSubstr("\n[Time]\nNTP=ntp.example 192.0.2.123\n"));
  EXPECT_THAT(units_.restarted, ElementsAre("systemd-timesyncd.service"));
  wish("ntp", "server=ntp.example\nserver=192.0.2.123\n");
  start_again();
  EXPECT_THAT(units_.restarted, SizeIs(1));
  wish("ntp", "server=ntp.example\nserver=bad name\n");
  EXPECT_THAT(file_text(path), HasSubstr("NTP=ntp.example 192.0.2.123\n")) << "all or none";
  wish("ntp", "");
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(units_.restarted, SizeIs(2));
  wish("ntp", "");
  EXPECT_THAT(units_.restarted, SizeIs(2));
}

TEST_F(AtWork, a_reset_is_marked_on_the_disk_before_the_machine_restarts) {
  EXPECT_FALSE(std::filesystem::exists(paths_.data + "/factory-reset"));
  units_.failing = true;
  wish("reset", "");
  EXPECT_TRUE(std::filesystem::exists(paths_.data + "/factory-reset"));
  EXPECT_EQ(1u, units_.reboots);
  units_.failing = false;
  pass(11s);
  EXPECT_EQ(2u, units_.reboots) << "until somebody listens";
}

TEST_F(AtWork, installs_answers_and_restarts_after_the_engine_has_heard) {
  put_file(paths_.firmware + "/firmware-1", "a bundle");
  wish("install", "file=" + paths_.firmware + "/firmware-1\n");
  EXPECT_THAT(installer_.installed, ElementsAre(paths_.firmware + "/firmware-1"));
  pass(31s);
  EXPECT_THAT(answer("install.done"), IsEmpty());
  EXPECT_THAT(answer("system.now"), HasSubstr("update=40 %: Copying\n"));
  installer_.end = Result<void>{};
  pass(1s);
  pass(2s);
  EXPECT_EQ("number=1\nresult=ok\nend=1\n", answer("install.done"));
  EXPECT_EQ(0u, units_.reboots);
  pass(10s);
  EXPECT_EQ(1u, units_.reboots);
}

TEST_F(AtWork, refuses_to_install_what_lies_elsewhere) {
  put_file(root_ + "/elsewhere", "a bundle");
  for (const auto& file :
       {root_ + "/elsewhere", paths_.firmware + "/../elsewhere", std::string()}) {
    wish("install", "file=" + file + "\n");
    EXPECT_THAT(answer("install.done"), HasSubstr("result=failed\n")) << file;
    EXPECT_THAT(answer("install.done"), HasSubstr("number=" + std::to_string(number_) + "\n"));
  }
  std::filesystem::create_symlink(root_ + "/elsewhere", paths_.firmware + "/firmware-9");
  wish("install", "file=" + paths_.firmware + "/firmware-9\n");
  EXPECT_THAT(answer("install.done"), HasSubstr("result=failed\n"));
  EXPECT_THAT(installer_.installed, IsEmpty());
}

TEST_F(AtWork, tells_how_the_machine_is_every_half_minute) {
  put_file(paths_.proc + "/cmdline", "quiet rauc.slot=B root=/dev/dm-0\n");
  put_file(paths_.sys + "/class/thermal/thermal_zone0/temp", "48250\n");
  pass(31s);
  EXPECT_THAT(answer("system.now"),
              HasSubstr("number=0\nslot=b\ngood=no\nversion=0.1.0\ntemperature=48.2\n"));
  EXPECT_THAT(answer("system.now"), HasSubstr("synchronised=no\n"));
  installer_.good = true;
  clock_.kept = true;
  pass(31s);
  EXPECT_THAT(answer("system.now"), HasSubstr("good=yes\n"));
  EXPECT_THAT(answer("system.now"), HasSubstr("synchronised=yes\n"));
  EXPECT_THAT(answer("system.now"), HasSubstr("storage_size="));
}

}  // namespace
}  // namespace lintel::helper
