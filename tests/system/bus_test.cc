// What goes over the bus, in the form that the services understand: each is made up at the other
// end of a socket pair, on a thread.
#include "rootfs/system/bus.h"

#include <gmock/gmock.h>

#include "tests/system/service.h"

namespace lintel::helper {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// "org.freedesktop.DBus.Properties.Get" of this property: its name.
std::string property_of(sd_bus_message* message) {
  const char *interface = nullptr, *name = nullptr;
  if (member_of(message) != "org.freedesktop.DBus.Properties.Get") return {};
  if (sd_bus_message_read(message, "ss", &interface, &name) <= 0) return {};
  return name;
}

// The text of two strings that a call has.
std::string two_texts(sd_bus_message* message) {
  const char *one = nullptr, *other = nullptr;
  return sd_bus_message_read(message, "ss", &one, &other) > 0 ? std::string(one) + " " + other : "";
}

template <class Ready>
bool soon(const Bus& bus, Ready ready) {
  for (int tries = 0; tries < 500; ++tries) {
    bus.process();
    if (ready()) return true;
    sd_bus_wait(bus.get(), 10'000);
  }
  return false;
}

TEST(OnTheBus, units_are_restarted_and_the_machine_too) {
  std::vector<std::string> calls;
  Service service([&](sd_bus_message* message) {
    calls.push_back(member_of(message) + " " + two_texts(message));
    return sd_bus_reply_method_return(message, "o", "/org/freedesktop/systemd1/job/1");
  });
  auto bus = Bus::over(service.client());
  ASSERT_TRUE(bus);
  BusUnits units(*bus);
  EXPECT_TRUE(units.restart("systemd-timesyncd.service"));
  EXPECT_TRUE(units.reboot());
  EXPECT_THAT(calls,
              ElementsAre("org.freedesktop.systemd1.Manager.RestartUnit systemd-timesyncd.service "
                          "replace",
                          "org.freedesktop.systemd1.Manager.StartUnit reboot.target "
                          "replace-irreversibly"));
}

TEST(OnTheBus, networkd_reads_its_files_again) {
  std::vector<std::string> calls;
  Service service([&](sd_bus_message* message) {
    calls.push_back(member_of(message));
    return calls.size() == 1
               ? sd_bus_reply_method_return(message, nullptr)
               : sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "no");
  });
  auto bus = Bus::over(service.client());
  BusNetworkd networkd(*bus);
  EXPECT_TRUE(networkd.reload());
  EXPECT_THAT(calls, ElementsAre("org.freedesktop.network1.Manager.Reload"));
  const auto refused = networkd.reload();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("Reload: no"));
}

