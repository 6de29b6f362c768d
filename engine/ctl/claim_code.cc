// The code that lets a person into the console. It lies in a file, and no program hands it out: who
// may read the file may know it.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/api/config.h"
#include "engine/base/unique_fd.h"
#include "engine/ctl/print.h"
#include "engine/ctl/questions.h"

namespace lintel::ctl {
namespace {

constexpr std::size_t file_bytes_max = 256;

}  // namespace

Result<void> tell_claim_code(const std::string& config_path) {
  const auto config = api::read_config(config_path);
  if (!config) return fail(Error(config.error()));
  const auto& path = config->claim;
  if (path.empty()) {
    return fail(Errc::not_found, "There is no code: " + config_path +
                                     " has no [web] claim, so nobody signs in at this console.");
  }
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    const std::string why = std::strerror(errno);
    if (errno == EACCES) {
      return fail(Errc::refused, "The code in " + path +
                                     " may be read by root and by the console's own user only.");
    }
    if (errno == ENOENT) {
      return fail(Errc::not_found, "There is no file " + path +
                                       ", which is to hold the code: it is made when the "
                                       "controller starts.");
    }
    return fail(Errc::io, "The code in " + path + " cannot be read: " + why + ".");
  }
  std::array<char, file_bytes_max> text{};
  const auto got = ::read(file.get(), text.data(), text.size());
  if (got < 0) return fail(Errc::io, "The code in " + path + " cannot be read.");
  std::string code(text.data(), static_cast<std::size_t>(got));
  code.erase(code.find_last_not_of(" \t\r\n") + 1);
  code.erase(0, code.find_first_not_of(" \t\r\n"));
  if (code.empty()) {
    return fail(Errc::gone,
                "The code is used up: " + path + " was emptied. A factory reset makes a new one.");
  }
  print(printable(code));
  return {};
}

}  // namespace lintel::ctl
