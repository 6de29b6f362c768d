// The network as it is wished: kept below /data/config/network (0600, there is a key in it), set up
// by files of systemd-networkd in /run and by wpa_supplicant. And the network as it is.
//
// A wire is always listened to, with DHCP where something else is the uplink, so that somebody with
// a cable reaches the console whatever was mistyped for the Wi-Fi.
#pragma once

#include <optional>
#include <string>

#include "rootfs/system/machine.h"
#include "rootfs/system/paths.h"
#include "rootfs/system/wishes.h"

namespace lintel::helper {

// networkd's files for this wish; `wire`: the name of the one that is meant, empty: whichever
// there is.
std::string wired_file(const NetworkWish& wish, const std::string& wire);
std::string wifi_file(const NetworkWish& wish);

// What there is: names in the order of the alphabet; the first one is meant. Empty: none.
std::string first_wire(const Paths& paths);
std::string first_wifi(const Paths& paths);

class NetworkSetup {
 public:
  NetworkSetup(const Paths& paths, Machine& machine) : paths_(paths), machine_(machine) {}

  // At the start: as it was wished last, or DHCP by wire. A file that was damaged counts as none.
  Result<void> restore();
  // Kept, then set up. Set up as far as possible where something fails.
  Result<void> apply(const NetworkWish& wish);
  // wpa_supplicant may have been started anew, or a device may have appeared.
  void look_after();

  // As network.now has it, without `can`. Values that are not known are empty.
  [[nodiscard]] api::WishFile now() const;

 private:
  Result<void> set_up();

  const Paths& paths_;
  Machine& machine_;
  NetworkWish wish_;
  std::string told_;  // the last trouble of look_after()
};

}  // namespace lintel::helper
