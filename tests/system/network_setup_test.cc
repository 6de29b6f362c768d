// The network's files, what is kept of a wish, and what is told of the network as it is.
#include "rootfs/system/network_setup.h"

#include <sys/stat.h>

#include "tests/system/machine.h"

namespace lintel::helper {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TheNetwork : public MadeUpMachine {
 protected:
  NetworkSetup& setup() {
    if (!setup_) setup_.emplace(paths_, machine_);
    return *setup_;
  }
  void start_again() { setup_.reset(); }
  [[nodiscard]] std::string wired() const {
    return file_text(paths_.networkd + "/60-lintel-wired.network");
  }
  [[nodiscard]] std::string wifi() const {
    return file_text(paths_.networkd + "/61-lintel-wifi.network");
  }
  static NetworkWish fixed() {
    NetworkWish wish;
    wish.address = "192.0.2.7";
    wish.prefix = 24;
    wish.gateway = "192.0.2.1";
    return wish;
  }
  static NetworkWish office() {
    NetworkWish wish;
    wish.uplink = Uplink::wifi;
    wish.ssid = "Front office";
    wish.key = "not a real key";
    return wish;
  }
  void routes(const std::string& lines) {
    put_file(paths_.proc + "/net/route",
             "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n" + lines);
  }

 private:
  std::optional<NetworkSetup> setup_;
};

TEST_F(TheNetwork, is_dhcp_by_wire_where_nothing_was_wished) {
  ASSERT_TRUE(setup().restore());
  EXPECT_THAT(wired(), HasSubstr("DHCP=ipv4\n"));
  EXPECT_THAT(wired(), HasSubstr("Type=ether\n"));
  EXPECT_THAT(wifi(), IsEmpty());
  EXPECT_EQ(1u, networkd_.reloads);
}

TEST_F(TheNetwork, has_the_address_that_was_wished_also_after_a_restart) {
  ASSERT_TRUE(setup().apply(fixed()));
  const auto written = wired();
  EXPECT_THAT(written, HasSubstr("[Match]\nName=eth0\n"));
  EXPECT_THAT(written, HasSubstr("\nAddress=192.0.2.7/24\nDNS=192.0.2.1\n"));
  EXPECT_THAT(written, HasSubstr("\n[Route]\nGateway=192.0.2.1\n"));
  EXPECT_THAT(written, Not(HasSubstr("DHCP=ipv4")));
  EXPECT_EQ(1u, networkd_.reloads);
  std::filesystem::remove_all(paths_.networkd);  // it lies in memory
  start_again();
  networkd_.there = false;  // it starts later, and reads the files then
  ASSERT_TRUE(setup().restore());
  EXPECT_EQ(written, wired());
  EXPECT_EQ(1u, networkd_.reloads);
}

TEST_F(TheNetwork, that_was_kept_and_is_damaged_is_dhcp_again) {
  ASSERT_TRUE(setup().apply(fixed()));
  for (const auto* damage :
       {"number=0\nuplink=wi", "number=0\nuplink=wired\naddress=1.2\nend=0\n", ""}) {
    std::ofstream(paths_.network() + "/wish") << damage;
    start_again();
    ASSERT_TRUE(setup().restore());
    EXPECT_THAT(wired(), HasSubstr("DHCP=ipv4\n")) << damage;
  }
}

TEST_F(TheNetwork, by_wifi_keeps_listening_to_the_wire) {
  wireless("wlan0");
  ASSERT_TRUE(setup().apply(office()));
  EXPECT_THAT(wifi(), HasSubstr("Type=wlan\n"));
  EXPECT_THAT(wifi(), HasSubstr("RouteMetric=100\n"));
  EXPECT_THAT(wired(), HasSubstr("DHCP=ipv4\n"));
  EXPECT_THAT(wired(), HasSubstr("RouteMetric=2000\n"));
  EXPECT_THAT(wifi_.joined, ElementsAre("wlan0 Front office not a real key"));
  start_again();
  ASSERT_TRUE(setup().restore());
  EXPECT_EQ(2u, wifi_.joined.size());
  wifi_.looked_after = false;  // wpa_supplicant was started anew
  setup().look_after();
  setup().look_after();
  EXPECT_EQ(3u, wifi_.joined.size());
  ASSERT_TRUE(setup().apply({}));
  EXPECT_THAT(wifi(), IsEmpty());
  EXPECT_EQ(1u, wifi_.left);
  wifi_.looked_after = false;
  setup().look_after();
  EXPECT_EQ(3u, wifi_.joined.size());
}

TEST_F(TheNetwork, keeps_its_secret_for_itself) {
  wireless("wlan0");
  ASSERT_TRUE(setup().apply(office()));
  struct stat about {};
  ASSERT_EQ(0, ::stat((paths_.network() + "/wish").c_str(), &about));
  EXPECT_EQ(0600u, about.st_mode & 07777u);
  EXPECT_THAT(wired() + wifi(), Not(HasSubstr("not a real key")));
}

TEST_F(TheNetwork, that_the_machine_cannot_have_changes_nothing) {
  ASSERT_TRUE(setup().apply(fixed()));
  const auto before = wired(), kept = file_text(paths_.network() + "/wish");
  EXPECT_FALSE(setup().apply(office())) << "there is no Wi-Fi";
  NetworkWish mobile;
  mobile.uplink = Uplink::mobile;
  EXPECT_FALSE(setup().apply(mobile));
  EXPECT_EQ(before, wired());
  EXPECT_EQ(kept, file_text(paths_.network() + "/wish"));
}

TEST_F(TheNetwork, is_told_as_it_is) {
  EXPECT_EQ("", setup().now().value("address"));
  EXPECT_EQ("wired", setup().now().value("uplink"));
  addresses_.addresses = {{"eth0", "169.254.3.4", "255.255.0.0"},
                          {"eth0", "192.0.2.7", "255.255.255.0"}};
  EXPECT_EQ("192.0.2.7", setup().now().value("address")) << "rather than a link-local one";
  EXPECT_EQ("", setup().now().value("gateway"));
  routes(
      "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
      "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n");
  EXPECT_EQ("192.0.2.1", setup().now().value("gateway"));
  EXPECT_EQ("255.255.255.0", setup().now().value("netmask"));
  wireless("wlan0");
  addresses_.addresses.push_back({"wlan0", "198.51.100.9", "255.255.255.0"});
  routes(
      "eth0\t00000000\t010200C0\t0003\t0\t0\t2000\t00000000\t0\t0\t0\n"
      "wlan0\t00000000\t016433C6\t0003\t0\t0\t100\t00000000\t0\t0\t0\n");
  EXPECT_EQ("wifi", setup().now().value("uplink")) << "the way out by the lower metric";
  EXPECT_EQ("198.51.100.9", setup().now().value("address"));
  EXPECT_EQ("198.51.100.1", setup().now().value("gateway"));
}

TEST_F(TheNetwork, of_several_wires_gives_a_fixed_address_to_one) {
  wire("eth1");
  put_file(paths_.sys + "/class/net/br0/type", "1\n");  // no device: a bridge
  ASSERT_TRUE(setup().apply(fixed()));
  EXPECT_THAT(wired(), HasSubstr("Name=eth0\n"));
}

}  // namespace
}  // namespace lintel::helper
