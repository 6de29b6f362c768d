// Where things lie. Tests give folders of their own.
#pragma once

#include <string>

namespace lintel::helper {

struct Paths {
  std::string wishes = "/run/lintel/system";     // the engine's; not made here
  std::string firmware = "/data/lintel/update";  // what may be installed lies in it
  std::string data = "/data";                    // the partition that is wiped
  std::string config = "/data/config";           // network/, state/, tls/console.crt
  std::string networkd = "/run/systemd/network";
  std::string timesyncd = "/run/systemd/timesyncd.conf.d";
  std::string sys = "/sys";
  std::string proc = "/proc";
  std::string version = "/etc/lintel-version";

  [[nodiscard]] std::string state() const { return config + "/state"; }
  [[nodiscard]] std::string network() const { return config + "/network"; }
};

}  // namespace lintel::helper