// RAUC as its own description of the interface has it.
class Rauc : public ::testing::Test {
 protected:
  int answer(sd_bus_message* message) {
    const auto member = member_of(message);
    const auto property = property_of(message);
    if (property == "Compatible")
      return sd_bus_reply_method_return(message, "v", "s", "lintel-amd64");
    if (property == "Operation") return sd_bus_reply_method_return(message, "v", "s", "installing");
    if (property == "LastError")
      return sd_bus_reply_method_return(message, "v", "s", "no space left");
    if (property == "Progress")
      return sd_bus_reply_method_return(message, "v", "(isi)", 40, "Copying image", 3);
    if (member.ends_with(".InspectBundle")) {
      if (!inspect_error.empty())
        return sd_bus_reply_method_errorf(
            message, "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code30", "%s",
            inspect_error.c_str());
      return reply_with_info(message);
    }
    if (member.ends_with(".InstallBundle")) {
      // 1.13 knows few arguments, and refuses what it does not know.
      const char* file = nullptr;
      EXPECT_LT(0, sd_bus_message_read(message, "sa{sv}", &file, 0));
      installed = file;
      return sd_bus_reply_method_return(message, nullptr);
    }
    if (member.ends_with(".Mark")) {
      marked = two_texts(message);
      return sd_bus_reply_method_return(message, "ss", "rootfs.1", "marked slot rootfs.1 as good");
    }
    if (member.ends_with(".GetSlotStatus")) {
      return sd_bus_reply_method_return(
          message, "a(sa{sv})", 4, "boot.1", 2, "state", "s", "active", "class", "s", "boot",
          "boot.0", 3, "state", "s", "inactive", "class", "s", "boot", "bundle.version", "s", "7",
          "rootfs.0", 4, "class", "s", "rootfs", "state", "s", "inactive", "boot-status", "s",
          "good", "bundle.version", "s", "0.2.0", "rootfs.1", 4, "class", "s", "rootfs", "state",
          "s", "booted", "boot-status", "s", boot_status.c_str(), "size", "t", std::uint64_t{5});
    }
    return 0;
  }
  [[nodiscard]] int reply_with_info(sd_bus_message* message) const {
    sd_bus_message* made = nullptr;
    EXPECT_LE(0, sd_bus_message_new_method_return(message, &made));
    const BusMessage reply(made);
    EXPECT_LE(0, sd_bus_message_open_container(made, 'a', "{sv}"));
    EXPECT_LE(0, sd_bus_message_append(made, "{sv}", "manifest-hash", "s", "abc123"));
    EXPECT_LE(0, sd_bus_message_append(made, "{sv}", "update", "v", "a{sv}", 3, "build", "s", "7",
                                       "compatible", "s", "lintel-amd64", "version", "s", "0.2.0"));
    EXPECT_LE(0, sd_bus_message_append(made, "{sv}", "bundle", "v", "a{sv}", 1, "verity-size", "t",
                                       std::uint64_t{4'096}));
    EXPECT_LE(0, sd_bus_message_append(made, "{sv}", "images", "v", "aa{sv}", 1, 1, "filename", "s",
                                       "root.img"));
    EXPECT_LE(0, sd_bus_message_append(made, "{sv}", "meta", "v", "a{sa{ss}}", 2, "other", 1,
                                       "allow-older", allow_of_another.c_str(), "lintel", 2, "note",
                                       "x", "allow-older", allow.c_str()));
    EXPECT_LE(0, sd_bus_message_close_container(made));
    return sd_bus_send(nullptr, made, nullptr) < 0 ? -1 : 1;
  }

  std::string inspect_error, installed, marked, boot_status = "bad", allow = "false",
                                                allow_of_another = "true";
  Service service_{[this](sd_bus_message* message) { return answer(message); }};
  Result<Bus> bus_ = Bus::over(service_.client());
  BusInstaller installer_{*bus_};
};

TEST_F(Rauc, looks_at_a_bundle) {
  EXPECT_EQ("lintel-amd64", *installer_.compatible());
  const auto bundle = installer_.inspect("/data/lintel/update/firmware-1");
  ASSERT_TRUE(bundle) << bundle.error().text;
  EXPECT_EQ("lintel-amd64", bundle->compatible);
  EXPECT_EQ("0.2.0", bundle->version);
  EXPECT_FALSE(bundle->allow_older) << "another's section does not count";
  allow = "true";
  allow_of_another = "false";
  EXPECT_TRUE(installer_.inspect("/data/lintel/update/firmware-1")->allow_older);
}

TEST_F(Rauc, refuses_a_bundle_or_is_busy) {
  inspect_error =
      "signature verification failed: Verify error:unable to get local issuer certificate";
  EXPECT_EQ(Errc::refused, installer_.inspect("/x").error().code);
  inspect_error = "already processing a different method";
  EXPECT_EQ(Errc::busy, installer_.inspect("/x").error().code);
}

TEST_F(Rauc, installs_what_was_looked_at_and_says_how_it_ended) {
  ASSERT_TRUE(installer_.install("/data/lintel/update/firmware-1"));
  EXPECT_EQ("/data/lintel/update/firmware-1", installed);
  EXPECT_TRUE(*installer_.installing());
  EXPECT_EQ("40 %: Copying image", installer_.progress());
  EXPECT_FALSE(installer_.ended());
  const auto complete = [&](int result) {
    service_.emit([result](sd_bus* bus) {
      sd_bus_emit_signal(bus, "/", "de.pengutronix.rauc.Installer", "Completed", "i", result);
    });
    std::optional<Result<void>> ended;
    EXPECT_TRUE(soon(*bus_, [&] { return (ended = installer_.ended()).has_value(); }));
    return ended.value_or(fail(Errc::timeout, "it has not ended"));
  };
  EXPECT_TRUE(complete(0));
  const auto failed = complete(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ("no space left", failed.error().text);
  EXPECT_FALSE(installer_.ended()) << "once";
}

TEST_F(Rauc, knows_and_marks_the_slot_that_runs) {
  EXPECT_FALSE(*installer_.slot_is_good());
  boot_status = "good";
  EXPECT_TRUE(*installer_.slot_is_good());
  ASSERT_TRUE(installer_.mark_good());
  EXPECT_EQ("good booted", marked);
}

TEST_F(Rauc, knows_what_was_written_to_the_other_slot_and_can_give_it_up) {
  EXPECT_EQ("0.2.0", *installer_.installed_version());
  ASSERT_TRUE(installer_.mark_other_bad());
  EXPECT_EQ("bad other", marked);
}

// wpa_supplicant, as far as it is asked.
class Supplicant : public ::testing::Test {
 protected:
  static constexpr const char* interface_path = "/fi/w1/wpa_supplicant1/Interfaces/0";

  int answer(sd_bus_message* message) {
    const auto member = member_of(message);
    const auto last = member.substr(member.rfind('.') + 1);
    const std::string path = sd_bus_message_get_path(message);
    if (member == "org.freedesktop.DBus.Properties.Get")
      return property(message, path, property_of(message));
    calls.push_back(last);
    if (last == "GetInterface") {
      if (there) return sd_bus_reply_method_return(message, "o", interface_path);
      return sd_bus_reply_method_errorf(message, "fi.w1.wpa_supplicant1.InterfaceUnknown", "no");
    }
    if (last == "CreateInterface") return sd_bus_reply_method_return(message, "o", interface_path);
    if (last == "AddNetwork") {
      if (!read_network(message))
        return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_INVALID_ARGS, "no SAE");
      return sd_bus_reply_method_return(message, "o",
                                        "/fi/w1/wpa_supplicant1/Interfaces/0/Networks/1");
    }
    if (last == "SelectNetwork") {
      const char* which = nullptr;
      EXPECT_LT(0, sd_bus_message_read(message, "o", &which));
      selected = which;
    }
    return sd_bus_reply_method_return(message, nullptr);
  }

  bool read_network(sd_bus_message* message) {
    network.clear();
    EXPECT_LT(0, sd_bus_message_enter_container(message, 'a', "{sv}"));
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
      const char *key = nullptr, *type = nullptr, *text = nullptr;
      const void* bytes = nullptr;
      std::size_t size = 0;
      EXPECT_LT(0, sd_bus_message_read(message, "s", &key));
      EXPECT_LT(0, sd_bus_message_peek_type(message, nullptr, &type));
      EXPECT_LT(0, sd_bus_message_enter_container(message, 'v', type));
      if (std::string(type) == "s") {
        EXPECT_LT(0, sd_bus_message_read(message, "s", &text));
        network += std::string(key) + "=" + text + ";";
      } else {
        EXPECT_LT(0, sd_bus_message_read_array(message, 'y', &bytes, &size));
        network += std::string(key) + "[" + std::to_string(size) +
                   "]=" + std::string(static_cast<const char*>(bytes), size) + ";";
      }
      sd_bus_message_exit_container(message);
      sd_bus_message_exit_container(message);
    }
    return sae || network.find("SAE") == std::string::npos;
  }

  static int property(sd_bus_message* message, const std::string& path, const std::string& name) {
    if (name == "BSSs") return sd_bus_reply_method_return(message, "v", "ao", 3, "/0", "/1", "/2");
    if (name == "BSSID")
      return sd_bus_reply_method_return(message, "v", "ay", 6, 2, 0, 0, 0, 0xab, path[1] - '0');
    if (name == "SSID")
      return path == "/0" ? sd_bus_reply_method_return(message, "v", "ay", 3, 'O', 'n', 'e')
                          : sd_bus_reply_method_return(message, "v", "ay", 3, 'T', 'w', 'o');
    if (name == "Signal")
      return sd_bus_reply_method_return(message, "v", "n", path == "/0" ? -80 : -47);
    if (name == "Privacy") return sd_bus_reply_method_return(message, "v", "b", path != "/2");
    if (name == "RSN" && path == "/0")
      return sd_bus_reply_method_return(message, "v", "a{sv}", 2, "Group", "s", "ccmp", "KeyMgmt",
                                        "as", 2, "wpa-psk", "sae");
    // wpa_supplicant names no key management where the network has none of the kind.
    if (name == "WPA" && path == "/1")
      return sd_bus_reply_method_return(message, "v", "a{sv}", 1, "KeyMgmt", "as", 1, "wpa-eap");
    return sd_bus_reply_method_return(message, "v", "a{sv}", 1, "KeyMgmt", "as", 0);
  }

  std::vector<std::string> calls;
  std::string network, selected;
  bool there = false, sae = true;
  Service service_{[this](sd_bus_message* message) { return answer(message); }};
  Result<Bus> bus_ = Bus::over(service_.client());
  BusWifi wifi_{*bus_};
};

TEST_F(Supplicant, joins_a_network) {
  EXPECT_FALSE(wifi_.has("wlan0"));
  calls.clear();
  ASSERT_TRUE(wifi_.join("wlan0", "One", "not a real key"));
  EXPECT_THAT(calls, ElementsAre("GetInterface", "CreateInterface", "RemoveAllNetworks",
                                 "AddNetwork", "SelectNetwork"));
  EXPECT_EQ("ssid[3]=One;key_mgmt=WPA-PSK SAE;psk=not a real key;", network);
  EXPECT_THAT(selected, HasSubstr("Networks/1"));
  there = true;
  EXPECT_TRUE(wifi_.has("wlan0"));
  ASSERT_TRUE(wifi_.join("wlan0", "One", ""));
  EXPECT_EQ("ssid[3]=One;key_mgmt=NONE;", network);
  ASSERT_TRUE(wifi_.join("wlan0", "One", std::string(62, '4') + "41"));
  EXPECT_EQ("ssid[3]=One;key_mgmt=WPA-PSK SAE;psk[32]=" + std::string(31, 'D') + "A;", network);
}

TEST_F(Supplicant, that_knows_no_sae_joins_without) {
  sae = false;
  ASSERT_TRUE(wifi_.join("wlan0", "One", "not a real key"));
  EXPECT_EQ("ssid[3]=One;key_mgmt=WPA-PSK;psk=not a real key;", network);
}

TEST_F(Supplicant, leaves) {
  EXPECT_TRUE(wifi_.leave("wlan0")) << "there is nothing to leave";
  there = true;
  calls.clear();
  EXPECT_TRUE(wifi_.leave("wlan0"));
  EXPECT_THAT(calls, ElementsAre("GetInterface", "RemoveInterface"));
}

TEST_F(Supplicant, looks_around) {
  there = true;
  ASSERT_TRUE(wifi_.scan("wlan0"));
  bus_->process();
  EXPECT_FALSE(wifi_.scanned(false));
  service_.emit([](sd_bus* bus) {
    sd_bus_emit_signal(bus, interface_path, "fi.w1.wpa_supplicant1.Interface", "ScanDone", "b", 1);
  });
  std::optional<std::vector<FoundNetwork>> found;
  ASSERT_TRUE(soon(*bus_, [&] { return (found = wifi_.scanned(false)).has_value(); }));
  ASSERT_THAT(*found, SizeIs(3));
  EXPECT_EQ((FoundNetwork{"02:00:00:00:ab:00", "One", -80, 3}), found->back()) << "weakest last";
  EXPECT_EQ((FoundNetwork{"02:00:00:00:ab:01", "Two", -47, 5}), (*found)[0]);
  EXPECT_EQ((FoundNetwork{"02:00:00:00:ab:02", "Two", -47, 0}), (*found)[1]);
  EXPECT_FALSE(wifi_.scanned(true)) << "once";
}

}  // namespace
}  // namespace lintel::helper
