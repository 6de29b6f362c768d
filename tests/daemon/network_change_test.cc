// Network parameters from the server, in the whole engine: a mistyped address must not strand a
// controller, whatever is switched off meanwhile.
#include <gmock/gmock.h>

#include "tests/daemon/errands_fixture.h"
#include "tests/storage/crash_vfs.h"

namespace lintel::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Uplink = daemon::NetworkWish::Uplink;

class NetworkChange : public Errands {
 protected:
  void SetUp() override {
    Errands::SetUp();
    box().system.can_everything();
    report(false);
    report(true);
    wishes().clear();
  }
  std::vector<daemon::NetworkWish>& wishes() { return box().system.wishes; }
  pb::Reply set_address(const std::string& id, const std::string& address) {
    return set_options(
        id, {{"IPAddress", address}, {"NetMask", "255.255.255.0"}, {"GATEIPAddress", "192.0.2.1"}});
  }
};

TEST_F(NetworkChange, reaches_the_system_after_the_server_has_the_result) {
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  box().pass(1s);
  EXPECT_THAT(wishes(), IsEmpty());
  deliver("1");
  box().settle();
  ASSERT_THAT(wishes(), SizeIs(1));
  EXPECT_EQ("192.0.2.7", wishes()[0].address);
  EXPECT_EQ("255.255.255.0", wishes()[0].netmask);
  EXPECT_EQ("192.0.2.1", wishes()[0].gateway);
  EXPECT_EQ(Uplink::wired, wishes()[0].uplink);
  report(false);
  box().pass(20s);
  report(true);
  box().pass(300s);
  EXPECT_THAT(wishes(), SizeIs(1)) << "contact: it stays";
  EXPECT_EQ("192.0.2.7", option("IPAddress"));
  EXPECT_THAT(box().status().trouble(), IsEmpty());
  start_again();
  box().pass(300s);
  EXPECT_THAT(wishes(), SizeIs(1)) << "and it is not on trial any more";
}

TEST_F(NetworkChange, is_taken_back_when_nobody_is_reached) {
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  deliver("1");
  report(false);
  box().pass(119s);
  EXPECT_THAT(wishes(), SizeIs(1));
  const auto link = box().link(pb::ROLE_PUSH);
  pb::Request subscribe;
  subscribe.mutable_subscribe()->set_options(true);
  subscribe.mutable_subscribe()->set_errands(true);
  ASSERT_TRUE(link->call(subscribe, 1s));
  box().settle();
  ASSERT_TRUE(link->next_notice(0ms));
  box().pass(2s);
  ASSERT_THAT(wishes(), SizeIs(2));
  EXPECT_EQ(daemon::NetworkWish{}, wishes()[1]);
  EXPECT_EQ("", option("IPAddress"));
  EXPECT_EQ("", option("NetMask"));
  EXPECT_EQ("", option("GATEIPAddress"));
  EXPECT_THAT(box().status().trouble(), HasSubstr("were taken back"));
  const auto notice = link->next_notice(0ms);
  ASSERT_TRUE(notice && *notice);
  EXPECT_TRUE((*notice)->options());
  EXPECT_TRUE((*notice)->network());
  box().pass(600s);
  EXPECT_THAT(wishes(), SizeIs(2));
}

TEST_F(NetworkChange, of_the_server_goes_on_trial_where_there_is_no_system) {
  box().system = FakeSystem();
  box().pass(5s);
  EXPECT_EQ(0, set_options("1", {{"WebServerIP", "192.0.2.99"}, {"WebServerPort", "8089"}}).code());
  deliver("1");
  report(false);
  box().pass(60s);
  EXPECT_EQ("192.0.2.99", option("WebServerIP"));
  box().pass(61s);
  EXPECT_EQ("", option("WebServerIP"));
  EXPECT_EQ("", option("WebServerPort"));
  EXPECT_THAT(wishes(), IsEmpty());

  EXPECT_EQ(0, set_options("2", {{"WebServerIP", "192.0.2.98"}}).code());
  deliver("2");
  report(false, "http://192.0.2.98");
  report(true, "http://192.0.2.98");
  box().pass(300s);
  EXPECT_EQ("192.0.2.98", option("WebServerIP"));
  EXPECT_THAT(box().status().trouble(), IsEmpty());
}

