// The folder that the engine and the system's helper share: what is written, and what is believed.
#include "engine/daemon/system_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace lintel::daemon {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Folder : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/lintel-system-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(path));
    folder_ = path;
    open();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void open() {
    auto opened = SystemFolder::open(folder_);
    ASSERT_TRUE(opened) << opened.error().text;
    system_ = *std::move(opened);
  }
  // As the helper does it.
  void answer(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/.helper") << text;
    fs::rename(folder_ + "/.helper", folder_ + "/" + name);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ + "/" + name).rdbuf();
    return text.str();
  }
  [[nodiscard]] long lines_of(const std::string& name) const {
    const auto text = read(name);
    return std::count(text.begin(), text.end(), '\n');
  }

  std::string folder_;
  std::unique_ptr<SystemFolder> system_;
};

const std::string network_now =
    "number=0\nuplink=wired\naddress=192.0.2.7\nnetmask=255.255.255.0\ngateway=192.0.2.1\nssid=\n"
    "can=network wifi installer\nend=0\n";

TEST_F(Folder, without_a_helper_can_do_nothing) {
  EXPECT_FALSE(system_->network());
  EXPECT_FALSE(system_->has_network());
  EXPECT_FALSE(system_->has_wifi());
  EXPECT_FALSE(system_->has_mobile());
  EXPECT_FALSE(system_->has_installer());
}

TEST_F(Folder, tells_how_the_network_is_and_what_there_is) {
  answer("network.now", network_now);
  const auto now = system_->network();
  ASSERT_TRUE(now);
  EXPECT_EQ("192.0.2.7", now->address);
  EXPECT_EQ("255.255.255.0", now->netmask);
  EXPECT_EQ("192.0.2.1", now->gateway);
  EXPECT_EQ(NetworkWish::Uplink::wired, now->uplink);
  EXPECT_TRUE(system_->has_network());
  EXPECT_TRUE(system_->has_wifi());
  EXPECT_FALSE(system_->has_mobile());
  EXPECT_TRUE(system_->has_installer());
}

TEST_F(Folder, carries_wishes_whole_and_for_nobody_elses_eyes) {
  NetworkWish wish;
  wish.address = "192.0.2.9";
  wish.uplink = NetworkWish::Uplink::wifi;
  wish.wifi_name = "Front office";
  wish.wifi_key = "not a real key";
  ASSERT_TRUE(system_->set_network(wish));
  EXPECT_EQ(
      "number=1\nuplink=wifi\naddress=192.0.2.9\nnetmask=\ngateway=\nssid=Front office\n"
      "key=not a real key\nend=1\n",
      read("network"));
  struct stat about {};
  ASSERT_EQ(0, ::stat((folder_ + "/network").c_str(), &about));
  EXPECT_EQ(0600u, about.st_mode & 0777u);
  EXPECT_FALSE(fs::exists(folder_ + "/.network.new"));
  wish.wifi_key = "two\nend=1";
  EXPECT_FALSE(system_->set_network(wish)) << "a value must not become a line";
  EXPECT_THAT(read("network"), ::testing::HasSubstr("not a real key"));
}

TEST_F(Folder, numbers_wishes_on_over_restarts) {
  ASSERT_TRUE(system_->scan());
  answer("scan.done", "number=40\nend=40\n");
  open();
  ASSERT_TRUE(system_->set_network({}));
  EXPECT_EQ(0u, read("network").find("number=41\n"));
}

TEST_F(Folder, takes_the_answer_to_this_scan_and_no_other) {
  answer("scan.done", "number=1\nnetwork=02:00:00:00:00:09 -50 3 Old\nend=1\n");
  open();
  EXPECT_FALSE(system_->scanned());
  ASSERT_TRUE(system_->scan());
  EXPECT_EQ("number=2\nend=2\n", read("scan"));
  EXPECT_FALSE(system_->scanned());
  answer("scan.done",
         "number=2\nnetwork=02:00:00:00:00:01 -47 3 Front office\n"
         "network=02:00:00:00:00:02 -80 0 \nnetwork=what is this\nend=2\n");
  const auto found = system_->scanned();
  ASSERT_TRUE(found);
  ASSERT_THAT(*found, SizeIs(2)) << "what makes no sense is left out";
  EXPECT_EQ("Front office", (*found)[0].ssid);
  EXPECT_EQ("-47", (*found)[0].rssi);
  EXPECT_EQ("3", (*found)[0].ecn);
  EXPECT_EQ("02:00:00:00:00:01", (*found)[0].mac);
  EXPECT_EQ("", (*found)[1].ssid) << "a hidden network";
  EXPECT_FALSE(system_->scanned()) << "once";
}

