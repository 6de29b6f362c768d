// The looks of lintel-health at the other programs. Each ends within a few seconds, and says in
// words what is wrong; empty: nothing.
#pragma once

#include <string>

#include "rootfs/system/health.h"

namespace lintel::helper {

struct Probes {
  std::string socket = "/run/lintel/engine.sock";
  std::string certificate = "/data/config/tls/console.crt";  // the console's, and no other
  std::string address = "127.0.0.1";
  unsigned short port = 443;
};

Look look_at_programs(const Probes& probes);
// The console alone: TLS with that certificate, and an answer to GET / that is a page.
std::string look_at_console(const Probes& probes);

}  // namespace lintel::helper