TEST_F(NetworkChange, is_refused_where_there_is_no_system_all_or_none) {
  box().system = FakeSystem();
  box().pass(5s);
  const auto reply = set_options("1", {{"WebServerIP", "192.0.2.99"}, {"IPAddress", "192.0.2.7"}});
  EXPECT_EQ(-612, reply.code());
  EXPECT_THAT(reply.error(), HasSubstr("IPAddress"));
  EXPECT_EQ("", option("WebServerIP"));
  EXPECT_EQ(-612, set_options("2", {{"TempWirelessSSID", "Hall"}}).code());
  EXPECT_EQ(0, set_options("3", {{"IPAddress", ""}}).code()) << "that changes nothing";
  EXPECT_EQ(-612, box().update("DevParameters", {"ID=0\tName=NetMask\tValue=255.0.0.0"}).code());
  box().pass(300s);
  EXPECT_THAT(wishes(), IsEmpty());
}

TEST_F(NetworkChange, is_kept_without_a_trial_where_no_server_is_named) {
  report(false, "");
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  box().pass(11s);
  ASSERT_THAT(wishes(), SizeIs(1));
  box().pass(300s);
  EXPECT_THAT(wishes(), SizeIs(1));
  EXPECT_EQ("192.0.2.7", option("IPAddress"));
}

TEST_F(NetworkChange, joined_by_a_second_one_returns_to_before_the_first) {
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  deliver("1");
  report(false);
  box().pass(100s);
  EXPECT_EQ(0, set_options("2", {{"IPAddress", "192.0.2.8"}}).code());
  box().pass(100s);
  ASSERT_THAT(wishes(), SizeIs(2));
  EXPECT_EQ("192.0.2.8", wishes()[1].address);
  box().pass(31s);
  ASSERT_THAT(wishes(), SizeIs(3));
  EXPECT_EQ(daemon::NetworkWish{}, wishes()[2]);
  EXPECT_EQ("", option("IPAddress"));
}

