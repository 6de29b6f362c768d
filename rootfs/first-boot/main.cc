// lintel-first-boot: makes the machine ready, before everything else of Lintel. It ends with 0
// whatever went wrong, unless there is nothing to be done at all: the doors come first.
#include <cstdio>

#include "engine/base/log.h"
#include "rootfs/first-boot/host.h"

int main(int argc, char**) {
  using namespace lintel;
  if (argc != 1) {
    std::fprintf(stderr, "usage: lintel-first-boot\n");
    return 2;
  }
  const first_boot::Paths paths;
  const auto owners = first_boot::image_users();
  if (!owners) {
    log_error("first-boot", owners.error().text);
    return 1;
  }
  first_boot::Files files;
  first_boot::make_ready(paths, *owners, first_boot::this_machine(paths), files);
  return 0;
}
