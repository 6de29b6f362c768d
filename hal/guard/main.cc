// lintel-guard: puts released locks to rest when the engine hangs or dies.
#include <pwd.h>

#include <cstdio>
#include <string>

#include "hal/guard/guard.h"

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: lintel-guard --socket PATH [--user=NAME of the engine's user]\n");
    return 2;
  }
  std::string user;
  if (argc == 4 && std::string(argv[3]).rfind("--user=", 0) == 0) user = argv[3] + 7;
  if (std::string(argv[1]) != "--socket" || (argc == 4 && user.empty())) {
    std::fprintf(stderr, "usage: lintel-guard --socket PATH [--user=NAME of the engine's user]\n");
    return 2;
  }
  unsigned id = 0;
  if (!user.empty()) {
    const auto* entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
      std::fprintf(stderr, "lintel-guard: there is no user \"%s\" on this system\n", user.c_str());
      return 2;
    }
    id = entry->pw_uid;
  } else {
    id = ::geteuid();
  }
  const auto served = lintel::guard::serve(argv[2], id);
  if (served) return 0;
  std::fprintf(stderr, "lintel-guard: %s\n", served.error().text.c_str());
  return 1;
}