TEST_F(Folder, hears_how_the_installer_ended) {
  const std::pair<const char*, int> words[] = {
      {"ok", 0},      {"no_platform", -21},   {"wrong_platform", -22},
      {"older", -23}, {"bad_signature", -24}, {"failed", -720},
      {"", -720},     {"ok and more", -720}};
  int number = 0;
  for (const auto& [word, code] : words) {
    ASSERT_TRUE(system_->install("/tmp/firmware-" + std::to_string(++number)));
    EXPECT_FALSE(system_->installed());
    const auto text = std::to_string(number);
    answer("install.done", "number=" + text + "\nresult=" + word + "\nend=" + text + "\n");
    EXPECT_EQ(code, system_->installed()) << word;
    EXPECT_FALSE(system_->installed()) << "once";
  }
}

TEST_F(Folder, does_not_install_a_file_twice) {
  ASSERT_TRUE(system_->install("/tmp/firmware-1"));
  answer("install.done", "number=1\nresult=older\nend=1\n");
  open();
  EXPECT_FALSE(system_->installed()) << "nobody has asked";
  ASSERT_TRUE(system_->install("/tmp/firmware-1"));
  EXPECT_EQ("number=1\nfile=/tmp/firmware-1\nend=1\n", read("install"));
  EXPECT_EQ(-23, system_->installed());
  ASSERT_TRUE(system_->install("/tmp/firmware-2"));
  EXPECT_EQ(0u, read("install").find("number=2\n"));
  EXPECT_FALSE(system_->installed());
}

TEST_F(Folder, carries_the_time_its_keepers_and_a_reset) {
  answer("network.now", "number=0\nuplink=wired\ncan=clock ntp reset\nend=0\n");
  ASSERT_TRUE(system_->network());
  EXPECT_TRUE(system_->has_clock());
  EXPECT_TRUE(system_->has_time_servers());
  EXPECT_TRUE(system_->has_reset());
  EXPECT_FALSE(system_->has_network());
  using namespace std::chrono_literals;
  ASSERT_TRUE(
      system_->set_clock(std::chrono::sys_seconds(1'790'000'000s), Uptime(12'034'567'891ns)));
  EXPECT_EQ("number=1\nutc=1790000000.000000000\nuptime=12.034567891\nend=1\n", read("clock"));
  EXPECT_FALSE(system_->set_clock(std::chrono::sys_seconds(-1s), Uptime{}));
  ASSERT_TRUE(system_->set_time_servers({"ntp.example", "192.0.2.123"}));
  EXPECT_EQ("number=2\nserver=ntp.example\nserver=192.0.2.123\nend=2\n", read("ntp"));
  ASSERT_TRUE(system_->set_time_servers(std::vector<std::string>(11, "ntp.example")));
  EXPECT_EQ(10, lines_of("ntp") - 2) << "the first ten count";
  EXPECT_FALSE(system_->set_time_servers({"ntp.example\nend=3"})) << "no line can be smuggled in";
  ASSERT_TRUE(system_->set_time_servers({}));
  EXPECT_EQ("number=4\nend=4\n", read("ntp"));
  ASSERT_TRUE(system_->factory_reset());
  EXPECT_EQ("number=5\nend=5\n", read("reset"));
  open();
  ASSERT_TRUE(system_->scan());
  EXPECT_EQ("number=6\nend=6\n", read("scan")) << "no number is used again";
}

