// An engine that is somebody else's by now wishes what it likes: each value is refused or harmless.
#include "rootfs/system/wishes.h"

#include <gmock/gmock.h>

#include "rootfs/system/network_setup.h"

namespace lintel::helper {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

Result<NetworkWish> network(Lines lines) {
  return network_wish(api::WishFile{1, std::move(lines)});
}

TEST(NetworkWishes, of_dhcp_and_of_an_address_are_taken) {
  const auto dhcp =
      network({{"uplink", "wired"}, {"address", ""}, {"netmask", ""}, {"gateway", ""}});
  ASSERT_TRUE(dhcp) << dhcp.error().text;
  EXPECT_EQ(NetworkWish{}, *dhcp);
  const auto fixed = network({{"uplink", "wired"},
                              {"address", "192.0.2.7"},
                              {"netmask", "255.255.255.128"},
                              {"gateway", "192.0.2.1"}});
  ASSERT_TRUE(fixed) << fixed.error().text;
  EXPECT_EQ("192.0.2.7", fixed->address);
  EXPECT_EQ(25u, fixed->prefix);
  EXPECT_EQ("192.0.2.1", fixed->gateway);
  EXPECT_EQ(24u, network({{"uplink", "wired"}, {"address", "192.0.2.7"}})->prefix);
  EXPECT_EQ(*fixed, *network_wish(file_of(*fixed))) << "kept and read again";
}

TEST(NetworkWishes, that_no_host_can_have_are_refused) {
  const std::string mask = "255.255.255.0";
  for (const auto& [address, netmask, gateway] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"192.0.2.0", mask, ""},
           {"192.0.2.255", mask, ""},
           {"127.0.0.1", mask, ""},
           {"0.0.0.0", mask, ""},
           {"169.254.1.1", mask, ""},
           {"224.0.0.1", mask, ""},
           {"255.255.255.255", mask, ""},
           {"192.0.2.7", "255.0.255.0", ""},
           {"192.0.2.7", "0.0.0.0", ""},
           {"192.0.2.7", "255.255.255.255", ""},
           {"192.0.2.7", "24", ""},
           {"192.0.2.7", mask, "198.51.100.1"},
           {"192.0.2.7", mask, "192.0.2.7"},
           {"192.0.2.7", mask, "192.0.2.255"},
           {"192.0.2.7", mask, "192.0.2.1 Metric=1"},
           {"192.0.2.7/8", mask, ""},
           {"192.0.2.7\n[Match]", mask, ""},
           {"192.0.2.7 ", mask, ""},
           {"0xc0000207", mask, ""},
           {"2001:db8::1", mask, ""},
           {std::string("192.0.2.7\0", 10), mask, ""},
           {"$(reboot)", mask, ""}}) {
    EXPECT_FALSE(network(
        {{"uplink", "wired"}, {"address", address}, {"netmask", netmask}, {"gateway", gateway}}))
        << address << " " << netmask << " " << gateway;
  }
  for (const auto* uplink : {"", "tunnel", "wired wifi", "../wired", "Wired"})
    EXPECT_FALSE(network({{"uplink", uplink}})) << uplink;
}

TEST(NetworkWishes, of_wifi_have_a_name_and_a_key_that_wpa_allows) {
  const auto wifi = [](const std::string& ssid, const std::string& key) {
    return network({{"uplink", "wifi"}, {"ssid", ssid}, {"key", key}});
  };
  EXPECT_TRUE(wifi("Front office", "not a real key"));
  EXPECT_TRUE(wifi("Front office", ""));
  EXPECT_TRUE(wifi("Front office", std::string(64, 'a')));
  EXPECT_TRUE(wifi("\xff\xfe\"quoted\"", "it's \"quoted\""));
  EXPECT_FALSE(wifi("", "not a real key"));
  EXPECT_FALSE(wifi(std::string(33, 'x'), "not a real key"));
  EXPECT_FALSE(wifi("Front office", "short"));
  EXPECT_FALSE(wifi("Front office", std::string(64, 'x')));
  EXPECT_FALSE(wifi("Front office", std::string(65, 'a')));
  EXPECT_FALSE(wifi("Front office", "not a real k\xc3\xa9y"));
  const auto refused = wifi("Front office", "secret!");
  ASSERT_FALSE(refused);
  EXPECT_EQ(std::string::npos, refused.error().text.find("secret")) << "no secret in the log";
}

TEST(ClockWishes, are_seconds_with_nine_places) {
  const auto clock = [](const std::string& utc, const std::string& uptime) {
    return clock_wish(api::WishFile{1, {{"utc", utc}, {"uptime", uptime}}});
  };
  const auto wish = clock("1790000000.000000001", "12.5" + std::string(8, '0'));
  ASSERT_TRUE(wish) << wish.error().text;
  EXPECT_EQ(1, wish->utc.count() % 1'000'000'000);
  EXPECT_EQ(std::chrono::milliseconds(12'500), wish->uptime);
  for (const auto* bad : {"", "1790000000", "-1.000000000", "1.5", "1e9.000000000", "1.00000000x",
                          "99999999999.000000000", "+1.000000000", " 1.000000000"}) {
    EXPECT_FALSE(clock(bad, "1.000000000")) << bad;
    EXPECT_FALSE(clock("1790000000.000000000", bad)) << bad;
  }
}

TEST(TimeServerWishes, are_names_and_addresses_ten_at_most) {
  const auto servers = [](const std::vector<std::string>& names) {
    api::WishFile file{1, {}};
    for (const auto& name : names)
      file.lines.emplace_back("server", name);
    return time_servers_wish(file);
  };
  EXPECT_THAT(*servers({"ntp.example", "192.0.2.123", "2001:db8::1"}), ::testing::SizeIs(3));
  EXPECT_TRUE(servers({})->empty());
  EXPECT_TRUE(servers(std::vector<std::string>(10, "ntp.example")));
  EXPECT_FALSE(servers(std::vector<std::string>(11, "ntp.example")));
  for (const auto* bad :
       {"", "-x", ".x", "a b", "a\n[Time]", "a;b", "a%b", "a/b", "::zz", "a#b", "a\\"})
    EXPECT_FALSE(servers({bad})) << bad;
  EXPECT_FALSE(servers({std::string(254, 'a')}));
}

TEST(FirmwareWishes, stay_in_their_folder) {
  const std::string folder = "/data/lintel/update";
  const auto firmware = [&](const std::string& path) {
    return firmware_wish(api::WishFile{1, {{"file", path}}}, folder);
  };
  EXPECT_EQ(folder + "/firmware-1", *firmware(folder + "/firmware-1"));
  for (const auto& bad : std::vector<std::string>{
           "", "firmware-1", "/etc/shadow", folder, folder + "/", folder + "/.part",
           folder + "/../config/claim", folder + "/..", folder + "/a/b", folder + "/-x",
           folder + "/a b", folder + "/$(reboot)", folder + "/" + std::string(65, 'a'),
           "https://198.51.100.1" + folder + "/firmware-1", folder + "x/firmware-1"})
    EXPECT_FALSE(firmware(bad)) << bad;
}

}  // namespace
}  // namespace lintel::helper