TEST_F(NetworkChange, by_a_row_of_device_parameters_is_taken_back_there_too) {
  EXPECT_EQ(0, box().update("DevParameters", {"ID=1\tName=IPAddress\tValue=192.0.2.7"}).code());
  report(false);
  box().pass(131s);
  ASSERT_THAT(wishes(), SizeIs(2));
  pb::Request request;
  request.mutable_query()->set_table("DevParameters");
  request.mutable_query()->add_field("Value");
  request.mutable_query()->set_rows_max(10);
  request.mutable_query()->set_bytes_max(1'000);
  const auto page = box().ask(request).page();
  ASSERT_EQ(1, page.value_size());
  EXPECT_EQ("", page.value(0));
}

// Stored, told, noted: wherever the engine dies, the trial ends in contact or with the old address.
TEST_F(NetworkChange, survives_a_power_cut_at_each_step) {
  for (const auto cut_after : {0s, 5s, 10s, 11s, 60s, 129s}) {
    SCOPED_TRACE(cut_after.count());
    for (const bool reached : {false, true}) {
      wishes().clear();
      EXPECT_EQ(0, set_address("c" + std::to_string(cut_after.count()) + (reached ? "r" : "n"),
                               "192.0.2.7")
                       .code());
      box().pass(cut_after);
      start_again();
      report(false);
      box().pass(30s);
      ASSERT_FALSE(wishes().empty());
      EXPECT_EQ("192.0.2.7", wishes().back().address);
      if (reached) report(true);
      box().pass(100s);
      EXPECT_EQ(reached ? "192.0.2.7" : "", option("IPAddress"));
      EXPECT_EQ(reached ? "192.0.2.7" : "", wishes().back().address);
      if (!reached) continue;
      set_address("back" + std::to_string(cut_after.count()), "");  // for the next round
      set_options("mask" + std::to_string(cut_after.count()),
                  {{"NetMask", ""}, {"GATEIPAddress", ""}});
      report(false);
      box().pass(11s);
      report(true);
      ASSERT_EQ("", option("NetMask"));
    }
  }
}

// The system has the old address again, and the disk does not know it yet. Push was not even
// disturbed: its link is one over the old address.
TEST_F(NetworkChange, survives_a_power_cut_while_it_is_taken_back) {
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  deliver("1");
  box().settle();
  report(false);
  box().pass(119s);
  box().clock.advance(1s);
  box().engine().turn();  // what it wants of the disk is not done yet
  ASSERT_THAT(wishes(), SizeIs(1));
  start_again();
  report(true);
  ASSERT_THAT(wishes(), SizeIs(2));
  EXPECT_EQ("192.0.2.7", wishes().back().address) << "on trial once more";
  box().pass(121s);
  EXPECT_EQ("", option("IPAddress"));
  EXPECT_EQ("", wishes().back().address);
}

class NetworkChangeOnAFailingDisk : public NetworkChange {
 protected:
  NetworkChangeOnAFailingDisk() { vfs_ = disk_.name(); }

  // The system has what was before, the disk does not.
  void taken_back_half() {
    EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
    deliver("1");
    box().settle();
    report(false);
    box().pass(119s);
    disk_.fail(tests::CrashVfs::Fault::change_fails, 0, true);
    box().pass(2s);
    ASSERT_THAT(wishes(), SizeIs(2));
    EXPECT_EQ("", wishes().back().address);
    EXPECT_EQ("192.0.2.7", option("IPAddress"));
  }
  tests::CrashVfs disk_;
};

TEST_F(NetworkChangeOnAFailingDisk, is_taken_back_there_too_when_it_works_again) {
  taken_back_half();
  disk_.heal();
  box().pass(11s);
  EXPECT_EQ("", option("IPAddress"));
  EXPECT_THAT(wishes(), SizeIs(2));
}

TEST_F(NetworkChangeOnAFailingDisk, is_on_trial_once_more_after_a_power_cut) {
  taken_back_half();
  disk_.heal();
  start_again();
  report(true);
  ASSERT_THAT(wishes(), SizeIs(3));
  EXPECT_EQ("192.0.2.7", wishes().back().address);
  box().pass(121s);
  EXPECT_EQ("", option("IPAddress"));
  EXPECT_EQ("", wishes().back().address);
}

// Whoever subscribes is told to begin anew: it may hold on to a way from before.
TEST_F(NetworkChange, asks_push_for_a_new_connection_after_a_restart) {
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  start_again();
  const auto link = box().link(pb::ROLE_PUSH);
  pb::Request subscribe;
  subscribe.mutable_subscribe()->set_errands(true);
  ASSERT_TRUE(link->call(subscribe, 1s));
  box().settle();
  const auto notice = link->next_notice(0ms);
  ASSERT_TRUE(notice && *notice);
  EXPECT_TRUE((*notice)->network());
}

TEST_F(NetworkChange, to_another_uplink_needs_one) {
  box().system = FakeSystem();
  box().system.can_network = true;
  box().pass(5s);
  for (const std::uint32_t way : {1u, 2u}) {
    const auto reply = control(std::to_string(way), pb::Control::SWITCH_NETWORK, way, false);
    EXPECT_EQ(-708, reply.code()) << way;
    EXPECT_THAT(reply.error(), HasSubstr("network that it could switch to"));
  }
  EXPECT_EQ(0, control("3", pb::Control::SWITCH_NETWORK, 3, false).code());
  EXPECT_EQ(-11, control("5", pb::Control::SWITCH_NETWORK, 5, false).code());
  EXPECT_EQ(-11, control("0", pb::Control::SWITCH_NETWORK, 0, false).code());
  box().pass(20s);
  EXPECT_THAT(wishes(), IsEmpty()) << "wired it was before";
}

TEST_F(NetworkChange, to_wifi_carries_its_name_and_key_and_is_taken_back) {
  EXPECT_EQ(-12, control("0", pb::Control::SWITCH_NETWORK, 2, false).code());
  EXPECT_EQ(0, set_options("1", {{"TempWirelessSSID", "Front office"},
                                 {"TempWirelessKey", "not a real key"}})
                   .code());
  box().pass(200s);
  EXPECT_THAT(wishes(), IsEmpty()) << "nobody uses it yet";
  EXPECT_EQ(0, control("2", pb::Control::SWITCH_NETWORK, 2, false).code());
  deliver("2");
  box().settle();
  ASSERT_THAT(wishes(), SizeIs(1));
  EXPECT_EQ(Uplink::wifi, wishes()[0].uplink);
  EXPECT_EQ("Front office", wishes()[0].wifi_name);
  EXPECT_EQ("not a real key", wishes()[0].wifi_key);
  report(false);
  box().pass(121s);
  ASSERT_THAT(wishes(), SizeIs(2));
  EXPECT_EQ(Uplink::wired, wishes()[1].uplink);
  EXPECT_EQ("", wishes()[1].wifi_key);
  EXPECT_EQ("Front office", option("TempWirelessSSID"));
}

TEST_F(NetworkChange, says_what_the_system_has_now) {
  EXPECT_EQ("", option("IPAddress"));
  box().system.now = daemon::NetworkWish{.address = "192.0.2.44",
                                         .netmask = "255.255.0.0",
                                         .gateway = "192.0.2.1",
                                         .wifi_name = {},
                                         .wifi_key = {}};
  box().pass(3s);
  EXPECT_EQ("192.0.2.44", option("IPAddress"));
  EXPECT_EQ("255.255.0.0", option("NetMask"));
  EXPECT_EQ("192.0.2.1", option("GATEIPAddress"));
}

TEST_F(NetworkChange, says_so_when_the_system_cannot_be_told) {
  box().system.failing = "the folder is gone";
  EXPECT_EQ(0, set_address("1", "192.0.2.7").code());
  deliver("1");
  box().settle();
  EXPECT_THAT(box().status().trouble(), HasSubstr("the folder is gone"));
  report(false);
  box().pass(121s);
  EXPECT_EQ("", option("IPAddress"));
}

// ---- scans

class Scan : public Errands {
 protected:
  static pb::Request scan() {
    pb::Request request;
    request.mutable_scan_networks();
    return request;
  }
};

TEST_F(Scan, needs_wifi) {
  EXPECT_EQ(-708, box().ask(scan()).code());
  EXPECT_EQ(0u, box().system.scans);
}

TEST_F(Scan, is_shared_by_those_who_ask) {
  box().system.can_wifi = true;
  const auto first = box().send(scan()), second = box().send(scan());
  box().pass(1s);
  EXPECT_EQ(1u, box().system.scans);
  EXPECT_FALSE(box().answer(first));
  box().system.found = {{{"3", "Front office", "-47", "02:00:00:00:00:01"}}};
  box().pass(1s);
  for (const auto asker : {first, second}) {
    const auto reply = box().answer(asker);
    ASSERT_TRUE(reply);
    EXPECT_EQ(0, reply->code());
    EXPECT_EQ(1u, reply->page().rows());
    EXPECT_THAT(reply->page().field(), ElementsAre("ecn", "ssid", "rssi", "mac"));
    EXPECT_THAT(reply->page().value(),
                ElementsAre("3", "Front office", "-47", "02:00:00:00:00:01"));
  }
  box().send(scan());
  EXPECT_EQ(2u, box().system.scans) << "everybody was answered: this is another one";
}

TEST_F(Scan, that_does_not_end_is_an_error_after_8_s) {
  box().system.can_wifi = true;
  const auto asker = box().send(scan());
  box().pass(7s);
  EXPECT_FALSE(box().answer(asker));
  box().pass(1s);
  const auto reply = box().answer(asker);
  ASSERT_TRUE(reply);
  EXPECT_EQ(-12, reply->code());
  box().system.failing = "the radio is off";
  const auto refused = box().answer(box().send(scan()));
  ASSERT_TRUE(refused);
  EXPECT_EQ(-12, refused->code());
  EXPECT_THAT(refused->error(), HasSubstr("the radio is off"));
}

}  // namespace
}  // namespace lintel::test
