// lintel-boot-choice: RAUC's way to the boot loader's memory (boot_choice.h). RAUC starts it,
// nobody else.
#include <cstdio>
#include <string>
#include <vector>

#include "engine/base/log.h"
#include "rootfs/system/boot_choice.h"
#include "rootfs/system/files.h"

int main(int argc, char** argv) {
  using namespace lintel;
  const auto answer =
      helper::answer_rauc("/efi/grub/grubenv", helper::read_text("/proc/cmdline").value_or(""),
                          std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  if (!answer) {
    log_error("boot-choice", answer.error().text);
    return 1;
  }
  if (!answer->empty()) std::printf("%s\n", answer->c_str());
  return 0;
}