TEST_F(Folder, tells_how_the_machine_is) {
  EXPECT_FALSE(system_->state());
  answer(
      "system.now",
      "number=0\nslot=b\ngood=no\nversion=0.2.0\ntemperature=-3.5\nstorage_used=1000\n"
      "storage_size=4000\nstorage_life=30\nupdate=\ntrouble=worn out\nsynchronised=yes\nend=0\n");
  const auto state = system_->state();
  ASSERT_TRUE(state);
  EXPECT_EQ((SystemNow{.slot = "b",
                       .version = "0.2.0",
                       .update = "",
                       .trouble = "worn out",
                       .good = false,
                       .synchronised = true,
                       .temperature = -35,
                       .storage_used = 1000,
                       .storage_size = 4000,
                       .storage_life = 30}),
            *state);
  for (const auto* bad : {"slot=c", "slot=ab", "good=perhaps", "temperature=warm",
                          "temperature=1e9", "temperature=--1", "storage_used=-1",
                          "storage_used=", "storage_life=1001", "synchronised=1"}) {
    answer("system.now", "number=0\n" + std::string(bad) + "\nend=0\n");
    EXPECT_EQ(state, system_->state()) << bad << ": the last good one counts";
  }
  answer("system.now", "number=0\nslot=a\nend=0\n");
  SystemNow little;
  little.slot = "a";
  EXPECT_EQ(little, system_->state()) << "what is absent is not known";
}

TEST_F(Folder, refuses_what_is_torn_or_hostile_and_keeps_what_it_knew) {
  answer("network.now", network_now);
  ASSERT_TRUE(system_->network());
  const auto good = *system_->network();
  std::vector<std::string> bad = {
      "",
      "number=0\n",
      "uplink=wired\nend=0\n",
      "number=1\nuplink=wired\nend=2\n",
      "number=0\nend=0\nuplink=wifi\n",
      "number=0\nnumber=0\nuplink=wired\nend=0\n",
      "number=-1\nuplink=wired\nend=-1\n",
      "number=99999999999999999999\nuplink=wired\nend=99999999999999999999\n",
      "number=0\nuplink=tunnel\nend=0\n",
      "number=0\nuplink=wired\naddress=192.0.2.7; reboot\nend=0\n",
      "number=0\nuplink=wired\naddress=300.0.2.7\nend=0\n",
      "number=0\nuplink=wired\nssid=" + std::string(33, 'x') + "\nend=0\n",
      "number=0\nuplink=wired\nno line\nend=0\n",
      std::string("number=0\nuplink=wired\nssid=\0\nend=0\n", 35),
      "number=0\n" + std::string(100'000, '#') + "\nend=0\n"};
  // Torn at every byte, too.
  for (std::size_t size = 0; size < network_now.size(); ++size)
    bad.push_back(network_now.substr(0, size));
  for (const auto& text : bad) {
    answer("network.now", text);
    EXPECT_EQ(good, system_->network()) << text.substr(0, 100);
    EXPECT_TRUE(system_->has_network());
  }
}

TEST_F(Folder, reads_plain_files_only) {
  std::ofstream(folder_ + "/elsewhere") << network_now;
  fs::create_symlink(folder_ + "/elsewhere", folder_ + "/network.now");
  EXPECT_FALSE(system_->network()) << "a link may lead anywhere";
  fs::remove(folder_ + "/network.now");
  ASSERT_EQ(0, ::mkfifo((folder_ + "/network.now").c_str(), 0600));
  EXPECT_FALSE(system_->network()) << "nobody waits at a pipe";
  fs::remove(folder_ + "/network.now");
  fs::create_directory(folder_ + "/network.now");
  EXPECT_FALSE(system_->network());
}

TEST_F(Folder, overwrites_no_link) {
  std::ofstream(folder_ + "/victim") << "precious";
  fs::create_symlink(folder_ + "/victim", folder_ + "/.scan.new");
  fs::create_symlink(folder_ + "/victim", folder_ + "/scan");
  ASSERT_TRUE(system_->scan());
  EXPECT_EQ("precious", read("victim"));
  EXPECT_EQ("number=1\nend=1\n", read("scan"));
}

TEST_F(Folder, says_so_when_it_is_gone) {
  fs::remove_all(folder_);
  EXPECT_FALSE(system_->scan());
  EXPECT_FALSE(system_->set_network({}));
  EXPECT_FALSE(system_->install("/tmp/firmware-1"));
  EXPECT_FALSE(system_->network());
}

TEST_F(Folder, may_be_made_at_the_start) {
  EXPECT_TRUE(SystemFolder::open(folder_ + "/made/for/it"));
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_FALSE(SystemFolder::open(folder_ + "/file/below"));
}

}  // namespace
}  // namespace lintel::daemon
