// lintel-system: carries out what the engine wishes of the operating system.
// lintel-system health: judges whether this start of the machine is a good one.
#include <signal.h>

#include <cstdio>
#include <string>

#include "engine/base/log.h"
#include "rootfs/system/loop.h"

int main(int argc, char** argv) {
  using namespace lintel;
  const bool health = argc == 2 && std::string(argv[1]) == "health";
  if (argc != 1 && !health) {
    std::fprintf(stderr, "usage: lintel-system [health]\n");
    return 2;
  }
  ::signal(SIGPIPE, SIG_IGN);  // a console that hangs up is an answer, not our end
  const helper::Paths paths;
  auto bus = helper::Bus::system();
  if (!bus) {
    log_error("system", bus.error().text);
    return 1;
  }
  const auto done =
      health ? helper::judge_start(paths, helper::Probes{}, *bus) : helper::serve(paths, *bus);
  if (done) return 0;
  log_error(health ? "health" : "system", done.error().text);
  return 1;
}
